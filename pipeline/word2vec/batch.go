package word2vec

import (
	"math"
	"slices"

	"gondola/pipeline/simd"
)

// The fast path trains a block of a title at a time: its words as inputs, one after
// the other, against the outputs of the same words and of noise words drawn for the
// block. For an input row u and the output rows V, all scores S = u V^T are computed
// at once, turned into gradients
//
//	G = rate * (A - B * sigmoid(S))
//
// element by element, and applied: V += G^T u and u += G V. A holds the weight with
// which each pair is a true one, B that plus the weight with which it is noise. The
// weights are the expectations of what pair by pair training draws: a pair at
// distance d counts (window-d+1)/window, the chance that a reach drawn from 1..window
// covers it, and a noise word counts, against an input of which all pairs weigh n,
// negative*n divided by the number of words drawn. Noise that hits a word of the title
// is left out only where it is the pair's own target, as in word2vec.c. That, and that
// each input finds the outputs as the one before left them, is what keeps the quality
// of pair by pair training: see docs/adr/0013.
//
// By hierarchical softmax V are the inner nodes on the paths of the title's words,
// and A and B sum up their turns.
const (
	blockIn  = 16 // inputs of a block at most
	blockOut = 32 // places of outputs of a block at most
)

// batch is a block made ready: rows, and weights of len(in) x ld.
type batch struct {
	in, out []int32 // rows; within each all differ
	target  *simd.Matrix
	a, b    []float32 // those of a template, or its own
	pairs   float64   // sum of the weights of the true pairs
	weight  float32   // of the title

	ownA, ownB []float32
}

// template holds the weights of a title of some length none of whose words occur
// twice, not even among the noise.
type template struct {
	a, b  []float32
	noise int // noise words to draw
	pairs float64
}

// batcher turns titles into batches and trains each one when the next is ready,
// so that the rows of the next are on their way into the cache meanwhile.
type batcher struct {
	*worker
	slots [2]batch
	next  int  // slot to fill
	ready bool // the other slot is filled

	templates [][blockIn + 1]*template // by weight, from 1, and length
	decay     []float32                // weight of a pair at distance d; 0 at d = 0

	// Working memory: the block at work, and of general blocks.
	s         []float32
	total     []float32 // per input: sum of its pairs' weights
	drawn     []float32 // per output: how often it was drawn as noise
	inAt      []int32   // place in the title -> input
	outAt     []int32
	noise     []int32
	nodePlace []int32 // inner node -> output, where out agrees
}

func newBatcher(w *worker) *batcher {
	p := w.params
	const room = 4096 // floats, for a block of a few hundred outputs
	b := &batcher{worker: w, s: make([]float32, room)}
	for i := range b.slots {
		b.slots[i].ownA, b.slots[i].ownB = make([]float32, 0, room), make([]float32, 0, room)
	}
	b.decay = make([]float32, p.Window+1)
	for d := 1; d <= p.Window; d++ {
		b.decay[d] = float32(p.Window-d+1) / float32(p.Window)
	}
	heaviest := 1
	if w.corpus.Repeats() {
		heaviest = min(max(1, p.Fold), mostWeight)
	}
	for weight := 1; p.Negative > 0 && weight <= heaviest; weight++ {
		var byLength [blockIn + 1]*template
		for n := 2; n <= blockIn; n++ {
			byLength[n] = b.newTemplate(n, float32(weight))
		}
		b.templates = append(b.templates, byLength)
	}
	if p.HS {
		b.nodePlace = make([]int32, max(1, len(w.vocab.words)-1))
	}
	return b
}

// mostStep bounds how far a noise word moves an input: the rate times the weight with which
// it counts against that one. Few noise words that each count often overshoot where
// vectors are long, as those of frequent words are, and the training diverges: on ten
// million receipts at 0.05 with four of them against titles of weight 4. mostNoise is
// how many there are at most, unless Shared is more, and mostWeight up to which
// weight of titles templates are made.
const (
	mostStep   = 0.2
	mostNoise  = 64
	mostWeight = 16
)

