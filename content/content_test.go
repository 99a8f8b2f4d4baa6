package content

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestShippedContentIsSound(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range PageIDs {
		for _, lang := range Languages {
			p := s.Page(id, lang)
			if p == nil || p.Title == "" || p.Lead == "" || p.Body == "" || p.Reviewed.IsZero() || p.Minutes < 1 || p.Minutes > 8 {
				t.Errorf("%s.%s is not a whole page: %+v", id, lang, p)
				continue
			}
			other := s.Page(id, map[string]string{"en": "nb", "nb": "en"}[lang])
			if len(p.Sources) != len(other.Sources) {
				t.Errorf("%s names %d sources in one language and %d in the other", id, len(p.Sources), len(other.Sources))
			}
			if strings.Contains(p.Body, "{{") || strings.ContainsAny(p.Body, factBegins+factEnds) {
				t.Errorf("%s.%s: a shortcode is left", id, lang)
			}
		}
	}
	used := map[string]bool{}
	for _, p := range s.pages {
		for _, c := range p.Sources {
			for _, f := range c.Facts {
				used[f.ID] = true
			}
		}
	}
	for id := range s.Facts {
		if !used[id] {
			t.Errorf("no page takes the fact %q", id)
		}
	}
}

// Every number that a reader sees on a page of text is a fact with a source: none is
// left when the facts and the names are taken out.
func TestNoNumberStandsAlone(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	fact := regexp.MustCompile(`(?s)<span class="p-fact">.*?</a></span>`)
	tag := regexp.MustCompile(`<[^>]*>`)
	names := regexp.MustCompile(`DSM-5|PCL-5|PC-PTSD-5|CAPS-5|MP4|MP18|(phase|fase) [23]`)
	for key, p := range s.pages {
		text := names.ReplaceAllString(tag.ReplaceAllString(fact.ReplaceAllString(p.Body, ""), ""), "")
		if m := regexp.MustCompile(`\S*\d\S*`).FindString(text); m != "" {
			t.Errorf("%s says %q without a source", key, m)
		}
		for _, c := range p.Sources {
			if c.Text == "" || c.LookedUp().IsZero() || len(c.Facts) == 0 {
				t.Errorf("%s: a source without text, day or fact", key)
			}
			for _, f := range c.Facts {
				if f.Status != Verified && f.Status != Computed {
					t.Errorf("%s states %s, which is %q", key, f.ID, f.Status)
				}
			}
		}
	}
}

// What the clinical dossier marks as recalled only, R, is stated nowhere: its numbers
// stand in no value of a fact.
func TestNothingRecalledIsStatedAsFact(t *testing.T) {
	dir := os.Getenv("VARDE_CLINICAL")
	if dir == "" {
		dir = "../../shared/clinical"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the clinical dossier is not here: name its folder with VARDE_CLINICAL")
	}
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	verified, recalled := map[string]bool{}, map[string]string{}
	number := regexp.MustCompile(`\d+(?:[.]\d+)?`)
	for _, name := range []string{"results.md", "meta.md", "mechanism.md", "risk.md", "fda.md", "protocol.md", "seed-and-competitors.md", "instruments.md"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			onlyRecalled := strings.Contains(line, "[R]") && !strings.Contains(line, "[V") && !strings.Contains(line, "[C]")
			for _, n := range number.FindAllString(line, -1) {
				if onlyRecalled {
					recalled[n] = name
				} else {
					verified[n] = true
				}
			}
		}
	}
	if len(recalled) < 30 || len(verified) < 100 {
		t.Fatalf("the dossier was not understood: %d and %d numbers", len(recalled), len(verified))
	}
	for _, f := range s.Facts {
		for _, n := range number.FindAllString(f.Value.EN, -1) {
			if !verified[n] && recalled[n] != "" {
				t.Errorf("the fact %s states %s, which %s only recalls", f.ID, n, recalled[n])
			}
		}
	}
}

// page is a sound page of a clinic's own.
const page = "---\ntitle: \"A title\"\nlead: \"A lead\"\nreviewed: 2026-11-23\n---\n"

