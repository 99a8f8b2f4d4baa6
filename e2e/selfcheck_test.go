package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"varde/instrument"
	"varde/instruments"
	"varde/protocol"
)

// The browser adds up what the server would: thousands of answers to both questionnaires,
// complete and with gaps, are scored by the page's script in Chromium and by the
// instruments, and every score is the same, or missing in both.
func TestTheBrowserAddsUpAsTheServerDoes(t *testing.T) {
	chromium(t)
	const tries = 4000
	lib, findings := protocol.LoadLibrary(instruments.FS)
	if protocol.HasErrors(findings) {
		t.Fatal(findings)
	}
	f := newFront(t)
	b := newBrowser(t, f.base)
	b.open("/en/self-check")
	rng := rand.New(rand.NewPCG(5, 8))
	for place, id := range map[string]string{"first": "pcptsd5", "then": "pcl5"} {
		form := lib[id]
		var given []map[string]any
		var want []map[string]instrument.Value
		for n := range tries {
			answers, values := map[string]any{}, map[string]instrument.Value{}
			gaps := n%3 == 0 // a third of them are not complete
			for i := range form.Items {
				it := &form.Items[i]
				if gaps && rng.IntN(12) == 0 {
					continue
				}
				if it.Type == instrument.Boolean {
					yes := rng.IntN(4) > 0
					answers[it.ID], values[it.ID] = yes, instrument.BoolValue(yes)
					continue
				}
				o := form.OptionsOf(it)
				x := o[rng.IntN(len(o))].Value
				number, _ := x.Float()
				answers[it.ID], values[it.ID] = number, x
			}
			given, want = append(given, answers), append(want, form.Score(values))
		}
		sent, err := json.Marshal(given)
		if err != nil {
			t.Fatal(err)
		}
		var got []map[string]any
		text := b.eval(`(() => { const rules = JSON.parse(document.querySelector("[data-selfcheck]").dataset.selfcheck).` + place + `; return JSON.stringify(` + string(sent) + `.map((a) => vardeScores(rules, a))); })()`)
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		told := 0
		for n := range got {
			for i := range form.Scores {
				score := form.Scores[i].ID
				x, there := got[n][score]
				y, ok := want[n][score]
				if ok {
					told++
				}
				if there != ok || ok && fmt.Sprint(x) != plainValue(y) {
					t.Fatalf("%s.%s of %v: the browser says %v (%v), the server %v (%v)", id, score, given[n], x, there, y.Text(), ok)
				}
			}
		}
		if told < tries/2 {
			t.Errorf("%s: only %d scores were compared", id, told)
		}
		t.Logf("%s: %d scores of %d forms are the same", id, told, tries)
	}
}

func plainValue(v instrument.Value) string {
	if b, ok := v.Bool(); ok {
		return fmt.Sprint(b)
	}
	x, _ := v.Float()
	return fmt.Sprint(x)
}
