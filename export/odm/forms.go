package odm

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"varde/bilingual"
	"varde/instrument"
	"varde/protocol"
)

// forms writes every instrument once, in the order of the ids: the form, its sections,
// items, code lists, conditions and scores.
func (b *builder) forms() {
	for _, id := range slices.Sorted(maps.Keys(b.def.Instruments)) {
		f := &formBuilder{b, b.def.Instruments[id]}
		f.write()
	}
}

type formBuilder struct {
	*builder
	f *instrument.Compiled
}

func (f *formBuilder) oid(kind, part string) string { return oid(kind, f.f.ID, part) }

func (f *formBuilder) write() {
	in := f.f
	g := itemGroup{
		OID: oid("FO", in.ID), Name: in.ID, Repeating: repeating(in.Repeats || f.repeated[in.ID]), Type: "Form",
		Comment:     f.comment("FO."+in.ID, protocol.Provenance{Source: strings.TrimSuffix(in.Source, "."), Status: in.Licence.Status, Confirm: in.Licence.Confirm, Note: in.Licence.Note}),
		Description: both(join(in.Title, in.Instructions)),
		Aliases:     []alias{{"Varde instrument", in.ID + " " + in.Version}, {"Licence class", string(in.Licence.Class)}, {"Content hash", in.Hash}},
	}
	if in.Short != "" {
		g.Aliases = append(g.Aliases, alias{"Short name", in.Short})
	}
	var sections []itemGroup
	section := -1
	for i := range in.Items {
		item := &in.Items[i]
		if !item.Section.Empty() {
			section = len(sections)
			s := itemGroup{OID: f.oid("SEC", strconv.Itoa(section+1)), Name: in.ID + " section " + strconv.Itoa(section+1), Repeating: "No", Type: "Section", Description: both(item.Section)}
			g.Members = append(g.Members, groupRef{OID: s.OID, Order: len(g.Members) + 1, Mandatory: "Yes"})
			sections = append(sections, s)
		}
		to := &g
		if section >= 0 {
			to = &sections[section]
		}
		f.item(to, item)
	}
	for i := range in.Scores {
		f.score(&g, &in.Scores[i])
	}
	f.meta.Groups = append(f.meta.Groups, g)
	f.meta.Groups = append(f.meta.Groups, sections...)
	f.choices()
}

func repeating(yes bool) string {
	if yes {
		return "Simple"
	}
	return "No"
}

var sources = map[instrument.Respondent]string{
	instrument.ByParticipant: "Subject", instrument.ByClinician: "Investigator", instrument.ByRater: "Investigator", instrument.ByStaff: "Investigator",
}

// item defines an item and refers to it from its group. An item with several answers is
// a group that repeats, once an answer; a unit is an item of its own with a fixed value.
func (f *formBuilder) item(g *itemGroup, item *instrument.Item) {
	except := ""
	if item.When != "" {
		except = f.condition(f.f.ID+"."+item.ID, item.When, true, f.f, f.used(item.When))
	}
	def := f.define(item)
	ref := itemRef{OID: def.OID, Order: len(g.Members) + 1, Mandatory: yesNo(item.Required), Except: except, Origin: &origin{"Collected", sources[f.f.Respondent]}}
	if item.Type == instrument.MultiChoice {
		many := itemGroup{OID: f.oid("IG", item.ID), Name: f.f.ID + "." + item.ID, Repeating: "Simple", Type: "Section", Description: both(item.Text)}
		g.Members = append(g.Members, groupRef{OID: many.OID, Order: ref.Order, Mandatory: ref.Mandatory, Except: except})
		ref.Order, ref.Except = 1, ""
		many.Members = []any{ref}
		f.meta.Groups = append(f.meta.Groups, many)
		f.meta.Items = append(f.meta.Items, def)
		return
	}
	if item.Unit != "" {
		ref.Units = f.oid("IT", item.ID+".UNIT")
	}
	g.Members = append(g.Members, ref)
	f.meta.Items = append(f.meta.Items, def)
	if item.Unit != "" {
		g.Members = append(g.Members, itemRef{OID: ref.Units, Order: len(g.Members) + 1, Mandatory: ref.Mandatory, Except: except, Preset: item.Unit, Origin: &origin{"Assigned", "Sponsor"}})
		f.meta.Items = append(f.meta.Items, itemDef{OID: ref.Units, Name: item.ID + " unit", DataType: "text", Description: english("Unit of " + f.f.ID + "." + item.ID + " (UCUM)"), CodeList: &codeListRef{f.unit(item.Unit)}})
	}
}

