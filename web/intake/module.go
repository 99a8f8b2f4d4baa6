// Package intake is the staff's pages of referrals: triage, capacity, the waiting list,
// asking how people are while they wait, and referral onwards. People are known here by
// the referral's reference; who they are is opened for a purpose, and never in a list.
package intake

import (
	"embed"
	"io/fs"

	"varde/access"
	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes.
func Module() page.Module {
	const all, one = "/s/{study}/referrals", "/s/{study}/referrals/{referral}"
	list := []page.Route{
		{Pattern: "GET " + all, Handle: showList, Need: access.Triage},
		{Pattern: "GET " + all + "/capacity", Handle: showCapacity, Need: access.Triage},
		{Pattern: "GET " + one, Handle: showOne, Need: access.Triage},
		{Pattern: "POST " + one + "/open", Handle: open, Need: access.Triage},
		{Pattern: "POST " + one + "/assess", Handle: act(assess), Need: access.Triage},
		{Pattern: "POST " + one + "/check", Handle: act(check), Need: access.Triage},
		{Pattern: "POST " + one + "/care", Handle: act(care), Need: access.Triage},
		{Pattern: "POST " + one + "/move", Handle: act(move), Need: access.Triage},
		{Pattern: "POST " + one + "/close", Handle: act(closing), Need: access.Triage},
		{Pattern: "POST " + one + "/invite", Handle: invite, Need: access.Triage},
		{Pattern: "POST " + one + "/onwards", Handle: passOn, Need: access.Triage},
		{Pattern: "GET " + one + "/erase", Handle: showErase, Need: access.EraseIdentity},
		{Pattern: "POST " + one + "/erase", Handle: erase, Need: access.EraseIdentity},
	}
	for i := range list {
		list[i].Area = "referrals"
	}
	return page.Module{
		Name: "web/intake", Pages: folder("pages"), Words: folder("words"),
		Menu:   []page.MenuEntry{{Order: 15, Area: "referrals", Word: "intake.menu", Path: "referrals", Need: access.Triage}},
		Routes: list,
	}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
