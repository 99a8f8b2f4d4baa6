package mmrm

import "strings"

// Covariance names the structure of the covariance between visits, by the
// names that SAS and R's mmrm use. s is the number of visits, s(a) a standard
// deviation at visit a.
type Covariance string

const (
	Unstructured                Covariance = "us"     // s(s+1)/2 parameters: every variance and covariance
	Toeplitz                    Covariance = "toep"   // s: one variance, a correlation for each lag
	HeterogeneousToeplitz       Covariance = "toeph"  // 2s-1: variances, a correlation for each lag
	Autoregressive              Covariance = "ar1"    // 2: variance, correlation rho^lag
	HeterogeneousAutoregressive Covariance = "ar1h"   // s+1: variances, correlation rho^lag
	CompoundSymmetry            Covariance = "cs"     // 2: one variance, one correlation
	HeterogeneousSymmetry       Covariance = "csh"    // s+1: variances, one correlation
	AnteDependence              Covariance = "ad"     // s: one variance, products of correlations of neighbours
	HeterogeneousAnteDependence Covariance = "adh"    // 2s-1: variances, products of correlations of neighbours
	SpatialExponential          Covariance = "sp_exp" // 2: variance, rho^distance, 0 < rho < 1
)

// Covariances lists the structures, the least restrictive first.
func Covariances() []Covariance {
	return []Covariance{Unstructured, HeterogeneousAnteDependence, HeterogeneousToeplitz, HeterogeneousAutoregressive,
		HeterogeneousSymmetry, AnteDependence, Toeplitz, Autoregressive, CompoundSymmetry, SpatialExponential}
}

func (c Covariance) known() bool {
	for _, k := range Covariances() {
		if k == c {
			return true
		}
	}
	return false
}

func listCovariances() string {
	var names []string
	for _, c := range Covariances() {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

// Parameters is how many parameters the structure has for s visits, in each group.
func (c Covariance) Parameters(s int) int {
	switch {
	case c == Unstructured:
		return s * (s + 1) / 2
	case c.heterogeneous():
		return s + c.correlations(s)
	}
	return 1 + c.correlations(s)
}

// heterogeneous tells whether every visit has its own variance.
func (c Covariance) heterogeneous() bool {
	switch c {
	case HeterogeneousToeplitz, HeterogeneousAutoregressive, HeterogeneousSymmetry, HeterogeneousAnteDependence:
		return true
	}
	return false
}

// correlations is how many correlation parameters s visits have.
func (c Covariance) correlations(s int) int {
	switch c {
	case SpatialExponential:
		return 1
	case Autoregressive, HeterogeneousAutoregressive, CompoundSymmetry, HeterogeneousSymmetry:
		return min(s-1, 1)
	case Toeplitz, HeterogeneousToeplitz, AnteDependence, HeterogeneousAnteDependence:
		return s - 1
	}
	return 0
}
