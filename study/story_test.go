package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/protocols"
)

// A story is a participant's life told in steps, under a protocol, with a clock
// that only goes forward. Every step goes through Next, and what happened is kept,
// so that a story can be replayed.
type story struct {
	testing.TB
	def    *protocol.Definition
	study  *StudyState
	site   *SiteState
	alloc  *AllocationState
	booked *Calendar // of the site
	list   *Allocator
	s      *State
	events []Event // of the participant's stream
	now    time.Time
	id     string
	person string // who acts, whatever the role; "" = the first who has it
	chance uint64 // for what is drawn by lot
}

var definitions sync.Map

func definition(t testing.TB, name string) *protocol.Definition {
	t.Helper()
	if d, ok := definitions.Load(name); ok {
		return d.(*protocol.Definition)
	}
	fsys, err := fs.Sub(protocols.FS, name)
	if name == "example" {
		fsys, err = os.DirFS("../docs/example-protocol"), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	def, findings := protocol.Load(fsys, lib)
	if def == nil {
		t.Fatalf("%s: %v", name, findings)
	}
	definitions.Store(name, def)
	return def
}

const (
	threeSession = "mdma-ptsd-three-session"
	twoSession   = "mdma-ptsd-two-session"
	care         = "mdma-ptsd-care"
)

var begin = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// tell begins a story: a study in practice mode, one site with its staff, and
// nobody referred yet.
func tell(t testing.TB, protocolName string) *story {
	t.Helper()
	w := &story{TB: t, def: definition(t, protocolName), now: begin, id: "S01-001", alloc: NewAllocationState(), booked: &Calendar{}}
	w.overview(OpenStudy{Mode: "practice", Title: "Practice", Definition: w.def})
	w.openSite("Europe/Oslo")
	if w.def.Allocation != nil {
		var err error
		if w.list, err = NewAllocator(w.def, []byte(strings.Repeat("s", 32))); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *story) openSite(zone string) {
	w.Helper()
	w.site = nil
	w.overview(OpenSite{Site: "S01", Name: "First site", Country: "NO", TimeZone: zone, Pairs: 2, Rooms: 1})
	for _, p := range []struct{ id, role string }{
		{"anna", "therapist"}, {"bo", "therapist"}, {"cato", "therapist"}, {"dina", "physician"}, {"emil", "coordinator"}, {"frida", "attendant"}, {"gro", "rater"},
	} {
		held := map[string]string{}
		for _, c := range w.def.Staffing.Credentials {
			if slices.Contains(c.Roles, p.role) {
				held[c.ID] = "2030-12-31"
			}
		}
		w.overview(AssignStaff{Site: "S01", Person: p.id, Name: strings.ToUpper(p.id[:1]) + p.id[1:], Role: p.role, Credentials: held})
	}
}

// overview gives a command on the study or the site, which must be allowed.
func (w *story) overview(cmd Command) {
	w.Helper()
	if r := w.tryOverview(cmd); r != nil {
		w.Fatalf("%T: %v", cmd, r)
	}
}

func (w *story) tryOverview(cmd Command) *Refusal {
	return w.tryOverviewAs(Actor{ID: "adm", Name: "Adm", Role: "administrator"}, cmd)
}

func (w *story) tryOverviewAs(actor Actor, cmd Command) *Refusal {
	env := Env{Now: w.now, Actor: actor, Study: w.study, Site: w.site}
	var def *protocol.Definition
	if w.study != nil {
		def = w.def
	}
	events, err := DecideStudy(def, Overview{Study: w.study, Site: w.site, Allocation: w.alloc, Sites: []string{"S01", "S02"}}, env, cmd)
	if r := refusalOf(w, err); r != nil {
		return r
	}
	for _, e := range events {
		e.Recorded, e.Actor, e.Role = w.now, actor.ID, actor.Role
		switch {
		case strings.HasPrefix(cmd.Stream(), "site/"):
			w.site = EvolveSite(w.site, e)
		case cmd.Stream() == AllocationStream:
			w.alloc.Apply(e)
		default:
			w.study = EvolveStudy(w.study, e)
		}
	}
	return nil
}

func refusalOf(t testing.TB, err error) *Refusal {
	var r *Refusal
	if err != nil && !errors.As(err, &r) {
		t.Fatalf("not a refusal: %v", err)
	}
	return r
}

func (w *story) on() On { return On{Participant: w.id} }

func (w *story) env(role string) Env {
	person := role
	for id, m := range w.site.Staff {
		if slices.Contains(m.Roles, role) && (person == role || id < person) {
			person = id
		}
	}
	if w.person != "" {
		person = w.person
	}
	return Env{Now: w.now, Actor: Actor{ID: person, Name: person, Role: role}, Study: w.study, Site: w.site, Calendar: w.booked, Chance: w.chance}
}

// by lets a person act from now on, whatever the role; "" = the first who has it.
func (w *story) by(person string) *story { w.person = person; return w }

// try carries out a command as a role and answers why not.
func (w *story) try(role string, cmd Command) *Refusal {
	env := w.env(role)
	if _, ok := cmd.(Randomise); ok && w.list != nil && w.s != nil {
		if stratum, r := StratumOf(w.def, w.s, env); r == nil {
			slot := w.list.Next(w.alloc, stratum)
			env.Slot = &slot
		}
	}
	events, next, err := Next(w.def, w.s, env, cmd)
	if r := refusalOf(w, err); r != nil {
		if r.Text.EN == "" || r.Text.NB == "" || r.Code == "" || r.Kind == 0 {
			w.Errorf("%T: a refusal without code, kind or text: %+v", cmd, r)
		}
		return r
	}
	version := int64(0)
	if w.s != nil {
		version = w.s.Version
	}
	for _, e := range events {
		e.Recorded, e.Actor, e.Role = env.Now, env.Actor.ID, env.Actor.Role
		switch e.Data.(type) {
		case NumberTaken:
			w.site = EvolveSite(w.site, e)
			continue
		case SlotTaken:
			w.alloc.Apply(e)
			continue
		case SlotBooked, SlotFreed:
			e.Version = w.booked.Version + 1
			w.booked = EvolveCalendar(w.booked, e)
			continue
		}
		version++
		e.Version, e.Stream = version, ParticipantStream(w.id)
		w.events = append(w.events, e)
	}
	w.s = next
	return nil
}

// do carries out a command that must be allowed.
func (w *story) do(role string, cmd Command) *story {
	w.Helper()
	if r := w.try(role, cmd); r != nil {
		w.Fatalf("at %s, %s, %T %+v: %v", w.now.Format(time.RFC3339), role, cmd, cmd, r)
	}
	return w
}

// refused carries out a command that must be refused with a code, and change nothing.
func (w *story) refused(code, role string, cmd Command) *story {
	w.Helper()
	before, n := w.s, len(w.events)
	r := w.try(role, cmd)
	if r == nil {
		w.Fatalf("%T %+v was allowed; expected %s", cmd, cmd, code)
	}
	if r.Code != code {
		w.Fatalf("%T: refused with %v; expected %s", cmd, r, code)
	}
	if w.s != before || len(w.events) != n {
		w.Fatalf("%T: refused, and yet something changed", cmd)
	}
	return w
}

// after lets time pass.
func (w *story) after(d time.Duration) *story { w.now = w.now.Add(d); return w }

func (w *story) hours(n float64) *story { return w.after(time.Duration(n * float64(time.Hour))) }

func (w *story) minutes(n int) *story { return w.after(time.Duration(n) * time.Minute) }

func (w *story) visit(id string) *protocol.Visit {
	w.Helper()
	v, ok := w.def.Visit(id)
	if !ok {
		w.Fatalf("no visit %s", id)
	}
	return v
}

func (w *story) window(id string) Window { return Windows(w.def, w.s)[w.def.VisitIndex(id)] }

// toWindow lets time pass until nine o'clock on the visit's target day.
func (w *story) toWindow(id string) *story {
	w.Helper()
	win := w.window(id)
	if !win.Known {
		w.Fatalf("%s has no window yet", id)
	}
	if t := win.Target.Start(w.s.Zone).Add(9 * time.Hour); t.After(w.now) {
		w.now = t
	} else {
		w.minutes(10)
	}
	return w
}

// answers of a person whom nothing keeps from taking part.
var well = map[string]map[string]string{
	"demographics": {"age": "41", "sex": "male", "prior_therapies": "2"},
	"eligibility": {"fluent": "yes", "swallow_pills": "yes", "agrees_recording": "yes", "contact_named": "yes", "informs_48h": "yes", "contraception": "yes",
		"lifestyle_rules": "yes", "ptsd_confirmed": "yes", "symptoms_6_months": "yes", "consent_capacity": "yes", "stable_home": "yes"},
	"medical":    {"weight": "80", "height": "180", "sbp1": "120", "dbp1": "75", "sbp2": "120", "dbp2": "75", "sbp3": "120", "dbp3": "75", "exam_normal": "yes"},
	"ecg":        {"hr": "65", "qtcb": "410", "qtcf": "405", "rhythm_normal": "yes"},
	"labs":       {"sodium": "140", "potassium": "4.2", "magnesium": "0.8", "creatinine": "80", "egfr": "90", "alt": "25", "ast": "25", "alp": "70", "bilirubin": "10", "tsh": "2", "hb": "14"},
	"pregnancy":  {"applicable": "no"},
	"drugscreen": {"result": "negative"},
	"cssrs":      {"period": "since-last", "ideation": "0"},
	"caps5": {"b1": "2", "b2": "2", "b3": "2", "b4": "2", "b5": "2", "c1": "2", "c2": "2", "d1": "2", "d2": "2", "d3": "2", "d4": "2", "d5": "2", "d6": "2", "d7": "2",
		"e1": "2", "e2": "2", "e3": "2", "e4": "2", "e5": "2", "e6": "2", "duration_months": "60", "distress": "2", "social": "2", "occupational": "2", "validity": "0", "severity_global": "2"},
	"vitals":      {"sbp": "120", "dbp": "75", "hr": "70", "temp": "36.8", "position": "sitting", "device": "OMRON 7"},
	"readiness":   {"mood_stable": "yes", "vitals_ok": "yes", "adult_present": "yes"},
	"safety_call": {"reached": "yes"},
	"mood":        {"q1": "2", "q2": "2", "q3": "2"},
	"leaving":     {"steady": "yes"},
	"check":       {"age": "40"},
}

func init() {
	well["pcl5"] = map[string]string{}
	for i := range 20 {
		well["pcl5"][fmt.Sprintf("pcl5_%02d", i+1)] = "2"
	}
}

// filled answers every item that is asked: as changed says, else as a well person, else the
// mildest answer.
func (w *story) filled(form string, changed map[string]string) Values {
	w.Helper()
	c, ok := w.def.Form(form)
	if !ok {
		w.Fatalf("no form %s", form)
	}
	out := Values{}
	for i := range c.Items {
		item := &c.Items[i]
		if _, said := changed[item.ID]; !said && (!c.Asked(item.ID, out) || item.Identifying) {
			continue
		}
		text, ok := changed[item.ID]
		if !ok {
			if text, ok = well[form][item.ID]; !ok {
				text = w.mild(c, item)
			}
		}
		if reason, absent := strings.CutPrefix(text, "absent:"); absent {
			out[item.ID] = instrument.AbsentValue(reason)
			continue
		}
		v, err := c.Parse(item.ID, text)
		if err != nil {
			w.Fatalf("%s.%s = %q: %v", form, item.ID, text, err)
		}
		if v.Kind() != instrument.None {
			out[item.ID] = v
		}
	}
	return out
}

func (w *story) mild(c *instrument.Compiled, item *instrument.Item) string {
	switch item.Type {
	case instrument.Boolean:
		return "no"
	case instrument.Choice, instrument.MultiChoice:
		return c.OptionsOf(item)[0].Value.Text()
	case instrument.Date:
		return w.now.In(w.site.Zone).Format(time.DateOnly)
	case instrument.DateTime:
		return w.now.UTC().Format(time.RFC3339)
	case instrument.Time:
		return "09:00"
	case instrument.TextItem:
		return "noted"
	}
	if item.Min != nil {
		return instrument.NumberValue(*item.Min).Text()
	}
	return "0"
}

// save makes the command that saves a form of a visit, as the record stands.
func (w *story) save(visit, form, slot string, changed map[string]string) SaveForm {
	w.Helper()
	c := SaveForm{On: w.on(), Visit: visit, Form: form, Slot: slot, Items: w.filled(form, changed)}
	if p, ok := PlaceOf(w.def, visit, form); ok && p.Repeats {
		c.New = true
	} else if f := w.s.Form(visit, form, 0); f != nil {
		c.Version = f.Version
	}
	return c
}

// writes says who fills a form in at a visit.
func (w *story) writes(visit, form string) string {
	w.Helper()
	p, ok := PlaceOf(w.def, visit, form)
	if !ok {
		w.Fatalf("no form %s at %s", form, visit)
	}
	return p.Roles[0]
}

// fill fills a form in, by whoever does that.
func (w *story) fill(visit, form string, changed map[string]string) *story {
	w.Helper()
	return w.do(w.writes(visit, form), w.save(visit, form, "", changed))
}

// forms fills in all forms that a visit asks for.
func (w *story) forms(visit string, except ...string) *story {
	w.Helper()
	for _, f := range VisitForms(w.def, w.s, w.env("system"), w.def.VisitIndex(visit)) {
		if f.State == nil && !f.Use.Optional && !slices.Contains(except, f.Use.Form) {
			w.fill(visit, f.Use.Form, nil)
		}
	}
	return w
}

// drawn plans an assessment, which draws its rater.
func (w *story) drawn(visit string) *story {
	w.Helper()
	return w.do("coordinator", PlanVisit{On: w.on(), Visit: visit, Time: w.now})
}

func (w *story) hold(visit string) *story {
	w.Helper()
	if Rated(w.def, w.visit(visit)) {
		w.drawn(visit).do("rater", StateBlindness{On: w.on(), Visit: visit, Blind: true})
	}
	return w.do(w.visit(visit).By[0], HoldVisit{On: w.on(), Visit: visit, By: []string{"anna"}})
}

// Steps of a life.

func (w *story) referral() Refer {
	return Refer{On: w.on(), Channel: "self", Language: "nb", Site: "S01"}
}

func (w *story) referred() *story { w.Helper(); return w.do("coordinator", w.referral()) }

func (w *story) prescreened() *story {
	w.Helper()
	w.referred().hours(1)
	for i, v := range w.def.Visits {
		if v.Anchor == string(Referred) && VisitFault(w.def, w.s, w.env("system"), i) == nil {
			w.hold(v.ID).forms(v.ID)
		}
	}
	return w.do("coordinator", Prescreen{On: w.on(), Passed: true})
}

// signing is the consent to a document, all questions answered right.
func (w *story) signing(doc protocol.ConsentDocument) GiveConsent {
	c := GiveConsent{On: w.on(), Document: doc.ID, Version: doc.Version, Language: "nb", Answers: map[string]string{}}
	for _, q := range doc.Questions {
		for _, o := range q.Options {
			if o.Right {
				c.Answers[q.ID] = o.ID
			}
		}
	}
	return c
}

func (w *story) consented() *story {
	w.Helper()
	w.prescreened().hours(24)
	for _, doc := range w.def.Consent.Documents {
		if doc.Required && doc.Valid {
			w.do("physician", w.signing(doc))
		}
	}
	return w
}

// goOn takes the participant through the plan until just before a visit: visits,
// forms, gates, randomisation and sessions, each on its target day.
func (w *story) goOn(until string) *story {
	w.Helper()
	for i, v := range w.def.Visits {
		if v.ID == until {
			return w
		}
		if !w.s.Visits[i].Held.IsZero() || v.Optional || !VisitExists(w.def, w.s, w.env("system"), i) {
			continue
		}
		w.toWindow(v.ID)
		if v.Kind == protocol.Session {
			w.session(v.ID)
		} else {
			w.hold(v.ID).forms(v.ID)
		}
		for _, g := range w.def.Eligibility.Gates {
			if g.At == v.ID {
				w.do(g.By[0], DecideEligibility{On: w.on(), Gate: g.ID})
				if w.s.Failure != nil {
					w.Fatalf("failed the gate %s: %v", g.ID, w.s.Failure.Failed)
				}
			}
		}
		if w.def.Allocation != nil && w.s.Reached[Randomised].IsZero() && !w.s.Reached[Enrolled].IsZero() {
			w.do("coordinator", Randomise{w.on()})
		}
	}
	return w
}

func (w *story) firstSession() string {
	for _, v := range w.def.Visits {
		if v.Kind == protocol.Session {
			return v.ID
		}
	}
	w.Fatal("no session")
	return ""
}

// randomised brings the participant to the day before the first session.
func (w *story) randomised() *story { w.Helper(); return w.consented().goOn(w.firstSession()) }

// measured fills in what the record must know on the day of a session.
func (w *story) measured(visit string) *story {
	w.Helper()
	w.forms(visit)
	for _, f := range w.def.Dosing.Forms {
		if f.Anchor == protocol.AtStart {
			w.do(f.By[0], w.save(visit, f.Form, f.ID, nil))
		}
	}
	return w.vitals(visit, "before", nil)
}

func (w *story) vitals(visit, slot string, changed map[string]string) *story {
	w.Helper()
	form := w.def.Dosing.Vitals.Form
	return w.do(w.visit(visit).By[0], w.save(visit, form, slot, changed))
}

// checking answers the go/no-go list with yes.
func (w *story) checking(visit string) CheckSession {
	c := CheckSession{On: w.on(), Visit: visit, Pair: []string{"anna", "bo"}[:min(2, w.def.Staffing.Pair.Size)], Answers: map[string]bool{}}
	for _, x := range w.def.Dosing.Checks {
		if x.Expr == "" {
			c.Answers[x.ID] = true
		}
	}
	return c
}

func (w *story) confirming(visit, check string) ConfirmTwo {
	return ConfirmTwo{On: w.on(), Visit: visit, Check: check, Kit: w.s.Kit, Persons: []string{"anna", "bo"}}
}

func (w *story) confirmed(visit string) *story {
	w.Helper()
	for _, c := range w.def.Dosing.TwoPerson {
		w.do(w.visit(visit).By[0], w.confirming(visit, c.ID))
	}
	return w
}

// started brings a session to its start.
func (w *story) started(visit string) *story {
	w.Helper()
	by := w.visit(visit).By[0]
	return w.toWindow(visit).measured(visit).minutes(5).do(by, w.checking(visit)).confirmed(visit).minutes(5).
		do(by, StartSession{On: w.on(), Visit: visit})
}

func (w *story) dosing(visit string) GiveDose {
	return GiveDose{On: w.on(), Visit: visit, Amount: InitialAmounts(w.def, visit)[0]}
}

func (w *story) dosed(visit string) *story {
	w.Helper()
	return w.started(visit).minutes(5).do(w.visit(visit).By[0], w.dosing(visit))
}

// followed records everything that the session's timetable asks for until its end.
func (w *story) followed(visit string) *story { w.Helper(); return w.followedFor(visit, 24*time.Hour) }

// followedFor records what is due within a time after the dose.
func (w *story) followedFor(visit string, d time.Duration) *story {
	w.Helper()
	end := w.s.Sessions[visit].DoseAt.Add(d)
	for {
		plan := SessionPlan(w.def, w.s, w.s.Sessions[visit])
		slices.SortStableFunc(plan, func(a, b PlanLine) int { return a.Due.Compare(b.Due) })
		i := slices.IndexFunc(plan, func(l PlanLine) bool { return l.Done.IsZero() && !l.Due.IsZero() && !l.Due.After(end) })
		if i < 0 {
			return w
		}
		l := plan[i]
		if l.Due.After(w.now) {
			w.now = l.Due
		}
		role := l.By[0]
		if p, _ := PlaceOf(w.def, visit, l.Form); !slices.Contains(p.Roles, role) {
			role = p.Roles[0]
		}
		w.do(role, w.save(visit, l.Form, l.ID, nil))
	}
}

// session is a whole one, without a supplemental dose.
func (w *story) session(visit string) *story {
	w.Helper()
	w.dosed(visit)
	by := w.visit(visit).By[0]
	if doseStep(w.def, visit, "supplement") != nil {
		w.followedFor(visit, 95*time.Minute).minutes(5).do("physician", DecideSupplement{On: w.on(), Visit: visit, Decision: "declined", Reasons: []string{"own wish"}})
	}
	return w.followed(visit).leaving(visit).
		do(by, Discharge{On: w.on(), Visit: visit, Adult: true, To: "home", Answers: lines(w.def.Dosing.Discharge.Checks, true)}).signed(visit)
}

// leaving waits until the discharge gate is open, with readiness found.
func (w *story) leaving(visit string) *story {
	w.Helper()
	last := w.s.Sessions[visit].LastDoseAt()
	if t := last.Add(w.def.Dosing.Discharge.Earliest.Std()); t.After(w.now) {
		w.now = t
	}
	if f := w.def.Dosing.Discharge.Form; f != "" {
		w.fill(visit, f, nil)
	}
	return w
}

func (w *story) signed(visit string) *story {
	w.Helper()
	if f := w.def.Dosing.Solicited; f != "" {
		w.fill(visit, f, nil)
	}
	return w.do(w.visit(visit).By[0], EndSession{On: w.on(), Visit: visit})
}

// deviations answers the codes of the deviations raised so far.
func (w *story) deviations() []string {
	var out []string
	for _, d := range w.s.Deviations {
		out = append(out, d.Code)
	}
	return out
}

// replays makes sure that the events tell the same state.
func (w *story) replays() {
	w.Helper()
	if got := Replay(w.def, w.events); !reflect.DeepEqual(got, w.s) {
		w.Fatalf("the events do not replay to the state\n got %+v\nwant %+v", got, w.s)
	}
}

func TestWholeLife(t *testing.T) {
	for _, name := range []string{threeSession, twoSession, care, "example"} {
		t.Run(name, func(t *testing.T) {
			w := tell(t, name).consented()
			w.goOn("")
			w.do("coordinator", Complete{w.on()})
			if got := w.s.Status(); got != StatusCompleted {
				t.Fatalf("status %s", got)
			}
			if got := w.deviations(); len(got) > 0 {
				t.Errorf("a life by the book has deviations: %v", got)
			}
			if tasks := Tasks(w.def, w.s); len(tasks) > 0 {
				t.Errorf("%d tasks after completion, first %+v", len(tasks), tasks[0])
			}
			if n := w.s.OpenQueries(); n > 0 {
				t.Errorf("%d open queries, first %+v", n, w.s.Queries[0])
			}
			w.replays()
		})
	}
}

// copied answers a state that shares nothing that events change with s.
func copied(s *State) *State {
	n := s.clone()
	for p := part(1); p < partAll; p <<= 1 {
		n.own(p)
	}
	return n.made()
}

// lines answers all lines of a list that people answer.
func lines(checks []protocol.Check, yes bool) map[string]bool {
	out := map[string]bool{}
	for _, c := range checks {
		if c.Expr == "" {
			out[c.ID] = yes
		}
	}
	return out
}

func TestDischargeLinesThatPeopleAnswer(t *testing.T) {
	ticked := func(w *story, to string, answers map[string]bool) Discharge {
		return Discharge{On: w.on(), Visit: "V5", Adult: true, To: to, Answers: answers}
	}
	w := tell(t, threeSession).randomised().dosed("V5").followed("V5").leaving("V5")
	all := lines(w.def.Dosing.Discharge.Checks, true)
	if len(all) == 0 {
		t.Fatal("the shipped protocol has no line for a person at discharge")
	}
	w.refused("discharge-line", "therapist", ticked(w, "home", nil))
	w.refused("discharge-line", "therapist", ticked(w, "home", lines(w.def.Dosing.Discharge.Checks, false)))
	w.do("therapist", ticked(w, "home", all))
	w = tell(t, threeSession).randomised().started("V5")
	w.do("therapist", ticked(w, "hospital", nil)) // nobody is kept from a hospital by a form
}
