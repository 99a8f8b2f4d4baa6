package operating

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"varde/protocol/source"
	"varde/simulate/trial"
)

// Bounds of a plan.
const (
	MaxScenarios = 10_000
	MaxTrials    = 100_000_000
	usualTrials  = 2_000
)

// Plan is the scenarios to run.
type Plan struct {
	Title       string     `json:"title,omitempty"`
	Seed        uint64     `json:"seed"`
	Trials      int        `json:"trials"`              // of each scenario, at most
	Precision   float64    `json:"precision,omitempty"` // Monte-Carlo error of Quantity at which a scenario ends; 0 = all trials
	Quantity    string     `json:"quantity,omitempty"`  // id of a measure; "" = power
	Independent bool       `json:"independent,omitempty"`
	Scenarios   []Scenario `json:"scenarios"`
}

// Scenario is one setting. Curve names the figure that it is a point of.
type Scenario struct {
	Name    string        `json:"name"`
	Curve   string        `json:"curve,omitempty"`
	Setting trial.Setting `json:"setting"`
}

// Single is the plan of the protocol as it stands.
func Single(seed uint64, trials int) Plan {
	return Plan{Seed: seed, Trials: trials, Scenarios: []Scenario{{Name: "as planned", Setting: trial.Setting{}}}}
}

// file is a plan as it is written in YAML.
type file struct {
	Title       string               `yaml:"title" json:"title,omitempty"`
	Seed        int                  `yaml:"seed" json:"seed,omitempty"`
	Trials      int                  `yaml:"trials" json:"trials,omitempty"`
	Precision   float64              `yaml:"precision" json:"precision,omitempty"`
	Quantity    string               `yaml:"quantity" json:"quantity,omitempty"`
	Independent bool                 `yaml:"independent" json:"independent,omitempty"`
	Base        map[string]float64   `yaml:"base" json:"base,omitempty"`
	Axes        map[string][]float64 `yaml:"axes" json:"axes,omitempty"`     // full cross
	Curves      []curve              `yaml:"curves" json:"curves,omitempty"` // each a full cross of its own
	List        []listed             `yaml:"list" json:"list,omitempty"`
}

type curve struct {
	ID   string               `yaml:"id" json:"id"`
	Base map[string]float64   `yaml:"base" json:"base,omitempty"`
	Axes map[string][]float64 `yaml:"axes" json:"axes,omitempty"`
}

type listed struct {
	Name string             `yaml:"name" json:"name"`
	Set  map[string]float64 `yaml:"set" json:"set,omitempty"`
}

// reader gathers what is wrong in a file, each with its place.
type reader struct {
	name   string
	root   *source.Node
	faults []error
}

func (r *reader) fault(path, message string) {
	_, line, column := r.root.Locate(path)
	r.faults = append(r.faults, fmt.Errorf("%s:%d:%d: %s", r.name, line, column, message))
}

// Read reads a file of scenarios. The error tells every fault with its place.
func Read(name string, data []byte) (Plan, error) {
	root, faults := source.Parse(data)
	r := &reader{name: name, root: root}
	var f file
	if root != nil {
		faults = append(faults, source.Decode(root, &f)...)
	}
	for _, x := range faults {
		if !x.Warning {
			r.faults = append(r.faults, fmt.Errorf("%s:%d:%d: %s. %s", name, x.Line, x.Column, x.Message, x.Fix))
		}
	}
	if len(r.faults) > 0 {
		return Plan{}, errors.Join(r.faults...)
	}
	p := r.plan(&f)
	return p, errors.Join(r.faults...)
}

