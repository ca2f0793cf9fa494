package kmeans

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"gondola/internal/need"
)

func mustFit(t *testing.T, table Table, pts Points, p Params) *Model {
	t.Helper()
	m, err := Fit(t.Context(), table, pts, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkModel(t, m, p)
	return m
}

// checkModel checks what holds for every model.
func checkModel(t *testing.T, m *Model, p Params) {
	t.Helper()
	if m.K < 1 || m.K > p.K || len(m.Sizes) != m.K || len(m.Centres) != m.K*m.Dim || m.Metric != p.Metric {
		t.Fatalf("torn model: K %d of %d, %d sizes, %d centre values of dim %d, metric %s", m.K, p.K, len(m.Sizes), len(m.Centres), m.Dim, m.Metric)
	}
	if slices.Min(m.Sizes) < 1 {
		t.Errorf("an empty cluster: sizes %v", m.Sizes)
	}
	if !(m.Inertia >= 0) || math.IsInf(m.Inertia, 0) {
		t.Errorf("inertia %v", m.Inertia)
	}
	for _, v := range m.Centres {
		if !(math.Abs(float64(v)) <= largest) {
			t.Fatalf("centre value %v", v)
		}
	}
	if m.Iterations < 1 || m.Iterations > p.MaxIter {
		t.Errorf("%d iterations of %d", m.Iterations, p.MaxIter)
	}
}

// A model at rest is a fixed point of the plain algorithm, and its sizes and
// inertia are those of the plain assignment.
func TestFitEndsAtAFixedPoint(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	words := gaussian(400, 5, 5)
	for _, metric := range []string{Euclidean, Cosine} {
		for _, route := range []struct {
			name  string
			table Table
			bags  Bags
			limit int64
		}{
			{"by table", words, randomBags(r, need.Size(2000, 500), 400, 8), 0},
			{"direct", words, randomBags(r, need.Size(2000, 500), 400, 8), 1},
			{"warm-up", words, randomBags(r, 9000, 400, 8), 0},
		} {
			t.Run(metric+" "+route.name, func(t *testing.T) {
				p := DefaultParams()
				p.K, p.Tol, p.Metric, p.TableBytes, p.MaxIter = 7, 0, metric, route.limit, 2000
				m := mustFit(t, route.table, route.bags, p)
				if !m.Converged {
					t.Fatalf("not at rest after %d passes", m.Iterations)
				}
				sums := make([][]float64, m.K)
				for j := range sums {
					sums[j] = make([]float64, m.Dim)
				}
				sizes := make([]int64, m.K)
				inertia := 0.0
				for _, rows := range route.bags {
					if len(rows) == 0 {
						continue
					}
					x := naiveMean(route.table, rows)
					j, all := naiveNearest(x, m.Centres, metric)
					sizes[j]++
					inertia += all[j]
					w := 1.0
					if metric == Cosine {
						w = 1 / naiveLength(x)
					}
					for d, v := range x {
						sums[j][d] += v * w
					}
				}
				if !reflect.DeepEqual(sizes, m.Sizes) {
					t.Errorf("sizes %v, want %v", m.Sizes, sizes)
				}
				if math.Abs(inertia-m.Inertia) > 1e-9*inertia {
					t.Errorf("inertia %v, want %v", m.Inertia, inertia)
				}
				for j, sum := range sums {
					w := 1 / float64(sizes[j])
					if metric == Cosine {
						w = 1 / naiveLength(sum)
					}
					for d, v := range sum {
						// A point on the border of two cells may be on either side in
						// float32, and weighs one in its cluster.
						if got := float64(m.Centres[j*m.Dim+d]); math.Abs(got-v*w) > 1e-4+2/float64(sizes[j]) {
							t.Fatalf("centre %d coordinate %d is %v, the mean of its points %v", j, d, got, v*w)
						}
					}
				}
			})
		}
	}
}

// The same bits for any number of workers and processors, twice each.
func TestT3FitIsDeterministic(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	table := gaussian(500, 6, 6)
	for _, c := range []struct {
		name   string
		bags   Bags
		adjust func(*Params)
	}{
		{"euclidean", randomBags(r, 1500, 500, 6), func(*Params) {}},
		{"cosine", randomBags(r, 1500, 500, 6), func(p *Params) { p.Metric = Cosine }},
		{"direct", randomBags(r, 1500, 500, 6), func(p *Params) { p.TableBytes = 1 }},
		{"random", randomBags(r, 1500, 500, 6), func(p *Params) { p.Init = InitRandom }},
		{"warm-up", randomBags(r, 9000, 500, 6), func(p *Params) { p.K = 15 }},
		{"reseeding", repeated(r, 1500, 40), func(p *Params) { p.K, p.Init = 39, InitRandom }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := DefaultParams()
			p.K, p.MaxIter = 101, 3 // one start
			c.adjust(&p)
			p.Workers = 1
			want := mustFit(t, table, c.bags, p)
			settings := []struct{ procs, workers int }{{8, 5}, {2, 0}, {1, 1}, {1, 3}, {2, 1}, {8, 1}}
			for _, n := range settings[:need.Size(6, 2)] {
				t.Run(fmt.Sprintf("procs %d workers %d", n.procs, n.workers), func(t *testing.T) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n.procs))
					p := p
					p.Workers = n.workers
					for range need.Size(2, 1) {
						if got := mustFit(t, table, c.bags, p); !reflect.DeepEqual(got, want) {
							t.Errorf("got inertia %v after %d passes, want %v after %d", got.Inertia, got.Iterations, want.Inertia, want.Iterations)
						}
					}
				})
			}
			p.Seed++
			if other := mustFit(t, table, c.bags, p); reflect.DeepEqual(other.Centres, want.Centres) {
				t.Error("another seed gives the same centres: the seed is not used")
			}
		})
	}
}

