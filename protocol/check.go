package protocol

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"varde/expr"
	"varde/instrument"
)

// checker goes through a protocol and collects what is wrong. Each check is a
// method in a file named after what it looks at; none stops another.
type checker struct {
	d        *Definition
	lib      instrument.Library // all that may be used
	broken   map[string]bool    // own forms that were found but have errors
	misread  map[string]bool    // top-level keys with something that could not be read
	findings []Finding
	collect  collection
	env      *expr.Env
}

// run makes the definition whole and checks what it is made of. It answers false when
// there is too much of something to go on.
func (c *checker) run() bool {
	if c.tooMany() {
		return false
	}
	c.identity()
	c.signatures()
	c.arms()
	c.access()
	c.staffing()
	c.epochsAndVisits()
	c.logs()
	c.time()
	c.dosing()
	c.safety()
	c.consent()
	c.gather()
	c.expressions()
	c.eligibility()
	c.consentCovers()
	c.analysis()
	c.simulation()
	c.reports()
	c.marks()
	c.confirmations()
	c.identifying()
	return true
}

// prove asks what the protocol means. It adds nothing to the definition.
func (c *checker) prove() {
	c.values()
	c.timing()
	c.reachable()
	c.burden()
	c.copied()
}

// at makes a finding at a path of the protocol.
func (c *checker) at(severity, path, code, message, fix string) {
	_, line, col := c.d.src.root.Locate(path)
	c.findings = append(c.findings, Finding{Code: code, Severity: severity, File: c.d.src.fileOf(path), Line: line, Column: col, Path: path, Message: message, Fix: fix})
}

func (c *checker) add(path, code, message, fix string)  { c.at(Error, path, code, message, fix) }
func (c *checker) warn(path, code, message, fix string) { c.at(Warning, path, code, message, fix) }

// sound says that nothing is wrong so far with what stands under top-level keys:
// only then is there a use in asking what it means.
func (c *checker) sound(keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool { return c.misread[key] }) &&
		!slices.ContainsFunc(c.findings, func(f Finding) bool {
			return f.Severity == Error && slices.Contains(keys, topKey(f.Path))
		})
}

var (
	plainID    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	visitID    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	protocolID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
)

// ids checks that the ids of a list are well formed and unique. An id that is
// missing was reported when the file was read.
func ids[T any](c *checker, path string, list []T, form *regexp.Regexp, id func(*T) string) {
	first := map[string]int{}
	for i := range list {
		x := id(&list[i])
		at := fmt.Sprintf("%s[%d].id", path, i)
		if x == "" {
			continue
		}
		if !form.MatchString(x) {
			c.add(at, "V012", fmt.Sprintf("the id %q is not well formed", x), "Use letters, digits, and after the first also dots, hyphens and underscores where allowed; at most 64 characters")
		}
		if j, taken := first[x]; taken {
			_, line, _ := c.d.src.root.Locate(fmt.Sprintf("%s[%d].id", path, j))
			c.add(at, "V010", fmt.Sprintf("the id %q is taken in line %d", x, line), "Give every entry its own id")
		} else {
			first[x] = i
		}
	}
}

// ref checks a reference. An empty one was reported when the file was read.
func (c *checker) ref(path, kind, name string, known []string) bool {
	if name == "" {
		return false
	}
	if slices.Contains(known, name) {
		return true
	}
	fix := "There is none yet: add it"
	if len(known) > 0 {
		fix = "Known: " + shortList(known)
	}
	if close := expr.Closest(name, known); close != "" {
		fix = fmt.Sprintf("Did you mean %q?", close)
	}
	c.add(path, "V011", fmt.Sprintf("there is no %s %q", kind, name), fix)
	return false
}

