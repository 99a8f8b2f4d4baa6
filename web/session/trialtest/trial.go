// Package trialtest opens a small real study for tests of pages: the shipped
// three-session protocol on a temporary SQLite ledger, a site with its staff, and
// one participant brought to the day of the first dosing session by the same
// commands that people give.
package trialtest

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/instrument"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/protocols"
	"varde/study"
	"varde/vault"
	"varde/web/page"
	"varde/web/static"
	"varde/web/ui"
	"varde/web/ui/locale"
	"varde/web/webtest"
)

// Study is the id of the study, Person the participant's number, Site the site's id.
const (
	Study  = "trial"
	Site   = "S01"
	Person = "S01-001"
)

// Staff of the site, by person id.
var Staff = map[string]struct{ Name, Role string }{
	"cora": {"Cora Coordinator", "coordinator"}, "phil": {"Phil Physician", "physician"}, "tom": {"Tom Therapist", "therapist"},
	"tina": {"Tina Therapist", "therapist"}, "nora": {"Nora Night", "attendant"}, "rita": {"Rita Rater", "rater"},
}

// Trial is the study and its clock.
type Trial struct {
	App     *app.App
	Def     *protocol.Definition
	Handler http.Handler
	tb      testing.TB
	dir     string
	shut    func()
	mu      sync.Mutex
	now     time.Time
	tokens  map[string]string
	person  string // whose way is walked
}

// Now is the study's time.
func (t *Trial) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// Set moves the study's clock.
func (t *Trial) Set(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = at
}

// Pass moves the clock on.
func (t *Trial) Pass(d time.Duration) { t.Set(t.Now().Add(d)) }

var definition = sync.OnceValues(func() (*protocol.Definition, error) { return protocols.Load("mdma-ptsd-three-session") })

// New opens the study with the pages of the modules and nobody in it.
func New(tb testing.TB, modules ...page.Module) *Trial {
	tb.Helper()
	def, err := definition()
	if err != nil {
		tb.Fatal(err)
	}
	t := &Trial{Def: def, tb: tb, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), dir: tb.TempDir(), person: Person}
	t.Open()
	tb.Cleanup(func() { t.Shut() })
	ctx := context.Background()
	t.do(access.System, study.OpenStudy{Mode: "practice", Title: "A small trial", Definition: def})
	if err := t.App.SealAllocation(ctx, access.System, Study, bytes.Repeat([]byte{3}, 32)); err != nil {
		tb.Fatal(err)
	}
	t.do(access.System, study.OpenSite{Site: Site, Name: "Østfold", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 2, Rooms: 1})
	for _, id := range []string{"cora", "nora", "phil", "rita", "tina", "tom"} {
		creds := map[string]string{}
		for _, c := range def.Staffing.Credentials {
			if slices.Contains(c.Roles, Staff[id].Role) {
				creds[c.ID] = "2030-01-01"
			}
		}
		t.do(access.System, study.AssignStaff{Site: Site, Person: id, Name: Staff[id].Name, Role: Staff[id].Role, Credentials: creds})
	}
	t.Handler = serve(tb, t.App, modules)
	return t
}

