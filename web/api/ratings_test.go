package api_test

import (
	"fmt"
	"strings"
	"testing"

	"varde/study"
	"varde/web/api/testbed"
)

// What a rater has done stands by its reference alone, in the order of references.
func TestFinishedRatingsStandByTheirReference(t *testing.T) {
	w := newWorld(t)
	def, ok := w.App.Definition(testbed.Study)
	if !ok {
		t.Fatal("no definition")
	}
	var visits []string
	for i := range def.Visits {
		if def.Visits[i].Hides {
			visits = append(visits, def.Visits[i].ID)
		}
	}
	const id = "S01-003"
	happened := []study.Payload{study.EligibilityDecided{Gate: "screening", Passed: true}, study.EligibilityDecided{Gate: "enrolment", Passed: true}}
	for _, v := range visits {
		happened = append(happened, study.RaterDrawn{Among: 1, Rater: "rater-1", Visit: v})
	}
	w.happen(id, happened...)
	w.ask("coord-1", "POST", "/commands/plan-visit", fmt.Sprintf(`{"participant":%q,"visit":%q,"time":"2026-03-02T12:00:00Z"}`, id, visits[0])).want(200)
	type rating struct {
		Participant, Ref, Planned, Owes string
		Done                            bool
	}
	read1 := func() []rating {
		return read[struct{ Ratings []rating }](w.ask("rater-1", "GET", "/ratings", "").want(200)).Ratings
	}
	for _, r := range read1() {
		if r.Done || r.Participant != id || r.Owes != "forms" {
			t.Errorf("%+v", r)
		}
	}
	// All but the last come to an end.
	var missed []study.Payload
	for _, v := range visits[:len(visits)-1] {
		missed = append(missed, study.VisitMissed{Reason: "not-reached", Visit: v})
	}
	w.happen(id, missed...)
	list := read1()
	if len(list) != len(visits) || list[0].Done || list[0].Participant != id {
		t.Fatalf("%+v", list)
	}
	before := ""
	for _, r := range list[1:] {
		if !r.Done || r.Participant != "" || r.Planned != "" || r.Owes != "" || r.Ref < before {
			t.Errorf("%+v after %q", r, before)
		}
		before = r.Ref
	}
	body := string(w.ask("rater-1", "GET", "/ratings", "").want(200).body)
	if n := strings.Count(body, id); n != 1 {
		t.Errorf("the participant stands there %d times: %s", n, body)
	}
}
