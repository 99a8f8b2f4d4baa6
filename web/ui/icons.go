package ui

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
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
	"left":     `<path d="m15 5-7 7 7 7" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`,
	"erase":    `<path d="M8.500 5H21v14H8.500L2.500 12zM12 9.500l5 5M17 9.500l-5 5" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linecap="round" stroke-linejoin="round"/>`,
	"device":   `<rect x="6.500" y="2.500" width="11" height="19" rx="2.500" fill="none" stroke="currentColor" stroke-width="2.2"/><path d="M11 18h2" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>`,
	"home":     `<path d="M4 11 12 4l8 7M6 9.500V20h4.500v-5.500h3V20H18V9.500" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linecap="round" stroke-linejoin="round"/>`,
	"list":     `<path d="M9 6h11M9 12h11M9 18h11M4 6h.500M4 12h.500M4 18h.500" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>`,
	"book":     `<path d="M12 6.500C10 5 7 4.500 3.500 4.500v14c3.500 0 6.500.500 8.500 2 2-1.500 5-2 8.500-2v-14C17 4.500 14 5 12 6.500zm0 0v14" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linejoin="round"/>`,
	"message":  `<path d="M4 5h16v11H11l-4.500 4v-4H4z" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linejoin="round"/>`,
	"person":   `<circle cx="12" cy="8" r="4" fill="none" stroke="currentColor" stroke-width="2.1"/><path d="M4.500 20.500c.800-4 3.800-6 7.500-6s6.700 2 7.500 6" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linecap="round"/>`,
	"phone":    `<path d="M5 3.500h4l1.500 4.500-2.300 1.700a12 12 0 0 0 6.100 6.100L16 13.500l4.500 1.500v4c0 1-.800 1.700-1.800 1.600C10.500 20 4 13.500 3.400 5.300c-.100-1 .600-1.800 1.600-1.800z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/>`,
	"chart":    `<path d="M4 4v16h16M7.500 15l4-4.500 3 2.500 5-6.500" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`,
	"calendar": `<rect x="3.500" y="5" width="17" height="15.500" rx="2" fill="none" stroke="currentColor" stroke-width="2.1"/><path d="M3.500 10h17M8 3v4M16 3v4" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linecap="round"/>`,
	"lock":     `<rect x="5" y="10.500" width="14" height="10" rx="2" fill="none" stroke="currentColor" stroke-width="2.1"/><path d="M8 10.500V7.500a4 4 0 0 1 8 0v3" fill="none" stroke="currentColor" stroke-width="2.1"/>`,
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

// iconNames are all there are but the mark of the product.
func iconNames() []string {
	names := slices.Sorted(maps.Keys(icons))
	return slices.DeleteFunc(names, func(n string) bool { return n == "varde" })
}
