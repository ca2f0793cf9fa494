package projection

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gondola/pipeline/simd"
)

// TestPCAByHand: points on an ellipse that is turned by 30 degrees in a plane of
// three dimensions come back as they were, up to the signs.
func TestPCAByHand(t *testing.T) {
	const n = 24
	m := simd.NewMatrix(n, 3)
	sin, cos := math.Sincos(math.Pi / 6)
	for i := range n {
		y, x := math.Sincos(2 * math.Pi * float64(i) / n)
		x *= 5
		copy(m.Row(i), []float32{float32(7 + x*cos - y*sin), float32(-2 + x*sin + y*cos), 4})
	}
	p := DefaultParams()
	p.Method, p.Metric = PCA, Euclidean
	for i, at := range fit(t, m, p) {
		y, x := math.Sincos(2 * math.Pi * float64(i) / n)
		if math.Abs(float64(at[0])-5*x) > 1e-5 || math.Abs(float64(at[1])-y) > 1e-5 {
			t.Errorf("point %d lies at %v, want %v, %v", i, at, 5*x, y)
		}
	}
}

// TestNeighbours: they are those of the definition, by every set of kernels,
// with blocks that are not full.
func TestNeighbours(t *testing.T) {
	const k = 7
	for _, kernels := range simd.Available() {
		for _, metric := range []string{Cosine, Euclidean} {
			m := groups(blockColumns+45, 13, 4, 2)
			if metric == Cosine {
				m = unit(m)
			}
			near, err := newRun(t.Context(), Params{Kernels: kernels, Workers: 3}, nil).neighbours(m, k, metric)
			if err != nil {
				t.Fatal(err)
			}
			for i := range m.Rows {
				want := make([]float64, m.Rows)
				for j := range want {
					var dot, square float64
					for c, v := range m.Row(i) {
						w := float64(m.Row(j)[c])
						dot += float64(v) * w
						square += (float64(v) - w) * (float64(v) - w)
					}
					if want[j] = 1 - dot; metric == Euclidean {
						want[j] = math.Sqrt(square)
					}
				}
				sorted := slices.Sorted(slices.Values(want))
				if near.index[i*k] != int32(i) || near.distances[i*k] != 0 {
					t.Fatalf("point %d is not its own nearest: %v", i, near.index[i*k:][:k])
				}
				for l := 1; l < k; l++ {
					j, d := near.index[i*k+l], float64(near.distances[i*k+l])
					if math.Abs(d-want[j]) > 1e-4 || math.Abs(d-sorted[l]) > 1e-4 {
						t.Fatalf("%s, %s: neighbour %d of %d is %d at %v, want it at %v of %v", kernels.Name(), metric, l, i, j, d, want[j], sorted[l])
					}
				}
			}
		}
	}
}

// TestSmooth: the weights of a point sum to log2(k), the nearest has 1.
func TestSmooth(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		d := make([]float32, 15)
		for i := range d[1:] {
			d[i+1] = float32(0.1 + r.Float64())
		}
		slices.Sort(d)
		rho, sigma := smooth(d, 0.5)
		var sum float64
		for _, v := range d[1:] {
			sum += math.Exp(-max(0, float64(v)-rho) / sigma)
		}
		if rho != float64(d[1]) || math.Abs(sum-math.Log2(15)) > 1e-4 {
			t.Errorf("rho %v of %v, sum %v, want %v", rho, d, sum, math.Log2(15))
		}
	}
}

// TestFuzzyGraph: a link has the same weight in both directions, no more than 1,
// and none leads from a point to itself. The order is that of from and to.
func TestFuzzyGraph(t *testing.T) {
	m := unit(groups(200, 8, 5, 4))
	near, err := newRun(t.Context(), Params{}, nil).neighbours(m, 10, Cosine)
	if err != nil {
		t.Fatal(err)
	}
	links := near.fuzzy()
	weights := map[[2]int32]float32{}
	for _, l := range links {
		if l.from == l.to || !(l.weight > 0 && l.weight <= 1) {
			t.Errorf("link %+v", l)
		}
		weights[[2]int32{l.from, l.to}] = l.weight
	}
	if len(weights) != len(links) {
		t.Errorf("%d links, %d different", len(links), len(weights))
	}
	for at, w := range weights {
		if back := weights[[2]int32{at[1], at[0]}]; math.Abs(float64(back-w)) > 1e-6 {
			t.Errorf("%v: %v and back %v", at, w, back)
		}
	}
	for i := range m.Rows {
		for _, j := range near.index[i*10+1 : i*10+10] {
			if weights[[2]int32{int32(i), j}] == 0 {
				t.Errorf("no link from %d to its neighbour %d", i, j)
			}
		}
	}
	if !slices.IsSortedFunc(links, func(a, b link) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) }) {
		t.Error("the links are out of order")
	}
}

// TestCurve compares with umap.umap_.find_ab_params(1, min_dist) of umap-learn
// 0.5.12.
func TestCurve(t *testing.T) {
	for minDist, want := range map[float64]curve{
		0.1: {1.5769434603113077, 0.8950608779109733},
		0.5: {0.5830300205483709, 1.334166992455648},
		0:   {1.9328083975445214, 0.7904949809185578},
		1:   {0.11497568308423263, 1.9292371454400927},
	} {
		got := curveFor(minDist)
		if math.Abs(got.a-want.a) > 1e-4*want.a || math.Abs(got.b-want.b) > 1e-4*want.b {
			t.Errorf("min_dist %v: %v, want %v", minDist, got, want)
		}
	}
}

// TestForces: the tables are the formulas.
func TestForces(t *testing.T) {
	for _, minDist := range []float64{0, 0.1, 1} {
		c := curveFor(minDist)
		f := c.forces()
		for d := 1e-11; d < 1e8; d *= 1.0037 {
			power := math.Pow(d, c.b)
			pull := -2 * c.a * c.b * power / d / (1 + c.a*power)
			push := 2 * c.b / ((0.001 + d) * (1 + c.a*power))
			for _, v := range [][2]float64{{pull, float64(at(f.pull, float32(d)))}, {push, float64(at(f.push, float32(d)))}} {
				if math.Abs(v[0]-v[1]) > 5e-4*math.Abs(v[0]) {
					t.Fatalf("min_dist %v at %v: %v, want %v", minDist, d, v[1], v[0])
				}
			}
		}
		for _, d := range []float32{0, 1e-30, 1e38, float32(math.Inf(1))} {
			if v := at(f.pull, d) + at(f.push, d); math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("at %v: %v", d, v)
			}
		}
	}
}
