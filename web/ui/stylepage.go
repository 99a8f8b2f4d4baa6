package ui

import (
	"embed"
	"io/fs"
	"net/http"
	"time"

	"varde/web/static"
	"varde/web/ui/locale"
)

//go:embed stylepage
var stylePages embed.FS

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
		if err := r.Render(w, http.StatusOK, "design", styleView(lang, theme, now())); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
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

func styleView(lang, theme string, now time.Time) View {
	say := picker(lang)
	return View{
		Lang: lang, Theme: theme, Title: say("Design", "Utforming"), Path: "/design", Now: now,
		Study: &StudySlot{Name: say("Example study", "Eksempelstudie"), Others: []Link{{Text: say("Another study", "En annen studie"), Href: "/design?other"}}},
		Who:   &Who{Name: "Kari Nordmann", Role: say("Coordinator", "Koordinator"), SignOut: "/design"},
		Nav: []NavItem{
			{Text: say("Today", "I dag"), Href: "/design", Current: true, Count: 3},
			{Text: say("Participants", "Deltakere"), Href: "/design"},
			{Text: say("Session room", "Behandlingsrom"), Href: "/design"},
			{Text: say("Study", "Studie"), Href: "/design"},
			{Text: say("Record", "Journal og spor"), Href: "/design"},
		},
		Crumbs: []Crumb{{say("Participants", "Deltakere"), "/design"}, {"V-014", ""}},
		Crisis: &Crisis{
			Text:  say("In danger now? Call 113. Someone to talk to, day and night:", "Er det fare nå? Ring 113. Noen å snakke med, døgnet rundt:"),
			Links: []Link{{Text: "116 123", Href: "tel:116123"}},
		},
		Footer:  []Link{{Text: say("Privacy", "Personvern"), Href: "/design"}, {Text: say("Accessibility", "Tilgjengelighet"), Href: "/design"}},
		Notices: []Alert{{Tone: Success, Text: say("Saved at 14:05.", "Lagret kl. 14:05.")}},
		Data:    newStyleData(say, lang, now),
	}
}
