package word2vec

import "math"

// Frequent returns how many words occur minCount times or more: the words that
// [Train] gives a vector.
func (d Dictionary) Frequent(minCount int) int {
	words := 0
	for _, n := range d.Counts {
		if n >= int64(minCount) {
			words++
		}
	}
	return words
}

// Memory estimates the bytes that [Train] holds at most, for words that get a vector
// (see [Dictionary.Frequent]) of a dictionary of distinct words. It does not grow with
// the number of titles. The dictionary and the corpus are the caller's and are not
// counted. It is, with V words of dim D:
//
//	4 V S          vectors; a row is of S = D rounded up to 16
//	4 V S          outputs, with negative sampling
//	4 V S          inner nodes, with hierarchical softmax
//	               (these two make room at the end for the vectors as they are
//	               returned, 4 V D)
//	85 V           words and counts, draws, thinning, lengths, the index of the result
//	V (6 log2 V+12) paths of the tree, with hierarchical softmax
//	4 distinct     rows of the dictionary's ids
//	1 MiB          buffers, also those of saving a state
//
// The runtime takes more from the system than a program holds: by GOGC=100 up to
// twice as much, less where a memory limit (GOMEMLIMIT) is near.
func (p Params) Memory(words, distinct int) int64 {
	v, dim := int64(max(0, words)), int64(max(0, p.VectorSize))
	total := 4*int64(max(0, distinct)) + 85*v + 1<<20
	matrix := saturatedProduct(4*((dim+15)/16*16), max(1, v))
	total = saturatedSum(total, matrix)
	if p.Negative > 0 {
		total = saturatedSum(total, matrix)
	}
	if p.HS {
		depth := int64(math.Ceil(math.Log2(float64(max(1, v)))))
		total = saturatedSum(saturatedSum(total, matrix), v*(6*depth+12))
	}
	return total
}
