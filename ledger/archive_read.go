package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// maxLine bounds a line of an archive: a record of the largest payload and reason
// with room to spare.
const maxLine = MaxJSONBytes + 1<<20

// Archive is an archive that is being read.
type Archive struct {
	Header      ArchiveHeader
	Checkpoints []Checkpoint // signatures are NOT checked yet

	in   *bufio.Reader
	line int64
	buf  []byte
}

// ReadArchive reads an archive's header and checkpoints. The events follow from
// [Archive.Events].
func ReadArchive(r io.Reader) (*Archive, error) {
	a := &Archive{in: bufio.NewReaderSize(r, 1<<16)}
	text, err := a.next()
	if err != nil {
		return nil, a.fail(err)
	}
	var h headerLine
	if err := strictLine(text, &h); err != nil {
		return nil, a.fail(fmt.Errorf("this is not the header of a ledger archive: %w", err))
	}
	switch {
	case h.Format != archiveFormat:
		return nil, a.fail(fmt.Errorf("the format is %q, not %q", h.Format, archiveFormat))
	case h.Version != archiveVersion:
		return nil, a.fail(fmt.Errorf("archive version %d is not known, only %d: use a newer program", h.Version, archiveVersion))
	case h.Study == "" || h.Size < 0 || h.Checkpoints < 0:
		return nil, a.fail(errors.New("the header wants a study, a size and a number of checkpoints"))
	}
	for _, key := range h.Keys {
		if err := checkKey(key); err != nil {
			return nil, a.fail(err)
		}
	}
	a.Header = ArchiveHeader{Study: h.Study, Size: h.Size, Keys: h.Keys}
	for range h.Checkpoints {
		c, err := a.checkpoint()
		if err != nil {
			return nil, a.fail(err)
		}
		a.Checkpoints = append(a.Checkpoints, c)
	}
	return a, nil
}

// checkKey accepts a verifier key in the one way it is written.
func checkKey(key string) error {
	v, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("%q is not a verifier key: %w", key, err)
	}
	data, ok := strings.CutPrefix(key, fmt.Sprintf("%s+%08x+", v.Name(), v.KeyHash()))
	if _, err := base64.StdEncoding.Strict().DecodeString(data); !ok || err != nil {
		return fmt.Errorf("the verifier key %q is not in canonical form: something was changed", key)
	}
	return nil
}

func (a *Archive) fail(err error) error {
	return fmt.Errorf("ledger: archive line %d: %w", a.line, err)
}

func (a *Archive) checkpoint() (Checkpoint, error) {
	text, err := a.next()
	if err != nil {
		return Checkpoint{}, err
	}
	var line checkpointLine
	if err := strictLine(text, &line); err != nil {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(line.Checkpoint)
}

// Events reads the events, once, in the order of the file. A line that is no
// event yields a *RecordError, and reading goes on with the next line. The last
// yield is an error when the file ends early or goes on after the last event.
func (a *Archive) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for seq := range a.Header.Size {
			text, err := a.next()
			if err != nil {
				yield(Event{}, &RecordError{Study: a.Header.Study, Seq: seq, Err: a.fail(err)})
				return
			}
			e, err := parseEventLine(text)
			if err != nil {
				err = &RecordError{Study: a.Header.Study, Seq: seq, Err: a.fail(err)}
				e = Event{}
			}
			if !yield(e, err) {
				return
			}
		}
		if _, err := a.in.ReadByte(); err == nil {
			a.line++
			yield(Event{}, &RecordError{Study: a.Header.Study, Seq: a.Header.Size, Err: a.fail(errors.New("there is more text after the last event"))})
		} else if err != io.EOF {
			yield(Event{}, a.fail(err))
		}
	}
}

// next returns the next line without its line feed, valid until the next call.
func (a *Archive) next() ([]byte, error) {
	a.line++
	a.buf = a.buf[:0]
	for {
		part, err := a.in.ReadSlice('\n')
		if len(a.buf)+len(part) > maxLine {
			return nil, fmt.Errorf("longer than %d bytes", maxLine)
		}
		switch {
		case err == nil && len(a.buf) == 0:
			return part[:len(part)-1], nil
		case err == nil:
			a.buf = append(a.buf, part...)
			return a.buf[:len(a.buf)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			a.buf = append(a.buf, part...)
		case err == io.EOF:
			return nil, errors.New("the file ends here, it is cut short")
		default:
			return nil, err
		}
	}
}

// strictLine decodes a line that must be in the canonical form of what it holds.
func strictLine(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	again, err := Canonical(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, text) {
		return errors.New("the line is not in canonical form: something was changed")
	}
	return nil
}

// parseEventLine reads an event and makes sure that it says all that the line
// says, so that no byte of a line is outside the hash.
func parseEventLine(text []byte) (Event, error) {
	var line eventLine
	if err := json.Unmarshal(text, &line); err != nil {
		return Event{}, err
	}
	var e Event
	if err := json.Unmarshal(line.Event, &e); err != nil {
		return Event{}, err
	}
	e.Hash = line.Hash
	again := appendEventLine(make([]byte, 0, len(text)+1), &e)
	if !bytes.Equal(again[:len(again)-1], text) {
		return Event{}, errors.New("the line is not in canonical form: something was changed")
	}
	return e, nil
}

// VerifyArchive verifies an archive offline, see [Verify]. Without keys it takes
// those of the archive itself and says so in Report.Keys: that shows accidents,
// not a forger who signed a new history with a key of his own.
func VerifyArchive(ctx context.Context, r io.Reader, keys ...string) (Report, error) {
	a, err := ReadArchive(r)
	if err != nil {
		return Report{}, err
	}
	source := "given"
	if len(keys) == 0 {
		keys, source = a.Header.Keys, "archive"
	}
	report, err := Verify(ctx, Log{Study: a.Header.Study, Events: a.Events(), Checkpoints: a.Checkpoints, Keys: keys})
	report.Keys = source
	return report, err
}
