package tag

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gondola/pipeline/simd"
)

// batchOf puts titles into b.
func batchOf(m *Model, b *Batch, titles []Title) {
	b.Offs, b.Rows = append(b.Offs[:0], 0), b.Rows[:0]
	b.IDs, b.Ends, b.Heads, b.Clusters = b.IDs[:0], b.Ends[:0], b.Heads[:0], b.Clusters[:0]
	for _, t := range titles {
		b.IDs = append(b.IDs, t.IDs...)
		for _, id := range t.IDs {
			if row := m.row(id); row >= 0 {
				b.Rows = append(b.Rows, row)
			}
		}
		b.Offs = append(b.Offs, int32(len(b.Rows)))
		b.Ends = append(b.Ends, int32(len(b.IDs)))
		b.Heads = append(b.Heads, int32(t.HeadLen))
		b.Clusters = append(b.Clusters, int32(t.Cluster))
	}
}

// sameAsTag compares TagBatch with Tag, by every set of kernels, and returns
// the share of titles that it left to Tag.
func sameAsTag(t testing.TB, m *Model, o Options, titles []Title) float64 {
	t.Helper()
	plain := 0
	var b Batch
	for _, o.Kernels = range simd.Available() {
		tagger, err := m.NewTagger(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		batchOf(m, &b, titles)
		if err := tagger.TagBatch(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		var s Scratch
		var tags []Scored
		from, first := int32(0), int32(0)
		for i, title := range titles {
			tags = tagger.Tag(title, &s, tags[:0])
			got := b.Tags[from:b.TagEnds[i]]
			same := len(got) == len(tags)
			for k := 0; same && k < len(got); k++ {
				same = int(got[k]-first) == tags[k].Index
			}
			if !same {
				t.Fatalf("%s, %s, max %d, least %g: title %+v has the tags %v after %d, want %+v",
					o.Kernels.Name(), o.Method, o.Max, o.MinScore, title, got, first, tags)
			}
			from, first = b.TagEnds[i], b.Ends[i]
		}
		plain += b.Plain
	}
	return float64(plain) / float64(len(titles)*len(simd.Available()))
}

// oddModel is a random model whose vectors may cancel out, repeat, be zero or
// differ by the last bits only, and titles of its words.
func oddModel(t testing.TB, rng *rand.Rand, words, dim, k int, scale float64) (*Model, []Title) {
	t.Helper()
	rows := make([]int32, words)
	var vectors []float32
	for i := range rows {
		rows[i] = -1
		if rng.IntN(5) == 0 {
			continue
		}
		rows[i] = int32(len(vectors) / dim)
		v := make([]float32, dim)
		for d := range v {
			v[d] = float32(rng.NormFloat64() * scale)
		}
		if old := len(vectors) / dim; old > 0 {
			other := vectors[rng.IntN(old)*dim:][:dim]
			switch rng.IntN(8) {
			case 0:
				copy(v, other)
			case 1:
				for d, x := range other {
					v[d] = -x
				}
			case 2:
				for d, x := range other {
					v[d] = math.Nextafter32(x, v[d])
				}
			case 3:
				clear(v)
			}
		}
		vectors = append(vectors, v...)
	}
	counter, err := NewCounter(words, k)
	if err != nil {
		t.Fatal(err)
	}
	titles := make([]Title, 300)
	for i := range titles {
		n := rng.IntN(9)
		if rng.IntN(20) == 0 {
			n = longTitle - 3 + rng.IntN(6)
		}
		title := Title{IDs: make([]int32, n), HeadLen: rng.IntN(n + 1), Cluster: rng.IntN(k+1) - 1}
		for j := range title.IDs {
			title.IDs[j] = int32(rng.IntN(words+2)) - 1 // also -1, and one beyond the dictionary
		}
		if i%2 == 0 {
			counter.Add(title.Cluster, title.IDs, title.HeadLen, 1)
		}
		titles[i] = title
	}
	centres := make([]float32, k*dim)
	for d := range centres {
		centres[d] = float32(rng.NormFloat64() * scale)
	}
	m, err := NewModel(rows, dim, vectors, centres, counter.Stats())
	if err != nil {
		t.Fatal(err)
	}
	return m, titles
}

func TestTagBatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, dim := range []int{1, 3, 16, 100, 130} {
		for _, k := range []int{1, 3, 64, 256, 257} {
			for _, scale := range []float64{1, 1e-3, 1e-12, 1e16} {
				m, titles := oddModel(t, rng, 10+rng.IntN(200), dim, k, scale)
				for _, method := range []Method{MethodRanked, MethodNear, MethodTitle} {
					o := DefaultOptions(method)
					o.Near = 20
					o.Max = rng.IntN(4)
					if rng.IntN(2) == 0 {
						o.MinScore = rng.NormFloat64() * 3
					}
					if rng.IntN(2) == 0 {
						o.Metric = MetricCosine
					}
					switch rng.IntN(4) {
					case 0:
						o.Weights = Weights{Cos: 1} // ties and near ties
					case 1:
						o.Weights = Weights{DF: 1}
					case 2:
						o.Weights.Cos = -1e6
					}
					sameAsTag(t, m, o, titles)
				}
			}
		}
	}
}

// TestTagBatchLeavesLittle to Tag: only where scores are very close.
func TestTagBatchLeavesLittle(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	m, titles := randomModel(t, rng)
	for _, method := range []Method{MethodRanked, MethodNear} {
		long := 0
		for _, title := range titles {
			if len(title.IDs) >= longTitle {
				long++
			}
		}
		if share := sameAsTag(t, m, DefaultOptions(method), titles) - float64(long)/float64(len(titles)); share > 0.02 {
			t.Errorf("%s leaves %.3f of the titles to Tag", method, share)
		}
	}
}

// TestCosError holds the bound against what the two ways differ by.
func TestCosError(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for range 300 {
		dim, n := 1+rng.IntN(300), 1+rng.IntN(12)
		m := simd.NewMatrix(n, dim)
		model := &Model{Dim: dim, Vectors: make([]float32, 0, n*dim)}
		rows := make([]int32, n)
		lengths := 0.0
		for i := range n {
			for d := range m.Row(i) {
				m.Row(i)[d] = float32(rng.NormFloat64()) + 0.3
			}
			if i > 0 && rng.IntN(3) == 0 { // nearly the opposite of the one before
				for d, x := range m.Row(i - 1) {
					m.Row(i)[d] = -x * (1 + float32(rng.NormFloat64())*1e-2)
				}
			}
			model.Vectors = append(model.Vectors, m.Row(i)...)
			norm := float32(sqrt(dot(m.Row(i), m.Row(i))))
			model.norms = append(model.norms, norm)
			model.Rows = append(model.Rows, int32(i))
			rows[i] = int32(i)
			lengths += float64(norm)
		}
		mean := make([]float32, dim)
		model.Mean(rows, mean)
		length := sqrt(dot(mean, mean))
		for _, k := range simd.Available() {
			dots, squares := make([]float32, n), make([]float32, 1)
			k.SumDots(dots, squares, model.Vectors, dim, []int32{0, int32(n)}, rows)
			for i := range n {
				fast := float64(dots[i]) / (float64(model.norms[i]) * sqrt(squares[0]))
				plain := model.similarity(int32(i), mean, length, MetricCosine)
				if off, most := math.Abs(fast-plain), cosError(dim, n, lengths/sqrt(squares[0])); off > most {
					t.Fatalf("%s: dim %d, %d words: cosines %g and %g differ by %g, at most %g was promised", k.Name(), dim, n, fast, plain, off, most)
				}
			}
		}
	}
}

func TestTagBatchStops(t *testing.T) {
	m, titles := randomModel(t, rand.New(rand.NewPCG(1, 1)))
	tagger := newTagger(t, m, DefaultOptions(MethodTitle))
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	var b Batch
	batchOf(m, &b, titles)
	if err := tagger.TagBatch(ctx, &b); !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
}

func TestTagBatchAllocations(t *testing.T) {
	m, titles := randomModel(t, rand.New(rand.NewPCG(1, 1)))
	titles = slices.DeleteFunc(titles, func(t Title) bool { return len(t.IDs) >= longTitle })
	for _, method := range []Method{MethodRanked, MethodNear} {
		tagger := newTagger(t, m, DefaultOptions(method))
		var b Batch
		round := func() {
			batchOf(m, &b, titles)
			if err := tagger.TagBatch(context.Background(), &b); err != nil {
				t.Fatal(err)
			}
		}
		round()
		if n := testing.AllocsPerRun(50, round); n > float64(b.Plain) {
			t.Errorf("%s: %v allocations for %d titles, %d of them left to Tag", method, n, len(titles), b.Plain)
		}
	}
}

func FuzzTagBatch(f *testing.F) {
	f.Add(uint64(1), uint8(20), uint8(5), uint8(2), int8(1), float64(0))
	f.Add(uint64(2), uint8(100), uint8(100), uint8(0), int8(-8), math.Inf(-1))
	f.Fuzz(func(t *testing.T, seed uint64, words, dim, most uint8, scale int8, least float64) {
		if math.IsNaN(least) {
			return // NewTagger refuses it
		}
		rng := rand.New(rand.NewPCG(seed, 17))
		m, titles := oddModel(t, rng, int(words)+1, int(dim)+1, 1+rng.IntN(20), math.Pow(10, float64(scale%16)))
		for _, method := range []Method{MethodRanked, MethodNear} {
			o := DefaultOptions(method)
			o.Max, o.MinScore, o.Near = int(most%6), least, 5
			sameAsTag(t, m, o, titles)
		}
	})
}
