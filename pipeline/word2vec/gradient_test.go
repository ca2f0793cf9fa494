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
		t.Run(name, func(t *testing.T) {
			p.VectorSize, p.MinCount, p.Window = 6, 1, 1
			const rate = 1e-3
			c, d := InMemory([][]string{{"a", "b", "c"}, {"a", "c", "d"}, {"e", "a"}})
			v, err := newVocabulary(t.Context(), d, 1)
			if err != nil {
				t.Fatal(err)
			}
			start := func() *worker {
				tr, err := newTrainer(t.Context(), c, v, p)
				if err != nil {
					t.Fatal(err)
				}
				r := rand.New(rand.NewPCG(5, 6))
				for _, matrix := range [][]float32{tr.in, tr.out, tr.nodeOut} {
					for i := range matrix {
						matrix[i] = float32(r.NormFloat64() / 3)
					}
				}
				w := tr.workers[0]
				w.rng = newRNG(9)
				w.rate = rate
				w.sentence = []int32{1, 2, 3} // window 1: only the middle has two neighbours
				return w
			}
			// A single call on a fresh start trains with the same draws each time.
			train := func(w *worker) float64 {
				if p.CBOW {
					w.predictFromMean(2, []int32{1}, []int32{3})
				} else {
					clear(w.grad)
					hidden := w.row(w.in, 1)
					w.predict(2, hidden)
					addScaled(1, w.grad, hidden)
				}
				return w.loss
			}

			moved := start()
			train(moved)
			matrices := func(w *worker) [][]float32 { return [][]float32{w.in, w.out, w.nodeOut} }
			for m, after := range matrices(moved) {
				before := matrices(start())[m]
				for i := range after {
					const h = 1e-2
					up, down := start(), start()
					matrices(up)[m][i] += h
					matrices(down)[m][i] -= h
					slope := (train(up) - train(down)) / (2 * h)
					want := -slope
					if p.CBOW && m == 0 {
						want *= 2 // as in gensim, each of two context words takes the whole gradient of their mean
					}
					got := float64(after[i]-before[i]) / rate
					if math.Abs(got-want) > 2e-3 {
						t.Fatalf("matrix %d, number %d moved by %.5f x rate, minus the slope is %.5f", m, i, got, want)
					}
				}
			}
		})
	}
}
