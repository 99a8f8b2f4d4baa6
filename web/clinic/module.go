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
			{Order: 10, Area: "today", Word: "clinic.today", Path: "today", Need: access.SeeList, Show: seesVisits},
			{Order: 15, Area: "board", Word: "clinic.board", Path: "board", Need: access.SeeJourney},
			{Order: 20, Area: "participants", Word: "clinic.participants", Path: "participants", Need: access.SeeList, Show: seesVisits},
			{Order: 65, Area: "unblindings", Word: "clinic.unblindings", Path: "unblindings", Need: access.SignedIn, Show: toldOfUnblindings},
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
		{Pattern: "GET /s/{study}/board", Handle: board, Need: access.SeeJourney, Area: "board"},
		{Pattern: "GET /s/{study}/participants", Handle: participants, Need: access.SeeList, Area: "participants"},
		{Pattern: "POST /s/{study}/participants", Handle: refer, Need: access.Refer},

		{Pattern: "GET " + person, Handle: journey, Need: access.SeeJourney},
		{Pattern: "POST " + person + "/prescreen", Handle: act(prescreen), Need: access.Refer},
		{Pattern: "POST " + person + "/consent/{document}", Handle: act(consent), Need: access.Consent},
		{Pattern: "POST " + person + "/consent/{document}/withdraw", Handle: act(withdrawConsent), Need: access.Consent},
		{Pattern: "POST " + person + "/gate/{gate}", Handle: act(gate), Need: access.Decide},
		{Pattern: "POST " + person + "/randomise", Handle: act(randomise), Need: access.Randomise},
		{Pattern: "GET " + person + "/v/{visit}", Handle: visit, Need: access.SeeOrEnter},
		{Pattern: "POST " + person + "/v/{visit}/plan", Handle: act(planVisit), Need: access.Schedule},
		{Pattern: "GET " + person + "/v/{visit}/plan", Handle: planner, Need: access.SeeJourney},
		{Pattern: "POST " + person + "/v/{visit}/book", Handle: bookVisit, Need: access.Schedule},
		{Pattern: "POST " + person + "/v/{visit}/hold", Handle: act(holdVisit), Need: access.Schedule},
		{Pattern: "POST " + person + "/v/{visit}/miss", Handle: act(missVisit), Need: access.Schedule},
		{Pattern: "POST " + person + "/query", Handle: act(raiseQuery), Need: access.Query},
		{Pattern: "POST " + person + "/query/{ref}", Handle: act(closeQuery), Need: access.Answer},
		{Pattern: "POST " + person + "/alert/{ref}", Handle: act(closeAlert), Need: access.Answer},
		{Pattern: "POST " + person + "/deviation", Handle: act(raiseDeviation), Need: access.Report},
		{Pattern: "POST " + person + "/report/{ref}/{repeat}", Handle: act(doDuty), Need: access.Report},
		{Pattern: "POST " + person + "/stop", Handle: act(stopTreatment), Need: access.EndTaking},
		{Pattern: "POST " + person + "/withdraw", Handle: act(withdraw), Need: access.EndTaking},
		{Pattern: "POST " + person + "/lost", Handle: act(lose), Need: access.EndTaking},
		{Pattern: "POST " + person + "/complete", Handle: act(complete), Need: access.EndTaking},

		{Pattern: "GET " + person + "/f/{visit}/{form}", Handle: showEntry, Need: access.SeeOrEnter},
		{Pattern: "POST " + person + "/f/{visit}/{form}", Handle: saveEntry, Need: access.Enter},
		{Pattern: "POST " + person + "/f/{visit}/{form}/check", Handle: checkEntry, Need: access.Enter},
		{Pattern: "GET " + person + "/f/{visit}/{form}/{repeat}", Handle: showEntry, Need: access.SeeOrEnter},
		{Pattern: "POST " + person + "/f/{visit}/{form}/{repeat}", Handle: saveEntry, Need: access.Enter},
		{Pattern: "POST " + person + "/f/{visit}/{form}/{repeat}/check", Handle: checkEntry, Need: access.Enter},

		{Pattern: "GET " + person + "/messages", Handle: showMessages, Need: access.Message},
		{Pattern: "POST " + person + "/messages", Handle: sendMessage, Need: access.Message},
		{Pattern: "POST " + person + "/messages/read", Handle: readMessages, Need: access.Message},
		{Pattern: "GET " + person + "/diary", Handle: showDiary, Need: access.Message},

		{Pattern: "GET " + person + "/identity", Handle: showIdentity, Need: access.SeeIdentity},
		{Pattern: "POST " + person + "/identity/open", Handle: openIdentity, Need: access.SeeIdentity},
		{Pattern: "GET " + person + "/identity/edit", Handle: editIdentity, Need: access.KeepIdentity},
		{Pattern: "POST " + person + "/identity", Handle: keepIdentity, Need: access.KeepIdentity},
		{Pattern: "POST " + person + "/identity/link", Handle: participantLink, Need: access.KeepIdentity},
		{Pattern: "POST " + person + "/identity/reach", Handle: wishFor, Need: access.KeepIdentity},
		{Pattern: "GET " + person + "/looks", Handle: looks, Need: access.SeeLooks, Area: "audit"},
		{Pattern: "GET " + person + "/erase", Handle: showErase, Need: access.EraseIdentity, Area: "audit"},
		{Pattern: "POST " + person + "/erase", Handle: erase, Need: access.EraseIdentity, Area: "audit"},

		{Pattern: "GET /s/{study}/unblindings", Handle: unblindingList, Need: access.OfUnblinding, Area: "unblindings"},
		{Pattern: "GET " + person + "/unblinding", Handle: askPage, Need: access.Unblind},
		{Pattern: "POST " + person + "/unblinding", Handle: ask(false), Need: access.Unblind},
		{Pattern: "POST " + person + "/unblinding/alone", Handle: ask(true), Need: access.Unblind},
		{Pattern: "GET " + person + "/unblinding/{ref}", Handle: showUnblinding, Need: access.AboutUnblinding},
		{Pattern: "POST " + person + "/unblinding/{ref}/confirm", Handle: step(confirmUnblinding, "clinic.unblinding.confirmed"), Need: access.ConfirmUnblind},
		{Pattern: "POST " + person + "/unblinding/{ref}/note", Handle: step(noteUnblinding, "clinic.unblinding.note.done"), Need: access.NoteUnblind},
		{Pattern: "POST " + person + "/unblinding/{ref}/reveal", Handle: reveal, Need: access.Unblinds},

		{Pattern: "GET /account/calendar", Handle: feedPage, Need: access.SignedIn, Area: "account"},
		{Pattern: "POST /account/calendar", Handle: makeFeed, Need: access.SignedIn, Area: "account", Body: 64 << 10},
		{Pattern: "POST /account/calendar/end", Handle: endFeed, Need: access.SignedIn, Area: "account", Body: 64 << 10},
		{Pattern: "GET /calendar/{link}", Handle: feed, Open: true},

		{Pattern: "POST " + person + "/v/{visit}/draw", Handle: act(drawRater), Need: access.DrawRater},
	}
	for i := range list {
		if list[i].Area == "" {
			list[i].Area = "participants"
		}
	}
	return list
}

// seesVisits says that the lists are the reader's: a rater who must not know which
// visit an assessment belongs to has a queue of their own (web/rater).
func seesVisits(c *page.Context) bool {
	return c.Def == nil || !access.HidesVisit(c.Def, c.Actor.Role)
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
