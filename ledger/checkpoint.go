package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// timeLine begins the extension line of a checkpoint that tells when it was signed.
const timeLine = "time "

// Checkpoint signs the tree of a study. The note's text has four lines, as C2SP
// tlog-checkpoint wants them: the origin (the key's name, a slash, the study id
// escaped as a URL path segment), the size, the root in base64, and as an
// extension line the time of signing.
func (s *Signer) Checkpoint(study string, size int64, root Hash, at time.Time) (Checkpoint, error) {
	if study == "" || size < 0 || at.IsZero() {
		return Checkpoint{}, fmt.Errorf("ledger: a checkpoint needs a study, a size and a time: %q, %d, %v", study, size, at)
	}
	at = at.UTC().Truncate(time.Microsecond)
	text := fmt.Sprintf("%s\n%d\n%s\n%s%s\n", origin(s.Name(), study), size, root, timeLine, at.Format(time.RFC3339Nano))
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: sign the checkpoint of %s at size %d: %w", study, size, err)
	}
	return Checkpoint{Study: study, Size: size, Root: root, Time: at, Note: string(signed)}, nil
}

// origin names the log. C2SP wants neither spaces nor plus signs in it.
func origin(name, study string) string {
	return name + "/" + strings.ReplaceAll(url.PathEscape(study), "+", "%2B")
}

// OpenCheckpoint checks the signature of a signed note with the verifier keys
// that are trusted, and returns what it says.
func OpenCheckpoint(signed string, keys ...string) (Checkpoint, error) {
	verifiers := make([]note.Verifier, 0, len(keys))
	for _, key := range keys {
		v, err := note.NewVerifier(strings.TrimSpace(key))
		if err != nil {
			return Checkpoint{}, fmt.Errorf("ledger: %q is not a verifier key (name+hash+key): %w", key, err)
		}
		verifiers = append(verifiers, v)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifiers...))
	if err != nil {
		var unverified *note.UnverifiedNoteError
		if errors.As(err, &unverified) {
			return Checkpoint{}, errors.New("ledger: the checkpoint is not signed by a key that is trusted here")
		}
		return Checkpoint{}, fmt.Errorf("ledger: the checkpoint's signature does not hold: %w", err)
	}
	return parseCheckpoint(signed, opened.Text, opened.Sigs[0].Name)
}

// ParseCheckpoint reads a signed note WITHOUT checking its signature.
func ParseCheckpoint(signed string) (Checkpoint, error) {
	end := strings.LastIndex(signed, "\n\n")
	if end < 0 {
		return Checkpoint{}, errors.New("ledger: the checkpoint has no blank line before its signatures")
	}
	fields := strings.Fields(signed[end+2:])
	if len(fields) < 3 {
		return Checkpoint{}, errors.New("ledger: the checkpoint has no signature")
	}
	return parseCheckpoint(signed, signed[:end+1], fields[1])
}

// strictSignatures refuses base64 whose unused bits are set. Package note lets
// them pass; here every bit of a checkpoint has one value.
func strictSignatures(signed string) error {
	lines := strings.Split(strings.TrimSuffix(signed[strings.LastIndex(signed, "\n\n")+2:], "\n"), "\n")
	for _, line := range lines {
		if _, err := base64.StdEncoding.Strict().DecodeString(line[strings.LastIndexByte(line, ' ')+1:]); err != nil {
			return fmt.Errorf("ledger: the checkpoint's signature is malformed: %w", err)
		}
	}
	return nil
}

// parseCheckpoint reads the text of a note signed by name. It accepts only what
// Signer.Checkpoint writes, byte for byte.
func parseCheckpoint(signed, text, name string) (Checkpoint, error) {
	c := Checkpoint{Note: signed}
	if err := strictSignatures(signed); err != nil {
		return c, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" {
		return c, fmt.Errorf("ledger: a checkpoint has 4 lines, this has %d", len(lines)-1)
	}
	segment, ok := strings.CutPrefix(lines[0], name+"/")
	if !ok {
		return c, fmt.Errorf("ledger: the checkpoint's origin %q is not of its signer %q", lines[0], name)
	}
	var err error
	if c.Study, err = url.PathUnescape(segment); err != nil || origin(name, c.Study) != lines[0] {
		return c, fmt.Errorf("ledger: the checkpoint's origin %q is malformed", lines[0])
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return c, fmt.Errorf("ledger: the checkpoint's size %q is not a number of events", lines[1])
	}
	if c.Root, err = ParseHash(lines[2]); err != nil || c.Root.String() != lines[2] {
		return c, fmt.Errorf("ledger: the checkpoint's root %q is not a hash in base64", lines[2])
	}
	stamp, ok := strings.CutPrefix(lines[3], timeLine)
	if c.Time, err = time.Parse(time.RFC3339Nano, stamp); !ok || err != nil {
		return c, fmt.Errorf("ledger: the checkpoint's line %q is not a time", lines[3])
	}
	c.Time = c.Time.UTC()
	return c, nil
}