// repeated returns n bags of one row each, of the first distinct rows, the
// first rows much more often.
func repeated(r *rand.Rand, n, distinct int) Bags {
	bags := make(Bags, n)
	for i := range bags {
		bags[i] = []int32{int32(float64(distinct) * math.Pow(r.Float64(), 4))}
	}
	return bags
}

// Centres that start on equal points lose all but one of them, and are sown
// anew until every distinct point has its own.
func TestFitReseedsEmptyClusters(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, metric := range []string{Euclidean, Cosine} {
		table := gaussian(40, 10, 8)
		p := DefaultParams()
		p.K, p.Init, p.Metric = 40, InitRandom, metric
		m := mustFit(t, table, repeated(r, 6000, 40), p)
		if m.K != 40 || m.Reseeded == 0 || m.Inertia > 1e-9 || !m.Converged {
			t.Errorf("%s: K %d, reseeded %d, inertia %v, converged %v; want all 40 distinct points found", metric, m.K, m.Reseeded, m.Inertia, m.Converged)
		}
	}
}

// The worst points are the farthest, each vector once, whatever the order.
func TestSurveyFindsTheWorst(t *testing.T) {
	table := Table{[]float32{0, 1, 5, -9, 7, 5, 1e-9}, 1}
	var bags Bags
	for i := range int32(2000) {
		bags = append(bags, []int32{i % 7})
	}
	r, end := newRun(2, nil)
	defer end()
	f := &fitter{frame: newFrame(table, false, nil), r: r}
	f.settle(make([]float64, 1))
	src, _, err := read(t.Context(), f.frame, r, bags, DefaultPointBytes)
	if err != nil {
		t.Fatal(err)
	}
	for want, worst := range [][]float32{{}, {-9}, {-9, 7}, {-9, 7, 5}, {-9, 7, 5, 1}, {-9, 7, 5, 1, 1e-9}, {-9, 7, 5, 1, 1e-9}} {
		s, err := f.survey(t.Context(), src, []float32{0}, want)
		if err != nil {
			t.Fatal(err)
		}
		got := []float32{}
		for _, w := range s.worst {
			got = append(got, w.vec...)
		}
		if !slices.Equal(got, worst) {
			t.Errorf("the worst %d: %v, want %v", want, got, worst)
		}
	}
}

// The sample is spread over all points that have a vector, and its statistics
// are of all of them.
func TestTakeSample(t *testing.T) {
	table := Table{Dim: 1}
	for i := range 50_000 {
		table.Data = append(table.Data, float32(i))
	}
	r, end := newRun(2, nil)
	defer end()
	f := newFrame(table, false, nil)
	src, all, err := read(t.Context(), f, r, Dense(50_000), DefaultPointBytes)
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.draw(t.Context(), f, r, all, 1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s.len() != 1000 {
		t.Errorf("a sample of %d points, want 1000", s.len())
	}
	if got, want := all.variance(all.mean(table)), 50_000.0*50_000/12; all.weight != 50_000 || math.Abs(got-want) > 1e-6*want {
		t.Errorf("count %d variance %v, want 50000 and %v", all.weight, got, want)
	}
	seen, sum := map[int32]bool{}, 0.0
	for i := range s.len() {
		row := s.bag(i)[0]
		if seen[row] || s.times[i] != 1 {
			t.Errorf("point %d twice", row)
		}
		seen[row] = true
		sum += float64(row) / float64(s.len())
	}
	// The standard error of the mean, unstratified, is 456.
	if math.Abs(sum-25_000) > 1500 {
		t.Errorf("mean of the sample %v, want about 25000", sum)
	}
}
