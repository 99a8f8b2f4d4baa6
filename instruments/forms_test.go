package instruments_test

import (
	"slices"
	"strings"
	"testing"

	"varde/instrument"
)

func TestReadiness(t *testing.T) {
	c := the(t, "readiness")
	fit := answers{"orientation": 0, "gait": 1, "speech": 0, "attention": 1, "mood_stable": true, "vitals_ok": true, "adult_present": true}
	expectScores(t, c, fit, answers{"impairment": 2, "ready": true})
	for _, item := range []string{"orientation", "gait", "speech", "attention"} {
		for x := 2; x <= 4; x++ {
			expectScores(t, c, fit.with(answers{item: x}), answers{"ready": false})
		}
		expectScores(t, c, fit.without(item), answers{"impairment": nil, "ready": nil})
	}
	for _, item := range []string{"mood_stable", "vitals_ok", "adult_present"} {
		expectScores(t, c, fit.with(answers{item: false}), answers{"ready": false})
		expectScores(t, c, fit.without(item), answers{"ready": nil})
	}
}

func TestSafetyCall(t *testing.T) {
	c := the(t, "safety_call")
	fine := answers{"reached": true, "wellbeing": 7, "sleep_hours": 6.5, "low_mood": true, "thoughts": false, "worsened": false}
	expectScores(t, c, fine, answers{"concern": false})
	if got := raised(c, fine); len(got) != 0 {
		t.Errorf("a good call raises %v", got)
	}
	for _, item := range []string{"thoughts", "worsened"} {
		expectScores(t, c, fine.with(answers{item: true}), answers{"concern": true})
		if got := raised(c, fine.with(answers{item: true})); !slices.Equal(got, []string{"worse"}) {
			t.Errorf("%s raises %v", item, got)
		}
	}
	if got := raised(c, answers{"reached": true, "thoughts": true}); !slices.Equal(got, []string{"worse"}) {
		t.Errorf("thoughts of suicide on an unfinished form raise %v", got)
	}
	lost := answers{"reached": false, "next_attempt": "2026-05-17T18:00:00+02:00"}
	if got := raised(c, lost); !slices.Equal(got, []string{"not-reached"}) {
		t.Errorf("a call that reached nobody raises %v", got)
	}
	if missing := c.Missing(lost.values()); len(missing) > 0 {
		t.Errorf("a call that reached nobody lacks %v", missing)
	}
}

func TestTestsThatMustBeClear(t *testing.T) {
	pregnancy, drugs := the(t, "pregnancy"), the(t, "drugscreen")
	expectScores(t, pregnancy, answers{"applicable": false}, answers{"clear": true})
	expectScores(t, pregnancy, answers{"applicable": true, "result": "negative"}, answers{"clear": true})
	expectScores(t, pregnancy, answers{"applicable": true, "result": "positive"}, answers{"clear": false})
	expectScores(t, pregnancy, answers{"applicable": true}, answers{"clear": nil})
	expectScores(t, pregnancy, answers{"applicable": true, "result": instrument.AbsentValue("refused")}, answers{"clear": nil})
	expectScores(t, drugs, answers{"result": "negative"}, answers{"clear": true})
	expectScores(t, drugs, answers{"result": "positive", "substances": []string{"cocaine"}}, answers{"clear": false})
	expectScores(t, drugs, answers{}, answers{"clear": nil})
}

func TestPrescreen(t *testing.T) {
	c := the(t, "prescreen")
	suits := answers{"adult": true, "language_ok": true, "trauma": true, "heart_disease": false, "psychosis": false, "pregnant": false, "contact_ok": true, "interested": true}
	expectScores(t, c, suits, answers{"clear": true})
	for item, x := range suits {
		expectScores(t, c, suits.with(answers{item: !x.(bool)}), answers{"clear": false})
		expectScores(t, c, suits.without(item), answers{"clear": nil})
	}
}

// High blood pressure counts when it is there on all three occasions.
func TestMedical(t *testing.T) {
	c := the(t, "medical")
	calm := answers{"weight": 80, "height": 200, "sbp1": 120, "dbp1": 80, "sbp2": 120, "dbp2": 80, "sbp3": 120, "dbp3": 80, "exam_normal": true}
	expectScores(t, c, calm, answers{"bmi": 20, "hypertension": false})
	high := calm.with(answers{"sbp1": 140, "dbp2": 90, "sbp3": 190})
	expectScores(t, c, high, answers{"hypertension": true})
	expectScores(t, c, high.with(answers{"sbp1": 139}), answers{"hypertension": false})
	expectScores(t, c, high.with(answers{"dbp2": 89}), answers{"hypertension": false})
	expectScores(t, c, high.without("sbp3"), answers{"hypertension": nil})
	for _, occasion := range []string{"1", "2", "3"} {
		rest := calm.with(answers{"sbp1": 150, "sbp2": 150, "sbp3": 150, "sbp" + occasion: 139, "dbp" + occasion: 89})
		expectScores(t, c, rest, answers{"hypertension": false})
		expectScores(t, c, rest.with(answers{"sbp" + occasion: 140}), answers{"hypertension": true})
		expectScores(t, c, rest.with(answers{"dbp" + occasion: 90}), answers{"hypertension": true})
	}
	expectScores(t, c, calm.with(answers{"height": 0}), answers{"bmi": nil})
	if missing := c.Missing(calm.with(answers{"exam_normal": false}).values()); !slices.Equal(missing, []string{"findings"}) {
		t.Errorf("findings are not asked for: %v", missing)
	}
}