// noiseFor is how many noise words are drawn for a block of so many outputs of a title
// of a weight: at least Shared, enough for mostStep, and so many that the block is an
// even number wide, which suits the kernels.
func (b *batcher) noiseFor(outputs int, weight float32) int {
	p := &b.params
	middle, total := outputs/2, 0.0 // whose pairs weigh most
	for j := range outputs {
		total += float64(b.pairWeight(middle, j))
	}
	step := p.Alpha * float64(weight) * float64(p.Negative) * total
	noise := max(p.Shared, int(min(math.Ceil(step/mostStep), mostNoise)))
	return (outputs+noise+1)&^1 - outputs
}

func (b *batcher) newTemplate(n int, weight float32) *template {
	t := &template{noise: b.noiseFor(n, weight)}
	ld := n + t.noise
	t.a, t.b = make([]float32, n*ld+simd.StepsPad), make([]float32, n*ld+simd.StepsPad)
	for i := range n {
		var total float32
		for j := range n {
			if w := b.pairWeight(i, j); w > 0 {
				t.a[i*ld+j], t.b[i*ld+j] = w, w
				total += w
			}
		}
		for j := n; j < ld; j++ {
			t.b[i*ld+j] = total * float32(b.params.Negative) / float32(t.noise)
		}
		t.pairs += float64(total)
	}
	return t
}

// pairWeight is the weight of the pair of two places of a title.
func (b *batcher) pairWeight(i, j int) float32 {
	d := i - j
	if d < 0 {
		d = -d
	}
	if d >= len(b.decay) {
		return 0
	}
	return b.decay[d]
}

