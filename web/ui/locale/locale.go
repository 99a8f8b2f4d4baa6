// Package locale holds the words of the pages in each language, and writes
// dates, times, numbers and durations as readers of that language expect.
//
// Messages live in files en.yaml and nb.yaml: flat dotted keys, named
// arguments in braces, and plural forms `one` and `other`:
//
//	visit.next: "Next visit {date}"
//	visit.left:
//	  one: "{n} visit left"
//	  other: "{n} visits left"
//
// Each page package embeds such a pair and adds it with Catalog.Add. A key
// that exists twice, that lacks a language, or whose languages take different
// arguments is an error at start, never a surprise on a page.
package locale

import (
	"net/http"
	"time"

	"golang.org/x/text/language"
)

// The languages that pages exist in.
const (
	English   = "en"
	Norwegian = "nb"
)

// Languages lists them; the first is used when a reader's wish is unknown.
var Languages = []string{English, Norwegian}

var matcher = language.NewMatcher([]language.Tag{
	language.English, language.MustParse("nb"), language.MustParse("no"), language.MustParse("nn"),
	language.MustParse("da"), language.MustParse("sv"),
})

// Supported tells whether pages exist in the language.
func Supported(lang string) bool { return lang == English || lang == Norwegian }

// Match gives the best language for a request: the wish, usually from a
// cookie, when it is supported, else the Accept-Language header. Readers of
// Nynorsk, Danish and Swedish get Norwegian Bokmål.
func Match(wish string, r *http.Request) string {
	if Supported(wish) {
		return wish
	}
	header := ""
	if r != nil {
		header = r.Header.Get("Accept-Language")
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return English
	}
	_, index, confidence := matcher.Match(tags...)
	if confidence == language.No || index == 0 {
		return English
	}
	return Norwegian
}

// Voice writes values in one language and one time zone.
type Voice struct {
	Lang string
	Zone *time.Location
}

// In gives the voice of a language. A nil zone is UTC, an unknown language
// English.
func In(lang string, zone *time.Location) Voice {
	if !Supported(lang) {
		lang = English
	}
	if zone == nil {
		zone = time.UTC
	}
	return Voice{lang, zone}
}
