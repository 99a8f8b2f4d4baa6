package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"varde/export/usdm"
	"varde/protocol"
)

type importUSDMCmd struct {
	File string `arg:"" help:"Study definition: CDISC USDM 4.0 as JSON."`
	Dir  string `arg:"" help:"Folder to make; it must be empty or not exist."`
}

func (c *importUSDMCmd) Run(m *Main) error {
	if err := m.vacant(c.Dir); err != nil {
		return err
	}
	f, err := os.Open(m.path(c.File))
	if err != nil {
		return fmt.Errorf("cannot read the study definition %s: %w", c.File, err)
	}
	defer f.Close()
	d, err := usdm.Read(f)
	if err != nil {
		return fmt.Errorf("%s cannot be imported:\n%w", c.File, err)
	}
	s, err := d.Import()
	if err != nil {
		return fmt.Errorf("%s cannot be imported:\n%w", c.File, err)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		to := filepath.Join(m.path(c.Dir), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("cannot make the folder %s: %w", c.Dir, err)
		}
		if err := os.WriteFile(to, s.Files[name], 0o644); err != nil {
			return fmt.Errorf("cannot write %s: %w", name, err)
		}
	}
	fmt.Fprint(m.Stdout, s.Report.Text())
	_, findings, err := m.loadProtocol(c.Dir)
	if err != nil {
		return err
	}
	errs := 0
	for _, x := range findings {
		if x.Severity == protocol.Error {
			errs++
		}
	}
	fmt.Fprintf(m.Stdout, "\n%s: %d files. varde check %s reports %d errors: that is what is left to do.\n", c.Dir, len(s.Files), c.Dir, errs)
	return nil
}

// vacant refuses a folder that holds something: an import never overwrites.
func (m *Main) vacant(dir string) error {
	entries, err := os.ReadDir(m.path(dir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cannot use the folder %s: %w", dir, err)
	case len(entries) > 0:
		return fmt.Errorf("the folder %s is not empty: an import does not overwrite; name a new one", dir)
	}
	return nil
}
