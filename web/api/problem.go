package api

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/text/language"

	"varde/bilingual"
	"varde/study"
)

// Text is one text in both languages.
type Text = bilingual.Text

// Problem is a problem document (RFC 9457).
type Problem struct {
	Type      string    `json:"type" doc:"urn:varde:problem: followed by the code"`
	Title     string    `json:"title" doc:"what kind of problem it is, in the language asked for"`
	Status    int       `json:"status" doc:"the status of the answer"`
	Detail    string    `json:"detail" doc:"what is wrong and how to mend it, in the language asked for"`
	Code      string    `json:"code" doc:"stable code for programs"`
	Field     string    `json:"field,omitempty" doc:"JSON pointer to the value at fault in the body"`
	Parameter string    `json:"parameter,omitempty" doc:"name of the query parameter or header at fault"`
	Text      Text      `json:"text" doc:"detail in both languages"`
	Fault     string    `json:"fault,omitempty" doc:"number under which the server's log tells of a fault of its own"`
	Current   *Record   `json:"current,omitempty" doc:"after a stale version: the record as it stands now"`
	Findings  []Finding `json:"findings,omitempty" doc:"what is wrong with a protocol that was sent"`
}

// Finding is one fault of a protocol.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Path     string `json:"path,omitempty"`
	Message  string `json:"message"`
	Fix      string `json:"fix,omitempty"`
}

type problemError struct{ Problem }

func (p *problemError) Error() string { return p.Code + ": " + p.Text.EN }

var titles = map[int]Text{
	400: {EN: "The request is malformed", NB: "Forespørselen er feil utformet"},
	401: {EN: "Not signed in", NB: "Ikke pålogget"},
	403: {EN: "Not allowed", NB: "Ikke tillatt"},
	404: {EN: "Not found", NB: "Finnes ikke"},
	405: {EN: "Method not allowed", NB: "Metoden er ikke tillatt"},
	409: {EN: "Changed by somebody else meanwhile", NB: "Endret av noen andre i mellomtiden"},
	413: {EN: "Too large", NB: "For stort"},
	415: {EN: "Wrong kind of content", NB: "Feil type innhold"},
	422: {EN: "Against the protocol or the order of things", NB: "I strid med protokollen eller rekkefølgen"},
	500: {EN: "A fault of the server", NB: "Feil i tjeneren"},
}

func bad(field, code, en, nb string) *problemError {
	return &problemError{Problem{Status: http.StatusBadRequest, Code: code, Field: field, Text: Text{EN: en, NB: nb}}}
}

func badParameter(name, en, nb string) *problemError {
	return &problemError{Problem{Status: http.StatusBadRequest, Code: "bad-parameter", Parameter: name, Text: Text{EN: en, NB: nb}}}
}

func notFound(code, en, nb string) *problemError {
	return &problemError{Problem{Status: http.StatusNotFound, Code: code, Text: Text{EN: en, NB: nb}}}
}

// challenge is a 401 with its WWW-Authenticate header.
type challenge struct {
	problemError
	header string
}

func unauthorised(header, code, en, nb string) error {
	return &challenge{problemError{Problem{Status: http.StatusUnauthorized, Code: code, Parameter: "Authorization", Text: Text{EN: en, NB: nb}}}, header}
}

func fault(id string) error {
	return &problemError{Problem{Status: http.StatusInternalServerError, Code: "fault", Fault: id, Text: Text{
		EN: "the server failed; nothing is known to be wrong with the request: try again, and report the number if it stays so",
		NB: "tjeneren sviktet; det er ikke kjent at noe er galt med forespørselen: prøv igjen, og meld nummeret hvis det vedvarer"}}}
}

// problemOf answers what to tell a client, nil when the error is a fault of ours.
func problemOf(err error) error {
	var c *challenge
	if errors.As(err, &c) {
		return c
	}
	var p *problemError
	if errors.As(err, &p) {
		return p
	}
	var r *study.Refusal
	if errors.As(err, &r) {
		return ofRefusal(r)
	}
	return nil
}

func ofRefusal(r *study.Refusal) *problemError {
	p := &problemError{Problem{Code: r.Code, Text: r.Text}}
	switch r.Kind {
	case study.Forbidden:
		p.Status = http.StatusForbidden
	case study.Invalid:
		p.Status = http.StatusBadRequest
	case study.Missing:
		p.Status = http.StatusNotFound
	case study.Stale:
		p.Status = http.StatusConflict
	default:
		p.Status = http.StatusUnprocessableEntity
	}
	switch r.Field {
	case "":
	case "clientId":
		p.Parameter = idempotencyHeader
	default:
		p.Field = pointer(r.Field)
	}
	return p
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.\-]+$`)

// pointer makes a JSON pointer of a field such as "items.sbp". Only the first dot
// separates: the rest is the name of an item, as the client wrote it.
func pointer(field string) string {
	head, rest, nested := strings.Cut(field, ".")
	if !nested {
		return "/" + escapeToken(head)
	}
	return "/" + escapeToken(head) + "/" + escapeToken(rest)
}

func escapeToken(s string) string {
	if plainName.MatchString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

var languages = language.NewMatcher([]language.Tag{language.English, language.MustParse("nb"), language.Norwegian, language.MustParse("nn")})

// languageOf answers "nb" or "en", by Accept-Language.
func languageOf(r *http.Request) string {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return "en"
	}
	if _, i, _ := languages.Match(tags...); i > 0 {
		return "nb"
	}
	return "en"
}

func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	var p Problem
	var c *challenge
	var e *problemError
	switch {
	case errors.As(err, &c):
		w.Header().Set("WWW-Authenticate", c.header)
		p = c.Problem
	case errors.As(err, &e):
		p = e.Problem
	}
	lang := languageOf(r)
	p.Type = "urn:varde:problem:" + p.Code
	p.Title = titles[p.Status].In(lang)
	p.Detail = p.Text.In(lang)
	h := w.Header()
	h.Set("Content-Language", lang)
	h.Add("Vary", "Accept-Language")
	h.Set("Cache-Control", "no-store")
	writeJSON(w, p.Status, "application/problem+json", p)
}
