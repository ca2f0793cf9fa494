package word2vec

import (
	"math"
	"testing"
)

func TestAliasTableHoldsTheDistribution(t *testing.T) {
	for name, weights := range map[string][]float64{
		"one":      {3},
		"even":     {1, 1, 1, 1},
		"zipf":     {1000, 500, 333, 250, 200, 1, 1, 1, 0.5},
		"enormous": {1e300, 1e300, 1e299},
		"counts":   negativeWeights([]int64{1_000_000, 70, 70, 5}, 0.75),
	} {
		t.Run(name, func(t *testing.T) {
			table := newAliasTable(weights)
			got := make([]float64, len(weights))
			for i := range weights {
				keep := (float64(table[i].keep) + 1) / (1 << 32)
				got[i] += keep
				got[table[i].alias] += 1 - keep
			}
			var sum float64
			for _, w := range weights {
				sum += w / weights[0]
			}
			for i, w := range weights {
				want := w / weights[0] / sum
				if p := got[i] / float64(len(weights)); math.Abs(p-want) > 1e-8 {
					t.Errorf("chance of %d is %g, want %g", i, p, want)
				}
			}
		})
	}
}

func TestAliasDraws(t *testing.T) {
	weights := []float64{6, 3, 1}
	table := newAliasTable(weights)
	r := newRNG(1)
	const n = 100_000
	var seen [3]float64
	for range n {
		seen[table.draw(&r)]++
	}
	for i, w := range weights {
		// Five standard deviations.
		p := w / 10
		if got := seen[i] / n; math.Abs(got-p) > 5*math.Sqrt(p*(1-p)/n) {
			t.Errorf("%d was drawn with %.4f, want %.4f", i, got, p)
		}
	}
}

func TestKeepChances(t *testing.T) {
	counts := []int64{100_000, 10_000, 1000, 100}
	const total = 111_100
	for _, subsample := range []float64{1e-2, 1e-3, 5000} {
		got := keepChances(counts, total, subsample)
		threshold := subsample * total
		if subsample >= 1 {
			threshold = math.Floor(subsample * (3 + math.Sqrt(5)) / 2)
		}
		for i, n := range counts {
			want := min(1, (math.Sqrt(float64(n)/threshold)+1)*(threshold/float64(n)))
			if p := float64(got[i]) / math.MaxUint32; math.Abs(p-want) > 1e-9 {
				t.Errorf("subsample %g, count %d: kept with %g, want %g", subsample, n, p, want)
			}
		}
	}
	for i, chance := range keepChances(counts, total, 0) {
		if chance != always {
			t.Errorf("subsample 0: word %d is kept with %d/2^32", i, chance)
		}
	}
}

func TestRNGIsEvenAndWithinBounds(t *testing.T) {
	r := newRNG(7, 1)
	var seen [5]int
	for range 50_000 {
		seen[r.below(5)]++
		if u := r.unit(); u < 0 || u >= 1 {
			t.Fatalf("unit gave %v", u)
		}
	}
	for i, n := range seen {
		if n < 9500 || n > 10_500 {
			t.Errorf("%d was drawn %d times of 50,000, want about 10,000", i, n)
		}
	}
	other := newRNG(7, 2)
	again := newRNG(7, 1)
	first := newRNG(7, 1)
	if a, b := first.next(), again.next(); a != b {
		t.Errorf("the same seed and piece gave %d and %d", a, b)
	}
	if first.next() == other.next() {
		t.Error("two pieces have the same stream")
	}
}
