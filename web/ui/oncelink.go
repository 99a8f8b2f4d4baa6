package ui

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// OnceLink shows an address that works once and is shown once: as text to copy and
// as a code to scan. Template "once-link".
type OnceLink struct {
	Address string
	// Text says what the link is for and when it ends.
	Text string
}

// QR draws a text as a QR code: dark squares on white with a quiet zone of four,
// in every theme, so that any camera reads it. The error says that the text is too
// long (about 2,000 bytes).
func QR(text, label string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("web/ui: qr: %w", err)
	}
	const quiet = 4
	size := code.Bounds()
	n := size.Dx() + 2*quiet
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="v-qr" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s" shape-rendering="crispEdges"><rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`,
		n, n, 5*n, 5*n, template.HTMLEscapeString(label), n, n)
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			begin := x
			for x < size.Max.X {
				if r, _, _, _ := code.At(x, y).RGBA(); r > 0x7fff {
					break
				}
				x++
			}
			if x > begin {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", begin-size.Min.X+quiet, y-size.Min.Y+quiet, x-begin, x-begin)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil
}
