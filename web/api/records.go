package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"varde/app"
	"varde/ledger"
	"varde/study"
)

// RecordSummary tells that a form is filled in.
type RecordSummary struct {
	Visit     string    `json:"visit,omitempty" doc:"absent for logs"`
	Form      string    `json:"form"`
	Repeat    int       `json:"repeat,omitempty"`
	Version   int       `json:"version"`
	Complete  bool      `json:"complete"`
	ChangedAt time.Time `json:"changedAt"`
}

// Records are filled-in forms.
type Records struct {
	Records []Record `json:"records"`
}

// Record is one filled-in form.
type Record struct {
	Visit     string       `json:"visit,omitempty" doc:"absent for logs"`
	Form      string       `json:"form"`
	Repeat    int          `json:"repeat,omitempty"`
	Version   int          `json:"version" doc:"number of saves; send it back with the next save"`
	Items     study.Values `json:"items"`
	Scores    study.Values `json:"scores" doc:"computed from the items; a score that too many items are missing for is not there"`
	Missing   []string     `json:"missing" doc:"required items that are asked and not answered"`
	Slot      string       `json:"slot,omitempty"`
	SavedAt   time.Time    `json:"savedAt" doc:"when the first save happened in the world"`
	ChangedAt time.Time    `json:"changedAt" doc:"when the last save was recorded"`
	By        string       `json:"by" doc:"who saved first"`
	Queries   []Query      `json:"queries"`
}

func (c *call) record(s *study.State, f *study.FormState) Record {
	return Record{Visit: c.shown(s.ID, f.Key.Visit), Form: f.Key.Form, Repeat: f.Key.Repeat, Version: f.Version, Items: values(f.Values), Scores: values(f.Scores), Missing: full(f.Missing),
		Slot: f.Slot, SavedAt: f.SavedAt, ChangedAt: f.Changed, By: f.By, Queries: c.queries(s, &f.Key)}
}

func values(v study.Values) study.Values {
	if v == nil {
		return study.Values{}
	}
	return v
}

// key reads which record the path means.
func (c *call) key() (study.FormKey, error) {
	k := study.FormKey{Form: c.r.PathValue("form")}
	var ok bool
	// A visit that is none to this reader has no forms either.
	if k.Visit, ok = c.app.VisitOf(c.actor, c.study, c.r.PathValue("id"), c.r.PathValue("visit")); !ok {
		k.Visit = "?"
	}
	if _, ok := study.PlaceOf(c.def, k.Visit, k.Form); !ok {
		return k, notFound("no-such-form", "the protocol asks for no such form at that visit", "protokollen ber ikke om et slikt skjema ved det besøket")
	}
	if s := c.r.PathValue("repeat"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || strconv.Itoa(n) != s {
			return k, noRecord()
		}
		k.Repeat = n
	}
	return k, nil
}

func noRecord() error {
	return notFound("no-such-record", "nothing is saved there yet", "ingenting er lagret der ennå")
}

func readRecord(c *call) error {
	k, err := c.key()
	if err != nil {
		return err
	}
	s, err := c.person()
	if err != nil {
		return err
	}
	f := s.Forms[k]
	if f == nil {
		return noRecord()
	}
	if err := c.app.Seen(c.r.Context(), c.actor, c.study, s.ID, study.FormRecord(k).String()); err != nil {
		return err
	}
	return c.send(http.StatusOK, c.record(s, f))
}

func listRecords(c *call) error {
	s, err := c.person()
	if err != nil {
		return err
	}
	form, visit, asked := c.query("form"), "", c.query("visit") != ""
	if asked {
		var ok bool
		if visit, ok = c.app.VisitOf(c.actor, c.study, s.ID, c.query("visit")); !ok {
			visit = "?"
		}
	}
	out := Records{Records: []Record{}}
	for _, f := range c.sorted(s) {
		if asked && f.Key.Visit != visit || form != "" && f.Key.Form != form {
			continue
		}
		out.Records = append(out.Records, c.record(s, f))
	}
	return c.send(http.StatusOK, out)
}

