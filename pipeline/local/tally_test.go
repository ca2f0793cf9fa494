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

// TestTally counts the same values in tables that spill often (so that runs are
// merged on the way), seldom and never.
func TestTally(t *testing.T) {
	type key struct {
		of    uint32
		value uint64
	}
	for _, budget := range []int64{128, 16_000, 1 << 20} {
		work := testWork(t)
		c := newTally(work, budget)
		r := rand.New(rand.NewPCG(3, 4))
		want := map[key]int64{}
		add := func(k key) {
			t.Helper()
			want[k]++
			if err := c.add(k.of, k.value); err != nil {
				t.Fatal(err)
			}
		}
		for range 2000 {
			add(key{r.Uint32() >> r.UintN(33), r.Uint64() >> r.UintN(60)}) // small ones come again
		}
		for _, edge := range []uint64{0, 1<<64 - 1, 0} {
			add(key{0, edge})
			add(key{1<<32 - 1, edge})
		}
		*c.slot(7, 7) = tallied{7, 7, 1<<32 - 1} // as often as a slot can count
		c.n++
		want[key{7, 7}] += 1<<32 - 1
		add(key{7, 7})
		if runs := len(c.runs); runs > mostRuns || budget == 128 && runs < 50 || budget == 1<<20 && runs != 1 || runs == 0 {
			t.Errorf("budget %d: %d runs for %d keys", budget, runs, len(want))
		}
		got := map[key]int64{}
		var last key
		err := c.each(t.Context(), func(of uint32, value uint64, n int64) error {
			key := key{of, value}
			if len(got) > 0 && (of < last.of || of == last.of && value <= last.value) {
				t.Errorf("budget %d: %v after %v", budget, key, last)
			}
			last = key
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

func TestTallyErrors(t *testing.T) {
	errStop := errors.New("stop")
	for _, budget := range []int64{128, 16_000} {
		c := newTally(testWork(t), budget)
		for i := range 100 {
			if err := c.add(0, uint64(i%50)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errStop)
		if err := c.each(ctx, func(uint32, uint64, int64) error { return nil }); !errors.Is(err, errStop) {
			t.Errorf("budget %d, cancelled: %v", budget, err)
		}
		c.close()
		if budget > 128 {
			continue
		}
		c = newTally(testWork(t), budget)
		for i := range 100 {
			if err := c.add(0, uint64(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Truncate(c.runs[0].file.Name(), 8); err != nil { // of six values with three bytes each
			t.Fatal(err)
		}
		if err := c.each(t.Context(), func(uint32, uint64, int64) error { return nil }); err == nil {
			t.Error("a run that was cut: no error")
		}
		c.close()
	}
}
