package instrument

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"varde/expr"
)

// Issue is one thing wrong with an instrument. Path leads to it, such as
// "items[3].when"; Line and Column are within the expression that stands there,
// and 0 when the issue is not one of an expression.
type Issue struct {
	Path         string
	Code         string // stable, see docs/checks.md
	Message, Fix string
	Line, Column int
	Warning      bool // doubtful, but not wrong
}

const (
	maxItems   = 500
	maxOptions = 300
)

var idForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Compile checks an instrument and makes it ready for use. The result is nil
// when an issue is more than a warning.
func Compile(in Instrument) (*Compiled, []Issue) {
	k := &compiler{c: &Compiled{
		Instrument: in,
		items:      make(map[string]int, len(in.Items)),
		scores:     make(map[string]int, len(in.Scores)),
		options:    make([][]Option, len(in.Items)),
		codes:      make([]map[string]bool, len(in.Items)),
		types:      make([]expr.Type, len(in.Items)),
		when:       make([]*expr.Program, len(in.Items)),
		plans:      make([]plan, len(in.Scores)),
		alerts:     make([]*expr.Program, len(in.Alerts)),
	}}
	k.head()
	if len(in.Items) > maxItems {
		k.add("items", "V007", fmt.Sprintf("the instrument has %d items; at most %d are read", len(in.Items), maxItems), "Split it into several instruments")
		return nil, k.issues
	}
	for i := range in.Items {
		k.item(i)
	}
	for i := range in.Scores {
		k.scoreID(i)
	}
	k.expressions()
	k.cutoffs()
	for _, i := range k.issues {
		if !i.Warning {
			return nil, k.issues
		}
	}
	k.c.Hash = contentHash(&k.c.Instrument)
	return k.c, k.issues
}

type compiler struct {
	c      *Compiled
	issues []Issue
}

func (k *compiler) add(path, code, message, fix string) {
	k.issues = append(k.issues, Issue{Path: path, Code: code, Message: message, Fix: fix})
}

func (k *compiler) warn(path, code, message, fix string) {
	k.issues = append(k.issues, Issue{Path: path, Code: code, Message: message, Fix: fix, Warning: true})
}

// oneOf checks a word against those allowed.
func oneOf[T ~string](k *compiler, path string, got T, allowed ...T) bool {
	if slices.Contains(allowed, got) {
		return true
	}
	names := make([]string, 0, len(allowed))
	for _, a := range allowed {
		if a != "" {
			names = append(names, string(a))
		}
	}
	fix := "Write one of: " + strings.Join(names, ", ")
	if c := expr.Closest(string(got), names); c != "" {
		fix = fmt.Sprintf("Did you mean %q? Allowed: %s", c, strings.Join(names, ", "))
	}
	k.add(path, "V013", fmt.Sprintf("%q is not one of the allowed words", string(got)), fix)
	return false
}

func (k *compiler) id(path, id string) bool {
	switch {
	case id == "":
		k.add(path, "V004", "the id is missing", "Give it a short id, such as total")
	case !idForm.MatchString(id):
		k.add(path, "V012", fmt.Sprintf("the id %q is not well formed", id), "Use lower-case letters, digits and underscores, begin with a letter, at most 64 characters")
	case expr.NameFault(id) != "":
		k.add(path, "V012", fmt.Sprintf("the id %q cannot be used: %s", id, expr.NameFault(id)), "Choose another id")
	default:
		return true
	}
	return false
}

func (k *compiler) head() {
	in := &k.c.Instrument
	k.id("id", in.ID)
	oneOf(k, "kind", in.Kind, Questionnaire, Interview, Measurement, Log, Form)
	oneOf(k, "respondent", in.Respondent, ByParticipant, ByClinician, ByRater, ByStaff)
	oneOf(k, "licence.class", in.Licence.Class, Green, Amber, Red)
	if in.Minutes < 1 || in.Minutes > 24*60 {
		k.add("minutes", "V014", fmt.Sprintf("minutes is %d; it is the time to complete, from 1 to 1440", in.Minutes), "Write the usual minutes to complete, such as 5")
	}
	if len(in.Items) == 0 {
		k.add("items", "V004", "the instrument has no items", "List at least one item")
	}
}

func (k *compiler) item(i int) {
	c := k.c
	item := &c.Items[i]
	at := fmt.Sprintf("items[%d]", i)
	if k.id(at+".id", item.ID) {
		if first, taken := c.items[item.ID]; taken {
			k.add(at+".id", "V010", fmt.Sprintf("the item id %q is taken by items[%d]", item.ID, first), "Give every item its own id")
		} else {
			c.items[item.ID] = i
		}
	}
	oneOf(k, at+".type", item.Type, Integer, Decimal, TextItem, Choice, MultiChoice, Boolean, Date, DateTime, Time, Scale)
	oneOf(k, at+".blinding", item.Blinding, Open, Revealing, Treating, Rating, Unblinded)
	k.numbers(at, item)
	k.choices(at, i, item)
	c.types[i] = nativeType(item, c.options[i])
}