func TestFaultsNameTheirPlaceAndTheWayOut(t *testing.T) {
	for name, x := range map[string]struct{ file, text, want string }{
		"number":        {"pages/ptsd.en.md", page + "Fine.\n\nAbout 50000 people.\n", `pages/ptsd.en.md:8:7: the number "50000" has no source`},
		"no fact":       {"pages/ptsd.en.md", page + `{{fact "nothing"}}`, `pages/ptsd.en.md:6:1: there is no fact "nothing"`},
		"shortcode":     {"pages/ptsd.en.md", page + `{{include "x"}}`, "this shortcode is not known"},
		"HTML":          {"pages/ptsd.nb.md", page + "<script>alert()</script>\n", "pages/ptsd.nb.md:6:1: there is HTML"},
		"inline HTML":   {"pages/ptsd.nb.md", page + "Some <b>text</b>.\n", "there is HTML"},
		"heading":       {"pages/ptsd.nb.md", page + "# Title\n", "heading of the first rank"},
		"picture":       {"pages/ptsd.nb.md", page + "![x](https://example.org/x.png)\n", "a picture"},
		"http":          {"pages/ptsd.nb.md", page + "[x](http://example.org)\n", "leads nowhere"},
		"script link":   {"pages/ptsd.nb.md", page + "[x](javascript:alert)\n", "leads nowhere"},
		"no page":       {"pages/ptsd.nb.md", page + "[x](page:nothing)\n", `there is no page "nothing"`},
		"price":         {"pages/ptsd.en.md", page + "The price is low.\n", "never offers, prices, doses"},
		"dose":          {"pages/ptsd.nb.md", page + "Vanlig dose er lav.\n", "never offers, prices, doses"},
		"no front":      {"pages/ptsd.en.md", "Text\n", "does not begin with its title"},
		"no review":     {"pages/ptsd.en.md", "---\ntitle: \"A\"\nlead: \"B\"\n---\nText\n", "last reviewed"},
		"unknown key":   {"pages/ptsd.en.md", "---\ntitle: \"A\"\nled: \"B\"\nlead: \"B\"\nreviewed: 2026-11-23\n---\nText\n", `pages/ptsd.en.md:3:1: unknown key "led"`},
		"unknown file":  {"pages/more.en.md", page, "this file is not known"},
		"other file":    {"logo.png", "x", "this file is not known"},
		"language":      {"crisis.yaml", "text: {en: \"x\"}\n", "Norwegian"},
		"recalled":      {"facts.yaml", "names: []\nsources:\n  - {id: a, text: \"A\"}\nfacts:\n  - id: x\n    value: {en: \"1\", nb: \"1\"}\n    claim: {en: \"c\", nb: \"c\"}\n    status: R\n    source: a\n    lookedUp: 2026-11-23\n", `facts.yaml:8:13: status "R"`},
		"source":        {"facts.yaml", "names: []\nsources: []\nfacts:\n  - id: x\n    value: {en: \"1\", nb: \"1\"}\n    claim: {en: \"c\", nb: \"c\"}\n    status: V\n    source: a\n    lookedUp: 2026-11-23\n", `there is no source "a"`},
		"never checked": {"options.yaml", "countries:\n  - code: NO\n    name: {en: \"N\", nb: \"N\"}\n    options:\n      - {id: x, title: {en: a, nb: a}, status: open, text: {en: a, nb: a}, source: s, lookedUp: 2026-11-23}\n", "after how many days"},
		"status":        {"options.yaml", "countries:\n  - code: NO\n    name: {en: \"N\", nb: \"N\"}\n    options:\n      - {id: x, title: {en: a, nb: a}, status: maybe, text: {en: a, nb: a}, source: s, lookedUp: 2026-11-23, staleAfter: 9}\n", `there is no status "maybe"`},
		"day":           {"options.yaml", "countries:\n  - code: NO\n    name: {en: \"N\", nb: \"N\"}\n    options:\n      - {id: x, title: {en: a, nb: a}, status: open, text: {en: a, nb: a}, source: s, lookedUp: \"tomorrow\", staleAfter: 9}\n", "is not a day"},
		"no danger":     {"selfcheck.yaml", "first: pcptsd5\nthen: pcl5\n", "no pattern of answers means danger"},
	} {
		_, err := Load(fstest.MapFS{x.file: &fstest.MapFile{Data: []byte(x.text)}})
		var faults Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := faults.Error()
		if !strings.Contains(text, x.want) {
			t.Errorf("%s: %q does not say %q", name, text, x.want)
		}
		for _, f := range faults {
			if f.Fix == "" {
				t.Errorf("%s: %q does not say how to mend it", name, f)
			}
		}
	}
}

