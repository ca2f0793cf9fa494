package kmeans

import (
	"math"
	"math/rand/v2"
)

// The plain way, in float64, as the tests' measure.

// naiveMean returns the mean of the rows.
func naiveMean(table Table, rows []int32) []float64 {
	x := make([]float64, table.Dim)
	for _, row := range rows {
		for d, v := range table.row(row) {
			x[d] += float64(v) / float64(len(rows))
		}
	}
	return x
}

func naiveLength(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// naiveDistance returns |x-c|^2, or 1-cos(x,c) as half of that of the unit
// vectors.
func naiveDistance(x []float64, c []float32, metric string) float64 {
	sum := 0.0
	if metric == Cosine {
		c64 := make([]float64, len(c))
		for d, v := range c {
			c64[d] = float64(v)
		}
		for d, v := range x {
			e := v/naiveLength(x) - c64[d]/naiveLength(c64)
			sum += e * e / 2
		}
		return sum
	}
	for d, v := range x {
		sum += (v - float64(c[d])) * (v - float64(c[d]))
	}
	return sum
}

// naiveNearest returns the nearest centre and the distances to all.
func naiveNearest(x []float64, centres []float32, metric string) (int, []float64) {
	dim := len(x)
	all := make([]float64, len(centres)/dim)
	best := 0
	for j := range all {
		all[j] = naiveDistance(x, centres[j*dim:(j+1)*dim], metric)
		if all[j] < all[best] {
			best = j
		}
	}
	return best, all
}

// randomBags returns n bags of 0 to most rows.
func randomBags(r *rand.Rand, n, vocab, most int) Bags {
	bags := make(Bags, n)
	for i := range bags {
		for range r.IntN(most + 1) {
			bags[i] = append(bags[i], int32(r.IntN(vocab)))
		}
	}
	return bags
}

// blobs returns points around k random centres; spread is the standard
// deviation of both the points, times that factor, and (1) the centres.
func blobs(n, dim, k int, spread float64, seed uint64) Table {
	r := rand.New(rand.NewPCG(seed, 7))
	centres := gaussian(k, dim, seed+1)
	data := make([]float32, 0, n*dim)
	for range n {
		c := centres.row(int32(r.IntN(k)))
		for _, v := range c {
			data = append(data, v+float32(spread*r.NormFloat64()))
		}
	}
	return Table{data, dim}
}
