package api

import (
	"net/http"
	"reflect"

	"varde/access"
	"varde/app"
	"varde/instrument"
)

// route is one line of the table.
type route struct {
	Method, Path string // the path below Prefix, as net/http patterns write it
	ID           string // operationId
	Group        string // tag
	Summary      string
	Needs        access.Capability // a capability, or one of the policies below; never empty but for Open
	Who          string            // what narrows Needs further, in words
	Open         bool              // without a token
	NewStudy     bool              // the study in the path need not be there yet
	Query        []param
	Keyed        bool         // takes an Idempotency-Key
	FHIR         bool         // reads and answers application/fhir+json as well
	Body         reflect.Type // nil = none
	Required     []string     // fields of the body
	Answer       reflect.Type // of the body of a success
	Lines        reflect.Type // one line each, when application/x-ndjson is asked for
	Status       []int        // of success; 200 when empty
	Problems     []int        // besides 400, 401, 404
	Handle       func(*call) error
}

// param is a query parameter.
type param struct {
	Name, Type, Format, Doc string
	Enum                    []string
	Min, Max                int // for integers
}

var (
	at      = param{Name: "at", Type: "string", Format: "date-time", Doc: "as the record stood at this moment, by recorded time; needs the audit trail"}
	limitOf = func(def, most int) param {
		return param{Name: "limit", Type: "integer", Min: 1, Max: most, Doc: number(def)}
	}
	offsetOf = param{Name: "offset", Type: "integer", Min: 0, Max: maxOffset, Doc: "how many to leave out before; 0 unless given"}
)

const (
	byProtocol = "the protocol names the roles for each form"
)

// routes is the whole interface.
func routes() []route {
	table := []route{
		{Method: "GET", Path: "/openapi.json", ID: "openapi", Group: "service", Summary: "This interface as an OpenAPI 3.1 document", Open: true,
			Answer: reflect.TypeFor[map[string]any](), Handle: openAPI},
		{Method: "GET", Path: "/me", ID: "me", Group: "service", Summary: "Whose token this is, and what it may do", Needs: access.SignedIn,
			Answer: reflect.TypeFor[Me](), Handle: me},

		{Method: "GET", Path: "/studies", ID: "listStudies", Group: "studies", Summary: "The studies that the token is for", Needs: access.SignedIn,
			Answer: reflect.TypeFor[Studies](), Handle: listStudies},
		{Method: "GET", Path: "/studies/{study}", ID: "readStudy", Group: "studies", Summary: "One study", Needs: access.InStudy,
			Answer: reflect.TypeFor[Study](), Handle: readStudy},
		{Method: "GET", Path: "/studies/{study}/protocol", ID: "readProtocol", Group: "studies", Summary: "The protocol that the study runs under", Needs: access.InStudy,
			Answer: reflect.TypeFor[Definition](), Handle: readProtocol},
		{Method: "GET", Path: "/studies/{study}/forms", ID: "listForms", Group: "studies", Summary: "The forms that the protocol uses, and where", Needs: access.InStudy,
			Answer: reflect.TypeFor[Forms](), Handle: listForms},
		{Method: "GET", Path: "/studies/{study}/forms/{form}", ID: "readForm", Group: "studies", Summary: "One form: its items, scores, limits and alerts", Needs: access.InStudy,
			Answer: reflect.TypeFor[Form](), Handle: readForm},
		{Method: "GET", Path: "/studies/{study}/sites", ID: "listSites", Group: "studies", Summary: "The sites in the token's scope, with their staff", Needs: access.InStudy,
			Answer: reflect.TypeFor[Sites](), Handle: listSites},
		{Method: "GET", Path: "/studies/{study}/progress", ID: "readProgress", Group: "studies", Summary: "Enrolment, flow and completeness",
			Needs: access.SeeStudy, Answer: reflect.TypeFor[Progress](), Problems: []int{403}, Handle: readProgress},

		{Method: "GET", Path: "/studies/{study}/participants", ID: "listParticipants", Group: "participants", Summary: "A page of the list of participants, by number",
			Needs: access.SeeList, Problems: []int{403}, Answer: reflect.TypeFor[ParticipantPage](), Handle: listParticipants,
			Query: []param{{Name: "site", Type: "string", Doc: "of this site only"}, {Name: "status", Type: "string", Enum: statuses(), Doc: "of this status only"},
				{Name: "search", Type: "string", Doc: "part of the number"}, offsetOf, limitOf(100, maxPage)}},
		{Method: "GET", Path: "/studies/{study}/participants/{id}", ID: "readParticipant", Group: "participants", Summary: "One participant: status, milestones, visits with windows, forms, queries, sessions, tasks",
			Needs: access.SeeOrEnter, Who: "a role that only fills in forms sees those; a participant sees their own", Query: []param{at}, Problems: []int{403},
			Answer: reflect.TypeFor[Participant](), Handle: readParticipant},
		{Method: "GET", Path: "/studies/{study}/participants/{id}/forms", ID: "listRecords", Group: "participants", Summary: "All filled-in forms of a participant",
			Needs: access.SeeOrEnter, Who: "a role that only fills in forms sees those", Problems: []int{403},
			Query:  []param{at, {Name: "visit", Type: "string", Doc: `at this visit only; "-" for logs`}, {Name: "form", Type: "string", Doc: "of this form only"}},
			Answer: reflect.TypeFor[Records](), Handle: listRecords},
		{Method: "GET", Path: "/studies/{study}/tasks", ID: "listTasks", Group: "participants", Summary: "What is to be done, soonest first",
			Needs: access.SeeList, Problems: []int{403}, Answer: reflect.TypeFor[Tasks](), Handle: listTasks,
			Query: []param{{Name: "participant", Type: "string", Doc: "of this participant only"}, {Name: "before", Type: "string", Format: "date-time", Doc: "due before"},
				{Name: "mine", Type: "boolean", Doc: "only those of the token's role"}, limitOf(500, maxPage)}},
		{Method: "GET", Path: "/studies/{study}/audit/{stream...}", ID: "readAudit", Group: "audit", Summary: `The audit trail of a participant (by number), of "study", or of "site/ID"`,
			Needs: access.SeeAudit, Problems: []int{403}, Answer: reflect.TypeFor[Trail](), Lines: reflect.TypeFor[Event](), Handle: readAudit,
			Query: []param{{Name: "until", Type: "string", Format: "date-time", Doc: "recorded until"}, {Name: "type", Type: "string", Doc: `beginning of the type, such as "form."`},
				limitOf(1000, maxTrail)}},
	}
	for _, repeat := range []string{"", "/{repeat}"} {
		id, what := "", "A filled-in form"
		if repeat != "" {
			id, what = "Repeated", "One record of a form that repeats"
		}
		path := "/studies/{study}/participants/{id}/forms/{visit}/{form}" + repeat
		table = append(table,
			route{Method: "GET", Path: path, ID: "read" + id + "Record", Group: "entry", Summary: what + `: answers, scores, what is missing, queries. The visit is "-" for logs`,
				Needs: access.SeeOrEnter, Who: "or a role that fills in the form", Query: []param{at}, Problems: []int{403}, Answer: reflect.TypeFor[Record](), Handle: readRecord},
			route{Method: "PUT", Path: path, ID: "save" + id + "Record", Group: "entry", Summary: "Save a page of answers: all or none of them, durably",
				Needs: access.Enter, Who: byProtocol, Keyed: true, Body: reflect.TypeFor[Save](), Required: []string{"items", "version"},
				Answer: reflect.TypeFor[Saved](), Status: []int{200, 201}, Problems: []int{403, 409, 413, 415, 422}, Handle: saveRecord})
	}
	table = append(table, route{Method: "POST", Path: "/studies/{study}/participants/{id}/forms/{visit}/{form}", ID: "addRecord", Group: "entry",
		Summary: "Save a new record of a form that repeats. The visit is \"-\" for logs", Needs: access.Enter, Who: byProtocol, Keyed: true,
		Body: reflect.TypeFor[Save](), Required: []string{"items"}, Answer: reflect.TypeFor[Saved](), Status: []int{201}, Problems: []int{403, 409, 413, 415, 422}, Handle: addRecord})
	for i := range commands {
		table = append(table, commands[i].route())
	}
	return append(append(table, trustRoutes()...), referralRoutes()...)
}

