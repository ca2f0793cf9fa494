package tag

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Stats is what clustered titles tell about each word. All fields are plain
// counts so that it can be stored and read back; Validate tells whether what
// was read makes sense. What follows from the counts (entropies) is computed.
type Stats struct {
	Titles        int64   // titles counted
	ClusterTitles []int64 // titles by cluster; its length is the number of clusters

	DF       []int64 // by word: titles that hold it
	HeadEnds []int64 // by word: titles whose head it ends

	// The (word, cluster) pairs that occur, in compressed sparse rows: those
	// of word w lie at PairStart[w] to PairStart[w+1], clusters ascending.
	PairStart   []int64  // words+1
	PairCluster []int32  // by pair: the cluster
	PairTitles  []uint32 // by pair: titles of the cluster that hold the word
	PairEnds    []uint32 // by pair: titles of the cluster whose head it ends
}

// Stats returns what was counted so far. The counter may go on counting.
func (c *Counter) Stats() *Stats {
	s := &Stats{
		Titles:        c.titles,
		ClusterTitles: slices.Clone(c.clusters),
		DF:            slices.Clone(c.df),
		HeadEnds:      slices.Clone(c.ends),
		PairStart:     make([]int64, len(c.df)+1),
		PairCluster:   make([]int32, c.pairs.n),
		PairTitles:    make([]uint32, c.pairs.n),
		PairEnds:      make([]uint32, c.pairs.n),
	}
	// A counting sort by word, then each word's few clusters in order.
	for _, p := range c.pairs.slots {
		if p.used() {
			s.PairStart[p.word+1]++
		}
	}
	for w := range c.df {
		s.PairStart[w+1] += s.PairStart[w]
	}
	next := slices.Clone(s.PairStart)
	sorted := make([]pair, c.pairs.n)
	for _, p := range c.pairs.slots {
		if p.used() {
			sorted[next[p.word]] = p
			next[p.word]++
		}
	}
	for w := range c.df {
		slices.SortFunc(sorted[s.PairStart[w]:s.PairStart[w+1]], func(a, b pair) int { return int(a.cluster - b.cluster) })
	}
	for i, p := range sorted {
		s.PairCluster[i], s.PairTitles[i], s.PairEnds[i] = p.cluster, p.titles, p.ends
	}
	return s
}

// Words is the size of the dictionary.
func (s *Stats) Words() int { return len(s.DF) }

// Clusters is the number of clusters.
func (s *Stats) Clusters() int { return len(s.ClusterTitles) }

// Validate tells what is wrong with statistics that were read from a file:
// lengths that do not match, pairs out of order or range, and counts that no
// titles can have, such as more titles of a word in a cluster than in all.
func (s *Stats) Validate() error {
	words, pairs := len(s.DF), len(s.PairCluster)
	switch {
	case s.Titles < 0:
		return fmt.Errorf("statistics: %d titles", s.Titles)
	case len(s.HeadEnds) != words || len(s.PairStart) != words+1:
		return fmt.Errorf("statistics: %d words, but %d head ends and %d pair starts", words, len(s.HeadEnds), len(s.PairStart))
	case len(s.PairTitles) != pairs || len(s.PairEnds) != pairs:
		return fmt.Errorf("statistics: %d pairs, but %d titles and %d ends", pairs, len(s.PairTitles), len(s.PairEnds))
	case s.PairStart[0] != 0 || s.PairStart[words] != int64(pairs):
		return fmt.Errorf("statistics: pairs run from %d to %d, want 0 to %d", s.PairStart[0], s.PairStart[words], pairs)
	}
	for w := range words {
		from, to := s.PairStart[w], s.PairStart[w+1]
		if from > to || to > int64(pairs) {
			return fmt.Errorf("statistics: pairs of word %d run from %d to %d", w, from, to)
		}
		if s.HeadEnds[w] < 0 || s.HeadEnds[w] > s.DF[w] || s.DF[w] > s.Titles {
			return fmt.Errorf("statistics: word %d ends the head of %d titles, is in %d, and there are %d", w, s.HeadEnds[w], s.DF[w], s.Titles)
		}
		if err := s.validatePairs(w, from, to); err != nil {
			return err
		}
	}
	return s.validateClusters()
}

func (s *Stats) validatePairs(w int, from, to int64) error {
	last := int32(-1)
	var titles, ends int64
	for i := from; i < to; i++ {
		c := s.PairCluster[i]
		if c <= last || int(c) >= len(s.ClusterTitles) {
			return fmt.Errorf("statistics: word %d has cluster %d after %d of %d", w, c, last, len(s.ClusterTitles))
		}
		last = c
		n, e := int64(s.PairTitles[i]), int64(s.PairEnds[i])
		if n < 1 || n > s.ClusterTitles[c] || e > n {
			return fmt.Errorf("statistics: word %d is in %d of the %d titles of cluster %d and ends the head of %d", w, n, s.ClusterTitles[c], c, e)
		}
		titles, ends = titles+n, ends+e
	}
	if titles > s.DF[w] || ends > s.HeadEnds[w] {
		return fmt.Errorf("statistics: word %d is in more titles of clusters than of all", w)
	}
	return nil
}

func (s *Stats) validateClusters() error {
	left := s.Titles
	for _, n := range s.ClusterTitles {
		if n < 0 {
			return errors.New("statistics: negative number of titles in a cluster")
		}
		if left -= n; left < 0 {
			return fmt.Errorf("statistics: more titles in clusters than the %d counted", s.Titles)
		}
	}
	return nil
}

// Pair returns in how many titles of the cluster the word occurs, and of how
// many it ends the head.
func (s *Stats) Pair(word int32, cluster int) (titles, ends uint32) {
	if i := s.pair(word, cluster); i >= 0 {
		return s.PairTitles[i], s.PairEnds[i]
	}
	return 0, 0
}

// pair returns the place of a (word, cluster) pair, or -1.
func (s *Stats) pair(word int32, cluster int) int64 {
	from, to := s.PairStart[word], s.PairStart[word+1]
	for from < to {
		mid := (from + to) / 2
		if int(s.PairCluster[mid]) < cluster {
			from = mid + 1
		} else {
			to = mid
		}
	}
	if from < s.PairStart[word+1] && int(s.PairCluster[from]) == cluster {
		return from
	}
	return -1
}

// Entropy returns H(cluster | word) in nats: 0 for a word that lives in one
// cluster, ln k for one that is spread evenly over k.
func (s *Stats) Entropy(word int32) float64 {
	pairs := s.PairTitles[s.PairStart[word]:s.PairStart[word+1]]
	var n, sum float64
	for _, titles := range pairs {
		n += float64(titles)
	}
	for _, titles := range pairs {
		if p := float64(titles) / n; p > 0 {
			sum -= p * math.Log(p)
		}
	}
	return max(0, sum) // Not -0 for a word in one cluster.
}

// HeadShare returns how readily the word ends a head anywhere, smoothed:
// (times it ends a head + 1) / (titles that hold it + 3).
func (s *Stats) HeadShare(word int32) float64 {
	return float64(s.HeadEnds[word]+1) / float64(s.DF[word]+3)
}

// HeadPrior returns how readily the word ends a head within the cluster,
// (ends in it + 5 g) / (titles in it + 5), where g is HeadShare: what five
// titles of the whole corpus would say is added to the cluster's own. Cluster
// -1, or one without the word, gives g.
func (s *Stats) HeadPrior(word int32, cluster int) float64 {
	g := s.HeadShare(word)
	titles, ends := s.Pair(word, cluster)
	return (float64(ends) + 5*g) / (float64(titles) + 5)
}
