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
	words  []int32 // rows of the words of the title that are used
	method method

	pending    int64   // words read, not yet added to wordsDone
	sinceCheck int     // words trained since the last check
	badScore   float32 // the first score out of bounds, or 0

	// Sums of this epoch. A pair counts with the chance that a window covers it.
	pairs, sampled float64
	loss           float64
	steps          int64 // batches or predictions of this chunk

	// published copies them at every check for whoever reports: bits of float64.
	published struct{ pairs, sampled, loss atomic.Uint64 }
}

// method trains a title.
type method interface {
	// title trains the words of a title, given as rows, at the rate times weight.
	title(words []int32, weight float32) error
	// flush trains what still waits.
	flush()
}

func newWorker(t *trainer) *worker {
	w := &worker{trainer: t}
	if t.params.CBOW || t.params.Shared == 0 {
		w.method = newPairwise(w)
	} else {
		w.method = newBatcher(w)
	}
	return w
}

func (w *worker) startEpoch() {
	w.pairs, w.sampled, w.loss = 0, 0, 0
	w.publish()
}

func (w *worker) publish() {
	w.published.pairs.Store(math.Float64bits(w.pairs))
	w.published.sampled.Store(math.Float64bits(w.sampled))
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
		w.titles, w.steps = 0, 0
		if err := w.check(); err != nil {
			return err
		}
		if err := w.corpus.Each(w.ctx, from, to, w.title); err != nil {
			return err
		}
		w.method.flush()
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

// tick counts words that were trained, and checks when it is time.
func (w *worker) tick(words int) error {
	if w.sinceCheck += words; w.sinceCheck < w.checkEvery {
		return nil
	}
	return w.check()
}

// title trains one title: once for all the times that it stands there, with a
// weight, or each time.
func (w *worker) title(i int64, ids []int32, times int64) error {
	w.titles++
	if w.params.Fold > 0 {
		return w.present(i, ids, times, float32(min(times, int64(w.params.Fold))))
	}
	for range times {
		if err := w.present(i, ids, 1, 1); err != nil {
			return err
		}
	}
	return nil
}

// present trains one title: words without a row are taken out, frequent ones
// thinned out, and what remains is trained.
func (w *worker) present(i int64, ids []int32, times int64, weight float32) error {
	w.sinceCheck++
	words, uses, read := w.words[:0], w.uses, int64(0)
	for _, id := range ids {
		if uint(id) >= uint(len(uses)) {
			return w.unknownID(i, id)
		}
		u := uses[id]
		if u.row < 0 {
			continue
		}
		read++
		if u.chance != always && uint32(w.rng.next()>>32) > u.chance {
			continue
		}
		words = append(words, u.row)
	}
	w.words = words
	w.pending += read * times
	return w.method.title(w.words, weight)
}