// Save is a page of answers.
type Save struct {
	Version *int         `json:"version,omitempty" doc:"the version that the writer saw; 0 when nothing was saved. Not for a new record"`
	Items   study.Values `json:"items,omitempty" doc:"answers by item id; items that are not named stay as they are, null takes an answer back"`
	Reason  string       `json:"reason,omitempty" doc:"why answers change that were saved before"`
	At      time.Time    `json:"at,omitzero" doc:"when it happened; now unless given"`
	Slot    string       `json:"slot,omitempty" doc:"in a dosing session: the line of the timetable that this answers"`
}

// Saved says what a save did. It is durable.
type Saved struct {
	Visit      string       `json:"visit,omitempty" doc:"absent for logs"`
	Form       string       `json:"form"`
	Repeat     int          `json:"repeat,omitempty"`
	Version    int          `json:"version" doc:"of the record as it stands now"`
	RecordedAt time.Time    `json:"recordedAt,omitzero" doc:"absent when the answers were those that were there"`
	Scores     study.Values `json:"scores"`
	Missing    []string     `json:"missing"`
	Queries    []Query      `json:"queries" doc:"queries on this record that are open"`
	Alerts     []Alert      `json:"alerts" doc:"alerts on this record that are open"`
	Events     []Receipt    `json:"events" doc:"what was written"`
}

// Receipt names an event in the ledger.
type Receipt struct {
	Seq     int64        `json:"seq" doc:"position in the study's log"`
	Version int64        `json:"version" doc:"position in the participant's record"`
	Type    string       `json:"type"`
	Hash    *ledger.Hash `json:"hash,omitempty" doc:"Merkle leaf hash; absent for a role that may not see the whole event"`
}

func saveRecord(c *call) error { return c.save(false) }
func addRecord(c *call) error  { return c.save(true) }

func (c *call) save(anew bool) error {
	body, client, err := c.readWrite()
	if err != nil {
		return err
	}
	var in Save
	if err := decode(body, &in); err != nil {
		return err
	}
	k, err := c.key()
	if err != nil {
		return err
	}
	switch {
	case in.Items == nil:
		return bad("/items", "required", "send the answers, by item id", "send svarene, etter felt-ID")
	case !anew && in.Version == nil:
		return bad("/version", "required", "send the version that you saw; 0 when nothing was saved", "send versjonen du så; 0 når ingenting var lagret")
	case anew && in.Version != nil && *in.Version != 0:
		return bad("/version", "not-for-new", "a new record has no version yet: leave it out", "en ny føring har ingen versjon ennå: utelat den")
	}
	cmd := study.SaveForm{On: study.On{Participant: c.r.PathValue("id"), At: in.At}, Visit: k.Visit, Form: k.Form, Repeat: k.Repeat, New: anew,
		Slot: in.Slot, Items: in.Items, Reason: in.Reason}
	if in.Version != nil {
		cmd.Version = *in.Version
	}
	done, err := c.app.Do(c.r.Context(), c.actor, c.study, cmd, client)
	if err != nil {
		return c.withCurrent(err, k)
	}
	out := Saved{Form: k.Form, Visit: c.shown(cmd.Participant, k.Visit), Repeat: k.Repeat, Scores: study.Values{}, Missing: []string{}, Queries: []Query{}, Alerts: []Alert{}, Events: make([]Receipt, 0, len(done.Events))}
	for _, e := range done.Events {
		if d, ok := e.Data.(study.FormSaved); ok {
			out.Repeat = d.Repeat
		}
		out.RecordedAt = e.Recorded
		out.Events = append(out.Events, receipt(e))
	}
	k.Repeat = out.Repeat
	if done.State != nil {
		if f := done.State.Forms[k]; f != nil {
			out.Version, out.Scores, out.Missing = f.Version, values(f.Scores), full(f.Missing)
		}
		c.open(&out, done.State, k)
	}
	status := http.StatusOK
	if anew || cmd.Version == 0 {
		status = http.StatusCreated
		c.w.Header().Set("Location", c.address(k))
	}
	return c.send(status, out)
}

// open adds the record's open queries and alerts.
func (c *call) open(out *Saved, s *study.State, k study.FormKey) {
	if s.OpenQueries() > 0 {
		for _, q := range c.queries(s, &k) {
			if q.Closed.IsZero() {
				out.Queries = append(out.Queries, q)
			}
		}
	}
	for _, a := range s.Alerts {
		if a.Closed.IsZero() && a.Visit == k.Visit && a.Form == k.Form && a.Repeat == k.Repeat {
			out.Alerts = append(out.Alerts, c.alert(s.ID, a))
		}
	}
}

