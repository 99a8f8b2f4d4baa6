package diff_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"varde/protocol"
	"varde/protocol/diff"
	"varde/protocols"
)

const threeSession = "mdma-ptsd-three-session"

func shipped(t testing.TB, id string) *protocol.Definition {
	t.Helper()
	def, err := protocols.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// amended is a protocol with replacements in its files: file, old, new.
func amended(t testing.TB, def *protocol.Definition, edits ...[3]string) *protocol.Definition {
	t.Helper()
	files := maps.Clone(def.Files)
	for _, e := range edits {
		if !strings.Contains(string(files[e[0]]), e[1]) {
			t.Fatalf("%s holds no %q", e[0], e[1])
		}
		files[e[0]] = []byte(strings.Replace(string(files[e[0]]), e[1], e[2], 1))
	}
	next, findings := protocol.FromFiles(files)
	if next == nil {
		t.Fatal(findings)
	}
	return next
}

// TestNothingChanges: a protocol does not differ from itself.
func TestNothingChanges(t *testing.T) {
	for _, id := range []string{threeSession, "mdma-ptsd-two-session", "mdma-ptsd-care"} {
		def := shipped(t, id)
		if r := diff.Compare(def, amended(t, def)); len(r.Items) > 0 {
			t.Errorf("%s: %d changes, first %+v", id, len(r.Items), r.Items[0])
		}
	}
}

// TestTwoProtocols: two protocols are not two versions of one, and every line is told
// in both languages.
func TestTwoProtocols(t *testing.T) {
	r := diff.Compare(shipped(t, "mdma-ptsd-two-session"), shipped(t, threeSession))
	if !r.HasErrors() {
		t.Error("two different protocols pass as an amendment")
	}
	areas := map[string]bool{}
	for _, x := range r.Items {
		areas[x.Area] = true
		if !x.Text.Complete() || x.Place == "" || x.Code == "" || strings.Contains(x.Text.EN+x.Text.NB, "%!") {
			t.Errorf("tells too little: %+v", x)
		}
	}
	for _, a := range []string{diff.Identity, diff.Consent, diff.Eligibility, diff.Dosing, diff.Visits, diff.Analysis} {
		if !areas[a] {
			t.Errorf("nothing is told of %s", a)
		}
	}
	for _, lang := range []string{"en", "nb"} {
		var w bytes.Buffer
		if err := r.Text(&w, lang); err != nil || !strings.Contains(w.String(), "ERROR") {
			t.Errorf("%s: %v", lang, err)
		}
	}
}

// TestDirection: whether a criterion lets in fewer, more or other people is found by
// trying it, and not by its wording.
func TestDirection(t *testing.T) {
	def := shipped(t, threeSession)
	for _, x := range []struct{ old, next, code string }{
		{"demographics.age >= 18", "demographics.age >= 21", "stricter"},
		{"demographics.age >= 18", "demographics.age >= 16", "looser"},
		{"demographics.age >= 18", "demographics.age > 17", "same"},
		{"demographics.age >= 18", "demographics.age <= 18", "other"},
		{"demographics.age >= 18", "demographics.age >= 18 && demographics.age < 65", "stricter"},
		{"medical.weight < 48.0", "medical.weight < 50.0", "stricter"},
		{"medical.weight < 48.0", "medical.weight < 45.0", "looser"},
		{"eligibility.liver", "eligibility.liver && labs.alt > 100", "looser"},
		{"eligibility.liver", "eligibility.liver || labs.alt > 100", "stricter"},
	} {
		r := diff.Compare(def, amended(t, def, [3]string{"eligibility.yaml", x.old, x.next}))
		i := slices.IndexFunc(r.Items, func(it diff.Item) bool { return it.Area == diff.Eligibility })
		if i < 0 || r.Items[i].Code != x.code {
			t.Errorf("%s -> %s: %+v, want %s", x.old, x.next, r.Items, x.code)
		}
	}
}

// TestVersions: an amendment raises the version, by number and not by letter.
func TestVersions(t *testing.T) {
	def := shipped(t, threeSession)
	line := ""
	for l := range strings.Lines(string(def.Files["protocol.yaml"])) {
		if strings.HasPrefix(l, "version: ") {
			line = strings.TrimRight(l, "\n")
		}
	}
	limit := [3]string{"dosing.yaml", "limit: 160", "limit: 155"}
	as := func(v string) *protocol.Definition {
		return amended(t, def, limit, [3]string{"protocol.yaml", line, fmt.Sprintf("version: %q", v)})
	}
	for _, x := range []struct {
		from, to string
		bad      bool
	}{{"1.0.0", "1.0.0", true}, {"1.2.0", "1.10.0", false}, {"1.10.0", "1.2.0", true}, {"2.0", "1.9.9", true}, {"1.0", "1.0.1", false}} {
		next := amended(t, as(x.to), [3]string{"dosing.yaml", "limit: 155", "limit: 150"})
		r := diff.Compare(as(x.from), next)
		if r.HasErrors() != x.bad {
			t.Errorf("%s -> %s: %+v", x.from, x.to, r.Items)
		}
	}
}

// TestLoudPrimary: whatever the primary analysis rests on is told loudly once more.
func TestLoudPrimary(t *testing.T) {
	def := shipped(t, threeSession)
	for name, e := range map[string][3]string{
		"alpha":      {"analysis.yaml", "alpha: 0.05", "alpha: 0.025"},
		"population": {"analysis.yaml", "person.randomised && person.doses >= 1 && (", "person.randomised && person.doses >= 2 && ("},
		"model":      {"analysis.yaml", "fixed: [arm, visit, arm*visit, baseline, site, dissociative]", "fixed: [arm, visit, arm*visit, baseline]"},
		"order":      {"analysis.yaml", "order: [caps5, sds]", "order: [sds, caps5]"},
	} {
		r := diff.Compare(def, amended(t, def, e))
		i := slices.IndexFunc(r.Items, func(it diff.Item) bool { return it.Code == "primary-analysis" })
		if i < 0 || r.Items[i].Weight != diff.Loud || !strings.Contains(r.Items[i].Text.EN, "PRIMARY") {
			t.Errorf("%s: not told loudly: %+v", name, r.Items)
		}
	}
	quiet := diff.Compare(def, amended(t, def, [3]string{"staffing.yaml", "rooms: ", "rooms: 1"}))
	if slices.ContainsFunc(quiet.Items, func(it diff.Item) bool { return it.Code == "primary-analysis" }) {
		t.Error("more rooms do not change the primary analysis")
	}
}

// TestSignedTextMayNotChange: what people signed is not written anew under its old version.
func TestSignedTextMayNotChange(t *testing.T) {
	def := shipped(t, threeSession)
	next := amended(t, def, [3]string{"consent.yaml", "You decide freely.", "You decide."})
	r := diff.Compare(def, next)
	if !slices.ContainsFunc(r.Items, func(it diff.Item) bool { return it.Code == "signed-text-changed" && it.Weight == diff.Error }) {
		t.Errorf("%+v", r.Items)
	}
}
