package ui

import (
	"time"

	"varde/chart"
)

// Tone says what kind of message something is. Every tone has a shape and a
// word besides its colour.
type Tone string

// Tones.
const (
	Neutral Tone = "neutral"
	Info    Tone = "info"
	Success Tone = "success"
	Warning Tone = "warning"
	Danger  Tone = "danger"
)

func (t Tone) known() Tone {
	switch t {
	case Info, Success, Warning, Danger:
		return t
	}
	return Neutral
}

// Button is a form's button. Template "button".
type Button struct {
	Text string
	// Name and Value are sent with the form when it is pressed.
	Name, Value string
	// Variant is "primary" (default), "secondary" or "tertiary".
	Variant string
	Danger  bool
	// Plain makes it do nothing by itself (type="button").
	Plain bool
	// Action sends the form to another address.
	Action string
	// Form is the id of a form that the button stands outside of.
	Form string
	// Confirm is the id of a Dialog to agree to first.
	Confirm  string
	Disabled bool
}

// Tag is a status in a shape and words. Template "tag".
type Tag struct {
	Text string
	Tone Tone
}

// Alert is a message on the page. Template "alert".
type Alert struct {
	Tone Tone
	// Title may be empty when the text is short.
	Title, Text string
	Links       []Link
	// Live announces the message at once to a screen reader. Use it for what
	// appears after the page, and for danger to a person.
	Live bool
}

// FieldError is one fault in a form. ID is the id of its Field.
type FieldError struct{ ID, Text string }

// ErrorSummary lists the faults at the head of a form. Template
// "error-summary" prints nothing when there are none.
type ErrorSummary struct {
	// Title may be empty: then the faults are counted.
	Title  string
	Errors []FieldError
	// Quiet keeps it from taking the focus when the page opens.
	Quiet bool
}

// Table is a table whose rows become cards on a phone. Template "table".
type Table struct {
	Caption string
	// HideCaption keeps it for screen readers only.
	HideCaption bool
	Columns     []Column
	Rows        []Row
	// Empty is shown instead when there are no rows.
	Empty *Empty
	// Scroll keeps the table a table on a phone, to be moved sideways.
	Scroll bool
}

// Column is a column's head. Sort is "", "up" or "down"; Href sorts by it.
type Column struct {
	Head string
	Num  bool
	Href string
	Sort string
}

// Row is a table row; its first cell names it.
type Row struct {
	Cells  []Cell
	Strong bool
}

// Cell is one cell. All given parts are shown, in this order.
type Cell struct {
	Text, Href string
	// Time is written as date and time, Date as a date, in the site's zone.
	Time, Date time.Time
	Tags       []Tag
	// Sub is a quieter second line.
	Sub   string
	Links []Link
}

// Blank tells whether there is nothing to show.
func (c Cell) Blank() bool {
	return c.Text == "" && c.Sub == "" && len(c.Tags) == 0 && len(c.Links) == 0 && c.Time.IsZero() && c.Date.IsZero()
}

// Tab is one of several views of the same thing, as a link. Template "tabs"
// takes a []Tab.
type Tab struct {
	Text, Href string
	Current    bool
	Count      int
}

// TimelineItem is something that happened. Template "timeline" takes a
// []TimelineItem.
type TimelineItem struct {
	When        time.Time
	Title, Text string
	// Who did it, in what role.
	Who  string
	Href string
	Tone Tone
	Tags []Tag
}

// KeyValue is a name with its value. Template "keyvalues" takes a []KeyValue.
type KeyValue struct {
	Key  string
	Cell Cell
}

// Step is one step of a way. State is "done", "current", "todo" or "problem".
// Template "steps" takes a []Step.
type Step struct {
	Text, Href, State string
}

// Empty says that there is nothing, why, and what to do. Template "empty".
type Empty struct {
	Title, Text string
	Action      *Link
}

// Help is a text behind a question. Template "help".
type Help struct {
	Summary    string
	Paragraphs []string
}

// Dialog asks before something is done. Template "dialog". A Button with
// Confirm set to its ID opens it; without script the button acts at once, so
// what cannot be undone needs a page of its own behind it.
type Dialog struct {
	ID, Title, Text string
	// Yes and No label the buttons; an empty No says "cancel".
	Yes, No string
	Danger  bool
}

// Pagination is a list cut into pages. Template "pagination" prints nothing
// when there is one page only.
type Pagination struct {
	Page, Pages    int
	Previous, Next string
	Links          []PageLink
}

// PageLink is one page; Gap stands for several left out.
type PageLink struct {
	Page    int
	Href    string
	Current bool
	Gap     bool
}

// Paginate lays out the links around a page, both counted from 1.
func Paginate(page, pages int, href func(page int) string) Pagination {
	p := Pagination{Page: min(max(page, 1), max(pages, 1)), Pages: pages}
	if pages < 2 {
		return p
	}
	if p.Page > 1 {
		p.Previous = href(p.Page - 1)
	}
	if p.Page < pages {
		p.Next = href(p.Page + 1)
	}
	last := 0
	for _, n := range []int{1, p.Page - 1, p.Page, p.Page + 1, pages} {
		if n <= last || n < 1 || n > pages {
			continue
		}
		if n > last+1 {
			p.Links = append(p.Links, PageLink{Gap: true})
		}
		p.Links = append(p.Links, PageLink{Page: n, Href: href(n), Current: n == p.Page})
		last = n
	}
	return p
}

// Figure is a chart with its title, description and numbers. Template "figure".
type Figure struct {
	Chart chart.Chart
	// Source says where the data come from.
	Source string
}

// Stat is one number with its label. Template "stats" takes a []Stat.
type Stat struct {
	Label, Value, Note string
	Href               string
}

// Heading is a page's heading with what can be done from it. Template
// "heading".
type Heading struct {
	Title, Lead string
	Tags        []Tag
	Actions     []Link
}