// Bounds of pages.
const (
	maxPage   = 1000
	maxTrail  = 100_000
	maxOffset = 10_000_000
)

func openAPI(c *call) error {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Cache-Control", "no-cache")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(c.api.spec) // the reader has gone: there is nobody to tell
	return nil
}

// Me tells whose token it is.
type Me struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Role        string              `json:"role"`
	RoleName    Text                `json:"roleName"`
	Study       string              `json:"study,omitempty" doc:"the study that the token is for; absent = every study"`
	Sites       []string            `json:"sites,omitempty" doc:"the sites that the token is for; absent = every site"`
	Participant string              `json:"participant,omitempty" doc:"for a participant's own token: whose record"`
	May         []access.Capability `json:"may" doc:"what the role may do; the protocol narrows it"`
}

func me(c *call) error {
	a := c.actor
	return c.send(http.StatusOK, Me{ID: a.ID, Name: a.Name, Role: a.Role, RoleName: roleName(a.Role), Study: a.Study, Sites: a.Sites, Participant: a.Participant,
		May: append([]access.Capability{}, access.Table[a.Role]...)})
}

// Tasks are what is to be done.
type Tasks struct {
	Tasks []app.TaskRow `json:"tasks"`
}

func listTasks(c *call) error {
	before, err := c.moment("before")
	if err != nil {
		return err
	}
	mine, err := c.flag("mine")
	if err != nil {
		return err
	}
	limit, err := c.whole("limit", 500, 1, maxPage)
	if err != nil {
		return err
	}
	rows, err := c.app.Tasks(c.r.Context(), c.actor, c.study, app.TaskQuery{Before: before, Participant: c.query("participant"), Mine: mine, Limit: limit})
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, Tasks{Tasks: full(c.maskTasks(rows))})
}

var valueType = reflect.TypeFor[instrument.Value]()

// full makes an empty list of none, which JSON would write as null.
func full[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
