package protocol

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"varde/expr/reason"
)

// Words that say on which side of a number a value lies, against the sign that decides.

// before and after a number; the longer phrases come first.
var (
	sayBefore = regexp.MustCompile(`(?i)\b(at least|no less than|not under|not below|minimum of|at most|no more than|not more than|not over|not above|up to|maximum of|more than|greater than|higher than|longer than|over|above|exceeding|less than|fewer than|lower than|shorter than|under|below)\b[^.;:,0-9]{0,24}$`)
	sayAfter  = regexp.MustCompile(`(?i)^[^.;:,0-9]{0,16}\b(or more|or above|or older|or higher|or longer|and over|or less|or below|or younger|or fewer|or lower)\b`)
)

var signOf = map[string]string{
	"at least": ">=", "no less than": ">=", "not under": ">=", "not below": ">=", "minimum of": ">=", "or more": ">=", "or above": ">=", "or older": ">=", "or higher": ">=", "or longer": ">=", "and over": ">=",
	"at most": "<=", "no more than": "<=", "not more than": "<=", "not over": "<=", "not above": "<=", "up to": "<=", "maximum of": "<=", "or less": "<=", "or below": "<=", "or younger": "<=", "or fewer": "<=", "or lower": "<=",
	"more than": ">", "greater than": ">", "higher than": ">", "longer than": ">", "over": ">", "above": ">", "exceeding": ">",
	"less than": "<", "fewer than": "<", "lower than": "<", "shorter than": "<", "under": "<", "below": "<",
}

var (
	opposite = map[string]string{">": "<=", ">=": "<", "<": ">=", "<=": ">"}
	mirrored = map[string]string{">": "<", ">=": "<=", "<": ">", "<=": ">="}
)

// saidSign answers the sign that the words around a number mean, "" when none do.
func saidSign(text string, n said) (sign, phrase string) {
	if m := sayAfter.FindStringSubmatch(text[n.end:]); m != nil {
		return signOf[strings.ToLower(m[1])], m[1]
	}
	if m := sayBefore.FindStringSubmatch(text[:n.start]); m != nil {
		return signOf[strings.ToLower(m[1])], m[1]
	}
	return "", ""
}

// saidNumbers adds the word one, which is too common to be a number elsewhere.
var one = regexp.MustCompile(`(?i)\bone\b`)

func saidNumbers(text string) []said {
	out := numbersIn(text, "en")
	for _, at := range one.FindAllStringIndex(text, -1) {
		out = append(out, said{1, at[0], at[1], false})
	}
	return out
}

var (
	saysFall = regexp.MustCompile(`(?i)\b(drop|drops|dropped|fall|falls|fell|reduction|decrease|decreased|improvement)\b`)
	saysRise = regexp.MustCompile(`(?i)\b(rise|rises|rose|increase|increased|worsening)\b`)
)

// changes compares a text that speaks of a fall or rise with the sign of the change.
func (c *checker) changes(s statement, text string) bool {
	fall, rise := saysFall.MatchString(text), saysRise.MatchString(text)
	for _, k := range s.Comparisons {
		if !strings.HasSuffix(k.Name, ".change") || len(k.Constants) != 1 || k.Negated || fall == rise {
			continue
		}
		x, ok := reason.Number(k.Constants[0])
		up := ok && x > 0 && (k.Op == ">" || k.Op == ">=")
		down := ok && x < 0 && (k.Op == "<" || k.Op == "<=")
		if fall && up || rise && down {
			c.warn(s.path, "V134", fmt.Sprintf("the text says %q, the condition %s: a fall is a negative change", text, s.src), "Turn the sign and the number: change <= -10.0 is a fall of at least 10")
			return true
		}
	}
	return false
}

// directions finds texts that put a limit on the other side, or count the limit itself
// differently, than the condition does.
func (c *checker) directions(s statement, text string) {
	if c.changes(s, text) {
		return
	}
	for _, n := range saidNumbers(text) {
		sign, phrase := saidSign(text, n)
		if sign == "" {
			continue
		}
		signs := map[string]bool{}
		for _, k := range s.Comparisons {
			if len(k.Constants) != 1 || mirrored[k.Op] == "" {
				continue
			}
			x, ok := reason.Number(k.Constants[0])
			if !ok || !sameNumber(math.Abs(x), n.value) {
				continue
			}
			op := k.Op
			if k.Negated {
				op = opposite[op]
			}
			if x < 0 {
				op = mirrored[op]
			}
			signs[op] = true
		}
		if len(signs) > 0 && !signs[sign] {
			c.warn(s.path, "V134", fmt.Sprintf("the text says %q %v, the condition %s", phrase, n.value, s.src), "At least is >=, over is >, at most is <=, under is <: let both say the same")
			return
		}
	}
}

// textOfRule compares the text of a limit of the session with the limit.
func (c *checker) textOfRule(i int, r *Rule) {
	at := fmt.Sprintf("dosing.rules[%d]", i)
	numbers := saidNumbers(r.Text.EN)
	digits := false
	for _, n := range numbers {
		digits = digits || n.digits
		if !sameNumber(n.value, math.Abs(r.Limit)) {
			continue
		}
		if sign, phrase := saidSign(r.Text.EN, n); sign != "" && sign != r.Compare && (r.Limit >= 0 || sign != mirrored[r.Compare]) {
			c.warn(at+".compare", "V134", fmt.Sprintf("the text says %q %v, the rule %s %v", phrase, n.value, r.Compare, r.Limit), "At least is >=, over is >, at most is <=, under is <: let both say the same")
		}
		return
	}
	if digits {
		c.warn(at+".limit", "V133", fmt.Sprintf("the text says %s, the limit is %v", listNumbers(numbers), r.Limit), "Let the text and the limit say the same number")
	}
}
