// Package ui is the visual ground of every page: the layout, the components,
// the renderer that joins them with a package's own pages, and the reader's
// wishes for language and display.
//
// Pages are html/template files. A page defines "main"; the layout puts it in
// its place. Components are templates that take the struct of the same name
// from this package:
//
//	{{define "main"}}
//	  <h1>{{t "today.title"}}</h1>
//	  {{template "table" .Data.Visits}}
//	{{end}}
//
// html/template was chosen over a compiled template language because it
// escapes by context (text, attribute, address), needs no generated code in
// the tree, and lets forms that come from protocol data choose their
// components at run time.
package ui

import "time"

// View is everything the layout and a page need. Only Lang and Title MUST be
// set; the rest may be zero.
type View struct {
	// Lang is "en" or "nb", Theme one of Themes. Use Wishes to get both.
	Lang, Theme string
	// Zone is the time zone of the site whose times are shown; nil is UTC.
	Zone *time.Location
	// Title names the page, without the product's name.
	Title string
	// Path is the page's own path and query: where a change of language or
	// display comes back to. Empty comes back to "/".
	Path string
	// Now is the server's time, which running clocks follow. Zero lets them
	// follow the reader's device.
	Now time.Time
	// Home is where the product's name leads; empty is "/".
	Home   string
	Nav    []NavItem
	Study  *StudySlot
	Who    *Who
	Crumbs []Crumb
	// Crisis is the help line shown at the foot of every page.
	Crisis *Crisis
	// Footer holds further links at the foot.
	Footer []Link
	// Notices are shown above the page, such as "Saved".
	Notices []Alert
	// Room makes everything larger, for use beside a bed.
	Room bool
	// Public is set on pages that anybody may read; nil on all others.
	Public *Public
	// Data is the page's own.
	Data any
}

// NavItem is one entry of the main menu. Count above zero is shown beside it.
type NavItem struct {
	Text, Href string
	Current    bool
	Count      int
}

// StudySlot names the study that is worked on, and others to change to.
type StudySlot struct {
	Name   string
	Others []Link
}

// Who is signed in. SignOut is the address that a POST signs out at.
type Who struct {
	Name, Role string
	SignOut    string
	// Account is the address of one's own keys and devices.
	Account string
	// Mark tells one account from another on a device, and nothing else of it.
	Mark string
	// Roles to change to, in the study named Study; a POST of study, role and return
	// to RolePath does it. Nil when there is one role only.
	Roles []RoleChoice
	Study string
}

// RolePath is where the layout's form posts a change of role.
const RolePath = "/role"

// RoleChoice is a role that somebody may act in.
type RoleChoice struct {
	Value, Text string
	Current     bool
}

// Crisis is where to turn in an emergency.
type Crisis struct {
	Text  string
	Links []Link
}

// Link is a text with an address. Variant, used when it looks like a button,
// is "primary" (default), "secondary" or "tertiary".
type Link struct {
	Text, Href string
	Variant    string
	// Lang marks a text in another language than the page.
	Lang string
}

// Crumb is one step of the way to the page; the last has no address.
type Crumb struct{ Text, Href string }
