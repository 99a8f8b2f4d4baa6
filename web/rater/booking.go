package rater

import (
	"slices"
	"time"

	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// bookingView is the page on which a rater books a time for an assessment. It shows the
// days that can be booked, as many for every assessment, and nothing of its window.
type bookingView struct {
	Heading ui.Heading
	Now     string // the time that is booked
	Action  string
	Client  string
	Day     ui.Field
	Time    ui.Field
	Errors  ui.ErrorSummary
	Back    ui.Link
}

func booking(c *page.Context) error { return renderBooking(c, nil) }

func renderBooking(c *page.Context, refused *study.Refusal) error {
	r, days, err := bookable(c)
	if err != nil {
		return err
	}
	v := bookingView{Heading: ui.Heading{Title: c.T("rater.book"), Lead: name(r)}, Action: path(c, r) + "/book", Client: c.ClientID(),
		Back: ui.Link{Text: c.T("rater.book.back"), Href: path(c, r), Variant: "tertiary"}}
	v.Day = ui.Field{Kind: ui.RadioField, Name: "day", Label: c.T("rater.book.day"), Required: true}
	for _, d := range days {
		v.Day.Options = append(v.Day.Options, ui.Option{Value: d.String(), Label: c.Voice().DateLong(d.Start(c.Zone).Add(12 * time.Hour))})
	}
	v.Time = ui.Field{Kind: ui.TimeField, Name: "time", Label: c.T("rater.book.time"), Hint: c.T("rater.book.zone", "zone", c.Zone.String()), Required: true}
	if !r.Planned.IsZero() {
		v.Now = c.T("rater.book.now", "time", c.Voice().DateTime(r.Planned))
		if day := study.DayOf(r.Planned, c.Zone); slices.Contains(days, day) {
			v.Day.Value = day.String()
		}
		v.Time.Value = r.Planned.In(c.Zone).Format("15:04")
	}
	p := page.Page{Title: c.T("rater.book"), Crumbs: []ui.Crumb{{Text: c.T("rater.title"), Href: c.Path("ratings")}, {Text: name(r), Href: path(c, r)}, {Text: c.T("rater.book")}}}
	if refused != nil {
		p.Status = page.Status(refused)
		v.Day.Value, v.Time.Value = c.Text("day"), c.Text("time")
		text, at := page.Sentence(c.Say(refused.Text)), v.Day.Target()
		if refused.Field == "day" {
			v.Day.Error = text
		} else {
			v.Time.Error, at = text, v.Time.Target()
		}
		v.Errors = ui.ErrorSummary{Title: c.T("page.refused"), Errors: []ui.FieldError{{ID: at, Text: text}}}
	}
	p.Data = v
	return c.Render("booking", p)
}

// bookable is the assessment of the address while it is still to be made, with the days
// that its rater may choose among.
func bookable(c *page.Context) (app.RatingRow, []study.Day, error) {
	r, err := find(c)
	if err != nil {
		return r, nil, err
	}
	if r.Owes != "forms" {
		return r, nil, page.NotFound("this assessment is made: there is nothing to book", "denne vurderingen er gjort: det er ingenting å booke")
	}
	s, err := c.App.Participant(c.Ctx(), c.Actor, c.Study, r.Participant)
	if err != nil {
		return r, nil, err
	}
	if s.Zone != nil {
		c.Zone = s.Zone
	}
	days, err := c.App.RatingDays(c.Ctx(), c.Actor, c.Study, r.Participant, r.Ref)
	return r, days, err
}

// book makes the appointment, with the rater's own time taken in the calendar.
func book(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	r, _, err := bookable(c)
	if err != nil {
		return err
	}
	visit, ok := c.App.VisitOf(c.Actor, c.Study, r.Participant, r.Ref)
	if !ok {
		return page.NotFound("there is no such assessment", "vurderingen finnes ikke")
	}
	if _, err := time.Parse(time.DateOnly, c.Text("day")); err != nil {
		return renderBooking(c, page.Bad("day", "choose one of the days", "velg en av dagene"))
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", c.Text("day")+" "+c.Text("time"), c.Zone)
	if err != nil {
		return renderBooking(c, page.Bad("time", "write the time as 14:30", "skriv klokkeslettet som 14:30"))
	}
	_, err = c.Do(study.PlanVisit{On: study.On{Participant: r.Participant}, Visit: visit, Time: at, Staff: []string{c.Actor.ID}})
	if refused, ok := page.Refused(err); ok && (refused.Kind == study.Against || refused.Kind == study.Invalid || refused.Kind == study.Stale) {
		if refused.Code == "day-not-offered" {
			refused.Field = "day"
		}
		return renderBooking(c, refused)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(path(c, r), ui.Success, c.T("rater.book.done", "time", c.Voice().DateTime(at)))
}
