package kmeans

import (
	"context"
	"math/rand/v2"
	"testing"
)

// gaussian returns a table of rows drawn from a standard normal distribution.
func gaussian(rows, dim int, seed uint64) Table {
	r := rand.New(rand.NewPCG(seed, 0))
	data := make([]float32, rows*dim)
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	return Table{data, dim}
}

// zipfBags returns bags of five rows, drawn as words of titles are: few rows
// often, most rows seldom.
func zipfBags(n, vocab int, seed uint64) Bags {
	r := rand.New(rand.NewPCG(seed, 1))
	zipf := rand.NewZipf(r, 1.1, 20, uint64(vocab-1))
	bags := make(Bags, n)
	for i := range bags {
		bag := make([]int32, 5)
		for j := range bag {
			bag[j] = int32(zipf.Uint64())
		}
		bags[i] = bag
	}
	return bags
}

func benchmarkPass(b *testing.B, table Table, pts Points, metric string) {
	p := DefaultParams()
	p.MaxIter, p.Tol, p.Metric, p.Workers = 1, 0, metric, 1
	r, end := newRun(1, nil)
	defer end()
	f := &fitter{r: r, words: table, p: p, cosine: metric == Cosine}
	ctx := context.Background()
	s, err := takeSample(ctx, r, table, pts, 10_000, 1, f.cosine)
	if err != nil {
		b.Fatal(err)
	}
	centres := vectors(table, s.bags[:p.K], f.cosine)
	src := source{pts, tableFits(table, p.K, s.count, s.rows, 0), s.squares}
	for b.Loop() {
		if _, err := f.lloyd(ctx, PhaseIterate, src, centres, 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(pts.Len())*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

// One pass of Lloyd's algorithm on one goroutine: the word table of 16,000
// words, 100 clusters, 100 dimensions, and 500,000 points.
func BenchmarkPassBags(b *testing.B) {
	for _, metric := range []string{Euclidean, Cosine} {
		b.Run(metric, func(b *testing.B) {
			benchmarkPass(b, gaussian(16_000, 100, 1), zipfBags(500_000, 16_000, 2), metric)
		})
	}
}

// One pass over a plain matrix of 50,000 points.
func BenchmarkPassDense(b *testing.B) {
	benchmarkPass(b, gaussian(50_000, 100, 1), Dense(50_000), Euclidean)
}

// One exact assignment of a bag of five rows.
func BenchmarkAssign(b *testing.B) {
	table, bags := gaussian(16_000, 100, 1), zipfBags(100_000, 16_000, 2)
	p := DefaultParams()
	p.MaxIter = 3
	m, err := Fit(b.Context(), table, bags, p, nil)
	if err != nil {
		b.Fatal(err)
	}
	a, err := m.Assigner(b.Context(), table, 0)
	if err != nil {
		b.Fatal(err)
	}
	s := a.NewScratch()
	for i := 0; b.Loop(); i++ {
		a.Assign(bags[i%len(bags)], s)
	}
}

// A whole Fit, start included.
func BenchmarkFit(b *testing.B) {
	table, bags := gaussian(16_000, 100, 1), zipfBags(200_000, 16_000, 2)
	p := DefaultParams()
	p.Workers = 1
	for b.Loop() {
		m, err := Fit(b.Context(), table, bags, p, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(m.Iterations), "passes")
	}
}
