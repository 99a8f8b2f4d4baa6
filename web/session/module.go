// Package session is the session room: what the pair beside the participant sees
// and enters on the day of a dose, from the go/no-go list to the signature. It is
// made for a tablet in a dim room. Everything is a plain form; with the script the
// clocks run and the live parts refresh themselves.
//
// No time entered here is the time of typing: each form asks when it happened.
package session

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
	const room = "/s/{study}/p/{id}/session/{visit}"
	routes := []page.Route{
		{Pattern: "GET /s/{study}/sessions", Handle: showSessions, Need: access.SeeJourney},
		{Pattern: "GET /s/{study}/sessions/live", Handle: showSessionsLive, Need: access.SeeJourney},
		{Pattern: "GET /sw.js", Handle: showWorker, Open: true},
		{Pattern: "GET " + room, Handle: showRoom, Need: access.SeeJourney},
		{Pattern: "GET " + room + "/live", Handle: showLive, Need: access.SeeJourney},
		{Pattern: "GET " + room + "/night", Handle: showNight, Need: access.SeeJourney},
		{Pattern: "POST " + room + "/night", Handle: saveNight, Need: access.RunSession},
		{Pattern: "POST " + room + "/check", Handle: act(answerGate), Need: access.RunSession},
		{Pattern: "POST " + room + "/check/live", Handle: tryGate, Need: access.RunSession},
		{Pattern: "POST " + room + "/confirm", Handle: act(confirm), Need: access.RunSession},
		{Pattern: "POST " + room + "/start", Handle: act(start), Need: access.RunSession},
		{Pattern: "POST " + room + "/dose", Handle: act(giveDose), Need: access.RunSession},
		{Pattern: "POST " + room + "/vitals", Handle: act(saveVitals), Need: access.RunSession},
		{Pattern: "POST " + room + "/breach", Handle: act(acknowledgeRule), Need: access.Acknowledge},
		{Pattern: "POST " + room + "/breach/{breach}", Handle: act(acknowledge), Need: access.Acknowledge},
		{Pattern: "POST " + room + "/log", Handle: act(saveLog), Need: access.RunSession},
		{Pattern: "POST " + room + "/supplement", Handle: act(decideSupplement), Need: access.RunSession},
		{Pattern: "POST " + room + "/discharge", Handle: act(discharge), Need: access.RunSession},
		{Pattern: "POST " + room + "/end", Handle: act(endSession), Need: access.RunSession},
	}
	for i := range routes {
		routes[i].Area = "session"
	}
	return page.Module{
		Name: "web/session", Pages: folder("pages"), Words: folder("words"),
		Menu:   []page.MenuEntry{{Order: 30, Area: "session", Word: "room.menu", Path: "sessions", Need: access.RunSession}},
		Routes: routes,
	}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
