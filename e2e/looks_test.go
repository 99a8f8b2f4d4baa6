package e2e

import (
	"strings"
	"testing"
)

// language puts the pages into a language.
func (b *browser) language(lang string) {
	b.t.Helper()
	b.size(1280, 900)
	if b.eval(`document.documentElement.lang`) != lang {
		b.click(`.v-header__tools button[name="lang"]`)
	}
}

// walk opens pages as one role in both languages on a phone, and takes their pictures.
func (b *browser) walk(who string, pages map[string]string) {
	b.t.Helper()
	for _, lang := range []string{"en", "nb"} {
		b.language(lang)
		for name, path := range pages {
			b.size(390, 844)
			b.open(path)
			b.looksRight(lang)
			b.twoPictures(who + "-" + name + "-" + lang)
		}
	}
	b.language("en")
}

// The pages of identity, unblinding, signatures, delegation and audit are there in
// both languages for those whom they are for, and fit a phone.
func TestPagesOfTrustInBothLanguagesOnAPhone(t *testing.T) {
	chromium(t)
	s := newSite(t, 4)
	id, _ := somebody(t, s)
	treated := underTreatment(t, s)
	b := newBrowser(t, s.base)
	person := "/s/" + live + "/p/" + id
	b.signIn(live, "coordinator")
	b.open(person + "/identity/edit")
	b.enter(`input[name="name"]`, "Oda Oppdiktet")
	b.enter(`input[name="phone"]`, "+4700000001")
	b.click(`#keep button`)
	b.walk("coordinator", map[string]string{"identity": person + "/identity", "edit": person + "/identity/edit", "journey": person, "visit": person + "/v/V3", "sign": person + "/sign/casebook"})
	b.open(person + "/identity/edit")
	b.enter(`input[name="birthDate"]`, "2199-01-01")
	b.enter(`input[name="nationalNumber"]`, "NO 12345678901")
	b.allow(400, func() { b.click(`#keep button`) })
	b.sees("Date of birth")
	b.twoPictures("coordinator-edit-wrong")
	b.language("nb")
	b.open(person + "/identity")
	b.press(`#open input[value="name"]`)
	b.eval(`(() => { document.querySelector('#open select').value = "call"; return "ok"; })()`)
	b.click(`#open button`)
	b.sees("Oda Oppdiktet")
	b.twoPictures("coordinator-opened-nb")
	b.open(person + "/identity")
	b.click(`#link button`)
	b.size(390, 844)
	b.looksRight("nb")
	b.twoPictures("coordinator-link-nb")
	b.language("en")

	b.signIn(live, "physician")
	treatment := "/s/" + live + "/p/" + treated
	b.walk("physician", map[string]string{"ask": treatment + "/unblinding", "log": "/s/" + live + "/people", "line": "/s/" + live + "/people/" + strings.ToLower(treated[:3]) + "-therapist-2/therapist/" + treated[:3]})
	b.allow(422, func() { b.open(treatment + "/sign/casebook?meaning=review") })
	b.sees("passkey")
	b.open(treatment + "/unblinding")
	b.enter(`#ask textarea[name="reason"]`, "A seizure; which antidote is given depends on it.")
	b.click(`#ask button`)
	b.sees("Waiting for the second person")
	waiting := strings.TrimPrefix(b.where(), s.base)
	b.walk("physician", map[string]string{"waiting": waiting, "banner": treatment})

	b.signIn(live, "safety-board")
	b.walk("board", map[string]string{"unblindings": "/s/" + live + "/unblindings", "confirm": waiting})
	b.open(waiting)
	b.press(`#confirm input[name="sure"]`)
	b.click(`#confirm button`)
	b.language("nb")
	b.open(waiting)
	b.click(`#reveal button`)
	b.size(390, 844)
	b.looksRight("nb")
	b.twoPictures("board-arm-nb")
	b.language("en")

	b.signIn(live, "administrator")
	b.walk("administrator", map[string]string{"people": "/people", "account": "/people/demo-administrator", "looks": person + "/looks", "erase": person + "/erase", "audit": "/s/" + live + "/audit-search?seen=yes", "house": "/audit", "roles": "/s/" + live + "/roles", "log": "/s/" + live + "/people"})
	b.open("/people")
	b.press(`#invite, details:has(#invite) > summary`)
	b.twoPictures("administrator-invite")

	b.signIn(live, "rater")
	b.walk("rater", map[string]string{"queue": "/s/" + live + "/ratings"})
	var done string
	if done = b.eval(`(document.querySelector('a[href*="/ratings/done/"]') || {getAttribute: () => ""}).getAttribute("href")`); done == "" {
		t.Fatal("the demonstration's rater has done nothing")
	}
	one := b.eval(`[...document.querySelectorAll('a[href*="/ratings/S"]')].map((a) => a.getAttribute("href"))[0] || ""`)
	if one == "" {
		t.Fatal("the demonstration's rater has nothing to do")
	}
	visit := strings.Replace(strings.Replace(one, "/ratings/", "/p/", 1), "/a", "/v/a", 1)
	b.walk("rater", map[string]string{"done": done, "one": one, "visit": visit})

	b.signIn(live, "sponsor")
	b.walk("sponsor", map[string]string{"protocol": "/s/" + live + "/protocol", "sign": "/s/" + live + "/sign/protocol"})
}