func (k *compiler) numbers(at string, item *Item) {
	numeric := item.Type == Integer || item.Type == Decimal || item.Type == Scale
	if item.Unit != "" && !numeric {
		k.add(at+".unit", "V022", fmt.Sprintf("an item of type %s has no unit", item.Type), "Remove the unit, or make the item a number")
	}
	if (item.Min != nil || item.Max != nil) && !numeric {
		k.add(at, "V025", fmt.Sprintf("an item of type %s has no range", item.Type), "Remove min and max, or make the item a number")
	}
	if item.Min != nil && item.Max != nil && *item.Min > *item.Max {
		k.add(at+".min", "V025", fmt.Sprintf("min %v is greater than max %v", *item.Min, *item.Max), "Swap them")
	}
	if item.Type == Scale && (item.Min == nil || item.Max == nil) {
		k.add(at, "V025", "a scale needs both ends", "Add min and max, such as min: 0 and max: 100")
	}
	if item.Decimals < 0 || item.Decimals > 10 || item.Decimals > 0 && item.Type != Decimal {
		k.add(at+".decimals", "V014", fmt.Sprintf("decimals: %d does not fit type %s", item.Decimals, item.Type), "Only type decimal has decimals, from 0 to 10")
	}
	if item.Long && item.Type != TextItem {
		k.add(at+".long", "V003", fmt.Sprintf("long is for text, not for type %s", item.Type), "Remove long")
	}
}

func (k *compiler) choices(at string, i int, item *Item) {
	c := k.c
	isChoice := item.Type == Choice || item.Type == MultiChoice
	switch {
	case !isChoice && (len(item.Options) > 0 || item.OptionsOf != ""):
		k.add(at, "V024", fmt.Sprintf("an item of type %s has no options", item.Type), "Make it type choice or multichoice, or remove the options")
		return
	case !isChoice:
		return
	case len(item.Options) > 0 && item.OptionsOf != "":
		k.add(at+".optionsOf", "V024", "options and optionsOf are both given", "Keep one of them")
	case item.OptionsOf != "":
		j, ok := c.items[item.OptionsOf]
		switch {
		case !ok || j >= i:
			k.add(at+".optionsOf", "V011", fmt.Sprintf("no earlier item is called %q", item.OptionsOf), didYouMean(item.OptionsOf, k.earlier(i), "Name an earlier item that has options"))
		case len(c.options[j]) == 0:
			k.add(at+".optionsOf", "V024", fmt.Sprintf("the item %q has no options to share", item.OptionsOf), "Name an item that lists options")
		default:
			c.options[i], c.codes[i] = c.options[j], c.codes[j]
			if item.Type != c.Items[j].Type {
				c.codes[i] = codeSet(item.Type, c.options[i])
			}
		}
		return
	case len(item.Options) == 0:
		k.add(at, "V024", fmt.Sprintf("a %s needs options", item.Type), "Add options, or optionsOf with the id of an earlier item")
		return
	case len(item.Options) > maxOptions:
		k.add(at+".options", "V007", fmt.Sprintf("%d options are too many; at most %d", len(item.Options), maxOptions), "Use a text item")
		return
	}
	k.options(at, i, item)
}

func (k *compiler) options(at string, i int, item *Item) {
	seen := map[string]int{}
	for j, o := range item.Options {
		where := fmt.Sprintf("%s.options[%d].value", at, j)
		x, isNumber := o.Value.Float()
		switch {
		case isNumber && x != float64(int64(x)):
			k.add(where, "V024", fmt.Sprintf("the code %s is not a whole number", o.Value.Text()), "Codes are whole numbers or texts")
		case !isNumber && o.Value.kind != String:
			k.add(where, "V024", "a code is a whole number or a text", "For yes and no use type boolean; a text such as \"no\" stands in quotes")
		case !isNumber && (o.Value.str == "" || strings.ContainsAny(o.Value.str, ",[]\"\n") || strings.TrimSpace(o.Value.str) != o.Value.str):
			k.add(where, "V012", fmt.Sprintf("the code %q is not well formed", o.Value.str), "Codes have no commas, quotes, brackets or spaces at the ends")
		case o.Value.kind != item.Options[0].Value.kind:
			k.add(where, "V024", "the codes of one item are of different kinds", "Make all of them whole numbers or all of them texts")
		}
		if first, taken := seen[o.Value.Text()]; taken {
			k.add(where, "V010", fmt.Sprintf("the code %s is taken by options[%d]", o.Value.Text(), first), "Give every option its own code")
		} else {
			seen[o.Value.Text()] = j
		}
	}
	k.c.options[i] = item.Options
	k.c.codes[i] = codeSet(item.Type, item.Options)
}

func codeSet(t ItemType, options []Option) map[string]bool {
	set := make(map[string]bool, len(options))
	for _, o := range options {
		if t == MultiChoice {
			set[key(StringValue(o.Value.Text()))] = true
		} else {
			set[key(o.Value)] = true
		}
	}
	return set
}

func (k *compiler) earlier(i int) []string {
	var out []string
	for j := 0; j < i; j++ {
		out = append(out, k.c.Items[j].ID)
	}
	return out
}

func didYouMean(name string, candidates []string, otherwise string) string {
	if c := expr.Closest(name, candidates); c != "" {
		return fmt.Sprintf("Did you mean %q?", c)
	}
	return otherwise
}
