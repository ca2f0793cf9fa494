package word2vec

// pairwise trains one pair after the other, each against noise words of its own, as
// gensim does: the reference for the batches, and the way of CBOW.
type pairwise struct {
	*worker
	sentence []int32   // rows of the words of the title that are used
	mean     []float32 // hidden vector of CBOW
	grad     []float32 // what the hidden vector will move by
	step     float32   // learning rate times the title's weight
}

func newPairwise(w *worker) *pairwise {
	return &pairwise{
		worker: w,
		mean:   make([]float32, w.params.VectorSize),
		grad:   make([]float32, w.params.VectorSize),
	}
}

// title trains the words of a title that are used, with a weight.
func (w *pairwise) title(words []int32, weight float32) error {
	w.sentence = words
	for at := range words {
		if err := w.tick(1); err != nil {
			return err
		}
		w.step = w.rate * weight
		w.word(at)
	}
	return nil
}

func (w *pairwise) flush() {}

// word trains the word at a place of the sentence with the words around it.
func (w *pairwise) word(at int) {
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
		hidden := w.in.Row(int(context))
		clear(w.grad)
		w.predict(target, hidden)
		w.kernels.Axpy(1, w.grad, hidden)
	}
}

// predictFromMean is a prediction of CBOW. As in gensim, every context word moves
// by the whole gradient of the mean.
func (w *pairwise) predictFromMean(target int32, before, after []int32) {
	clear(w.mean)
	scale := 1 / float32(len(before)+len(after))
	for _, row := range before {
		w.kernels.Axpy(scale, w.in.Row(int(row)), w.mean)
	}
	for _, row := range after {
		w.kernels.Axpy(scale, w.in.Row(int(row)), w.mean)
	}
	clear(w.grad)
	w.predict(target, w.mean)
	for _, row := range before {
		w.kernels.Axpy(1, w.grad, w.in.Row(int(row)))
	}
	for _, row := range after {
		w.kernels.Axpy(1, w.grad, w.in.Row(int(row)))
	}
}

// predict trains the outputs to predict target from hidden, and adds to grad what
// hidden should move by.
func (w *pairwise) predict(target int32, hidden []float32) {
	measure := w.steps%8 == 0
	w.steps++
	w.pairs++
	if measure {
		w.sampled++
	}
	if w.params.HS {
		nodes, right := w.tree.path(target)
		for i, node := range nodes {
			w.example(hidden, w.nodeOut.Row(int(node)), right[i] == 0, measure)
		}
	}
	if w.params.Negative > 0 {
		w.example(hidden, w.out.Row(int(target)), true, measure)
		for range w.params.Negative {
			if other := w.negatives.draw(&w.rng); other != target {
				w.example(hidden, w.out.Row(int(other)), false, measure)
			}
		}
	}
}

// example is a step of logistic regression: the score hidden x out should be high
// if positive and low if not.
func (w *pairwise) example(hidden, out []float32, positive, measure bool) {
	score := w.kernels.Dot(hidden, out)
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
	w.kernels.Axpy(w.step*g, out, w.grad)
	w.kernels.Axpy(w.step*g, hidden, out)
	if measure {
		if !positive {
			score = -score
		}
		w.loss += logLoss(float64(score))
	}
}
