package study

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRecordRefs(t *testing.T) {
	for _, s := range []string{"form/V3/caps5", "form/V5/vitals/3", "form/-/ae/1", "session/V5", "gate/screening", "consent/main", "deviation/D2", "casebook", "protocol"} {
		r, err := ParseRecordRef(s)
		if err != nil || r.String() != s {
			t.Errorf("%s: %v, %v", s, r, err)
		}
	}
	for _, s := range []string{"", "form", "form/", "form/V3", "form//caps5", "form/V3/caps5/0", "form/V3/caps5/01", "form/V3/caps5/-1", "form/V3/caps5/x", "form/V3/caps5/1/2",
		"session", "session/", "session/V5/x", "casebook/", "casebook/x", "protocol/1", "Form/V3/caps5", "query/Q1", strings.Repeat("x", 300), "session/" + strings.Repeat("x", 300)} {
		if r, err := ParseRecordRef(s); err == nil {
			t.Errorf("%q was read as %+v", s, r)
		} else if len(err.Error()) > 400 {
			t.Errorf("%q: the error has %d bytes", s, len(err.Error()))
		}
	}
}

func TestRecordRefsAreWrittenInOneWay(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.StringMatching(`(form|session|gate|consent|deviation|casebook|protocol|x)(/[-A-Za-z0-9]{0,3}){0,4}`).Draw(r, "ref")
		if ref, err := ParseRecordRef(s); err == nil && ref.String() != s {
			r.Fatalf("%q reads as %q", s, ref.String())
		}
	})
}

func TestTips(t *testing.T) {
	w := tell(t, threeSession).randomised().session("V5")
	for _, e := range w.events {
		if d, ok := e.Data.(FormSaved); ok {
			if tip, ok := w.s.Tip(FormRecord(FormKey{d.Visit, d.Form, d.Repeat})); !ok || tip < e.Version {
				t.Errorf("%s at %q, version %d: tip %d, %v", d.Form, d.Visit, e.Version, tip, ok)
			}
		}
	}
	last := w.events[len(w.events)-1].Version
	for ref, want := range map[RecordRef]int64{Casebook: last, SessionRecord("V5"): last} {
		if tip, ok := w.s.Tip(ref); !ok || tip != want {
			t.Errorf("%s: tip %d, %v; expected %d", ref, tip, ok, want)
		}
	}
	for _, ref := range []RecordRef{ProtocolRecord, SessionRecord("V8"), {Kind: RecordGate, ID: "none"}, FormRecord(FormKey{Form: "ae", Repeat: 1}), {}} {
		if tip, ok := w.s.Tip(ref); ok || tip != 0 {
			t.Errorf("%s does not exist and has the tip %d", ref, tip)
		}
	}
}
