package static

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// schemes reads our colour tokens over those of the vendored theme.
func schemes(t *testing.T) map[string]map[string]string {
	t.Helper()
	theme, err := files.ReadFile("vendor/designsystemet/theme.css")
	if err != nil {
		t.Fatal(err)
	}
	own, err := files.ReadFile("css/palette.css")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	token := regexp.MustCompile(`(--[a-z0-9-]+):\s*(#[0-9a-f]{3,6})`)
	read := func(css, from string, into map[string]string) {
		i := strings.Index(css, from)
		if i < 0 {
			t.Fatalf("no block %q", from)
		}
		body := css[i+len(from):]
		for _, m := range token.FindAllStringSubmatch(body[:strings.Index(body, "}")], -1) {
			into[m[1]] = m[2]
		}
	}
	for name, blocks := range map[string][2]string{
		"light": {`[data-color-scheme=light]{`, `[data-color-scheme="auto"] {`},
		"dark":  {`[data-color-scheme=dark]{`, `[data-color-scheme="dark"] {`},
		"dim":   {`[data-color-scheme=light]{`, `[data-color-scheme="dim"] {`},
	} {
		out[name] = map[string]string{}
		read(string(theme), blocks[0], out[name])
		read(string(own), blocks[1], out[name])
	}
	return out
}

func luminance(hex string) (float64, error) {
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		return 0, fmt.Errorf("%q is no colour", hex)
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

// TestContrast holds the pairs that pages use to WCAG 2.2 AA: 4.5 to 1 for
// text, 3 to 1 for the outlines of controls and for marks in charts.
func TestContrast(t *testing.T) {
	for name, tokens := range schemes(t) {
		check := func(front, back string, least float64) {
			t.Helper()
			a, errA := luminance(tokens[front])
			b, errB := luminance(tokens[back])
			if errA != nil || errB != nil {
				t.Errorf("%s: %s %v, %s %v", name, front, errA, back, errB)
				return
			}
			if ratio := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05); ratio < least {
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
