package static

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// schemes are the colours of every scheme.
func schemes(t *testing.T) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for _, name := range Schemes {
		colours, err := Palette(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = colours
	}
	return out
}

// TestContrast holds the pairs that pages use to WCAG 2.2 AA: 4.5 to 1 for
// text, 3 to 1 for the outlines of controls and for marks in charts.
func TestContrast(t *testing.T) {
	for name, tokens := range schemes(t) {
		check := func(front, back string, least float64) {
			t.Helper()
			ratio, err := Contrast(tokens[front], tokens[back])
			if err != nil {
				t.Errorf("%s: %s on %s: %v", name, front, back, err)
			} else if ratio < least {
				t.Errorf("%s: %s on %s has %.2f to 1, want %.1f", name, front, back, ratio, least)
			}
		}
		const p = "--ds-color-"
		for _, back := range []string{"background-default", "background-tinted", "surface-default"} {
			back = p + "neutral-" + back
			check(p+"neutral-text-default", back, 4.5)
			check(p+"neutral-text-subtle", back, 4.5)
			check(p+"accent-text-subtle", back, 4.5)
			check(p+"danger-text-subtle", back, 4.5)
			check(p+"warning-text-subtle", back, 4.5)
			check(p+"neutral-border-default", back, 3)
			check("--ds-color-focus-outer", back, 3)
			for i := range 8 {
				check(fmt.Sprintf("--vc-%d", i), back, 3)
			}
			check("--vc-limit", back, 3)
			check("--vc-mark", back, 3)
		}
		for _, tone := range []string{"neutral", "accent", "info", "success", "warning", "danger"} {
			check(p+tone+"-text-default", p+tone+"-surface-tinted", 4.5)
		}
		// The states of what was entered stand on the tinted surface of their tone.
		for _, tone := range []string{"info", "warning", "danger"} {
			check(p+tone+"-border-default", p+tone+"-surface-tinted", 3)
		}
		check(p+"neutral-border-default", p+"neutral-surface-tinted", 3)
		check(p+"accent-text-default", p+"neutral-surface-default", 4.5)
		check(p+"accent-base-contrast-default", p+"accent-base-default", 4.5)
		check(p+"accent-base-contrast-default", p+"accent-base-hover", 4.5)
		check(p+"danger-base-contrast-default", p+"danger-base-default", 4.5)
	}
}

// The dimmed display is for a darkened room: nothing on it may be bright, and
// nothing may be blue.
func TestDimIsDimAndWarm(t *testing.T) {
	for token, hex := range schemes(t)["dim"] {
		if strings.Contains(token, "brand") || !strings.HasPrefix(token, "--ds-color-") && !strings.HasPrefix(token, "--vc-") {
			continue
		}
		l, err := luminance(hex)
		if err != nil {
			t.Errorf("%s: %v", token, err)
			continue
		}
		if l > 0.42 {
			t.Errorf("%s is %s, luminance %.2f", token, hex, l)
		}
		if strings.Contains(token, "background") && l > 0.01 {
			t.Errorf("%s is %s, luminance %.3f", token, hex, l)
		}
		if len(hex) != 7 {
			t.Errorf("%s is %s: left over from the light display", token, hex)
			continue
		}
		red, _ := strconv.ParseUint(hex[1:3], 16, 8)
		blue, _ := strconv.ParseUint(hex[5:7], 16, 8)
		if blue > red {
			t.Errorf("%s is %s: more blue than red", token, hex)
		}
	}
}
