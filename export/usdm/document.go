package usdm

import (
	"fmt"
	"io"
	"strings"
)

// Fault is one thing that is wrong with a file, with its place as a JSON pointer.
type Fault struct {
	Pointer string
	Message string
}

func (f *Fault) Error() string {
	if f.Pointer == "" {
		return f.Message
	}
	return f.Pointer + ": " + f.Message
}

// Faults is all that is wrong with a file; at most mostFaults are kept.
type Faults []*Fault

const mostFaults = 50

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.Error()
	}
	s := strings.Join(lines, "\n")
	if len(f) == mostFaults {
		s += "\nand perhaps more"
	}
	return s
}

// Document is a USDM file that was read: JSON with a study and one version of it.
type Document struct {
	root    *node
	study   *node
	version *node
	design  *node
	byID    map[string]*node // every object with an id
	faults  Faults
}

// Read reads a file and finds the study in it. What is not USDM 4.0 is refused with
// what is missing and where; time and memory are bounded.
func Read(in io.Reader) (*Document, error) {
	root, err := parse(in)
	if err != nil {
		return nil, err
	}
	d := &Document{root: root, byID: map[string]*node{}}
	if root.kind != isObject {
		return nil, &Fault{"", "this is not a USDM file: it is not a JSON object with study and usdmVersion"}
	}
	if v := root.child("usdmVersion"); v == nil || v.kind != isText {
		d.fault(root, "usdmVersion", "this is not a USDM file, or an old one: the version of USDM is missing; it should be \"4.0.0\"")
	} else if v.used = true; v.text != "4.0" && !strings.HasPrefix(v.text, "4.0.") {
		d.fault(root, "usdmVersion", fmt.Sprintf("the file is of USDM %q; what can be read is 4.0", v.text))
	}
	if d.study = d.object(root, "study"); d.study != nil {
		d.version = d.only(d.study, "versions", "study version")
	}
	if d.version != nil {
		d.design = d.only(d.version, "studyDesigns", "study design")
	}
	if err := d.wrong(); err != nil {
		return nil, err
	}
	if t := d.text(d.design, "instanceType"); t != "InterventionalStudyDesign" {
		d.fault(d.design, "instanceType", fmt.Sprintf("a design of type %q cannot be imported: only InterventionalStudyDesign", t))
	}
	d.index(d.study)
	if err := d.wrong(); err != nil {
		return nil, err
	}
	return d, nil
}

// wrong answers the faults so far, nil when there are none.
func (d *Document) wrong() error {
	if len(d.faults) == 0 {
		return nil
	}
	return d.faults
}

func (d *Document) fault(n *node, key, message string) {
	if len(d.faults) >= mostFaults {
		return
	}
	at := n.pointer()
	if key != "" {
		at += "/" + key
	}
	d.faults = append(d.faults, &Fault{at, message})
}

// only answers the one member of a list; none is a fault, and so are several, because
// nobody but the author can choose.
func (d *Document) only(n *node, key, what string) *node {
	list := d.list(n, key)
	switch len(list) {
	case 1:
		return list[0]
	case 0:
		d.fault(n, key, "there is no "+what+" here")
	default:
		d.fault(n, key, fmt.Sprintf("there are %d: leave the %s to be imported and take out the others", len(list), what))
	}
	return nil
}

// index finds every object by its id.
func (d *Document) index(n *node) {
	if n.kind == isObject {
		if id := n.child("id"); id != nil && id.kind == isText && id.text != "" {
			if other, taken := d.byID[id.text]; taken {
				d.fault(n, "id", fmt.Sprintf("the id %q is taken by %s", id.text, other.pointer()))
			} else {
				d.byID[id.text] = n
			}
		}
	}
	for _, c := range n.children {
		d.index(c)
	}
}

// text answers a member's text, "" when it is absent; another kind is a fault.
func (d *Document) text(n *node, key string) string {
	c := n.child(key)
	if c == nil {
		return ""
	}
	c.used = true
	if c.kind != isText {
		d.fault(n, key, "this should be a text")
		return ""
	}
	return strings.TrimSpace(c.text)
}

