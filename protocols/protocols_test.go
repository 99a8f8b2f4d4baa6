package protocols_test

import (
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"varde/protocol"
	"varde/protocols"
)

const (
	three = "mdma-ptsd-three-session"
	two   = "mdma-ptsd-two-session"
	care  = "mdma-ptsd-care"
)

var ids = []string{three, two, care}

func load(t *testing.T, id string) *protocol.Definition {
	t.Helper()
	d, findings := findingsOf(t, id)
	if d == nil {
		t.Fatalf("%s does not load: %v", id, findings)
	}
	return d
}

func findingsOf(t *testing.T, id string) (*protocol.Definition, []protocol.Finding) {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := fs.Sub(protocols.FS, id)
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Load(folder, lib)
}

func TestLoadsWithoutErrorOrWarning(t *testing.T) {
	for _, id := range ids {
		t.Run(id, func(t *testing.T) {
			d, findings := findingsOf(t, id)
			for _, f := range findings {
				if f.Severity != protocol.Confirm {
					t.Error(f)
				}
			}
			if d == nil {
				t.Fatal("no definition")
			}
			if d.ID != id {
				t.Errorf("the folder %q holds the protocol %q", id, d.ID)
			}
		})
	}
}

// The folders that are embedded are the ones tested.
func TestEveryFolderIsTested(t *testing.T) {
	entries, err := fs.ReadDir(protocols.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		folders = append(folders, e.Name())
	}
	want := slices.Sorted(slices.Values(ids))
	if !slices.Equal(folders, want) {
		t.Errorf("folders %v, tested %v", folders, want)
	}
}

// What the sources recall or could not find must be confirmed by the site.
func TestOpenValuesAreListed(t *testing.T) {
	want := map[string][]string{
		three: {
			"allocation", "visits.V5", "visits.V9", "visits.V10", "visits.V14", "visits.V19", "visits.C1_1", "visits.L1",
			"eligibility.criteria.E9", "eligibility.criteria.E10", "eligibility.criteria.E16", "eligibility.criteria.E18",
			"eligibility.criteria.E19", "eligibility.criteria.E23", "dosing.checks.vitals", "dosing.rules.sbp-watch",
			"dosing.rules.dbp-watch", "dosing.rules.hr-watch", "dosing.rules.temp-watch", "dosing.rules.sbp-hold",
			"dosing.rules.sbp-transfer", "dosing.rules.temp-transfer", "dosing.vitals.sets.m30", "interactions.maoi",
			"interactions.fluoxetine", "interactions.bupropion", "safety.clocks.serious", "safety.stopping.death-or-cluster",
			"analysis", "analysis.populations.mitt", "analysis.responders.remission", "analysis.estimands.primary",
			"analysis.models.caps5-mmrm", "analysis.interim.sample-size", "consent.documents.main",
			"simulation.guess.mdma", "simulation.published.difference-caps5-V19",
		},
		two: {
			"visits.V5", "visits.V9", "visits.V14", "dosing.rules.sbp-hold", "interactions.maoi-moclobemide",
			"eligibility.criteria.I13", "simulation.outcomes.caps5.total", "analysis",
		},
		care: {
			"approvals.hrec", "reports.six-monthly", "safety.clocks.serious", "visits.F12", "dosing.doses.D1-initial",
			"dosing.rules.temp-transfer", "simulation.outcomes.pcl5.total",
		},
	}
	for _, id := range ids {
		var refs []string
		for _, f := range load(t, id).Unconfirmed() {
			if f.Severity != protocol.Confirm {
				t.Errorf("%s: %s has the severity %s", id, f.Path, f.Severity)
			}
			if strings.Count(f.Message, " ") < 3 {
				t.Errorf("%s: %s says too little: %q", id, f.Path, f.Message)
			}
			refs = append(refs, f.Message)
		}
		for _, ref := range want[id] {
			if !slices.ContainsFunc(refs, func(m string) bool { return strings.HasPrefix(m, "confirm "+ref+":") }) {
				t.Errorf("%s: %s is not listed among the values to confirm", id, ref)
			}
		}
	}
}

var (
	openStatus  = regexp.MustCompile(`status: (R|NF)\b`)
	confirmMark = regexp.MustCompile(`confirm: true\b`)
)

