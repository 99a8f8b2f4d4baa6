package dryrun_test

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"varde/protocol"
	"varde/simulate/dryrun"
	"varde/study"
)

// fault is a mistake that was put into the three-session protocol, or into the code that
// decides, and the promise that must be found broken.
type fault struct {
	lives   int // 0 = faultLives
	name    string
	base    string                        // "" = the three-session protocol
	edit    map[string][2]string          // file -> what is replaced, by what
	cut     map[string]string             // file -> id of a list entry that is taken out
	change  func(*protocol.Definition)    // where the checker would refuse the file
	next    func(dryrun.Next) dryrun.Next // the code that decides
	promise string                        // "" = a branch that nobody can come to
	never   string                        // that branch
}

func swap(file, old, with string) map[string][2]string {
	return map[string][2]string{file: {old, with}}
}

func alter(change func(study.Env, study.Command) study.Env) func(dryrun.Next) dryrun.Next {
	return func(next dryrun.Next) dryrun.Next {
		return func(def *protocol.Definition, s *study.State, env study.Env, cmd study.Command) ([]study.Event, *study.State, error) {
			return next(def, s, change(env, cmd), cmd)
		}
	}
}

var faults = []fault{
	{name: "the pregnancy line is left out", cut: map[string]string{"dosing.yaml": "pregnancy"}, promise: "dose-pregnancy"},
	{name: "the pregnancy line may be overridden", lives: 2 * faultLives, change: func(d *protocol.Definition) { lineOf(d, "pregnancy").Override = true }, promise: "dose-pregnancy"},
	{name: "one therapist is enough", change: func(d *protocol.Definition) { d.Staffing.Pair.Size, d.Staffing.Pair.Licensed = 1, 1 }, promise: "dose-pair"},
	{name: "the least stay is nothing", edit: swap("dosing.yaml", "earliest: 8h", "earliest: 0h"), cut: map[string]string{"dosing.yaml": "eight-hours"}, promise: "stay"},
	{name: "a passed limit has nobody next", change: func(d *protocol.Definition) {
		for i := range d.Dosing.Rules {
			d.Dosing.Rules[i].Escalate = protocol.Respond{}
		}
	}, promise: "owner"},
	{name: "treatment needs no enrolment", base: care, change: func(d *protocol.Definition) {
		for i := range d.Epochs {
			if d.Epochs[i].ID == "treatment" {
				d.Epochs[i].Needs = nil
			}
		}
		visitOf(d, "D1").Needs = nil
		d.Dosing.Checks = slices.DeleteFunc(d.Dosing.Checks, func(c protocol.Check) bool { return c.ID == "enrolled" })
	}, promise: "dose-entry"},
	{name: "the second session needs no first", change: func(d *protocol.Definition) { visitOf(d, "V10").Needs = nil }, promise: "dose-order"},
	{name: "follow-up needs a treatment visit", change: func(d *protocol.Definition) { visitOf(d, "V20").Needs = []string{"V18"} }, promise: "way-out"},
	{name: "follow-up counts from an optional visit", change: func(d *protocol.Definition) { visitOf(d, "V20").Anchor = "TC2" }, promise: "way-out"},
	{name: "contraindicated medicines are not asked about", change: func(d *protocol.Definition) {
		d.Dosing.Checks = slices.DeleteFunc(d.Dosing.Checks, func(c protocol.Check) bool {
			return c.ID == "contraindicated" || c.ID == "high-interactions" || c.ID == "medicines-decided"
		})
	}, promise: "dose-medicine"},
	{name: "nothing is confirmed by two", change: func(d *protocol.Definition) { d.Dosing.TwoPerson = nil }, promise: "dose-two-persons"},
	{name: "an alert has no owner", change: func(d *protocol.Definition) {
		c := *d.Instruments["cssrs"]
		c.Alerts = slices.Clone(c.Alerts)
		for i := range c.Alerts {
			c.Alerts[i].Owner = ""
		}
		d.Instruments["cssrs"] = &c
	}, promise: "owner"},
	{name: "a report has no owner", change: func(d *protocol.Definition) { d.Safety.Clocks[0].Owner = "" }, promise: "owner"},
	{name: "adverse events are kept from enrolment only", change: func(d *protocol.Definition) {
		for i := range d.Logs {
			if d.Logs[i].Form == d.Safety.Form {
				d.Logs[i].From = protocol.Enrolled
			}
		}
	}, promise: "safety-recorded"},
	{name: "a therapist may enter the blinded rating", change: func(d *protocol.Definition) {
		v := visitOf(d, "V9")
		v.By = []string{"rater", "therapist"}
		for i := range v.Forms {
			v.Forms[i].By = "therapist"
		}
	}, promise: "rating-by-rater"},
	{name: "nobody can ever be eligible", change: func(d *protocol.Definition) { d.Eligibility.Gates[0].At = "V20" }, never: "gate/screening/passed"},
	{name: "a visit that is never in the plan", edit: swap("schedule.yaml", `"person.doses >= 3"`, `"person.doses >= 4"`), never: "visit/C3_1/held"},
	{name: "code: consent is not asked about", next: withConsent, promise: "dose-consent"},
	{name: "code: the clock at the gate runs ahead", next: alter(func(env study.Env, cmd study.Command) study.Env {
		if _, ok := cmd.(study.Discharge); ok {
			env.Now = env.Now.Add(9 * time.Hour)
		}
		return env
	}), promise: "time"},
	{name: "code: expired credentials count", next: alter(func(env study.Env, cmd study.Command) study.Env {
		site := *env.Site
		site.Staff = map[string]study.StaffMember{}
		for id, m := range env.Site.Staff {
			m.Related = nil
			creds := map[string]string{}
			for k := range m.Credentials {
				creds[k] = ""
			}
			m.Credentials = creds
			site.Staff[id] = m
		}
		env.Site = &site
		return env
	}), promise: "dose-pair"},
	{name: "code: nobody is called when nobody answers", next: dropping(func(p study.Payload) bool { _, ok := p.(study.BreachEscalated); return ok }), promise: "escalated"},
	{name: "code: alerts are swallowed", next: dropping(func(p study.Payload) bool { _, ok := p.(study.AlertRaised); return ok }), promise: "alerted"},
	{name: "code: the state forgets an answer", next: forgetting, promise: "record"},
	{name: "code: leaving is refused during treatment", next: clinging, promise: "may-leave"},
}