func TestVitals(t *testing.T) {
	c := the(t, "vitals")
	expectScores(t, c, answers{"sbp": 120, "dbp": 90, "hr": 70, "temp": 36.5}, answers{"mean_pressure": 100})
	for slip, codes := range map[string]answers{
		"out-of-range": {"sbp": 1200, "dbp": 8, "hr": 700, "temp": 365},
		"too-precise":  {"temp": 36.55},
	} {
		for item, x := range codes {
			doubts := c.Doubts(answers{item: x}.values())
			if len(doubts) != 1 || doubts[0].Code != slip {
				t.Errorf("%s = %v is not doubted as %s: %v", item, x, slip, doubts)
			}
		}
	}
	// Values as high as any seen with the medicine are believed.
	if doubts := c.Doubts(answers{"sbp": 210, "dbp": 120, "hr": 150, "temp": 39.4}.values()); len(doubts) > 0 {
		t.Errorf("a frightening but possible value is doubted: %v", doubts)
	}
}

func TestECGAndLabs(t *testing.T) {
	ecg, labs := the(t, "ecg"), the(t, "labs")
	for qtc, want := range map[int]int{499: 0, 500: 1} {
		for _, item := range []string{"qtcb", "qtcf"} {
			if got := raised(ecg, answers{item: qtc}); len(got) != want {
				t.Errorf("%s = %d raises %v", item, qtc, got)
			}
		}
	}
	sick := answers{"alt": 120, "alt_uln": 40, "ast": 20, "ast_uln": 40, "bilirubin": 50, "bilirubin_uln": 25, "alp": 100, "alp_uln": 100}
	expectScores(t, labs, sick, answers{"hys_law": true})
	expectScores(t, labs, sick.with(answers{"alt": 119.9}), answers{"hys_law": false})
	expectScores(t, labs, sick.with(answers{"alt": 20, "ast": 120}), answers{"hys_law": true})
	expectScores(t, labs, sick.with(answers{"bilirubin": 49.9}), answers{"hys_law": false})
	expectScores(t, labs, sick.with(answers{"alp": 200}), answers{"hys_law": false})
	expectScores(t, labs, sick.without("bilirubin_uln"), answers{"hys_law": nil})
	if got := raised(labs, sick.with(answers{"sodium": 134.9})); !slices.Equal(got, []string{"liver", "low-sodium"}) {
		t.Errorf("raises %v", got)
	}
	if got := raised(labs, answers{"sodium": 135}); len(got) != 0 {
		t.Errorf("sodium 135 raises %v", got)
	}
}

func TestAdverseEvents(t *testing.T) {
	c := the(t, "ae")
	event := answers{"term": "Euphoria", "onset": "2026-05-17T11:00:00+02:00", "severity": "mild", "relation": "definite", "serious": false, "valence": "pleasant", "outcome": "recovered", "action": "none", "interest": []string{"abuse"}}
	if missing := c.Missing(event.values()); len(missing) > 0 {
		t.Errorf("a pleasant event lacks %v: pleasure must be no hindrance to recording it", missing)
	}
	expectScores(t, c, event, answers{"open": false})
	expectScores(t, c, event.with(answers{"outcome": "not-recovered"}), answers{"open": true})
	serious := event.with(answers{"serious": true})
	if missing := c.Missing(serious.values()); !slices.Equal(missing, []string{"criteria", "expected"}) {
		t.Errorf("a serious event asks for %v", missing)
	}
	if got := raised(c, event.with(answers{"interest": []string{"cardiac", "suicidality"}})); !slices.Equal(got, []string{"suicidality"}) {
		t.Errorf("suicidality raises %v", got)
	}
	if got := raised(c, event); len(got) != 0 {
		t.Errorf("raises %v", got)
	}
}

