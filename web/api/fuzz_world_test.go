package api_test

import (
	"context"
	"testing"

	"varde/web/api/testbed"
)

func newFuzzWorld(f *testing.F) *world {
	ctx := context.Background()
	bed, err := testbed.New(ctx, f.TempDir(), testbed.Options{Clock: testbed.NewClock(testbed.Begin)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = bed.Close() })
	if _, err := bed.Enrol(ctx, "S01", 1, 1); err != nil {
		f.Fatal(err)
	}
	token, err := bed.Token(ctx, testbed.Coordinator)
	if err != nil {
		f.Fatal(err)
	}
	return &world{Bed: bed, tokens: map[string]string{"coord-1": token}}
}
