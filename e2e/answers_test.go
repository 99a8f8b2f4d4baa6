package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/protocol"
)

// Answers of one invented person, who has severe PTSD and is otherwise healthy.
// What is not here is answered by usual, when everybody is asked it.
var told = map[string]map[string]string{
	"prescreen":    {"adult": "true", "language_ok": "true", "trauma": "true", "contact_ok": "true", "interested": "true"},
	"demographics": {"age": "38", "sex": "female", "childbearing": "false", "prior_therapies": "3", "ptsd_years": "9.5"},
	"medical": {"weight": "71.5", "height": "169", "sbp1": "118", "dbp1": "76", "sbp2": "121", "dbp2": "74", "sbp3": "117", "dbp3": "75",
		"exam_normal": "true"},
	"ecg": {"hr": "66", "qtcb": "412", "qtcf": "408", "rhythm_normal": "true"},
	"labs": {"sodium": "140", "potassium": "4.2", "magnesium": "0.85", "creatinine": "72", "egfr": "95", "alt": "22", "ast": "24", "alp": "70",
		"bilirubin": "9", "tsh": "1.8", "hb": "13.9"},
	"eligibility": {"fluent": "true", "swallow_pills": "true", "agrees_recording": "true", "contact_named": "true", "informs_48h": "true",
		"contraception": "true", "lifestyle_rules": "true", "ptsd_confirmed": "true", "symptoms_6_months": "true", "consent_capacity": "true", "stable_home": "true"},
	"preparation": {"minutes": "90", "touch_agreement": "true", "stop_signal": "true", "boundaries_told": "true", "reporting_line": "true",
		"music": "true", "contacts": "true", "driver": "true", "fasting": "true", "bring": "true"},
	"caps5":      {"duration_months": "96", "distress": "3", "social": "2", "occupational": "2", "severity_global": "3", "dis1": "0", "dis2": "0", "validity": "0"},
	"sds":        {"total_entered": "6.3"},
	"expectancy": {"improvement": "60", "confidence": "55", "hopes_drug": "50", "hopes_therapy": "60", "disappointment": "40"},
	"pcl5":       {}, "gad7": {}, "phq9": {"phq9_9": "0"}, "cssrs": {"ideation": "0"},
}

// level is the option chosen on a rating scale: the symptoms are marked.
var level = map[string]int{"caps5": 3, "pcl5": 3, "gad7": 1, "phq9": 1}

// answers is what the person answers in a form, by item; multiple choices are
// joined by commas.
func answers(t *testing.T, def *protocol.Definition, form, visit string, now time.Time) map[string]string {
	t.Helper()
	c, ok := def.Form(form)
	if !ok {
		t.Fatalf("the protocol has no form %s", form)
	}
	out := map[string]string{}
	for i := range c.Items {
		item := &c.Items[i]
		if a, ok := told[form][item.ID]; ok {
			out[item.ID] = a
		} else if item.Required && item.When == "" {
			out[item.ID] = usual(c, item, level[form], now)
		}
	}
	if form == "cssrs" && visit != "V0" {
		out["period"] = "since-last"
	}
	return out
}

func usual(c *instrument.Compiled, item *instrument.Item, level int, now time.Time) string {
	options := c.OptionsOf(item)
	switch item.Type {
	case instrument.Boolean:
		return "false"
	case instrument.Choice:
		return options[min(level, len(options)-1)].Value.Text()
	case instrument.MultiChoice:
		return options[len(options)-1].Value.Text()
	case instrument.Integer, instrument.Decimal, instrument.Scale:
		return "1"
	case instrument.Date:
		return now.Format(time.DateOnly)
	case instrument.DateTime:
		return now.Format("2006-01-02T15:04")
	case instrument.Time:
		return "09:00"
	}
	return "None"
}

// pour answers the fields of a form that are on the page as a hand does: by
// clicking and by typing events. It answers the items that it knows and does not find.
const pour = `(answers) => {
  const left = [];
  for (const [id, answer] of Object.entries(answers)) {
    const fields = [...document.getElementsByName("i." + id)];
    if (fields.length === 0) { left.push(id); continue; }
    if (fields[0].type === "radio" || fields[0].type === "checkbox") {
      for (const code of answer.split(",")) {
        const f = fields.find((f) => f.value === code);
        if (!f) left.push(id + "=" + code); else if (!f.checked) f.click();
      }
      continue;
    }
    const f = fields[0];
    if (f.value !== answer) {
      f.focus();
      f.value = answer;
      f.dispatchEvent(new Event("input", { bubbles: true }));
      f.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  return left;
}`

// fill answers a form at its own address, saves it, and expects it to be complete.
func (b *browser) fill(def *protocol.Definition, person, visit, form string, now time.Time) {
	b.t.Helper()
	b.fillAt("/s/"+live+"/p/"+person+"/f/"+visit+"/"+form, def, visit, form, now)
}

// fillAt does so at an address.
func (b *browser) fillAt(path string, def *protocol.Definition, visit, form string, now time.Time) {
	b.t.Helper()
	b.open(path)
	if !b.has(`#entry button[value="save"]`) {
		b.t.Fatalf("%s at %s cannot be filled in here:\n%s", form, visit, b.excerpt())
	}
	text, err := json.Marshal(answers(b.t, def, form, visit, now))
	if err != nil {
		b.t.Fatal(err)
	}
	call := "(" + pour + ")(" + string(text) + ")"
	// Some questions come when others are answered.
	b.until(call + ".length === 0")
	b.click(`#entry button[value="save"]`)
	if shown := b.text(); b.has("[aria-invalid=true]") || strings.Contains(shown, "Missing") {
		b.t.Fatalf("%s at %s was not saved whole:\n%s", form, visit, b.excerpt())
	}
}
