package main

import (
	"fmt"
	"os"

	"varde/content"
)

// readContent reads a clinic's own folder of public pages; "" = as shipped. It is read
// before anything is served, so that a fault is told at once and nothing half is shown.
func (m *Main) readContent(dir string) (*content.Site, error) {
	if dir == "" {
		return nil, nil
	}
	at := m.path(dir)
	if info, err := os.Stat(at); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder: name the folder of your own public pages with --content, or leave it out", dir)
	}
	site, err := content.Load(os.DirFS(at))
	if err != nil {
		return nil, fmt.Errorf("the public pages in %s are not shown, because:\n%w", dir, err)
	}
	return site, nil
}
