package ui

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template/parse"
	"time"

	"varde/web/static"
	"varde/web/ui/locale"
)

//go:embed templates
var templates embed.FS

// Renderer turns pages into HTML. It is safe for use by many goroutines.
type Renderer struct {
	catalog *locale.Catalog
	static  *static.Set
	pages   map[string]*template.Template
	// ready holds a page's templates bound to a language and a zone.
	ready sync.Map
}

type readyKey struct{ page, lang, zone string }

// New parses the pages of fsys: every file that ends in .html, named by its
// path without that ending. Files whose name begins with "_" are partials that
// every page of fsys may use. The error lists every template that does not
// parse, uses a template or message that is not there, or cannot be escaped.
func New(fsys fs.FS, catalog *locale.Catalog, files *static.Set) (*Renderer, error) {
	r := &Renderer{catalog: catalog, static: files, pages: map[string]*template.Template{}}
	base := template.New("").Funcs(funcs(catalog, files, locale.In("", nil)))
	base, err := base.ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web/ui: %w", err)
	}
	var pages, partials []string
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || path.Ext(name) != ".html":
		case strings.HasPrefix(path.Base(name), "_"):
			partials = append(partials, name)
		default:
			pages = append(pages, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("web/ui: reading pages: %w", err)
	}
	if len(partials) > 0 {
		if base, err = base.ParseFS(fsys, partials...); err != nil {
			return nil, fmt.Errorf("web/ui: %w", err)
		}
	}
	faults := checkMessages(base, catalog)
	for _, name := range pages {
		faults = append(faults, r.addPage(base, fsys, name)...)
	}
	fault, err := base.Clone()
	if err == nil {
		fault, err = fault.Parse(`{{define "main"}}{{template "fault" .}}{{end}}`)
	}
	if err != nil {
		faults = append(faults, err)
	}
	r.pages[faultPage] = fault
	return r, errors.Join(faults...)
}

// faultPage is the name of the built-in page for errors. No file can have it.
const faultPage = "\x00fault"

func (r *Renderer) addPage(base *template.Template, fsys fs.FS, file string) []error {
	page, err := base.Clone()
	if err != nil {
		return []error{fmt.Errorf("web/ui: %w", err)}
	}
	body, err := fs.ReadFile(fsys, file)
	if err != nil {
		return []error{fmt.Errorf("web/ui: %w", err)}
	}
	before := names(base)
	if _, err = page.New(file).Parse(string(body)); err != nil {
		return []error{fmt.Errorf("web/ui: %w", err)}
	}
	if page.Lookup("main") == nil {
		return []error{fmt.Errorf(`web/ui: page %s defines no "main"`, file)}
	}
	name := strings.TrimSuffix(file, ".html")
	r.pages[name] = page
	var faults []error
	for _, t := range page.Templates() {
		if !slices.Contains(before, t.Name()) {
			faults = append(faults, messagesOf(t, r.catalog)...)
		}
	}
	// Escaping happens at the first use and would fail on a reader's screen.
	trial, err := page.Clone()
	if err != nil {
		return append(faults, err)
	}
	var broken *template.Error
	if err := trial.ExecuteTemplate(io.Discard, "layout", nil); errors.As(err, &broken) {
		faults = append(faults, fmt.Errorf("web/ui: page %s: %w", file, broken))
	}
	return faults
}

// Has tells whether there is such a page.
func (r *Renderer) Has(page string) bool { _, ok := r.pages[page]; return ok }

// Render answers with a whole page. When it returns an error nothing has been
// sent yet, and the caller can answer with Fault.
func (r *Renderer) Render(w http.ResponseWriter, status int, page string, v View) error {
	return r.send(w, status, page, "layout", v)
}

// Fragment answers with one template of a page, for parts that the script
// swaps in. The template gets the View like a whole page.
func (r *Renderer) Fragment(w http.ResponseWriter, status int, page, name string, v View) error {
	return r.send(w, status, page, name, v)
}