func shortList(names []string) string {
	if len(names) > 12 {
		return strings.Join(names[:12], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// word checks that a text is one of the allowed words.
func (c *checker) word(path, got string, allowed ...string) bool {
	if got == "" {
		return false
	}
	if slices.Contains(allowed, got) {
		return true
	}
	fix := "Write one of: " + strings.Join(allowed, ", ")
	if close := expr.Closest(got, allowed); close != "" {
		fix = fmt.Sprintf("Did you mean %q? Allowed: %s", close, strings.Join(allowed, ", "))
	}
	c.add(path, "V013", fmt.Sprintf("%q is not one of the allowed words", got), fix)
	return false
}

func (c *checker) role(path, role string) {
	if role == "" || slices.Contains(Roles, role) {
		return
	}
	fix := "Roles: " + strings.Join(Roles, ", ")
	if close := expr.Closest(role, Roles); close != "" {
		fix = fmt.Sprintf("Did you mean %q? %s", close, fix)
	}
	c.add(path, "V063", fmt.Sprintf("there is no role %q", role), fix)
}

// roles checks a list of roles, which must not be empty when somebody has to act.
func (c *checker) roles(path string, roles []string, needed bool) {
	if needed && len(roles) == 0 {
		c.add(path, "V062", "nobody is named who does this", "List at least one role")
	}
	for i, r := range roles {
		c.role(fmt.Sprintf("%s[%d]", path, i), r)
		if slices.Contains(roles[:i], r) {
			c.add(fmt.Sprintf("%s[%d]", path, i), "V010", fmt.Sprintf("the role %q is listed twice", r), "List every role once")
		}
	}
}

func (c *checker) positive(path string, d Duration, what string) {
	if d <= 0 {
		c.add(path, "V014", fmt.Sprintf("%s must be longer than nothing", what), `Write a duration, such as "24h"`)
	}
}

func (c *checker) notNegative(path string, d Duration, what string) {
	if d < 0 {
		c.add(path, "V014", fmt.Sprintf("%s is negative (%s)", what, d), "Write it without the minus sign")
	}
}

func (c *checker) share(path string, x float64) {
	if x < 0 || x > 1 {
		c.add(path, "V092", fmt.Sprintf("%v is no share from 0 to 1", x), "Write 0.25 for 25%")
	}
}

// form looks an instrument up.
func (c *checker) form(path, id string) (*instrument.Compiled, bool) {
	if id == "" || c.broken[id] {
		return nil, false
	}
	f, ok := c.lib[id]
	if !ok {
		known := make([]string, 0, len(c.lib))
		for k := range c.lib {
			known = append(known, k)
		}
		slices.Sort(known)
		c.ref(path, "form", id, known)
		return nil, false
	}
	c.d.Instruments[id] = f
	return f, true
}

// value looks up "form.item" or "form.score", or with a visit "V3.form.score".
func (c *checker) value(path, ref string, withVisit bool) (visit, form, id string, t expr.Type, ok bool) {
	if ref == "" {
		return "", "", "", 0, false
	}
	parts := strings.Split(ref, ".")
	if len(parts) == 3 && withVisit {
		visit, parts = parts[0], parts[1:]
		if !c.ref(path, "visit", visit, c.visitIDs()) {
			return "", "", "", 0, false
		}
	}
	if len(parts) != 2 {
		c.add(path, "V012", fmt.Sprintf("%q does not name a value", ref), "Write form.item or form.score, such as pcl5.total")
		return "", "", "", 0, false
	}
	form, id = parts[0], parts[1]
	f, found := c.form(path, form)
	if !found {
		return "", "", "", 0, false
	}
	t, ok = f.NativeType(id)
	c.notComputed(path, form, id)
	if !ok {
		c.ref(path, "item or score of "+form, id, valuesOf(f))
	}
	return visit, form, id, t, ok
}

func valuesOf(f *instrument.Compiled) []string {
	var out []string
	for _, s := range f.Scores {
		out = append(out, s.ID)
	}
	for _, i := range f.Items {
		out = append(out, i.ID)
	}
	return out
}

func names[T any](list []T, id func(*T) string) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = id(&list[i])
	}
	return out
}

func (c *checker) visitIDs() []string {
	return names(c.d.Protocol.Visits, func(v *Visit) string { return v.ID })
}
func (c *checker) armIDs() []string { return names(c.d.Arms, func(a *Arm) string { return a.ID }) }

func milestoneNames() []string {
	out := make([]string, len(Milestones))
	for i, m := range Milestones {
		out[i] = string(m)
	}
	return out
}