// Open opens the data folder: the first time an empty one, after Shut what was left.
// The handler is not made anew.
func (t *Trial) Open() {
	t.tb.Helper()
	ctx := context.Background()
	signer, err := ledger.GenerateSigner(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), "test.example")
	if err != nil {
		t.tb.Fatal(err)
	}
	store, err := sqlite.Open(ctx, filepath.Join(t.dir, "varde.db"), sqlite.Options{Signer: signer, Now: t.Now})
	if err != nil {
		t.tb.Fatal(err)
	}
	master, err := vault.NewKeyring(bytes.Repeat([]byte{9}, vault.MasterKeyBytes))
	if err != nil {
		t.tb.Fatal(err)
	}
	keys := vault.New(store, master)
	years := 5 * 365 * 24 * time.Hour // sessions outlast the weeks that pass between two visits
	people, err := identity.New(ctx, identity.Config{Store: store, Vault: keys, Clock: t.Now, URL: webtest.URL, Limits: identity.Limits{Idle: years, Absolute: years}, Hash: identity.Hash{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.tb.Fatal(err)
	}
	if t.App, err = app.New(ctx, app.Config{Store: store, Clock: t.Now, SealKey: bytes.Repeat([]byte{1}, 32), Vault: keys, Identity: people}); err != nil {
		t.tb.Fatal(err)
	}
	t.shut = func() {
		if err := errors.Join(people.Close(ctx), store.Close()); err != nil {
			t.tb.Error(err)
		}
	}
}

// Shut closes the data folder, as a server that stops does. It may be called again.
func (t *Trial) Shut() {
	if t.shut != nil {
		t.shut()
	}
	t.shut = nil
}

func serve(tb testing.TB, a *app.App, modules []page.Module) http.Handler {
	catalog, err := locale.New()
	if err != nil {
		tb.Fatal(err)
	}
	files, err := static.New()
	if err != nil {
		tb.Fatal(err)
	}
	desk, err := page.New(page.Config{App: a, Catalog: catalog, Static: files}, modules...)
	if err != nil {
		tb.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, files)
	mux.Handle("POST "+ui.PreferencesPath, ui.Preferences(false))
	mux.Handle("/", desk)
	return mux
}

// Actor answers a member of the staff, or a study-wide actor of a role.
func Actor(id string) access.Actor {
	if m, ok := Staff[id]; ok {
		a := access.Actor{ID: id, Name: m.Name, Role: m.Role, Study: Study, Sites: []string{Site}}
		if m.Role == "rater" {
			a.Sites = nil
		}
		return a
	}
	return access.Actor{ID: "the-" + id, Name: "The " + id, Role: id, Study: Study}
}

func (t *Trial) do(actor access.Actor, cmd study.Command) {
	t.tb.Helper()
	if _, err := t.App.Do(context.Background(), actor, Study, cmd, ""); err != nil {
		t.tb.Fatalf("%T: %v", cmd, err)
	}
}

// Do gives a command as a member of the staff; a refusal fails the test.
func (t *Trial) Do(who string, cmd study.Command) {
	t.tb.Helper()
	t.do(Actor(who), cmd)
}

// State reads the participant without redaction.
func (t *Trial) State(id string) *study.State {
	t.tb.Helper()
	s, err := t.App.Participant(context.Background(), access.Actor{ID: "reader", Name: "Reader", Role: "auditor"}, Study, id)
	if err != nil {
		t.tb.Fatal(err)
	}
	return s
}

// plausible answers that let a person through the gates; everything else is no,
// the first option, or the middle of the plausible range.
var plausible = map[string]instrument.Value{
	"caps5.duration_months": instrument.NumberValue(24), "demographics.age": instrument.NumberValue(41),
	"labs.sodium": instrument.NumberValue(140), "medical.weight": instrument.NumberValue(70),
	"medical.sbp1": instrument.NumberValue(122), "medical.sbp2": instrument.NumberValue(121), "medical.sbp3": instrument.NumberValue(120),
	"medical.dbp1": instrument.NumberValue(78), "medical.dbp2": instrument.NumberValue(77), "medical.dbp3": instrument.NumberValue(76),
	"ecg.qtcb": instrument.NumberValue(410), "ecg.qtcf": instrument.NumberValue(405), "cssrs.intensity": instrument.NumberValue(0), "cssrs.period": instrument.StringValue("since-last"),
	"vitals.sbp": instrument.NumberValue(120), "vitals.dbp": instrument.NumberValue(76), "vitals.hr": instrument.NumberValue(66), "vitals.temp": instrument.NumberValue(36.6),
}

// truths are the items of yes-or-no whose good answer is yes.
var truths = []string{
	"eligibility.fluent", "eligibility.swallow_pills", "eligibility.agrees_recording", "eligibility.contact_named", "eligibility.informs_48h", "eligibility.contraception",
	"eligibility.lifestyle_rules", "eligibility.ptsd_confirmed", "eligibility.symptoms_6_months", "eligibility.consent_capacity", "eligibility.stable_home",
	"prescreen.adult", "prescreen.language_ok", "prescreen.trauma", "prescreen.contact_ok", "prescreen.interested",
	"readiness.mood_stable", "readiness.vitals_ok", "readiness.adult_present", "readiness.aftercare_told", "medical.exam_normal", "ecg.rhythm_normal",
}

// Answers fills in a form so that nothing asked is missing.
func (t *Trial) Answers(form string) study.Values {
	t.tb.Helper()
	c, ok := t.Def.Form(form)
	if !ok {
		t.tb.Fatalf("no form %q", form)
	}
	values := study.Values{}
	for range len(c.Items) {
		missing := c.Missing(values)
		if len(missing) == 0 {
			return values
		}
		for _, id := range missing {
			it, _ := c.Item(id)
			values[id] = t.answer(c, it)
		}
	}
	return values
}

func (t *Trial) answer(c *instrument.Compiled, it *instrument.Item) instrument.Value {
	key := c.ID + "." + it.ID
	if v, ok := plausible[key]; ok {
		return v
	}
	local := t.Now().In(time.FixedZone("", 3600))
	switch it.Type {
	case instrument.Boolean:
		return instrument.BoolValue(slices.Contains(truths, key))
	case instrument.Choice:
		options := c.OptionsOf(it)
		if c.ID == "caps5" && len(options) > 3 {
			return options[3].Value
		}
		return options[0].Value
	case instrument.MultiChoice:
		return instrument.ListValue(c.OptionsOf(it)[0].Value.Text())
	case instrument.Integer, instrument.Decimal, instrument.Scale:
		low, high := 0.0, 100.0
		if it.Min != nil {
			low = *it.Min
		}
		if it.Max != nil {
			high = *it.Max
		}
		return instrument.NumberValue(float64(int((low + high) / 2)))
	case instrument.Date:
		return instrument.StringValue(local.Format(time.DateOnly))
	case instrument.DateTime:
		return instrument.StringValue(local.Format(time.RFC3339))
	case instrument.Time:
		return instrument.StringValue("09:00")
	}
	return instrument.StringValue("as usual")
}

// Save fills in a form at a visit as somebody who may.
func (t *Trial) Save(visit, form, slot string) {
	t.tb.Helper()
	p, ok := study.PlaceOf(t.Def, visit, form)
	if !ok {
		t.tb.Fatalf("no %s at %s", form, visit)
	}
	for _, id := range []string{"phil", "tom", "cora", "rita", "nora"} {
		if slices.Contains(p.Roles, Staff[id].Role) {
			t.Do(id, study.SaveForm{On: study.On{Participant: t.person}, Visit: visit, Form: form, New: p.Repeats, Slot: slot, Items: t.Answers(form)})
			return
		}
	}
	actor := access.Actor{ID: "person", Name: "P", Role: "participant", Study: Study, Participant: t.person}
	t.do(actor, study.SaveForm{On: study.On{Participant: t.person}, Visit: visit, Form: form, New: p.Repeats, Slot: slot, Items: t.Answers(form)})
}

// visit holds a visit with all its forms.
func (t *Trial) visit(who, id string) {
	t.tb.Helper()
	v, _ := t.Def.Visit(id)
	if study.Rated(t.Def, v) {
		// Planning draws the rater, who states to be blind before the visit is closed.
		t.Do("cora", study.PlanVisit{On: study.On{Participant: t.person}, Visit: id, Time: t.App.Now()})
		t.Do(who, study.StateBlindness{On: study.On{Participant: t.person}, Visit: id, Blind: true})
	}
	t.Do(who, study.HoldVisit{On: study.On{Participant: t.person}, Visit: id, By: []string{who}})
	for _, f := range v.Forms {
		if !f.Optional {
			t.Save(id, f.Form, "")
		}
	}
}

// leg is one part of the way to the first dosing session, and the time that passes after it.
type leg struct {
	walk func(t *Trial)
	wait time.Duration
}

const day = 24 * time.Hour

func (t *Trial) on() study.On { return study.On{Participant: t.person} }

var toAssessment = []leg{
	{func(t *Trial) { t.Do("cora", study.Refer{On: t.on(), Channel: "self", Language: "nb", Site: Site}) }, day},
	{func(t *Trial) {
		t.visit("cora", "PS")
		t.Do("cora", study.Prescreen{On: t.on(), Passed: true})
		t.consent()
	}, 7 * day},
	{func(t *Trial) {
		t.visit("phil", "V0")
		t.Do("phil", study.DecideEligibility{On: t.on(), Gate: "screening"})
	}, 21 * day},
	{func(t *Trial) { t.visit("tom", "V1") }, 7 * day},
	{func(t *Trial) { t.visit("tom", "V2") }, 7 * day},
}

var toSession = []leg{
	{func(t *Trial) { t.visit("rita", "V3") }, 3 * day},
	{func(t *Trial) {
		t.visit("phil", "V4")
		t.Do("phil", study.DecideEligibility{On: t.on(), Gate: "enrolment"})
		t.Do("cora", study.Randomise{On: t.on()})
	}, 4 * day},
	{func(t *Trial) {
		v, _ := t.Def.Visit("V5")
		for _, f := range v.Forms {
			if !f.Optional {
				t.Save("V5", f.Form, "")
			}
		}
	}, 0},
}

func (t *Trial) consent() {
	t.tb.Helper()
	for _, d := range t.Def.Consent.Documents {
		if !d.Valid || !d.Required {
			continue
		}
		answers := map[string]string{}
		for _, q := range d.Questions {
			for _, o := range q.Options {
				if o.Right {
					answers[q.ID] = o.ID
				}
			}
		}
		t.Do("phil", study.GiveConsent{On: t.on(), Document: d.ID, Version: d.Version, Language: "nb", Answers: answers})
	}
}

// together walks the legs with the participants side by side, in the same weeks.
func (t *Trial) together(people []string, legs []leg) {
	t.tb.Helper()
	defer func() { t.person = Person }()
	for _, l := range legs {
		for _, t.person = range people {
			l.walk(t)
		}
		t.Pass(l.wait)
	}
}

// ToAssessment brings the participant to the day of the first assessment by a rater.
func (t *Trial) ToAssessment() { t.tb.Helper(); t.together([]string{Person}, toAssessment) }

// ToSession brings the participant to the morning of the first dosing session: all
// before it is held, the tests of the day are entered, nothing of the room is.
func (t *Trial) ToSession() {
	t.tb.Helper()
	t.ToAssessment()
	t.together([]string{Person}, toSession)
}

// ManyToSession brings n participants there on the same day, and answers their numbers.
func (t *Trial) ManyToSession(n int) []string {
	t.tb.Helper()
	people := make([]string, n)
	for i := range people {
		people[i] = study.ParticipantNumber(Site, i+1)
	}
	t.together(people, append(slices.Clone(toAssessment), toSession...))
	return people
}

// ToDose takes a participant's session from the gate to the hour of the dose, by the
// commands that the pair gives.
func (t *Trial) ToDose(people ...string) {
	t.tb.Helper()
	defer func() { t.person = Person }()
	answers := map[string]bool{}
	for _, c := range t.Def.Dosing.Checks {
		if c.Expr == "" {
			answers[c.ID] = true
		}
	}
	for _, t.person = range people {
		t.Do("tom", study.SaveForm{On: t.on(), Visit: "V5", Form: "vitals", New: true, Items: t.Answers("vitals")})
		t.Save("V5", "cssrs", "suicidality-before")
		t.Do("tom", study.CheckSession{On: t.on(), Visit: "V5", Pair: []string{"tina", "tom"}, Answers: answers})
		for _, c := range t.Def.Dosing.TwoPerson {
			for _, who := range []string{"tom", "tina"} {
				t.Do(who, study.ConfirmOne{On: t.on(), Visit: "V5", Check: c.ID, Kit: t.State(t.person).Kit})
			}
		}
		t.Do("tom", study.StartSession{On: t.on(), Visit: "V5"})
	}
	t.Pass(10 * time.Minute)
	for _, t.person = range people {
		t.Do("tom", study.GiveDose{On: t.on(), Visit: "V5", Amount: 80})
	}
}
