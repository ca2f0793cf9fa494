package word2vec

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"gondola/pipeline/simd"
)

// startTrainer makes a trainer as Train does.
func startTrainer(t *testing.T, c Corpus, d Dictionary, p Params, cp Checkpoints) *trainer {
	t.Helper()
	v, err := newVocabulary(t.Context(), d, p.MinCount)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := newTrainer(t.Context(), c, v, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.useCheckpoints(t.Context(), cp); err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestT4WildRateStopsWithEpochAndRate(t *testing.T) {
	memory, d := InMemory(topicTitles(4, 30, chunkTitles, 3))
	for name, p := range objectives() {
		t.Run(name, func(t *testing.T) {
			p.Alpha, p.VectorSize = 1e6, 16
			c := &watched{Corpus: memory, before: func(int64) {}}
			m, err := Train(t.Context(), c, d, p, nil)
			var diverged *DivergedError
			if m != nil || !errors.As(err, &diverged) {
				t.Fatalf("got %v, %v, want a *DivergedError", m, err)
			}
			if diverged.Epoch != 1 || diverged.Epochs != p.Epochs || diverged.Alpha != 1e6 || diverged.ParamName() != "alpha" {
				t.Errorf("got %+v, want epoch 1 of %d at alpha 1e6", diverged, p.Epochs)
			}
			if !strings.Contains(err.Error(), "epoch 1 of 5 at learning rate 1e+06") {
				t.Errorf("the error is %q", err)
			}
			if c.given.Load() > 1000 {
				t.Errorf("%d titles were read", c.given.Load())
			}
		})
	}
}

// TestT4InjectedNaN puts a NaN into a vector while a shard is trained. In a vector in
// use it is found by the next check, in one that no title uses before anything is
// saved. The last state is good: the training goes on from it to the model that it
// would have made.
func TestT4InjectedNaN(t *testing.T) {
	const at = 2*chunkTitles + 500 // in the third shard, of the first epoch
	memory, d := InMemory(topicTitles(4, 30, 3*chunkTitles, 1))
	d.Words, d.Counts = append(d.Words, "unused"), append(d.Counts, 5)
	for name, p := range objectives() {
		p = small(p)
		want, err := Train(t.Context(), memory, d, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		for place, inject := range map[string]func(*trainer){
			"word in use": func(tr *trainer) { tr.in.Row(0)[0] = float32(math.NaN()) },
			"outputs in use": func(tr *trainer) { // of the frequent words, or of the nodes near the leaves
				for _, matrix := range []*simd.Matrix{tr.out, tr.nodeOut} {
					for i := range min(matrix.Rows, 8) {
						for k := range matrix.Row(i) {
							matrix.Row(i)[k] = float32(math.NaN())
						}
					}
				}
			},
			"unused word": func(tr *trainer) { tr.in.Row(tr.in.Rows - 1)[0] = float32(math.NaN()) },
		} {
			t.Run(name+"/"+place, func(t *testing.T) {
				var tr *trainer
				c := &watched{Corpus: memory, before: func(given int64) {
					if given == at {
						inject(tr)
					}
				}}
				var states [][]byte
				tr = startTrainer(t, c, d, p, Checkpoints{Save: func(write func(io.Writer) error) error {
					var b bytes.Buffer
					err := write(&b)
					states = append(states, b.Bytes())
					return err
				}})
				err := tr.train(t.Context())
				var diverged *DivergedError
				if !errors.As(err, &diverged) || diverged.Epoch != 1 || !math.IsNaN(diverged.Score) || diverged.Alpha <= 0 {
					t.Fatalf("got %v, want divergence by NaN in epoch 1 at its rate", err)
				}
				late := c.given.Load() - at
				if limit := int64(tr.checkEvery); place != "unused word" && late > limit || late > chunkTitles {
					t.Errorf("%d titles were trained with the NaN, a check is due after %d words", late, limit)
				}
				if len(states) != 2 {
					t.Fatalf("%d states were saved, want those of the two good shards", len(states))
				}
				m, err := TrainWithCheckpoints(t.Context(), memory, d, p, Checkpoints{From: bytes.NewReader(states[1])}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if digest(m) != digest(want) {
					t.Error("from the last good state another model is made")
				}
			})
		}
	}
}
