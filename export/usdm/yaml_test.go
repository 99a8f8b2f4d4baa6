package usdm

import (
	"testing"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"varde/protocol"
)

// Any text comes back from YAML as it was written.
func TestQuoteRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text")
		if want == "" {
			return
		}
		var p pairs
		p.put("a", want)
		p.put("list", []string{want, want})
		var got struct {
			A    string
			List []string
		}
		text := file("# head\n", p)
		if err := yaml.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got.A != want || len(got.List) != 2 || got.List[1] != want {
			t.Fatalf("%q came back as %q and %q", want, got.A, got.List)
		}
	})
}

// A span of whole seconds comes back as it was written.
func TestPeriodRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := protocol.Duration(rapid.Int64Range(0, 100*365*86400).Draw(t, "seconds")) * (protocol.Day / 86400)
		got, open, err := parsePeriod(period(want))
		if err != nil || open || got != want {
			t.Fatalf("%s is written as %s and came back as %s (%v)", want, period(want), got, err)
		}
	})
	for text, want := range map[string]string{"P2W": "2w", "PT4H": "4h", "P1DT12H30M": "1d12h30m", "-P3D": "-3d", "P0D": "0", "P1W2D": "9d"} {
		got, open, err := parsePeriod(text)
		d, parsed := protocol.ParseDuration(want)
		if err != nil || parsed != nil || open || got != d {
			t.Errorf("%s is %s (%v, %v), want %s", text, got, open, err, want)
		}
	}
	for _, text := range []string{"P1M", "P1Y", "P1Y2D"} {
		if _, open, err := parsePeriod(text); !open || err != nil {
			t.Errorf("the length of %s is said to be fixed (%v)", text, err)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1", "1D", "P1.5D", "P1DT", "PT1H2D", "P-1D", "p1d"} {
		if _, _, err := parsePeriod(text); err == nil {
			t.Errorf("%q is taken for a duration", text)
		}
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"<p>One</p><p>Two</p>": "One\nTwo", "a<br/>b": "a\nb", "<ul>\n<li>x</li>\n<li>y</li></ul>": "x\ny", "a &lt; b &amp; c": "a < b & c",
		"2 < 3": "2 < 3", "H<sub>2</sub>O": "H2O", "  many   blanks\n here ": "many blanks here", "<!-- gone -->kept": "kept", "": "",
	} {
		if got := plainText(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-z<>&"']{1,5}( [a-z<>&"'0-9]{1,5}){0,4}(\n[a-z<>&]{1,4}){0,2}`).Draw(t, "text")
		if got := plainText(markup(s)); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}
