package study

import (
	"slices"
	"strings"
	"testing"

	"varde/instrument"
	"varde/protocol"
)

func TestMatchMedicine(t *testing.T) {
	def := definition(t, threeSession)
	for _, x := range []struct{ name, atc, row string }{
		{"sertraline", "", "sertraline"}, {"SERTRALINE 50 mg", "", "sertraline"}, {"Sertralin 100 mg x 1", "", "sertraline"}, {"sertralín", "", "sertraline"},
		{"Fluoksetin", "", "fluoxetine"}, {"fluoxetin", "", "fluoxetine"}, {"paroksetin", "", "paroxetine"}, {"venlafaksin depot 75 mg", "", "venlafaxine"},
		{"Moklobemid", "", "maoi-moclobemide"}, {"fenelzin", "", "maoi"}, {"Tranylcypromin", "", "maoi"}, {"litium", "", "lithium"}, {"Klomipramin", "", "tca"},
		{"metylfenidat", "", "stimulants"}, {"Zoloft", "N06AB06", "sertraline"}, {"whatever", " n06ab06 ", "sertraline"}, {"Johannesurt", "N06AX25", "st-johns-wort"},
		{"Deksametason", "", ""}, {"paracetamol", "", ""}, {"cetirizine", "", ""}, {"levothyroxine", "", ""}, {"vitamin D", "", ""}, {"Zoloft", "", ""}, {"", "", ""},
		{"sertraline\n", "", "sertraline"}, {"se\u0301rtraline", "", "sertraline"},
	} {
		var got []string
		for _, r := range MatchMedicine(def, x.name, x.atc) {
			got = append(got, r.ID)
		}
		if x.row == "" && len(got) > 0 || x.row != "" && !slices.Contains(got, x.row) {
			t.Errorf("%q %q: %v, want %q", x.name, x.atc, got, x.row)
		}
	}
	// Every example of the table is recognised in capitals, with a strength beside it.
	for _, row := range def.Interactions {
		for _, e := range row.Examples {
			found := false
			for _, r := range MatchMedicine(def, strings.ToUpper(e)+" 10 mg", "") {
				found = found || r.ID == row.ID
			}
			if !found {
				t.Errorf("%s: %q is not recognised", row.ID, e)
			}
		}
	}
	// Whatever the exact table says is never lost.
	for _, n := range []string{"linezolid", "same", "5-htp"} {
		for _, r := range def.MatchInteractions(n, "") {
			if !slices.ContainsFunc(MatchMedicine(def, n, ""), func(x protocol.Interaction) bool { return x.ID == r.ID }) {
				t.Errorf("%q loses %s", n, r.ID)
			}
		}
	}
}

func TestMedicinesAndTheirDecisions(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.do("coordinator", w.save("", "conmed", "", map[string]string{"name": "Sertralin", "ongoing": "yes", "decision": "none"}))
	w.do("coordinator", w.save("", "conmed", "", map[string]string{"name": "Zoloft", "ongoing": "yes", "decision": "none"}))
	ms := Medicines(w.def, w.s, DayOf(w.now, w.s.Zone))
	if len(ms) != 2 || !ms[0].Undecided || !ms[0].Known || ms[0].Worst() != "H" || ms[1].Known || ms[1].Undecided {
		t.Fatalf("%+v", ms)
	}
	if _, ok := ms[0].Earliest(); ok {
		t.Error("an earliest day of what is still taken")
	}
	task := func(id string) *Task {
		for _, x := range Tasks(w.def, w.s) {
			if x.ID == id {
				return &x
			}
		}
		return nil
	}
	if x := task("medicine/1"); x == nil || !slices.Equal(x.Roles, []string{"physician"}) || strings.Contains(x.Title.EN, "Sertral") {
		t.Fatalf("%+v", x)
	}
	if task("medicine/2") != nil {
		t.Error("what meets no row is put before the physician")
	}
	decide := func(repeat int, decision string) SaveForm {
		f := w.s.Form("", "conmed", repeat)
		return SaveForm{On: w.on(), Form: "conmed", Repeat: repeat, Version: f.Version, Reason: "decided",
			Items: Values{"decision": instrument.StringValue(decision), "decision_reason": instrument.StringValue("talked through")}}
	}
	w.refused("physician-decides", "coordinator", decide(1, "accept"))
	w.do("physician", decide(1, "taper"))
	if m := Medicines(w.def, w.s, 0)[0]; m.Decision != "taper" || m.By != "dina" || m.At.IsZero() || m.Undecided || task("medicine/1") != nil {
		t.Errorf("%+v", m)
	}
	// Who corrects another answer has not decided.
	by := w.s.Form("", "conmed", 1).DecidedBy
	w.do("coordinator", SaveForm{On: w.on(), Form: "conmed", Repeat: 1, Version: w.s.Form("", "conmed", 1).Version, Reason: "typed", Items: Values{"dose": instrument.StringValue("50 mg")}})
	if w.s.Form("", "conmed", 1).DecidedBy != by {
		t.Error("the decision has changed hands")
	}

	w.do("coordinator", w.save("", "conmed", "", map[string]string{"name": "Fenelzin", "ongoing": "yes", "decision": "none"}))
	w.refused("never-combined", "physician", decide(3, "accept"))
	w.do("physician", decide(3, "stop"))
	// Renaming an allowed medicine to one that is never combined is refused as well.
	w.do("physician", w.save("", "conmed", "", map[string]string{"name": "paracetamol", "ongoing": "yes", "decision": "accept"}))
	w.refused("never-combined", "physician", SaveForm{On: w.on(), Form: "conmed", Repeat: 4, Version: 1, Reason: "typed wrong", Items: Values{"name": instrument.StringValue("moclobemide")}})
	w.replays()
}