var dataTypes = map[instrument.ItemType]string{
	instrument.Integer: "integer", instrument.Scale: "integer", instrument.Decimal: "decimal", instrument.TextItem: "text", instrument.MultiChoice: "text",
	instrument.Boolean: "boolean", instrument.Date: "date", instrument.DateTime: "datetime", instrument.Time: "partialTime",
}

func (f *formBuilder) define(item *instrument.Item) itemDef {
	d := itemDef{
		OID: f.oid("IT", item.ID), Name: item.ID, DataType: dataTypes[item.Type], Question: both(item.Text), Instructions: both(item.Help),
		Comment: f.comment("IT."+f.f.ID+"."+item.ID, item.Provenance),
		Aliases: []alias{{"Varde item", f.f.ID + "." + item.ID}},
	}
	if item.Type == instrument.Choice {
		d.DataType = f.codeType(item)
	}
	if list := f.listOf(item); list != "" {
		d.CodeList = &codeListRef{list}
	}
	if item.Decimals > 0 && item.Type == instrument.Decimal {
		d.Display = fmt.Sprintf("%%.%df", item.Decimals)
	}
	if !item.Low.Empty() || !item.High.Empty() {
		d.Description = both(bilingual.Text{EN: ends(item.Low.EN, item.High.EN), NB: ends(item.Low.NB, item.High.NB)})
	}
	// Outside the plausible range a value is kept and asked about: a soft check.
	for _, c := range []struct {
		how   string
		limit *float64
	}{{"GE", item.Min}, {"LE", item.Max}} {
		if c.limit != nil {
			d.Checks = append(d.Checks, rangeCheck{c.how, "Soft", number(*c.limit)})
		}
	}
	if item.Blinding != "" {
		d.Aliases = append(d.Aliases, alias{"Blinding class", string(item.Blinding)})
	}
	if item.Identifying {
		d.Aliases = append(d.Aliases, alias{"Identifying", "yes"})
	}
	if item.Slot {
		d.Aliases = append(d.Aliases, alias{"Wording", "loaded by the site that holds permission"})
	}
	return d
}

func ends(low, high string) string { return strings.Trim(low+" – "+high, " –") }

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// codeType is integer when all codes are whole numbers.
func (f *formBuilder) codeType(item *instrument.Item) string {
	for _, o := range f.f.OptionsOf(item) {
		if x, ok := o.Value.Float(); !ok || x != float64(int64(x)) {
			return "text"
		}
	}
	return "integer"
}

// listOf answers the code list of an item: its own, or that of the item it shares.
func (f *formBuilder) listOf(item *instrument.Item) string {
	if len(f.f.OptionsOf(item)) == 0 {
		return ""
	}
	for len(item.Options) == 0 && item.OptionsOf != "" {
		next, ok := f.f.Item(item.OptionsOf)
		if !ok {
			break
		}
		item = next
	}
	return f.oid("CL", item.ID)
}

// choices writes the code lists.
func (f *formBuilder) choices() {
	for i := range f.f.Items {
		item := &f.f.Items[i]
		if len(item.Options) == 0 {
			continue
		}
		kind := f.codeType(item)
		if item.Type == instrument.MultiChoice {
			kind = "text"
		}
		l := codeList{OID: f.oid("CL", item.ID), Name: f.f.ID + "." + item.ID, DataType: kind}
		for n, o := range item.Options {
			l.Items = append(l.Items, codeListItem{o.Value.Text(), n + 1, both(o.Text)})
		}
		f.meta.CodeLists = append(f.meta.CodeLists, l)
	}
}

