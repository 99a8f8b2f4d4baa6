package protocol

import (
	"os"
	"testing"
	"time"
)

func TestBurdenOfTheExample(t *testing.T) {
	b := example(t).Burden()
	if len(b.Visits) != 4 || len(b.Epochs) != 3 || len(b.Logs) != 2 {
		t.Fatalf("%+v", b)
	}
	// V1 60, V2 480 and V3 30 minutes; C1, 15 minutes, only after a dose.
	if b.Total.Participant != 570 || b.Optional.Participant != 15 {
		t.Errorf("participant: %+v, %+v", b.Total, b.Optional)
	}
	if v := b.Visits[0]; v.Minutes.Questionnaires != 2 || v.Minutes.Forms == 0 || v.Optional {
		t.Errorf("V1: %+v", v)
	}
	if v := b.Visits[2]; !v.Optional || v.Minutes.Questionnaires != 2 || v.Minutes.Staff != 15 {
		t.Errorf("C1: %+v", v)
	}
	var sum Minutes
	for _, e := range b.Epochs {
		sum.add(e.Total)
	}
	if sum != b.Total {
		t.Errorf("the epochs come to %+v, the total is %+v", sum, b.Total)
	}
}

func TestStaleConfirmations(t *testing.T) {
	files := folder(t, exampleFolder)
	refs := mustLoad(t, files).Unconfirmed()
	digest := ""
	for _, m := range mustLoad(t, files).allMarks() {
		if m.ref == "dosing.rules.pulse-high" {
			digest = m.digest()
		}
	}
	if digest == "" || len(refs) == 0 {
		t.Fatal("the example has no mark to confirm")
	}
	files["confirmed.yaml"] = text("confirmed:\n  - {ref: dosing.rules.pulse-high, by: A. Nordmann, on: \"2026-05-17\", digest: \"" + digest + "\"}\n")
	d := mustLoad(t, files)
	for _, x := range []struct {
		day  string
		want int
	}{{"2026-05-16", 1}, {"2026-05-17", 0}, {"2027-05-16", 0}} {
		day, err := time.Parse(time.DateOnly, x.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Stale(day); len(got) != x.want {
			t.Errorf("on %s: %v", x.day, got)
		}
	}
	d.Approvals = append(d.Approvals, Approval{ID: "ec", Expires: 365 * Day})
	day := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	if got := d.Stale(day); len(got) != 1 || got[0].Code != "V122" || got[0].File != "confirmed.yaml" || got[0].Line != 2 {
		t.Errorf("a year later: %v", got)
	}

	// The note may change, the limit may not.
	dosing := string(files["dosing.yaml"].Data)
	files["dosing.yaml"] = text(replaced(t, dosing, "note: The limit of 130 per minute.", "note: The limit, still."))
	mustLoad(t, files)
	files["dosing.yaml"] = text(replaced(t, dosing, "limit: 130", "limit: 131"))
	if d, findings := Load(files, nil); d != nil || findings[0].Code != "V120" {
		t.Errorf("a changed limit passes: %v", findings)
	}
}

// TestDigestsOfMarks: every mark of the shipped protocols has a digest of its own
// reference, and digests do not depend on the run.
func TestDigestsOfMarks(t *testing.T) {
	lib, _ := LoadLibrary(os.DirFS("../instruments"))
	d, findings := Load(os.DirFS("../protocols/mdma-ptsd-three-session"), lib)
	if d == nil {
		t.Fatal(findings)
	}
	seen := map[string]string{}
	for _, m := range d.allMarks() {
		x := m.digest()
		if len(x) != 16 || x != m.digest() {
			t.Fatalf("%s: %q", m.ref, x)
		}
		if other, taken := seen[x]; taken && other != m.ref {
			t.Errorf("%s and %s have the digest %s", m.ref, other, x)
		}
		seen[x] = m.ref
	}
}