func TestTaperPlan(t *testing.T) {
	w := tell(t, threeSession).consented()
	today := DayOf(w.now, w.s.Zone)
	plan := map[string]string{"medicine": "Sertralin", "prescriber": "gp", "agreed": "yes", "unit": "mg a day", "start_dose": "100",
		"step1_on": (today + 1).String(), "step1_dose": "50", "step2_on": (today + 8).String(), "step2_dose": "25", "last_day": (today + 14).String(),
		"watch": "mood", "cssrs_every": "7", "state": "planned"}
	for _, id := range []string{"step3_on", "step3_dose", "step4_on", "step4_dose", "step5_on", "step5_dose", "step6_on", "step6_dose", "step7_on", "step7_dose", "step8_on", "step8_dose", "atc"} {
		plan[id] = "absent:not-applicable"
	}
	w.refused("role-may-not", "coordinator", w.save("", "taper", "", plan))
	w.do("physician", w.save("", "taper", "", plan))
	p := Tapers(w.def, w.s)
	if len(p) != 1 || len(p[0].Steps) != 2 || p[0].Start != 100 || p[0].LastDay != today+14 || !p[0].Recognise || p[0].Earliest != today+14+6 {
		t.Fatalf("%+v", p)
	}
	if s, ok := p[0].Next(today); !ok || s.On != today+1 || s.Dose != 50 {
		t.Errorf("%+v", s)
	}
	if _, ok := p[0].Next(today + 8); ok {
		t.Error("a step after the last")
	}
	due := func() (Day, bool) {
		for _, x := range Tasks(w.def, w.s) {
			if x.Kind == TaskTaper {
				return DayOf(x.Due, w.s.Zone), true
			}
		}
		return 0, false
	}
	if d, ok := due(); !ok || d != today+1 {
		t.Errorf("the first interview is due on %s", d)
	}
	contact := map[string]string{"at": w.now.Format("2006-01-02T15:04:05Z07:00"), "way": "phone", "whom": "participant", "reached": "yes", "about": "medicine", "cssrs": "yes", "summary": "slept badly",
		"next": w.now.AddDate(0, 0, 2).Format("2006-01-02T15:04:05Z07:00")}
	w.do("therapist", w.save("", "contact", "", contact))
	if d, ok := due(); !ok || d != today+7 {
		t.Errorf("after an interview the next is due on %s", d)
	}
	found := false
	for _, x := range Tasks(w.def, w.s) {
		found = found || x.Kind == TaskContact && DayOf(x.Due, w.s.Zone) == today+2
	}
	if !found {
		t.Error("the contact that was agreed is no task")
	}
	w.do("physician", SaveForm{On: w.on(), Form: "taper", Repeat: 1, Version: 1, Reason: "done", Items: Values{"state": instrument.StringValue("done")}})
	if _, ok := due(); ok {
		t.Error("still due after the end")
	}
}

// Notes of therapists are for those who treat.
func TestNotesAreForThoseWhoTreat(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.do("therapist", w.save("", "therapist_note", "", map[string]string{"at": w.now.Format("2006-01-02T15:04:05Z07:00"), "kind": "contact", "minutes": "20", "summary": "a hard week"}))
	w.refused("role-may-not", "rater", w.save("", "therapist_note", "", nil))
	for class, shown := range map[instrument.Blinding]bool{instrument.Treating: true, instrument.Open: false} {
		s := Redact(w.def, w.s, func(b instrument.Blinding) bool { return b != instrument.Treating || class == instrument.Treating })
		if got := s.Form("", "therapist_note", 1).Values["summary"].Given(); got != shown {
			t.Errorf("sees %q: %v", class, got)
		}
	}
}
