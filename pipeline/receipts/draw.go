package receipts

import (
	"math"
	"sort"
)

// A draw is a stream of random numbers: splitmix64 (Steele, Lea and Flood,
// 2014). It is eight bytes wide and starts anywhere for free, so every row,
// receipt and product has a stream of its own and none waits for another.
type draw uint64

// Streams of different purpose start from different salts.
const (
	saltBasket = iota + 1
	saltLine
	saltProduct
	saltShop
	saltBrand
	saltPool
)

// newDraw returns the stream that the keys lead to.
func newDraw(keys ...uint64) draw {
	var h uint64
	for _, k := range keys {
		h = mix(h ^ k)
	}
	return draw(h)
}

// mix scatters the bits of x; it is a bijection.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashText is FNV-1a, 64 bits: the key of a name.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func (d *draw) next() uint64 {
	x := mix(uint64(*d))
	*d += 0x9e3779b97f4a7c15
	return x
}

// float returns a number in [0, 1).
func (d *draw) float() float64 { return float64(d.next()>>11) / (1 << 53) }

// intn returns a number in [0, n), for 0 < n < 2^32.
func (d *draw) intn(n int) int { return int(d.next() >> 32 * uint64(n) >> 32) }

// skewed returns a number in [0, n) that prefers the beginning of a list,
// where the catalogue puts what is bought most: the first of ten gets a fifth.
func (d *draw) skewed(n int) int {
	u := d.float()
	return int(u * math.Sqrt(u) * float64(n))
}

// zipf returns a rank in [0, e^logN) by Zipf's law with exponent 1: rank r
// falls with 1/(r+1), approximately.
func (d *draw) zipf(logN float64) uint64 { return uint64(math.Exp(d.float()*logN)) - 1 }

// cumulate returns the running sums of weights, scaled to end at 1.
func cumulate(weights []float64) []float64 {
	out := make([]float64, len(weights))
	var sum float64
	for i, w := range weights {
		sum += w
		out[i] = sum
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// pickShare returns the place of u, in [0, 1), among cumulative shares.
func pickShare(shares []float64, u float64) int {
	i := sort.SearchFloat64s(shares, u)
	// An exact hit belongs to the next, so that a share of 0 is never drawn.
	for i < len(shares)-1 && shares[i] <= u {
		i++
	}
	return i
}
