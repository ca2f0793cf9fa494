package session

import (
	"math"
	"testing"
)

// FuzzNiceBin: ranges of a round width hold every number from low to high, and are
// about as many as were asked for.
func FuzzNiceBin(f *testing.F) {
	for _, x := range [][2]float64{{0, 1}, {3, 3}, {-1e300, 1e300}, {1, 1 + 1e-12}, {-5, 250}, {math.Inf(-1), 0}, {math.NaN(), 1}, {0, 5e-324}} {
		f.Add(x[0], x[1], 30, true)
		f.Add(x[0], x[1], 1, false)
	}
	f.Fuzz(func(t *testing.T, low, high float64, n int, whole bool) {
		if n < 1 || n > 1000 {
			t.Skip("refused by the language")
		}
		if whole {
			low, high = math.Trunc(low), math.Trunc(high)
		}
		b := niceBin(low, high, n, whole)
		if !(b.Width > 0) || math.IsInf(b.Width, 0) || math.IsNaN(b.Start) || math.IsInf(b.Start, 0) {
			t.Fatalf("%v to %v in %d: %+v", low, high, n, b)
		}
		if math.IsNaN(low) || math.IsInf(low, 0) || math.IsNaN(high) || math.IsInf(high, 0) || low > high {
			return
		}
		if b.Start > low {
			t.Errorf("%v to %v in %d: ranges begin at %v", low, high, n, b.Start)
		}
		if bins := (high - b.Start) / b.Width; bins > float64(2*n+2) {
			t.Errorf("%v to %v in %d: %v ranges of %v", low, high, n, bins, b.Width)
		}
		if whole && b.Width != math.Trunc(b.Width) {
			t.Errorf("%v to %v in %d: whole numbers in ranges of %v", low, high, n, b.Width)
		}
	})
}
