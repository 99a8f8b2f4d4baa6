package public

import (
	"time"

	"varde/content"
	"varde/web/page"
	"varde/web/ui"
)

// statusTone is how the status of an option looks; its words say the same.
var statusTone = map[string]ui.Tone{"open": ui.Success, "limited": ui.Info, "closed": ui.Neutral, "none": ui.Neutral, "ended": ui.Neutral}

// option is one entry of the board as it is shown.
type option struct {
	ID, Title, Text string
	Status          ui.Tag
	Source, Link    string
	LookedUp        time.Time
	CheckedBy       string
	CheckedOn       time.Time
	Stale           bool
	Days            int
}

type boardCountry struct {
	Code, Name string
	Options    []option
}

type boardView struct {
	Countries []boardCountry
	Stale     int // entries that nobody has looked at for too long
}

func (s *site) board(c *page.Context) error {
	var v boardView
	for _, x := range s.content.Options.Countries {
		y := boardCountry{Code: x.Code, Name: x.Name.In(c.Lang)}
		for _, o := range x.Options {
			y.Options = append(y.Options, s.option(c, o))
			if o.Stale(c.Now) {
				v.Stale++
			}
		}
		v.Countries = append(v.Countries, y)
	}
	return s.kept(c, "options", "options", page.Page{Data: v})
}

func (s *site) option(c *page.Context, o content.Option) option {
	return option{
		ID: o.ID, Title: o.Title.In(c.Lang), Text: o.Text.In(c.Lang),
		Status: ui.Tag{Text: c.T("public.status." + o.Status), Tone: statusTone[o.Status]},
		Source: o.Source, Link: o.Link, LookedUp: o.LookedUp.Time,
		CheckedBy: o.CheckedBy.In(c.Lang), CheckedOn: o.CheckedOn.Time, Stale: o.Stale(c.Now), Days: o.StaleAfter,
	}
}