func (r *reader) plan(f *file) Plan {
	p := Plan{Title: f.Title, Seed: uint64(max(f.Seed, 0)), Trials: f.Trials, Precision: f.Precision, Quantity: f.Quantity, Independent: f.Independent}
	if f.Seed < 0 {
		r.fault("seed", "a seed is a whole number, 0 or more")
	}
	if _, _, has := r.root.Get("trials"); !has {
		p.Trials = usualTrials
	} else if f.Trials < 1 || f.Trials > MaxTrials {
		r.fault("trials", fmt.Sprintf("trials is %d: at least 1 trial is needed, and at most %d are run", f.Trials, MaxTrials))
	}
	if f.Precision < 0 || math.IsNaN(f.Precision) {
		r.fault("precision", "a precision is a Monte-Carlo error above 0, such as 0.005")
	}
	r.settings("base", f.Base)
	if f.Axes != nil {
		p.add(r, "axes", "", "", f.Base, f.Axes)
	}
	for i, c := range f.Curves {
		at := fmt.Sprintf("curves[%d]", i)
		r.settings(at+".base", c.Base)
		if len(c.Axes) == 0 {
			r.fault(at, "a curve needs axes, such as axes: {effect: [0, 0.5, 1]}")
			continue
		}
		p.add(r, at+".axes", c.ID, c.ID+": ", trial.Setting(f.Base).With(c.Base), c.Axes)
	}
	for i, l := range f.List {
		at := fmt.Sprintf("list[%d]", i)
		r.settings(at+".set", l.Set)
		p.Scenarios = append(p.Scenarios, Scenario{Name: l.Name, Setting: trial.Setting(f.Base).With(l.Set)})
	}
	if len(p.Scenarios) == 0 && len(r.faults) == 0 {
		p.Scenarios = []Scenario{{Name: "base", Setting: trial.Setting(f.Base).With(nil)}}
	}
	seen := map[string]bool{}
	for _, s := range p.Scenarios {
		if seen[s.Name] {
			r.faults = append(r.faults, fmt.Errorf("%s:1:1: two scenarios are called %q: names tell them apart", r.name, s.Name))
			break
		}
		seen[s.Name] = true
	}
	return p
}

// settings checks axes that are set to one value.
func (r *reader) settings(at string, set map[string]float64) {
	for _, name := range inOrder(set) {
		r.check(at+"."+name, name, set[name])
	}
}

func (r *reader) check(at, name string, v float64) bool {
	a, ok := trial.AxisOf(name)
	if !ok {
		r.fault(at, fmt.Sprintf("there is no axis %q; there are %s", name, axisNames()))
		return false
	}
	if err := a.Check(v); err != nil {
		r.fault(at, err.Error())
		return false
	}
	return true
}

func axisNames() string {
	var names []string
	for _, a := range trial.Axes {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

// add crosses axes.
func (p *Plan) add(r *reader, at, curve, prefix string, base map[string]float64, axes map[string][]float64) {
	names := inOrder(axes)
	count := 1
	for _, name := range names {
		values := axes[name]
		if len(values) == 0 {
			r.fault(at+"."+name, "an axis without a value leaves no scenario")
			return
		}
		if _, ok := trial.AxisOf(name); !ok {
			r.check(at+"."+name, name, 0)
			return
		}
		for i, v := range values {
			if !r.check(fmt.Sprintf("%s.%s[%d]", at, name, i), name, v) {
				return
			}
		}
		if count *= len(values); count > MaxScenarios-len(p.Scenarios) {
			r.fault(at, fmt.Sprintf("the axes cross to more than %d scenarios; take fewer values, or list the scenarios", MaxScenarios))
			return
		}
	}
	for i := range count {
		set, rest := trial.Setting(base).With(nil), i
		var parts []string
		for j := len(names) - 1; j >= 0; j-- {
			values := axes[names[j]]
			set[names[j]] = values[rest%len(values)]
			rest /= len(values)
		}
		for _, name := range names {
			parts = append(parts, fmt.Sprintf("%s %v", name, set[name]))
		}
		p.Scenarios = append(p.Scenarios, Scenario{Name: prefix + strings.Join(parts, ", "), Curve: curve, Setting: set})
	}
}

// inOrder answers the keys in the order of the axes, unknown ones last.
func inOrder[T any](m map[string]T) []string {
	var out []string
	for _, a := range trial.Axes {
		if _, ok := m[a.Name]; ok {
			out = append(out, a.Name)
		}
	}
	if len(out) == len(m) {
		return out
	}
	var unknown []string
	for k := range m {
		if _, ok := trial.AxisOf(k); !ok {
			unknown = append(unknown, k)
		}
	}
	sortStrings(unknown)
	return append(out, unknown...)
}

// check says what is wrong with a plan that was not read from a file.
func (p *Plan) check() error {
	switch {
	case p.Trials < 1 || p.Trials > MaxTrials:
		return fmt.Errorf("trials is %d: at least 1 trial is needed, and at most %d are run", p.Trials, MaxTrials)
	case len(p.Scenarios) == 0:
		return errors.New("there is no scenario to run")
	case len(p.Scenarios) > MaxScenarios:
		return fmt.Errorf("%d scenarios; at most %d are run", len(p.Scenarios), MaxScenarios)
	case p.Precision < 0 || math.IsNaN(p.Precision):
		return errors.New("a precision is a Monte-Carlo error above 0, such as 0.005")
	}
	return nil
}
