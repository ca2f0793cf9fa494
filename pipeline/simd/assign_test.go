package simd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gondola/pipeline/simd"
)

// normal returns n numbers of a normal distribution.
func normal(r *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

// bagsOf returns n bags of 1 to most rows below rows.
func bagsOf(r *rand.Rand, n, most, rows int) (offs, list []int32) {
	offs = []int32{0}
	for range n {
		for range 1 + r.IntN(most) {
			list = append(list, int32(r.IntN(rows)))
		}
		offs = append(offs, int32(len(list)))
	}
	return offs, list
}

// panelsOf returns the panels and what they were made of.
func panelsOf(r *rand.Rand, dim, columns int) (p *simd.Panels, values [][]float32, bias []float32) {
	p = simd.NewPanels(dim, columns)
	bias = normal(r, columns)
	for j := range columns {
		values = append(values, normal(r, dim))
		p.Set(j, values[j], bias[j])
	}
	return p, values, bias
}

func checkScores(t testing.TB, k, plain *simd.Kernels, r *rand.Rand, dim, columns, n int) {
	t.Helper()
	p, values, bias := panelsOf(r, dim, columns)
	lda := dim + r.IntN(3)
	a := normal(r, n*lda)
	got, ordered, want := simd.NewMatrix(n+2, p.Width()), simd.NewMatrix(n+2, p.Width()), simd.NewMatrix(n+2, p.Width())
	k.Scores(got, 1, a, lda, n, p)
	k.ScoresInOrder(ordered, 1, a, lda, n, p)
	plain.ScoresInOrder(want, 1, a, lda, n, p)
	if !slices.Equal(ordered.Data, want.Data) {
		t.Fatalf("%s: dim %d, %d columns, %d rows: scores in order differ from those in Go", k.Name(), dim, columns, n)
	}
	for i := range n + 2 {
		for j, v := range got.Row(i) {
			switch {
			case i == 0 || i == n+1:
				if v != 0 {
					t.Fatalf("%s: row %d of %d was written", k.Name(), i-1, n)
				}
			case j >= columns:
				if !math.IsInf(float64(v), -1) {
					t.Fatalf("%s: column %d of %d is %v, want -Inf", k.Name(), j, columns, v)
				}
			default:
				sum, size := float64(bias[j]), math.Abs(float64(bias[j]))
				for d, x := range a[(i-1)*lda : (i-1)*lda+dim] {
					e := float64(x) * float64(values[j][d])
					sum += e
					size += math.Abs(e)
				}
				if math.Abs(float64(v)-sum) > bound(dim+1, size) {
					t.Fatalf("%s: dim %d, row %d, column %d: %v, want %v", k.Name(), dim, i-1, j, v, sum)
				}
			}
		}
	}
}

func checkNearest(t testing.TB, k, plain *simd.Kernels, r *rand.Rand, columns, most, n int) {
	t.Helper()
	const vocab = 50
	p, _, _ := panelsOf(r, 3, columns)
	table := simd.NewMatrix(vocab, p.Width())
	plain.Scores(table, 0, normal(r, 3*vocab), 3, vocab, p)
	offs, rows := bagsOf(r, n, most, vocab)
	got, want := simd.NewRanks(n+1), simd.NewRanks(n+1)
	got.Reset(n + 1)
	want.Reset(n + 1)
	for _, base := range []int{0, 1000} { // the second time everything is there already
		k.Nearest(got, table, columns, base, offs, rows)
		plain.Nearest(want, table, columns, base, offs, rows)
		if !slices.Equal(got.Best, want.Best) || !slices.Equal(got.Second, want.Second) {
			t.Fatalf("%s: %d columns: best and second %v, %v, in Go %v, %v", k.Name(), columns, got.Best, got.Second, want.Best, want.Second)
		}
		if base == 0 && !slices.Equal(got.Label, want.Label) {
			t.Fatalf("%s: %d columns: labels %v, in Go %v", k.Name(), columns, got.Label, want.Label)
		}
	}
	if got.Label[n] != -1 {
		t.Fatalf("%s: a bag behind the last was ranked", k.Name())
	}
}

func checkAddFixed(t testing.TB, k, plain *simd.Kernels, r *rand.Rand, dim, most, n int) {
	t.Helper()
	const vocab, clusters = 40, 5
	table := normal(r, vocab*dim)
	offs, rows := bagsOf(r, n, most, vocab)
	got, want := simd.NewFixed(clusters, table, dim), simd.NewFixed(clusters, table, dim)
	var to, from, points []int32
	var weights []float64
	for range 2 * n {
		to = append(to, int32(r.IntN(clusters)))
		from = append(from, (to[len(to)-1]+1+int32(r.IntN(clusters)))%(clusters+1))
		points = append(points, int32(r.IntN(n)))
		weights = append(weights, r.NormFloat64()*math.Exp2(float64(r.IntN(40))))
	}
	if got.Nobody() != clusters {
		t.Fatalf("nobody's row is %d of %d", got.Nobody(), clusters)
	}
	k.AddFixed(got, to, from, points, weights, offs, rows)
	plain.AddFixed(want, to, from, points, weights, offs, rows)
	if !slices.Equal(got.Sums, want.Sums) {
		t.Fatalf("%s: dim %d, %d bags: sums differ from those in Go", k.Name(), dim, n)
	}
	for i := range weights {
		weights[i] = -weights[i]
	}
	k.AddFixed(got, to, from, points, weights, offs, rows)
	if slices.ContainsFunc(got.Sums, func(v int64) bool { return v != 0 }) {
		t.Fatalf("%s: dim %d: what was added and taken away left a trace", k.Name(), dim)
	}
}

func plainKernels(t testing.TB) *simd.Kernels {
	k, err := simd.ByName("go")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Every set of kernels does what the one in Go does, for every width.
func TestAssignKernels(t *testing.T) {
	plain := plainKernels(t)
	for _, k := range simd.Available() {
		t.Run(k.Name(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for columns := 1; columns <= simd.MaxColumns; columns++ {
				checkNearest(t, k, plain, r, columns, 6, 20)
			}
			for dim := 1; dim <= 70; dim++ {
				checkScores(t, k, plain, r, dim, 1+r.IntN(50), 1+r.IntN(20))
				checkAddFixed(t, k, plain, r, dim, 5, 10)
			}
		})
	}
}

// Where scores are no numbers the label may be any, but the lead is none.
func TestNearestOfNaN(t *testing.T) {
	for _, k := range simd.Available() {
		for _, columns := range []int{1, 16, 33, 104} {
			p := simd.NewPanels(1, columns)
			table := simd.NewMatrix(1, p.Width())
			for j := range table.Row(0) {
				table.Row(0)[j] = float32(math.NaN())
			}
			r := simd.NewRanks(1)
			r.Reset(1)
			k.Nearest(r, table, columns, 0, []int32{0, 1}, []int32{0})
			if r.Best[0]-r.Second[0] > 0 {
				t.Errorf("%s, %d columns: best %v, second %v", k.Name(), columns, r.Best[0], r.Second[0])
			}
		}
	}
}

// The fixed-point number is the nearest, the even one of two.
func TestToFixed(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	values := []float64{0, 0.5, 1.5, 2.5, -0.5, -1.5, 1<<50 + 0.5, -(1<<51 - 1), 1<<51 - 1, 0.49999999999999994}
	for range 10_000 {
		values = append(values, r.NormFloat64()*math.Exp2(float64(r.IntN(48))))
	}
	for _, v := range values {
		if got, want := simd.ToFixed(v), int64(math.RoundToEven(v)); got != want {
			t.Errorf("%v: %d, want %d", v, got, want)
		}
	}
}

func FuzzAssignKernels(f *testing.F) {
	f.Add(uint64(1), uint8(100), uint8(104), uint8(4), uint8(30))
	f.Add(uint64(2), uint8(1), uint8(1), uint8(1), uint8(1))
	f.Add(uint64(3), uint8(37), uint8(97), uint8(40), uint8(7))
	f.Fuzz(func(t *testing.T, seed uint64, dim, columns, most, n uint8) {
		plain := plainKernels(t)
		for _, k := range simd.Available() {
			r := rand.New(rand.NewPCG(seed, 0))
			checkNearest(t, k, plain, r, 1+int(columns)%simd.MaxColumns, 1+int(most), 1+int(n))
			checkScores(t, k, plain, r, 1+int(dim), 1+int(columns), 1+int(n))
			checkAddFixed(t, k, plain, r, 1+int(dim), 1+int(most), 1+int(n))
		}
	})
}

// The loops of k-means at 100 centres of 100 numbers: a table of 16,000 words, and
// bags of 4 or 5 of them, drawn as words of titles are.
func BenchmarkAssignKernels(b *testing.B) {
	const vocab, dim, columns, n = 16_000, 100, 100, 50_000
	r := rand.New(rand.NewPCG(5, 6))
	p, _, _ := panelsOf(r, dim, columns)
	words := normal(r, vocab*dim)
	zipf := rand.NewZipf(r, 1.1, 20, vocab-1)
	offs, rows := []int32{0}, []int32(nil)
	for range n {
		for range 4 + r.IntN(2) {
			rows = append(rows, int32(zipf.Uint64()))
		}
		offs = append(offs, int32(len(rows)))
	}
	to, from, points, weights := make([]int32, n), make([]int32, n), make([]int32, n), make([]float64, n)
	for i := range points {
		to[i], from[i], points[i], weights[i] = int32(r.IntN(columns)), columns, int32(i), 1e6
	}
	table := simd.NewMatrix(vocab, p.Width())
	ranks := simd.NewRanks(n)
	sums := simd.NewFixed(columns, words, dim)
	for _, k := range simd.Available() {
		run := func(name string, flops, bytes float64, fn func()) {
			b.Run(fmt.Sprintf("%s/%s", name, k.Name()), func(b *testing.B) {
				for b.Loop() {
					fn()
				}
				s := b.Elapsed().Seconds() / float64(b.N)
				if flops > 0 {
					b.ReportMetric(flops/s/1e9, "GFLOP/s")
				}
				if bytes > 0 {
					b.ReportMetric(bytes/s/1e9, "GB/s")
					b.ReportMetric(s/n*1e9, "ns/bag")
				}
			})
		}
		run("Scores", 2*vocab*dim*columns, 0, func() { k.Scores(table, 0, words, dim, vocab, p) })
		run("ScoresInOrder", 2*vocab*dim*columns, 0, func() { k.ScoresInOrder(table, 0, words, dim, vocab, p) })
		run("Nearest", 0, float64(len(rows)*columns*4), func() {
			ranks.Reset(n)
			k.Nearest(ranks, table, columns, 0, offs, rows)
		})
		run("AddFixed", 0, float64(len(rows)*dim*4), func() { k.AddFixed(sums, to, from, points, weights, offs, rows) })
	}
}
