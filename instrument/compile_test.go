package instrument

import "testing"

func TestCompileRefuses(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*Instrument)
		path   string
		code   string
	}{
		"id":                       {func(i *Instrument) { i.ID = "F 1" }, "id", "V012"},
		"kind":                     {func(i *Instrument) { i.Kind = "questionaire" }, "kind", "V013"},
		"minutes":                  {func(i *Instrument) { i.Minutes = 0 }, "minutes", "V014"},
		"no items":                 {func(i *Instrument) { i.Items = nil }, "items", "V004"},
		"item id twice":            {func(i *Instrument) { i.Items[1].ID = "q1" }, "items[1].id", "V010"},
		"reserved id":              {func(i *Instrument) { i.Items[1].ID = "true" }, "items[1].id", "V012"},
		"type":                     {func(i *Instrument) { i.Items[0].Type = "number" }, "items[0].type", "V013"},
		"blinding":                 {func(i *Instrument) { i.Items[0].Blinding = "secret" }, "items[0].blinding", "V013"},
		"range":                    {func(i *Instrument) { i.Items[0].Min = at(9) }, "items[0].min", "V025"},
		"range of a text":          {func(i *Instrument) { i.Items[12].Min = at(9) }, "items[12]", "V025"},
		"scale without ends":       {func(i *Instrument) { i.Items[0].Type, i.Items[0].Max = Scale, nil }, "items[0]", "V025"},
		"decimals":                 {func(i *Instrument) { i.Items[0].Decimals = 1 }, "items[0].decimals", "V014"},
		"unit of a boolean":        {func(i *Instrument) { i.Items[4].Unit = "kg" }, "items[4].unit", "V022"},
		"choice without options":   {func(i *Instrument) { i.Items[6].Options = nil }, "items[6]", "V024"},
		"options of a number":      {func(i *Instrument) { i.Items[0].Options = i.Items[6].Options }, "items[0]", "V024"},
		"options of a later item":  {func(i *Instrument) { i.Items[6].Options, i.Items[6].OptionsOf = nil, "any" }, "items[6].optionsOf", "V011"},
		"code with a comma":        {func(i *Instrument) { i.Items[8].Options = []Option{{StringValue("a,b"), both("x")}} }, "items[8].options[0].value", "V012"},
		"boolean as code":          {func(i *Instrument) { i.Items[6].Options = []Option{{BoolValue(true), both("x")}} }, "items[6].options[0].value", "V024"},
		"condition of itself":      {func(i *Instrument) { i.Items[4].When = "yes" }, "items[4].when", "V021"},
		"condition of a score":     {func(i *Instrument) { i.Items[4].When = "s > 1" }, "items[4].when", "V021"},
		"condition that is no one": {func(i *Instrument) { i.Items[4].When = "q1 +" }, "items[4].when", "V020"},
		"condition of wrong type":  {func(i *Instrument) { i.Items[4].When = "q1" }, "items[4].when", "V020"},
		"score id of an item":      {func(i *Instrument) { i.Scores[0].ID = "q1" }, "scores[0].id", "V010"},
		"score without items":      {func(i *Instrument) { i.Scores[0].Items = nil }, "scores[0]", "V027"},
		"score of a text":          {func(i *Instrument) { i.Scores[0].Items = []string{"note"} }, "scores[0].items", "V023"},
		"score of nothing":         {func(i *Instrument) { i.Scores[0].Items = []string{"q1", "q9"} }, "scores[0].items[1]", "V011"},
		"score with an item twice": {func(i *Instrument) { i.Scores[0].Items = []string{"q1..q3", "q2"} }, "scores[0].items[1]", "V010"},
		"range backwards":          {func(i *Instrument) { i.Scores[0].Items = []string{"q3..q1"} }, "scores[0].items[0]", "V026"},
		"all may be missing":       {func(i *Instrument) { i.Scores[0].Missing.Allow = 4 }, "scores[0].missing.allow", "V027"},
		"prorated mean":            {func(i *Instrument) { i.Scores[0].Method, i.Scores[0].Missing.Prorate = Mean, true }, "scores[0].missing.prorate", "V027"},
		"count without limit":      {func(i *Instrument) { i.Scores[0].Method = Count }, "scores[0]", "V027"},
		"expression missing":       {func(i *Instrument) { i.Scores[0].Method, i.Scores[0].Items = Calc, nil }, "scores[0]", "V027"},
		"score of itself":          {func(i *Instrument) { i.Scores[0] = Score{ID: "s", Title: both("s"), Method: Calc, Expr: "s + 1.0"} }, "scores[0].expr", "V021"},
		"cut-off of nothing":       {func(i *Instrument) { i.Cutoffs = []Cutoff{{ID: "a", Score: "t", From: at(1), Text: both("a")}} }, "cutoffs[0].score", "V011"},
		"cut-off upside down": {func(i *Instrument) {
			i.Cutoffs = []Cutoff{{ID: "a", Score: "s", From: at(2), Below: at(1), Text: both("a")}}
		}, "cutoffs[0].from", "V025"},
		"alert that is no one": {func(i *Instrument) { i.Alerts = []Alert{{ID: "a", When: "q9 > 1", Text: both("a")}} }, "alerts[0].when", "V020"},
	} {
		t.Run(name, func(t *testing.T) {
			in := formSource(Score{ID: "s", Title: both("s"), Method: Sum, Items: []string{"q1..q4"}})
			x.change(&in)
			c, issues := Compile(in)
			if c != nil {
				t.Fatal("it compiles")
			}
			for _, i := range issues {
				if i.Message == "" || i.Fix == "" {
					t.Errorf("an issue without message or fix: %+v", i)
				}
				if i.Path == x.path && i.Code == x.code {
					return
				}
			}
			t.Errorf("%+v, want %s at %s", issues, x.code, x.path)
		})
	}
}

func TestHashIsOfTheContent(t *testing.T) {
	a, b := form(t), form(t)
	if len(a.Hash) != 64 || a.Hash != b.Hash {
		t.Errorf("%s, %s", a.Hash, b.Hash)
	}
	in := formSource()
	in.Items[3].Text.NB = "en annen ordlyd"
	c, _ := Compile(in)
	if c.Hash == a.Hash {
		t.Error("another wording has the same hash")
	}
}
