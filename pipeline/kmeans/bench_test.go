package kmeans

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gondola/pipeline/simd"
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

// benchmarkPass measures Lloyd's algorithm on one goroutine from centres chosen at
// random: the first pass, in which all points are new, and the mean of ten, as
// scikit-learn does with init="random", max_iter=10, tol=0.
func benchmarkPass(b *testing.B, table Table, pts Points, k int, metric string) {
	for _, kernels := range simd.Available() {
		for _, passes := range []int{1, 10} {
			b.Run(fmt.Sprintf("%s/passes=%d", kernels.Name(), passes), func(b *testing.B) {
				f, src, centres := passOf(b, table, pts, k, metric, kernels)
				defer f.close()
				for b.Loop() {
					if _, err := f.lloyd(b.Context(), PhaseIterate, src, centres, passes); err != nil {
						b.Fatal(err)
					}
				}
				each := b.Elapsed().Seconds() / float64(b.N*passes)
				b.ReportMetric(each*1e9/float64(src.weight), "ns/point")
				b.ReportMetric(float64(src.weight)/each/1e6, "Mpoints/s")
			})
		}
	}
}

// passOf prepares passes over all points.
func passOf(b *testing.B, table Table, pts Points, k int, metric string, kernels *simd.Kernels) (*fitter, *source, []float32) {
	p := DefaultParams()
	p.K, p.Metric, p.Workers = k, metric, 1
	r, end := newRun(1, nil)
	defer end()
	f := &fitter{frame: newFrame(table, metric == Cosine, kernels), r: r, p: p, tol: -1}
	src, all, err := read(b.Context(), f.frame, r, pts, DefaultPointBytes)
	if err != nil {
		b.Fatal(err)
	}
	f.settle(all.mean(table))
	src.together = plan(table.Rows(), table.Dim, k, all.bags, all.rows, 0, false)
	drawn, err := src.draw(b.Context(), f.frame, r, all, 10_000, 1)
	if err != nil {
		b.Fatal(err)
	}
	return f, src, f.vectors(drawn, choose(rand.New(rand.NewPCG(1, 1)), drawn.len(), k))
}

// weighted are bags that stand several times in the data.
type weighted struct {
	Bags
	times []int64
}

func (w weighted) Each(ctx context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error {
	return w.Bags.Each(ctx, from, to, func(i int64, rows []int32, _ int64) error {
		return fn(i, rows, w.times[i])
	})
}

// fold returns equal bags once.
func fold(bags Bags) weighted {
	var out weighted
	seen := map[string]int{}
	for _, rows := range bags {
		key := fmt.Sprint(rows)
		at, ok := seen[key]
		if !ok {
			at = len(out.Bags)
			seen[key] = at
			out.Bags, out.times = append(out.Bags, rows), append(out.times, 0)
		}
		out.times[at]++
	}
	return out
}

// realTitles reads the titles of the file that GONDOLA_TITLES names, lines with
// the title in the second of several columns apart by tabs, perhaps in gzip. Words
// in 5 titles or more get a vector of 100 numbers: the sum of random vectors of the
// words they stand beside, which puts words of one kind near one another as
// training does.
func realTitles(b *testing.B) (Table, Bags) {
	name := os.Getenv("GONDOLA_TITLES")
	if name == "" {
		b.Skip("GONDOLA_TITLES names no file of titles: only generated points are measured")
	}
	file, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }() // only read
	var in io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			b.Fatal(err)
		}
	}
	var titles [][]string
	counts := map[string]int{}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		columns := strings.Split(lines.Text(), "\t")
		words := strings.FieldsFunc(strings.ToLower(columns[min(1, len(columns)-1)]), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
		titles = append(titles, words)
		for _, w := range words {
			counts[w]++
		}
	}
	var words []string
	for w, n := range counts {
		if n >= 5 {
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	ids := map[string]int32{}
	for i, w := range words {
		ids[w] = int32(i)
	}
	var bags Bags
	for _, title := range titles {
		var rows []int32
		for _, w := range title {
			if id, ok := ids[w]; ok {
				rows = append(rows, id)
			}
		}
		if len(rows) > 0 {
			bags = append(bags, rows)
		}
	}
	random, table := gaussian(len(words), 100, 5), Table{make([]float32, 100*len(words)), 100}
	for _, rows := range bags {
		for _, i := range rows {
			for _, j := range rows {
				weight := float32(1 / math.Sqrt(float64(counts[words[j]])))
				for d, v := range random.row(j) {
					table.row(i)[d] += weight * v
				}
			}
		}
	}
	for i := range table.Rows() {
		w := float32(3 / norm(table.row(int32(i))))
		for d := range 100 {
			table.row(int32(i))[d] *= w
		}
	}
	return table, bags
}

// Lloyd's algorithm on real titles, each as often as it stands there, and each
// once with its weight.
func BenchmarkPass(b *testing.B) {
	table, bags := realTitles(b)
	rows := 0
	for _, bag := range bags {
		rows += len(bag)
	}
	folded := fold(bags)
	b.Logf("%d titles, %d of them distinct, %.2f words each, %d words", len(bags), len(folded.Bags), float64(rows)/float64(len(bags)), table.Rows())
	for _, k := range []int{100, 1000} {
		b.Run(fmt.Sprintf("k=%d/all", k), func(b *testing.B) { benchmarkPass(b, table, bags, k, Euclidean) })
		b.Run(fmt.Sprintf("k=%d/distinct", k), func(b *testing.B) { benchmarkPass(b, table, folded, k, Euclidean) })
	}
}

// One pass of Lloyd's algorithm on one goroutine: the word table of 16,000
// words, 100 clusters, 100 dimensions, and 500,000 points.
func BenchmarkPassBags(b *testing.B) {
	for _, metric := range []string{Euclidean, Cosine} {
		b.Run(metric, func(b *testing.B) {
			benchmarkPass(b, gaussian(16_000, 100, 1), zipfBags(500_000, 16_000, 2), 100, metric)
		})
	}
}

// One pass over a plain matrix of 50,000 points.
func BenchmarkPassDense(b *testing.B) {
	benchmarkPass(b, gaussian(50_000, 100, 1), Dense(50_000), 100, Euclidean)
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
