package tag

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkTag tags titles of five words out of 20,000 with vectors of 100
// numbers, k = 100.
func BenchmarkTag(b *testing.B) {
	const words, dim, k = 20_000, 100, 100
	rng := rand.New(rand.NewPCG(1, 1))
	numbers := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.NormFloat64())
		}
		return out
	}
	rows := make([]int32, words)
	for i := range rows {
		rows[i] = int32(i)
	}
	counter, err := NewCounter(words, k)
	if err != nil {
		b.Fatal(err)
	}
	zipf := rand.NewZipf(rng, 1.1, 5, words-1)
	titles := make([]Title, 50_000)
	for i := range titles {
		t := Title{IDs: make([]int32, 5), HeadLen: 4, Cluster: rng.IntN(k)}
		for j := range t.IDs {
			t.IDs[j] = int32(zipf.Uint64())
		}
		counter.Add(t.Cluster, t.IDs, t.HeadLen, 1)
		titles[i] = t
	}
	model, err := NewModel(rows, dim, numbers(words*dim), numbers(k*dim), counter.Stats())
	if err != nil {
		b.Fatal(err)
	}
	for _, method := range []Method{MethodRanked, MethodNear, MethodTitle} {
		b.Run(string(method), func(b *testing.B) {
			tagger, err := model.NewTagger(b.Context(), DefaultOptions(method))
			if err != nil {
				b.Fatal(err)
			}
			var s Scratch
			var tags []Scored
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				tags = tagger.Tag(titles[i%len(titles)], &s, tags[:0])
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			t := titles[i%len(titles)]
			counter.Add(t.Cluster, t.IDs, t.HeadLen, 1)
		}
	})
}
