package kmeans

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline/simd"
)

// The model is the same bit for bit whatever the kernels, with and without word
// tables, with points in memory and read anew in every pass: assignment is exact,
// sums are whole numbers, and the distances that the first centres are drawn by
// are added up in one order.
func TestFitDoesNotDependOnTheWay(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	for _, c := range []struct {
		name   string
		table  Table
		points Points
		k      int
		metric string
	}{
		{"bags", gaussian(200, 12, 1), randomBags(r, 800, 200, 7), 101, Euclidean},
		{"bags by cosine", gaussian(200, 12, 1), randomBags(r, 800, 200, 7), 101, Cosine},
		{"long bags", blobs(200, 9, 10, 0.1, 2), randomBags(r, 700, 200, 40), 101, Euclidean},
		{"several blocks of centres", blobs(300, 12, 300, 0.2, 3), randomBags(r, 900, 300, 4), 150, Euclidean},
		{"weights", gaussian(200, 7, 4), weigh(r, randomBags(r, 900, 200, 4)), 101, Euclidean},
		{"warm-up", gaussian(100, 3, 4), weigh(r, randomBags(r, 9000, 100, 3)), 15, Euclidean},
		{"dense", blobs(800, 33, 20, 0.5, 5), Dense(800), 101, Euclidean},
		{"many equal points", gaussian(40, 10, 6), repeated(r, need.Size(3000, 800), 40), 39, Euclidean},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := DefaultParams()
			p.K, p.Metric, p.MaxIter = c.k, c.metric, need.Size(6, 2)
			want := mustFit(t, c.table, c.points, p)
			for _, kernels := range simd.Available() {
				// All tables, one at a time where there are several, and none; points held
				// and read anew.
				for _, way := range []struct{ tables, points int64 }{{0, 1}, {100_000, 0}, {1, 1}, {0, 0}, {100_000, 1}, {1, 0}}[:need.Size(6, 3)] {
					p.Kernels, p.TableBytes, p.PointBytes = kernels, way.tables, way.points
					got := mustFit(t, c.table, c.points, p)
					if !reflect.DeepEqual(got, want) {
						t.Errorf("%s, %d bytes of tables, %d of points: inertia %v after %d passes, sizes %v; want %v after %d, %v", kernels.Name(), way.tables, way.points,
							got.Inertia, got.Iterations, got.Sizes, want.Inertia, want.Iterations, want.Sizes)
					}
				}
			}
		})
	}
}

// weigh gives bags random weights, a few of them large.
func weigh(r *rand.Rand, bags Bags) weighted {
	w := weighted{Bags: bags}
	for range bags {
		w.times = append(w.times, 1+int64(r.ExpFloat64()*r.ExpFloat64()*3))
	}
	return w
}

// A point that stands n times in the data does what n points do: from the same
// centres Lloyd's algorithm comes to the same ones, with the same sizes and
// inertia.
func TestTimesAreRepeats(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	table := gaussian(300, 8, 7)
	for _, metric := range []string{Euclidean, Cosine} {
		folded := weigh(r, randomBags(r, 3000, 300, 5))
		var all Bags
		for i, bag := range folded.Bags {
			for range folded.times[i] {
				all = append(all, bag)
			}
		}
		centres := gaussian(15, 8, 8).Data
		var outs []outcome
		var surveys []*survey
		for _, pts := range []Points{folded, all} {
			run, end := newRun(2, nil)
			defer end()
			p := DefaultParams()
			p.K, p.Metric = 15, metric
			f := &fitter{frame: newFrame(table, metric == Cosine, nil), r: run, p: p}
			src, stats, err := read(t.Context(), f.frame, run, pts, DefaultPointBytes)
			if err != nil {
				t.Fatal(err)
			}
			if total := int64(len(all)); metric == Euclidean && stats.weight > total {
				t.Errorf("weight %d of %d points", stats.weight, total)
			}
			f.settle(make([]float64, 8))
			src.together, src.weight, src.most = 1, 1<<20, 1<<10 // the same fixed point
			out, err := f.lloyd(t.Context(), PhaseIterate, src, centres, 20)
			if err != nil {
				t.Fatal(err)
			}
			s, err := f.survey(t.Context(), src, out.centres, 3)
			if err != nil {
				t.Fatal(err)
			}
			s.inertia = float64(float32(s.inertia)) // added up in another order
			out.inertia = float64(float32(out.inertia))
			outs, surveys = append(outs, out), append(surveys, s)
		}
		if !reflect.DeepEqual(outs[0].centres, outs[1].centres) {
			// Each weighted point is rounded once, repeats one by one.
			for i, v := range outs[0].centres {
				if d := v - outs[1].centres[i]; d > 1e-6 || d < -1e-6 {
					t.Fatalf("%s: centres differ by %v", metric, d)
				}
			}
		}
		if !reflect.DeepEqual(surveys[0].sizes, surveys[1].sizes) {
			t.Errorf("%s: sizes %v, repeated %v", metric, surveys[0].sizes, surveys[1].sizes)
		}
		if a, b := surveys[0].inertia, surveys[1].inertia; a < 0.999999*b || a > 1.000001*b {
			t.Errorf("%s: inertia %v, repeated %v", metric, a, b)
		}
	}
}

