package letter

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// Prints answers whether the fonts have a character. The bold one has the same as the other.
var Prints = sync.OnceValue(func() func(rune) bool {
	f, err := sfnt.Parse(goregular.TTF)
	return func(r rune) bool {
		if err != nil || r > 0xffff {
			return false
		}
		i, e := f.GlyphIndex(nil, r)
		return e == nil && i != 0
	}
})

// fit answers a text in characters that the fonts hold. A letter whose marks they do not
// all hold, as in Vietnamese, keeps those that they do: simpler says that there was one.
// What cannot be printed at all is in missing.
func fit(text string) (out string, simpler bool, missing []rune) {
	has := Prints()
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\n':
			b.WriteRune(r)
		case r == '\t':
			b.WriteByte(' ')
		case has(r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
			simpler = true // a mark that has no letter of its own here
		default:
			best := plainer(r, has)
			if best == 0 {
				missing = append(missing, r)
				continue
			}
			simpler = true
			b.WriteRune(best)
		}
	}
	return b.String(), simpler, missing
}

// plainer answers the letter with as many of its marks as there is a character for, 0
// when there is none at all.
func plainer(r rune, has func(rune) bool) rune {
	parts := []rune(norm.NFD.String(string(r)))
	if len(parts) < 2 || !has(parts[0]) {
		return 0
	}
	best := parts[0]
	for _, mark := range parts[1:] {
		joined := []rune(norm.NFC.String(string([]rune{best, mark})))
		if len(joined) == 1 && has(joined[0]) {
			best = joined[0]
		}
	}
	return best
}