// Every mark in the files is listed, and nothing recalled stands without a mark.
func TestEveryMarkIsListed(t *testing.T) {
	for _, id := range ids {
		listed := map[string]int{}
		for _, f := range load(t, id).Unconfirmed() {
			listed[f.File]++
		}
		folder, err := fs.Sub(protocols.FS, id)
		if err != nil {
			t.Fatal(err)
		}
		files, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(folder, file)
			if err != nil {
				t.Fatal(err)
			}
			open, marks := len(openStatus.FindAll(text, -1)), len(confirmMark.FindAll(text, -1))
			if marks < open || listed[file] != marks {
				t.Errorf("%s/%s: %d values recalled or not found, %d marks, %d listed", id, file, open, marks, listed[file])
			}
		}
	}
}

// A verified value is never listed, so that a site confirms what is open and no more.
func TestVerifiedValuesAreNotListed(t *testing.T) {
	for _, f := range load(t, three).Unconfirmed() {
		for _, ref := range []string{"eligibility.criteria.I1", "eligibility.criteria.I13", "dosing.doses.V5-initial", "dosing.doses.V10-supplement", "analysis.endpoints.caps5", "analysis.responders.response"} {
			if strings.HasPrefix(f.Message, "confirm "+ref+":") {
				t.Errorf("%s is verified but listed: %s", ref, f.Message)
			}
		}
	}
}

// On its targets the schedule falls on the published days after the baseline rating.
func TestPublishedDays(t *testing.T) {
	cases := map[string]map[string]int{
		three: {"V5": 7, "V6": 8, "V9": 28, "V10": 35, "V14": 56, "V15": 63, "V19": 126},
		two:   {"V5": 7, "V9": 35, "V13": 91},
	}
	for id, want := range cases {
		d := load(t, id)
		for visit, day := range want {
			got := 0
			for v := visit; v != "V3"; {
				x, ok := d.Visit(v)
				if !ok {
					t.Fatalf("%s: %s does not lead back to V3 but to %q", id, visit, v)
				}
				got += x.Offset.Days()
				v = x.Anchor
			}
			if got != day {
				t.Errorf("%s: %s is on day %d, published is %d", id, visit, got, day)
			}
		}
	}
}

// The windows can all be kept together: no chain of them asks for a visit before
// and after another. Bellman-Ford over the differences between days.
func TestWindowsAreSatisfiable(t *testing.T) {
	for _, id := range ids {
		d := load(t, id)
		dist := map[string]int{}
		type edge struct {
			from, to string
			days     int
		}
		var edges []edge
		for _, v := range d.Protocol.Visits {
			low, high := (v.Offset + v.Before).Days(), (v.Offset + v.After).Days()
			edges = append(edges, edge{v.Anchor, v.ID, high}, edge{v.ID, v.Anchor, -low})
			for _, n := range v.Needs {
				edges = append(edges, edge{v.ID, n, 0})
			}
		}
		// The ratings must fit before the next dosing session.
		if id == three {
			edges = append(edges, edge{"V10", "V9", -1}, edge{"V15", "V14", -1}, edge{"V10", "V8", -1}, edge{"V15", "V13", -1})
		}
		for range len(d.Protocol.Visits) + 8 {
			for _, e := range edges {
				dist[e.to] = min(dist[e.to], dist[e.from]+e.days)
			}
		}
		for _, e := range edges {
			if dist[e.from]+e.days < dist[e.to] {
				t.Errorf("%s: the windows of %s and %s cannot both be kept", id, e.from, e.to)
			}
		}
	}
}

// The SD of the change that the simulator's model implies is the published one.
func TestImpliedSDOfChange(t *testing.T) {
	for _, c := range []struct {
		id, arm          string
		change, sdChange float64
	}{
		{three, "mdma", -23.7, 11.96},
		{three, "placebo", -14.8, 11.57},
		{two, "mdma", -30.5, 14.10},
	} {
		o := load(t, c.id).Simulation.Outcomes[0]
		last := len(o.Visits) - 1
		for _, a := range o.Arms {
			if a.Arm != c.arm {
				continue
			}
			s0, s1, r := a.SD[0], a.SD[last], o.Correlation[0][last]
			sd := math.Sqrt(s0*s0 + s1*s1 - 2*r*s0*s1)
			if math.Abs(sd-c.sdChange) >= 0.005 {
				t.Errorf("%s %s: SD of change %.4f, published %.2f", c.id, c.arm, sd, c.sdChange)
			}
			if got := a.Mean[last] - a.Mean[0]; math.Abs(got-c.change) > 1e-9 {
				t.Errorf("%s %s: change %.2f, published %.2f", c.id, c.arm, got, c.change)
			}
		}
	}
}

// One more person leaves, or one fewer, and this test says so.
func TestDropoutIsThePublishedOne(t *testing.T) {
	want := map[string]float64{"mdma": 1.0 / 53, "placebo": 9.0 / 51}
	for _, x := range load(t, three).Simulation.Dropout {
		sum := 0.0
		for _, p := range x.Before {
			sum += p
		}
		if math.Abs(sum-want[x.Arm]) > 0.0005 {
			t.Errorf("%s: %.4f leave, published %.4f", x.Arm, sum, want[x.Arm])
		}
	}
}

