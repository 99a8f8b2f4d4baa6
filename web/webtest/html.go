package webtest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var (
	tagForm  = regexp.MustCompile(`(?s)<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-][a-zA-Z0-9:-]*(?:="[^"<]*")?)*)\s*(/?)>`)
	attrName = regexp.MustCompile(`(?s)\s([a-zA-Z:-][a-zA-Z0-9:-]*)(?:="([^"]*)")?`)
)

var void = map[string]bool{"meta": true, "link": true, "input": true, "br": true, "hr": true, "img": true}

// CheckHTML finds what a strict reader would not let pass: tags that are not
// closed, ids that stand twice, code or style in the page, labels and links that
// lead to nothing, and words of the catalogue that were not found.
func CheckHTML(t testing.TB, where, body string) {
	t.Helper()
	for _, fault := range faults(body) {
		t.Errorf("%s: %s", where, fault)
	}
}

func faults(body string) []string {
	var out []string
	var open []string
	ids, wanted := map[string]bool{}, map[string]string{}
	rest := strings.TrimPrefix(body, "<!doctype html>")
	at := 0
	for _, m := range tagForm.FindAllStringSubmatchIndex(rest, -1) {
		if strings.Contains(rest[at:m[0]], "<") {
			out = append(out, "a < that begins no tag: "+cut(rest[at:m[0]]))
		}
		at = m[1]
		closing, name, attrs, self := rest[m[2]:m[3]] == "/", strings.ToLower(rest[m[4]:m[5]]), rest[m[6]:m[7]], rest[m[8]:m[9]] == "/"
		seen := map[string]bool{}
		for _, a := range attrName.FindAllStringSubmatch(attrs, -1) {
			key, value := strings.ToLower(a[1]), a[2]
			switch {
			case seen[key]:
				out = append(out, fmt.Sprintf("<%s> has %s twice", name, key))
			case key == "style" || strings.HasPrefix(key, "on"):
				out = append(out, fmt.Sprintf("<%s> has inline %s", name, key))
			case key == "id" && ids[value]:
				out = append(out, fmt.Sprintf("id %q stands twice", value))
			case key == "href" && strings.HasPrefix(value, "#") || key == "for":
				wanted[strings.TrimPrefix(value, "#")] = name
			case (key == "href" || key == "src" || key == "action") && (strings.Contains(value, "://") || strings.HasPrefix(strings.ToLower(value), "javascript")):
				out = append(out, fmt.Sprintf("<%s> leads away: %s", name, value))
			}
			if key == "id" {
				ids[value] = true
			}
			seen[key] = true
		}
		if name == "script" && !closing && !strings.Contains(attrs, "src=") || name == "style" {
			out = append(out, "inline "+name)
		}
		switch {
		case void[name] || self:
		case !closing:
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			out = append(out, fmt.Sprintf("</%s> closes %v", name, open))
			return out
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		out = append(out, fmt.Sprintf("not closed: %v", open))
	}
	for id, name := range wanted {
		if id != "" && !ids[id] {
			out = append(out, fmt.Sprintf("<%s> points to #%s, which is not there", name, id))
		}
	}
	if m := regexp.MustCompile(`>[^<]*\b(clinic|web|page|ui|study|room|audit|result|account|admin|rater|signing)\.[a-z]+(\.[a-z]+)*\b[^<]*<`).FindString(body); m != "" {
		out = append(out, "a key instead of words: "+cut(m))
	}
	return out
}

func cut(s string) string {
	if len(s) > 120 {
		return s[:120]
	}
	return s
}
