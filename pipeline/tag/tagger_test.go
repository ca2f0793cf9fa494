package tag

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newTagger(t *testing.T, m *Model, o Options) *Tagger {
	t.Helper()
	tagger, err := m.NewTagger(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return tagger
}

// ids returns the words chosen, best first.
func ids(title Title, tags []Scored) []int32 {
	var out []int32
	for _, s := range tags {
		out = append(out, title.IDs[s.Index])
	}
	return out
}

// TestRankedByHand holds every part to a value counted by hand.
func TestRankedByHand(t *testing.T) {
	tagger := newTagger(t, tinyModel(t), DefaultOptions(MethodRanked))
	title := Title{IDs: []int32{red, rare, soup, soup}, HeadLen: 4, Cluster: 0}
	// Mean of red (0.6, 0.8), soup (0, 2), soup (0, 2): direction (0.6, 4.8).
	length := math.Hypot(0.6, 4.8)
	part := func(value, weight float64) Part { return Part{value, weight, value * weight} }
	want := map[int32]Parts{
		soup: {
			DF: part(math.Log(3), 0.9), HeadPrior: part(math.Log((3+5*4./6)/8), 0.8),
			Last: part(1, 1.6), BeforeLast: part(0, 0.9), Cos: part(4.8/length, 8), Entropy: part(0, -1),
		},
		rare: {
			DF: part(math.Log(2), 0.9), HeadPrior: part(math.Log(2./5), 0.8),
			Last: part(0, 1.6), BeforeLast: part(1, 0.9), Cos: part(0, 8), Entropy: part(0, -1),
		},
		red: {
			DF: part(math.Log(3), 0.9), HeadPrior: part(math.Log((0+5./6)/(1+5)), 0.8),
			Last: part(0, 1.6), BeforeLast: part(0, 0.9), Cos: part((0.36+0.8*4.8)/length, 8),
			Entropy: part(-math.Log(1./3)/3-2*math.Log(2./3)/3, -1),
		},
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-5 })
	got := tagger.Explain(title)
	for _, c := range got {
		if c.Outcome == Repeated {
			continue
		}
		if diff := cmp.Diff(want[c.ID], *c.Parts, near); diff != "" {
			t.Errorf("word %d: %s", c.ID, diff)
		}
		sum := 0.0
		for _, p := range c.Parts.List() {
			sum += p.Product
		}
		if math.Abs(sum-c.Score) > 1e-9 {
			t.Errorf("word %d: parts sum to %v, score %v", c.ID, sum, c.Score)
		}
	}
	outcomes := map[int]Outcome{}
	for _, c := range got {
		outcomes[c.Index] = c.Outcome
	}
	if diff := cmp.Diff(map[int]Outcome{0: Chosen, 1: BeyondMax, 2: Chosen, 3: Repeated}, outcomes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int32{soup, red}, ids(title, tagger.Tag(title, &Scratch{}, nil))); diff != "" {
		t.Error(diff)
	}
}

func TestRankedUnknownWord(t *testing.T) {
	tagger := newTagger(t, tinyModel(t), DefaultOptions(MethodRanked))
	title := Title{IDs: []int32{-1, -1, 99}, Cluster: -1}
	got := tagger.Tag(title, &Scratch{}, nil)
	w := DefaultWeights()
	want := []Scored{{2, w.HeadPrior*math.Log(1./3) + w.Last}, {0, w.HeadPrior*math.Log(1./3) + w.BeforeLast}}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("words never seen: %s", diff)
	}
	if got := tagger.Tag(Title{Cluster: -1}, &Scratch{}, nil); len(got) != 0 {
		t.Errorf("a title without words: %v", got)
	}
}

func TestHeadWords(t *testing.T) {
	for _, tt := range []struct {
		ids          []int32
		headLen      int
		last, before int32
	}{
		{[]int32{1, 2, 3}, 0, 3, 2},
		{[]int32{1, 2, 3}, 2, 2, 1},
		{[]int32{1, 2, 2}, 3, 2, 1},
		{[]int32{1, 2, 3}, 9, 3, 2},
		{[]int32{5}, 1, 5, noWord},
		{nil, 0, noWord, noWord},
	} {
		if last, before := headWords(Title{IDs: tt.ids, HeadLen: tt.headLen}); last != tt.last || before != tt.before {
			t.Errorf("%v, head %d: %d, %d, want %d, %d", tt.ids, tt.headLen, last, before, tt.last, tt.before)
		}
	}
}

