package static

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
)

// Vendored components that pages use, in the order of the design system's own sheet.
// A test looks for classes in the pages that none of them has.
var components = []string{"alert", "button", "dialog", "error-summary", "input"}

// Our own sheets come last and outside every layer, so they win.
var own = []string{"palette", "base", "layout", "components", "forms", "clinic", "journey", "session", "account", "trust", "ask", "daysheet", "prose", "public", "participant", "intake", "charts", "words", "print"}

// sheet joins all style sheets into one, so that a page needs one request.
func (s *Set) sheet() ([]byte, error) {
	var b bytes.Buffer
	vendored := func(name string) error {
		body, err := files.ReadFile("vendor/designsystemet/" + name + ".css")
		if err != nil {
			return fmt.Errorf("web/static: %w", err)
		}
		body, err = s.moveIcons(body)
		if err != nil {
			return fmt.Errorf("web/static: vendor/designsystemet/%s.css: %w", name, err)
		}
		b.Write(body)
		return nil
	}
	b.WriteString("@layer ds.theme,ds.base,ds.components;\n")
	if err := vendored("theme"); err != nil {
		return nil, err
	}
	b.WriteString("\n@layer ds.base{")
	if err := vendored("base"); err != nil {
		return nil, err
	}
	b.WriteString("}\n@layer ds.components{")
	for _, name := range components {
		if err := vendored(name); err != nil {
			return nil, err
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	for _, name := range own {
		body, err := files.ReadFile("css/" + name + ".css")
		if err != nil {
			return nil, fmt.Errorf("web/static: %w", err)
		}
		b.Write(minify(body))
	}
	return b.Bytes(), nil
}

var dataAddress = regexp.MustCompile(`url\("data:image/svg\+xml;charset=utf-8,([^"]*)"\)`)

// moveIcons turns pictures held as data: addresses into files of their own,
// because the Content-Security-Policy allows pictures from this server only.
func (s *Set) moveIcons(css []byte) ([]byte, error) {
	var bad error
	out := dataAddress.ReplaceAllFunc(css, func(m []byte) []byte {
		svg, err := url.PathUnescape(string(dataAddress.FindSubmatch(m)[1]))
		if err != nil {
			bad = fmt.Errorf("icon is not percent-encoded: %w", err)
			return m
		}
		sum := sha256.Sum256([]byte(svg))
		at := s.add("ds-"+hex.EncodeToString(sum[:])[:8]+".svg", []byte(svg))
		return []byte(`url("` + at + `")`)
	})
	if bad == nil && bytes.Contains(out, []byte("data:")) {
		bad = fmt.Errorf("holds a data: address of an unknown form")
	}
	return out, bad
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s*\n\s*`)
)

// minify drops comments and line breaks. Our sheets hold no strings with
// either; a test checks that.
func minify(css []byte) []byte {
	css = cssComment.ReplaceAll(css, nil)
	css = bytes.TrimSpace(cssSpace.ReplaceAll(css, []byte(" ")))
	return append(css, '\n')
}
