// Package scaffold writes the beginning of a protocol: a whole folder that passes
// the checker and can be simulated, in which everything that somebody must decide
// is marked confirm: true. The protocols that Varde ships are the models; the table
// of interactions is theirs, word for word.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"varde/protocols"
)

//go:embed template/*.yaml
var templates embed.FS

// Plan is what the author says before there is a protocol.
type Plan struct {
	ID       string // lower-case letters, digits and hyphens, such as "calm-2027"
	TitleEN  string
	TitleNB  string
	Care     bool // regulated care: no arms, PCL-5 as outcome
	Arms     int  // 1 or 2; a trial only
	Sessions int  // dosing sessions, 1 to MaxSessions
}

// MaxSessions is the most dosing sessions that a scaffold plans. The language has no
// such limit; published protocols have two or three.
const MaxSessions = 6

var protocolID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// Validate says what of a plan cannot be meant.
func (p Plan) Validate() error {
	switch {
	case !protocolID.MatchString(p.ID):
		return fmt.Errorf("the id %q is not well formed: begin with a lower-case letter, then letters, digits and hyphens, at most 64", p.ID)
	case p.Sessions < 1 || p.Sessions > MaxSessions:
		return fmt.Errorf("a scaffold has 1 to %d dosing sessions, not %d", MaxSessions, p.Sessions)
	case p.Care && p.Arms > 1:
		return errors.New("care has no arms: leave --arms out, or write --kind trial")
	case !p.Care && (p.Arms < 1 || p.Arms > 2):
		return fmt.Errorf("a trial has 1 or 2 arms here, not %d; more are added by hand", p.Arms)
	}
	for _, title := range []string{p.TitleEN, p.TitleNB} {
		if err := validTitle(title); err != nil {
			return err
		}
	}
	return nil
}

func validTitle(title string) error {
	switch {
	case strings.TrimSpace(title) == "":
		return errors.New("the protocol needs a title in English and in Norwegian")
	case !utf8.ValidString(title) || strings.IndexFunc(title, unicode.IsControl) >= 0:
		return fmt.Errorf("the title %q holds characters that are no text", title)
	case utf8.RuneCountInString(title) > 300:
		return errors.New("the title is longer than 300 characters")
	}
	return nil
}

// Files are the files of the folder, by name.
func (p Plan) Files() (map[string][]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	names, err := fs.Glob(templates, "template/*.yaml")
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, path := range names {
		name := filepath.Base(path)
		if name == "consent-care.yaml" || p.Care && name == "consent.yaml" {
			if !p.Care {
				continue
			}
			path, name = "template/consent-care.yaml", "consent.yaml"
		}
		text, err := p.fill(path)
		if err != nil {
			return nil, err
		}
		out[name] = text
	}
	out["interactions.yaml"], err = fs.ReadFile(protocols.FS, "mdma-ptsd-three-session/interactions.yaml")
	return out, err
}

func (p Plan) fill(path string) ([]byte, error) {
	text, err := fs.ReadFile(templates, path)
	if err != nil {
		return nil, err
	}
	t, err := template.New(filepath.Base(path)).Option("missingkey=error").Funcs(functions()).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := t.Execute(&b, newWords(p)); err != nil {
		return nil, err
	}
	return []byte(strings.TrimRight(b.String(), "\n") + "\n"), nil
}

// Write makes the folder, which must not be there yet or be empty: nothing is ever
// written over.
func (p Plan) Write(dir string) ([]string, error) {
	files, err := p.Files()
	if err != nil {
		return nil, err
	}
	switch entries, err := os.ReadDir(dir); {
	case err == nil && len(entries) > 0:
		return nil, fmt.Errorf("the folder %s is not empty: name a new one", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range fileOrder {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, err
		}
		_, err = f.Write(files[name])
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	return fileOrder, nil
}

// fileOrder is the order in which an author best goes through the files.
var fileOrder = []string{
	"protocol.yaml", "schedule.yaml", "eligibility.yaml", "dosing.yaml", "safety.yaml", "interactions.yaml",
	"staffing.yaml", "consent.yaml", "analysis.yaml", "simulation.yaml",
}
