// Package study is the pages of those who look after a study as a whole: its
// progress, the audit trail with the record as of any moment, the protocol as
// people read it, and the result.
//
// What a reader may see is decided below, in app; these pages show what they get.
package study

import (
	"embed"
	"io/fs"

	"varde/access"
	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes; the result has its own module.
func Module() page.Module {
	return page.Module{
		Name: "web/study", Pages: folder("pages"), Words: folder("words"),
		Menu: []page.MenuEntry{
			{Order: 40, Area: "study", Word: "study.menu", Path: "", Need: access.SeeStudy},
			{Order: 50, Area: "audit", Word: "audit.menu", Path: "audit", Need: access.SeeAudit},
			{Order: 45, Area: "concerns", Word: "concerns.menu", Path: "concerns", Need: access.HearConcern},
			{Order: 70, Area: "protocol", Word: "protocol.menu", Path: "protocol", Need: access.SeeStudy},
		},
		Routes: []page.Route{
			{Pattern: "GET /s/{study}/{$}", Handle: showDashboard, Need: access.SeeStudy, Area: "study"},
			{Pattern: "GET /s/{study}/dashboard", Handle: showDashboard, Need: access.SeeStudy, Area: "study"},
			{Pattern: "GET /s/{study}/audit", Handle: showStreams, Need: access.SeeAudit, Area: "audit"},
			{Pattern: "GET /s/{study}/audit/{stream...}", Handle: showTrail, Need: access.SeeAudit, Area: "audit"},
			{Pattern: "GET /s/{study}/p/{id}/audit", Handle: showTrail, Need: access.SeeAudit, Area: "audit"},
			{Pattern: "GET /s/{study}/concerns", Handle: showConcerns, Need: access.HearConcern, Area: "concerns"},
			{Pattern: "GET /s/{study}/concerns/{concern}", Handle: showConcern, Need: access.HearConcern, Area: "concerns"},
			{Pattern: "POST /s/{study}/concerns/{concern}", Handle: answerConcern, Need: access.HearConcern, Area: "concerns"},
			{Pattern: "GET /s/{study}/protocol", Handle: showProtocol, Need: access.SignedIn, Area: "protocol"},
		},
	}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
