package protocol_test

import (
	"os"
	"slices"
	"testing"

	"varde/access"
	"varde/instrument"
	"varde/instruments"
	"varde/protocol"
	"varde/study"
)

// TestBlindingIsTheTruth: what the checker says of who sees and who fills in is what
// the program does, and no second opinion.
func TestBlindingIsTheTruth(t *testing.T) {
	lib, _ := protocol.LoadLibrary(instruments.FS)
	places := 0
	for _, dir := range valuesFolders {
		d, findings := protocol.Load(os.DirFS(dir), lib)
		if d == nil {
			t.Fatal(dir, findings)
		}
		for _, role := range protocol.Roles {
			for _, class := range []instrument.Blinding{instrument.Open, instrument.Revealing, instrument.Treating, instrument.Rating, instrument.Unblinded} {
				if got, want := d.Shows(role, class), access.Sees(d, role, class); got != want {
					t.Errorf("%s: %q and class %q: the checker says %v, the program %v", dir, role, class, got, want)
				}
			}
		}
		for i := range d.Visits {
			v := &d.Visits[i]
			for _, u := range v.Forms {
				p, ok := study.PlaceOf(d, v.ID, u.Form)
				if !ok {
					t.Fatal(v.ID, u.Form)
				}
				places++
				if got := d.Fillers(p.Form, v, u.By); !slices.Equal(got, p.Roles) {
					t.Errorf("%s: %s at %s: the checker says %v, the program %v", dir, u.Form, v.ID, got, p.Roles)
				}
			}
		}
	}
	if places < 100 {
		t.Errorf("only %d places", places)
	}
}
