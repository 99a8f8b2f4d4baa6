package chart

// Line is a line chart of several series, each point with an optional interval
// drawn as a bar or as a band.
type Line struct {
	Frame
	X, Y   Axis
	Series []Series
	Limits []Limit
	Events []Event
}

func (l Line) plot() xy {
	return xy{Frame: l.Frame, x: l.X, y: l.Y, series: l.Series, limits: l.Limits, events: l.Events, markers: true}
}

// SVG implements Chart.
func (l Line) SVG() string { return l.plot().svg() }

// Table implements Chart.
func (l Line) Table() Table { return l.plot().table() }

func (l Line) resized(width float64, suffix string) Chart {
	l.Frame = l.with(width, suffix)
	return l
}

// Cumulative is a step chart: counts that grow over time, with any number of
// targets to compare against.
type Cumulative struct {
	Frame
	// X is usually of kind Dates.
	X, Y   Axis
	Series []Series
	Limits []Limit
}

func (q Cumulative) plot() xy {
	y := q.Y
	y.Zero = true
	return xy{Frame: q.Frame, x: q.X, y: y, series: q.Series, limits: q.Limits, step: true}
}

// SVG implements Chart.
func (q Cumulative) SVG() string { return q.plot().svg() }

// Table implements Chart.
func (q Cumulative) Table() Table { return q.plot().table() }

func (q Cumulative) resized(width float64, suffix string) Chart {
	q.Frame = q.with(width, suffix)
	return q
}

// Trend is a chart of measurements over minutes, with limits as horizontal
// lines, happenings as vertical lines, and breaches marked by shape.
type Trend struct {
	Frame
	// X is in minutes; its Kind is always Minutes.
	X, Y   Axis
	Series []Series
	Limits []Limit
	Events []Event
	// BreachLabel names the breach mark in the legend and the table.
	BreachLabel string
	// Live leaves room for points that the page's script draws, and draws the axes
	// before there is a value when both have a range.
	Live bool
}

func (t Trend) plot() xy {
	x := t.X
	x.Kind = Minutes
	return xy{Frame: t.Frame, x: x, y: t.Y, series: t.Series, limits: t.Limits, events: t.Events, markers: true, breach: t.BreachLabel, live: t.Live}
}

// SVG implements Chart.
func (t Trend) SVG() string { return t.plot().svg() }

// Table implements Chart.
func (t Trend) Table() Table { return t.plot().table() }

func (t Trend) resized(width float64, suffix string) Chart {
	t.Frame = t.with(width, suffix)
	return t
}
