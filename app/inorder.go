package app

import (
	"context"
	"iter"
	"sync"
)

// inOrder makes one thing of each id on two goroutines and yields them in the order
// of ids. The sequence ends after the first error.
func inOrder[T any](ctx context.Context, ids []string, make1 func(ctx context.Context, id string) (T, error)) iter.Seq2[T, error] {
	type answer struct {
		made T
		err  error
	}
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		const workers, ahead = 2, 64
		slots := make(chan chan answer, ahead)
		work := make(chan func(), ahead)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for f := range work {
					f()
				}
			})
		}
		go func() {
			defer close(slots)
			defer close(work)
			for _, id := range ids {
				one := make(chan answer, 1)
				select {
				case slots <- one:
				case <-ctx.Done():
					return
				}
				work <- func() {
					made, err := make1(ctx, id)
					one <- answer{made, err}
				}
			}
		}()
		defer wg.Wait()
		defer cancel()
		for one := range slots {
			x := <-one
			if !yield(x.made, x.err) || x.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}
