// Package clinic is the pages of those who work with participants: today's tasks,
// the list of participants, a participant's journey with the one thing to do next,
// a visit, and the entry of forms. Every form works without a script.
package clinic

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
	return page.Module{
		Name: "web/clinic", Pages: folder("pages"), Words: folder("words"),
		Menu: []page.MenuEntry{
			{Order: 10, Area: "today", Word: "clinic.today", Path: "today", Need: access.SeeList},
			{Order: 20, Area: "participants", Word: "clinic.participants", Path: "participants", Need: access.SeeList},
		},
		Routes: routes(),
	}
}

// routes of the clinic, all on one screen. Who may do what is asked by the use
// cases; Need only spares a reader a dead end.
func routes() []page.Route {
	const person = "/s/{study}/p/{id}"
	list := []page.Route{
		{Pattern: "GET /s/{study}/today", Handle: today, Need: access.SeeList, Area: "today"},
		{Pattern: "GET /s/{study}/participants", Handle: participants, Need: access.SeeList, Area: "participants"},
		{Pattern: "POST /s/{study}/participants", Handle: refer, Need: access.Refer},

		{Pattern: "GET " + person, Handle: journey, Need: access.SeeJourney},
		{Pattern: "POST " + person + "/prescreen", Handle: act(prescreen)},
		{Pattern: "POST " + person + "/consent/{document}", Handle: act(consent)},
		{Pattern: "POST " + person + "/consent/{document}/withdraw", Handle: act(withdrawConsent)},
		{Pattern: "POST " + person + "/gate/{gate}", Handle: act(gate)},
		{Pattern: "POST " + person + "/randomise", Handle: act(randomise)},
		{Pattern: "GET " + person + "/v/{visit}", Handle: visit},
		{Pattern: "POST " + person + "/v/{visit}/plan", Handle: act(planVisit)},
		{Pattern: "POST " + person + "/v/{visit}/hold", Handle: act(holdVisit)},
		{Pattern: "POST " + person + "/v/{visit}/miss", Handle: act(missVisit)},
		{Pattern: "POST " + person + "/query", Handle: act(raiseQuery)},
		{Pattern: "POST " + person + "/query/{ref}", Handle: act(closeQuery)},
		{Pattern: "POST " + person + "/alert/{ref}", Handle: act(closeAlert)},
		{Pattern: "POST " + person + "/deviation", Handle: act(raiseDeviation)},
		{Pattern: "POST " + person + "/report/{ref}/{repeat}", Handle: act(doDuty)},
		{Pattern: "POST " + person + "/stop", Handle: act(stopTreatment)},
		{Pattern: "POST " + person + "/withdraw", Handle: act(withdraw)},
		{Pattern: "POST " + person + "/lost", Handle: act(lose)},
		{Pattern: "POST " + person + "/complete", Handle: act(complete)},

		{Pattern: "GET " + person + "/f/{visit}/{form}", Handle: showEntry},
		{Pattern: "POST " + person + "/f/{visit}/{form}", Handle: saveEntry},
		{Pattern: "POST " + person + "/f/{visit}/{form}/check", Handle: checkEntry},
		{Pattern: "GET " + person + "/f/{visit}/{form}/{repeat}", Handle: showEntry},
		{Pattern: "POST " + person + "/f/{visit}/{form}/{repeat}", Handle: saveEntry},
		{Pattern: "POST " + person + "/f/{visit}/{form}/{repeat}/check", Handle: checkEntry},
	}
	for i := range list {
		if list[i].Area == "" {
			list[i].Area = "participants"
		}
	}
	return list
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