func TestSolicitedList(t *testing.T) {
	c := the(t, "solicited")
	a, symptoms := answers{"period": "session"}, 0
	for _, item := range c.Items {
		if item.Type == instrument.Boolean {
			a[item.ID] = false
			symptoms++
			if !item.Required {
				t.Errorf("%s may be left unanswered", item.ID)
			}
		}
	}
	if symptoms != 25 {
		t.Errorf("%d symptoms, want 25", symptoms)
	}
	if missing := c.Missing(a.values()); len(missing) > 0 {
		t.Errorf("no symptom at all still lacks %v", missing)
	}
	for id := range a {
		if id == "period" {
			continue
		}
		want := []string{id + "_severity", id + "_onset", id + "_end"}
		if missing := c.Missing(a.with(answers{id: true}).values()); !slices.Equal(missing, want) {
			t.Errorf("%s leads to %v", id, missing)
		}
		full := a.with(answers{id: true, id + "_severity": "mild", id + "_onset": "2026-05-17T11:00:00+02:00", id + "_end": instrument.AbsentValue("not-applicable")})
		if errs := c.Validate(full.values()); len(errs) > 0 {
			t.Errorf("an effect that is not over cannot be recorded: %v", errs[0])
		}
		if missing := c.Missing(full.values()); len(missing) > 0 {
			t.Errorf("%s still lacks %v", id, missing)
		}
	}
	for _, id := range strings.Fields("euphoria feeling_high mood_elevation relaxed altered_perception dissociation impaired_judgement") {
		if _, there := a[id]; !there {
			t.Errorf("the list does not ask about %s", id)
		}
	}
	for _, period := range []string{"session", "week-after"} {
		if got := raised(c, a.with(answers{"chest_discomfort": true, "period": period})); !slices.Equal(got, []string{"chest"}) {
			t.Errorf("chest discomfort in period %s raises %v", period, got)
		}
	}
	if got := raised(c, answers{"chest_discomfort": true}); !slices.Equal(got, []string{"chest"}) {
		t.Errorf("chest discomfort on an unfinished form raises %v", got)
	}
	if got := raised(c, a); len(got) != 0 {
		t.Errorf("no symptom raises %v", got)
	}
}

func TestFollowUp(t *testing.T) {
	c := the(t, "followup")
	if got := raised(c, answers{"harm": true}); !slices.Equal(got, []string{"harm"}) {
		t.Errorf("harm raises %v", got)
	}
	if got := raised(c, answers{"harm": false}); len(got) != 0 {
		t.Errorf("no harm raises %v", got)
	}
	if missing := c.Missing(answers{"wellbeing": 5, "benefit": 50, "relapse": true, "other_treatment": true, "mdma_use_since": true, "harm": false}.values()); !slices.Equal(missing, []string{"other_treatment_what", "mdma_times"}) {
		t.Errorf("asks for %v", missing)
	}
}

func TestGuess(t *testing.T) {
	c := the(t, "guess")
	if missing := c.Missing(answers{"who": "rater", "guess": "unknown"}.values()); len(missing) > 0 {
		t.Errorf("who does not know is asked for %v", missing)
	}
	if missing := c.Missing(answers{"who": "rater", "guess": "control"}.values()); !slices.Equal(missing, []string{"confidence", "certain_at"}) {
		t.Errorf("a guess leads to %v", missing)
	}
}

func TestOtherRules(t *testing.T) {
	expectScores(t, the(t, "expectancy"), answers{"improvement": 80, "confidence": 61}, answers{"expectation": 70.5})
	agreed := answers{"touch_agreement": true, "stop_signal": true, "boundaries_told": true, "reporting_line": true}
	expectScores(t, the(t, "preparation"), agreed, answers{"agreed": true})
	for item := range agreed {
		expectScores(t, the(t, "preparation"), agreed.with(answers{item: false}), answers{"agreed": false})
	}
	conmed := the(t, "conmed")
	if missing := conmed.Missing(answers{"name": "sertraline", "indication": "depression", "ongoing": false, "decision": "taper"}.values()); !slices.Equal(missing, []string{"stop", "decision_reason"}) {
		t.Errorf("a medicine that was stopped asks for %v", missing)
	}
	demographics := the(t, "demographics")
	if demographics.Asked("childbearing", answers{"sex": "male"}.values()) || !demographics.Asked("childbearing", answers{"sex": "female"}.values()) {
		t.Error("the question on pregnancy goes to the wrong people")
	}
}

func TestAdherence(t *testing.T) {
	c := the(t, "adherence")
	good := answers{"both_present": true, "follows_person": 4, "calm_presence": 3, "keeps_safe": 3, "content_covered": 2, "no_pressure": 3, "touch": "agreed", "boundary_concern": false}
	expectScores(t, c, good, answers{"adherence": 3, "acceptable": true})
	expectScores(t, c, good.with(answers{"no_pressure": 2}), answers{"adherence": 2.8, "acceptable": false})
	for _, breach := range []answers{{"both_present": false}, {"touch": "not-agreed"}, {"boundary_concern": true}} {
		expectScores(t, c, good.with(breach), answers{"acceptable": false})
		if got := raised(c, good.with(breach)); !slices.Equal(got, []string{"boundary"}) {
			t.Errorf("%v raises %v", breach, got)
		}
	}
	if got := raised(c, good); len(got) != 0 {
		t.Errorf("raises %v", got)
	}
}
