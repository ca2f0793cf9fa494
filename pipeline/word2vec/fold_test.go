package word2vec

import (
	"context"
	"math"
	"slices"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline/simd"
)

// standing is a corpus whose titles all stand so many times in the data.
type standing struct {
	Corpus
	times int64
}

func (standing) Repeats() bool { return true }

func (c standing) Each(ctx context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	return c.Corpus.Each(ctx, from, to, func(i int64, ids []int32, _ int64) error { return fn(i, ids, c.times) })
}

// timesAs returns the dictionary of a corpus that stands so many times.
func timesAs(d Dictionary, times int64) Dictionary {
	d.Counts = slices.Clone(d.Counts)
	for i := range d.Counts {
		d.Counts[i] *= times
	}
	return d
}

func TestFolding(t *testing.T) {
	titles := topicTitles(4, need.Size(30, 8), need.Size(1500, 400), 7)
	once, d := InMemory(titles)
	for name, p := range objectives() {
		t.Run(name, func(t *testing.T) {
			p.VectorSize, p.Epochs, p.Subsample = 12, 2, 0.01
			train := func(c Corpus, d Dictionary, fold int, alpha float64) *Model {
				p := p
				p.Fold, p.Alpha, p.MinAlpha = fold, alpha, alpha/500
				m, err := Train(t.Context(), c, d, p, nil)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			same := func(what string, got, want *Model) {
				t.Helper()
				if !slices.Equal(got.Vectors.Data(), want.Vectors.Data()) {
					t.Errorf("%s: the vectors differ", what)
				}
			}
			plain := train(once, d, 1, 0.04)
			four := train(standing{once, 4}, timesAs(d, 4), 1, 0.04)
			same("weight at most 1", four, plain)
			if four.Words != 4*plain.Words || four.Pairs != plain.Pairs {
				t.Errorf("%d words and %d pairs, want 4 x %d words, as all titles count, and %d pairs", four.Words, four.Pairs, plain.Words, plain.Pairs)
			}
			same("weight 2 is twice the rate", train(standing{once, 2}, timesAs(d, 2), 3, 0.02), train(once, d, 3, 0.04))
			same("weight 4 is four times the rate", train(standing{once, 4}, timesAs(d, 4), 4, 0.02), train(once, d, 4, 0.08))
			same("weight 2 of 8", train(standing{once, 8}, timesAs(d, 8), 2, 0.02), train(once, d, 3, 0.04))
			// Without a limit a title is trained each time that it stands there.
			var twice [][]string
			for _, title := range titles {
				twice = append(twice, title, title)
			}
			c2, d2 := InMemory(twice)
			same("no limit", train(standing{once, 2}, timesAs(d, 2), 0, 0.04), train(c2, d2, 0, 0.04))
		})
	}
}

// TestNoiseFor: longer steps ask for more noise words, so that none moves too far.
func TestNoiseFor(t *testing.T) {
	for _, tt := range []struct {
		outputs, shared int
		alpha           float64
		weight          float32
		want            int
	}{
		{4, 4, 0.05, 1, 4},
		{5, 4, 0.05, 1, 5},
		{7, 4, 0.05, 1, 7},
		{16, 4, 0.05, 1, 8},
		{4, 4, 0.05, 2, 8},
		{4, 4, 0.05, 4, 16},
		{4, 4, 0.05, 100, 64},
		{4, 4, 0.1, 4, 30},
		{4, 8, 0.05, 1, 8},
		{4, 50, 0.05, 4, 50},
		{4, 100, 0.05, 100, 100},
		{4, 1, 1e-9, 1, 2},
		{4, 4, math.MaxFloat64, 4, 64},
	} {
		p := DefaultParams()
		p.Shared, p.Alpha = tt.shared, tt.alpha
		c, d := InMemory(topicTitles(2, 10, 100, 1))
		v, err := newVocabulary(t.Context(), d, 1)
		if err != nil {
			t.Fatal(err)
		}
		b := startedWorker(t, c, v, p).method.(*batcher)
		if got := b.noiseFor(tt.outputs, tt.weight); got != tt.want {
			t.Errorf("%d outputs, %d shared, rate %g, weight %g: %d noise words, want %d", tt.outputs, tt.shared, tt.alpha, tt.weight, got, tt.want)
		}
	}
}

// TestUnevenFolding: the words of titles that repeat are thinned out and drawn as
// noise as often as they are trained.
func TestUnevenFolding(t *testing.T) {
	c, d := InMemory([][]string{{"a", "b"}, {"a", "c"}, {"c", "d"}})
	v, err := newVocabulary(t.Context(), timesAs(d, 9), 1)
	if err != nil {
		t.Fatal(err)
	}
	p := DefaultParams()
	p.Fold, p.Workers = 3, 4
	tr, err := newTrainer(t.Context(), standing{c, 9}, v, p)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := tr.foldedCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []int64{6, 6, 3, 3}; !slices.Equal(counts, want) { // a, c, b, d
		t.Errorf("folded counts are %v, want %v", counts, want)
	}
}

// TestAllKernelsTrainAlike trains with every set of kernels of this machine: the
// vectors differ by rounding only, and each set is repeatable to the bit.
func TestAllKernelsTrainAlike(t *testing.T) {
	c, d := InMemory(topicTitles(4, 40, 1500, 5))
	for name, p := range objectives() {
		p.VectorSize, p.Epochs = 21, 1
		var want []float32
		sets := simd.Available()
		slices.Reverse(sets) // plain Go first
		for _, kernels := range sets {
			p.Kernels = kernels
			var runs [2]*Model
			for i := range runs {
				var err error
				if runs[i], err = Train(t.Context(), c, d, p, nil); err != nil {
					t.Fatal(err)
				}
			}
			got := runs[0].Vectors.Data()
			if !slices.Equal(got, runs[1].Vectors.Data()) {
				t.Errorf("%s by %s: two runs differ", name, kernels.Name())
			}
			if want == nil {
				want = got
			}
			for i, x := range got {
				if math.Abs(float64(x-want[i])) > 1e-3 {
					t.Fatalf("%s by %s: number %d is %g, in plain Go %g", name, kernels.Name(), i, x, want[i])
				}
			}
		}
	}
}

// TestFoldedTitlesDoNotDiverge: long titles that all count Fold times, of frequent
// words. Four noise words for each, moved by four times the step, diverge here.
func TestFoldedTitlesDoNotDiverge(t *testing.T) {
	c, d := InMemory(topicTitles(2, 40, need.Size(40_000, 5_000), 7))
	p := DefaultParams()
	p.Epochs, p.Subsample = 1, 0
	if _, err := Train(t.Context(), standing{c, 4}, timesAs(d, 4), p, nil); err != nil {
		t.Fatal(err)
	}
}
