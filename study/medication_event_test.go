package study

import (
	"testing"
	"time"
)

func TestExcludedMedicine(t *testing.T) {
	for name, x := range map[string]struct {
		values map[string]string
		dosed  bool
		want   string // "", "dose" or a day
	}{
		"never combined, still taken":        {map[string]string{"name": "fenelzin", "ongoing": "yes", "decision": "none"}, true, "dose"},
		"washout, not accepted, begun later": {map[string]string{"name": "Sertralin", "ongoing": "yes", "start": "2099-01-10", "decision": "none"}, true, "2099-01-10"},
		"washout, accepted":                  {map[string]string{"name": "Sertralin", "ongoing": "yes", "decision": "accept", "decision_reason": "x"}, true, ""},
		"ended long before":                  {map[string]string{"name": "Sertralin", "ongoing": "no", "stop": "2001-01-01", "last_intake": "2001-01-01", "decision": "none"}, true, ""},
		"to be stopped, unknown to the list": {map[string]string{"name": "Zoloft", "ongoing": "yes", "decision": "stop", "decision_reason": "x"}, true, "dose"},
		"harmless":                           {map[string]string{"name": "paracetamol", "ongoing": "yes", "decision": "none"}, true, ""},
		"no dose":                            {map[string]string{"name": "fenelzin", "ongoing": "yes", "decision": "none"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := tell(t, threeSession).consented()
			role := "coordinator"
			if d := x.values["decision"]; d != "none" {
				role = "physician"
			}
			w.do(role, w.save("", "conmed", "", x.values))
			s := *w.s
			dose := w.now
			s.Sessions = map[string]*SessionState{}
			if x.dosed {
				s.Sessions["V5"] = &SessionState{Visit: "V5", DoseAt: dose}
			}
			at, ok := ExcludedMedicine(w.def, &s)
			want := time.Time{}
			switch x.want {
			case "":
			case "dose":
				want = dose
			default:
				day, err := time.Parse(time.DateOnly, x.want)
				if err != nil {
					t.Fatal(err)
				}
				want = DayOf(day, time.UTC).Start(s.Zone)
			}
			if ok != (x.want != "") || !at.Equal(want) {
				t.Errorf("%v %v, want %v", at, ok, want)
			}
		})
	}
}
