package evidence

import (
	"math"
	"strings"
	"testing"
)

func TestShippedEvidenceIsSound(t *testing.T) {
	s, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Trials) < 8 || len(s.Pooled) < 3 || len(s.Publications) < 4 || len(s.Decisions) < 5 {
		t.Errorf("%d trials, %d pooled effects, %d publications, %d decisions", len(s.Trials), len(s.Pooled), len(s.Publications), len(s.Decisions))
	}
	retracted := 0
	for _, p := range s.Publications {
		if !p.Retracted.IsZero() {
			retracted++
			if p.Retracted.Format("2006-01-02") != "2024-08-10" || p.Reason.Empty() {
				t.Errorf("%s: retracted %v, reason %v", p.ID, p.Retracted, p.Reason)
			}
		}
	}
	if retracted != 3 {
		t.Errorf("%d articles are marked as retracted, want 3", retracted)
	}
	for i := 1; i < len(s.Decisions); i++ {
		if s.Decisions[i].On < s.Decisions[i-1].On {
			t.Errorf("decisions are not in the order of their days: %s after %s", s.Decisions[i].On, s.Decisions[i-1].On)
		}
	}
}

// The six trials add up to the people and, weighted by their precision, to the effect
// that was published for them together: no digit was lost on the way into the files.
func TestTrialsAddUpToWhatWasPublished(t *testing.T) {
	s, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	people, sum, weights := 0, 0.0, 0.0
	for _, x := range s.Of(MDMA) {
		people += x.Randomised
		if x.Effect == nil {
			continue
		}
		se := (x.Effect.High - x.Effect.Low) / 2 / 1.959964
		if math.Abs(x.Effect.G-(x.Effect.High+x.Effect.Low)/2) > 0.0002 {
			t.Errorf("%s: the effect is not in the middle of its interval", x.ID)
		}
		sum, weights = sum+x.Effect.G/(se*se), weights+1/(se*se)
	}
	pooled := s.Pooled[0]
	if people != pooled.People {
		t.Errorf("the trials have %d people, the pooled effect %d", people, pooled.People)
	}
	if got := sum / weights; math.Abs(got-pooled.Effect.G) > 0.001 {
		t.Errorf("the trials come to %.4f, published is %.4f", got, pooled.Effect.G)
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	read := func(name, text string) error {
		_, err := Load(func(file string) []byte {
			if file == name {
				return []byte(text)
			}
			b, err := data.ReadFile("data/" + file)
			if err != nil {
				t.Fatal(err)
			}
			return b
		})
		return err
	}
	const whole = `trials:
  - id: a
    treatment: mdma
    name: "A"
    registration: "NCT1"
    design: {en: "d", nb: "d"}
    randomised: 10
    comparator: same-placebo
    instrument: "CAPS-5"
    outcomes: [{measure: {en: "m", nb: "m"}, with: "1", without: "2"}]
    effect: {g: 0.5, low: 0.1, high: 0.9}
    source: "s"
    lookedUp: 2026-11-23
    status: V
`
	if err := read("trials.yaml", whole); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ from, to, want string }{
		"recalled":      {"status: V", "status: R", "trials.yaml:14:13"},
		"comparator":    {"same-placebo", "nothing", `trials.yaml:8:17: there is no comparator "nothing"`},
		"one-sided":     {`, without: "2"`, "", "lacks the control group"},
		"interval":      {"low: 0.1", "low: 0.6", "outside its interval"},
		"language":      {`nb: "d"`, `xx: "d"`, "trials.yaml:6:"},
		"people":        {"randomised: 10", "randomised: 0", "how many took part"},
		"amount":        {`design: {en: "d"`, `design: {en: "80 mg"`, "never offers, prices, doses"},
		"twice":         {"trials:\n", whole[:len(whole)-0], "stands twice"},
		"unknown":       {`name: "A"`, `nam: "A"`, `unknown key "nam"`},
		"no looking up": {"    lookedUp: 2026-11-23\n", "", "when it was looked up"},
	} {
		err := read("trials.yaml", strings.Replace(whole, x.from, x.to, 1))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
	if err := read("publications.yaml", "publications:\n  - {id: a, citation: c, about: {en: a, nb: a}, retracted: 2024-08-10, source: s, lookedUp: 2026-11-23, status: V}\n"); err == nil || !strings.Contains(err.Error(), "a day and a reason") {
		t.Errorf("a retraction without a reason: %v", err)
	}
	if err := read("decisions.yaml", "decisions:\n  - {id: a, authority: A, country: {en: a, nb: a}, on: \"soon\", decision: {en: a, nb: a}, source: s, lookedUp: 2026-11-23, status: V}\n"); err == nil || !strings.Contains(err.Error(), "no day, month or year") {
		t.Errorf("a decision without a day: %v", err)
	}
}
