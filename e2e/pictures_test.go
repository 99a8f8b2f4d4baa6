package e2e

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"varde/access"
	"varde/app"
	"varde/study"
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
	_, session := somebody(t, s)
	b.signIn(live, "coordinator")
	b.theme("light")
	b.picture(dir, "today", "/s/live/today", "", 1280, 900)
	person := "/s/live/p/" + underTreatment(t, s)
	b.picture(dir, "journey", person, "", 1280, 1500)
	b.picture(dir, "journey-phone", person, "", 390, 844)
	b.theme("dim")
	b.picture(dir, "session", session, "figure", 1280, 900)
	b.picture(dir, "session-phone", session, "", 390, 844)
	b.theme("light")
	b.signIn(over, "statistician")
	b.picture(dir, "result", "/s/demo/result", "#endpoint-caps5 figure", 1280, 1000)
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

func (b *browser) theme(name string) {
	b.t.Helper()
	b.eval(`document.cookie = "varde-theme=` + name + `; path=/"`)
}

// picture renders a page, scrolled to what is named if anything is.
func (b *browser) picture(dir, name, path, show string, width, height int64) {
	b.t.Helper()
	if path == "" {
		b.t.Errorf("there is no page for the picture %s", name)
		return
	}
	b.size(width, height)
	b.open(path)
	if show != "" {
		b.eval(`(() => { const x = [...document.querySelectorAll("main ` + show + `")].find((f) => f.querySelector("svg") && f.getBoundingClientRect().width > 300);
			if (x) { const s = x.closest("section") || x; scrollTo(0, s.getBoundingClientRect().top + scrollY - 24); } return "ok"; })()`)
	}
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
