package usdm

import (
	"maps"
	"slices"
	"strconv"

	"varde/instrument"
)

// concepts are the instruments: each a biomedical concept of our own, with a property an
// item. Scores, skip logic and cut-offs have no place here; ODM carries them.
func (w *writer) concepts() []object {
	out := []object{}
	for _, id := range slices.Sorted(maps.Keys(w.def.Instruments)) {
		f := w.def.Instruments[id]
		properties := []object{}
		for i := range f.Items {
			properties = append(properties, w.property(f, &f.Items[i]))
		}
		out = append(out, w.extend(w.object("BiomedicalConcept", "name", f.ID, "label", en(f.Title), "synonyms", []string{}, "reference", "urn:varde:instrument:"+f.ID+":"+f.Version, "properties", properties,
			"code", w.alias(w.ours(f.ID, en(f.Title))), "notes", []object{}), "nb", f.Title.NB))
	}
	return out
}

var dataTypes = map[instrument.ItemType]string{
	instrument.Integer: "integer", instrument.Scale: "integer", instrument.Decimal: "float", instrument.Boolean: "boolean",
	instrument.Date: "date", instrument.DateTime: "datetime", instrument.Time: "time",
}

func (w *writer) property(f *instrument.Compiled, item *instrument.Item) object {
	responses := []object{}
	numbers := ""
	for _, o := range f.OptionsOf(item) {
		if _, ok := o.Value.Float(); ok {
			numbers = "number"
		}
		code := o.Value.Text()
		responses = append(responses, w.extend(w.object("ResponseCode", "name", item.ID+"_"+code, "label", en(o.Text), "isEnabled", true, "code", w.ours(code, either(en(o.Text), code))), "nb", o.Text.NB))
	}
	limit := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'f', -1, 64)
	}
	return w.extend(w.object("BiomedicalConceptProperty", "name", item.ID, "label", en(item.Text), "isRequired", item.Required, "isEnabled", true, "datatype", either(dataTypes[item.Type], "string"),
		"responseCodes", responses, "code", w.alias(w.ours(f.ID+"."+item.ID, either(en(item.Text), item.ID))), "notes", []object{}),
		"nb", item.Text.NB, "type", string(item.Type), "unit", item.Unit, "min", limit(item.Min), "max", limit(item.Max), "codes", numbers)
}

// activities are the forms, and the dosing session.
func (w *writer) activities() []object {
	out := []object{}
	activity := func(name, label, nb string, concepts []string) {
		o := w.extend(w.object("Activity", "name", name, "label", label, "description", nil, "previousId", nil, "nextId", nil, "childIds", []string{}, "definedProcedures", []object{},
			"biomedicalConceptIds", concepts, "bcCategoryIds", []string{}, "bcSurrogateIds", []string{}, "timelineId", nil, "notes", []object{}), "nb", nb)
		w.activity[name] = o.id()
		out = append(out, o)
	}
	for i, id := range slices.Sorted(maps.Keys(w.def.Instruments)) {
		f := w.def.Instruments[id]
		activity(f.ID, en(f.Title), f.Title.NB, []string{"BiomedicalConcept_" + strconv.Itoa(i+1)})
	}
	if w.def.Dosing != nil {
		activity(sessionActivity, "Dosing session", "Doseringsøkt", []string{})
	}
	return chain(out)
}
