package public

import (
	"cmp"
	"slices"
	"strings"

	"varde/app"
	"varde/study"
	"varde/web/page"
)

// place is a site that somebody may wish for.
type place struct {
	study string
	app.SiteOpenings
}

// key is how the form names it.
func (p place) key() string { return p.study + "|" + p.Site }

func (s *site) takes(c *page.Context) Intake {
	if s.intake != nil {
		return s.intake
	}
	return c.App
}

// places answers the sites that take referrals: those with room first, then those with
// the shortest wait. Studies for trying the program out are shown in a demonstration
// only: nobody is treated in them.
func (s *site) places(c *page.Context) ([]place, error) {
	all, err := s.takes(c).Openings(c.Ctx())
	if err != nil {
		return nil, err
	}
	var out []place
	for _, o := range all {
		if !o.Recruiting || o.Practice && !c.Demo() {
			continue
		}
		for _, x := range o.Sites {
			out = append(out, place{o.Study, x})
		}
	}
	slices.SortStableFunc(out, func(a, b place) int {
		if a.Open != b.Open {
			if a.Open {
				return -1
			}
			return 1
		}
		if a.Wait.Known != b.Wait.Known {
			if a.Wait.Known {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Wait.Mid, b.Wait.Mid)
	})
	return out, nil
}

// state of the door: "open", "full", or "closed" when nobody takes referrals at all.
func state(places []place) string {
	switch {
	case len(places) == 0:
		return "closed"
	case places[0].Open:
		return "open"
	}
	return "full"
}

// wait is what somebody without a wish may expect.
func wait(places []place) study.Wait {
	if len(places) == 0 {
		return study.Wait{}
	}
	return places[0].Wait
}

// wished answers the study, and the site in it, that a form asks for; "" as a site leaves
// the choice to the clinic. ok is false for a place that is not offered.
func wished(places []place, key string) (studyID, siteID string, ok bool) {
	if key == "" && len(places) > 0 {
		return places[0].study, "", true
	}
	studyID, siteID, _ = strings.Cut(key, "|")
	return studyID, siteID, slices.ContainsFunc(places, func(p place) bool { return p.key() == key })
}
