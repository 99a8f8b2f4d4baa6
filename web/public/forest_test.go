package public

import (
	"strings"
	"testing"
)

// The figures are computed from the table, and each has its numbers as a table too.
func TestEvidenceFiguresAreComputedAndHaveTables(t *testing.T) {
	_, v := stranger(t, clinic(true))
	for lang, words := range map[string][]string{
		"en": {"40.5%", "0.37 to 1.06", "1.15 (0.47 to 1.83)", "0.85 (0.61 to 1.09)", "Franklin 2017, 2", "1.17 (no interval given)", "0.71 (0.47 to 0.95)", "1.01 (0.71 to 1.31)", "Standard error"},
		"nb": {"40,5 %", "0,37 til 1,06", "1,15 (0,47 til 1,83)", "0,85 (0,61 til 1,09)", "1,17 (intervall ikke oppgitt)", "1,01 (0,71 til 1,31)", "Standardfeil"},
	} {
		a := v.Get("/" + lang + "/evidence")
		text := strings.ReplaceAll(a.Text(), "\u00a0", " ")
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
		for _, id := range []string{"trials", "exposure", "funnel"} {
			if !strings.Contains(a.Body, `aria-labelledby="`+id+`-t `+id+`-d"`) {
				t.Errorf("%s: the figure %s has no name and description", lang, id)
			}
		}
		if n := strings.Count(a.Body, `class="vc-table"`); n < 3 {
			t.Errorf("%s: %d figures have a table", lang, n)
		}
		if strings.Contains(text, "group 2") || strings.Contains(text, "NaN") {
			t.Errorf("%s: words of the wrong language, or no number", lang)
		}
	}
}
