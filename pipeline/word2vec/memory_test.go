package word2vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gondola/internal/need"
)

// heap returns the bytes that are held now.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first has found unused
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// zipfDictionary is a dictionary of words that occur as words do, in no order, and a
// corpus of two titles.
func zipfDictionary(words int) (Corpus, Dictionary) {
	d := Dictionary{Words: make([]string, words), Counts: make([]int64, words)}
	for n, i := range rand.New(rand.NewPCG(1, 1)).Perm(words) {
		d.Words[i], d.Counts[i] = fmt.Sprintf("w%07d", i), int64(1+words/(n+1))
	}
	return memoryCorpus{{0, 1, 2, 3}, {0, 1, 2, 3}}, d
}

// TestMemoryIsHonest compares the estimate with what is held: at the end of an epoch
// and by the finished model, whichever is more.
func TestMemoryIsHonest(t *testing.T) {
	for name, p := range objectives() {
		for _, shape := range []struct{ words, dim, minCount int }{
			{50_000, 10, 1}, {1000, 300, 1}, {10_000, 100, 1}, {50_000, 50, 2},
		}[:need.Size(4, 2)] {
			p := p
			p.VectorSize, p.MinCount, p.Subsample, p.Epochs = shape.dim, shape.minCount, 0, 1
			c, d := zipfDictionary(shape.words)
			words := d.Frequent(p.MinCount)
			before := heap()
			v, err := newVocabulary(t.Context(), d, p.MinCount)
			if err != nil {
				t.Fatal(err)
			}
			tr, err := newTrainer(t.Context(), c, v, p)
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.train(t.Context()); err != nil {
				t.Fatal(err)
			}
			tr.out.Close()
			tr.nodeOut.Close()
			kv, err := NewKeyedVectors(v.words, v.counts, p.VectorSize, tr.vectors())
			if err != nil {
				t.Fatal(err)
			}
			held := heap() - before
			for _, m := range tr.matrices() {
				if size := int64(4 * len(m.Data)); size > 2<<20 { // it lies outside Go's heap
					held += size
				}
			}
			runtime.KeepAlive(d) // whose words the vocabulary shares
			runtime.KeepAlive(tr)
			runtime.KeepAlive(kv)
			if len(v.words) != words {
				t.Errorf("%d words are frequent, and %d are trained", words, len(v.words))
			}
			// The buffers of saving are not in use here.
			estimate := p.Memory(words, shape.words) - 1<<20
			if ratio := float64(estimate) / float64(held); ratio < 0.8 || ratio > 1.2 {
				t.Errorf("%s, %d of %d words x %d: estimated %d bytes, held are %d: %.2f", name, words, shape.words, shape.dim, estimate, held, ratio)
			}
		}
	}
}

func TestMemoryOfTheUnthinkable(t *testing.T) {
	p := DefaultParams()
	p.VectorSize, p.HS = maxVectorSize, true
	if got := p.Memory(math.MaxInt32, math.MaxInt32); got < 1<<48 {
		t.Errorf("2^31 words of %d dimensions take %d bytes", p.VectorSize, got)
	}
	if got := p.Memory(0, 0); got < 0 || got > 2<<20 {
		t.Errorf("no words take %d bytes", got)
	}
}
