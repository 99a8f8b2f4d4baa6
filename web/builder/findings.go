package builder

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"varde/protocol"
	"varde/web/ui"
)

type findingsView struct {
	Verdict ui.Alert
	Groups  []findingGroup
}

type findingGroup struct {
	ID, Title string
	Findings  []findingView
	None      string
}

// findingView is one thing that the checker says.
type findingView struct {
	Tag           ui.Tag
	Code, Page    string // Page explains the code
	Place, Href   string
	Message, Fix  string
	Related       []relatedView
	Line          int
	Severe, Quiet bool
}

type relatedView struct{ Place, Href, Message string }

func (q *request) findings() error {
	v := findingsView{Verdict: q.verdict()}
	for _, severity := range []string{protocol.Error, protocol.Warning, protocol.Confirm} {
		g := findingGroup{ID: severity, Title: q.t("builder.severity." + severity + ".many"), None: q.t("builder.severity." + severity + ".none")}
		for _, f := range q.reading.findings {
			if f.Severity == severity {
				g.Findings = append(g.Findings, q.finding(f))
			}
		}
		v.Groups = append(v.Groups, g)
	}
	return q.render("findings", http.StatusOK, q.t("builder.findings"), v)
}

func (q *request) finding(f protocol.Finding) findingView {
	v := findingView{Code: f.Code, Message: sentence(f.Message), Fix: sentence(f.Fix), Line: f.Line,
		Place: fmt.Sprintf("%s:%d", f.File, f.Line), Href: q.sourceLink(f.File, f.Line), Severe: f.Severity == protocol.Error, Quiet: f.Severity == protocol.Confirm}
	tone := map[string]ui.Tone{protocol.Error: ui.Danger, protocol.Warning: ui.Warning}[f.Severity]
	if tone == "" {
		tone = ui.Info
	}
	v.Tag = ui.Tag{Text: q.t("builder.severity." + f.Severity), Tone: tone}
	for _, p := range f.Related {
		v.Related = append(v.Related, relatedView{Place: fmt.Sprintf("%s:%d", p.File, p.Line), Href: q.sourceLink(p.File, p.Line), Message: sentence(p.Message)})
	}
	return v
}

// sourceLink leads to a line, when its file is one of the folder's.
func (q *request) sourceLink(file string, line int) string {
	if _, ok := q.reading.file(file); !ok {
		return ""
	}
	return fmt.Sprintf("/source/%s#L%d", (&url.URL{Path: file}).EscapedPath(), line)
}

func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

type sourceView struct {
	Name  string
	Tabs  []ui.Tab
	Lines []lineView
	// Beyond are findings of this file whose line is not there.
	Beyond []findingView
}

type lineView struct {
	Number   int
	Text     string
	Findings []findingView
	Mark     string // severity of the gravest finding, "" when there is none
}

// source is one file with what the checker says below each line.
func (q *request) source() error {
	name := q.r.PathValue("file")
	file, ok := q.reading.file(name)
	if !ok {
		return errNotThere
	}
	v := sourceView{Name: file.name}
	for _, f := range q.reading.files {
		v.Tabs = append(v.Tabs, ui.Tab{Text: f.name, Href: "/source/" + (&url.URL{Path: f.name}).EscapedPath(), Current: f.name == file.name, Count: q.grave(f.name)})
	}
	for i, text := range strings.Split(strings.TrimSuffix(file.text, "\n"), "\n") {
		v.Lines = append(v.Lines, lineView{Number: i + 1, Text: strings.TrimSuffix(text, "\r")})
	}
	for _, f := range q.reading.findings {
		if f.File != file.name {
			continue
		}
		if f.Line < 1 || f.Line > len(v.Lines) {
			v.Beyond = append(v.Beyond, q.finding(f))
			continue
		}
		l := &v.Lines[f.Line-1]
		l.Findings = append(l.Findings, q.finding(f))
		if l.Mark == "" || f.Severity == protocol.Error || l.Mark == protocol.Confirm {
			l.Mark = f.Severity
		}
	}
	return q.render("source", http.StatusOK, file.name, v)
}

// grave counts the errors and warnings of a file.
func (q *request) grave(file string) int {
	n := 0
	for _, f := range q.reading.findings {
		if f.File == file && f.Severity != protocol.Confirm {
			n++
		}
	}
	return n
}
