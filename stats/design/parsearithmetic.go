package design

import "strconv"

// arithmetic reads an expression of at least this rank: 1 sums, 2 products, 3 signs,
// 4 powers and what is in brackets.
func (p *parser) arithmetic(rank int) (*expression, error) {
	if rank >= 3 {
		return p.signed(rank)
	}
	e, err := p.arithmetic(rank + 1)
	for err == nil {
		op := p.peek()
		if op.kind != symbol || ranks[op.text] != rank {
			return e, nil
		}
		p.at++
		var o *expression
		if o, err = p.arithmetic(rank + 1); err == nil {
			e = &expression{op: op.text, operands: []*expression{e, o}}
		}
	}
	return nil, err
}

// signed reads a sign, or a power: -x^2 is -(x^2), and 2^-1 is a half.
func (p *parser) signed(rank int) (*expression, error) {
	t := p.peek()
	if err := p.deeper(t); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if rank == 3 {
		if p.is("-") {
			o, err := p.signed(3)
			return &expression{op: "neg", operands: []*expression{o}}, err
		}
		if p.is("+") {
			return p.signed(3)
		}
	}
	e, err := p.atom()
	if err != nil || rank == 4 || !p.is("^") {
		return e, err
	}
	o, err := p.signed(3) // powers group to the right
	return &expression{op: "^", operands: []*expression{e, o}}, err
}

func (p *parser) atom() (*expression, error) {
	t := p.take()
	switch {
	case t.kind == number:
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, p.fail(t, "%v is not a number", t)
		}
		return &expression{op: "number", value: v}, nil
	case t.kind == symbol && t.text == "(":
		e, err := p.arithmetic(1)
		if err != nil {
			return nil, err
		}
		return e, p.expect(")", "to close the bracket")
	case t.kind == word && p.called():
		if functions[t.text] == nil {
			return nil, p.fail(t, "the function %s is not known; there are %s", clipped(t.text), functionNames)
		}
		open := p.take()
		e, err := p.arithmetic(1)
		if err != nil {
			return nil, err
		}
		if p.is(",") {
			return nil, p.fail(open, "%s takes one argument", t.text)
		}
		return &expression{op: t.text, operands: []*expression{e}}, p.expect(")", "to close the bracket")
	case t.kind == word:
		return &expression{op: "column", name: t.text}, nil
	}
	return nil, p.fail(t, "%v where a column, a number or a function is expected", t)
}
