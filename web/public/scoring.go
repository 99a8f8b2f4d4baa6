package public

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"varde/instrument"
	"varde/instruments"
	"varde/protocol"
)

// The self-check is added up in the reader's browser (web/static/js/selfcheck.js), from
// the instruments' own rules, so that no answer leaves it. These are the rules as the
// script reads them.
type (
	checkRules struct {
		First       instrumentRules `json:"first"`
		Then        instrumentRules `json:"then"`
		Go          thresholdRule   `json:"go"`
		Danger      []dangerRule    `json:"danger"`
		Bands       []bandRule      `json:"bands"`
		Instruments []string        `json:"instruments"`
	}
	instrumentRules struct {
		ID     string      `json:"id"`
		Items  []itemRule  `json:"items"`
		Scores []scoreRule `json:"scores"`
	}
	itemRule struct {
		ID   string `json:"id"`
		When string `json:"when,omitempty"`
	}
	scoreRule struct {
		ID      string   `json:"id"`
		Method  string   `json:"method"`
		Items   []string `json:"items,omitempty"`
		AtLeast float64  `json:"atLeast"`
		Times   float64  `json:"times"`
		Allow   int      `json:"allow"`
		Prorate bool     `json:"prorate"`
		Expr    string   `json:"expr,omitempty"`
		Max     *float64 `json:"max,omitempty"`
	}
	thresholdRule struct {
		Score string  `json:"score"`
		From  float64 `json:"from"`
	}
	dangerRule struct {
		ID         string  `json:"id"`
		Instrument string  `json:"instrument"`
		Item       string  `json:"item,omitempty"`
		Score      string  `json:"score,omitempty"`
		From       float64 `json:"from"`
	}
	bandRule struct {
		ID         string  `json:"id"`
		Instrument string  `json:"instrument"`
		Score      string  `json:"score"`
		From       float64 `json:"from"`
		Below      float64 `json:"below"`
	}
)

// readChecks compiles the instruments of the self-check and asks whether its rules fit
// them.
func (s *site) readChecks() error {
	check := s.content.SelfCheck
	lib, findings := protocol.LoadLibrary(some{instruments.FS, []string{check.First + ".yaml", check.Then + ".yaml"}})
	if protocol.HasErrors(findings) {
		return fmt.Errorf("web/public: the instruments of the self-check: %v", findings)
	}
	if err := check.Fit(lib); err != nil {
		return fmt.Errorf("web/public: %w", err)
	}
	s.first, s.then = lib[check.First], lib[check.Then]
	for _, f := range []*instrument.Compiled{s.first, s.then} {
		if err := answerable(f); err != nil {
			return err
		}
	}
	rules, err := json.Marshal(s.rules())
	s.check = string(rules)
	return err
}

// answerable refuses what the page cannot ask.
func answerable(f *instrument.Compiled) error {
	for i := range f.Items {
		if t := f.Items[i].Type; t != instrument.Boolean && t != instrument.Choice {
			return fmt.Errorf("web/public: the self-check cannot ask %s.%s: it asks yes or no, or one of several", f.ID, f.Items[i].ID)
		}
	}
	return nil
}

func (s *site) rules() checkRules {
	check := s.content.SelfCheck
	r := checkRules{First: rulesOf(s.first), Then: rulesOf(s.then), Go: thresholdRule{check.Go.Score, check.Go.From}, Instruments: []string{check.First, check.Then}}
	for _, d := range check.Danger {
		r.Danger = append(r.Danger, dangerRule{d.ID, d.Instrument, d.Item, d.Score, d.From})
	}
	for _, b := range check.Bands {
		r.Bands = append(r.Bands, bandRule{b.ID, b.Instrument, b.Score, b.From, b.Below})
	}
	return r
}

func rulesOf(f *instrument.Compiled) instrumentRules {
	r := instrumentRules{ID: f.ID}
	for i := range f.Items {
		r.Items = append(r.Items, itemRule{f.Items[i].ID, f.Items[i].When})
	}
	for i := range f.Scores {
		x := &f.Scores[i]
		rule := scoreRule{ID: x.ID, Method: string(x.Method), Items: itemsOf(f, x), Times: 1, Allow: x.Missing.Allow, Prorate: x.Missing.Prorate, Expr: x.Expr, Max: x.Max}
		if x.Times != 0 {
			rule.Times = x.Times
		}
		if x.AtLeast != nil {
			rule.AtLeast = *x.AtLeast
		}
		r.Scores = append(r.Scores, rule)
	}
	return r
}

// itemsOf writes out ranges such as "pcl5_01..pcl5_20".
func itemsOf(f *instrument.Compiled, x *instrument.Score) []string {
	index := func(id string) int {
		return slices.IndexFunc(f.Items, func(it instrument.Item) bool { return it.ID == id })
	}
	var out []string
	for _, id := range x.Items {
		from, to, ranged := strings.Cut(id, "..")
		if !ranged {
			to = from
		}
		for i := index(from); i >= 0 && i <= index(to); i++ {
			out = append(out, f.Items[i].ID)
		}
	}
	return out
}

// some is a folder of which only the named files are seen.
type some struct {
	fs.FS
	names []string
}

// ReadDir lists them.
func (s some) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(s.FS, name)
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool { return !slices.Contains(s.names, e.Name()) }), err
}
