package design

import "slices"

// covarianceTerm reads (visit | subject), (visit | group / subject) or
// (coordinate, ... | subject) after the name of a structure.
func (p *parser) covarianceTerm(name token) (termSet, error) {
	if p.formula.covariance != nil {
		return termSet{}, p.fail(name, "a second covariance term: there can be one")
	}
	if p.depth > 0 {
		return termSet{}, p.fail(name, "a covariance term can only be added with +, outside brackets")
	}
	p.take() // the bracket
	c := &covariance{structure: name.text}
	inner, err := p.names(",")
	if err != nil {
		return termSet{}, err
	}
	if err := p.expect("|", "between the visit and the subject, as in "+name.text+"(visit | subject)"); err != nil {
		return termSet{}, err
	}
	bar := p.peek()
	outer, err := p.names("/")
	if err != nil {
		return termSet{}, err
	}
	switch {
	case len(outer) > 2:
		return termSet{}, p.fail(bar, "at most one group stands before the subject, as in %s(visit | group / subject)", name.text)
	case len(outer) == 2:
		c.group, c.subject = outer[0], outer[1]
	default:
		c.subject = outer[0]
	}
	switch {
	case name.text == "sp_exp":
		c.coordinates = inner
	case len(inner) > 1:
		return termSet{}, p.fail(name, "%s takes one visit column; several are for sp_exp", name.text)
	default:
		c.visit = inner[0]
	}
	used := append(slices.Clone(inner), outer...)
	for i, n := range used {
		if slices.Contains(used[:i], n) {
			return termSet{}, p.fail(name, "%q stands twice in the covariance term: visit, group and subject are different columns", clipped(n))
		}
	}
	p.formula.covariance = c
	return termSet{covariance: true}, p.expect(")", "to close the covariance term")
}

// names reads columns with a mark between them.
func (p *parser) names(mark string) ([]string, error) {
	var out []string
	for {
		t := p.take()
		if t.kind != word {
			return nil, p.fail(t, "%v where the name of a column is expected", t)
		}
		if out = append(out, t.text); !p.is(mark) {
			return out, nil
		}
	}
}
