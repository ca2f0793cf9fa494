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
