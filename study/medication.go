package study

import (
	"fmt"
	"time"

	"varde/protocol"
)

// Medicine is one record of the medication log, held against the protocol's table.
type Medicine struct {
	Record    *FormState
	Name, ATC string
	Dose      string
	Ongoing   bool
	Last      Day // last intake, 0 = not known
	Hits      []MedicationHit
	Known     bool   // in the table, or named by a whole ATC code; otherwise somebody looks it up
	Decision  string // of the physician: "accept", "taper", "stop", "exclude"; "" = not decided
	Reason    string
	By        string // account that decided
	At        time.Time
	Undecided bool // it meets the table, and the physician has still to decide
	Forbidden bool // allowed, although it can never be combined
}

// Worst answers the gravest severity among the hits that are not washed out, "" when
// there is none: X before H before M before L.
func (m *Medicine) Worst() string {
	worst := ""
	for _, h := range m.Hits {
		if !h.Washed && (worst == "" || gravity(h.Interaction.Severity) > gravity(worst)) {
			worst = h.Interaction.Severity
		}
	}
	return worst
}

// Earliest answers the first day on which a dose is possible after every washout; ok is
// false while one of them is not known, or no time is enough by itself.
func (m *Medicine) Earliest() (day Day, ok bool) {
	for _, h := range m.Hits {
		if gravity(h.Interaction.Severity) < gravity("H") {
			continue
		}
		if h.Until == 0 {
			return 0, false
		}
		day, ok = max(day, h.Until), true
	}
	return day, ok
}

func gravity(severity string) int {
	switch severity {
	case "X":
		return 4
	case "H":
		return 3
	case "M":
		return 2
	case "L":
		return 1
	}
	return 0
}

// Verified says that a value stands in a public source that was checked, or was confirmed
// by the site. Any other is a default to be confirmed, and is shown as that.
func Verified(def *protocol.Definition, x protocol.Interaction) bool {
	if x.Status == "V" || x.Status == "C" {
		return true
	}
	for _, k := range def.Confirmed {
		if k.Ref == "interactions."+x.ID {
			return true
		}
	}
	return false
}

// Medicines answers what the medication log holds, in its order, as it stands on a day.
func Medicines(def *protocol.Definition, s *State, on Day) []Medicine {
	if def.Safety.Medication == "" {
		return nil
	}
	hits := map[int][]MedicationHit{}
	for _, h := range MedicationHits(def, s, on) {
		hits[h.Record.Key.Repeat] = append(hits[h.Record.Key.Repeat], h)
	}
	var out []Medicine
	for _, f := range s.Records("", def.Safety.Medication) {
		m := Medicine{Record: f, Name: f.Values["name"].Text(), ATC: f.Values["atc"].Text(), Dose: f.Values["dose"].Text(), Hits: hits[f.Key.Repeat]}
		m.Ongoing, _ = f.Values["ongoing"].Bool()
		if last, ok := lastIntake(f); ok && !m.Ongoing {
			m.Last = last
		}
		m.Known = len(m.Hits) > 0 || WholeATC(m.ATC)
		if d := f.Values["decision"]; d.Given() && d.Text() != "none" {
			m.Decision, m.Reason, m.By, m.At = d.Text(), f.Values["decision_reason"].Text(), f.DecidedBy, f.DecidedAt
		}
		for _, h := range m.Hits {
			m.Undecided = m.Undecided || m.Decision == "" && gravity(h.Interaction.Severity) >= gravity("M")
			m.Forbidden = m.Forbidden || m.Decision == "accept" && h.Interaction.Severity == "X"
		}
		out = append(out, m)
	}
	return out
}

// medicineFault refuses a decision that is not the physician's, and one that allows what
// can never be combined.
func (d *decision) medicineFault(c SaveForm, old *FormState, given ...Values) *Refusal {
	if d.def.Safety.Medication == "" || c.Form != d.def.Safety.Medication || c.Visit != "" {
		return nil
	}
	value := func(id string) string {
		for _, v := range given {
			if x, ok := v[id]; ok {
				return x.Text()
			}
		}
		if old != nil {
			return old.Values[id].Text()
		}
		return ""
	}
	now := value("decision")
	before := ""
	if old != nil {
		before = old.Values["decision"].Text()
	}
	if now != before && now != "" && now != "none" && d.env.Actor.Role != "physician" && d.env.Actor.Role != "system" {
		return invalid("items.decision", "physician-decides", "the physician decides about medicines: leave this at \"not decided yet\", and it is put before the physician",
			"legen avgjør om legemidler: la dette stå som «ikke avgjort ennå», så legges det fram for legen")
	}
	if now != "accept" {
		return nil
	}
	for _, x := range MatchMedicine(d.def, value("name"), value("atc")) {
		if x.Severity == "X" {
			r := refuse(Against, "never-combined", say("this can never be taken together with the treatment (%s), and nobody can override it: choose taper, stop or cannot take part",
				"dette kan aldri tas sammen med behandlingen (%s), og ingen kan overstyre det: velg trappes ned, avsluttes eller kan ikke delta", x.Class))
			r.Field = "items.decision"
			return r
		}
	}
	return nil
}

// decided notes who decided about a medicine, and when.
func (f *FormState) decided(def *protocol.Definition, e Event, items Values) {
	if f.Key.Form != def.Safety.Medication || f.Key.Visit != "" {
		return
	}
	if d, ok := items["decision"]; ok {
		f.DecidedBy, f.DecidedAt = "", time.Time{}
		if d.Given() && d.Text() != "none" {
			f.DecidedBy, f.DecidedAt = e.Actor, e.At
		}
	}
}

// How soon the physician looks at a medicine that meets the table: office work, but
// nobody is dosed before.
const medicineWithin = 7 * 24 * time.Hour

// medicines puts undecided medicines, and those allowed against the table, before the
// physician. The task names no medicine: tasks are the same for all who see them.
func (b *taskList) medicines() {
	if b.s.Status().Gone() {
		return
	}
	for _, m := range Medicines(b.def, b.s, DayOf(b.s.Recorded, b.s.Zone)) {
		t := Task{ID: fmt.Sprintf("medicine/%d", m.Record.Key.Repeat), Kind: TaskMedicine, Roles: []string{"physician"}, Form: b.def.Safety.Medication, Repeat: m.Record.Key.Repeat,
			Due: m.Record.SavedAt, Closes: m.Record.SavedAt.Add(medicineWithin)}
		switch {
		case m.Forbidden:
			t.Title = Text{EN: "A medicine is marked as allowed that can never be combined: decide anew", NB: "Et legemiddel som aldri kan kombineres, er ført som tillatt: avgjør på nytt"}
		case m.Undecided:
			t.Title = Text{EN: "Decide about a medicine that may interact", NB: "Avgjør om et legemiddel som kan påvirke behandlingen"}
		default:
			continue
		}
		b.add(t)
	}
}
