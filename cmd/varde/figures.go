package main

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"

	"varde/chart"
)

var notInFileName = regexp.MustCompile(`[^a-z0-9-]+`)

// writeFigures writes each figure, named by its section, as an SVG file of the folder, and
// tells how many there are.
func (m *Main) writeFigures(folder string, figures iter.Seq2[string, chart.Chart]) error {
	dir := m.path(folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	n := 0
	for section, figure := range figures {
		n++
		name := fmt.Sprintf("%02d-%s.svg", n, notInFileName.ReplaceAllString(section, "-"))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(figure.SVG()), 0o644); err != nil {
			return err
		}
	}
	fmt.Fprintf(m.Stderr, "%d figures in %s\n", n, folder)
	return nil
}
