package kmeans_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gondola/pipeline/kmeans"
)

// TestLinkageIsPlain compares with the plain way: look at all pairs of groups,
// join the two that are nearest in the mean.
func TestLinkageIsPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for _, metric := range []string{kmeans.Euclidean, kmeans.Cosine} {
		for n := 1; n < 40; n++ {
			const dim = 3
			rows := make([]float32, n*dim)
			for i := range rows {
				rows[i] = float32(r.NormFloat64())
			}
			got := kmeans.Linkage(rows, dim, metric)
			want := plainLinkage(rows, dim, metric)
			if len(got) != n-1 || len(want) != n-1 {
				t.Fatalf("%d merges of %d centres", len(got), n)
			}
			for i := range got {
				if got[i].A != want[i].A || got[i].B != want[i].B || got[i].Size != want[i].Size || math.Abs(got[i].Distance-want[i].Distance) > 1e-9 {
					t.Fatalf("%s, %d centres: merge %d is %+v, want %+v", metric, n, i, got[i], want[i])
				}
			}
		}
	}
}

func plainLinkage(rows []float32, dim int, metric string) []kmeans.Merge {
	far := func(i, j int) float64 {
		var squares, dot, a, b float64
		for k := range dim {
			x, y := float64(rows[i*dim+k]), float64(rows[j*dim+k])
			squares += (x - y) * (x - y)
			dot, a, b = dot+x*y, a+x*x, b+y*y
		}
		if metric == kmeans.Cosine {
			return 1 - dot/math.Sqrt(a*b)
		}
		return math.Sqrt(squares)
	}
	n := len(rows) / dim
	groups := map[int][]int{}
	for i := range n {
		groups[i] = []int{i}
	}
	var out []kmeans.Merge
	for len(groups) > 1 {
		best := kmeans.Merge{Distance: math.Inf(1)}
		for a, x := range groups {
			for b, y := range groups {
				if a >= b {
					continue
				}
				mean := 0.0
				for _, i := range x {
					for _, j := range y {
						mean += far(i, j) / float64(len(x)*len(y))
					}
				}
				if mean < best.Distance {
					best = kmeans.Merge{A: a, B: b, Distance: mean, Size: len(x) + len(y)}
				}
			}
		}
		groups[n+len(out)] = slices.Concat(groups[best.A], groups[best.B])
		delete(groups, best.A)
		delete(groups, best.B)
		out = append(out, best)
	}
	return out
}

// TestLinkageOfEquals: centres in one place, and none at all.
func TestLinkageOfEquals(t *testing.T) {
	if got := kmeans.Linkage(nil, 2, kmeans.Euclidean); len(got) != 0 {
		t.Errorf("no centres: %v", got)
	}
	got := kmeans.Linkage(make([]float32, 10), 2, kmeans.Cosine)
	if len(got) != 4 || got[3].Size != 5 {
		t.Errorf("five centres in one place: %v", got)
	}
}
