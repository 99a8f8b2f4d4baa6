package intake

import (
	"slices"
	"unicode/utf8"

	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// act carries out one command on the referral of the address and goes back to it, or
// shows it again with the reason why not.
func act(build func(*page.Context) (cmd study.ReferralCommand, message string, err error)) func(*page.Context) error {
	return func(c *page.Context) error {
		if _, err := c.Form(); err != nil {
			return err
		}
		cmd, message, err := build(c)
		if err == nil {
			_, err = c.App.DoReferral(c.Ctx(), c.Actor, c.Study, c.Value("referral"), cmd, submission(c))
		}
		if r, ok := page.Refused(err); ok && mends(r) {
			return renderOne(c, shown{refused: r})
		}
		if err != nil {
			return err
		}
		return c.RedirectWith(c.Path("referrals", c.Value("referral")), ui.Success, message)
	}
}

func assess(c *page.Context) (study.ReferralCommand, string, error) {
	cmd := study.AssessReferral{Decision: c.Text("decision"), Agreed: c.Text("agreed") == "yes", Site: c.Text("site"), Urgency: c.Text("urgency"), Note: c.Text("note")}
	if cmd.Decision == "onwards" || cmd.Decision == "unsuitable" {
		reason := c.Text(cmd.Decision)
		if reason == "" {
			return nil, "", page.Bad(cmd.Decision, "choose a reason from the list", "velg en grunn fra listen")
		}
		cmd.Reasons = []string{reason}
	}
	return cmd, c.T("intake.assess.done"), nil
}

func check(c *page.Context) (study.ReferralCommand, string, error) {
	cmd := study.CheckReferral{Note: c.Text("note")}
	switch c.Text("outcome") {
	case "well":
		cmd.Reached, cmd.Still = true, true
	case "concern":
		cmd.Reached, cmd.Still, cmd.Concern = true, true, true
	case "no":
		cmd.Reached = true
	case "missed":
	default:
		return nil, "", page.Bad("outcome", "choose how it went", "velg hvordan det gikk")
	}
	return cmd, c.T("intake.check.done." + c.Text("outcome")), nil
}

func care(c *page.Context) (study.ReferralCommand, string, error) {
	return study.CareReferral{Action: c.Text("action")}, c.T("intake.care.done"), nil
}

func move(c *page.Context) (study.ReferralCommand, string, error) {
	cmd := study.MoveReferral{Ahead: c.Text("ahead"), Reason: c.Text("reason"), Note: c.Text("note")}
	switch cmd.Ahead {
	case "":
		return nil, "", page.Bad("ahead", "choose where the person is to stand", "velg hvor personen skal stå")
	case "end":
		cmd.Ahead = ""
	}
	return cmd, c.T("intake.move.done"), nil
}

func closing(c *page.Context) (study.ReferralCommand, string, error) {
	return study.CloseReferral{Reason: c.Text("reason"), Note: c.Text("note")}, c.T("intake.close.done"), nil
}

func invite(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	id, err := c.App.InviteReferral(c.Ctx(), c.Actor, c.Study, c.Value("referral"))
	if r, ok := page.Refused(err); ok && mends(r) {
		return renderOne(c, shown{refused: r})
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(c.Path("p", id), ui.Success, c.T("intake.invite.done", "number", id))
}

// purposes for which a referral is opened, in order.
var purposes = []string{"assess", "call", "check", "letter", "other"}

// mostWords bounds what is added to a purpose in one's own words, in characters.
const mostWords = 120

func open(c *page.Context) error {
	values, err := c.Form()
	if err != nil {
		return err
	}
	var fields []string
	for _, f := range app.ReferralFields {
		if slices.Contains(values["field"], f) {
			fields = append(fields, f)
		}
	}
	purpose := purposeOf(c)
	var refused *study.Refusal
	switch {
	case len(fields) == 0:
		refused = page.Bad("field", "choose what to open", "velg hva som skal åpnes")
	case purpose == "":
		refused = page.Bad("purpose", "say what it is needed for", "oppgi hva det trengs til")
	case c.Text("purpose") == "other" && c.Text("more") == "":
		refused = page.Bad("more", "say in your own words what it is needed for", "oppgi med egne ord hva det trengs til")
	case utf8.RuneCountInString(c.Text("more")) > mostWords:
		refused = page.Bad("more", "say it in at most 120 characters", "si det med høyst 120 tegn")
	}
	if refused != nil {
		return renderOne(c, shown{refused: refused})
	}
	plain, err := c.App.OpenReferral(c.Ctx(), c.Actor, c.Study, c.Value("referral"), fields, purpose)
	if r, ok := page.Refused(err); ok && mends(r) {
		return renderOne(c, shown{refused: r})
	}
	if err != nil {
		return err
	}
	x := shown{purpose: c.T("intake.opened.purpose", "purpose", purpose)}
	for _, f := range fields {
		if plain[f] != "" {
			x.opened = append(x.opened, ui.KeyValue{Key: c.T("intake.field." + f), Cell: ui.Cell{Text: plain[f]}})
		}
	}
	return renderOne(c, x)
}

// purposeOf is what will stand in the record: the chosen purpose and what was added.
func purposeOf(c *page.Context) string {
	p := c.Text("purpose")
	if !slices.Contains(purposes, p) {
		return ""
	}
	text := c.T("intake.purpose." + p)
	if more := c.Text("more"); more != "" {
		text += ": " + more
	}
	return text
}
