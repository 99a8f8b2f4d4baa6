// Package intake is the staff's pages of referrals: triage, capacity, the waiting list,
// asking how people are while they wait, and referral onwards.
package intake

import (
	"embed"
	"io/fs"

	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes.
func Module() page.Module {
	return page.Module{Name: "web/intake", Pages: folder("pages"), Words: folder("words")}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
