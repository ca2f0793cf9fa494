package tag

import (
	"context"
	"math"
	"runtime"
)

// Batch is a number of titles and the tags chosen for them. The caller fills
// the first six fields, [Tagger.TagBatch] the others; all memory may be used
// again. The zero value is ready. It is for one goroutine.
type Batch struct {
	// IDs are the kept words of the titles, one title after another, as in
	// [Title]; those of title i end at Ends[i].
	IDs  []int32
	Ends []int32
	// Heads and Clusters are as in [Title], by title.
	Heads    []int32
	Clusters []int32
	// Rows are the rows of Model.Vectors of those words that have one, those of
	// title i from Offs[i] to Offs[i+1]: the bags by which titles are clustered. Only
	// ranked looks at them.
	Offs, Rows []int32

	// Tags are the places in IDs of the chosen words, title after title, best
	// first; those of title i end at TagEnds[i].
	Tags    []int32
	TagEnds []int32

	// Plain is how many of the titles TagBatch could not tell without the
	// arithmetic of Tag.
	Plain int

	dots, squares []float32
	heads         []float32 // by word: ln of its share of heads in the title's cluster, or in all
	read          int32     // what was read to have it in the caches
	best          top
	plain         Scratch
	scored        []Scored
}

// longTitle is from how many words on a title is left to Tag: a look back for
// repeated words then takes longer than a map.
const longTitle = 32

// TagBatch chooses the tags of many titles: exactly those that Tag chooses, in
// its order, several times faster.
//
// For ranked it computes the cosines of all words by kernels that round
// otherwise than Tag does. By how much the two can differ is known (cosError), so
// only where that could change the choice does it ask Tag. It ends early with
// context.Cause(ctx).
func (t *Tagger) TagBatch(ctx context.Context, b *Batch) error {
	b.Tags, b.TagEnds, b.Plain = b.Tags[:0], b.TagEnds[:0], 0
	fast := t.fast()
	ranked := t.opts.Method == MethodRanked && fast != nil
	if ranked {
		b.cosines(t, fast)
		b.headShares(t, fast)
	}
	from := int32(0)
	for i, end := range b.Ends {
		if i%64 == 0 && ctx.Err() != nil { // the tagger title takes a millisecond a title
			return context.Cause(ctx)
		}
		ids := b.IDs[from:end]
		told := false
		switch {
		case len(ids) >= longTitle || fast == nil:
		case ranked:
			told = t.rankedFast(fast, b, i, from)
		case t.opts.Method == MethodNear:
			told = t.nearFast(fast, b, i, from)
		}
		if !told {
			b.Plain++
			title := Title{IDs: ids, HeadLen: int(b.Heads[i]), Cluster: int(b.Clusters[i])}
			b.scored = t.Tag(title, &b.plain, b.scored[:0])
			for _, s := range b.scored {
				b.Tags = append(b.Tags, from+int32(s.Index))
			}
		}
		b.TagEnds = append(b.TagEnds, int32(len(b.Tags)))
		from = end
	}
	runtime.KeepAlive(fast)
	return nil
}

// cosines computes, for all words at once, their products with the sums of
// their titles' vectors, and the squares of these sums.
func (b *Batch) cosines(t *Tagger, fast *fastTable) {
	b.dots = resized(b.dots, len(b.Rows))
	b.squares = resized(b.squares, len(b.Ends))
	fast.kernels.SumDots(b.dots, b.squares, t.model.Vectors, t.model.Dim, b.Offs, b.Rows)
}

// headShares looks up, for all words, what ranked knows of them in the clusters
// of their titles. Both look-ups miss the nearer caches, the second waits for the first,
// and rankedFast chooses its way by what they find; so all of them are done
// before it, with nothing to be guessed between them, and wait together.
func (b *Batch) headShares(t *Tagger, fast *fastTable) {
	b.heads = resized(b.heads, len(b.IDs))
	words, read := fast.words.Data, int32(0)
	unknown := uint32(len(words) - 1)
	for _, id := range b.IDs {
		read += words[min(uint32(id), unknown)].start
	}
	b.read = read
	from := int32(0)
	for i, end := range b.Ends {
		ids, heads := b.IDs[from:end], b.heads[from:end]
		from = end
		cluster := uint(b.Clusters[i])
		if cluster >= uint(len(fast.below)) {
			for k, id := range ids {
				if uint32(id) >= unknown {
					continue
				}
				heads[k] = words[id].lnHead
				if p := t.model.Stats.pair(id, int(b.Clusters[i])); p >= 0 {
					heads[k] = t.words.lnInPairs[p]
				}
			}
			continue
		}
		below := &fast.below[cluster]
		for k, id := range ids {
			w := &words[min(uint32(id), unknown)]
			in := w.has(cluster)
			head := math.Float32bits(fast.heads.Data[int32(in)*(1+w.start+w.before(below))])
			if in == 0 {
				head = math.Float32bits(w.lnHead)
			}
			heads[k] = math.Float32frombits(head)
		}
	}
}

func resized(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n+n/4)[:n]
	}
	return s[:n]
}

// top are the best words so far, best first, one more than are wanted.
type top struct {
	n     int
	most  int
	score [longTitle]float64
	place [longTitle]int32
}