// Fault answers with a page that says in words that something went wrong. The
// id leads whoever looks into it to the log.
func (r *Renderer) Fault(w http.ResponseWriter, status int, v View, id string) {
	v = View{Lang: v.Lang, Theme: v.Theme, Path: v.Path, Data: id}
	v.Title = r.catalog.Must(v.Lang, "ui.fault.title")
	if err := r.send(w, status, faultPage, "layout", v); err != nil {
		http.Error(w, v.Title+" "+id, status)
	}
}

func (r *Renderer) send(w http.ResponseWriter, status int, page, name string, v View) error {
	var b bytes.Buffer
	if err := r.Write(&b, page, name, v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	// The reader may have gone; there is no one left to tell.
	_, _ = w.Write(b.Bytes())
	return nil
}

// Write executes one template of a page: "layout" for the whole page.
func (r *Renderer) Write(w io.Writer, page, name string, v View) error {
	if !locale.Supported(v.Lang) {
		v.Lang = locale.English
	}
	if !slices.Contains(Themes, v.Theme) {
		v.Theme = Themes[0]
	}
	t, err := r.bound(page, v.Lang, v.Zone)
	if err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, name, v); err != nil {
		return fmt.Errorf("web/ui: page %s: %w", page, err)
	}
	return nil
}

// bound gives a page's templates with the functions of a language and zone.
// There are few zones, one for each country with a site, so all are kept.
func (r *Renderer) bound(page, lang string, zone *time.Location) (*template.Template, error) {
	if zone == nil {
		zone = time.UTC
	}
	key := readyKey{page, lang, zone.String()}
	if t, ok := r.ready.Load(key); ok {
		return t.(*template.Template), nil
	}
	parsed, ok := r.pages[page]
	if !ok || parsed == nil {
		return nil, fmt.Errorf("web/ui: no page %q", page)
	}
	t, err := parsed.Clone()
	if err != nil {
		return nil, fmt.Errorf("web/ui: page %s: %w", page, err)
	}
	t.Funcs(funcs(r.catalog, r.static, locale.In(lang, zone)))
	kept, _ := r.ready.LoadOrStore(key, t)
	return kept.(*template.Template), nil
}

func names(t *template.Template) []string {
	var out []string
	for _, x := range t.Templates() {
		out = append(out, x.Name())
	}
	return out
}

func checkMessages(t *template.Template, c *locale.Catalog) []error {
	var faults []error
	for _, x := range t.Templates() {
		faults = append(faults, messagesOf(x, c)...)
	}
	return faults
}

// messagesOf finds the messages that a template names in so many words and
// that do not exist.
func messagesOf(t *template.Template, c *locale.Catalog) []error {
	if t.Tree == nil || t.Tree.Root == nil {
		return nil
	}
	var faults []error
	walk(t.Tree.Root, func(cmd *parse.CommandNode) {
		if len(cmd.Args) < 2 {
			return
		}
		name, ok := cmd.Args[0].(*parse.IdentifierNode)
		key, isText := cmd.Args[1].(*parse.StringNode)
		if !ok || !isText || name.Ident != "t" && name.Ident != "tn" {
			return
		}
		where, _ := t.Tree.ErrorContext(cmd)
		switch {
		case !c.Has(key.Text):
			faults = append(faults, fmt.Errorf("web/ui: %s: no message %q: add it to en.yaml and nb.yaml", where, key.Text))
		case c.Plural(key.Text) != (name.Ident == "tn"):
			faults = append(faults, fmt.Errorf("web/ui: %s: message %q: use tn for plurals and t for all else", where, key.Text))
		}
	})
	return faults
}

// walk visits every command below a node.
func walk(n parse.Node, visit func(*parse.CommandNode)) {
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, visit)
		walk(b.List, visit)
		if b.ElseList != nil {
			walk(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, x := range n.Nodes {
			walk(x, visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, visit)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			walk(c, visit)
		}
	case *parse.CommandNode:
		visit(n)
		for _, a := range n.Args {
			walk(a, visit)
		}
	}
}
