package design

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
)

const (
	mostVariables = 64
	mostTerms     = 500
	mostDepth     = 100
)

// Parse reads a formula in R's notation: response ~ terms, with + - * / : ^ ( ) and
// -1 or +0 for no intercept; log, log2, log10, log1p, exp, sqrt, abs and I(arithmetic)
// of numeric columns; and one covariance term us, toep, toeph, ar1, ar1h, cs, csh, ad
// or adh of (visit | subject) or (visit | group / subject), or sp_exp of
// (coordinate | subject). Names with other characters than letters, digits, dots and
// underscores stand in back quotes. A fault is a [*SyntaxError].
func Parse(text string) (*Formula, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens, formula: &Formula{text: text, intercept: true}, index: map[string]int{}}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return p.formula, nil
}

type parser struct {
	text    string
	tokens  []token
	at      int
	depth   int
	formula *Formula
	index   map[string]int // variables by name
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

// is takes the token if it is this symbol.
func (p *parser) is(s string) bool {
	if t := p.peek(); t.kind == symbol && t.text == s {
		p.at++
		return true
	}
	return false
}

func (p *parser) fail(t token, format string, a ...any) error {
	return &SyntaxError{p.text, t.column, fmt.Sprintf(format, a...)}
}

func (p *parser) expect(s, why string) error {
	if t := p.peek(); !p.is(s) {
		return p.fail(t, "%v where %q is expected %s", t, s, why)
	}
	return nil
}

func (p *parser) deeper(t token) error {
	if p.depth++; p.depth > mostDepth {
		return p.fail(t, "more than %d brackets within each other", mostDepth)
	}
	return nil
}

func (p *parser) parse() error {
	first := p.peek()
	if first.kind == end {
		return p.fail(first, "a formula is expected, such as y ~ x")
	}
	if first.kind == symbol && first.text == "~" {
		return p.fail(first, "the response is missing: put a column before ~")
	}
	var err error
	if p.formula.response, err = p.arithmetic(1); err != nil {
		return err
	}
	if len(p.formula.response.columns()) == 0 {
		return p.fail(first, "the response names no column")
	}
	if err := p.expect("~", "between the response and the terms"); err != nil {
		return err
	}
	s, err := p.sum()
	if err != nil {
		return err
	}
	if t := p.peek(); t.kind != end {
		return p.fail(t, "%v where an operator or the end is expected", t)
	}
	p.formula.intercept = s.intercept >= 0
	slices.SortStableFunc(s.terms, func(a, b uint64) int { return bits.OnesCount64(a) - bits.OnesCount64(b) })
	p.formula.terms = s.terms
	if !p.formula.intercept && len(s.terms) == 0 {
		return p.fail(first, "the model has neither an intercept nor a term")
	}
	return nil
}

// termSet is what a part of a formula stands for.
type termSet struct {
	terms      []uint64 // without the intercept
	intercept  int      // 1 asked for, -1 taken away, 0 not spoken of
	covariance bool     // it holds the covariance term, which can only be added
}

func (s *termSet) add(terms ...uint64) {
	for _, t := range terms {
		if !slices.Contains(s.terms, t) {
			s.terms = append(s.terms, t)
		}
	}
}

func (p *parser) sum() (termSet, error) {
	var s termSet
	minus := p.is("-")
	if !minus {
		p.is("+")
	}
	for {
		begin := p.peek()
		o, err := p.crossed()
		if err != nil {
			return s, err
		}
		if minus {
			if o.covariance {
				return s, p.fail(begin, "a covariance term cannot be taken away")
			}
			s.terms = slices.DeleteFunc(s.terms, func(t uint64) bool { return slices.Contains(o.terms, t) })
			if o.intercept != 0 {
				s.intercept = -o.intercept
			}
		} else {
			s.add(o.terms...)
			s.covariance = s.covariance || o.covariance
			if o.intercept != 0 {
				s.intercept = o.intercept
			}
		}
		if len(s.terms) > mostTerms {
			return s, p.fail(begin, "more than %d terms", mostTerms)
		}
		if minus = p.is("-"); !minus && !p.is("+") {
			return s, nil
		}
	}
}

// crossed reads a * b and a / b, which bind less than a:b.
func (p *parser) crossed() (termSet, error) {
	s, err := p.interaction()
	for err == nil {
		op := p.peek()
		if !p.is("*") && !p.is("/") {
			return s, nil
		}
		var o, both termSet
		if o, err = p.interaction(); err != nil {
			break
		}
		left := s
		if op.text == "/" { // a / b is a + b within each combination of all of a
			var all uint64
			for _, t := range s.terms {
				all |= t
			}
			left = termSet{terms: []uint64{all}, intercept: s.intercept, covariance: s.covariance}
		}
		if both, err = p.combine(op, left, o); err != nil {
			break
		}
		if op.text == "*" {
			s.add(o.terms...)
		}
		s.add(both.terms...)
	}
	return s, err
}

func (p *parser) interaction() (termSet, error) {
	s, err := p.power()
	for err == nil {
		op := p.peek()
		if !p.is(":") {
			return s, nil
		}
		var o termSet
		if o, err = p.power(); err != nil {
			break
		}
		s, err = p.combine(op, s, o)
	}
	return s, err
}

// combine answers every term of a with every term of b.
func (p *parser) combine(op token, a, b termSet) (termSet, error) {
	var s termSet
	if a.covariance || b.covariance {
		return s, p.fail(op, "a covariance term can only be added with +")
	}
	if a.intercept != 0 || b.intercept != 0 {
		return s, p.fail(op, "0 and 1 can only be added or taken away")
	}
	if len(a.terms)*len(b.terms) > mostTerms {
		return s, p.fail(op, "more than %d terms", mostTerms)
	}
	for _, x := range a.terms {
		for _, y := range b.terms {
			s.add(x | y)
		}
	}
	return s, nil
}

func (p *parser) power() (termSet, error) {
	base, err := p.part()
	if err != nil || !p.is("^") {
		return base, err
	}
	t := p.take()
	n, convErr := strconv.Atoi(t.text)
	if t.kind != number || convErr != nil || n < 1 || n > 10 {
		return base, p.fail(t, "%v where a whole number from 1 to 10 is expected; a power of a column is written I(x^2)", t)
	}
	s := base
	for i := 1; i < n; i++ {
		both, err := p.combine(t, s, base)
		if err != nil {
			return s, err
		}
		s.add(both.terms...)
		if len(s.terms) > mostTerms {
			return s, p.fail(t, "more than %d terms", mostTerms)
		}
	}
	return s, nil
}

// part reads a column, a function, a covariance term, 0 or 1, or brackets.
func (p *parser) part() (termSet, error) {
	t := p.take()
	switch {
	case t.kind == symbol && t.text == "(":
		if err := p.deeper(t); err != nil {
			return termSet{}, err
		}
		s, err := p.sum()
		if err != nil {
			return s, err
		}
		p.depth--
		return s, p.expect(")", "to close the bracket")
	case t.kind == number && t.text == "1":
		return termSet{intercept: 1}, nil
	case t.kind == number && t.text == "0":
		return termSet{intercept: -1}, nil
	case t.kind == word && p.called():
		return p.call(t)
	case t.kind == word:
		return p.variable(t, &expression{op: "column", name: t.text})
	case t.kind == symbol && t.text == ".":
		return termSet{}, p.fail(t, "a dot for all other columns is not understood: name the columns")
	}
	return termSet{}, p.fail(t, "%v where a column is expected", t)
}

// called says whether an opening bracket follows.
func (p *parser) called() bool {
	t := p.peek()
	return t.kind == symbol && t.text == "("
}

func (p *parser) call(t token) (termSet, error) {
	if _, ok := structures[t.text]; ok {
		return p.covarianceTerm(t)
	}
	switch t.text {
	case "factor", "as.factor":
		return termSet{}, p.fail(t, "%s() is not understood: list the column among the factors, outside the formula", t.text)
	case "offset", "poly", "ns", "bs", "scale":
		return termSet{}, p.fail(t, "%s() is not understood: compute the column before, or write I(...)", t.text)
	}
	p.at--
	e, err := p.arithmetic(4)
	if err != nil {
		return termSet{}, err
	}
	if len(e.columns()) == 0 {
		return termSet{}, p.fail(t, "%s names no column", e)
	}
	return p.variable(t, e)
}

// variable answers the term of one variable, the same for the same expression.
func (p *parser) variable(t token, e *expression) (termSet, error) {
	name := e.String()
	i, ok := p.index[name]
	if !ok {
		i = len(p.formula.variables)
		if i == mostVariables {
			return termSet{}, p.fail(t, "more than %d variables", mostVariables)
		}
		p.index[name] = i
		p.formula.variables = append(p.formula.variables, e)
	}
	return termSet{terms: []uint64{1 << i}}, nil
}
