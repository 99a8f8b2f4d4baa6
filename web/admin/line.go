package admin

import (
	"maps"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// lineView is one line of the delegation log.
type lineView struct {
	Heading ui.Heading
	Facts   []ui.KeyValue
	Renew   *form
	End     *form
	Back    ui.Link
}

// lineOf is the line of the address: the one that stands, else the last that ended.
func lineOf(c *page.Context) (app.DelegationLine, error) {
	l, _, err := lineAndNames(c)
	return l, err
}

// lineAndNames answers the printed names of those in the log as well.
func lineAndNames(c *page.Context) (app.DelegationLine, map[string]string, error) {
	list, err := c.App.Delegations(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return app.DelegationLine{}, nil, err
	}
	site := c.Value("site")
	if site == everySite {
		site = ""
	}
	var found *app.DelegationLine
	for i := range list {
		l := &list[i]
		if l.Account == c.Value("account") && l.Role == c.Value("role") && l.Site == site && (found == nil || l.Ended.IsZero() || !found.Ended.IsZero() && l.At.After(found.At)) {
			found = l
		}
	}
	if found == nil {
		return app.DelegationLine{}, nil, page.NotFound("there is no such line in the delegation log", "delegasjonsloggen har ingen slik linje")
	}
	return *found, namesIn(list), nil
}

func showLine(c *page.Context) error { return renderLine(c, nil) }

func renderLine(c *page.Context, refused *study.Refusal) error {
	l, names, err := lineAndNames(c)
	if err != nil {
		return err
	}
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	for _, s := range sites {
		if s.Zone != nil && (s.ID == l.Site || l.Site == "") {
			c.Zone = s.Zone
		}
	}
	name := nameOr(l.Name, l.Account)
	v := lineView{Heading: ui.Heading{Title: name, Lead: c.Say(study.RoleName(l.Role)) + " · " + siteText(c, l), Tags: []ui.Tag{stateTag(c, l)}}, Back: ui.Link{Text: c.T("admin.log.back"), Href: c.Path("people"), Variant: "tertiary"}}
	v.Facts = []ui.KeyValue{{Key: c.T("admin.account"), Cell: ui.Cell{Text: l.Account}}, {Key: c.T("admin.from"), Cell: ui.Cell{Text: dayText(c, l.From)}}, {Key: c.T("admin.until"), Cell: ui.Cell{Text: dayText(c, l.Until)}},
		{Key: c.T("admin.by"), Cell: ui.Cell{Text: nameOr(names[l.By], l.By), Time: l.At}}}
	if note := c.Say(l.Note); note != "" {
		v.Facts = append(v.Facts, ui.KeyValue{Key: c.T("admin.note"), Cell: ui.Cell{Text: page.Sentence(note)}})
	}
	if cell := credentialCell(c, l); !cell.Blank() {
		v.Facts = append(v.Facts, ui.KeyValue{Key: c.T("admin.credentials"), Cell: cell})
	}
	if !l.Ended.IsZero() {
		v.Facts = append(v.Facts, ui.KeyValue{Key: c.T("admin.log.ended"), Cell: ui.Cell{Time: l.Ended, Sub: nameOr(names[l.EndBy], l.EndBy)}}, ui.KeyValue{Key: c.T("admin.reason"), Cell: ui.Cell{Text: l.Why}})
	} else if c.Can(access.Delegate) {
		v.Renew, v.End = renewForm(c, l, refused), endForm(c, l, refused)
	}
	p := page.Page{Title: name, Crumbs: []ui.Crumb{{Text: c.T("admin.log"), Href: c.Path("people")}, {Text: name}}, Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("line", p)
}

func renewForm(c *page.Context, l app.DelegationLine, refused *study.Refusal) *form {
	if l.Site == "" {
		return nil // a study-wide line without credentials is ended and given anew
	}
	fields := credentialFields(c, credentialsOf(c, l.Role), false)
	for i := range fields {
		fields[i].Value = l.Credentials[fields[i].Name[len("credential."):]]
	}
	fields = append(fields, ui.Field{Kind: ui.DateField, Name: "until", Label: c.T("admin.until"), Hint: c.T("admin.add.until.hint"), Optional: true, Value: l.Until})
	return made(c, refused, form{ID: "renew", Title: c.T("admin.renew"), Text: c.T("admin.renew.text"), Action: linePath(c, l) + "/renew", Button: c.T("admin.renew.button"), Fields: fields})
}

func endForm(c *page.Context, l app.DelegationLine, refused *study.Refusal) *form {
	return made(c, refused, form{ID: "end", Title: c.T("admin.end"), Text: c.T("admin.end.text"), Action: linePath(c, l) + "/end", Button: c.T("admin.end.button"), Danger: true,
		Fields: []ui.Field{{Kind: ui.LongTextField, Name: "reason", Rows: 2, Label: c.T("admin.reason"), Required: true, MaxLength: 2000}}})
}

// renew records credentials anew; those that are left empty stay as they were.
func renew(c *page.Context) error {
	return onLine(c, "admin.renew.done", func(l app.DelegationLine) (study.Command, error) {
		creds, err := credentialsPosted(c, l.Role)
		if err != nil {
			return nil, err
		}
		_, until, err := days(c)
		if err != nil {
			return nil, err
		}
		if len(creds) == 0 && until == l.Until {
			return nil, page.Bad("", "give the last valid day of what was renewed", "oppgi siste gyldige dag for det som er fornyet")
		}
		all := maps.Clone(l.Credentials)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, creds)
		return study.AssignStaff{Site: l.Site, Person: l.Account, Name: l.Name, Role: l.Role, Credentials: all, From: l.From, Until: until}, nil
	})
}

func end(c *page.Context) error {
	return onLine(c, "admin.end.done", func(l app.DelegationLine) (study.Command, error) {
		reason := c.Text("reason")
		if reason == "" {
			return nil, page.Bad("reason", "say why it ends", "oppgi hvorfor den avsluttes")
		}
		if l.Site != "" {
			return study.RemoveStaff{Site: l.Site, Person: l.Account, Role: l.Role, Reason: reason}, nil
		}
		return study.EndDelegation{Account: l.Account, Role: l.Role, Reason: reason}, nil
	})
}

// onLine carries out a command on the line of the address.
func onLine(c *page.Context, message string, build func(app.DelegationLine) (study.Command, error)) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	l, err := lineOf(c)
	if err != nil {
		return err
	}
	cmd, err := build(l)
	if err == nil {
		_, err = c.Do(cmd)
	}
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid || r.Kind == study.Stale) {
		return renderLine(c, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(c.Path("people"), ui.Success, c.T(message))
}
