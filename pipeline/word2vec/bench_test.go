package word2vec

import "testing"

// BenchmarkTrain reports vocabulary words a second of one worker, on titles of
// five words by topics.
func BenchmarkTrain(b *testing.B) {
	for name, p := range objectives() {
		b.Run(name, func(b *testing.B) {
			c, d := InMemory(topicTitles(20, 200, 20_000, 1))
			p.Epochs = 1
			var words int64
			for b.Loop() {
				m, err := Train(b.Context(), c, d, p, nil)
				if err != nil {
					b.Fatal(err)
				}
				words += m.Words
			}
			b.ReportMetric(float64(words)/b.Elapsed().Seconds(), "words/s")
		})
	}
}

func BenchmarkMostSimilar(b *testing.B) {
	kv := randomVectors(b, 20_000, 100, 1)
	for b.Loop() {
		if _, err := kv.MostSimilar([]string{"w17"}, nil, 10); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKernels(b *testing.B) {
	x, y, z := make([]float32, 100), make([]float32, 100), make([]float32, 100)
	b.Run("dot", func(b *testing.B) {
		for b.Loop() {
			dot(x, y)
		}
	})
	b.Run("step", func(b *testing.B) {
		for b.Loop() {
			step(0.5, x, y, z)
		}
	})
	b.Run("addScaled", func(b *testing.B) {
		for b.Loop() {
			addScaled(0.5, x, y)
		}
	})
}
