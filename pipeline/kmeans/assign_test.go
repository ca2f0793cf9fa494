package kmeans

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gondola/pipeline/simd"
)

// Assign gives what distances in float64 give, through the word table and
// without it, for centres that float32 can and cannot tell apart, near to and
// far from zero.
func TestAssignIsExact(t *testing.T) {
	for _, metric := range []string{Euclidean, Cosine} {
		for _, k := range []int{1, 2, 3, 33, 100} {
			for _, dim := range []int{1, 2, 25, 100} {
				for _, offset := range []float32{0, 50} {
					name := fmt.Sprintf("%s k=%d dim=%d offset=%v", metric, k, dim, offset)
					t.Run(name, func(t *testing.T) {
						r := rand.New(rand.NewPCG(uint64(k), uint64(dim)))
						table := gaussian(300, dim, uint64(k*dim))
						for i := range table.Data {
							table.Data[i] += offset
						}
						checkAssign(t, r, table, closeCentres(r, table, k, metric), metric)
					})
				}
			}
		}
	}
}

// closeCentres returns centres like the table's rows, of which every third is
// the one before, moved by as little as float32 allows, or not at all.
func closeCentres(r *rand.Rand, table Table, k int, metric string) []float32 {
	var centres []float32
	for j := range k {
		c := append([]float32(nil), table.row(int32(r.IntN(table.Rows())))...)
		if j%3 == 2 {
			copy(c, centres[(j-1)*table.Dim:])
			at := r.IntN(2 * table.Dim)
			if at < table.Dim {
				c[at] = math.Nextafter32(c[at], 1000)
			}
		} else if metric == Cosine {
			w := float32(1 / norm(c))
			for d := range c {
				c[d] *= w
			}
		}
		centres = append(centres, c...)
	}
	return centres
}

func checkAssign(t *testing.T, r *rand.Rand, table Table, centres []float32, metric string) {
	t.Helper()
	m := &Model{K: len(centres) / table.Dim, Dim: table.Dim, Centres: centres, Metric: metric}
	byTable, err := m.Assigner(t.Context(), table, 2)
	if err != nil {
		t.Fatal(err)
	}
	direct := newAssigner(table, centres, metric == Cosine, nil)
	s1, s2 := byTable.NewScratch(), direct.NewScratch()
	for _, rows := range randomBags(r, 60, table.Rows(), 9) {
		got := byTable.Assign(rows, s1)
		if other := direct.Assign(rows, s2); other != got {
			t.Fatalf("rows %v: by table %+v, direct %+v", rows, got, other)
		}
		if len(rows) == 0 {
			if want := (Assignment{Cluster: -1, Second: -1}); got != want {
				t.Fatalf("empty bag: %+v, want %+v", got, want)
			}
			continue
		}
		x := naiveMean(table, rows)
		_, all := naiveNearest(x, centres, metric)
		// The measure itself is not exact beyond float64.
		close := 1e-13 * (1 + naiveLength(x)*naiveLength(x))
		best, second := math.Inf(1), math.Inf(1)
		for j, d := range all {
			if d < best {
				best = d
			}
			if int32(j) != got.Cluster {
				second = min(second, d)
			}
		}
		if d := all[got.Cluster]; d > best+close {
			t.Fatalf("rows %v: centre %d at %v, the nearest is at %v", rows, got.Cluster, d, best)
		}
		checkDistance(t, got.Distance, best, close, metric)
		if m.K == 1 {
			if got.Second != -1 || got.SecondDistance != 0 {
				t.Fatalf("second of one centre: %+v", got)
			}
			continue
		}
		if d := all[got.Second]; got.Second == got.Cluster || d > second+close {
			t.Fatalf("rows %v: second centre %d at %v, should be at %v", rows, got.Second, d, second)
		}
		checkDistance(t, got.SecondDistance, second, close, metric)
	}
}

func checkDistance(t *testing.T, got float32, want, close float64, metric string) {
	t.Helper()
	want = max(0, want)
	if metric == Euclidean {
		close = 1e-6*math.Sqrt(want) + math.Sqrt(close)
		want = math.Sqrt(want)
	}
	if math.Abs(float64(got)-want) > close+1e-6*want {
		t.Fatalf("distance %v, want %v", got, want)
	}
}

