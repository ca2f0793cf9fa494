package tag

import (
	"fmt"
	"math"
)

// Counter gathers, in one pass over clustered titles, all that [Stats] needs.
// It is for one goroutine: give each worker its own and Merge them. Memory
// grows with the dictionary and with the number of different (word, cluster)
// pairs, not with the number of titles.
type Counter struct {
	titles   int64
	clusters []int64 // titles by cluster
	df       []int64 // titles by word
	ends     []int64 // titles whose head the word ends
	pairs    pairTable

	seen []uint32 // by word: the last title that held it, to count titles and not words
	turn uint32
}

// NewCounter makes a counter for a dictionary of words ids and for clusters
// clusters.
func NewCounter(words, clusters int) (*Counter, error) {
	if words < 0 || words > math.MaxInt32 {
		return nil, fmt.Errorf("words: %d, want 0 to %d", words, math.MaxInt32)
	}
	if clusters < 1 || clusters > math.MaxInt32 {
		return nil, fmt.Errorf("clusters: %d, want 1 to %d", clusters, math.MaxInt32)
	}
	return &Counter{
		clusters: make([]int64, clusters),
		df:       make([]int64, words),
		ends:     make([]int64, words),
		seen:     make([]uint32, words),
	}, nil
}

// Add counts a title that stands in the data so many times: its cluster (-1
// where it has none: then only what does not depend on clusters is counted),
// the ids of its kept words in their order, and how many of these lie in its
// head (0 means all). Ids outside the dictionary are passed over.
func (c *Counter) Add(cluster int, ids []int32, headLen int, times int64) {
	if times <= 0 {
		return
	}
	c.titles += times
	inCluster := cluster >= 0 && cluster < len(c.clusters)
	if inCluster {
		c.clusters[cluster] += times
	}
	inPair := uint32(min(times, math.MaxUint32))
	c.turn++
	if c.turn == 0 { // After 2^32 titles the marks of old ones could match.
		clear(c.seen)
		c.turn = 1
	}
	for _, id := range ids {
		if id < 0 || int(id) >= len(c.df) || c.seen[id] == c.turn {
			continue
		}
		c.seen[id] = c.turn
		c.df[id] += times
		if inCluster {
			c.pairs.add(id, cluster, inPair, 0)
		}
	}
	if len(ids) == 0 {
		return
	}
	if last := ids[headEnd(len(ids), headLen)-1]; last >= 0 && int(last) < len(c.ends) {
		c.ends[last] += times
		if inCluster {
			c.pairs.add(last, cluster, 0, inPair)
		}
	}
}

// headEnd reads a head length: 0, or one that is too long, means all words.
func headEnd(words, headLen int) int {
	if headLen <= 0 || headLen > words {
		return words
	}
	return headLen
}

// Merge adds the counts of o, which stays as it is. Both were made for the
// same dictionary and number of clusters, or it is an error.
func (c *Counter) Merge(o *Counter) error {
	if len(c.df) != len(o.df) || len(c.clusters) != len(o.clusters) {
		return fmt.Errorf("counters do not match: %d words and %d clusters against %d and %d",
			len(c.df), len(c.clusters), len(o.df), len(o.clusters))
	}
	c.titles += o.titles
	for i, n := range o.clusters {
		c.clusters[i] += n
	}
	for i := range o.df {
		c.df[i] += o.df[i]
		c.ends[i] += o.ends[i]
	}
	for _, p := range o.pairs.slots {
		if p.used() {
			c.pairs.add(p.word, int(p.cluster), p.titles, p.ends)
		}
	}
	return nil
}

// pair counts a word within a cluster.
type pair struct {
	word, cluster int32
	titles, ends  uint32
}

func (p pair) used() bool { return p.titles > 0 || p.ends > 0 }

// pairTable is a hash table of pairs with open addressing: 16 bytes a slot,
// a quarter of what a map takes.
type pairTable struct {
	slots []pair // length a power of two
	n     int
}

// add adds to the counts of a pair; at least one of titles and ends is above
// zero. Counts stop at the largest uint32.
func (t *pairTable) add(word int32, cluster int, titles, ends uint32) {
	if t.n >= len(t.slots)/4*3 {
		t.grow()
	}
	p := t.find(word, int32(cluster))
	if !p.used() {
		p.word, p.cluster = word, int32(cluster)
		t.n++
	}
	p.titles = saturate(p.titles, titles)
	p.ends = saturate(p.ends, ends)
}

func saturate(a, b uint32) uint32 {
	if a > math.MaxUint32-b {
		return math.MaxUint32
	}
	return a + b
}

// find returns the slot of a pair, or the free one where it belongs.
func (t *pairTable) find(word, cluster int32) *pair {
	key := uint64(uint32(word))<<32 | uint64(uint32(cluster))
	mask := uint64(len(t.slots) - 1)
	// Multiplicative hashing with 2^64 over the golden ratio; the high bits mix best.
	for i := (key * 0x9E3779B97F4A7C15) >> 32; ; i++ {
		p := &t.slots[i&mask]
		if !p.used() || p.word == word && p.cluster == cluster {
			return p
		}
	}
}

func (t *pairTable) grow() {
	old := t.slots
	t.slots = make([]pair, max(1024, 2*len(old)))
	for _, p := range old {
		if p.used() {
			*t.find(p.word, p.cluster) = p
		}
	}
}
