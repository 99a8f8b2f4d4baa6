package analysis

import (
	"slices"
	"strings"

	"varde/stats/ancova"
)

// interaction tests whether the difference between the arms is the same in all levels of
// a subgroup: the F test of arm by subgroup in an analysis of covariance at the main
// visit, with the baseline value beside it. ok is false where the data do not determine
// it.
func interaction(d ModelData, subgroup string) (p float64, ok bool) {
	at := slices.Index(d.Endpoint.Visits, d.Endpoint.At)
	d.Rows = slices.DeleteFunc(slices.Clone(d.Rows), func(r ModelRow) bool { return r.Visit != at })
	d.Model.Fixed = []string{columnBaseline, columnArm + "*" + subgroup}
	t, err := tableOf(d, d.Rows)
	if err != nil {
		return 0, false
	}
	m, err := t.model("")
	if err != nil {
		return 0, false
	}
	var l []float64
	rows := 0
	for _, term := range m.Terms {
		if !strings.HasPrefix(term.Name, columnArm+":") && !strings.HasSuffix(term.Name, ":"+columnArm) {
			continue
		}
		for _, c := range term.Columns {
			row := make([]float64, len(m.Names))
			row[c] = 1
			l = append(l, row...)
			rows++
		}
	}
	fit, err := ancova.New(ancova.Input{X: m.X, P: len(m.Names), Y: m.Y, Names: m.Names})
	if err != nil || rows == 0 {
		return 0, false
	}
	test, err := fit.Test(l, "")
	if err != nil {
		return 0, false
	}
	return test.P, true
}
