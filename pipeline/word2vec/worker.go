package word2vec

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
)

// maxScore bounds the inner product of two vectors. In a healthy run scores stay
// within a few dozen: the gradient of the log loss fades like e^-score. One
// beyond it, or NaN, means that training has diverged.
const maxScore = 1000

// worker trains titles. Its buffers are made once, so that nothing is allocated
// while it trains.
type worker struct {
	*trainer
	ctx    context.Context
	rng    rng
	rate   float32 // learning rate, refreshed at every check
	titles int64   // seen in this chunk

	sentence []int32   // rows of the words of the title that are used
	mean     []float32 // hidden vector of CBOW
	grad     []float32 // what the hidden vector will move by

	pending    int64   // words read, not yet added to wordsDone
	sinceCheck int     // words trained since the last check
	badScore   float32 // the first score out of bounds, or 0

	// Sums of this epoch.
	pairs, sampled int64
	loss           float64

	// published copies them at every check for whoever reports.
	published struct {
		pairs, sampled atomic.Int64
		loss           atomic.Uint64 // bits of a float64
	}
}

func newWorker(t *trainer) *worker {
	return &worker{
		trainer: t,
		mean:    make([]float32, t.params.VectorSize),
		grad:    make([]float32, t.params.VectorSize),
	}
}

func (w *worker) startEpoch() {
	w.pairs, w.sampled, w.loss = 0, 0, 0
	w.publish()
}

func (w *worker) publish() {
	w.published.pairs.Store(w.pairs)
	w.published.sampled.Store(w.sampled)
	w.published.loss.Store(math.Float64bits(w.loss))
}

// run trains chunks of titles until none are left in this epoch or a state is to
// be saved. Each chunk has random numbers of its own, so that what is drawn does
// not hang on who trains it, nor on what was trained before.
func (w *worker) run() error {
	total, epoch := w.corpus.Len(), w.epoch.Load()
	for first := true; first || !w.saves.due(); first = false {
		from := w.nextTitle.Add(chunkTitles) - chunkTitles
		if from >= total {
			return nil
		}
		to := min(from+chunkTitles, total)
		w.rng = newRNG(w.params.Seed, uint64(epoch), uint64(from))
		w.titles = 0
		if err := w.check(); err != nil {
			return err
		}
		if err := w.corpus.Each(w.ctx, from, to, w.title); err != nil {
			return err
		}
		if err := w.check(); err != nil {
			return err
		}
		if w.titles != to-from {
			return fmt.Errorf("corpus: %d titles given where %d to %d were asked for", w.titles, from, to)
		}
	}
	return nil
}

// check publishes what was done, stops on divergence or cancelling, and sets the
// learning rate.
func (w *worker) check() error {
	done := w.wordsDone.Add(w.pending)
	w.pending, w.sinceCheck = 0, 0
	w.publish()
	if w.badScore != 0 {
		return w.diverged(float64(w.rate), w.badScore)
	}
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	w.rate = float32(w.alpha(done))
	return nil
}

// title trains one title: words without a row are taken out, frequent ones
// thinned out, and what remains is trained word by word.
func (w *worker) title(i int64, ids []int32) error {
	w.titles++
	w.sinceCheck++
	w.sentence = w.sentence[:0]
	for _, id := range ids {
		if uint(id) >= uint(len(w.vocab.rowOf)) {
			return fmt.Errorf("corpus: title %d holds the word id %d, but the dictionary has %d words", i, id, len(w.vocab.rowOf))
		}
		row := w.vocab.rowOf[id]
		if row < 0 {
			continue
		}
		w.pending++
		if chance := w.keep[row]; chance != always && uint32(w.rng.next()>>32) > chance {
			continue
		}
		w.sentence = append(w.sentence, row)
	}
	for at := range w.sentence {
		if w.sinceCheck++; w.sinceCheck >= w.checkEvery {
			if err := w.check(); err != nil {
				return err
			}
		}
		w.word(at)
	}
	return nil
}

// word trains the word at a place of the sentence with the words around it.
func (w *worker) word(at int) {
	reach := w.params.Window - w.rng.below(w.params.Window)
	lo, hi := max(0, at-reach), min(len(w.sentence), at+reach+1)
	if hi-lo < 2 {
		return
	}
	target := w.sentence[at]
	if w.params.CBOW {
		w.predictFromMean(target, w.sentence[lo:at], w.sentence[at+1:hi])
		return
	}
	for j, context := range w.sentence[lo:hi] {
		if lo+j == at {
			continue
		}
		hidden := w.row(w.in, context)
		clear(w.grad)
		w.predict(target, hidden)
		addScaled(1, w.grad, hidden)
	}
}

// predictFromMean is a prediction of CBOW. As in gensim, every context word moves
// by the whole gradient of the mean.
func (w *worker) predictFromMean(target int32, before, after []int32) {
	clear(w.mean)
	scale := 1 / float32(len(before)+len(after))
	for _, row := range before {
		addScaled(scale, w.row(w.in, row), w.mean)
	}
	for _, row := range after {
		addScaled(scale, w.row(w.in, row), w.mean)
	}
	clear(w.grad)
	w.predict(target, w.mean)
	for _, row := range before {
		addScaled(1, w.grad, w.row(w.in, row))
	}
	for _, row := range after {
		addScaled(1, w.grad, w.row(w.in, row))
	}
}

// predict trains the outputs to predict target from hidden, and adds to grad what
// hidden should move by.
func (w *worker) predict(target int32, hidden []float32) {
	measure := w.pairs%8 == 0
	w.pairs++
	if measure {
		w.sampled++
	}
	if w.params.HS {
		nodes, right := w.tree.path(target)
		for i, node := range nodes {
			w.example(hidden, w.row(w.nodeOut, node), !right[i], measure)
		}
	}
	if w.params.Negative > 0 {
		w.example(hidden, w.row(w.out, target), true, measure)
		for range w.params.Negative {
			if other := w.negatives.draw(&w.rng); other != target {
				w.example(hidden, w.row(w.out, other), false, measure)
			}
		}
	}
}

// example is a step of logistic regression: the score hidden x out should be high
// if positive and low if not.
func (w *worker) example(hidden, out []float32, positive, measure bool) {
	score := dot(hidden, out)
	if !(score > -maxScore && score < maxScore) { // also true for NaN
		if w.badScore == 0 {
			w.badScore = score
		}
		return
	}
	g := -w.sigmoid.at(score)
	if positive {
		g++
	}
	step(w.rate*g, hidden, out, w.grad)
	if measure {
		if !positive {
			score = -score
		}
		w.loss += logLoss(float64(score))
	}
}

// row returns a row of a matrix of rows x dim.
func (w *worker) row(matrix []float32, i int32) []float32 {
	dim := w.params.VectorSize
	start := int(i) * dim
	return matrix[start : start+dim : start+dim]
}