// A medicine of a row marked X is never overridden, and every row that is X has a
// wash-out or none that is ever enough.
func TestContraindicationsCannotBeOverridden(t *testing.T) {
	for _, id := range ids {
		d := load(t, id)
		found := false
		for _, c := range d.Dosing.Checks {
			if strings.Contains(c.Expr, "medication.contraindicated") {
				found = true
				if c.Override {
					t.Errorf("%s: the check %s may be overridden", id, c.ID)
				}
			}
		}
		if !found {
			t.Errorf("%s: no check asks for contraindicated medicines", id)
		}
	}
}

func TestInteractionsAreFound(t *testing.T) {
	d := load(t, three)
	for _, c := range []struct{ name, atc, severity string }{
		{"phenelzine", "N06AF03", "X"}, {"moclobemide", "", "X"}, {"", "J05AE03", "X"}, {"dextromethorphan", "R05DA09", "X"},
		{"sertraline", "N06AB06", "H"}, {"fluoxetine", "N06AB03", "H"}, {"lithium", "N05AN01", "H"}, {"", "N05AH04", "H"},
		{"prazosin", "C02CA01", "M"}, {"caffeine", "", "L"}, {"tramadol", "N02AX02", "H"}, {"terbinafine", "D01BA02", "H"},
	} {
		rows := d.MatchInteractions(c.name, c.atc)
		if len(rows) == 0 {
			t.Errorf("%s %s: no row", c.name, c.atc)
			continue
		}
		if !slices.ContainsFunc(rows, func(i protocol.Interaction) bool { return i.Severity == c.severity }) {
			t.Errorf("%s %s: no row of severity %s in %v", c.name, c.atc, c.severity, rows)
		}
	}
	if rows := d.MatchInteractions("paracetamol", "N02BE01"); len(rows) > 0 {
		t.Errorf("paracetamol matches %v", rows)
	}
}

// The closed list is asked for after every session and again in the week after,
// with euphoria and impaired judgement in it.
func TestSolicitedListIsClosed(t *testing.T) {
	for _, id := range ids {
		d := load(t, id)
		f, ok := d.Form(d.Dosing.Solicited)
		if !ok {
			t.Fatalf("%s: no solicited list", id)
		}
		for _, item := range []string{"euphoria", "feeling_high", "impaired_judgement", "relaxed", "altered_perception", "dissociation", "low_mood"} {
			x, ok := f.Item(item)
			if !ok || !x.Required {
				t.Errorf("%s: %s is not asked for, or may be left out", id, item)
			}
		}
	}
}

// Nothing but the phone talk is asked of a person before consent.
func TestConsentComesBeforeAnyProcedure(t *testing.T) {
	for _, id := range ids {
		d := load(t, id)
		for _, v := range d.Protocol.Visits {
			e, ok := d.Epoch(v.Epoch)
			if !ok {
				t.Fatalf("%s: %s has no epoch", id, v.ID)
			}
			free := !slices.Contains(e.Needs, protocol.Consented) && !slices.Contains(e.Needs, protocol.Enrolled)
			for _, f := range v.Forms {
				if free && f.Form != "prescreen" {
					t.Errorf("%s: %s asks for %s before consent", id, v.ID, f.Form)
				}
			}
		}
	}
}

// Suicidality is asked about at every contact after consent (FDA 2024).
func TestSuicidalityAtEveryContact(t *testing.T) {
	for _, id := range ids {
		d := load(t, id)
		for _, v := range d.Protocol.Visits {
			asked := slices.ContainsFunc(v.Forms, func(f protocol.FormUse) bool { return f.Form == "cssrs" && !f.Optional })
			if v.Kind == protocol.Session {
				n := 0
				for _, f := range d.Dosing.Forms {
					if f.Form == "cssrs" {
						n++
					}
				}
				asked = n >= 2
			}
			if !asked && v.Epoch != "prescreening" {
				t.Errorf("%s: nobody asks about suicidality at %s", id, v.ID)
			}
		}
	}
}

// Nobody leaves within eight hours of a dose, or alone.
func TestDischarge(t *testing.T) {
	for _, id := range ids {
		x := load(t, id).Dosing.Discharge
		if x.Earliest.Std().Hours() < 8 || !x.Adult {
			t.Errorf("%s: discharge after %s, adult %v", id, x.Earliest, x.Adult)
		}
	}
}
