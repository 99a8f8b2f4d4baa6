package protocol

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"varde/expr"
	"varde/instrument"
)

// collection knows where forms are collected.
type collection struct {
	forms map[string][]int           // form -> indices of the visits that collect it, ascending
	logs  map[string]bool            // forms kept all through
	at    map[string]map[string]bool // visit -> forms
}

// gather finds every place where a form is collected.
func (c *checker) gather() {
	k := collection{forms: map[string][]int{}, logs: map[string]bool{}, at: map[string]map[string]bool{}}
	add := func(visit int, form string) {
		if form == "" || c.lib[form] == nil {
			return
		}
		id := c.d.Protocol.Visits[visit].ID
		if k.at[id] == nil {
			k.at[id] = map[string]bool{}
		}
		if !k.at[id][form] {
			k.at[id][form] = true
			k.forms[form] = append(k.forms[form], visit)
		}
	}
	for i, v := range c.d.Protocol.Visits {
		for _, u := range v.Forms {
			add(i, u.Form)
		}
		if d := c.d.Dosing; d != nil && v.Kind == Session {
			add(i, d.Vitals.Form)
			for _, f := range d.Forms {
				add(i, f.Form)
			}
			add(i, d.Solicited)
			add(i, d.Log)
			add(i, d.Discharge.Form)
			if d.Overnight != nil {
				add(i, d.Overnight.Form)
			}
		}
	}
	for _, l := range c.d.Logs {
		if c.lib[l.Form] != nil {
			k.logs[l.Form] = true
			if k.forms[l.Form] == nil {
				k.forms[l.Form] = []int{}
			}
		}
	}
	c.collect = k
}

// environment declares every value of every known form, so that one that exists
// but is not collected can be told from one that does not exist.
func (c *checker) environment() (*expr.Env, error) {
	vars := maps.Clone(Facts)
	declare := func(prefix string, f *instrument.Compiled) {
		for _, id := range valuesOf(f) {
			t, _ := f.NativeType(id)
			vars[prefix+id] = t
		}
	}
	for id, f := range c.lib {
		if !factRoot(id) {
			declare(id+".", f)
		}
	}
	for visit, forms := range c.collect.at {
		for form := range forms {
			declare(Here+"."+form+".", c.lib[form])
		}
		if expr.NameFault(visit) != "" {
			continue
		}
		for form := range forms {
			declare(visit+"."+form+".", c.lib[form])
		}
	}
	return expr.NewEnv(vars)
}

// use is an expression where it stands.
type use struct {
	path  string
	src   string
	want  expr.Type
	until int      // index of the visit by which all it needs must be collected, -1 = any time
	when  string   // how to say that moment
	at    []string // the visits that `here` may stand for, none when there is no visit
}

func (c *checker) uses() []use {
	var out []use
	p := &c.d.Protocol
	add := func(path, src string, want expr.Type, until int, when string, at ...string) {
		if src != "" {
			out = append(out, use{path, src, want, until, when, at})
		}
	}
	if p.Allocation != nil {
		for i, s := range p.Allocation.Strata {
			add(fmt.Sprintf("allocation.strata[%d].expr", i), s.Expr, expr.Any, -1, "")
		}
	}
	for i, v := range p.Visits {
		add(fmt.Sprintf("visits[%d].when", i), v.When, expr.Bool, i, "the visit "+v.ID, v.ID)
		for j, u := range v.Forms {
			add(fmt.Sprintf("visits[%d].forms[%d].when", i, j), u.When, expr.Bool, i, "the visit "+v.ID, v.ID)
		}
	}
	for i, x := range p.Eligibility.Criteria {
		until, when, at := -1, "", []string(nil)
		if g, ok := c.d.Gate(x.Gate); ok {
			at = []string{g.At}
			until, when = c.d.VisitIndex(g.At), fmt.Sprintf("the gate %q at %s", g.ID, g.At)
		}
		add(fmt.Sprintf("eligibility.criteria[%d].expr", i), x.Expr, expr.Bool, until, when, at...)
	}
	if d := p.Dosing; d != nil {
		var sessions []string
		for _, v := range p.Visits {
			if v.Kind == Session {
				sessions = append(sessions, v.ID)
			}
		}
		for _, l := range []struct {
			path string
			list []Check
		}{{"dosing.checks", d.Checks}, {"dosing.checkpoint.withhold", d.Checkpoint.Withhold}, {"dosing.discharge.checks", d.Discharge.Checks}} {
			for i, x := range l.list {
				add(fmt.Sprintf("%s[%d].expr", l.path, i), x.Expr, expr.Bool, -1, "", sessions...)
			}
		}
	}
	for i, x := range p.Safety.Stopping {
		add(fmt.Sprintf("safety.stopping[%d].when", i), x.When, expr.Bool, -1, "")
	}
	for i, x := range p.Analysis.Populations {
		add(fmt.Sprintf("analysis.populations[%d].expr", i), x.Expr, expr.Bool, -1, "")
	}
	for i, x := range p.Analysis.Subgroups {
		add(fmt.Sprintf("analysis.subgroups[%d].expr", i), x.Expr, expr.Any, -1, "")
	}
	return out
}