func lineOf(d *protocol.Definition, id string) *protocol.Check {
	i := slices.IndexFunc(d.Dosing.Checks, func(c protocol.Check) bool { return c.ID == id })
	return &d.Dosing.Checks[i]
}

func visitOf(d *protocol.Definition, id string) *protocol.Visit { return &d.Visits[d.VisitIndex(id)] }

// withConsent decides as if every signature stood.
func withConsent(next dryrun.Next) dryrun.Next {
	return func(def *protocol.Definition, s *study.State, env study.Env, cmd study.Command) ([]study.Event, *study.State, error) {
		if s != nil {
			switch cmd.(type) {
			case study.GiveDose, study.StartSession:
				signed := *s
				signed.Consents = map[string]study.ConsentState{}
				for id, c := range s.Consents {
					c.Withdrawn = time.Time{}
					signed.Consents[id] = c
				}
				events, _, err := next(def, &signed, env, cmd)
				return events, replayed(def, s, env, events), err
			}
		}
		return next(def, s, env, cmd)
	}
}

func replayed(def *protocol.Definition, s *study.State, env study.Env, events []study.Event) *study.State {
	for _, e := range events {
		e.Version, e.Recorded, e.Actor, e.Role = s.Version+1, env.Now, env.Actor.ID, env.Actor.Role
		s = study.Evolve(def, s, e)
	}
	return s
}

