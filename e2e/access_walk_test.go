package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
)

// elsewhere are addresses that no link of a walker leads to, or that answer with
// something else than a page, each with the reason why it is not walked here.
var elsewhere = map[string]string{
	"/":                                      "answers what is no address",
	"/signin/{provider}":                     "leads out of the house",
	"/signin/{provider}/return":              "comes from another house",
	"/signin/second":                         "comes after a password only",
	"/account/confirm":                       "comes before something grave only",
	"/account/codes":                         "shows new recovery codes once",
	"/account/password/code":                 "comes after a new password only",
	"/link":                                  "an invitation, walked in TestKeysFromTheFirstLinkToTheLastRecoveryCode",
	"/link/password":                         "part of an invitation",
	"/reminders":                             "comes from a link in a message",
	"/calendar/{link}":                       "a feed for calendars",
	"/sw.js":                                 "a script",
	"/s/{study}/sessions/live":               "a stream of events",
	"/s/{study}/p/{id}/session/{visit}/live": "a stream of events",
	"/s/{study}/dashboard":                   "an older address of the study's page",
}

// walker follows the links of the pages as one role after the other, and looks at one
// page of every address pattern.
type walker struct {
	b      *browser
	s      *site
	mux    *http.ServeMux
	looked map[string]string // pattern: who looked at it
}

func newWalker(t *testing.T, s *site) *walker {
	t.Helper()
	w := &walker{b: newBrowserFor(t, s.base, 20*time.Minute), s: s, mux: http.NewServeMux(), looked: map[string]string{}}
	for _, p := range s.pages.Routes() {
		if p.Method == http.MethodGet {
			w.mux.Handle("GET "+p.Pattern, http.NotFoundHandler())
		}
	}
	return w
}

// pattern of an address; "" when no page answers it.
func (w *walker) pattern(path string) string {
	_, p := w.mux.Handler(httptest.NewRequest(http.MethodGet, path, nil))
	return strings.TrimPrefix(p, "GET ")
}

// door is what a link leads to.
type door struct {
	Status int      `json:"status"`
	Type   string   `json:"type"`
	URL    string   `json:"url"` // after redirects
	Links  []string `json:"links"`
}

// through asks for a page without showing it, and reads its links. What takes the
// place of the page, such as a form to sign in, is none of its links.
const through = `(async () => {
	const r = await fetch(%s, { headers: { Accept: "text/html" } });
	const type = r.headers.has("Content-Disposition") ? "a file" : r.headers.get("Content-Type") || "";
	const out = { status: r.status, type, url: new URL(r.url).pathname + new URL(r.url).search, links: [] };
	if (type.startsWith("text/html")) {
		const page = new DOMParser().parseFromString(await r.text(), "text/html");
		out.links = [...page.querySelectorAll('a[href]')].map((a) => a.getAttribute("href").replace(/#.*/, "")).filter((h) => /^[/?]/.test(h) && !h.startsWith("//")).map((h) => (h.startsWith("?") ? out.url.replace(/\?.*/, "") + h : h));
	} else if (r.body) await r.body.cancel();
	return JSON.stringify(out);
})()`

// follow walks from the first addresses on, one page of each pattern.
func (w *walker) follow(t *testing.T, who string, first ...string) {
	t.Helper()
	reached := map[string]bool{}
	for queue := first; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		pattern := w.pattern(path)
		if pattern == "" || pattern == "/" || reached[pattern] || strings.HasPrefix(path, "/static/") {
			continue
		}
		reached[pattern] = true
		var d door
		ask(t, w.b.ctx, path, fmt.Sprintf(through, quote(path)), &d)
		if d.Status >= http.StatusBadRequest {
			t.Errorf("%s: a link leads to %s, which answers %d", who, path, d.Status)
			continue
		}
		queue = append(queue, d.Links...)
		switch at := w.pattern(d.URL); {
		case !strings.HasPrefix(d.Type, "text/html"):
			w.looked[pattern] = who + " (no page)"
		case at != pattern:
			w.looked[pattern] = who + " (leads on)"
			queue = append(queue, d.URL)
		case w.looked[pattern] == "":
			w.looked[pattern] = who
			w.look(t, who+" at "+pattern, path, strings.Contains(pattern, "/me") || strings.Contains(pattern, "/session/"))
		}
	}
}