type compilation struct {
	program *expr.Program
	issues  []expr.Issue
}

type expression struct {
	src  string
	want expr.Type
}

// expressions compiles everything that stands in the protocol, each text once,
// side by side.
func (c *checker) expressions() {
	env, err := c.environment()
	if err != nil {
		c.add("id", "V020", err.Error(), "Rename it")
		return
	}
	c.env = env
	uses := c.uses()
	jobs := map[expression]*compilation{}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, u := range uses {
		key := expression{u.src, u.want}
		if jobs[key] != nil {
			continue
		}
		job := &compilation{}
		jobs[key] = job
		g.Go(func() error {
			job.program, job.issues = env.Compile(key.src, key.want)
			return nil
		})
	}
	_ = g.Wait() // the tasks answer through jobs
	for _, u := range uses {
		job := jobs[expression{u.src, u.want}]
		c.issues(u.path, job.issues)
		if job.program == nil {
			continue
		}
		c.d.programs[u.src] = job.program
		c.collected(u, job.program)
		c.notComputedIn(u.path, "", job.program)
		if u.want == expr.Any {
			if t := job.program.Type(); t != expr.Bool && t != expr.String && t != expr.Int {
				c.add(u.path, "V020", fmt.Sprintf("the level of a group is a text, a boolean or a whole number, not a %s", t), "Compare it with a limit, such as ... >= 10")
			}
		}
	}
	c.clocks()
	c.responders()
}

func (c *checker) issues(path string, issues []expr.Issue) {
	for _, i := range issues {
		if c.ofBroken(i.Name) {
			continue
		}
		n, line, col := c.d.src.root.Locate(path)
		file := c.d.src.fileOf(path)
		if n != nil {
			line, col = n.Within(i.Line, i.Column, c.d.src.files[file])
		}
		c.findings = append(c.findings, Finding{Code: "V020", Severity: Error, File: file, Line: line, Column: col, Path: path, Message: i.Message, Fix: i.Hint})
	}
}

// ofBroken says that a name belongs to a form whose own faults are reported.
func (c *checker) ofBroken(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if c.broken[part] {
			return true
		}
	}
	return false
}

// collected makes sure that what an expression needs is collected, and in time.
func (c *checker) collected(u use, p *expr.Program) {
	reported := map[string]bool{}
	for _, name := range p.Uses() {
		if _, isFact := Facts[name]; isFact {
			continue
		}
		parts := strings.Split(name, ".")
		if len(parts) == 3 && parts[0] == Here {
			if !reported[name] {
				reported[name] = true
				c.collectedHere(u, name, parts[1])
			}
			continue
		}
		if len(parts) == 3 {
			if i := c.d.VisitIndex(parts[0]); u.until >= 0 && i > u.until && !reported[parts[0]] {
				reported[parts[0]] = true
				c.add(u.path, "V061", fmt.Sprintf("%s is collected at %s, after %s", name, parts[0], u.when), "Use an earlier visit's value, or decide later")
			}
			continue
		}
		form := parts[0]
		if reported[form] {
			continue
		}
		visits, ok := c.collect.forms[form]
		switch {
		case !ok:
			reported[form] = true
			c.add(u.path, "V060", fmt.Sprintf("the form %q is not collected at any visit, nor as a log", form), "Add it to the forms of a visit")
		case u.until >= 0 && !c.collect.logs[form] && (len(visits) == 0 || visits[0] > u.until):
			reported[form] = true
			c.add(u.path, "V061", fmt.Sprintf("the form %q is first collected at %s, after %s", form, c.d.Protocol.Visits[visits[0]].ID, u.when), "Collect it earlier, or decide later")
		}
	}
}

// collectedHere makes sure that `here` means a visit, and that every visit it may
// mean collects the form.
func (c *checker) collectedHere(u use, name, form string) {
	if len(u.at) == 0 {
		c.add(u.path, "V060", fmt.Sprintf("%s: nothing is decided at a visit here, so `here` has no meaning", name), "Name the visit, such as V3."+form+", or leave the visit out for the latest value")
		return
	}
	for _, visit := range u.at {
		if c.d.VisitIndex(visit) >= 0 && !c.collect.at[visit][form] {
			c.add(u.path, "V060", fmt.Sprintf("%s: the form %q is not collected at %s", name, form, visit), "Add the form to the visit "+visit+", or leave `here.` out for the latest value")
			return
		}
	}
}