func TestNearByHand(t *testing.T) {
	m := tinyModel(t)
	o := DefaultOptions(MethodNear)
	o.Near = 2
	// By dot product with centre 0, (0, 1): soup 2, tomato 1, red 0.8, chip 0.
	title := Title{IDs: []int32{red, chip, soup, rare, soup}, Cluster: 0}
	got := newTagger(t, m, o).Tag(title, &Scratch{}, nil)
	if diff := cmp.Diff([]Scored{{2, 2}}, got); diff != "" {
		t.Error(diff)
	}
	o.Metric = MetricCosine
	near, err := m.Near(t.Context(), 2, 0, MetricCosine)
	if err != nil {
		t.Fatal(err)
	}
	if len(near) != 2 || near[0][0].ID != soup || math.Abs(near[0][0].Score-1) > 1e-6 {
		t.Errorf("near words by cosine: %v", near)
	}
	reasons, ranks := map[int32]Outcome{}, map[int32]int{}
	for _, c := range newTagger(t, m, o).Explain(title) {
		if c.Outcome != Repeated {
			reasons[c.ID], ranks[c.ID] = c.Outcome, c.Rank
		}
	}
	if reasons[rare] != NoVector || reasons[soup] != Chosen || reasons[chip] != NotNear || ranks[soup] != 1 || ranks[chip] != 0 {
		t.Errorf("outcomes %v, ranks %v", reasons, ranks)
	}
	for _, c := range newTagger(t, m, o).Explain(Title{IDs: []int32{soup}, Cluster: -1}) {
		if c.Outcome != NoCluster {
			t.Errorf("a title without a cluster: %v", c.Outcome)
		}
	}
}

// TestNearAgainstSorting compares the heap with sorting everything.
func TestNearAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		m, _ := randomModel(t, rng)
		n, minDF, metric := 1+rng.IntN(70), rng.IntN(12), Metric(rng.IntN(2))
		near, err := m.Near(t.Context(), n, minDF, metric)
		if err != nil {
			t.Fatal(err)
		}
		for c, got := range near {
			var want []Neighbour
			for id, row := range m.Rows {
				if row < 0 || m.Stats.DF[id] < int64(minDF) {
					continue
				}
				var ab, aa, bb float64
				for i := range m.Dim {
					a, b := float64(m.Vectors[int(row)*m.Dim+i]), float64(m.Centres[c*m.Dim+i])
					ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
				}
				if metric == MetricCosine {
					ab /= math.Sqrt(aa) * math.Sqrt(bb)
				}
				want = append(want, Neighbour{int32(id), ab})
			}
			slices.SortFunc(want, func(a, b Neighbour) int {
				if nearer(a, b) {
					return -1
				}
				return 1
			})
			want = want[:min(n, len(want))]
			close := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-5 })
			if diff := cmp.Diff(want, got, close); diff != "" {
				t.Fatalf("centre %d, %d words, min df %d, %s: %s", c, n, minDF, metric, diff)
			}
		}
	}
}

func TestNearStops(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := tinyModel(t).Near(ctx, 5, 0, MetricDot); !errors.Is(err, cause) {
		t.Errorf("error %v, want the cause", err)
	}
	for _, method := range []Method{MethodNear, MethodRanked} {
		if _, err := tinyModel(t).NewTagger(ctx, DefaultOptions(method)); !errors.Is(err, cause) {
			t.Errorf("%s: error %v, want the cause", method, err)
		}
	}
}

func TestTitleTagger(t *testing.T) {
	o := DefaultOptions(MethodTitle)
	o.Near = 1
	tagger := newTagger(t, tinyModel(t), o)
	// The mean of soup (0, 2) and red (0.6, 0.8) is nearest to soup.
	title := Title{IDs: []int32{red, soup}, Cluster: -1}
	if diff := cmp.Diff([]int32{soup}, ids(title, tagger.Tag(title, &Scratch{}, nil))); diff != "" {
		t.Error(diff)
	}
	if got := tagger.Tag(Title{IDs: []int32{rare}}, &Scratch{}, nil); len(got) != 0 {
		t.Errorf("a title without a vector: %v", got)
	}
}

// TestTaggersHoldTheirPromises: best first, distinct words, no more than
// Max, none below MinScore; Explain tells the same story.
func TestTaggersHoldTheirPromises(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 10 {
		m, titles := randomModel(t, rng)
		for _, method := range []Method{MethodRanked, MethodNear, MethodTitle} {
			o := DefaultOptions(method)
			o.Max, o.Near, o.Metric = rng.IntN(4), 1+rng.IntN(40), Metric(rng.IntN(2))
			if rng.IntN(2) == 0 {
				o.MinScore = rng.NormFloat64()
			}
			tagger := newTagger(t, m, o)
			var s Scratch
			for _, title := range titles {
				before := []Scored{{Index: 77}}
				tags := tagger.Tag(title, &s, before)
				if tags[0].Index != 77 {
					t.Fatal("what was in dst changed")
				}
				tags = tags[1:]
				if o.Max > 0 && len(tags) > o.Max {
					t.Fatalf("%s: %d tags, at most %d wanted", method, len(tags), o.Max)
				}
				seen := map[int32]bool{}
				for i, s := range tags {
					id := title.IDs[s.Index]
					if seen[id] && id >= 0 || s.Index != slices.Index(title.IDs, id) && id >= 0 {
						t.Fatalf("%s: word %d twice, or not at its first place, in %v of %v", method, id, tags, title)
					}
					seen[id] = true
					if s.Score < o.MinScore || i > 0 && s.Score > tags[i-1].Score {
						t.Fatalf("%s: scores %v, least %v", method, tags, o.MinScore)
					}
				}
				if method == MethodRanked && o.Max == 0 && math.IsInf(o.MinScore, -1) && len(tags) == 0 && len(title.IDs) > 0 {
					t.Fatalf("ranked has no answer for %v", title)
				}
				var chosen []Scored
				explained := tagger.Explain(title)
				for _, c := range explained {
					if c.Outcome == Chosen {
						chosen = append(chosen, Scored{c.Index, c.Score})
					}
				}
				if len(chosen) != len(tags) || len(explained) != len(title.IDs) {
					t.Fatalf("%s: Tag gives %v, Explain %v", method, tags, explained)
				}
				for i, c := range chosen {
					if c.Index != tags[i].Index || math.Abs(c.Score-tags[i].Score) > 1e-9 {
						t.Fatalf("%s: Tag gives %v, Explain %v", method, tags, chosen)
					}
				}
			}
		}
	}
}

