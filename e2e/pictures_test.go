package e2e

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/session/trialtest"
)

// TestPictures renders the README's pictures from a real run into the folder
// VARDE_PICTURES. "make pictures" runs it.
func TestPictures(t *testing.T) {
	dir := os.Getenv("VARDE_PICTURES")
	if dir == "" {
		t.Skip("VARDE_PICTURES names no folder")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, 104)
	b := newBrowser(t, s.base)
	person := underTreatment(t, s)
	const home, desk, phone = "/s/" + live, 1280, 390
	for _, as := range []struct {
		who      string // a role, "stranger" or "participant"
		pictures []picture
	}{
		{"stranger", []picture{
			{name: "front", path: "/en/", width: desk, height: 900},
			{name: "front-phone", path: "/nb/", width: phone, height: 844},
			{name: "self-check-phone", path: "/en/self-check", width: phone, height: 844, first: answerSelfCheck},
		}},
		{"participant", []picture{
			{name: "me-phone", path: home + "/me", width: phone, height: 844},
			{name: "questionnaire-phone", path: home + "/me/questions", width: phone, height: 844, first: firstQuestion},
			{name: "diary-phone", path: home + "/me/diary", width: phone, height: 844},
		}},
		{"coordinator", []picture{
			{name: "today", path: home + "/today", width: desk, height: 900},
			{name: "journey", path: home + "/p/" + person, width: desk, height: 1500},
			{name: "board", path: home + "/board", width: desk, height: 900},
			{name: "timeline", path: home + "/protocol", show: "#over-time", width: desk, height: 1100},
			{name: "operating", path: home + "/protocol/operating", show: "#curve-effect", width: desk, height: 1100},
		}},
		{"statistician", []picture{
			{name: "result", path: "/s/" + over + "/result", show: "#endpoint-caps5 figure", width: desk, height: 1000},
		}},
	} {
		switch as.who {
		case "stranger":
		case "participant":
			b.enterAs(t, s, person)
		case "statistician":
			b.signIn(over, as.who)
		default:
			b.signIn(live, as.who)
		}
		for _, p := range as.pictures {
			b.picture(dir, p)
		}
	}
	s.asks(t) // a week passes
	b.signIn(live, "coordinator")
	b.picture(dir, picture{name: "waiting-list", path: home + "/referrals", show: "#fresh", width: desk, height: 900})
	picturesOfSession(t, dir)
}

// picturesOfSession are of a session under way, with a limit passed, as the pair sees it
// on a tablet.
func picturesOfSession(t *testing.T, dir string) {
	t.Helper()
	w := newWard(t)
	w.dosed()
	b := w.tablet("tom", "en")
	dosed := w.State(trialtest.Person).Sessions[sessionVisit].DoseAt
	for _, m := range []struct {
		after        time.Duration
		sbp, dbp, hr int
		temp         string
	}{{30 * time.Minute, 128, 80, 74, "36.8"}, {61 * time.Minute, 141, 86, 88, "37.0"}, {91 * time.Minute, 172, 96, 101, "37.3"}} {
		w.Set(dosed.Add(m.after))
		b.open(roomPath)
		b.until(`!!window.vardeOutbox && vardeOutbox.state().ready`)
		b.saved(func() { b.measure(m.sbp, m.dbp, m.hr, m.temp) })
	}
	b.saved(func() { b.tap("touch-agreed") })
	w.Pass(2 * time.Minute)
	for _, p := range []picture{
		{name: "session", path: roomPath, theme: "dim", width: 1280, height: 900},
		{name: "session-trends", path: roomPath, theme: "dim", show: "figure", width: 1024, height: 768},
	} {
		b.picture(dir, p)
	}
}

// picture is one to be taken: of a page, in a display (light when it is empty), at a
// size, scrolled to what is named, after something was done on it.
type picture struct {
	name, path, theme, show string
	width, height           int64
	first                   func(*browser)
}

// answerSelfCheck answers every question that the self-check asks, so that its result
// stands there.
func answerSelfCheck(b *browser) {
	b.t.Helper()
	for range 60 {
		step := b.eval(`(() => {
			const shown = (e) => e.getClientRects().length > 0 && e.checkVisibility({ visibilityProperty: true });
			const named = new Set();
			for (const r of document.querySelectorAll('main input[type="radio"]')) if (shown(r.closest("label") || r) && !named.has(r.name)) {
				named.add(r.name);
				const group = [...document.querySelectorAll('main input[type="radio"]')].filter((x) => x.name === r.name);
				if (!group.some((x) => x.checked)) { group[Math.min(1, group.length - 1)].click(); return "answered"; }
			}
			const on = [...document.querySelectorAll("main form button, main button[type=button]")].find((x) => shown(x) && !x.disabled && !x.matches("[data-press], [data-back], [data-copy], [data-print]"));
			if (named.size && on) { on.click(); return "on"; }
			return "done";
		})()`)
		if step == "done" {
			return
		}
	}
}

// firstQuestion opens the first questionnaire that is asked for, if any is, at its first
// question.
func firstQuestion(b *browser) {
	b.t.Helper()
	if b.has(`main a[href*="/me/q/"]`) {
		b.click(`main a[href*="/me/q/"]`)
		b.click(`.me-steps .ds-button`)
	}
}

// underTreatment answers somebody at the demonstration's first site who has had one
// dose and waits for the next, or else whoever is farthest.
func underTreatment(t *testing.T, s *site) string {
	t.Helper()
	farthest, _ := somebody(t, s)
	rows, _, err := s.app.Participants(t.Context(), access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}, live, app.ListQuery{Site: farthest[:3], Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Status == study.StatusTreatment && r.Doses == 1 {
			return r.ID
		}
	}
	return farthest
}

// picture takes one and fails when the page is none.
func (b *browser) picture(dir string, p picture) {
	b.t.Helper()
	if p.path == "" {
		b.t.Errorf("there is no page for the picture %s", p.name)
		return
	}
	b.size(p.width, p.height)
	theme := p.theme
	if theme == "" {
		theme = "light"
	}
	b.setCookie("varde-theme", theme)
	b.open(p.path)
	if p.first != nil {
		p.first(b)
	}
	if p.show != "" {
		b.eval(`(() => { const x = [...document.querySelectorAll("main ` + p.show + `")].find((f) => (f.matches("h2") || f.querySelector("svg")) && f.getBoundingClientRect().width > 100);
			if (x) { const s = x.closest("section") || x; scrollTo(0, s.getBoundingClientRect().top + scrollY - 24); } return "ok"; })()`)
	}
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		b.t.Fatalf("%s: %v", p.name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, p.name+".png"), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