// look sees a page as people do: on a phone in both languages, on a desk, in every
// theme, and with everything unfolded.
func (w *walker) look(t *testing.T, what, path string, large bool) {
	t.Helper()
	langs := []string{"nb", "en"}
	if l := strings.SplitN(path, "/", 3)[1]; slices.Contains(langs, l) {
		langs = []string{l} // the address says the language
	}
	for _, lang := range langs {
		w.b.size(390, 844)
		w.b.setCookie("varde-lang", lang)
		w.b.open(path)
		w.b.eval(`(() => { for (const d of document.querySelectorAll("main details:not(.v-menu)")) d.open = true; return "ok"; })()`)
		w.b.looksRight(lang)
		checkAxe(t, w.b.ctx, what+" in "+lang+" on a phone")
		checkWidth(t, w.b.ctx, what+" in "+lang+" on a desk at 200 %", 640)
		if large {
			w.thumbs(t, what+" in "+lang)
		}
	}
	for _, theme := range []string{"dark", "dim"} {
		w.b.eval(`document.documentElement.dataset.colorScheme = ` + quote(theme))
		for _, v := range axeRules(t, w.b.ctx, what, "color-contrast") {
			t.Errorf("%s, %s: %s", what, theme, v)
		}
	}
	w.b.eval(`document.documentElement.dataset.colorScheme = "light"`)
	w.b.size(1280, 900)
	checkAxe(t, w.b.ctx, what+" on a desk")
	// Letters of twice the size, as a browser can be told to have them.
	w.b.eval(`document.documentElement.style.fontSize = "200%"`)
	if wide := w.b.eval(tooWide); wide != "" {
		t.Errorf("%s: with letters of twice the size: %s", what, wide)
	}
	if cut := w.b.eval(cutOff); cut != "" {
		t.Errorf("%s: with letters of twice the size: cut off: %s", what, cut)
	}
}

// cutOff finds text that a box of fixed size hides.
const cutOff = `(() => [...document.querySelectorAll("main *, header *")].filter((e) => {
	const s = getComputedStyle(e), r = e.getBoundingClientRect();
	return ["hidden", "clip"].includes(s.overflowY) && s.textOverflow !== "ellipsis" && s.clipPath === "none" && r.height > 4 && r.width > 4 && e.textContent.trim() && e.scrollHeight > e.clientHeight + 3 && s.display !== "inline" && e.tagName !== "SELECT" && !e.closest("svg");
}).slice(0, 4).map((e) => e.tagName.toLowerCase() + "." + e.className + " " + e.textContent.trim().slice(0, 40)).join("; "))()`

// tooLow finds what a thumb would miss, where targets must be 44 px: links inside
// sentences are none.
const tooLow = `(() => [...document.querySelectorAll("main button, main .ds-button, main .v-choice, main .v-answer, main select, main textarea, main summary, .v-tabbar a, .v-nav a, main input:not([type=radio], [type=checkbox], [type=hidden])")].filter((e) => {
	const r = e.getBoundingClientRect();
	return e.getClientRects().length && getComputedStyle(e).visibility === "visible" && r.height > 1 && r.height < 43.5;
}).slice(0, 5).map((e) => e.tagName.toLowerCase() + "." + e.className + " " + Math.round(e.getBoundingClientRect().height) + " px " + e.textContent.trim().slice(0, 40)).join("; "))()`

func (w *walker) thumbs(t *testing.T, what string) {
	t.Helper()
	w.b.size(390, 844)
	if low := w.b.eval(tooLow); low != "" {
		t.Errorf("%s: too low for a thumb: %s", what, low)
	}
}

// TestEveryPageIsAccessible walks every page of every module, in the roles that may
// see it. A page that no walker reaches fails the test, so that none is left out.
func TestEveryPageIsAccessible(t *testing.T) {
	chromium(t)
	s := newSite(t, 24)
	person, session := somebody(t, s)
	home := "/s/" + live
	referral := refer(t, s)
	seed := []string{home + "/today", home + "/p/" + person, session, home + "/", home + "/participants", home + "/unblindings", askUnblinding(t, s), referral, referral + "/erase", home + "/concerns/" + raise(t, s, person)}
	var coverage []map[string]string
	t.Run("walkers", func(t *testing.T) {
		for i, roles := range [][]string{
			{"stranger", "participant", "therapist", "physician", "attendant", "rater", "adherence-rater", "pharmacist"},
			{"coordinator", "administrator", "monitor", "data-manager", "safety-board", "sponsor", "statistician", "auditor"},
		} {
			looked := map[string]string{}
			coverage = append(coverage, looked)
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for _, role := range roles {
					t.Run(role, func(t *testing.T) {
						w := newWalker(t, s)
						w.looked = looked
						w.as(t, role, person, seed)
					})
				}
			})
		}
	})
	var missed []string
	for _, p := range s.pages.Routes() {
		if p.Method != http.MethodGet || elsewhere[p.Pattern] != "" {
			continue
		}
		if !slices.ContainsFunc(coverage, func(m map[string]string) bool { return m[p.Pattern] != "" }) {
			missed = append(missed, p.Pattern)
		}
	}
	for _, p := range missed {
		t.Errorf("no walker reaches %s: let a link lead there, or say in elsewhere why not", p)
	}
	for p := range elsewhere {
		if !slices.ContainsFunc(coverage, func(m map[string]string) bool { return strings.HasSuffix(m[p], ")") }) && slices.ContainsFunc(coverage, func(m map[string]string) bool { return m[p] != "" }) {
			t.Errorf("%s is walked: take it out of elsewhere", p)
		}
	}
}

