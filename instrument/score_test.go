package instrument

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"varde/bilingual"
	"varde/expr"
)

func both(s string) bilingual.Text { return bilingual.Text{EN: s, NB: s} }

func at(x float64) *float64 { return &x }

// form is an instrument with integer items q1 to q4, a boolean yes, a text and a
// choice, and the scores given.
func form(t testing.TB, scores ...Score) *Compiled {
	t.Helper()
	c, issues := Compile(formSource(scores...))
	for _, i := range issues {
		t.Errorf("%s: %s: %s", i.Path, i.Code, i.Message)
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

func formSource(scores ...Score) Instrument {
	in := Instrument{
		ID: "f", Version: "1", Title: both("F"), Kind: Questionnaire, Respondent: ByParticipant, Minutes: 1,
		Licence: Licence{Class: Green}, Source: "test", Scores: scores,
	}
	for i := range 4 {
		in.Items = append(in.Items, Item{ID: fmt.Sprintf("q%d", i+1), Text: both("q"), Type: Integer, Min: at(0), Max: at(4), Required: true})
	}
	in.Items = append(in.Items,
		Item{ID: "yes", Text: both("y"), Type: Boolean},
		Item{ID: "which", Text: both("w"), Type: TextItem, When: "yes", Required: true},
		Item{ID: "how", Text: both("h"), Type: Choice, When: "yes && which != ''", Options: []Option{{NumberValue(0), both("a")}, {NumberValue(3), both("b")}}},
		Item{ID: "temp", Text: both("t"), Type: Decimal, Decimals: 1, Unit: "Cel", Min: at(34), Max: at(42)},
		Item{ID: "any", Text: both("a"), Type: MultiChoice, Options: []Option{{StringValue("a"), both("a")}, {StringValue("b"), both("b")}, {StringValue("no"), both("n")}}},
		Item{ID: "day", Text: both("d"), Type: Date},
		Item{ID: "moment", Text: both("d"), Type: DateTime},
		Item{ID: "clock", Text: both("d"), Type: Time},
		Item{ID: "note", Text: both("d"), Type: TextItem},
	)
	return in
}

func q(xs ...float64) map[string]Value {
	v := map[string]Value{}
	for i, x := range xs {
		if x >= 0 {
			v[fmt.Sprintf("q%d", i+1)] = NumberValue(x)
		}
	}
	return v
}

func TestScores(t *testing.T) {
	all := []string{"q1..q4"}
	const missing = -1 // in the answers: not given
	for name, c := range map[string]struct {
		score   Score
		answers []float64
		want    string // "" = no score
	}{
		"sum":                           {Score{Method: Sum}, []float64{1, 2, 3, 4}, "10"},
		"sum, one missing":              {Score{Method: Sum}, []float64{1, missing, 3, 4}, ""},
		"sum, one allowed":              {Score{Method: Sum, Missing: Missing{Allow: 1}}, []float64{1, missing, 3, 4}, "8"},
		"sum, two missing":              {Score{Method: Sum, Missing: Missing{Allow: 1}}, []float64{1, missing, missing, 4}, ""},
		"sum, prorated":                 {Score{Method: Sum, Missing: Missing{Allow: 1, Prorate: true}}, []float64{1, missing, 3, 4}, "10.6666666667"},
		"sum, prorated, none missing":   {Score{Method: Sum, Missing: Missing{Allow: 1, Prorate: true}}, []float64{1, 2, 3, 4}, "10"},
		"sum, factor":                   {Score{Method: Sum, Times: 2.5}, []float64{1, 0, 0, 0}, "2.5"},
		"sum of nothing":                {Score{Method: Sum, Missing: Missing{Allow: 3}}, nil, ""},
		"sum, all but one may miss":     {Score{Method: Sum, Missing: Missing{Allow: 3}}, []float64{missing, 2}, "2"},
		"mean":                          {Score{Method: Mean}, []float64{1, 2, 3, 4}, "2.5"},
		"mean over those answered":      {Score{Method: Mean, Missing: Missing{Allow: 2}}, []float64{1, missing, missing, 4}, "2.5"},
		"mean, a third":                 {Score{Method: Mean, Missing: Missing{Allow: 1}}, []float64{0, 0, 1}, "0.333333333333"},
		"count":                         {Score{Method: Count, AtLeast: at(2)}, []float64{1, 2, 3, 0}, "2"},
		"count of none":                 {Score{Method: Count, AtLeast: at(2)}, []float64{1, 1, 0, 0}, "0"},
		"count, one missing":            {Score{Method: Count, AtLeast: at(2)}, []float64{2, 2, missing, 2}, ""},
		"count, one allowed":            {Score{Method: Count, AtLeast: at(2), Missing: Missing{Allow: 1}}, []float64{2, 2, missing, 2}, "3"},
		"max":                           {Score{Method: Max}, []float64{1, 4, 3, 0}, "4"},
		"min":                           {Score{Method: Min}, []float64{1, 4, 3, 2}, "1"},
		"expression":                    {Score{Method: Calc, Expr: "q1 * 2 + q2"}, []float64{3, 1}, "7"},
		"expression, value missing":     {Score{Method: Calc, Expr: "q1 * 2 + q2"}, []float64{3}, ""},
		"expression, not decided by it": {Score{Method: Calc, Type: "boolean", Expr: "q1 >= 3 || q2 >= 3"}, []float64{3}, "true"},
		"expression, undecided":         {Score{Method: Calc, Type: "boolean", Expr: "q1 >= 3 || q2 >= 3"}, []float64{2}, ""},
		"expression, division by zero":  {Score{Method: Calc, Expr: "q1 / q2"}, []float64{2, 0}, ""},
		"expression, factor":            {Score{Method: Calc, Expr: "q1 + q2", Times: 0.1}, []float64{1, 2}, "0.3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.score
			s.ID, s.Title = "s", both("S")
			if s.Method != Calc {
				s.Items = all
			}
			got, ok := form(t, s).Score(q(c.answers...))["s"]
			if ok != (c.want != "") || ok && got.Text() != c.want {
				t.Errorf("%q (%v), want %q", got.Text(), ok, c.want)
			}
		})
	}
}

func TestScoresBuildOnScores(t *testing.T) {
	c := form(t,
		Score{ID: "total", Title: both("T"), Method: Sum, Items: []string{"q1..q4"}},
		Score{ID: "severe", Title: both("S"), Method: Calc, Type: "boolean", Expr: "total >= 10"},
		Score{ID: "flags", Title: both("F"), Method: Sum, Items: []string{"yes", "how"}, Missing: Missing{Allow: 1}},
	)
	v := q(4, 4, 1, 1)
	v["yes"] = BoolValue(true)
	got := c.Score(v)
	if got["total"].Text() != "10" || got["severe"].Text() != "true" || got["flags"].Text() != "1" {
		t.Errorf("%v", got)
	}
	if x, ok := c.NativeType("severe"); !ok || x != expr.Bool {
		t.Errorf("severe is %v", x)
	}
	if x := c.Native("total", got["total"]); x != 10.0 {
		t.Errorf("total as %T %v", x, x)
	}
	if x := c.Native("q1", NumberValue(3)); x != int64(3) {
		t.Errorf("q1 as %T %v", x, x)
	}
}

func TestSkipLogic(t *testing.T) {
	c := form(t, Score{ID: "how_much", Title: both("H"), Method: Max, Items: []string{"how"}})
	for _, x := range []struct {
		name    string
		values  map[string]Value
		which   bool
		how     bool
		missing []string
	}{
		{"nothing answered", map[string]Value{}, false, false, []string{"q1", "q2", "q3", "q4"}},
		{"no", with(q(1, 1, 1, 1), "yes", BoolValue(false)), false, false, nil},
		{"yes", with(q(1, 1, 1, 1), "yes", BoolValue(true)), true, false, []string{"which"}},
		{"yes and which", with(with(q(1, 1, 1), "yes", BoolValue(true)), "which", StringValue("a")), true, true, []string{"q4"}},
		{"taken back", with(with(q(1, 1, 1, 1), "yes", BoolValue(false)), "which", StringValue("a")), false, false, nil},
		{"refused", with(with(q(1, 1, 1), "q4", AbsentValue("refused")), "yes", AbsentValue("unknown")), false, false, nil},
	} {
		if got := c.Asked("which", x.values); got != x.which {
			t.Errorf("%s: which asked %v", x.name, got)
		}
		if got := c.Asked("how", x.values); got != x.how {
			t.Errorf("%s: how asked %v", x.name, got)
		}
		if got := c.Missing(x.values); !reflect.DeepEqual(got, x.missing) {
			t.Errorf("%s: missing %v, want %v", x.name, got, x.missing)
		}
	}
	// What is no longer asked is doubted, and does not score.
	v := with(with(with(q(1, 1, 1, 1), "yes", BoolValue(false)), "which", StringValue("a")), "how", NumberValue(3))
	doubts := c.Doubts(v)
	if len(doubts) != 2 || doubts[0].Item != "which" || doubts[0].Code != "not-asked" || doubts[1].Item != "how" {
		t.Errorf("doubts %v", doubts)
	}
	if got, ok := c.Score(v)["how_much"]; ok {
		t.Errorf("a value that is not asked was scored: %v", got.Text())
	}
	if c.Asked("nothing", v) {
		t.Error("an unknown item is asked")
	}
}

func with(v map[string]Value, id string, x Value) map[string]Value {
	v[id] = x
	return v
}

func TestBandsAndAlerts(t *testing.T) {
	in := formSource(Score{ID: "total", Title: both("T"), Method: Sum, Items: []string{"q1..q4"}})
	in.Cutoffs = []Cutoff{{ID: "low", Score: "total", Below: at(5), Text: both("l")}, {ID: "mid", Score: "total", From: at(5), Below: at(10), Text: both("m")}, {ID: "high", Score: "total", From: at(10), Text: both("h")}}
	in.Alerts = []Alert{{ID: "a", When: "q4 > 0", Text: both("a"), Owner: "therapist", Within: "1h"}, {ID: "b", When: "total >= 10 || q1 == 4", Text: both("b"), Owner: "therapist", Within: "1h"}}
	c, issues := Compile(in)
	if c == nil || len(issues) > 0 {
		t.Fatal(issues)
	}
	for _, x := range []struct {
		values map[string]Value
		band   string
		alerts string
	}{{q(1, 1, 1, 0), "low", ""}, {q(2, 2, 1, 0), "mid", ""}, {q(3, 3, 3, 1), "high", "a b"}, {q(4), "", "b"}, {q(-1, -1, -1, 1), "", "a"}} {
		scores := c.Score(x.values)
		band, alerts := "", ""
		for _, b := range c.Bands(scores) {
			band += b.ID
		}
		for i, a := range c.Alerting(x.values, scores) {
			if i > 0 {
				alerts += " "
			}
			alerts += a.ID
		}
		if band != x.band || alerts != x.alerts {
			t.Errorf("%v: band %q, alerts %q; want %q, %q", scores, band, alerts, x.band, x.alerts)
		}
	}
}

func TestScoreIsAsClosedAsItsItems(t *testing.T) {
	in := formSource(Score{ID: "total", Title: both("T"), Method: Sum, Items: []string{"q1..q4"}}, Score{ID: "high", Title: both("H"), Method: Calc, Type: "boolean", Expr: "total > 3"})
	in.Items[1].Blinding = Rating
	c, issues := Compile(in)
	if c == nil {
		t.Fatal(issues)
	}
	if got := c.BlindingOf("high"); got != Rating {
		t.Errorf("a score of a score of a rating is %q", got)
	}
	if got := c.BlindingOf("nothing"); got != Unblinded {
		t.Errorf("what is not known is %q", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	c := form(t, Score{ID: "s", Title: both("S"), Method: Calc, Expr: "q1 + q2"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				v := with(q(float64(i), 1), "yes", BoolValue(i%2 == 0))
				if got := c.Score(v)["s"].Text(); got != fmt.Sprint(i+1) {
					t.Errorf("%d: %s", i, got)
				}
				if c.Asked("which", v) != (i%2 == 0) {
					t.Errorf("%d: asked", i)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkScoreTwentyItems(b *testing.B) {
	in := formSource()
	in.Items = nil
	v := map[string]Value{}
	for i := range 20 {
		id := fmt.Sprintf("q%02d", i+1)
		in.Items = append(in.Items, Item{ID: id, Text: both("q"), Type: Integer})
		v[id] = NumberValue(float64(i % 5))
	}
	in.Scores = []Score{
		{ID: "total", Title: both("T"), Method: Sum, Items: []string{"q01..q20"}},
		{ID: "b", Title: both("B"), Method: Sum, Items: []string{"q01..q05"}},
		{ID: "n", Title: both("N"), Method: Count, AtLeast: at(2), Items: []string{"q01..q20"}},
	}
	c, issues := Compile(in)
	if c == nil {
		b.Fatal(issues)
	}
	b.ReportAllocs()
	for b.Loop() {
		if c.Score(v)["total"].Text() != "40" {
			b.Fatal(c.Score(v))
		}
	}
}