// start forgets all words. 0 wanted is no limit.
func (t *top) start(wanted int) {
	t.n, t.most = 0, longTitle
	if wanted > 0 {
		t.most = min(wanted+1, longTitle)
	}
}

// add takes a word behind those with the same score: words come in order.
func (t *top) add(score float64, place int32) {
	i := t.n
	if i == t.most {
		if i--; score <= t.score[i] {
			return
		}
	} else {
		t.n++
	}
	for ; i > 0 && score > t.score[i-1]; i-- {
		t.score[i], t.place[i] = t.score[i-1], t.place[i-1]
	}
	t.score[i], t.place[i] = score, place
}

// clear tells whether all scores stay in their order if each is off by at most
// half of gap. Those that did not come so far are no better than the last.
func (t *top) clear(gap float64) bool {
	for i := 1; i < t.n; i++ {
		if !(t.score[i-1]-t.score[i] > gap) {
			return false
		}
	}
	return true
}

func (t *top) take(b *Batch, wanted int) {
	n := t.n
	if wanted > 0 {
		n = min(n, wanted)
	}
	b.Tags = append(b.Tags, t.place[:n]...)
}

// rankedFast is ranked for title i, whose words begin at from. It returns
// false where the scores are too close to tell.
func (t *Tagger) rankedFast(fast *fastTable, b *Batch, i int, from int32) bool {
	ids := b.IDs[from:b.Ends[i]]
	last, before := headWords(Title{IDs: ids, HeadLen: int(b.Heads[i])})
	length, lengths := sqrt(b.squares[i]), 0.0
	best := &b.best
	best.start(t.opts.Max)
	least, closest := t.opts.MinScore, math.Inf(1)
	dots := b.dots[b.Offs[i]:b.Offs[i+1]]
	words := fast.words.Data[:len(fast.words.Data)-1]
	heads := b.heads[from:][:len(ids)]
	for k, id := range ids {
		f := Features{1: lnUnknownHead}
		if uint(id) < uint(len(words)) {
			w := &words[id]
			dot := float32(0)
			if w.vector {
				dot, dots = dots[0], dots[1:]
				lengths += float64(w.norm)
			}
			if repeated(ids[:k], id) {
				continue
			}
			f[0], f[1], f[5] = float64(w.lnDF), float64(heads[k]), float64(w.entropy)
			if both := float64(w.norm) * length; both > 0 {
				f[4] = float64(dot) / both
			}
		} else if id >= 0 && repeated(ids[:k], id) {
			continue
		}
		switch id {
		case last:
			f[2] = 1
		case before:
			f[3] = 1
		}
		score := t.opts.Weights.Score(f)
		closest = min(closest, math.Abs(score-least))
		if score >= least {
			best.add(score, from+int32(k))
		}
	}
	if lengths > 0 { // else no word has a vector, and nothing was rounded otherwise
		if !(length > shortestSum) {
			return false
		}
		off := math.Abs(t.opts.Weights.Cos)*cosError(t.model.Dim, len(ids), lengths/length) + fast.rounding
		if !best.clear(2*off) || !(closest > off) {
			return false
		}
	}
	best.take(b, t.opts.Max)
	return true
}

func repeated(before []int32, id int32) bool {
	for _, other := range before {
		if other == id {
			return true
		}
	}
	return false
}

const (
	// shortestSum and the bounds of norms keep all products far from the ends of
	// float32, where its numbers have fewer digits.
	shortestSum             = 1e-9
	leastNorm, greatestNorm = 1e-10, 1e15
)

// cosError bounds by how much the cosine of a word and its title differs between
// Tag and TagBatch; ratio is the sum of the lengths of the title's n vectors
// over the length of their sum.
//
// With u = 2^-24, adding up n vectors moves the sum by at most (n-1) u ratio of
// its length, and a product of dim terms is off by dim u of the lengths, whatever
// the order (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
// sections 3.1 and 4.2). A cosine is one such product over the root of another:
// off by 1.5 dim u + 2 (n-1) u ratio, and each of the two ways by as much. The
// small numbers are for the few steps beside, a tenth for terms of second order.
func cosError(dim, n int, ratio float64) float64 {
	const u = 0x1p-24
	return 1.1 * u * (float64(3*dim+16) + 4*float64(n+2)*ratio)
}

// nearFast is nearest for title i, whose words begin at from.
func (t *Tagger) nearFast(fast *fastTable, b *Batch, i int, from int32) bool {
	cluster := int(b.Clusters[i])
	if uint(cluster) >= uint(len(fast.below)) {
		return true
	}
	ids := b.IDs[from:b.Ends[i]]
	below := &fast.below[cluster]
	best := &b.best
	best.start(t.opts.Max)
	for k, id := range ids {
		if uint(id) >= uint(len(fast.near.Data)) {
			continue
		}
		p := fast.near.Data[id].find(cluster, below)
		if p < 0 || repeated(ids[:k], id) {
			continue
		}
		if score := t.near.scores[p]; score >= t.opts.MinScore {
			best.add(score, from+int32(k))
		}
	}
	best.take(b, t.opts.Max)
	return true
}