// Of two equal centres the lower one is taken.
func TestAssignTies(t *testing.T) {
	table := Table{[]float32{3, 4, 0, 1}, 2}
	for _, metric := range []string{Euclidean, Cosine} {
		m := &Model{K: 3, Dim: 2, Centres: []float32{1, 0, 0, 1, 0, 1}, Metric: metric}
		a, err := m.Assigner(t.Context(), table, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Assign([]int32{0}, a.NewScratch()); got.Cluster != 1 || got.Second != 2 {
			t.Errorf("%s: %+v, want cluster 1 and second 2", metric, got)
		}
	}
}

// The bound that makes Assign exact holds for every score, of every set of
// kernels.
func TestSlackBoundsTheError(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim, k = 60, 130
	for _, kernels := range simd.Available() {
		for _, offset := range []float32{0, 1000} {
			table := gaussian(200, dim, 3)
			for i := range table.Data {
				table.Data[i] += offset
			}
			centres := append([]float32(nil), table.Data[:k*dim]...)
			s := newAssigner(table, centres, false, kernels).search
			run, end := newRun(1, nil)
			defer end()
			if _, err := s.fill(t.Context(), run, s.blocks, nil); err != nil {
				t.Fatal(err)
			}
			origin := make([]float64, dim)
			for d, v := range s.origin {
				origin[d] = float64(v)
			}
			for _, rows := range randomBags(r, 300, 200, 30) {
				if len(rows) == 0 {
					continue
				}
				x := naiveMean(table, rows)
				length := 0.0
				for _, row := range rows {
					length += float64(s.lengths[row]) / float64(len(rows))
				}
				var fromOrigin float64
				for d := range x {
					fromOrigin += (x[d] - origin[d]) * (x[d] - origin[d])
				}
				for _, b := range s.blocks {
					sum := make([]float32, b.columns)
					for _, row := range rows {
						for j, v := range b.table.Row(int(row))[:b.columns] {
							sum[j] += v
						}
					}
					for j, v := range sum {
						at := (b.base + j) * dim
						want := (fromOrigin - naiveDistance(x, centres[at:at+dim], Euclidean)) / 2
						got := float64(v) / float64(len(rows))
						if slack := s.slack(len(rows), length); math.Abs(got-want) > slack {
							t.Fatalf("%s, offset %v, %d rows, centre %d: score %v, want %v within %v", kernels.Name(), offset, len(rows), b.base+j, got, want, slack)
						}
					}
				}
			}
		}
	}
}

func TestAssignerRefuses(t *testing.T) {
	table := Table{[]float32{1, 2, 3, 4}, 2}
	nan := float32(math.NaN())
	for _, c := range []struct {
		name    string
		model   Model
		table   Table
		workers int
		want    string
	}{
		{"dim", Model{K: 1, Dim: 1, Centres: []float32{1}, Metric: Euclidean}, table, 0, "dim 2 for a model of dim 1"},
		{"torn model", Model{K: 2, Dim: 2, Centres: []float32{1}, Metric: Euclidean}, table, 0, "1 values are not 2 centres of dim 2"},
		{"zero model", Model{}, table, 0, "0 values are not 0 centres"},
		{"NaN centre", Model{K: 1, Dim: 2, Centres: []float32{1, nan}, Metric: Euclidean}, table, 0, "centre 0 holds NaN"},
		{"zero centre", Model{K: 2, Dim: 2, Centres: []float32{1, 0, 0, 0}, Metric: Cosine}, table, 0, "centre 1 is zero"},
		{"metric", Model{K: 1, Dim: 2, Centres: []float32{1, 1}}, table, 0, "metric = : must be"},
		{"NaN word", Model{K: 1, Dim: 2, Centres: []float32{1, 1}, Metric: Euclidean}, Table{[]float32{1, 2, 3, nan}, 2}, 0, "row 1 holds NaN"},
		{"workers", Model{K: 1, Dim: 2, Centres: []float32{1, 1}, Metric: Euclidean}, table, -1, "workers = -1"},
	} {
		_, err := c.model.Assigner(t.Context(), c.table, c.workers)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}