// clocks compiles the safety clocks against the bare items of the adverse event form.
func (c *checker) clocks() {
	f, ok := c.lib[c.d.Safety.Form]
	if !ok || len(c.d.Safety.Clocks) == 0 {
		return
	}
	env, err := expr.NewEnv(bare(f))
	if err != nil {
		c.add("safety.form", "V020", err.Error(), "Rename it")
		return
	}
	for i, x := range c.d.Safety.Clocks {
		at := fmt.Sprintf("safety.clocks[%d].when", i)
		if x.When == "" {
			continue
		}
		p, issues := env.Compile(x.When, expr.Bool)
		c.issues(at, issues)
		if p != nil {
			c.notComputedIn(at, c.d.Safety.Form, p)
			c.d.clocks[x.ID] = p
		}
	}
}

func bare(f *instrument.Compiled) map[string]expr.Type {
	vars := map[string]expr.Type{}
	for _, id := range valuesOf(f) {
		t, _ := f.NativeType(id)
		vars[id] = t
	}
	return vars
}

// responders compiles the responder definitions: base, value, change, and the
// values of the endpoint's form at the visit.
func (c *checker) responders() {
	a := &c.d.Analysis
	envs := map[string]*expr.Env{}
	for i, r := range a.Responders {
		e := slices.IndexFunc(a.Endpoints, func(e Endpoint) bool { return e.ID == r.Endpoint })
		if e < 0 || r.Expr == "" {
			continue
		}
		form, _, _ := strings.Cut(a.Endpoints[e].Score, ".")
		f, ok := c.lib[form]
		if !ok {
			continue
		}
		if envs[form] == nil {
			vars := bare(f)
			for _, name := range []string{"base", "value", "change"} {
				vars[name] = expr.Double
			}
			env, err := expr.NewEnv(vars)
			if err != nil {
				c.add("analysis.responders", "V020", err.Error(), "Rename it")
				return
			}
			envs[form] = env
		}
		p, issues := envs[form].Compile(r.Expr, expr.Bool)
		at := fmt.Sprintf("analysis.responders[%d].expr", i)
		c.issues(at, issues)
		if p != nil {
			c.notComputedIn(at, form, p)
			c.d.responders[r.ID] = p
		}
	}
}

func (c *checker) eligibility() {
	e := &c.d.Eligibility
	ids(c, "eligibility.gates", e.Gates, plainID, func(g *Gate) string { return g.ID })
	ids(c, "eligibility.criteria", e.Criteria, plainID, func(x *Criterion) string { return x.ID })
	gates := names(e.Gates, func(g *Gate) string { return g.ID })
	given := map[Milestone]bool{}
	for i, g := range e.Gates {
		at := fmt.Sprintf("eligibility.gates[%d]", i)
		c.ref(at+".at", "visit", g.At, c.visitIDs())
		c.word(at+".gives", string(g.Gives), string(Eligible), string(Enrolled))
		c.roles(at+".by", g.By, true)
		if given[g.Gives] {
			c.add(at+".gives", "V067", fmt.Sprintf("two gates give the milestone %q", g.Gives), "Let each gate give its own milestone")
		}
		given[g.Gives] = true
		if !slices.ContainsFunc(e.Criteria, func(x Criterion) bool { return x.Gate == g.ID }) {
			c.warn(at, "V067", fmt.Sprintf("no criterion is decided at the gate %q", g.ID), "Add criteria, or remove the gate")
		}
	}
	for i, x := range e.Criteria {
		at := fmt.Sprintf("eligibility.criteria[%d]", i)
		c.word(at+".kind", x.Kind, "inclusion", "exclusion")
		c.ref(at+".gate", "gate", x.Gate, gates)
	}
	if len(e.Gates) == 0 {
		c.add("eligibility", "V067", "the protocol has no gate at which people are found eligible", "Add eligibility.gates")
	}
	c.needsGiven(given)
}

// needsGiven makes sure that a milestone that visits wait for can be reached.
func (c *checker) needsGiven(given map[Milestone]bool) {
	reachable := func(m string) bool {
		switch Milestone(m) {
		case Eligible:
			return given[Eligible]
		case Enrolled:
			return given[Enrolled]
		case Randomised:
			return c.d.Allocation != nil
		}
		return true
	}
	check := func(path, m string) {
		if !reachable(m) {
			c.add(path, "V067", fmt.Sprintf("the milestone %q is waited for, but nothing in the protocol reaches it", m), "Add the gate that gives it, or the allocation")
		}
	}
	for i, e := range c.d.Epochs {
		for j, m := range e.Needs {
			check(fmt.Sprintf("epochs[%d].needs[%d]", i, j), string(m))
		}
	}
	for i, v := range c.d.Protocol.Visits {
		check(fmt.Sprintf("visits[%d].anchor", i), v.Anchor)
		for j, m := range v.Needs {
			check(fmt.Sprintf("visits[%d].needs[%d]", i, j), m)
		}
	}
	for i, l := range c.d.Logs {
		check(fmt.Sprintf("logs[%d].from", i), string(l.From))
	}
}