func TestOptionsErrors(t *testing.T) {
	m := tinyModel(t)
	for want, spoil := range map[string]func(o *Options){
		"method":    func(o *Options) { o.Method = "best" },
		"max":       func(o *Options) { o.Max = -1 },
		"min-score": func(o *Options) { o.MinScore = math.NaN() },
		"near":      func(o *Options) { o.Near = 0 },
		"min-df":    func(o *Options) { o.MinDF = -1 },
		"metric":    func(o *Options) { o.Metric = 9 },
	} {
		o := DefaultOptions(MethodNear)
		spoil(&o)
		if _, err := m.NewTagger(t.Context(), o); err == nil || !strings.HasPrefix(err.Error(), want+":") {
			t.Errorf("error %v, want one about %s", err, want)
		}
	}
}

func TestNewModelErrors(t *testing.T) {
	good := tinyModel(t)
	nan := float32(math.NaN())
	for want, try := range map[string]func() (*Model, error){
		"dim":        func() (*Model, error) { return NewModel(good.Rows, 0, good.Vectors, good.Centres, good.Stats) },
		"vectors: 7": func() (*Model, error) { return NewModel(good.Rows, 2, good.Vectors[1:], good.Centres, good.Stats) },
		"centres: 0": func() (*Model, error) { return NewModel(good.Rows, 2, good.Vectors, nil, good.Stats) },
		"statistics": func() (*Model, error) { return NewModel(good.Rows, 2, good.Vectors, good.Centres, nil) },
		"statistics: of 5 words": func() (*Model, error) {
			return NewModel(good.Rows[1:], 2, good.Vectors, good.Centres, good.Stats)
		},
		"statistics: of 2 clusters": func() (*Model, error) {
			return NewModel(good.Rows, 2, good.Vectors, good.Centres[2:], good.Stats)
		},
		"vectors: row 3": func() (*Model, error) {
			return NewModel(good.Rows, 2, []float32{0, 0, 0, 0, 0, 0, 0, nan}, good.Centres, good.Stats)
		},
		"centres: row 0": func() (*Model, error) {
			return NewModel(good.Rows, 2, good.Vectors, []float32{0, float32(math.Inf(1)), 0, 0}, good.Stats)
		},
		"rows: word 1": func() (*Model, error) {
			return NewModel([]int32{0, 4, 1, 2, -1}, 2, good.Vectors, good.Centres, good.Stats)
		},
		"rows: words 0 and 2": func() (*Model, error) {
			return NewModel([]int32{0, 1, 0, 2, -1}, 2, good.Vectors, good.Centres, good.Stats)
		},
	} {
		if _, err := try(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestMean(t *testing.T) {
	m := tinyModel(t)
	mean := []float32{9, 9}
	if n := m.Mean([]int32{soup, red, soup, rare, -1}, mean); n != 3 {
		t.Errorf("%d words with a vector, want 3", n)
	}
	if math.Abs(float64(mean[0])-0.2) > 1e-6 || math.Abs(float64(mean[1])-1.6) > 1e-6 {
		t.Errorf("mean %v, want 0.2, 1.6", mean)
	}
	if n := m.Mean([]int32{rare}, mean); n != 0 || mean[0] != 0 || mean[1] != 0 {
		t.Errorf("mean of nothing: %v of %d", mean, n)
	}
}

func TestTagAllocations(t *testing.T) {
	m := tinyModel(t)
	title := Title{IDs: []int32{red, tomato, soup}, Cluster: 0}
	for _, method := range []Method{MethodRanked, MethodNear} {
		tagger := newTagger(t, m, DefaultOptions(method))
		var s Scratch
		dst := make([]Scored, 0, 8)
		if n := testing.AllocsPerRun(100, func() { dst = tagger.Tag(title, &s, dst[:0]) }); n > 0 {
			t.Errorf("%s: %v allocations a title", method, n)
		}
	}
}