// The sample takes points in proportion to their weight.
func TestDrawByWeight(t *testing.T) {
	table := Table{[]float32{0, 1, 2}, 1}
	points := weighted{Bags: make(Bags, 3000), times: make([]int64, 3000)}
	for i := range points.Bags {
		points.Bags[i], points.times[i] = []int32{0}, 1
		if i%1000 == 500 {
			points.Bags[i], points.times[i] = []int32{1}, 3000
		}
	}
	r, end := newRun(2, nil)
	defer end()
	for _, limit := range []int64{0, DefaultPointBytes} {
		f := newFrame(table, false, nil)
		src, all, err := read(t.Context(), f, r, points, limit)
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := src.draw(t.Context(), f, r, all, 1200, 3)
		if err != nil {
			t.Fatal(err)
		}
		var weight [3]int64
		total := int64(0)
		for i, times := range drawn.times {
			weight[drawn.bag(i)[0]] += times
			total += times
		}
		// Three quarters of the weight are of the three heavy points.
		if total != 1200 || weight[1] < 890 || weight[1] > 920 {
			t.Errorf("limit %d: %d drawn, %d of them heavy; want 1200 and about 900", limit, total, weight[1])
		}
	}
}

// AssignMany gives what Assign gives, empty bags included.
func TestAssignMany(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	for _, metric := range []string{Euclidean, Cosine} {
		for _, k := range []int{1, 7, 100, 250} {
			for _, kernels := range simd.Available() {
				table := gaussian(300, 12, uint64(k))
				clear(table.row(5)) // no direction
				centres := closeCentres(r, table, k, metric)
				m := &Model{K: k, Dim: 12, Centres: centres, Metric: metric}
				if m.Check(t.Context(), table) != nil {
					continue // a zero centre by Cosine
				}
				a, err := m.AssignerWith(t.Context(), table, 2, kernels)
				if err != nil {
					t.Fatal(err)
				}
				direct := newAssigner(table, centres, metric == Cosine, kernels)
				bags := append(randomBags(r, 3000, 300, 6), []int32{5}, []int32{5, 5}, nil)
				offs, rows := []int32{0}, []int32(nil)
				for _, bag := range bags {
					rows = append(rows, bag...)
					offs = append(offs, int32(len(rows)))
				}
				clusters, distances := make([]int32, len(bags)), make([]float32, len(bags))
				for _, a := range []*Assigner{a, direct} {
					s := a.NewScratch()
					a.AssignMany(offs, rows, clusters, distances, s)
					for i, bag := range bags {
						if want := a.Assign(bag, s); clusters[i] != want.Cluster || distances[i] != want.Distance {
							t.Fatalf("%s, k %d, %s: bag %v: %d at %v, by Assign %+v", metric, k, kernels.Name(), bag, clusters[i], distances[i], want)
						}
					}
				}
			}
		}
	}
}

// A source that says a point stands no times in the data is refused.
func TestFitRefusesTimes(t *testing.T) {
	points := weighted{Bags{{0}, {0}}, []int64{1, 0}}
	_, err := Fit(context.Background(), Table{[]float32{1}, 1}, points, DefaultParams(), nil)
	if want := "kmeans: points: point 1 stands 0 times in the data, which must be once at least"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Beyond greedyMost centres are drawn in batches: all distinct, and none too few.
func TestPlusPlusInBatches(t *testing.T) {
	const n, k, dim = 4000, greedyMost + 200, 4
	points := gaussian(n, dim, 3).Data
	copy(points[dim*n/2:], points[:dim*n/2]) // each point twice
	weights := make([]float32, n)
	for i := range weights {
		weights[i] = 1
	}
	var wants []int
	for _, kernels := range simd.Available() {
		for _, workers := range []int{1, 3} {
			r, end := newRun(workers, nil)
			defer end()
			chosen, err := plusPlus(t.Context(), r, newPairs(kernels, points, dim), weights, k, rand.New(rand.NewPCG(1, 1)))
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, i := range chosen {
				seen[fmt.Sprint(points[i*dim:(i+1)*dim])] = true
			}
			if len(chosen) != k || len(seen) != k {
				t.Errorf("%d chosen, %d of them distinct, want %d", len(chosen), len(seen), k)
			}
			if wants == nil {
				wants = chosen
			}
			if !reflect.DeepEqual(chosen, wants) {
				t.Errorf("%s, %d workers: other centres", kernels.Name(), workers)
			}
		}
	}
}
