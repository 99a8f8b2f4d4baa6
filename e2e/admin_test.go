package e2e

import "testing"

// The pages for people, rights and audit fit a phone and a desk, in both languages.
func TestPagesOfPeopleAndAuditFitAPhone(t *testing.T) {
	chromium(t)
	s := newSite(t, 2)
	b := newBrowser(t, s.base)
	b.signIn(live, "administrator")
	b.size(390, 800)
	for _, lang := range []string{"en", "nb"} {
		if b.eval(`document.documentElement.lang`) != lang {
			b.click(`.v-header__tools button[name="lang"]`)
		}
		for name, path := range map[string]string{"people": "/people", "roles": "/s/" + live + "/roles", "delegation": "/s/" + live + "/people", "search": "/s/" + live + "/audit-search?from=2026-03-01", "house": "/audit"} {
			b.open(path)
			b.looksRight(lang)
			if lang == "en" {
				b.twoPictures("admin-" + name)
				b.size(390, 800)
			}
		}
	}
}
