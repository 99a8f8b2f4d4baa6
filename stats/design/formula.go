package design

// Formula is a parsed model: response, terms of the fixed effects, and at most one
// covariance term.
type Formula struct {
	text       string
	response   *expression
	variables  []*expression // columns and functions of columns, in order of appearance
	terms      []uint64      // sets of variables, by bit, ordered as R orders them
	intercept  bool
	covariance *covariance
}

// covariance is a term such as us(visit | group / subject).
type covariance struct {
	structure      string
	visit          string   // of all but sp_exp
	coordinates    []string // of sp_exp
	group, subject string   // group may be ""
}

// structures are the covariance terms that a formula may hold.
var structures = map[string]string{
	"us": "unstructured", "toep": "homogeneous Toeplitz", "toeph": "heterogeneous Toeplitz",
	"ar1": "first-order autoregressive", "ar1h": "heterogeneous first-order autoregressive",
	"cs": "compound symmetry", "csh": "heterogeneous compound symmetry",
	"ad": "homogeneous ante-dependence", "adh": "heterogeneous ante-dependence", "sp_exp": "spatial exponential",
}

// String is the formula as it was given.
func (f *Formula) String() string { return f.text }

// Response is the response as R writes it, such as "log(y)".
func (f *Formula) Response() string { return f.response.String() }

// Columns are the columns that the terms of the fixed effects use, in order.
func (f *Formula) Columns() []string {
	var used uint64
	for _, t := range f.terms {
		used |= t
	}
	var out []string
	for k, v := range f.variables {
		if used&(1<<k) != 0 {
			out = append(out, v.columns()...)
		}
	}
	return unique(out)
}

// ResponseColumns are the columns that the response uses.
func (f *Formula) ResponseColumns() []string { return f.response.columns() }

// Repeated are the columns of the visit and the subject in the covariance term, ""
// where it has none.
func (f *Formula) Repeated() (visit, subject string) {
	if f.covariance == nil {
		return "", ""
	}
	return f.covariance.visit, f.covariance.subject
}

// Covariance is the structure named in the covariance term ("us", ...), "" without one.
func (f *Formula) Covariance() string {
	if f.covariance == nil {
		return ""
	}
	return f.covariance.structure
}