// unit answers the code list of a unit, with that unit alone.
func (b *builder) unit(u string) string {
	if id, ok := b.units[u]; ok {
		return id
	}
	id := oid("CL", "UNIT", strconv.Itoa(len(b.units)+1))
	b.units[u] = id
	b.meta.CodeLists = append(b.meta.CodeLists, codeList{id, "Unit " + u, "text", []codeListItem{{u, 1, english(u)}}})
	return id
}

// score is a derived item with the method that computes it.
func (f *formBuilder) score(g *itemGroup, s *instrument.Score) {
	method := f.oid("MT", s.ID)
	kind := "decimal"
	if t, ok := f.f.NativeType(s.ID); ok && types[t] == "boolean" {
		kind = "boolean"
	}
	m := methodDef{OID: method, Name: f.f.ID + "." + s.ID, Type: "Computation", Comment: f.comment("MT."+f.f.ID+"."+s.ID, s.Provenance), Description: english(f.inWords(s)),
		Signature: signature{Returns: []argument{{s.ID, kind}}}, Formal: []expression{{"Varde scoring", f.inWords(s)}}}
	if s.Method == instrument.Calc {
		m.Formal = []expression{{"CEL", s.Expr}}
	}
	uses := f.used(s.Expr)
	if s.Method != instrument.Calc {
		uses = f.scored(s.Items)
	}
	m.Signature.Parameters = f.arguments(uses, f.f)
	f.meta.Methods = append(f.meta.Methods, m)
	d := itemDef{OID: f.oid("IT", s.ID), Name: s.ID, DataType: kind, Description: both(s.Title), Aliases: []alias{{"Varde score", f.f.ID + "." + s.ID}}}
	if s.Blinding != "" {
		d.Aliases = append(d.Aliases, alias{"Blinding class", string(s.Blinding)})
	}
	f.meta.Items = append(f.meta.Items, d)
	g.Members = append(g.Members, itemRef{OID: d.OID, Order: len(g.Members) + 1, Mandatory: "No", Method: method, Origin: &origin{"Derived", "Sponsor"}})
}

var (
	quoted     = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'")
	identifier = regexp.MustCompile(`[a-z][a-z0-9_]*`)
)

// used answers the form's own items and scores that an expression names.
func (f *formBuilder) used(src string) []string {
	var out []string
	for _, name := range identifier.FindAllString(quoted.ReplaceAllString(src, " "), -1) {
		if _, ok := f.f.NativeType(name); ok && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// scored answers the items of a score, with ranges such as "q1..q4" in full.
func (f *formBuilder) scored(list []string) []string {
	place := func(id string) int {
		return slices.IndexFunc(f.f.Items, func(i instrument.Item) bool { return i.ID == id })
	}
	var out []string
	for _, x := range list {
		first, last, isRange := strings.Cut(x, "..")
		if from, to := place(first), place(last); isRange && from >= 0 && to >= from {
			for _, i := range f.f.Items[from : to+1] {
				out = append(out, i.ID)
			}
			continue
		}
		out = append(out, x)
	}
	return out
}

// inWords says how a score is computed.
func (f *formBuilder) inWords(s *instrument.Score) string {
	if s.Method == instrument.Calc {
		return "The value of: " + s.Expr
	}
	t := fmt.Sprintf("%s of %s", s.Method, strings.Join(s.Items, ", "))
	if s.Method == instrument.Count && s.AtLeast != nil {
		t = fmt.Sprintf("count of %s with a value of at least %s", strings.Join(s.Items, ", "), number(*s.AtLeast))
	}
	if s.Times != 0 {
		t += ", times " + number(s.Times)
	}
	t += fmt.Sprintf("; missing when more than %d items are missing", s.Missing.Allow)
	if s.Missing.Prorate {
		t += "; scaled up by items over answered items"
	}
	return t
}
