package mmrm

import (
	"fmt"
	"math"
)

// MaxVisits is how many different visits (or rows of one subject) a model may
// have: a pattern is a set of bits.
const MaxVisits = 64

// Input is the data of a fit: n rows, one for each subject and visit that was
// observed. It is read, never changed.
type Input struct {
	X       []float64 // row-major n x P
	P       int       // columns of X
	Names   []string  // of the columns, for messages; nil = "column 1", ...
	Y       []float64 // n
	Weights []float64 // n, above 0: the variance of a row is divided by it; nil = ones

	Subject []int // n codes from 0; they need not be without gaps, below 2^20 or 8 n
	Visit   []int // n codes from 0; not read by SpatialExponential
	Group   []int // n codes from 0, one per subject: each has its own covariance; nil = one group

	// Coordinates is row-major n x CoordinateCount (0 stands for 1), for
	// SpatialExponential alone; distances are Euclidean.
	Coordinates     []float64
	CoordinateCount int

	// What messages call the codes; nil = the codes themselves.
	Subjects, Visits, Groups []string
}

// Options tell how to fit. The zero value is the planned analysis: REML with
// an unstructured covariance.
type Options struct {
	Covariance Covariance // "" = Unstructured
	ML         bool       // full maximum likelihood instead of REML
	MaxSteps   int        // of one attempt of the fallback chain; 0 = 100
}

func (o Options) filled() (Options, error) {
	if o.Covariance == "" {
		o.Covariance = Unstructured
	}
	if !o.Covariance.known() {
		return o, fmt.Errorf("mmrm: no covariance is called %q; there are %s", string(o.Covariance), listCovariances())
	}
	if o.MaxSteps < 0 {
		return o, fmt.Errorf("mmrm: at most %d steps: give a number above 0, or 0 for 100", o.MaxSteps)
	}
	if o.MaxSteps == 0 {
		o.MaxSteps = 100
	}
	return o, nil
}

// check tells what is wrong with the shapes and the numbers of the input.
func (in *Input) check(o Options) error {
	n := len(in.Y)
	if n == 0 {
		return fmt.Errorf("mmrm: there are no rows; at least one observed outcome is needed")
	}
	if in.P < 1 {
		return fmt.Errorf("mmrm: the design has no columns; a model needs at least an intercept")
	}
	if len(in.X) != n*in.P {
		return fmt.Errorf("mmrm: the design has %d cells; %d rows x %d columns need %d", len(in.X), n, in.P, n*in.P)
	}
	if in.Names != nil && len(in.Names) != in.P {
		return fmt.Errorf("mmrm: %d names for %d columns", len(in.Names), in.P)
	}
	if err := checkCodes("subject", in.Subject, n, max(8*n, 1<<20)); err != nil {
		return err
	}
	if o.Covariance == SpatialExponential {
		k := max(in.CoordinateCount, 1)
		if len(in.Coordinates) != n*k {
			return fmt.Errorf("mmrm: %d coordinates for %d rows x %d; sp_exp needs the place of every row", len(in.Coordinates), n, k)
		}
	} else if err := checkCodes("visit", in.Visit, n, MaxVisits); err != nil {
		return err
	}
	if in.Group != nil {
		if err := checkCodes("group", in.Group, n, n); err != nil {
			return err
		}
	}
	if in.Weights != nil && len(in.Weights) != n {
		return fmt.Errorf("mmrm: %d weights for %d rows", len(in.Weights), n)
	}
	return in.checkNumbers(o)
}

func checkCodes(what string, codes []int, n, limit int) error {
	if len(codes) != n {
		return fmt.Errorf("mmrm: %d codes of the %s for %d rows", len(codes), what, n)
	}
	for r, c := range codes {
		if c < 0 || c >= limit {
			return fmt.Errorf("mmrm: row %d has the %s code %d; codes go from 0 to less than %d", r, what, c, limit)
		}
	}
	return nil
}

func (in *Input) checkNumbers(o Options) error {
	for r, y := range in.Y {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("mmrm: the outcome of row %d is %v; leave out rows without an outcome", r, y)
		}
	}
	for i, x := range in.X {
		// A finite number less itself is 0; infinities and NaN are not.
		if x-x != 0 {
			return fmt.Errorf("mmrm: row %d has %v in %s; leave out rows with a missing covariate", i/in.P, x, in.column(i%in.P))
		}
	}
	for r, w := range in.Weights {
		if !(w > 0) || math.IsInf(w, 0) {
			return fmt.Errorf("mmrm: the weight of row %d is %v; weights must be above 0", r, w)
		}
	}
	if o.Covariance != SpatialExponential {
		return nil
	}
	for i, c := range in.Coordinates {
		if c-c != 0 {
			return fmt.Errorf("mmrm: the coordinate of row %d is %v", i/max(in.CoordinateCount, 1), c)
		}
	}
	return nil
}

func (in *Input) column(j int) string {
	if in.Names != nil {
		return in.Names[j]
	}
	return fmt.Sprintf("column %d", j+1)
}

func (in *Input) subject(i int) string { return named(in.Subjects, i, "subject") }
func (in *Input) visit(i int) string   { return named(in.Visits, i, "visit") }
func (in *Input) group(i int) string   { return named(in.Groups, i, "group") }

func named(names []string, i int, what string) string {
	if i < len(names) {
		return fmt.Sprintf("%s %s", what, names[i])
	}
	return fmt.Sprintf("%s %d", what, i)
}
