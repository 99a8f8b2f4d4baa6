package mmrm

import (
	"errors"
	"fmt"
	"math"
)

// What a fit can be refused for, to tell with errors.Is; the messages say what
// was found and what to do.
var (
	ErrTooFewRows   = errors.New("too few rows")
	ErrNoVariance   = errors.New("no residual variance")
	ErrUnidentified = errors.New("covariance not identified")
	ErrNotConverged = errors.New("no maximum found")
	ErrNotEstimable = errors.New("not estimable")
	ErrMethod       = errors.New("method not applicable")
)

// Fit is a fitted model. The zero value is ready for Refit; a Fit that is used
// again for data of the same shape allocates nothing. It keeps the Input it was
// given, and must not be used by several goroutines at once.
type Fit struct {
	Result

	in *Input
	o  Options

	n, r, subjects int // rows, independent columns, subjects with rows
	visits, groups int
	spatial        bool
	elementwise    bool // the parameters are the elements of the covariances
	coordinates    int  // numbers that make a coordinate
	scale          float64
	unit           float64 // of distances
	logWeights     float64
	steps          int
	decrement      float64
	inference      inference
	limits         limits

	order, start, code []int
	groupOf            []int
	present, groupCode []int
	place              [MaxVisits]int
	keep               []int
	centrings          []centring
	summaries          []columnSummary
	patterns           []pattern
	pairs              pairs
	kept               []float64
	heads              []int

	x, y, residual, beta0 []float64

	// Scratch of distinct.
	hash, nonzero        []uint64
	class, reps, entryOf []int
	entryClass, entryCol []int
	vectors, products    []float64
	masks                []uint64
	done                 []bool

	ints   arena[int]
	floats arena[float64]

	shapes       shapeCache
	shape        shape
	sigma        []float64 // packed covariances, group by group
	spatialTheta []float64
	theta, trial []float64
	profile      profile
	moments      moments
	byCell       derivatives
	byTheta      derivatives
	jacobian     []float64
	curvatures   []curvature

	normal, sums, work, square, square2        []float64
	small, small2, small3, directed, directed2 []float64
	withErrors                                 []float64
	info, fact, spare, step, spareStep         []float64
	projected, b                               []float64
}

// shapeCache keeps the shapes of the last number of visits.
type shapeCache struct {
	covariance Covariance
	visits     int
	of         [2]shape // by parametrisation
}

func (c *shapeCache) get(o Covariance, s int, p parametrisation) shape {
	if c.covariance != o || c.visits != s {
		*c = shapeCache{covariance: o, visits: s}
	}
	if c.of[p] == nil {
		c.of[p] = newShape(o, s, p)
	}
	return c.of[p]
}

// New fits the model.
func New(in Input, o Options) (*Fit, error) {
	f := &Fit{}
	if err := f.Refit(&in, o); err != nil {
		return nil, err
	}
	return f, nil
}

// Refit fits the model to other data, in the memory of the fit before; what was
// read from that fit is overwritten. After an error the Fit holds no result.
func (f *Fit) Refit(in *Input, o Options) error {
	f.Result.clear()
	o, err := o.filled()
	if err != nil {
		return err
	}
	if err := in.check(o); err != nil {
		return err
	}
	f.in, f.o, f.n = in, o, len(in.Y)
	f.spatial = o.Covariance == SpatialExponential
	f.coordinates = max(in.CoordinateCount, 1)
	f.ints.reset()
	f.floats.reset()
	if err := f.gather(); err != nil {
		return err
	}
	f.visits = len(f.present)
	if err := f.reduce(); err != nil {
		return err
	}
	if err := f.identified(); err != nil {
		return err
	}
	f.makeSpace()
	if err := f.maximise(); err != nil {
		f.Result.clear()
		return err
	}
	f.fillResult()
	return nil
}

