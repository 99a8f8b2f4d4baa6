package static

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Schemes are the colour schemes by name: light, dark and dim.
var Schemes = []string{"light", "dark", "dim"}

var colourToken = regexp.MustCompile(`(--[a-z0-9-]+):\s*(#[0-9a-f]{3,6})`)

// Palette reads the colours of a scheme out of the sheets that pages get: token to
// colour, such as "--ds-color-neutral-text-default" to "#25211b".
func Palette(scheme string) (map[string]string, error) {
	// The dimmed scheme lies over the vendored light one, and replaces all that is used.
	blocks, ok := map[string][2]string{
		"light": {`[data-color-scheme=light]{`, `[data-color-scheme="auto"] {`},
		"dark":  {`[data-color-scheme=dark]{`, `[data-color-scheme="dark"] {`},
		"dim":   {`[data-color-scheme=light]{`, `[data-color-scheme="dim"] {`},
	}[scheme]
	if !ok {
		return nil, fmt.Errorf("web/static: there is no colour scheme %q", scheme)
	}
	out := map[string]string{}
	for i, name := range []string{"vendor/designsystemet/theme.css", "css/palette.css"} {
		body, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("web/static: %w", err)
		}
		_, block, found := strings.Cut(string(body), blocks[i])
		if !found {
			return nil, fmt.Errorf("web/static: %s has no block %q", name, blocks[i])
		}
		block, _, _ = strings.Cut(block, "}")
		for _, m := range colourToken.FindAllStringSubmatch(block, -1) {
			out[m[1]] = m[2]
		}
	}
	return out, nil
}

// Contrast of two colours as WCAG 2.2 defines it: from 1 to 21.
func Contrast(a, b string) (float64, error) {
	x, err := luminance(a)
	if err != nil {
		return 0, err
	}
	y, err := luminance(b)
	if err != nil {
		return 0, err
	}
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05), nil
}

// luminance of a colour, relative to white.
func luminance(hex string) (float64, error) {
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		return 0, fmt.Errorf("web/static: %q is no colour", hex)
	}
	linear := func(shift uint) float64 {
		v := float64(n>>shift&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0), nil
}
