package instruments_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"varde/bilingual"
	"varde/instrument"
)

// texts walks every text that a person reads.
func texts(c *instrument.Compiled, visit func(where string, t bilingual.Text, needed bool)) {
	visit("title", c.Title, true)
	visit("recall", c.Recall, c.Kind == instrument.Questionnaire && c.Licence.Class != instrument.Green)
	visit("instructions", c.Instructions, c.Kind == instrument.Questionnaire || c.Kind == instrument.Interview)
	for _, i := range c.Items {
		visit(i.ID+".text", i.Text, true)
		visit(i.ID+".help", i.Help, false)
		visit(i.ID+".section", i.Section, false)
		visit(i.ID+".low", i.Low, i.Type == instrument.Scale)
		visit(i.ID+".high", i.High, i.Type == instrument.Scale)
		for _, o := range i.Options {
			visit(i.ID+".options."+o.Value.Text(), o.Text, true)
		}
	}
	for _, s := range c.Scores {
		visit("scores."+s.ID, s.Title, true)
	}
	for _, k := range c.Cutoffs {
		visit("cutoffs."+k.ID, k.Text, true)
	}
	for _, a := range c.Alerts {
		visit("alerts."+a.ID, a.Text, true)
	}
}

// sameInBoth are words that English and Norwegian share.
var sameInBoth = regexp.MustCompile(`^([0-9]|MDMA|TSH|QTc, .*|Mild|Bilirubin|Magnesium|Cannabis)$`)

func TestEveryTextIsInBothLanguages(t *testing.T) {
	for id, c := range shipped(t) {
		texts(c, func(where string, text bilingual.Text, needed bool) {
			switch {
			case needed && text.Empty():
				t.Errorf("%s.%s has no text", id, where)
			case !text.Empty() && !text.Complete():
				t.Errorf("%s.%s lacks a language: %+v", id, where, text)
			case text.Complete() && text.EN == text.NB && !sameInBoth.MatchString(text.EN):
				t.Errorf("%s.%s reads the same in both languages: %q", id, where, text.EN)
			}
			for _, s := range []string{text.EN, text.NB} {
				if s != strings.TrimSpace(s) || strings.Contains(s, "  ") || strings.Contains(s, "\n") {
					t.Errorf("%s.%s has stray blanks: %q", id, where, s)
				}
			}
			if strings.Contains(text.NB, "\"") {
				t.Errorf("%s.%s: Norwegian quotes are «»: %q", id, where, text.NB)
			}
		})
	}
}

func TestNumbersOfItems(t *testing.T) {
	for id, want := range map[string]map[string]int{
		"pcl5":        {`^pcl5_\d\d$`: 20, `.`: 20},
		"pcptsd5":     {`^exposed$`: 1, `^pcptsd5_\d$`: 5, `.`: 6},
		"lec5":        {`^lec5_\d\d$`: 17, `.`: 17},
		"phq9":        {`^phq9_\d$`: 9, `^phq9_difficulty$`: 1, `.`: 10},
		"gad7":        {`^gad7_\d$`: 7, `.`: 7},
		"caps5":       {`^[bcde]\d$`: 20, `^dis[12]$`: 2, `.`: 30},
		"cssrs":       {`.`: 5},
		"sds":         {`.`: 1},
		"effects":     {`^(negative_mood|body_perception|confusion|concentration|compassion_self|compassion_others|euphoria|positive_mood|clarity|sociable|calm|talkative|openness|meaningful|distress)$`: 15, `.`: 19},
		"solicited":   {`_severity$`: 25, `_onset$`: 25, `_end$`: 25, `.`: 101},
		"prescreen":   {`.`: 8},
		"eligibility": {`.`: 31},
	} {
		c := the(t, id)
		for pattern, n := range want {
			re, got := regexp.MustCompile(pattern), 0
			for _, item := range c.Items {
				if re.MatchString(item.ID) {
					got++
				}
			}
			if got != n {
				t.Errorf("%s has %d items like %s, want %d", id, got, pattern, n)
			}
		}
	}
}

// The classes of the licence table; what is not in it is our own and green.
func TestLicences(t *testing.T) {
	classes := map[string]instrument.Class{"caps5": instrument.Amber, "cssrs": instrument.Amber, "sds": instrument.Red}
	for id, c := range shipped(t) {
		want, listed := classes[id]
		if !listed {
			want = instrument.Green
		}
		if c.Licence.Class != want {
			t.Errorf("%s is %s, want %s", id, c.Licence.Class, want)
		}
		if c.Licence.Holder == "" || c.Licence.Terms == "" || c.Licence.Status == "" || c.Source == "" {
			t.Errorf("%s does not say who holds it, on which terms, or where it comes from", id)
		}
		for _, item := range c.Items {
			if want == instrument.Green && item.Slot {
				t.Errorf("%s is green but %s is a slot", id, item.ID)
			}
		}
	}
}