// askUnblinding lets a physician ask for somebody's arm in an emergency, so that there
// is something to see, and answers the address of the request.
func askUnblinding(t *testing.T, s *site) string {
	t.Helper()
	id := underTreatment(t, s)
	physician := access.Actor{ID: "e2e", Name: "E2E", Role: "physician", Study: live, Sites: []string{id[:3]}}
	done, err := s.app.Do(t.Context(), physician, live, study.AskUnblinding{On: study.On{Participant: id}, Reason: "A seizure; the antidote depends on it."}, "")
	if err != nil {
		t.Fatal(err)
	}
	return "/s/" + live + "/p/" + id + "/unblinding/" + done.State.Unblinded[0].ID
}

// refer lets somebody ask for help, so that there is a referral to see.
func refer(t *testing.T, s *site) string {
	t.Helper()
	got, err := s.app.ReceiveReferral(t.Context(), live, app.ReferralIn{Channel: "self", Format: "page", Language: "nb", Wait: true, Consent: true, Name: "Oda Oppdiktet", Phone: "+4790000001"}, "walk")
	if err != nil {
		t.Fatal(err)
	}
	return "/s/" + live + "/referrals/" + got.Referral
}

// raise lets a participant report something to people outside the site.
func raise(t *testing.T, s *site, participant string) string {
	t.Helper()
	actor := access.Actor{ID: participant, Name: "E2E", Role: "participant", Study: live, Participant: participant}
	id, err := s.app.RaiseConcern(t.Context(), actor, live, app.ConcernIn{Kind: study.ConcernKinds[0], Text: "Made up for a test."}, "walk")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// as signs in and walks.
func (w *walker) as(t *testing.T, role, person string, seed []string) {
	t.Helper()
	switch role {
	case "stranger":
		w.b.open("/")
		w.follow(t, role, "/", "/signin")
		if w.looked["/design"] == "" {
			w.looked["/design"] = role
			w.look(t, role+" at /design", "/design", false)
		}
		return
	case "participant":
		w.b.enterAs(t, w.s, person)
		w.follow(t, role, strings.TrimPrefix(w.b.where(), w.s.base), "/", "/s/"+live+"/me")
		return
	}
	w.b.signIn(live, role)
	w.follow(t, role, append([]string{strings.TrimPrefix(w.b.where(), w.s.base)}, w.seen(t, role, seed)...)...)
	if role == "statistician" {
		w.b.signIn(over, role)
		w.follow(t, role, "/s/"+over+"/result", "/s/"+over+"/")
	}
}

// seen leaves out what the role has no access to: those addresses are no links.
func (w *walker) seen(t *testing.T, role string, seed []string) []string {
	t.Helper()
	var actor access.Actor
	for _, a := range w.s.app.DemoActors(t.Context(), live) {
		if a.Role == role {
			actor = a
		}
	}
	needs := map[string]access.Capability{}
	for _, p := range w.s.pages.Routes() {
		if p.Method == http.MethodGet {
			needs[p.Pattern] = p.Need
		}
	}
	return slices.DeleteFunc(slices.Clone(seed), func(path string) bool {
		need := needs[w.pattern(path)]
		return need != access.SignedIn && !actor.Can(need)
	})
}

// enterAs signs in as a participant, by the link that the site hands out.
func (b *browser) enterAs(t *testing.T, s *site, participant string) {
	t.Helper()
	coordinator := access.Actor{ID: "e2e", Name: "E2E", Role: "coordinator", Study: live, Sites: []string{participant[:3]}}
	link, err := s.app.ParticipantLink(t.Context(), coordinator, live, participant)
	if err != nil {
		t.Fatal(err)
	}
	b.openLink(link)
	b.press(`.v-ways summary`)
	b.click(`form[action="/link/open"] button`)
}