// needed is text that must be there.
func (d *Document) needed(n *node, key string) string {
	if n.child(key) == nil {
		d.fault(n, key, "this is missing, and a "+typeOf(n)+" must have it")
		return ""
	}
	return d.text(n, key)
}

func (d *Document) truth(n *node, key string) bool {
	c := n.child(key)
	if c == nil {
		return false
	}
	c.used = true
	if c.kind != isBool {
		d.fault(n, key, "this should be true or false")
	}
	return c.flag
}

func (d *Document) object(n *node, key string) *node {
	c := n.child(key)
	if c == nil {
		d.fault(n, key, "this is missing: the file holds no "+key)
		return nil
	}
	if c.kind != isObject {
		d.fault(n, key, "this should be an object")
		return nil
	}
	return c
}

// list answers the objects of a list; none when it is absent.
func (d *Document) list(n *node, key string) []*node {
	c := n.child(key)
	if c == nil {
		return nil
	}
	if c.kind != isList {
		d.fault(n, key, "this should be a list")
		return nil
	}
	out := make([]*node, 0, len(c.children))
	for _, x := range c.children {
		if x.kind != isObject {
			d.fault(x, "", "this should be an object")
			continue
		}
		out = append(out, x)
	}
	return out
}

// follow answers the object that a member names by its id; a name without an object, or
// with one of another type, is a fault.
func (d *Document) follow(n *node, key string, types ...string) *node {
	c := n.child(key)
	if c == nil {
		return nil
	}
	return d.resolve(c, types)
}

// followAll is follow for a list of ids.
func (d *Document) followAll(n *node, key string, types ...string) []*node {
	c := n.child(key)
	if c == nil {
		return nil
	}
	if c.kind != isList {
		d.fault(n, key, "this should be a list of ids")
		return nil
	}
	var out []*node
	for _, x := range c.children {
		if to := d.resolve(x, types); to != nil {
			out = append(out, to)
		}
	}
	return out
}

func (d *Document) resolve(c *node, types []string) *node {
	c.used = true
	if c.kind != isText {
		d.fault(c, "", "this should be the id of another object")
		return nil
	}
	to := d.byID[c.text]
	if to == nil {
		d.fault(c, "", fmt.Sprintf("nothing in the file has the id %q", c.text))
		return nil
	}
	for _, t := range types {
		if typeOf(to) == t {
			return to
		}
	}
	if len(types) > 0 {
		d.fault(c, "", fmt.Sprintf("%q is a %s, and should be a %s", c.text, typeOf(to), strings.Join(types, " or ")))
		return nil
	}
	return to
}

// typeOf is the object's instanceType, or what it is called where it stands.
func typeOf(n *node) string {
	if c := n.child("instanceType"); c != nil && c.kind == isText && c.text != "" {
		return c.text
	}
	for p := n; p != nil; p = p.parent {
		if p.key != "" {
			return p.key
		}
	}
	return "file"
}

// code answers a Code, or the standard code of an AliasCode, with its words.
func (d *Document) code(n *node, key string) (code, decode string) {
	c := n.child(key)
	if c == nil {
		return "", ""
	}
	return d.coded(c)
}

func (d *Document) coded(c *node) (code, decode string) {
	if s := c.child("standardCode"); s != nil {
		c = s
	}
	for _, key := range []string{"codeSystem", "codeSystemVersion"} {
		d.text(c, key)
	}
	return d.text(c, "code"), d.text(c, "decode")
}

// label is what an object is called for people: its label, or else its name.
func (d *Document) label(n *node) string {
	name := d.text(n, "name")
	if l := d.text(n, "label"); l != "" {
		return l
	}
	return name
}

const extensionURL = "urn:varde:usdm:"

// extension answers what Write has put into an object beyond USDM, "" when nothing.
func (d *Document) extension(n *node, name string) string {
	for _, x := range d.list(n, "extensionAttributes") {
		if u := x.child("url"); u != nil && u.kind == isText && u.text == extensionURL+name {
			u.used = true
			return d.text(x, "valueString")
		}
	}
	return ""
}
