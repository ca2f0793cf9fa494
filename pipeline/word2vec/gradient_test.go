package word2vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStepsFollowTheGradient compares what one prediction changes with the slope of
// its loss, measured by moving each number a little.
func TestStepsFollowTheGradient(t *testing.T) {
	for name, p := range objectives() {
		if batched(p) {
			continue // see TestBatchesFollowTheGradient
		}
		t.Run(name, func(t *testing.T) {
			p.VectorSize, p.MinCount, p.Window = 6, 1, 1
			const rate = 1e-3
			c, d := InMemory([][]string{{"a", "b", "c"}, {"a", "c", "d"}, {"e", "a"}})
			v, err := newVocabulary(t.Context(), d, 1)
			if err != nil {
				t.Fatal(err)
			}
			start := func() *pairwise {
				w := startedWorker(t, c, v, p).method.(*pairwise)
				w.step = rate
				w.sentence = []int32{1, 2, 3} // window 1: only the middle has two neighbours
				return w
			}
			// A single call on a fresh start trains with the same draws each time.
			train := func(w *pairwise) float64 {
				if p.CBOW {
					w.predictFromMean(2, []int32{1}, []int32{3})
				} else {
					clear(w.grad)
					hidden := w.in.Row(1)
					w.predict(2, hidden)
					w.kernels.Axpy(1, w.grad, hidden)
				}
				return w.loss
			}

			moved := start()
			train(moved)
			for m, after := range numbersOf(moved.trainer) {
				before := numbersOf(start().trainer)[m]
				for i := range after {
					const h = 1e-2
					up, down := start(), start()
					*numbersOf(up.trainer)[m][i] += h
					*numbersOf(down.trainer)[m][i] -= h
					slope := (train(up) - train(down)) / (2 * h)
					want := -slope
					if p.CBOW && m == 0 {
						want *= 2 // as in gensim, each of two context words takes the whole gradient of their mean
					}
					got := float64(*after[i]-*before[i]) / rate
					if math.Abs(got-want) > 2e-3 {
						t.Fatalf("matrix %d, number %d moved by %.5f x rate, minus the slope is %.5f", m, i, got, want)
					}
				}
			}
		})
	}
}

// startedWorker returns a worker over vectors that are random and all different.
func startedWorker(t *testing.T, c Corpus, v *vocabulary, p Params) *worker {
	t.Helper()
	tr, err := newTrainer(t.Context(), c, v, p)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for _, matrix := range numbersOf(tr) {
		for _, x := range matrix {
			*x = float32(r.NormFloat64() / 3)
		}
	}
	w := tr.workers[0]
	w.ctx = t.Context()
	w.rng = newRNG(9)
	return w
}

// numbersOf returns the places of all numbers of the three matrices.
func numbersOf(t *trainer) (numbers [3][]*float32) {
	for m, matrix := range t.matrices() {
		for i := range matrix.Rows {
			row := matrix.Row(i)
			for k := range row {
				numbers[m] = append(numbers[m], &row[k])
			}
		}
	}
	return numbers
}

// TestBatchesFollowTheGradient compares what a block changes with the slope of its
// loss, for titles whose words repeat, that are longer than a block, and whose
// noise hits their own words: the vocabulary is tiny.
func TestBatchesFollowTheGradient(t *testing.T) {
	for name, p := range objectives() {
		if !batched(p) {
			continue
		}
		for title, words := range map[string][]int32{
			"plain": {0, 1, 2}, "repeating": {0, 1, 0, 2, 2}, "one word": {1, 1}, "long": {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 0, 1, 1, 2, 4, 3},
		} {
			t.Run(name+"/"+title, func(t *testing.T) {
				p.VectorSize, p.MinCount, p.Window, p.Shared = 6, 1, 2, 3
				const rate, weight = 3e-5, 3
				c, d := InMemory([][]string{{"a", "b", "c"}, {"a", "c", "d"}, {"e", "a"}})
				v, err := newVocabulary(t.Context(), d, 1)
				if err != nil {
					t.Fatal(err)
				}
				start := func() *batcher { return startedWorker(t, c, v, p).method.(*batcher) }
				// The first block is measured, and the only one of titles up to 16.
				train := func(w *batcher, rate float32) float64 {
					w.rate = rate
					if err := w.title(words, weight); err != nil {
						t.Fatal(err)
					}
					w.flush()
					if len(words) > blockIn {
						w.loss = math.NaN()
					}
					return w.loss
				}
				moved := start()
				if train(moved, rate); len(words) > blockIn {
					if got, want := moved.pairs, expectedPairs(len(words), p.Window); math.Abs(got-want) > 1e-3 {
						t.Fatalf("pairs that weigh %g were trained, want %g", got, want)
					}
					return
				}
				for m, after := range numbersOf(moved.trainer) {
					before := numbersOf(start().trainer)[m]
					for i := range after {
						const h = 1e-2
						up, down := start(), start()
						*numbersOf(up.trainer)[m][i] += h
						*numbersOf(down.trainer)[m][i] -= h
						want := -(train(up, 0) - train(down, 0)) / (2 * h)
						got := float64(*after[i]-*before[i]) / rate / weight
						if math.Abs(got-want) > 5e-3 {
							t.Fatalf("matrix %d, number %d moved by %.5f x rate, minus the slope is %.5f", m, i, got, want)
						}
					}
				}
			})
		}
	}
}

// expectedPairs is how many pairs pair by pair training has on average of a title
// of n words.
func expectedPairs(n, window int) (pairs float64) {
	for reach := 1; reach <= window; reach++ {
		for at := range n {
			pairs += float64(min(at, reach)+min(n-1-at, reach)) / float64(window)
		}
	}
	return pairs
}
