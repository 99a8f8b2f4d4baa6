package chart

import "varde/chart/numeral"

func (f Forest) digits() int {
	if f.X.Decimals > 0 {
		return f.X.Decimals
	}
	return 2
}

func (f Forest) estimate(r ForestRow) string {
	d := f.digits()
	if r.Prediction {
		if !finite(r.Lo) || !finite(r.Hi) {
			return numeral.Missing
		}
		return numeral.Range(f.Lang, r.Lo, r.Hi, d)
	}
	s := numeral.Format(f.Lang, r.Estimate, d)
	if finite(r.Estimate) && finite(r.Lo) && finite(r.Hi) && r.Lo < r.Hi {
		s += " (" + numeral.Range(f.Lang, r.Lo, r.Hi, d) + ")"
	}
	return s
}

func (f Forest) weight(r ForestRow) string {
	if !finite(r.Weight) || r.Weight <= 0 {
		return ""
	}
	s := numeral.Format(f.Lang, r.Weight, 1)
	if numeral.Comma(f.Lang) {
		return s + "\u00a0%"
	}
	return s + "%"
}

// Table implements Chart.
func (f Forest) Table() Table {
	t := Table{Caption: f.Title, Head: []string{f.LabelHead, f.EstimateHead, f.WeightHead}}
	for _, r := range f.Rows {
		if r.Heading {
			t.Rows = append(t.Rows, []string{r.Label, "", ""})
			continue
		}
		weight := f.weight(r)
		if weight == "" {
			weight = numeral.Missing
		}
		t.Rows = append(t.Rows, []string{r.Label, f.estimate(r), weight})
	}
	return t
}
