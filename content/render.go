package content

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A fact travels through Markdown between two characters of private use, which no text
// has.
const (
	factBegins = "\uE000"
	factEnds   = "\uE001"
)

var (
	markedFact = regexp.MustCompile(factBegins + `([a-z0-9-]+)` + factEnds)
	machines   = map[string]goldmark.Markdown{"en": machine(" (another site)"), "nb": machine(" (et annet nettsted)")}
)

// machine makes HTML of Markdown; away is said of links that leave the site.
func machine(away string) goldmark.Markdown {
	return goldmark.New(goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(links{away}, 100))))
}

// render makes the body's HTML, and says what may not stand in it.
func (r *reader) render(p *Page, file string, first int, body []byte) Faults {
	source := shortcode.ReplaceAll(body, []byte(factBegins+"$1"+factEnds))
	doc := machines[p.Lang].Parser().Parse(text.NewReader(source))
	var faults Faults
	line := 0
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			line = first + bytes.Count(source[:n.Lines().At(0).Start], []byte("\n"))
		}
		if message, fix := unwanted(n); message != "" {
			faults = append(faults, Fault{File: file, Line: max(line, first), Column: 1, Message: message, Fix: fix})
		}
		if l, ok := n.(*ast.Link); ok {
			if id, ok := strings.CutPrefix(string(l.Destination), "page:"); ok {
				l.Destination = []byte(Address(p.Lang, id))
			}
		}
		return ast.WalkContinue, nil
	})
	var out bytes.Buffer
	if err := machines[p.Lang].Renderer().Render(&out, source, doc); err != nil {
		return append(faults, Fault{File: file, Line: first, Column: 1, Message: "the page cannot be rendered: " + err.Error()})
	}
	p.Body = markedFact.ReplaceAllStringFunc(out.String(), func(m string) string {
		f := r.facts[strings.Trim(m, factBegins+factEnds)]
		if f == nil {
			return "" // a fault was found already
		}
		return p.cite(f)
	})
	return faults
}

// cite writes a fact with a reference to its source at the foot of the page.
func (p *Page) cite(f *Fact) string {
	at := slices.IndexFunc(p.Sources, func(c Cited) bool { return c.Source == f.From })
	if at < 0 {
		at = len(p.Sources)
		p.Sources = append(p.Sources, Cited{Source: f.From})
	}
	if c := &p.Sources[at]; !slices.Contains(c.Facts, f) {
		c.Facts = append(c.Facts, f)
	}
	word := map[string]string{"en": "Source", "nb": "Kilde"}[p.Lang]
	return fmt.Sprintf(`<span class="p-fact">%s<a class="p-cite" href="#source-%d" aria-label="%s %d">%d</a></span>`,
		html.EscapeString(f.Value.In(p.Lang)), at+1, word, at+1, at+1)
}

// Address is where a page stands.
func Address(lang, id string) string {
	if id == "home" {
		return "/" + lang + "/"
	}
	return "/" + lang + "/" + id
}

// unwanted says why a piece of Markdown may not stand on a page.
func unwanted(n ast.Node) (message, fix string) {
	switch n := n.(type) {
	case *ast.HTMLBlock, *ast.RawHTML:
		return "there is HTML in the text", "Write Markdown: HTML is not let through"
	case *ast.Image:
		return "there is a picture in the text", "Leave it out: pages hold no pictures from files"
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return "there is a block of code in the text", "Do not indent paragraphs by four spaces"
	case *ast.Heading:
		if n.Level == 1 {
			return "there is a heading of the first rank in the text", "Begin it with ##: the first rank is the page's title"
		}
	case *ast.AutoLink:
		return "there is a bare address in the text", "Write [words](https://...): words say where a link leads"
	case *ast.Link:
		to := string(n.Destination)
		if id, ok := strings.CutPrefix(to, "page:"); ok {
			if !slices.Contains(PageIDs, id) {
				return fmt.Sprintf("there is no page %q", id), "The pages are " + strings.Join(PageIDs, ", ")
			}
			return "", ""
		}
		if !strings.HasPrefix(to, "https://") {
			return fmt.Sprintf("the link %q leads nowhere", to), "Write page:ID for a page of this site, or an address that begins with https://"
		}
	}
	return "", ""
}

// links writes links: those to other sites say so, and tell them nothing of where the
// reader comes from.
type links struct{ away string }

// RegisterFuncs says which nodes it writes.
func (l links) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, l.write)
}

func (l links) write(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	to := string(node.(*ast.Link).Destination)
	away := strings.HasPrefix(to, "https://")
	switch {
	case entering && away:
		_, _ = w.WriteString(`<a class="p-away" href="` + html.EscapeString(to) + `" rel="noopener noreferrer">`)
	case entering:
		_, _ = w.WriteString(`<a href="` + html.EscapeString(to) + `">`)
	case away:
		_, _ = w.WriteString(`<span class="v-hidden">` + l.away + `</span></a>`)
	default:
		_, _ = w.WriteString(`</a>`)
	}
	return ast.WalkContinue, nil
}
