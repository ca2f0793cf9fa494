package word2vec

import (
	"math"
	"math/bits"
)

// rng is splitmix64 (Steele, Lea and Flood, 2014): eight bytes of state and a
// good 64-bit number from an addition and three mixing steps.
type rng struct{ state uint64 }

// newRNG starts a generator for one piece of the work. Pieces with different
// numbers have unrelated streams.
func newRNG(seed uint64, piece ...uint64) rng {
	r := rng{seed}
	for _, p := range piece {
		r.state = r.next() ^ p
	}
	r.state = r.next()
	return r
}

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1, by multiplication instead of a slow
// remainder; n is at most 2^32.
func (r *rng) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// unit returns a number in [0, 1) of 24 bits, as many as a float32 holds.
func (r *rng) unit() float32 { return float32(r.next()>>40) / (1 << 24) }

// aliasTable draws from a fixed distribution in constant time (Walker's alias
// method, built as Vose does): pick a column, then keep it or take its alias.
type aliasTable []aliasColumn

type aliasColumn struct {
	keep  uint32 // chance of keeping the column, in units of 2^-32
	alias int32
}

// newAliasTable makes a table that draws i in proportion to weights[i]. Weights
// must be above zero and finite.
func newAliasTable(weights []float64) aliasTable {
	n := len(weights)
	t := make(aliasTable, n)
	// Dividing by the largest first keeps the sum finite.
	var sum, largest float64
	for _, w := range weights {
		largest = max(largest, w)
	}
	for _, w := range weights {
		sum += w / largest
	}
	scaled := make([]float64, n) // mean 1
	var small, large []int32
	for i, w := range weights {
		scaled[i] = w / largest / sum * float64(n)
		if scaled[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		t[s] = aliasColumn{keep: uint32(scaled[s] * math.MaxUint32), alias: l}
		scaled[l] -= 1 - scaled[s]
		if scaled[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	// What is left is 1 but for rounding.
	for _, rest := range [][]int32{small, large} {
		for _, i := range rest {
			t[i] = aliasColumn{keep: math.MaxUint32, alias: i}
		}
	}
	return t
}

func (t aliasTable) draw(r *rng) int32 {
	x := r.next()
	row := int32((x >> 32) * uint64(len(t)) >> 32)
	column := t[row]
	if uint32(x) > column.keep { // as a move, not a branch: nobody can foretell it
		row = column.alias
	}
	return row
}

// negativeWeights returns count^exponent for every word.
func negativeWeights(counts []int64, exponent float64) []float64 {
	weights := make([]float64, len(counts))
	for i, n := range counts {
		weights[i] = math.Pow(float64(n), exponent)
	}
	return weights
}

// always as a chance means that a word is never thinned out.
const always = math.MaxUint32

// keepChances returns with what chance, in units of 2^-32, an occurrence of each
// word is used. With t as the threshold count, a word that occurs n times is kept
// with chance (sqrt(n/t) + 1) * t/n, the formula of word2vec.c and gensim.
func keepChances(counts []int64, total int64, subsample float64) []uint32 {
	threshold := subsample * float64(total)
	if subsample >= 1 {
		threshold = math.Floor(subsample * (3 + math.Sqrt(5)) / 2)
	}
	chances := make([]uint32, len(counts))
	for i, n := range counts {
		chances[i] = always
		if subsample == 0 {
			continue
		}
		share := threshold / float64(n)
		if p := (math.Sqrt(1/share) + 1) * share; p < 1 {
			chances[i] = uint32(p * math.MaxUint32)
		}
	}
	return chances
}

// use is what becomes of an occurrence of a word of the dictionary.
type use struct {
	row    int32  // of its vector; -1 without one
	chance uint32 // that it is used, in units of 2^-32
}

// newUses puts side by side what each word that is read asks for.
func newUses(rowOf []int32, keep []uint32) []use {
	uses := make([]use, len(rowOf))
	for id, row := range rowOf {
		uses[id].row = row
		if row >= 0 {
			uses[id].chance = keep[row]
		}
	}
	return uses
}