// reduce finds the independent columns, fits them by least squares and reduces
// the patterns to their cross products.
func (f *Fit) reduce() error {
	f.keep = f.keep[:0]
	for j := range f.in.P {
		f.keep = append(f.keep, j)
	}
	f.r = f.in.P
	f.loadPatterns()
	if !f.leastSquares(1e-9) {
		f.dropAliased()
		if f.r == 0 {
			return fmt.Errorf("mmrm: %w: every column of the design is 0", ErrTooFewRows)
		}
		f.loadPatterns()
		if !f.leastSquares(1e-15) {
			return fmt.Errorf("mmrm: %w: the columns of the design cannot be told apart in these numbers; centre or rescale the covariates", ErrNotEstimable)
		}
	}
	k := f.parameters()
	if f.n-f.r < k {
		return fmt.Errorf("mmrm: %w: %d rows less %d columns leave %d degrees of freedom for the %d parameters of %s; use a simpler covariance or fewer columns",
			ErrTooFewRows, f.n, f.r, f.n-f.r, k, f.o.Covariance)
	}
	if err := f.residuals(); err != nil {
		return err
	}
	for t := range f.patterns {
		f.withResiduals(&f.patterns[t])
	}
	return nil
}

// parameters is the number of covariance parameters.
func (f *Fit) parameters() int { return f.groups * f.o.Covariance.Parameters(f.visits) }

// loadPatterns reduces the patterns to the cross products of the kept columns.
func (f *Fit) loadPatterns() {
	f.loadColumns()
	widest := 0
	for t := range f.patterns {
		widest = max(widest, f.patterns[t].m)
	}
	w := widest * f.r
	f.hash, f.nonzero, f.masks = grow(f.hash, w), grow(f.nonzero, w), grow(f.masks, w)
	f.class, f.entryOf, f.done = grow(f.class, w), grow(f.entryOf, w), grow(f.done, w)
	f.work = f.floats.take(f.r * f.r)
	f.beta0 = grow(f.beta0, f.r)
	for t := range f.patterns {
		f.distinct(&f.patterns[t])
	}
}

// makeSpace sizes the scratch of the iterations.
func (f *Fit) makeSpace() {
	m, q := 0, 0
	for t := range f.patterns {
		m, q = max(m, f.patterns[t].m), max(q, f.patterns[t].q)
	}
	m = max(m, f.visits)
	r, cells := f.r, f.cells()
	variables := f.groups * cells
	if f.spatial {
		variables = 2 * f.groups
	}
	k := max(f.parameters(), variables)
	take := f.floats.take
	f.profile = profile{l: take(r * r), linv: take(r * r), phi: take(r * r), delta: take(r)}
	mm := m * m
	f.moments = moments{fitted: take(mm), errors: take(mm), rss: take(mm), sfs: take(mm), slope: take(mm), gs: take(q * m)}
	f.byCell = f.newDerivatives(variables)
	f.byTheta = f.newDerivatives(f.parameters())
	f.sigma, f.spatialTheta = take(f.groups*cells), take(2*f.groups)
	f.theta, f.trial, f.step, f.spareStep = take(k), take(k), take(k), take(k)
	f.info, f.fact, f.spare = take(k*k), take(k*k), take(k*k)
	f.projected = take(k * r)
	f.jacobian = take(variables * f.parameters())
	f.normal = take(r * (r + 1) / 2)
	f.sums = take(max(q*(q+1)/2, q))
	f.square, f.square2 = take(max(q*q, r*r, m*q)), take(max(r*r, m*q))
	f.work = take(max(r*r, cells*k, mm))
	f.small, f.small2, f.small3, f.directed, f.directed2 = take(mm), take(mm), take(mm), take(mm), take(mm)
	f.withErrors = take(q * m)
}

func (f *Fit) newDerivatives(n int) derivatives {
	take, r := f.floats.take, f.r
	return derivatives{n: n, grad: take(n), curve: take(n * n), cross: take(n * r), design: take(n * r * (r + 1) / 2)}
}

// logLikelihood is that of the outcome in its own units.
func (f *Fit) logLikelihood() float64 {
	rows := f.n
	if !f.o.ML {
		rows -= f.r
	}
	return f.profile.logLik - float64(rows)*math.Log(f.scale) + f.logWeights/2
}