// dropping loses events on their way.
func dropping(lost func(study.Payload) bool) func(dryrun.Next) dryrun.Next {
	return func(next dryrun.Next) dryrun.Next {
		return func(def *protocol.Definition, s *study.State, env study.Env, cmd study.Command) ([]study.Event, *study.State, error) {
			events, after, err := next(def, s, env, cmd)
			if err != nil || !slices.ContainsFunc(events, func(e study.Event) bool { return lost(e.Data) }) {
				return events, after, err
			}
			kept := slices.DeleteFunc(slices.Clone(events), func(e study.Event) bool { return lost(e.Data) })
			return kept, replayed(def, s, env, kept), nil
		}
	}
}

// forgetting answers a state that lost a milestone; the events still tell it.
func forgetting(next dryrun.Next) dryrun.Next {
	return func(def *protocol.Definition, s *study.State, env study.Env, cmd study.Command) ([]study.Event, *study.State, error) {
		events, after, err := next(def, s, env, cmd)
		if _, ok := cmd.(study.SendMessage); ok && err == nil && len(events) > 0 {
			n := *after
			n.Messages = nil
			return events, &n, nil
		}
		return events, after, err
	}
}

// clinging refuses to let anybody go once a dose was given.
func clinging(next dryrun.Next) dryrun.Next {
	return func(def *protocol.Definition, s *study.State, env study.Env, cmd study.Command) ([]study.Event, *study.State, error) {
		if _, ok := cmd.(study.Withdraw); ok && s != nil && s.Doses > 0 {
			return nil, nil, &study.Refusal{Kind: study.Against, Code: "not-now", Text: study.Text{EN: "not now", NB: "ikke nå"}}
		}
		return next(def, s, env, cmd)
	}
}

// withFault makes the protocol with the fault in it.
func withFault(t *testing.T, f *fault) *protocol.Definition {
	t.Helper()
	files := fstest.MapFS{}
	src := folder(t, cmp.Or(f.base, threeSession))
	err := fs.WalkDir(src, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(src, path)
		files[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for file, x := range f.edit {
		was := string(files[file].Data)
		if !strings.Contains(was, x[0]) {
			t.Fatalf("%s holds no %q", file, x[0])
		}
		files[file].Data = []byte(strings.ReplaceAll(was, x[0], x[1]))
	}
	for file, id := range f.cut {
		files[file].Data = []byte(withoutEntry(t, string(files[file].Data), id))
	}
	def := load(t, files)
	if f.change != nil {
		f.change(def)
	}
	return def
}

// withoutEntry takes the list entry of an id out of a YAML file.
func withoutEntry(t *testing.T, text, id string) string {
	t.Helper()
	var out []string
	depth := -1
	found := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " ")
		indent := len(line) - len(trimmed)
		if depth >= 0 && (indent > depth || strings.TrimSpace(line) == "") {
			continue
		}
		depth = -1
		if strings.HasPrefix(trimmed, "- id: "+id+"\n") {
			depth, found = indent, true
			continue
		}
		out = append(out, line)
	}
	if !found {
		t.Fatalf("there is no entry %s", id)
	}
	return strings.Join(out, "")
}

const faultLives = 500

// TestSeededFaults: every fault is found, and told in a story that ends in it.
func TestSeededFaults(t *testing.T) {
	for i := range faults {
		f := &faults[i]
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			c := dryrun.Config{Definition: withFault(t, f), Seed: 7, Lives: max(f.lives, faultLives), Stories: -1}
			if f.next != nil {
				c.Next = f.next(study.Next)
			}
			r := run(t, c)
			if f.promise == "" {
				if !slices.ContainsFunc(r.Grave(), func(b dryrun.Branch) bool { return b.Key == f.never }) {
					t.Fatalf("%s is said to be reached", f.never)
				}
				return
			}
			if !slices.ContainsFunc(r.Found, func(key string) bool { return strings.HasPrefix(key, f.promise+" ") }) {
				t.Fatalf("not found; found instead: %q", r.Found)
			}
		})
	}
}
