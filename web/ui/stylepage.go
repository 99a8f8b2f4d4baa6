package ui

import (
	"embed"
	"io/fs"
	"net/http"
	"time"

	"varde/web/static"
	"varde/web/ui/locale"
)

//go:embed all:stylepage
var stylePages embed.FS

// StylePath is where the page about design stands.
const StylePath = "/design"

// StylePage shows every component and chart on one page, for whoever builds
// pages and for looking at the three displays in both languages. The data on
// it are made up. now gives the time that its clocks start from.
func StylePage(catalog *locale.Catalog, files *static.Set, now func() time.Time) (http.Handler, error) {
	pages, err := fs.Sub(stylePages, "stylepage")
	if err != nil {
		return nil, err
	}
	r, err := New(pages, catalog, files)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		lang, theme := Wishes(req)
		v, err := styleView(lang, theme, now())
		if err == nil {
			err = r.Render(w, http.StatusOK, "design", v)
		}
		if err != nil {
			r.Fault(w, http.StatusInternalServerError, v, "design")
		}
	}), nil
}

// pick gives a text by language.
type pick func(en, nb string) string

func picker(lang string) pick {
	return func(en, nb string) string {
		if lang == locale.Norwegian {
			return nb
		}
		return en
	}
}

func styleView(lang, theme string, now time.Time) (View, error) {
	say := picker(lang)
	data, err := newStyleData(say, lang, now)
	return View{
		Lang: lang, Theme: theme, Title: data.Heading.Title, Path: StylePath, Now: now,
		Nav: []NavItem{
			{Text: say("Ground", "Grunnlag"), Href: "#ground"}, {Text: say("Words", "Ord"), Href: "#words"}, {Text: say("All pages", "Alle sider"), Href: "#staff", Count: 3},
			{Text: say("Participants", "Deltakere"), Href: "#participant"}, {Text: say("Session room", "Behandlingsrom"), Href: "#room"},
			{Text: say("Public", "Åpne sider"), Href: "#public"}, {Text: say("Figures", "Figurer"), Href: "#figures"},
		},
		Crumbs: []Crumb{{say("Front page", "Forside"), "/"}, {say("Design", "Utforming"), ""}},
		Crisis: &Crisis{
			Text:  say("In danger now? Call 113. Someone to talk to, day and night:", "Er det fare nå? Ring 113. Noen å snakke med, døgnet rundt:"),
			Links: []Link{{Text: "116 123", Href: "tel:116123"}},
		},
		Data: data,
	}, err
}
