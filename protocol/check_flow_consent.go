package protocol

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"varde/instrument"
)

// consentSilent finds what is done to people that no document they must sign tells of.
func (c *checker) consentSilent() {
	docs := c.d.Consent.Documents
	if len(docs) == 0 {
		return
	}
	covers, required := map[string]bool{}, map[string]bool{}
	var all strings.Builder
	for _, x := range docs {
		if !x.Valid {
			continue
		}
		for _, s := range x.Sections {
			all.WriteString(strings.ToLower(s.Title.EN + " " + s.Short.EN + " " + s.Long.EN + "\n"))
			for _, f := range s.Covers {
				covers[f] = true
				required[f] = required[f] || x.Required
			}
		}
	}
	text := all.String()
	silent := func(path, what, fix string) {
		c.warn(path, "V165", "no valid consent document tells of "+what, fix)
	}
	for i, v := range c.d.Protocol.Visits {
		if v.Recorded && !covers["recording"] {
			silent(fmt.Sprintf("visits[%d].recorded", i), "recordings, and "+v.ID+" is recorded", "Add recording to the covers of the section that tells of it")
			break
		}
	}
	if c.d.Allocation != nil && c.d.Allocation.Kits != "" && !covers["kit"] {
		silent("allocation.kits", "the medicine that is given by number", "Add kit to the covers of the section that tells of the medicine")
	}
	c.nightTold(silent, text)
	c.longTold(silent, text)
	c.identityTold(silent, text)
	c.optionalAlone(required, covers)
}

var tellsIdentity = regexp.MustCompile(`\b(names?|named|identif\w+|contact|phone|address|who you are)\b`)

// identityTold makes sure that people know when what identifies them is asked for.
func (c *checker) identityTold(silent func(path, what, fix string), text string) {
	for _, id := range sortedKeys(c.collect.forms) {
		f := c.lib[id]
		if i := slices.IndexFunc(f.Items, func(x instrument.Item) bool { return x.Identifying }); i >= 0 && !tellsIdentity.MatchString(text) {
			silent("consent.documents", fmt.Sprintf("names and contact details, and %s.%s asks for them", id, f.Items[i].ID), "Tell who keeps them and who can see them")
			return
		}
	}
}

var (
	tellsNight = regexp.MustCompile(`night|overnight`)
	tellsLong  = regexp.MustCompile(`\b(months?|years?)\b`)
)

func (c *checker) nightTold(silent func(path, what, fix string), text string) {
	if tellsNight.MatchString(text) {
		return
	}
	if d := c.d.Dosing; d != nil && d.Discharge.Overnight {
		silent("dosing.discharge.overnight", "a night at the site", "Tell of the night in a section")
		return
	}
	if i := slices.IndexFunc(c.d.Protocol.Visits, func(v Visit) bool { return v.Overnight }); i >= 0 {
		silent(fmt.Sprintf("visits[%d].overnight", i), "a night at the site", "Tell of the night in a section")
	}
}

func (c *checker) longTold(silent func(path, what, fix string), text string) {
	const long = 120
	if c.lastAfterSession() > long && !tellsLong.MatchString(text) {
		silent("consent.documents", fmt.Sprintf("follow-up for %v days after the last session", c.lastAfterSession()), "Tell for how long people are asked")
	}
}

// optionalAlone finds forms of visits that everybody comes to, told of only in a
// document that nobody has to sign.
func (c *checker) optionalAlone(required, covers map[string]bool) {
	var missing []string
	for _, id := range sortedKeys(c.collect.forms) {
		if !covers[id] || required[id] {
			continue
		}
		for _, i := range c.collect.forms[id] {
			v := &c.d.Protocol.Visits[i]
			if c.maybeNotHeld(v, id) == "" {
				missing = append(missing, id)
				break
			}
		}
	}
	if len(missing) > 0 {
		at := "consent.documents"
		for i, x := range c.d.Consent.Documents {
			if x.Valid && !x.Required && slices.ContainsFunc(x.Sections, func(s ConsentSection) bool { return shareNames(s.Covers, missing) }) {
				at = fmt.Sprintf("consent.documents[%d].required", i)
				break
			}
		}
		c.warn(at, "V165", fmt.Sprintf("only a document that need not be signed tells of: %s", shortList(missing)), "Make the document required: true, or tell of them in one that is")
	}
}
