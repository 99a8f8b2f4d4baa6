// Package participant is the pages of somebody who takes part, made for a phone: what
// is next, consent, questionnaires, preparation, the days of a session and after it,
// diary, messages, and everything that is kept about them.
package participant

import (
	"embed"
	"io/fs"

	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes.
func Module() page.Module {
	return page.Module{Name: "web/participant", Pages: folder("pages"), Words: folder("words")}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
