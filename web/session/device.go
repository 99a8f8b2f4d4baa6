package session

import (
	"encoding/json"
	"math"
	"net/http"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/static"
)

// What the room's script knows, so that the room goes on when the server is gone: the
// timetable, the limits, what was measured. It is made of the protocol and the record,
// as the reader may see them; the script judges by it for as long as it is alone, and
// the server judges anew when the entries arrive.

// device is the room as data.
type device struct {
	Zone     string            `json:"zone"`
	Start    time.Time         `json:"start,omitzero"`
	Dose     time.Time         `json:"dose,omitzero"`
	Open     bool              `json:"open"`
	Path     string            `json:"path"`
	Form     string            `json:"form"`
	Lines    []deviceLine      `json:"lines"`
	Items    []deviceItem      `json:"items"`
	Rules    []deviceRule      `json:"rules"`
	Readings []deviceReading   `json:"readings"`
	Told     []deviceBreach    `json:"told"`
	Words    map[string]string `json:"words"`
}

type deviceLine struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Vitals bool      `json:"vitals,omitempty"`
	Due    time.Time `json:"due,omitzero"`
	Latest time.Time `json:"latest,omitzero"`
	Done   bool      `json:"done,omitempty"`
}

type deviceItem struct {
	ID       string   `json:"id"`
	Label    string   `json:"label"`
	Unit     string   `json:"unit"`
	Decimals int      `json:"decimals"`
	Min      *float64 `json:"min,omitempty"`
	Max      *float64 `json:"max,omitempty"`
}

type deviceRule struct {
	ID       string  `json:"id"`
	Metric   string  `json:"metric"`
	Compare  string  `json:"compare"`
	Limit    float64 `json:"limit"`
	Baseline bool    `json:"baseline,omitempty"`
	Dwell    float64 `json:"dwell,omitempty"` // seconds
	Severity string  `json:"severity"`
	Title    string  `json:"title"`
	Action   string  `json:"action"`
	Who      string  `json:"who"`
	Within   float64 `json:"within"` // seconds
	May      bool    `json:"may,omitempty"`
}

type deviceReading struct {
	Key    int                `json:"key"` // number of the record
	At     time.Time          `json:"at"`
	Values map[string]float64 `json:"values"`
}

// deviceBreach is a limit passed that the server knows of.
type deviceBreach struct {
	Rule  string    `json:"rule"`
	Key   int       `json:"key"` // number of the record that broke it
	At    time.Time `json:"at"`
	Value float64   `json:"value"`
}

// deviceWords are what the script says by itself.
var deviceWords = []string{"overdue", "now", "coming", "done", "here", "breach", "hold", "who", "ack", "ackdone", "action", "range", "empty", "pending", "needs", "next", "latest", "more"}

// placesOf answers what stands in a message for the script to fill in: the places
// themselves.
func placesOf(word string) []any {
	var out []any
	for _, name := range devicePlaces[word] {
		out = append(out, name, "{"+name+"}")
	}
	return out
}

var devicePlaces = map[string][]string{"who": {"roles", "time"}, "range": {"item", "value", "min", "max"}, "latest": {"time"}, "more": {"n"}}

// device answers the data as JSON.
func (r *room) device() string {
	d := device{Zone: r.s.Zone.String(), Open: r.open(), Path: r.path, Form: r.dosing.Vitals.Form, Lines: []deviceLine{}, Items: []deviceItem{}, Rules: []deviceRule{}, Readings: []deviceReading{}, Told: []deviceBreach{}, Words: map[string]string{}}
	for _, w := range deviceWords {
		d.Words[w] = r.c.T("room.device."+w, placesOf(w)...)
	}
	if r.x != nil {
		d.Start, d.Dose = r.x.Started, r.x.DoseAt
		for _, l := range study.SessionPlan(r.c.Def, r.s, r.x) {
			d.Lines = append(d.Lines, deviceLine{ID: l.ID, Title: r.c.Say(l.Title), Vitals: l.Kind == study.PlanVitals, Due: l.Due, Latest: l.Latest, Done: !l.Done.IsZero()})
		}
		for _, b := range r.x.Breaches {
			d.Told = append(d.Told, deviceBreach{Rule: b.Rule, Key: b.Repeat, At: b.At, Value: b.Value})
		}
	}
	if form, ok := r.c.Def.Form(r.dosing.Vitals.Form); ok {
		for i := range form.Items {
			if it := &form.Items[i]; it.Type == instrument.Integer || it.Type == instrument.Decimal {
				d.Items = append(d.Items, deviceItem{ID: it.ID, Label: r.c.Say(it.Text), Unit: unit(it.Unit, r.c.Lang), Decimals: it.Decimals, Min: it.Min, Max: it.Max})
			}
		}
		for _, f := range r.s.Records(r.visit.ID, form.ID) {
			x := deviceReading{Key: f.Key.Repeat, At: f.At(), Values: map[string]float64{}}
			for _, it := range d.Items {
				if v, ok := f.Values[it.ID].Float(); ok {
					x.Values[it.ID] = v
				}
			}
			d.Readings = append(d.Readings, x)
		}
	}
	for i := range r.dosing.Rules {
		d.Rules = append(d.Rules, r.deviceRule(&r.dosing.Rules[i]))
	}
	text, err := json.Marshal(d)
	if err != nil {
		return "{}" // cannot be: the values are numbers that were parsed, and texts
	}
	return string(text)
}

func (r *room) deviceRule(x *protocol.Rule) deviceRule {
	limit := x.Limit
	if math.IsInf(limit, 0) || math.IsNaN(limit) {
		limit = 0
	}
	return deviceRule{ID: x.ID, Metric: x.Metric, Compare: x.Compare, Limit: limit, Baseline: x.FromBaseline, Dwell: x.Dwell.Std().Seconds(), Severity: x.Severity,
		Title: r.c.Say(x.Text), Action: r.c.Say(x.Action), Who: r.roles(x.Acknowledge.Roles), Within: x.Acknowledge.Within.Std().Seconds(), May: r.mayAnswer(x)}
}

// showLive tells the room's page when something was written about the participant.
func showLive(c *page.Context) error {
	r, err := open(c)
	if err != nil {
		return err
	}
	changed, stop := c.App.Watch(c.Study, r.s.ID)
	defer stop()
	return c.Live(changed)
}

// showSessionsLive tells the list of sessions when something was written in the study.
// Which sites' is not told, nor what: the list asks again for what its reader may see.
func showSessionsLive(c *page.Context) error {
	changed, stop := c.App.Watch(c.Study, "")
	defer stop()
	return c.Live(changed)
}

// showWorker answers the service worker. It lies at the root, so that it may keep
// pages anywhere below.
func showWorker(c *page.Context) error {
	h := c.W.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	c.W.WriteHeader(http.StatusOK)
	_, err := c.W.Write(static.Worker())
	return err
}
