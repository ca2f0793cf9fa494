package word2vec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Metric is a measure of nearness between vectors: the higher, the nearer.
type Metric int

const (
	// Cosine is the cosine of the angle between two vectors, in [-1, 1]; 0 if
	// either is all zeros.
	Cosine Metric = iota
	// Dot is the dot product (inner product).
	Dot
)

func (m Metric) String() string {
	switch m {
	case Cosine:
		return "cosine"
	case Dot:
		return "dot"
	}
	return fmt.Sprintf("Metric(%d)", int(m))
}

// Similar is a word found to be near something.
type Similar struct {
	Word string
	// Similarity is by the metric that was asked for.
	Similarity float64
	// Count is how often the word occurs in the corpus.
	Count int64
}

// MostSimilar returns the topn words nearest by cosine to the mean of the unit
// vectors of positive, less those of negative; nearest first. The words given are
// left out. It is gensim's most_similar.
//
// Errors: *[UnknownWordError], or no word given.
func (kv *KeyedVectors) MostSimilar(positive, negative []string, topn int) ([]Similar, error) {
	return kv.mostSimilar(positive, negative, topn, Cosine)
}

// MostSimilarByDot is [KeyedVectors.MostSimilar] with the candidates ranked by
// their dot product with the unit vector of that mean, which favours words that
// are used steadily over rare ones. gensim has no such function.
func (kv *KeyedVectors) MostSimilarByDot(positive, negative []string, topn int) ([]Similar, error) {
	return kv.mostSimilar(positive, negative, topn, Dot)
}

func (kv *KeyedVectors) mostSimilar(positive, negative []string, topn int, metric Metric) ([]Similar, error) {
	plus, err := kv.rows(positive)
	if err != nil {
		return nil, err
	}
	minus, err := kv.rows(negative)
	if err != nil {
		return nil, err
	}
	if len(plus)+len(minus) == 0 {
		return nil, errors.New("most similar to what: no word given")
	}
	return kv.nearest(kv.unitMean(plus, minus), topn, metric, append(plus, minus...)), nil
}

// SimilarToVector returns the topn words nearest to a vector of Dim() numbers,
// nearest first, equally near ones by falling count.
func (kv *KeyedVectors) SimilarToVector(vec []float32, topn int, metric Metric) ([]Similar, error) {
	if len(vec) != kv.dim {
		return nil, fmt.Errorf("the vector has %d numbers, those of the model %d", len(vec), kv.dim)
	}
	length := norm(vec)
	if !finite(float64(length)) {
		return nil, errors.New("the vector is not finite, or too long for a float32")
	}
	if metric == Cosine {
		vec = unit(vec)
	}
	return kv.nearest(vec, topn, metric, nil), nil
}

// Similarity returns the cosine of two words. The error, if any, is an
// *[UnknownWordError].
func (kv *KeyedVectors) Similarity(a, b string) (float64, error) {
	rows, err := kv.rows([]string{a, b})
	if err != nil {
		return 0, err
	}
	return kv.score(rows[1], unit(kv.Vector(rows[0])), Cosine), nil
}

// DoesntMatch returns the word that lies farthest, by cosine, from the mean of the
// unit vectors of all. It is gensim's doesnt_match, but for a word that is not in
// the vocabulary: gensim leaves it out, here it is an *[UnknownWordError].
func (kv *KeyedVectors) DoesntMatch(words ...string) (string, error) {
	if len(words) == 0 {
		return "", errors.New("which does not match: no word given")
	}
	rows, err := kv.rows(words)
	if err != nil {
		return "", err
	}
	mean := kv.unitMean(rows, nil)
	odd := slices.MinFunc(rows, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(kv.score(a, mean, Cosine), kv.score(b, mean, Cosine)),
			cmp.Compare(kv.words[a], kv.words[b]))
	})
	return kv.words[odd], nil
}

// rows looks words up.
func (kv *KeyedVectors) rows(words []string) ([]int, error) {
	rows := make([]int, len(words))
	for i, word := range words {
		row, ok := kv.Index(word)
		if !ok {
			return nil, &UnknownWordError{Word: word, Suggestions: kv.suggest(word)}
		}
		rows[i] = row
	}
	return rows, nil
}

// unitMean returns the direction of the mean of unit vectors, with those of minus
// turned round; all zeros if they cancel out.
func (kv *KeyedVectors) unitMean(plus, minus []int) []float32 {
	mean := make([]float32, kv.dim)
	add := func(rows []int, sign float32) {
		for _, row := range rows {
			if n := kv.norms[row]; n > 0 {
				for d, x := range kv.Vector(row) {
					mean[d] += float32(sign / n * x) // not fused, so that all processors round alike
				}
			}
		}
	}
	add(plus, 1)
	add(minus, -1)
	return unit(mean)
}

// unit returns x at length 1, or a copy of x if it is all zeros.
func unit(x []float32) []float32 {
	u := slices.Clone(x)
	if n := norm(x); n > 0 {
		for i := range u {
			u[i] /= n
		}
	}
	return u
}

// score measures row i against a vector, which must be of length 1 for Cosine.
func (kv *KeyedVectors) score(i int, vec []float32, metric Metric) float64 {
	s := exactDot(vec, kv.Vector(i))
	if metric == Dot {
		return s
	}
	if kv.norms[i] == 0 {
		return 0
	}
	return s / float64(kv.norms[i])
}

// exactDot is the inner product added up as float64: a sum of
// products of float32 cannot overflow there.
func exactDot(a, b []float32) float64 {
	var even, odd float64
	b = b[:len(a)]
	i := 0
	for ; i+2 <= len(a); i += 2 {
		even += float64(a[i]) * float64(b[i])
		odd += float64(a[i+1]) * float64(b[i+1])
	}
	if i < len(a) {
		even += float64(a[i]) * float64(b[i])
	}
	return even + odd
}

// nearest returns the topn best rows, best first, without those left out. Equal
// scores keep the order of the rows.
func (kv *KeyedVectors) nearest(vec []float32, topn int, metric Metric, leaveOut []int) []Similar {
	if topn < 1 {
		return nil
	}
	best := make([]candidate, 0, min(topn, len(kv.words)))
	for i := range kv.words {
		if slices.Contains(leaveOut, i) {
			continue
		}
		best = keepBest(best, candidate{i, kv.score(i, vec, metric)})
	}
	slices.SortFunc(best, func(a, b candidate) int {
		if a.worseThan(b) {
			return 1
		}
		return -1
	})
	found := make([]Similar, len(best))
	for i, c := range best {
		found[i] = Similar{kv.words[c.row], c.score, kv.Count(c.row)}
	}
	return found
}

type candidate struct {
	row   int
	score float64
}

func (c candidate) worseThan(d candidate) bool {
	if c.score != d.score {
		return c.score < d.score
	}
	return c.row > d.row
}

// keepBest offers c to a heap of at most cap(heap) candidates with the worst of
// them on top.
func keepBest(heap []candidate, c candidate) []candidate {
	if len(heap) < cap(heap) {
		heap = append(heap, c)
		for i := len(heap) - 1; i > 0; {
			parent := (i - 1) / 2
			if !heap[i].worseThan(heap[parent]) {
				break
			}
			heap[i], heap[parent] = heap[parent], heap[i]
			i = parent
		}
		return heap
	}
	if len(heap) == 0 || c.worseThan(heap[0]) {
		return heap
	}
	heap[0] = c
	for i := 0; ; {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[child].worseThan(heap[worst]) {
				worst = child
			}
		}
		if worst == i {
			return heap
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}
