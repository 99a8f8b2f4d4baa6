package e2e

import (
	"strings"
	"testing"
)

// The operating characteristics of the protocol: reached from the protocol and from the
// result, in both languages, on a phone and on a desk, with figures that have tables,
// errors and assumptions, and as data.
func TestOperatingCharacteristicsPage(t *testing.T) {
	chromium(t)
	s := newSite(t, 2)
	b := newBrowser(t, s.base)
	b.signIn(live, "coordinator")
	b.open("/s/" + live + "/protocol")
	b.open(b.eval(`document.querySelector('main a[href$="/protocol/operating"]').getAttribute("href")`))
	b.until(`document.querySelector("#curve-effect svg") !== null`)
	for _, lang := range []string{"en", "nb"} {
		if b.eval(`document.documentElement.lang`) != lang {
			b.size(1280, 900)
			b.click(`.v-header__tools button[name="lang"]`)
			b.until(`document.documentElement.lang === "` + lang + `"`)
		}
		b.size(390, 800)
		b.looksRight(lang)
		b.accessible("operating characteristics, phone, " + lang)
		b.size(1280, 900)
		b.looksRight(lang)
		b.accessible("operating characteristics, desk, " + lang)
		b.twoPictures("operating-" + lang)
	}
	for _, id := range []string{"curve-effect", "curve-n", "curve-expectancy", "curve-dropout", "curve-informative", "curve-pairs"} {
		if !b.has("#"+id+" svg") || !b.has("#"+id+" table") {
			t.Errorf("%s has no figure, or no table", id)
		}
	}
	if text := b.eval(`document.querySelector("#assumptions").innerText`); !strings.Contains(text, "13 sentre") {
		t.Errorf("the assumptions do not say how many sites there are: %s", text)
	}
	got := b.eval(`(() => { const r = new XMLHttpRequest(); r.open("GET", location.pathname + ".json", false); r.send(); const x = JSON.parse(r.responseText); return x.scenarios.length + " " + x.speed })()`)
	if !strings.HasSuffix(got, " outcome") || strings.HasPrefix(got, "0 ") {
		t.Errorf("as data it is %q", got)
	}
	b.signIn(over, "statistician")
	b.open("/s/demo/result")
	b.open(b.eval(`document.querySelector('main a[href$="/protocol/operating"]').getAttribute("href")`))
	b.looksRight(b.eval(`document.documentElement.lang`))
}