// A clinic replaces one file, or all of them.
func TestAClinicReplacesContent(t *testing.T) {
	s, err := Load(fstest.MapFS{
		"pages/ptsd.en.md": &fstest.MapFile{Data: []byte(page + "Our own words, see [the source](https://example.org/a?b=1&c=2) and [help](page:help). About {{fact \"ptsd-norway\"}}.\n")},
		".DS_Store":        &fstest.MapFile{Data: []byte{0}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Page("ptsd", "en")
	for _, want := range []string{"Our own words", `rel="noopener noreferrer"`, `href="https://example.org/a?b=1&amp;c=2"`, "another site", `href="/en/help"`, `href="#source-1"`, "1–2 %"} {
		if !strings.Contains(p.Body, want) {
			t.Errorf("%q is not in %s", want, p.Body)
		}
	}
	if s.Page("ptsd", "nb").Title != "Hva PTSD er" || s.Page("risks", "en") == nil {
		t.Error("what was not replaced is gone")
	}
	whole, err := fs.Sub(shipped, "shipped")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(whole); err != nil {
		t.Errorf("a copy of the whole folder: %v", err)
	}
}

func TestEntriesGrowOld(t *testing.T) {
	day := func(s string) Day {
		var d Day
		if err := d.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		return d
	}
	o := Option{LookedUp: day("2026-01-01"), StaleAfter: 10}
	for now, stale := range map[string]bool{"2026-01-01": false, "2026-01-11": false, "2026-01-13": true} {
		if got := o.Stale(day(now).Add(12 * time.Hour)); got != stale {
			t.Errorf("%s: %v", now, got)
		}
	}
	o.CheckedOn = day("2026-01-05")
	if o.Stale(day("2026-01-13").Time) || !o.Stale(day("2026-01-17").Time) {
		t.Error("the clinic's own check does not count")
	}
}

func TestForbiddenWords(t *testing.T) {
	for text, bad := range map[string]bool{
		"80 mg MDMA": true, "It costs NOK 500": true, "Buy it here": true, "Kjøp nå": true, "vanlig dose": true, "a special offer": true, "€ 90": true, "prisen er": true, "guaranteed to help": true,
		"You give as much as you want": false, "Nok er nok": false, "Spør prisverdig": false, "enough": false, "imagine": false, "overdosert": false, "Do not stop a medicine": false,
	} {
		if got := Forbidden(text) != ""; got != bad {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Whatever a folder holds, it is read or refused: nothing panics, and no page lets a
// script or a number without a source through.
func FuzzPage(f *testing.F) {
	f.Add(page + "Text {{fact \"ptsd-norway\"}} [x](https://example.org)\n")
	f.Add("---\n---\n")
	f.Add(page + "<x onclick=1>\n\n    code 5\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Load(fstest.MapFS{"pages/ptsd.en.md": &fstest.MapFile{Data: []byte(text)}})
		if err != nil {
			return
		}
		body := strings.ToLower(s.Page("ptsd", "en").Body)
		for _, bad := range []string{"<script", "javascript:", "onclick=", "<img", "<iframe", "<style"} {
			if strings.Contains(body, bad) && !strings.Contains(body, "&lt;"+bad[1:]) {
				t.Errorf("%q lets %q through: %s", text, bad, body)
			}
		}
	})
}
