// Package participant is the pages of somebody who takes part, made for a phone: what
// is next, consent, questionnaires, preparation, the days of a session and after it,
// diary, messages, and everything that is kept about them.
//
// Whose pages they are never stands in an address: it follows from who is signed in.
// Each page has help in a crisis at its head, and works without script; with it,
// answers, diary and messages are kept on the device until they are sent.
package participant

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
	const me = "/s/{study}/me"
	get := func(path, area string, need access.Capability, handle func(*page.Context) error) page.Route {
		return page.Route{Pattern: "GET " + me + path, Handle: handle, Need: need, Area: area}
	}
	post := func(path, area string, need access.Capability, handle func(*page.Context) error) page.Route {
		return page.Route{Pattern: "POST " + me + path, Handle: handle, Need: need, Area: area, Body: 256 << 10}
	}
	return page.Module{
		Name: "web/participant", Pages: folder("pages"), Words: folder("words"),
		Routes: []page.Route{
			get("", "me", access.SeeOwn, today),
			get("/more", "me-more", access.SeeOwn, more),

			get("/consent", "me-more", access.SeeOwn, consents),
			get("/consent/{document}", "me-more", access.SeeOwn, readConsent),
			post("/consent/{document}", "me-more", access.OwnConsent, signConsent),
			get("/consent/{document}/copy", "me-more", access.SeeOwn, consentCopy),

			get("/questions", "me-questions", access.SeeOwn, questions),
			get("/q/{visit}/{form}", "me-questions", access.SeeOwn, question),
			post("/q/{visit}/{form}", "me-questions", access.OwnWords, answer),

			get("/prepare", "me-more", access.SeeOwn, prepare),
			get("/session-day", "me-more", access.SeeOwn, sessionDay),
			get("/after", "me-more", access.SeeOwn, after),
			get("/call", "me-more", access.SeeOwn, callPage),
			post("/call", "me-more", access.OwnWords, call),

			get("/diary", "me-diary", access.SeeOwn, diary),
			post("/diary", "me-diary", access.OwnWords, writeDiary),
			post("/diary/share", "me-diary", access.OwnWords, shareDiary),

			get("/messages", "me-messages", access.SeeOwn, messages),
			post("/messages", "me-messages", access.OwnWords, sendMessage),
			post("/messages/read", "me-messages", access.OwnWords, readMessages),

			get("/curves", "me-more", access.SeeOwn, curves),

			get("/concern", "me-more", access.RaiseConcern, concernPage),
			post("/concern", "me-more", access.RaiseConcern, raiseConcern),
			post("/concern/word", "me-more", access.RaiseConcern, addWord),

			get("/data", "me-more", access.SeeOwn, myData),
			get("/data/file", "me-more", access.SeeOwn, dataFile),
			get("/data/page", "me-more", access.SeeOwn, dataPage),
			get("/data/answers", "me-more", access.SeeOwn, dataAnswers),
			get("/data/contact", "me-more", access.SeeOwn, contact),
			post("/data/contact", "me-more", access.OwnWords, keepContact),
			get("/data/reminders", "me-more", access.SeeOwn, reminders),
			post("/data/reminders", "me-more", access.OwnWords, keepReminders),

			get("/leave", "me-more", access.SeeOwn, leave),
			post("/leave", "me-more", access.OwnConsent, leaveNow),
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
