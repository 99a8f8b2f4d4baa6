// Package content is what the public pages say: Markdown and YAML in two languages,
// shipped with the program, which a clinic replaces with a folder of its own, as a
// whole or file by file (Load).
//
//	facts.yaml        every number that a page may state, with its source and date
//	pages/ID.LANG.md  the pages; ID is one of PageIDs, LANG is en or nb
//	options.yaml      the board of studies and programmes by country
//	crisis.yaml       where to turn in an emergency, by country
//	clinic.yaml       who the clinic is and how it answers
//	selfcheck.yaml    what the self-check asks first and what its results mean
//
// Reading is strict: an unknown file, key or page, a missing language, a number that
// stands in a text without being a fact, a word that offers or doses a medicine is a
// fault with file and line, and nothing is shown of a folder that has one.
package content

import (
	"embed"
	"io/fs"
	"sync"
)

// Site is everything that the public pages say. It never changes after loading and is
// safe for concurrent use.
type Site struct {
	Facts     map[string]*Fact
	Options   Board
	Crisis    Crisis
	Clinic    Clinic
	SelfCheck SelfCheck

	pages map[string]*Page // by id and language
}

// Languages that everything is written in.
var Languages = []string{"en", "nb"}

// PageIDs are the pages that there are, in the order in which they are best read. The
// same ids are their addresses.
var PageIDs = []string{"home", "ptsd", "treatment", "mdma-therapy", "risks", "evidence", "options", "process", "self-check", "referral", "contact", "help", "about"}

// Page answers a page in a language; nil when there is none of that id.
func (s *Site) Page(id, lang string) *Page { return s.pages[id+"."+lang] }

//go:embed shipped
var shipped embed.FS

// Shipped answers the content that comes with the program.
func Shipped() (*Site, error) { return readShipped() }

var readShipped = sync.OnceValues(func() (*Site, error) { return Load(nil) })

func shippedFS() fs.FS {
	f, err := fs.Sub(shipped, "shipped")
	if err != nil {
		return shipped // cannot be: the folder is embedded
	}
	return f
}
