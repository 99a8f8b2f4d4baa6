// Package public is what anybody may read without signing in: what PTSD is, how it is
// treated, what is known and not known, which options exist, the self-check, and how
// to be referred. It sets no cookie and keeps nothing that is not sent on purpose.
package public

import (
	"embed"
	"io/fs"

	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes.
func Module() page.Module {
	return page.Module{Name: "web/public", Pages: folder("pages"), Words: folder("words")}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
