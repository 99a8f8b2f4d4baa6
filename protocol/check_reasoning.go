package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
	"varde/expr/reason"
	"varde/instrument"
	"varde/protocol/source"
)

// reasoning is what is known of all values before anybody has one, and the conditions
// of the protocol as they can be reasoned about.
type reasoning struct {
	c      *checker
	stated []statement
	asked  map[string]*reason.Condition // item with its prefix -> condition under which it is asked
	forms  map[string]*expr.Env         // by form: its items by bare name
	places map[string]int               // path -> place in stated
	budget int                          // combinations that may still be tried
}

// mostTried bounds the work of all questions together: the largest shipped protocol
// needs about a hundredth of it.
const mostTried = 400_000

// statement is a condition where it stands.
type statement struct {
	use
	*reason.Condition
}

func newReasoning(c *checker) *reasoning {
	return &reasoning{c: c, asked: map[string]*reason.Condition{}, forms: map[string]*expr.Env{}, places: map[string]int{}, budget: mostTried}
}

// reasoned reads every condition that compiled.
func (c *checker) reasoned() *reasoning {
	r := newReasoning(c)
	for _, u := range c.uses() {
		if p := c.d.programs[u.src]; p != nil {
			r.state(u, p, r.canonical(u))
		}
	}
	for i, x := range c.d.Safety.Clocks {
		if p := c.d.clocks[x.ID]; p != nil {
			form := c.d.Safety.Form
			r.state(use{path: fmt.Sprintf("safety.clocks[%d].when", i), src: x.When, want: expr.Bool, until: -1}, p, func(name string) string { return form + "." + name })
		}
	}
	for i, x := range c.d.Analysis.Responders {
		if p := c.d.responders[x.ID]; p != nil {
			form := c.formOfEndpoint(x.Endpoint)
			r.state(use{path: fmt.Sprintf("analysis.responders[%d].expr", i), src: x.Expr, want: expr.Bool, until: -1}, p, func(name string) string {
				if slices.Contains(responderNames, name) {
					return "responder." + x.Endpoint + "." + name
				}
				return form + "." + name
			})
		}
	}
	return r
}

// responderNames are the numbers that responder definitions are made of.
var responderNames = []string{"base", "value", "change"}

func (r *reasoning) state(u use, p *expr.Program, as func(string) string) {
	if read, err := reason.New(p, as); err == nil {
		r.places[u.path] = len(r.stated)
		r.stated = append(r.stated, statement{u, read})
	}
}

// at answers the condition that stands at a path.
func (r *reasoning) at(path string) (statement, bool) {
	i, ok := r.places[path]
	if !ok {
		return statement{}, false
	}
	return r.stated[i], true
}

// under lists the conditions whose path begins so.
func (r *reasoning) under(prefix string) []statement {
	var out []statement
	for _, s := range r.stated {
		if strings.HasPrefix(s.path, prefix) {
			out = append(out, s)
		}
	}
	return out
}

// canonical gives one name to names that mean the same value where the use stands:
// `here` is the visit when only one can be meant, and the latest value of a form that
// is collected once is that of its visit.
func (r *reasoning) canonical(u use) func(string) string {
	c := r.c
	return func(name string) string {
		parts := strings.Split(name, ".")
		if parts[0] == Here && len(parts) == 3 && len(u.at) == 1 {
			parts[0] = u.at[0]
		}
		if _, isFact := Facts[name]; !isFact && len(parts) == 2 && !c.collect.logs[parts[0]] {
			if at := c.collect.forms[parts[0]]; len(at) == 1 {
				parts = append([]string{c.d.Protocol.Visits[at[0]].ID}, parts...)
			}
		}
		return strings.Join(parts, ".")
	}
}

// shown is a canonical name as authors write it.
// space tells what is known of a value by its canonical name.
// plausible is the space without values outside of their plausible ranges.
// collected tells what is known of an item or score.
// ofChoices says that a score is made of answers that have no outside of their range:
// then the score has none either.
// itemsNamed writes ranges such as q1..q4 out.
// codesOf lists the answers of a choice as expressions see them.
// askedWhen answers the condition under which an item is asked, over the values of the
// same record; nil when it always is.
// ofForm reads a condition over a form's own items; ofFormAny a score's expression.
func (r *reasoning) ofForm(f *instrument.Compiled, src, prefix string) *reason.Condition {
	return r.read(f, src, prefix, expr.Bool)
}

func (r *reasoning) ofFormAny(f *instrument.Compiled, src, prefix string) *reason.Condition {
	return r.read(f, src, prefix, expr.Any)
}

func (r *reasoning) read(f *instrument.Compiled, src, prefix string, want expr.Type) *reason.Condition {
	env := r.forms[f.ID]
	if env == nil {
		var err error
		if env, err = expr.NewEnv(bare(f)); err != nil {
			return nil
		}
		r.forms[f.ID] = env
	}
	p, issues := env.Compile(src, want)
	if p == nil || len(issues) > 0 {
		return nil
	}
	c, err := reason.New(p, func(name string) string { return prefix + name })
	if err != nil {
		return nil
	}
	return c
}

// responder tells what is known of base, value and change of an endpoint.
func (c *checker) formOfEndpoint(id string) string {
	for _, e := range c.d.Analysis.Endpoints {
		if e.ID == id {
			form, _, _ := strings.Cut(e.Score, ".")
			return form
		}
	}
	return ""
}

// within makes a finding at a place inside of an expression.
func (c *checker) within(severity, path string, line, column int, code, message, fix string) {
	n, l, col := c.d.src.root.Locate(path)
	file := c.d.src.fileOf(path)
	if n != nil {
		l, col = n.Within(line, column, c.d.src.files[file])
	}
	c.findings = append(c.findings, Finding{Code: code, Severity: severity, File: file, Line: l, Column: col, Path: path, Message: message, Fix: fix})
}

// inForm makes a finding in the file of an instrument.
func (c *checker) inForm(severity, form, path, code, message, fix string) {
	f := c.lib[form]
	file := f.Origin.File
	if !strings.HasPrefix(file, "forms/") {
		file = "instruments/" + form + ".yaml"
	}
	line, col := 1, 1
	if root, _ := source.Parse(f.Origin.Text); root != nil {
		_, line, col = root.Locate(path)
	}
	c.findings = append(c.findings, Finding{Code: code, Severity: severity, File: file, Line: line, Column: col, Path: "instruments." + form + "." + path, Message: message, Fix: fix})
}
