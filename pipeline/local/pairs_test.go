package local

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"testing"
)

func testWork(t *testing.T) *workFolder {
	t.Helper()
	w, err := newWorkFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// TestPairCounter counts the same keys with budgets that spill often, seldom
// and never.
func TestPairCounter(t *testing.T) {
	for _, budget := range []int{7, 1000, 1 << 20} {
		work := testWork(t)
		c := newPairCounter(work, budget)
		r := rand.New(rand.NewPCG(3, 4))
		want := map[uint64]int64{}
		for range 2000 {
			key := r.Uint64() >> r.UintN(60) // small ones come again
			want[key]++
			if err := c.add(key); err != nil {
				t.Fatal(err)
			}
		}
		for _, edge := range []uint64{0, 1<<64 - 1, 0} {
			want[edge]++
			if err := c.add(edge); err != nil {
				t.Fatal(err)
			}
		}
		if runs := len(c.runs); (runs > 0) != (budget <= 1000) || budget == 7 && runs < 100 {
			t.Errorf("budget %d: %d runs for %d keys", budget, runs, len(want))
		}
		got := map[uint64]int64{}
		last, first := uint64(0), true
		err := c.each(t.Context(), func(key uint64, n int64) error {
			if !first && key <= last {
				t.Errorf("budget %d: key %d after %d", budget, key, last)
			}
			last, first = key, false
			got[key] = n
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("budget %d: %d keys, want %d, or other counts", budget, len(got), len(want))
		}
		c.close()
		if left, _ := os.ReadDir(work.dir); len(left) != 1 { // the lock
			t.Errorf("budget %d: %d files are left in the work folder", budget, len(left))
		}
	}
}

func TestPairCounterErrors(t *testing.T) {
	errStop := errors.New("stop")
	for _, budget := range []int{5, 1000} {
		c := newPairCounter(testWork(t), budget)
		for i := range 100 {
			if err := c.add(uint64(i % 50)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errStop)
		if err := c.each(ctx, func(uint64, int64) error { return nil }); !errors.Is(err, errStop) {
			t.Errorf("budget %d, cancelled: %v", budget, err)
		}
		c.close()
		if budget > 50 {
			continue
		}
		c = newPairCounter(testWork(t), budget)
		for i := range 100 {
			if err := c.add(uint64(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Truncate(c.runs[0].file.Name(), 8); err != nil { // after the fourth of five pairs
			t.Fatal(err)
		}
		if err := c.each(t.Context(), func(uint64, int64) error { return nil }); err == nil {
			t.Error("a run that was cut: no error")
		}
		c.close()
	}
}
