package design

// Options say how the columns of a table are to be taken.
type Options struct {
	// Levels order the levels of factors, the first being the reference. A factor
	// without an entry has its levels sorted: numbers by value, texts by their bytes.
	Levels map[string][]string
	// Factors are numeric columns to be taken as factors. Text columns, columns with
	// Levels and the visit of a covariance term are factors in any case.
	Factors []string
	// Weights names a column of weights > 0; "" = none.
	Weights string
	// Subset is a condition that rows must meet, such as
	//
	//	trial == 1 & visit != "V3"
	//
	// Comparisons are == != < <= > >=, joined by &. A row where a column of the
	// condition is missing does not meet it.
	Subset string
	// KeepMissingResponse keeps rows whose response is missing and nothing else; Y is
	// NaN there. For imputation and prediction: a model is not fitted to NaN.
	KeepMissingResponse bool
}
