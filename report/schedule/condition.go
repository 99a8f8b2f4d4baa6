package schedule

import (
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"varde/bilingual"
	"varde/instrument"
)

// plain parses expressions without knowing any names: they were checked before.
var plain = sync.OnceValues(func() (*cel.Env, error) { return cel.NewEnv() })

// condition puts an expression into words: "person.doses >= 1" becomes "the number of
// sessions with a dose is at least 1". What has no words is quoted as it is written.
// Own is the instrument whose bare items the expression uses, nil for the protocol's.
func (b *builder) condition(src string, own *instrument.Compiled) string {
	quoted := "“" + src + "”"
	env, err := plain()
	if err != nil {
		return quoted
	}
	parsed, iss := env.Parse(src)
	if iss.Err() != nil {
		return quoted
	}
	t := &teller{b: b, own: own}
	text := t.truth(parsed.NativeRep().Expr())
	if t.failed {
		return quoted
	}
	return text
}

// teller goes through an expression. Failed says that a part of it has no words.
type teller struct {
	b      *builder
	own    *instrument.Compiled
	failed bool
}

var comparisons = map[string]bilingual.Text{
	operators.Equals:        {EN: "%s is %s", NB: "%s er %s"},
	operators.NotEquals:     {EN: "%s is not %s", NB: "%s er ikke %s"},
	operators.Less:          {EN: "%s is below %s", NB: "%s er under %s"},
	operators.LessEquals:    {EN: "%s is at most %s", NB: "%s er høyst %s"},
	operators.Greater:       {EN: "%s is above %s", NB: "%s er over %s"},
	operators.GreaterEquals: {EN: "%s is at least %s", NB: "%s er minst %s"},
	operators.In:            {EN: "%s is among %s", NB: "%s er blant %s"},
}

// truth tells a condition.
func (t *teller) truth(x celast.Expr) string {
	w := t.b.w
	if x.Kind() == celast.CallKind {
		c := x.AsCall()
		switch c.FunctionName() {
		case operators.LogicalAnd:
			return t.operand(c.Args()[0]) + w.say(" and ", " og ") + t.operand(c.Args()[1])
		case operators.LogicalOr:
			return t.operand(c.Args()[0]) + w.say(" or ", " eller ") + t.operand(c.Args()[1])
		case operators.LogicalNot:
			if name, ok := dotted(c.Args()[0]); ok {
				return fmt.Sprintf(w.say("%s is no", "%s er nei"), t.name(name))
			}
			return fmt.Sprintf(w.say("it is not so that %s", "det ikke er slik at %s"), t.operand(c.Args()[0]))
		}
		if form, ok := comparisons[c.FunctionName()]; ok {
			return fmt.Sprintf(form.In(w.lang), t.value(c.Args()[0]), t.value(c.Args()[1]))
		}
	}
	if name, ok := dotted(x); ok {
		return fmt.Sprintf(w.say("%s is yes", "%s er ja"), t.name(name))
	}
	t.failed = true
	return ""
}

// operand tells a part, in brackets where "and" and "or" could be misread.
func (t *teller) operand(x celast.Expr) string {
	s := t.truth(x)
	if x.Kind() == celast.CallKind {
		if f := x.AsCall().FunctionName(); f == operators.LogicalAnd || f == operators.LogicalOr {
			return "(" + s + ")"
		}
	}
	return s
}

// value tells a side of a comparison.
func (t *teller) value(x celast.Expr) string {
	switch x.Kind() {
	case celast.LiteralKind:
		switch v := x.AsLiteral().Value().(type) {
		case bool:
			if v {
				return t.b.w.say("yes", "ja")
			}
			return t.b.w.say("no", "nei")
		case string:
			return "“" + v + "”"
		case int64, uint64, float64:
			return fmt.Sprint(v)
		}
	case celast.ListKind:
		var parts []string
		for _, e := range x.AsList().Elements() {
			parts = append(parts, t.value(e))
		}
		return t.b.w.list(parts, t.b.w.say("or", "eller"))
	default:
		if name, ok := dotted(x); ok {
			return t.name(name)
		}
	}
	t.failed = true
	return ""
}

// dotted answers a chain of names such as person.doses.
func dotted(x celast.Expr) (string, bool) {
	var parts []string
	for x.Kind() == celast.SelectKind && !x.AsSelect().IsTestOnly() {
		parts = append([]string{x.AsSelect().FieldName()}, parts...)
		x = x.AsSelect().Operand()
	}
	if x.Kind() != celast.IdentKind {
		return "", false
	}
	return strings.Join(append([]string{x.AsIdent()}, parts...), "."), true
}

var facts = map[string]bilingual.Text{
	"consent.given":              {EN: "consent", NB: "samtykke"},
	"consent.current":            {EN: "consent to the version in force", NB: "samtykke til gjeldende versjon"},
	"person.enrolled":            {EN: "enrolment", NB: "inklusjon"},
	"person.randomised":          {EN: "randomisation", NB: "randomisering"},
	"person.doses":               {EN: "the number of sessions with a dose", NB: "tallet på økter med dose"},
	"medication.contraindicated": {EN: "use of a contraindicated medicine", NB: "bruk av et kontraindisert legemiddel"},
	"medication.high":            {EN: "use of a medicine of high risk", NB: "bruk av et legemiddel med høy risiko"},
	"medication.undecided":       {EN: "a medicine that no physician has decided on", NB: "et legemiddel som ingen lege har tatt stilling til"},
	"treatment.stopped":          {EN: "treatment stopped", NB: "behandlingen avsluttet"},
	"event.serious_open":         {EN: "an open serious adverse event", NB: "en åpen alvorlig uønsket hendelse"},
}

// name tells a fact, an item or a score: "V1.mood.total", "mood.total", "total".
func (t *teller) name(name string) string {
	if f, ok := facts[name]; ok {
		return f.In(t.b.w.lang)
	}
	parts := strings.Split(name, ".")
	form, visit := t.own, ""
	switch len(parts) {
	case 3:
		visit, parts = parts[0], parts[1:]
		fallthrough
	case 2:
		f, ok := t.b.def.Form(parts[0])
		if !ok {
			break
		}
		form, parts = f, parts[1:]
	}
	if form == nil || len(parts) != 1 {
		t.failed = true
		return ""
	}
	text := t.part(form, parts[0])
	if visit != "" && visit != "here" {
		text += t.b.w.say(" at ", " ved ") + visit
	}
	return text
}

// part names an item or score by its words.
func (t *teller) part(form *instrument.Compiled, id string) string {
	lang := t.b.w.lang
	title := form.Title.In(lang)
	if form.Short != "" {
		title = form.Short
	}
	if i, ok := form.Item(id); ok {
		return fmt.Sprintf("“%s: %s”", title, i.Text.In(lang))
	}
	if s, ok := form.ScoreOf(id); ok {
		return fmt.Sprintf("“%s: %s”", title, s.Title.In(lang))
	}
	t.failed = true
	return ""
}