// The Norwegian wording of the published questionnaires is a working translation
// and must never pass for the validated one.
func TestWorkingTranslationsSaySo(t *testing.T) {
	for _, id := range []string{"pcl5", "pcptsd5", "lec5", "phq9", "gad7"} {
		l := the(t, id).Licence
		if !l.Confirm || !strings.Contains(l.Note, "working translation") {
			t.Errorf("%s does not mark its Norwegian text as a working translation", id)
		}
	}
}

func TestProvenance(t *testing.T) {
	known := []string{"V", "C", "R", "NF", "own"}
	check := func(where string, p instrument.Provenance, needed bool) {
		if p == (instrument.Provenance{}) && !needed {
			return
		}
		if !slices.Contains(known, p.Status) {
			t.Errorf("%s has status %q", where, p.Status)
		}
		if (p.Status == "R" || p.Status == "NF") && !p.Confirm {
			t.Errorf("%s is recalled or not found, but not marked to be confirmed", where)
		}
		if p.Confirm && p.Note == "" {
			t.Errorf("%s is to be confirmed, but does not say what", where)
		}
		if p.Status != "own" && p.Source == "" {
			t.Errorf("%s has no source", where)
		}
	}
	for id, c := range shipped(t) {
		check(id+".licence", c.Licence.Provenance, true)
		for _, i := range c.Items {
			measured := i.Unit != "" && (i.Min != nil || i.Max != nil) && i.Unit != "h" && i.Unit != "mo"
			check(id+"."+i.ID, i.Provenance, measured)
		}
		for _, s := range c.Scores {
			check(id+"."+s.ID, s.Provenance, true)
		}
		for _, k := range c.Cutoffs {
			check(id+"."+k.ID, k.Provenance, true)
		}
		for _, a := range c.Alerts {
			check(id+"."+a.ID, a.Provenance, true)
			if !a.Confirm || a.Owner == "" || a.Within == "" {
				t.Errorf("%s.%s: who acts and how soon is for the site to confirm", id, a.ID)
			}
		}
	}
}

// Whole instruments that may hint at the arm, or hold a blinded rating: no item
// and no score of them may be open.
func TestBlindingClasses(t *testing.T) {
	revealing := []string{"effects", "solicited", "guess", "vitals", "ae", "conmed", "session_log", "night_check", "daycheck", "ecg", "labs", "drugscreen", "integration", "safety_call", "readiness", "termination", "followup", "adherence", "taper", "contact"}
	treating := []string{"therapist_note"}
	rating := []string{"caps5", "sds"}
	for id, c := range shipped(t) {
		want := instrument.Open
		if slices.Contains(revealing, id) {
			want = instrument.Revealing
		} else if slices.Contains(rating, id) {
			want = instrument.Rating
		} else if slices.Contains(treating, id) {
			want = instrument.Treating
		}
		for _, item := range c.Items {
			if item.Blinding != want {
				t.Errorf("%s.%s is %q, want %q", id, item.ID, item.Blinding, want)
			}
		}
		for _, s := range c.Scores {
			if s.Blinding != want {
				t.Errorf("score %s.%s is %q, want %q", id, s.ID, s.Blinding, want)
			}
		}
	}
}

// Only a person's own plan names other people: who may be called and who receives them.
// That is marked as identifying, and kept sealed.
func TestNothingIdentifyingIsAsked(t *testing.T) {
	sealed := []string{"myplan.contact", "myplan.receiver"}
	for id, c := range shipped(t) {
		for _, item := range c.Items {
			if item.Identifying != slices.Contains(sealed, id+"."+item.ID) {
				t.Errorf("%s.%s collects what identifies a person", id, item.ID)
			}
		}
	}
	if _, there := the(t, "lec5").Item("worst"); there {
		t.Error("LEC-5 collects the worst event")
	}
}

func TestRecordsThatRepeat(t *testing.T) {
	logs := []string{"ae", "conmed", "daycheck", "myplan", "session_log", "night_check", "contact", "taper", "therapist_note"}
	for id, c := range shipped(t) {
		isLog := slices.Contains(logs, id)
		if c.Repeats != isLog || (c.Kind == instrument.Log) != isLog {
			t.Errorf("%s: repeats %v, kind %s", id, c.Repeats, c.Kind)
		}
	}
}

