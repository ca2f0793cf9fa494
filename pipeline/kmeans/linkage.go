package kmeans

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Merge joins two groups of centres into one. Groups are numbered as by scipy's
// linkage: 0 to n-1 are the centres, n+i is what merge i made.
type Merge struct {
	A, B     int     // A < B
	Distance float64 // mean distance of their members
	Size     int     // centres in the new group
}

// Linkage joins centres, rows of dim numbers, until one group is left: always
// the two groups whose members are nearest in the mean (UPGMA, the method
// "average" of scipy.cluster.hierarchy.linkage). The distance is that of the
// metric, Euclidean or 1-cos. There are n-1 merges, the nearest first. Time and
// memory grow with the square of n: 8 n^2 bytes. It panics unless rows are whole.
//
// The groups are found by chains of nearest neighbours (Muellner, Modern
// hierarchical, agglomerative clustering algorithms, 2011, section 3.2).
func Linkage(rows []float32, dim int, metric string) []Merge {
	if dim < 1 || len(rows)%dim != 0 {
		panic(fmt.Sprintf("kmeans: %d numbers are no rows of %d", len(rows), dim))
	}
	n := len(rows) / dim
	d := distances(rows, dim, metric == Cosine)
	size := make([]int, n)
	for i := range size {
		size[i] = 1
	}
	alive := make([]bool, n)
	for i := range alive {
		alive[i] = true
	}
	type joined struct {
		a, b     int // members
		distance float64
	}
	var list []joined
	var chain []int
	for len(list) < n-1 {
		if len(chain) == 0 {
			chain = append(chain, slices.Index(alive, true))
		}
		a := chain[len(chain)-1]
		nearest, least := -1, math.Inf(1)
		if len(chain) > 1 { // of equals the one before: or the chain would never turn
			nearest = chain[len(chain)-2]
			least = d[a*n+nearest]
		}
		for b := range n {
			if alive[b] && b != a && d[a*n+b] < least {
				nearest, least = b, d[a*n+b]
			}
		}
		if len(chain) < 2 || nearest != chain[len(chain)-2] {
			chain = append(chain, nearest)
			continue
		}
		chain = chain[:len(chain)-2]
		b := nearest
		if b < a {
			a, b = b, a
		}
		list = append(list, joined{a, b, least})
		for k := range n { // b lives on as both
			if alive[k] && k != a && k != b {
				mean := (float64(size[a])*d[a*n+k] + float64(size[b])*d[b*n+k]) / float64(size[a]+size[b])
				d[b*n+k], d[k*n+b] = mean, mean
			}
		}
		size[b] += size[a]
		alive[a] = false
	}
	slices.SortStableFunc(list, func(x, y joined) int { return cmp.Compare(x.distance, y.distance) })
	return numbered(n, len(list), func(i int) (int, int, float64) { return list[i].a, list[i].b, list[i].distance })
}

// numbered turns merges of members into merges of groups.
func numbered(n, merges int, merge func(i int) (a, b int, distance float64)) []Merge {
	parent := make([]int, n+merges)
	size := make([]int, n+merges)
	for i := range parent {
		parent[i] = i
		size[i] = 1
	}
	top := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	out := make([]Merge, merges)
	for i := range out {
		a, b, distance := merge(i)
		a, b = top(a), top(b)
		parent[a], parent[b] = n+i, n+i
		size[n+i] = size[a] + size[b]
		out[i] = Merge{A: min(a, b), B: max(a, b), Distance: distance, Size: size[n+i]}
	}
	return out
}

// distances are those of all pairs of rows, n x n.
func distances(rows []float32, dim int, cosine bool) []float64 {
	n := len(rows) / dim
	d := make([]float64, n*n)
	norms := make([]float64, n)
	for i := range n {
		for _, v := range rows[i*dim : (i+1)*dim] {
			norms[i] += float64(v) * float64(v)
		}
		norms[i] = math.Sqrt(norms[i])
	}
	for i := range n {
		a := rows[i*dim : (i+1)*dim]
		for j := range i {
			var squares, dot float64
			for k, v := range rows[j*dim : (j+1)*dim] {
				x, y := float64(a[k]), float64(v)
				squares += (x - y) * (x - y)
				dot += x * y
			}
			far := math.Sqrt(squares)
			if cosine {
				far = 1
				if norms[i] > 0 && norms[j] > 0 {
					far = max(0, 1-dot/norms[i]/norms[j])
				}
			}
			d[i*n+j], d[j*n+i] = far, far
		}
	}
	return d
}
