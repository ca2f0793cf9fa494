package tag

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTinyStats(t *testing.T) {
	want := &Stats{
		Titles:        7,
		ClusterTitles: []int64{3, 3},
		DF:            []int64{3, 2, 3, 2, 2},
		HeadEnds:      []int64{0, 0, 3, 2, 1},
		PairStart:     []int64{0, 2, 3, 4, 5, 6},
		PairCluster:   []int32{0, 1, 0, 0, 1, 1},
		PairTitles:    []uint32{1, 2, 2, 3, 2, 1},
		PairEnds:      []uint32{0, 0, 0, 3, 2, 0},
	}
	s := tinyStats(t)
	if diff := cmp.Diff(want, s); diff != "" {
		t.Fatal(diff)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	near("entropy of red", s.Entropy(red), -math.Log(1./3)/3-2*math.Log(2./3)/3)
	near("entropy of soup", s.Entropy(soup), 0)
	near("head share of soup", s.HeadShare(soup), 4./6)
	near("head prior of soup in its cluster", s.HeadPrior(soup, 0), (3+5*4./6)/(3+5))
	near("head prior of soup elsewhere", s.HeadPrior(soup, 1), 4./6)
	near("head prior of red without a cluster", s.HeadPrior(red, -1), 1./6)
}

func TestMergeEqualsOneCounter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const words, clusters = 500, 40
	all, err := NewCounter(words, clusters)
	if err != nil {
		t.Fatal(err)
	}
	var parts [3]*Counter
	for p := range parts {
		if parts[p], err = NewCounter(words, clusters); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5000 {
		ids := make([]int32, rng.IntN(9))
		for j := range ids {
			ids[j] = int32(rng.IntN(words+4)) - 2 // Some outside the dictionary.
		}
		cluster, headLen := rng.IntN(clusters+1)-1, rng.IntN(11)
		times := 1 + rng.Int64N(3)
		for range times {
			all.Add(cluster, ids, headLen, 1)
		}
		parts[i%3].Add(cluster, ids, headLen, times)
	}
	for _, p := range parts[1:] {
		if err := parts[0].Merge(p); err != nil {
			t.Fatal(err)
		}
	}
	want := all.Stats()
	if diff := cmp.Diff(want, parts[0].Stats()); diff != "" {
		t.Error(diff)
	}
	if err := want.Validate(); err != nil {
		t.Error(err)
	}
	if len(want.PairCluster) < 10_000 {
		t.Errorf("only %d pairs: too few to make the table grow", len(want.PairCluster))
	}
}

func TestCounterErrors(t *testing.T) {
	for _, size := range [][2]int{{-1, 1}, {1, 0}, {1 << 40, 1}, {1, 1 << 40}} {
		if _, err := NewCounter(size[0], size[1]); err == nil {
			t.Errorf("no error for %d words and %d clusters", size[0], size[1])
		}
	}
	a, _ := NewCounter(2, 2)
	b, _ := NewCounter(2, 3)
	if err := a.Merge(b); err == nil {
		t.Error("counters of different shape merge")
	}
}

func TestSaturate(t *testing.T) {
	if got := saturate(math.MaxUint32-1, 3); got != math.MaxUint32 {
		t.Errorf("%d", got)
	}
}

func TestStatsValidate(t *testing.T) {
	for name, spoil := range map[string]func(s *Stats){
		"titles":          func(s *Stats) { s.Titles = -1 },
		"head ends":       func(s *Stats) { s.HeadEnds = s.HeadEnds[1:] },
		"pair starts":     func(s *Stats) { s.PairStart = nil },
		"pair titles":     func(s *Stats) { s.PairTitles = nil },
		"first start":     func(s *Stats) { s.PairStart[0] = 1 },
		"last start":      func(s *Stats) { s.PairStart[5] = 9 },
		"start order":     func(s *Stats) { s.PairStart[2] = 99 },
		"start backwards": func(s *Stats) { s.PairStart[3] = 1 },
		"df":              func(s *Stats) { s.DF[1] = -1 },
		"cluster order":   func(s *Stats) { s.PairCluster[1] = 0 },
		"cluster range":   func(s *Stats) { s.PairCluster[1] = 2 },
		"negative":        func(s *Stats) { s.PairCluster[0] = -5 },
		"cluster titles":  func(s *Stats) { s.ClusterTitles[1] = -1 },
	} {
		s := tinyStats(t)
		spoil(s)
		if s.Validate() == nil {
			t.Errorf("%s: spoilt statistics pass", name)
		}
	}
}

func TestDistinctive(t *testing.T) {
	s := tinyStats(t)
	got := s.Distinctive(0, 10)
	if len(got) != 2 || got[0].ID != soup || got[1].ID != tomato {
		t.Fatalf("%+v, want soup and tomato", got)
	}
	// Soup: 3 of 3 titles in the cluster, 0 of 4 outside; prior 100 x 3/7.
	prior := 300. / 7
	ratio := math.Log((3+prior)/(103-3-prior)) - math.Log(prior/(104-prior))
	if want := ratio / math.Sqrt(1/(3+prior)+1/prior); math.Abs(got[0].Score-want) > 1e-12 {
		t.Errorf("score of soup: %v, want %v", got[0].Score, want)
	}
	if got[0].Titles != 3 || math.Abs(got[0].Lift-7./3) > 1e-12 {
		t.Errorf("soup: %+v, want 3 titles and a lift of 7/3", got[0])
	}
	if one := s.Distinctive(0, 1); len(one) != 1 || one[0] != got[0] {
		t.Errorf("the first of one: %+v", one)
	}
	for _, bad := range [][2]int{{-1, 5}, {2, 5}, {0, 0}} {
		if got := s.Distinctive(bad[0], bad[1]); len(got) != 0 {
			t.Errorf("cluster %d, %d words: %+v", bad[0], bad[1], got)
		}
	}
}