// title trains the words of a title that are used, with a weight.
func (b *batcher) title(words []int32, weight float32) error {
	n := len(words)
	if n < 2 {
		return nil
	}
	if made := int(weight) - 1; made < len(b.templates) && !b.params.HS && n <= blockIn {
		if seen, differ := allDiffer(words); differ {
			if noise := b.fillPlain(words, seen, b.templates[made][n]); noise != nil {
				b.fillNoise(words, block{0, n, 0, n}, noise)
			}
			return b.submit(n, weight)
		}
	}
	window := b.params.Window
	for from := 0; from < n; from += blockIn {
		to := min(from+blockIn, n)
		last := min(to+window, n)
		for low := max(0, from-window); low < last; low += blockOut {
			at := block{from, to, low, min(low+blockOut, last)}
			if b.params.Negative > 0 {
				noise := b.drawNoise(b.noiseFor(at.high-at.low, weight))
				if b.fillNoise(words, at, noise) {
					if err := b.submit(to-from, weight); err != nil {
						return err
					}
				}
			}
			if b.params.HS && b.fillNodes(words, at) {
				if err := b.submit(to-from, weight); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// block is a part of a title: places from <= i < to as inputs, low <= j < high as
// outputs.
type block struct{ from, to, low, high int }

// bit is a word's place in a set of 64: one that is empty tells most new words from
// all others without a look at them.
func bit(word int32) uint64 { return 1 << (uint32(word) & 63) }

// allDiffer says whether no word stands twice in a short title, and which bits are
// taken.
func allDiffer(words []int32) (seen uint64, differ bool) {
	for i, w := range words {
		if seen&bit(w) != 0 && slices.Contains(words[:i], w) {
			return 0, false
		}
		seen |= bit(w)
	}
	return seen, true
}

// fillPlain fills the next slot with a title whose words all differ and take the bits
// of seen. When a noise word is a word of the title or was drawn before, the
// weights are not those of the template: then it returns what was drawn.
func (b *batcher) fillPlain(words []int32, seen uint64, t *template) (noise []int32) {
	n := len(words)
	slot := &b.slots[b.next]
	out, plain := append(slot.out[:0], words...), true
	for range t.noise {
		w := b.negatives.draw(&b.rng)
		if seen&bit(w) != 0 && slices.Contains(out, w) {
			plain = false
		}
		seen |= bit(w)
		out = append(out, w)
	}
	slot.out = out
	if !plain {
		b.noise = append(b.noise[:0], out[n:]...)
		return b.noise
	}
	slot.in, slot.target = append(slot.in[:0], words...), b.out
	slot.a, slot.b, slot.pairs = t.a, t.b, t.pairs
	return nil
}

func (b *batcher) drawNoise(n int) []int32 {
	b.noise = b.noise[:0]
	for range n {
		b.noise = append(b.noise, b.negatives.draw(&b.rng))
	}
	return b.noise
}

// fillNoise fills the next slot with a block of a title whose words may repeat,
// and noise words that may be among them. It returns false for a block without
// a pair.
func (b *batcher) fillNoise(words []int32, at block, noise []int32) bool {
	slot := &b.slots[b.next]
	slot.target = b.out
	slot.in, b.inAt = distinct(slot.in[:0], b.inAt[:0], words[at.from:at.to])
	slot.out, b.outAt = distinct(slot.out[:0], b.outAt[:0], words[at.low:at.high])
	b.drawn = append(b.drawn[:0], make([]float32, len(slot.out))...)
	for _, w := range noise {
		c := slices.Index(slot.out, w)
		if c < 0 {
			c = len(slot.out)
			slot.out = append(slot.out, w)
			b.drawn = append(b.drawn, 0)
		}
		b.drawn[c]++
	}
	ld := len(slot.out)
	slot.ownA, slot.ownB = weights(slot.ownA, len(slot.in)*ld), weights(slot.ownB, len(slot.in)*ld)
	slot.a, slot.b, slot.pairs = slot.ownA, slot.ownB, 0
	b.total = zeros(b.total, len(slot.in))
	for i := at.from; i < at.to; i++ {
		r := b.inAt[i-at.from]
		row := slot.a[int(r)*ld:]
		for j := at.low; j < at.high; j++ {
			if w := b.pairWeight(i, j); w > 0 {
				row[b.outAt[j-at.low]] += w
				b.total[r] += w
			}
		}
	}
	scale := float32(b.params.Negative) / float32(len(noise))
	for r, total := range b.total {
		slot.pairs += float64(total)
		from := slot.a[r*ld : (r+1)*ld]
		to := slot.b[r*ld : (r+1)*ld]
		for c, w := range from {
			to[c] = w + scale*b.drawn[c]*(total-w)
		}
	}
	return slot.pairs > 0
}

// fillNodes fills the next slot with a block and the inner nodes on the paths of
// its outputs. It returns false for a block without a pair.
//
// All paths begin at the root, so of a path the nodes that were met before stand
// first; the rest are new, and lie side by side among the outputs.
func (b *batcher) fillNodes(words []int32, at block) bool {
	slot := &b.slots[b.next]
	slot.target = b.nodeOut
	slot.in, b.inAt = distinct(slot.in[:0], b.inAt[:0], words[at.from:at.to])
	slot.out, b.outAt = slot.out[:0], b.outAt[:0]
	for _, w := range words[at.low:at.high] {
		nodes, _ := b.tree.path(w)
		met := 0
		for _, node := range nodes {
			c := b.nodePlace[node]
			if int(c) >= len(slot.out) || slot.out[c] != node {
				break
			}
			b.outAt = append(b.outAt, c)
			met++
		}
		for _, node := range nodes[met:] {
			c := int32(len(slot.out))
			b.nodePlace[node] = c
			slot.out = append(slot.out, node)
			b.outAt = append(b.outAt, c)
		}
	}
	n, ld := len(slot.in), len(slot.out)
	slot.ownA, slot.ownB = weights(slot.ownA, n*ld), weights(slot.ownB, n*ld)
	slot.a, slot.b, slot.pairs = slot.ownA, slot.ownB, 0
	steps, out := b.outAt, 0
	for j := at.low; j < at.high; j++ {
		_, right := b.tree.path(words[j])
		b.total = zeros(b.total, n)
		for i := at.from; i < at.to; i++ {
			w := b.pairWeight(i, j)
			b.total[b.inAt[i-at.from]] += w
			slot.pairs += float64(w)
		}
		met := 0
		for met < len(right) && int(steps[met]) < out {
			met++
		}
		last := out + len(right) - met
		for i, w := range b.total {
			if w == 0 {
				continue
			}
			rowA, rowB := slot.a[i*ld:(i+1)*ld], slot.b[i*ld:(i+1)*ld]
			turns := [2]float32{w, 0} // to the left the answer is yes
			for step, c := range steps[:met] {
				rowB[c] += w
				rowA[c] += turns[right[step]&1]
			}
			rest := right[met:]
			newA, newB := rowA[out:last][:len(rest)], rowB[out:last][:len(rest)]
			for k, turn := range rest {
				newB[k] = w
				newA[k] = turns[turn&1]
			}
		}
		steps, out = steps[len(right):], last
	}
	if ld == 0 { // the only word there is
		b.pairs += slot.pairs
		return false
	}
	return slot.pairs > 0
}

// distinct appends the words that differ to rows, and to at for every word its
// place there.
func distinct(rows, at, words []int32) (distinctRows, places []int32) {
	var seen uint64
	for _, w := range words {
		place := -1
		if seen&bit(w) != 0 {
			place = slices.Index(rows, w)
		}
		if place < 0 {
			place = len(rows)
			rows = append(rows, w)
		}
		seen |= bit(w)
		at = append(at, int32(place))
	}
	return rows, at
}

// zeros returns n zeros, in s if it is large enough.
func zeros(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n, 2*n)
	}
	s = s[:n]
	clear(s)
	return s
}

// weights returns n zeros, and what Steps wants behind them.
func weights(s []float32, n int) []float32 { return zeros(s, n+simd.StepsPad) }

// submit asks for the rows of the slot just filled, which has so many places of a
// title as inputs, and trains the one before.
func (b *batcher) submit(places int, weight float32) error {
	slot := &b.slots[b.next]
	slot.weight = weight
	b.kernels.Prefetch(b.in, slot.in)
	b.kernels.Prefetch(slot.target, slot.out)
	b.next = 1 - b.next
	if b.ready {
		b.train(&b.slots[b.next])
	}
	b.ready = true
	return b.tick(places)
}

// flush trains the block that waits.
func (b *batcher) flush() {
	if b.ready {
		b.train(&b.slots[1-b.next])
		b.ready = false
	}
}

// train does the steps of a block.
func (b *batcher) train(t *batch) {
	if n := max(len(t.in)*len(t.out), simd.StepsWork(t.target, len(t.out))); len(b.s) < n {
		b.s = make([]float32, 2*n)
	}
	if b.steps%measureEvery == 0 {
		b.measure(t)
	}
	b.steps++
	b.pairs += t.pairs
	if !b.kernels.Steps(b.in, t.in, t.target, t.out, t.a, t.b, len(t.out), b.s, b.rate*t.weight) {
		b.badScore = float32(math.NaN()) // unless a score tells more
		b.measure(t)
	}
}

// measureEvery is how many blocks there are for each one whose loss is measured.
const measureEvery = 64

// measure adds the loss of a block, as its scores are at the moment.
func (b *batcher) measure(t *batch) {
	s := b.s[:len(t.in)*len(t.out)]
	b.kernels.Dots(s, len(t.out), b.in, t.in, t.target, t.out)
	var loss float64
	for i, score := range s {
		if !(score > -maxScore && score < maxScore) {
			b.badScore = score
			return
		}
		if w := t.a[i]; w > 0 {
			loss += float64(w) * logLoss(float64(score))
		}
		if w := t.b[i] - t.a[i]; w > 0 {
			loss += float64(w) * logLoss(-float64(score))
		}
	}
	b.loss += loss
	b.sampled += t.pairs
}
