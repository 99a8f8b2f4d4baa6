package analysis

// CompletenessResult says how whole the data are, of all who entered.
type CompletenessResult struct {
	Participants int              `json:"participants"`
	VisitsHeld   int              `json:"visitsHeld"`
	VisitsMissed int              `json:"visitsMissed"`
	VisitsOut    int              `json:"visitsOut"` // out of window or missed
	FormsDue     int              `json:"formsDue"`  // of visits held
	FormsDone    int              `json:"formsDone"` // complete
	MissingItems int              `json:"missingItems"`
	Queries      int              `json:"openQueries"`
	Deviations   int              `json:"deviations"`
	Primary      []PrimaryAtVisit `json:"primary"`
}

// PrimaryAtVisit says for how many the primary endpoint is there.
type PrimaryAtVisit struct {
	Visit    string `json:"visit"`
	Observed []int  `json:"observed"` // by group
	Of       []int  `json:"of"`       // entered, by group
}

func (r *run) completeness() CompletenessResult {
	c := CompletenessResult{Participants: len(r.entered), Primary: []PrimaryAtVisit{}}
	for _, x := range r.entered {
		for _, v := range x.Visits {
			if v.Missed != "" {
				c.VisitsMissed++
			} else if !v.Held.IsZero() {
				c.VisitsHeld++
			}
		}
		c.VisitsOut += x.VisitsOut
		c.FormsDue += x.FormsDue
		c.FormsDone += x.FormsDone
		c.MissingItems += x.MissingItems
		c.Queries += x.Queries
		c.Deviations += x.Deviations
	}
	e := r.primary()
	if e == nil || r.hides(formOf(e.Score)) {
		return c
	}
	groups := r.byGroup(r.entered)
	for _, visit := range append([]string{e.Baseline}, e.Visits...) {
		p := PrimaryAtVisit{Visit: visit}
		for _, people := range groups {
			n := 0
			for _, x := range people {
				if _, ok := x.score(visit, e.Score); ok {
					n++
				}
			}
			p.Observed, p.Of = append(p.Observed, n), append(p.Of, len(people))
		}
		c.Primary = append(c.Primary, p)
	}
	return c
}
