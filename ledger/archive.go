package ledger

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// The archive is a text file of JSON lines, each in canonical form and ended by a
// line feed:
//
//	{"checkpoints":2,"format":"varde-ledger-archive","keys":["name+hash+key"],"size":3,"study":"S","version":1}
//	{"checkpoint":"signed note"}           one line a checkpoint
//	{"event":{record},"hash":"base64"}     one line an event, in order of seq
//
// The bytes after {"event": are the record itself: SHA-256(0x00 || record) is
// the hash, so that any tool can check a line without knowing this package.
const (
	archiveFormat  = "varde-ledger-archive"
	archiveVersion = 1
)

// ArchiveHeader is the first line of an archive.
type ArchiveHeader struct {
	Study string
	Size  int64    // number of events
	Keys  []string // verifier keys, for convenience: who verifies SHOULD have them from elsewhere
}

type headerLine struct {
	Checkpoints int      `json:"checkpoints"`
	Format      string   `json:"format"`
	Keys        []string `json:"keys"`
	Size        int64    `json:"size"`
	Study       string   `json:"study"`
	Version     int      `json:"version"`
}

type checkpointLine struct {
	Checkpoint string `json:"checkpoint"`
}

// WriteArchive writes one study as an archive. It fails when events yields an
// error, or another number of events than the header says.
func WriteArchive(w io.Writer, h ArchiveHeader, checkpoints []Checkpoint, events iter.Seq2[Event, error]) error {
	out := bufio.NewWriterSize(w, 1<<16)
	keys := h.Keys
	if keys == nil {
		keys = []string{}
	}
	line := headerLine{len(checkpoints), archiveFormat, keys, h.Size, h.Study, archiveVersion}
	if err := writeLine(out, line); err != nil {
		return err
	}
	for _, c := range checkpoints {
		if err := writeLine(out, checkpointLine{c.Note}); err != nil {
			return err
		}
	}
	var n int64
	var buf []byte
	for e, err := range events {
		if err != nil {
			return fmt.Errorf("ledger: write archive of %s: %w", h.Study, err)
		}
		if n++; n > h.Size {
			break
		}
		buf = appendEventLine(buf[:0], &e)
		if _, err := out.Write(buf); err != nil {
			return fmt.Errorf("ledger: write archive of %s: %w", h.Study, err)
		}
	}
	if n != h.Size {
		return fmt.Errorf("ledger: write archive of %s: there are not %d events, as the header says", h.Study, h.Size)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("ledger: write archive of %s: %w", h.Study, err)
	}
	return nil
}

func writeLine(out *bufio.Writer, v any) error {
	text, err := Canonical(v)
	if err == nil {
		_, err = out.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("ledger: write archive: %w", err)
	}
	return nil
}

func appendEventLine(dst []byte, e *Event) []byte {
	dst = append(dst, `{"event":`...)
	dst = e.AppendRecord(dst)
	dst = append(dst, `,"hash":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, e.Hash[:])
	return append(dst, '"', '}', '\n')
}

// eventLine is how an event's line is read. It has no field for a hash inside the
// record: Hash of the embedded record must not be set by it.
type eventLine struct {
	Event json.RawMessage `json:"event"`
	Hash  Hash            `json:"hash"`
}
