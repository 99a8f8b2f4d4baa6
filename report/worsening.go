package report

import (
	"fmt"
)

// shifts shows each safety scale before and at its worst after the first dose.
func (b *builder) shifts() {
	if len(b.r.Shifts) == 0 {
		return
	}
	s := Section{ID: "shifts", Title: b.say("Safety scales before and after", "Sikkerhetsskalaer før og etter"), Text: []string{b.say(
		"Of those who took a dose. Rows are the value before it, columns the highest value afterwards.",
		"Av dem som fikk en dose. Radene er verdien før den, kolonnene den høyeste verdien etterpå.")}}
	for i := range b.r.Shifts {
		x := &b.r.Shifts[i]
		for g, c := range x.Groups {
			t := Table{Caption: x.Text.In(b.lang) + ": " + b.group(g), Heads: []string{b.say("Before", "Før")},
				Note: fmt.Sprintf(b.say("Higher than before: %s. Without both values: %d.", "Høyere enn før: %s. Uten begge verdier: %d."), b.shareText(c.Worse).Text, c.Missing)}
			for _, l := range x.Levels {
				t.Heads = append(t.Heads, fmt.Sprintf(b.say("after: %d", "etter: %d"), l))
			}
			for row, l := range x.Levels {
				cells := []Cell{{Text: fmt.Sprint(l)}}
				for _, n := range c.Counts[row] {
					cells = append(cells, Cell{Text: fmt.Sprint(n)})
				}
				t.Rows = append(t.Rows, Row{Cells: cells})
			}
			s.Tables = append(s.Tables, t)
		}
	}
	b.add(s)
}

// findings shows laboratory, ECG and other values past the limits of their forms.
func (b *builder) findings() {
	if len(b.r.Findings) == 0 {
		return
	}
	t := Table{Caption: b.say("People with a value past a limit after the first dose", "Personer med en verdi forbi en grense etter første dose"),
		Heads: append([]string{b.say("Limit", "Grense")}, b.groupNames()...), Note: b.say("Of those who were measured after it. The limits are those of the forms.", "Av dem som ble målt etter den. Grensene er skjemaenes.")}
	for i := range b.r.Findings {
		f := &b.r.Findings[i]
		cells := []Cell{{Text: f.Title.In(b.lang) + ": " + f.Alert, Sub: f.Text.In(b.lang)}}
		for g := range f.Groups {
			c := b.shareText(f.Groups[g])
			if before := f.Before[g]; before.N > 0 {
				c.Sub = fmt.Sprintf(b.say("before: %d/%d", "før: %d/%d"), before.Events, before.N)
			}
			cells = append(cells, c)
		}
		t.Rows = append(t.Rows, Row{Cells: cells})
	}
	b.add(Section{ID: "findings", Title: b.say("Laboratory and ECG", "Blodprøver og EKG"), Tables: []Table{t}})
}