func TestUnits(t *testing.T) {
	for ref, unit := range map[string]string{
		"vitals.sbp": "mm[Hg]", "vitals.dbp": "mm[Hg]", "vitals.hr": "/min", "vitals.temp": "Cel",
		"medical.weight": "kg", "medical.height": "cm", "medical.sbp2": "mm[Hg]", "ecg.qtcb": "ms", "ecg.qtcf": "ms",
		"labs.sodium": "mmol/L", "labs.creatinine": "umol/L", "labs.egfr": "mL/min/{1.73_m2}", "labs.alt": "U/L",
		"labs.bilirubin": "umol/L", "labs.tsh": "m[IU]/L", "labs.hb": "g/dL", "session_log.amount": "mL",
		"demographics.age": "a",
	} {
		id, name, _ := strings.Cut(ref, ".")
		item, ok := the(t, id).Item(name)
		if !ok || item.Unit != unit {
			t.Errorf("%s: unit %q, want %q", ref, item.Unit, unit)
		}
	}
	for id, c := range shipped(t) {
		for _, item := range c.Items {
			numeric := item.Type == instrument.Integer || item.Type == instrument.Decimal || item.Type == instrument.Scale
			if numeric && (item.Min == nil || item.Max == nil) {
				t.Errorf("%s.%s has no plausible range", id, item.ID)
			}
		}
	}
}

// What may be left open without giving a reason; everything else is asked for
// until there is an answer or a reason for none.
func TestWhatMayBeLeftOut(t *testing.T) {
	optional := map[string]string{
		"phq9": "phq9_difficulty", "caps5": "onset_months improvement_global", "guess": "reason", "vitals": "note",
		"ae": "end narrative", "conmed": "atc dose start last_intake", "session_log": "text", "night_check": "note", "myplan": "touch_words stop_word music music_words contact receiver no_driving food bring hopes fears",
		"demographics": "gender", "medical": "bp1_on bp2_on bp3_on notes", "labs": "alt_uln ast_uln alp_uln bilirubin_uln",
		"preparation": "note", "integration": "note", "safety_call": "plan", "followup": "relapse_on harm_text note", "adherence": "note",
		"taper": "atc step2_on step2_dose step3_on step3_dose step4_on step4_dose step5_on step5_dose step6_on step6_dose step7_on step7_dose step8_on step8_dose watch_text note", "contact": "next", "therapist_note": "departures next",
	}
	for id, c := range shipped(t) {
		var got []string
		for _, item := range c.Items {
			if !item.Required {
				got = append(got, item.ID)
			}
		}
		if strings.Join(got, " ") != optional[id] {
			t.Errorf("%s: may be left out: %q, want %q", id, got, optional[id])
		}
	}
}

// Scores stay within the range they state, at both ends of every item.
func TestScoreRanges(t *testing.T) {
	for id, c := range shipped(t) {
		for _, high := range []bool{false, true} {
			values := map[string]instrument.Value{}
			for _, item := range c.Items {
				values[item.ID] = extreme(c, &item, high)
			}
			for name, v := range c.Score(values) {
				x, isNumber := v.Float()
				s, _ := c.ScoreOf(name)
				if isNumber && (s.Min != nil && x < *s.Min || s.Max != nil && x > *s.Max) {
					t.Errorf("%s.%s = %v with every item at %s, outside its range", id, name, x, map[bool]string{false: "its least", true: "its most"}[high])
				}
				if isNumber && (s.Min == nil || s.Max == nil) {
					t.Errorf("%s.%s states no range", id, name)
				}
			}
		}
	}
}

func extreme(c *instrument.Compiled, item *instrument.Item, high bool) instrument.Value {
	options := c.OptionsOf(item)
	switch item.Type {
	case instrument.Integer, instrument.Decimal, instrument.Scale:
		if high {
			return instrument.NumberValue(*item.Max)
		}
		return instrument.NumberValue(*item.Min)
	case instrument.Choice:
		if high {
			return options[len(options)-1].Value
		}
		return options[0].Value
	case instrument.MultiChoice:
		return instrument.ListValue(options[0].Value.Text())
	case instrument.Boolean:
		return instrument.BoolValue(high)
	case instrument.Date:
		return instrument.StringValue("2026-05-17")
	case instrument.DateTime:
		return instrument.StringValue("2026-05-17T09:30:00+02:00")
	}
	return instrument.StringValue(fmt.Sprintf("text of %s", item.ID))
}

// A form filled in from end to end is well formed and lacks nothing.
func TestEveryFormCanBeCompleted(t *testing.T) {
	for id, c := range shipped(t) {
		for _, high := range []bool{false, true} {
			values := map[string]instrument.Value{}
			for _, item := range c.Items {
				if c.Asked(item.ID, values) {
					values[item.ID] = extreme(c, &item, high)
				}
			}
			if errs := c.Validate(values); len(errs) > 0 {
				t.Errorf("%s: %v", id, errs[0])
			}
			if missing := c.Missing(values); len(missing) > 0 {
				t.Errorf("%s still lacks %v", id, missing)
			}
			if doubts := c.Doubts(values); len(doubts) > 0 {
				t.Errorf("%s: %s %s", id, doubts[0].Item, doubts[0].Code)
			}
			if c.Missing(map[string]instrument.Value{}) == nil {
				t.Errorf("%s requires nothing", id)
			}
		}
	}
}
