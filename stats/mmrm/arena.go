package mmrm

// arena hands out zeroed slices that live until the next reset. After a fit it
// is as large as that fit needed, so that a further one of the same shape
// allocates nothing.
type arena[T any] struct {
	block []T
	used  int // of block
	total int // handed out since the last reset
}

func (a *arena[T]) reset() {
	if a.total > len(a.block) {
		a.block = make([]T, a.total)
	}
	a.used, a.total = 0, 0
}

func (a *arena[T]) take(n int) []T {
	a.total += n
	if a.used+n > len(a.block) {
		// Slices handed out before keep the block they are of.
		a.block = make([]T, max(n, 2*len(a.block), 1024))
		a.used = 0
	}
	s := a.block[a.used : a.used+n : a.used+n]
	a.used += n
	clear(s)
	return s
}
