package ui

import (
	"fmt"
	"html/template"
)

// icons are drawn on a 24 by 24 grid. Those of the tones differ in outline, so
// that they can be told apart without colour.
var icons = map[string]string{
	"neutral":  `<circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="2.5"/>`,
	"info":     `<rect x="3" y="3" width="18" height="18" rx="3" fill="none" stroke="currentColor" stroke-width="2.2"/><path d="M12 11v6M12 7v.5" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/>`,
	"success":  `<path fill-rule="evenodd" d="M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zm5.600 6.600-1.500-1.300-5.400 6.400-3-3-1.400 1.400 4.500 4.500z"/>`,
	"warning":  `<path d="M12 3.500 21.500 20.500h-19z" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linejoin="round"/><path d="M12 10v4.500M12 17.400v.3" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>`,
	"danger":   `<path fill-rule="evenodd" d="M8 2h8l6 6v8l-6 6H8l-6-6V8zm2.800 4.500v7h2.400v-7zm0 9v2.400h2.400v-2.400z"/>`,
	"check":    `<path d="m5 12.500 4.500 4.500L19 7.500" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>`,
	"right":    `<path d="m9 5 7 7-7 7" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`,
	"down":     `<path d="m5 9 7 7 7-7" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`,
	"up":       `<path d="m5 15 7-7 7 7" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`,
	"settings": `<path d="M4 7h9M17 7h3M4 17h3M11 17h9" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/><circle cx="15" cy="7" r="2.300" fill="none" stroke="currentColor" stroke-width="2.2"/><circle cx="9" cy="17" r="2.300" fill="none" stroke="currentColor" stroke-width="2.2"/>`,
	"clock":    `<circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2.2"/><path d="M12 7v5.500l3.500 2" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>`,
	"varde":    `<path d="M4 27.500c0-2.600 5.400-3.900 12-3.900s12 1.300 12 3.900-5.400 3-12 3-12-.4-12-3zM7 19.900c0-2.300 4-3.500 9-3.500s9 1.200 9 3.500-4 3.200-9 3.200-9-.9-9-3.200zM10 12.800c0-2 2.700-3 6-3s6 1 6 3-2.700 3.100-6 3.100-6-1.100-6-3.100zM12.600 5.600c0-2 1.500-3.600 3.400-3.600s3.400 1.600 3.400 3.600-1.500 3.700-3.400 3.700-3.400-1.700-3.400-3.700z"/>`,
}

// icon draws an icon that a screen reader skips: words stand beside it.
func icon(name any) (template.HTML, error) {
	key := fmt.Sprint(name)
	if t, ok := name.(Tone); ok {
		key = string(t.known())
	}
	shape, ok := icons[key]
	if !ok {
		return "", fmt.Errorf("web/ui: no icon %q", key)
	}
	size, class := "24", "v-icon"
	if key == "varde" {
		size, class = "32", "v-brand__mark"
	}
	return template.HTML(`<svg class="` + class + `" viewBox="0 0 ` + size + ` ` + size + `" fill="currentColor" aria-hidden="true" focusable="false">` + shape + `</svg>`), nil
}