func receipt(e study.Event) Receipt {
	r := Receipt{Seq: e.Seq, Version: e.Version, Type: e.Type()}
	if !e.Hash.IsZero() {
		r.Hash = &e.Hash
	}
	return r
}

// address of a record.
func (c *call) address(k study.FormKey) string {
	visit := c.shown(c.r.PathValue("id"), k.Visit)
	if visit == "" {
		visit = "-"
	}
	s := Prefix + "/studies/" + c.study + "/participants/" + c.r.PathValue("id") + "/forms/" + visit + "/" + k.Form
	if k.Repeat > 0 {
		s += "/" + strconv.Itoa(k.Repeat)
	}
	return s
}

// withCurrent adds the record as it stands to the refusal of a stale save.
func (c *call) withCurrent(err error, k study.FormKey) error {
	p, ok := problemOf(err).(*problemError)
	if !ok || p.Status != http.StatusConflict {
		return err
	}
	s, e := c.app.Participant(c.r.Context(), c.actor, c.study, c.r.PathValue("id"))
	if e != nil {
		return err
	}
	if f := s.Forms[k]; f != nil {
		r := c.record(s, f)
		p.Current = &r
	}
	p.Field = "/version"
	return p
}

// Trail is an audit trail.
type Trail struct {
	Stream string  `json:"stream"`
	Events []Event `json:"events" doc:"oldest first"`
}

// Event is one line of the audit trail.
type Event struct {
	Seq         int64           `json:"seq" doc:"position in the study's log"`
	Stream      string          `json:"stream"`
	Version     int64           `json:"version" doc:"position in the stream"`
	Type        string          `json:"type"`
	RecordedAt  time.Time       `json:"recordedAt"`
	EffectiveAt time.Time       `json:"effectiveAt" doc:"when it happened in the world"`
	Actor       string          `json:"actor"`
	Role        string          `json:"role"`
	Reason      string          `json:"reason,omitempty" doc:"reason for change"`
	Text        Text            `json:"text" doc:"the event in one sentence"`
	Data        json.RawMessage `json:"data" doc:"the event's content, by its type; values that the role may not see stand as absent: blinded"`
	Hash        *ledger.Hash    `json:"hash,omitempty" doc:"Merkle leaf hash; absent for a role that may not see the whole event"`
}

func (c *call) event(e study.Event) (Event, error) {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return Event{}, err
	}
	return Event{Seq: e.Seq, Stream: e.Stream, Version: e.Version, Type: e.Type(), RecordedAt: e.Recorded, EffectiveAt: e.At, Actor: e.Actor, Role: e.Role,
		Reason: e.Reason, Text: study.Describe(c.def, e), Data: data, Hash: receipt(e).Hash}, nil
}

const ndjson = "application/x-ndjson"

func readAudit(c *call) error {
	until, err := c.moment("until")
	if err != nil {
		return err
	}
	limit, err := c.whole("limit", 1000, 1, maxTrail)
	if err != nil {
		return err
	}
	stream := c.r.PathValue("stream")
	events, err := c.app.Trail(c.r.Context(), c.actor, c.study, stream, app.TrailQuery{Until: until, Type: c.query("type"), Limit: limit})
	if err != nil {
		return err
	}
	if c.accepts(ndjson) {
		return c.lines(events)
	}
	out := Trail{Stream: stream, Events: make([]Event, 0, len(events))}
	for _, e := range events {
		x, err := c.event(e)
		if err != nil {
			return err
		}
		out.Events = append(out.Events, x)
	}
	return c.send(http.StatusOK, out)
}

// lines answers one event a line, and keeps one in memory.
func (c *call) lines(events []study.Event) error {
	h := c.w.Header()
	h.Set("Content-Type", ndjson)
	h.Set("X-Content-Type-Options", "nosniff")
	c.w.WriteHeader(http.StatusOK)
	enc := json.NewEncoder(c.w)
	enc.SetEscapeHTML(false)
	for _, e := range events {
		x, err := c.event(e)
		if err == nil {
			err = enc.Encode(x)
		}
		if err != nil {
			// The answer has begun: cutting the connection is the way to say that it is not whole.
			c.api.log.Error("api: audit trail cut short", "route", c.r.Pattern, "error", err)
			panic(http.ErrAbortHandler)
		}
	}
	return nil
}
