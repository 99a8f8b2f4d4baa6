package operating

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// place of a batch.
type place struct{ scenario, batch int }

// state is an append-only file of batches: a line for the plan, then a line for each
// batch in the order in which they are added up, each after its checksum. A line that
// is not whole is what a crash left, and is cut off.
type state struct {
	file   *os.File
	have   map[place]sums
	behind int // lines written and not yet made durable
}

type header struct {
	Format  string `json:"format"`
	Version string `json:"version"` // of the program's numbers
	Digest  string `json:"digest"`  // of the protocol
	Speed   string `json:"speed"`
	Plan    Plan   `json:"plan"`
}

type batchLine struct {
	Scenario int  `json:"scenario"`
	Batch    int  `json:"batch"`
	Sums     sums `json:"sums"`
}

// ErrOtherRun says that a state file is of another plan, protocol or program.
var ErrOtherRun = errors.New("the state file is of another run")

// openState opens or makes the file and reads what is there.
func openState(path string, h header) (*state, error) {
	s := &state{have: map[place]sums{}}
	want, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	s.file = f
	whole, err := s.read(want)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err == nil && whole == 0 {
		err = s.line(want)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// read answers how many bytes are whole lines.
func (s *state) read(want []byte) (int64, error) {
	r := bufio.NewReaderSize(s.file, 1<<20)
	whole, first := int64(0), true
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return whole, nil // an unfinished line, or none
		}
		if err != nil {
			return 0, err
		}
		body, ok := checked(line)
		if !ok {
			return whole, nil // torn: what follows cannot be trusted either
		}
		if first {
			if !bytes.Equal(body, want) {
				return 0, fmt.Errorf("%w: its plan, protocol or version is not this one's. Name another file, or delete it to begin anew", ErrOtherRun)
			}
			first = false
		} else {
			var b batchLine
			if err := json.Unmarshal(body, &b); err != nil {
				return 0, fmt.Errorf("the state file has a batch that cannot be read: %w", err)
			}
			s.have[place{b.Scenario, b.Batch}] = b.Sums
		}
		whole += int64(len(line))
	}
}

func checked(line []byte) (body []byte, ok bool) {
	const width = 9 // checksum and a space
	if len(line) < width+1 {
		return nil, false
	}
	body = line[width : len(line)-1]
	return body, string(line[:width]) == fmt.Sprintf("%08x ", crc32.ChecksumIEEE(body))
}

func (s *state) line(body []byte) error {
	_, err := s.file.Write(append(fmt.Appendf(nil, "%08x ", crc32.ChecksumIEEE(body)), append(body, '\n')...))
	return err
}

// add keeps a batch.
func (s *state) add(p place, x sums) error {
	if s == nil {
		return nil
	}
	if _, had := s.have[p]; had {
		return nil
	}
	body, err := json.Marshal(batchLine{p.scenario, p.batch, x})
	if err != nil {
		return err
	}
	if err := s.line(body); err != nil {
		return fmt.Errorf("the state file cannot be written: %w", err)
	}
	if s.behind++; s.behind >= 16 {
		s.behind = 0
		return s.file.Sync()
	}
	return nil
}

func (s *state) known(p place) (sums, bool) {
	if s == nil {
		return sums{}, false
	}
	x, ok := s.have[p]
	return x, ok
}

func (s *state) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.file.Sync(), s.file.Close())
}
