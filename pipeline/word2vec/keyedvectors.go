package word2vec

import (
	"context"
	"fmt"
	"math"
	"strings"
)

// KeyedVectors are words with their vectors. It does not change after it is made,
// so that it can be used by many goroutines at once.
type KeyedVectors struct {
	words  []string
	counts []int64 // nil: made up, see Count
	dim    int
	data   []float32 // rows x dim, row-major
	norms  []float32 // length of each vector
	rowOf  map[string]int32
}

// NewKeyedVectors makes KeyedVectors of words, how often each occurs, and their
// vectors: data holds len(words) rows of dim numbers, one after the other. Rows
// should come sorted by falling count, ties by word, as [Train] makes them; counts
// may be nil if they are not known. The slices are kept, not copied, and must not
// be changed afterwards.
//
// It refuses lengths that do not fit, a word that stands twice, and numbers that
// are NaN or infinite.
func NewKeyedVectors(words []string, counts []int64, dim int, data []float32) (*KeyedVectors, error) {
	return newKeyedVectors(context.Background(), words, counts, dim, data)
}

func newKeyedVectors(ctx context.Context, words []string, counts []int64, dim int, data []float32) (*KeyedVectors, error) {
	switch {
	case dim < 1:
		return nil, fmt.Errorf("keyed vectors: dim is %d, must be 1 or more", dim)
	case len(words) > math.MaxInt32:
		return nil, fmt.Errorf("keyed vectors: %d words are more than %d", len(words), math.MaxInt32)
	case counts != nil && len(counts) != len(words):
		return nil, fmt.Errorf("keyed vectors: %d words but %d counts", len(words), len(counts))
	case len(data)%dim != 0 || len(data)/dim != len(words):
		return nil, fmt.Errorf("keyed vectors: %d numbers for %d words of %d dimensions", len(data), len(words), dim)
	}
	kv := &KeyedVectors{
		words:  words,
		counts: counts,
		dim:    dim,
		data:   data,
		norms:  make([]float32, len(words)),
		rowOf:  make(map[string]int32, len(words)),
	}
	for i, word := range words {
		if i%(1<<12) == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if before, twice := kv.rowOf[word]; twice {
			return nil, fmt.Errorf("keyed vectors: %q stands in row %d and in row %d", word, before, i)
		}
		kv.rowOf[word] = int32(i)
		kv.norms[i] = norm(kv.Vector(i))
		if x := float64(kv.norms[i]); !finite(x) {
			return nil, fmt.Errorf("keyed vectors: the vector of %q (row %d) is not finite, or too long for a float32", word, i)
		}
	}
	return kv, nil
}

// Len returns the number of words.
func (kv *KeyedVectors) Len() int { return len(kv.words) }

// Dim returns the number of dimensions of a vector.
func (kv *KeyedVectors) Dim() int { return kv.dim }

// Word returns the word of row i, 0 <= i < Len().
func (kv *KeyedVectors) Word(i int) string { return kv.words[i] }

// Count returns how often the word of row i occurs in the corpus. The files of
// word2vec hold no counts; after loading one, counts fall from Len() by one a row,
// as gensim makes them up.
func (kv *KeyedVectors) Count(i int) int64 {
	if kv.counts == nil {
		return int64(len(kv.words) - i)
	}
	return kv.counts[i]
}

// Index returns the row of a word.
func (kv *KeyedVectors) Index(word string) (row int, ok bool) {
	i, ok := kv.rowOf[word]
	return int(i), ok
}

// Vector returns the vector of row i. It is not a copy and must not be changed.
func (kv *KeyedVectors) Vector(i int) []float32 {
	return kv.data[i*kv.dim : (i+1)*kv.dim : (i+1)*kv.dim]
}

// Norm returns the euclidean length of the vector of row i.
func (kv *KeyedVectors) Norm(i int) float32 { return kv.norms[i] }

// Data returns all vectors, Len() rows of Dim() numbers. It is not a copy and must
// not be changed.
func (kv *KeyedVectors) Data() []float32 { return kv.data }

// WordsByPrefix returns the n most frequent words that begin with prefix.
func (kv *KeyedVectors) WordsByPrefix(prefix string, n int) []string {
	var found []string
	for _, word := range kv.words {
		if len(found) >= n {
			break
		}
		if strings.HasPrefix(word, prefix) {
			found = append(found, word)
		}
	}
	return found
}

// norm returns the euclidean length of x. Squares are added up as float64, so that
// they do not overflow.
func norm(x []float32) float32 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return float32(math.Sqrt(sum))
}
