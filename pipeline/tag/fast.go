package tag

import (
	"math"
	"math/bits"

	"gondola/pipeline/simd"
)

// fastTable is what TagBatch needs to know of each word, side by side, since
// most of its time would else go to waiting for memory.
type fastTable struct {
	kernels  *simd.Kernels
	words    *simd.Array[fastWord] // ranked: by word, and one for all that are unknown
	heads    *simd.Array[float32]  // ranked: 0, then wordTable.lnInPairs
	near     *simd.Array[members]  // near: by word, the clusters among whose near words it is
	below    []clusterSet          // by cluster: those before it; nil for more than mostMembers clusters
	rounding float64               // ranked: how far the sums of two equal lists of products may be from one another
}

// fastWord is what ranked knows of a word: 64 bytes.
type fastWord struct {
	members      // its clusters, with their places among the pairs of Stats
	vector  bool // it has one
	norm    float32
	lnDF    float32
	lnHead  float32
	entropy float32
	_       [8]byte
}

// mostMembers is up to how many clusters there are sets of them.
const mostMembers = 256

type clusterSet [mostMembers / 64]uint64

// members is a set of clusters with a number for each: start, start+1, ... in
// the order of the clusters.
type members struct {
	set   clusterSet
	start int32
}

// find returns the number of a cluster, given the set of those before it, or -1.
func (m *members) find(cluster int, below *clusterSet) int32 {
	if m.has(uint(cluster)) == 0 {
		return -1
	}
	return m.start + m.before(below)
}

// has returns 1 for a cluster of the set and 0 for others.
func (m *members) has(cluster uint) uint64 {
	return m.set[cluster/64%uint(len(m.set))] >> (cluster % 64) & 1
}

// before counts the clusters of the set that are among others.
func (m *members) before(others *clusterSet) int32 {
	return int32(bits.OnesCount64(m.set[0]&others[0]) + bits.OnesCount64(m.set[1]&others[1]) +
		bits.OnesCount64(m.set[2]&others[2]) + bits.OnesCount64(m.set[3]&others[3]))
}

func (m *members) put(cluster int32) { m.set[cluster/64] |= 1 << (cluster % 64) }

// fast returns the table for TagBatch, which is made at its first call: one
// title alone does without. It is nil where Tag has to choose: for the tagger
// title, and for numbers that no training makes.
func (t *Tagger) fast() *fastTable {
	t.once.Do(func() {
		f := &fastTable{kernels: t.opts.Kernels}
		if f.kernels == nil {
			f.kernels = simd.Best()
		}
		if k := t.model.Clusters(); k <= mostMembers {
			f.below = make([]clusterSet, k)
			for c := range f.below {
				for before := range c {
					f.below[c][before/64] |= 1 << (before % 64)
				}
			}
		}
		var ok bool
		switch t.opts.Method {
		case MethodRanked:
			ok = f.fillRanked(t)
		case MethodNear:
			ok = f.fillNear(t)
		}
		if ok {
			t.table = f
		}
	})
	return t.table
}

func (f *fastTable) fillRanked(t *Tagger) bool {
	m, s := t.model, t.model.Stats
	if len(s.PairCluster) >= math.MaxInt32 {
		return false
	}
	for _, norm := range m.norms {
		if norm != 0 && !(leastNorm <= norm && norm <= greatestNorm) {
			return false
		}
	}
	f.heads = simd.NewArray[float32](1 + len(t.words.lnInPairs))
	copy(f.heads.Data[1:], t.words.lnInPairs)
	f.words = simd.NewArray[fastWord](len(m.Rows) + 1)
	greatest := Features{0, -lnUnknownHead, 1, 1, 1, 0}
	for id := range m.Rows {
		w := &f.words.Data[id]
		if row := m.Rows[id]; row >= 0 {
			w.vector, w.norm = true, m.norms[row]
		}
		w.lnDF, w.lnHead, w.entropy = t.words.lnDF[id], t.words.lnHead[id], t.words.entropy[id]
		greatest[0] = max(greatest[0], float64(w.lnDF))
		greatest[1] = max(greatest[1], -float64(w.lnHead))
		greatest[5] = max(greatest[5], float64(w.entropy))
		from, to := s.PairStart[id], s.PairStart[id+1]
		w.start = int32(from)
		for p := from; p < to; p++ {
			greatest[1] = max(greatest[1], math.Abs(float64(t.words.lnInPairs[p])))
			if f.below != nil {
				w.put(s.PairCluster[p])
			}
		}
	}
	// Six products and five sums, each off by at most 2^-53 of what it adds up.
	o := t.opts.Weights
	for i, weight := range []float64{o.DF, o.HeadPrior, o.Last, o.BeforeLast, o.Cos, o.Entropy} {
		f.rounding += 16 * 0x1p-53 * math.Abs(weight) * greatest[i]
	}
	return true
}

func (f *fastTable) fillNear(t *Tagger) bool {
	if f.below == nil {
		return false
	}
	for _, score := range t.near.scores {
		if math.IsNaN(score) { // of vectors so long that their product is none
			return false
		}
	}
	f.near = simd.NewArray[members](len(t.near.start) - 1)
	for id := range f.near.Data {
		from, to := t.near.start[id], t.near.start[id+1]
		f.near.Data[id].start = from
		for _, c := range t.near.clusters[from:to] {
			f.near.Data[id].put(c)
		}
	}
	return true
}
