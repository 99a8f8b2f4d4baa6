package impute

import "fmt"

// LeaveOneOut is ANCOVA for the jackknife: the design and the contrasts are
// made anew for the subjects that are left.
type LeaveOneOut struct {
	Z      []float64 // row-major subjects x Q
	Q      int
	Visits int
	Visit  int
	// Contrasts are those of a design; least-squares means depend on it by the
	// means of the covariates.
	Contrasts func(z []float64, q int) [][]float64
	K         int // rows that Contrasts gives
}

// Estimates is K.
func (l *LeaveOneOut) Estimates() int { return l.K }

// Without analyses the subjects but one; -1 leaves out none.
func (l *LeaveOneOut) Without(worker, subject int, y []float64, out []Estimate) error {
	n := len(l.Z) / l.Q
	if subject >= n || len(y) != n*l.Visits {
		return fmt.Errorf("impute: %d outcomes for %d subjects x %d visits, without subject %d", len(y), n, l.Visits, subject)
	}
	z, rest := l.Z, y
	if subject >= 0 {
		z = append(append([]float64(nil), l.Z[:subject*l.Q]...), l.Z[(subject+1)*l.Q:]...)
		rest = append(append([]float64(nil), y[:subject*l.Visits]...), y[(subject+1)*l.Visits:]...)
	}
	contrasts := l.Contrasts(z, l.Q)
	if len(contrasts) != l.K {
		return fmt.Errorf("impute: %d contrasts, want %d", len(contrasts), l.K)
	}
	a, err := NewANCOVA(z, l.Q, l.Visits, l.Visit, contrasts)
	if err != nil {
		return err
	}
	return a.Analyse(worker, rest, out)
}
