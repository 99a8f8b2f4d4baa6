package identity

import (
	"strings"
	"unicode"
)

// What passwords are made of when people do not think: single words and pairs of
// them (some 7,000 combinations), dressed up with digits, signs and look-alike
// letters. English and Norwegian. The words are our own choice.
var commonWords = strings.Fields(`
	password passord pass ord admin administrator root user bruker login logginn welcome velkommen
	secret hemmelig letmein slippmeginn qwerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm abc abcd abcdef
	iloveyou jegelskerdeg love elsker baby princess prinsesse monkey dragon master mester football fotball
	sunshine solskinn summer sommer winter vinter autumn host spring vaar norway norge oslo bergen trondheim
	hospital sykehus sykehuset clinic klinikk klinikken doctor doktor nurse sykepleier study studie studien trial
	research forskning health helse therapy terapi varde mdma ptsd computer internet google test testing demo
	changeme default temp guest gjest system server access hello hallo hei one two three en to tre the my your
	min mitt is er and og god good bad new ny year aar`)

var lookalikes = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "@", "a", "$", "s", "!", "i", "€", "e",
	"å", "aa", "ø", "o", "æ", "ae")

// plain is a text's letters alone, in small.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// commonPassword says whether a password is one of those patterns: few different
// characters, a short block over and over, a run of the keyboard or the alphabet, or
// common words with trimmings.
func commonPassword(password string) bool {
	low := strings.ToLower(password)
	runes := []rune(low)
	kinds := map[rune]bool{}
	for _, r := range runes {
		kinds[r] = true
	}
	if len(kinds) < 5 || repeats(runes) || runs(runes) {
		return true
	}
	trimmed := strings.TrimFunc(low, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, form := range []string{plain(low), plain(trimmed), plain(lookalikes.Replace(low)), plain(lookalikes.Replace(trimmed))} {
		if form == "" || madeOf(form, 2) {
			return true
		}
	}
	return false
}

// madeOf says whether a text is up to n common words in a row.
func madeOf(text string, n int) bool {
	for _, w := range commonWords {
		if rest, ok := strings.CutPrefix(text, w); ok && (rest == "" || n > 1 && madeOf(rest, n-1)) {
			return true
		}
	}
	return false
}

// repeats says whether a text is a block of at most half its length over and over.
func repeats(runes []rune) bool {
	for size := 1; size <= len(runes)/2; size++ {
		same := true
		for i := size; i < len(runes) && same; i++ {
			same = runes[i] == runes[i-size]
		}
		if same {
			return true
		}
	}
	return false
}

const keyboard = "1234567890 0987654321 qwertyuiopå poiuytrewq asdfghjkløæ lkjhgfdsa zxcvbnm mnbvcxz abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba 1qaz2wsx3edc4rfv5tgb6yhn 1q2w3e4r5t6y7u8i9o0p"

// runs says whether most of a text follows rows of the keyboard, the alphabet or the
// digits: pieces of at least four characters that stand there as they are.
func runs(runes []rune) bool {
	covered := 0
	for i := 0; i < len(runes); {
		n := 0
		for size := 4; i+size <= len(runes) && strings.Contains(keyboard, string(runes[i:i+size])); size++ {
			n = size
		}
		covered += n
		i += max(n, 1)
	}
	return covered*4 >= len(runes)*3
}
