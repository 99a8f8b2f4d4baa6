package bilingual

import "testing"

func TestFormat(t *testing.T) {
	inner := Text{EN: "rating", NB: "vurdering"}
	if got, want := Format("%q after %d", "%q etter %d", inner, 3), (Text{EN: `"rating" after 3`, NB: `"vurdering" etter 3`}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
