package projection

import (
	"math"
)

// link is one edge of the fuzzy graph, in one direction. Both directions are
// there.
type link struct {
	from, to int32
	weight   float32
}

// Of umap-learn's smooth_knn_dist.
const (
	searchSteps  = 64
	searchFit    = 1e-5
	leastOfScale = 1e-3 // of a mean distance
)

// fuzzy returns the fuzzy simplicial set of the neighbours, as edges in the order
// of from and to. Point i is linked with its neighbour j by
//
//	w(i,j) = exp(-max(0, d(i,j)-rho) / sigma)
//
// where rho is the distance to the nearest point that is not equal to i, and
// sigma such that the weights of i sum to log2(k). Both directions join to
// w(i,j) + w(j,i) - w(i,j)w(j,i).
//
// Reference: McInnes, Healy and Melville, arXiv:1802.03426, algorithms 2 and 3.
func (near *nearest) fuzzy() []link {
	k := near.k
	n := len(near.index) / k
	var mean float64
	for _, d := range near.distances {
		mean += float64(d) / float64(len(near.distances))
	}
	weights := make([]map[int32]float32, n) // of both directions
	for i := range weights {
		weights[i] = make(map[int32]float32, k)
	}
	for i := range n {
		distances := near.distances[i*k : (i+1)*k]
		rho, sigma := smooth(distances, mean)
		for j, d := range distances {
			to := near.index[i*k+j]
			if int(to) == i {
				continue
			}
			w := 1.0
			if beyond := float64(d) - rho; beyond > 0 && sigma > 0 {
				w = math.Exp(-beyond / sigma)
			}
			weights[i][to] = float32(w)
		}
	}
	var links []link
	for i := range n {
		for j, w := range weights[i] {
			back := weights[j][int32(i)]
			joined := w + back - w*back
			links = append(links, link{int32(i), j, joined})
			if back == 0 {
				links = append(links, link{j, int32(i), joined})
			}
		}
	}
	return inOrder(links, n)
}

// smooth returns rho and sigma of one point.
func smooth(distances []float32, meanOfAll float64) (rho, sigma float64) {
	var mean float64
	for _, d := range distances {
		mean += float64(d) / float64(len(distances))
		if d > 0 && rho == 0 {
			rho = float64(d)
		}
	}
	target := math.Log2(float64(len(distances)))
	low, high := 0.0, math.Inf(1)
	sigma = 1
	for range searchSteps {
		var sum float64
		for _, d := range distances[1:] {
			if beyond := float64(d) - rho; beyond > 0 {
				sum += math.Exp(-beyond / sigma)
			} else {
				sum++
			}
		}
		if math.Abs(sum-target) < searchFit {
			break
		}
		switch {
		case sum > target:
			high = sigma
			sigma = (low + high) / 2
		case math.IsInf(high, 1):
			low = sigma
			sigma *= 2
		default:
			low = sigma
			sigma = (low + high) / 2
		}
	}
	if rho > 0 {
		return rho, max(sigma, leastOfScale*mean)
	}
	return rho, max(sigma, leastOfScale*meanOfAll)
}

// inOrder sorts links by from and to: two passes of counting, since a map gives
// them in any order and equal seeds are to give equal layouts.
func inOrder(links []link, n int) []link {
	by := func(key func(link) int32) {
		starts := make([]int, n+1)
		for _, l := range links {
			starts[key(l)+1]++
		}
		for i := range n {
			starts[i+1] += starts[i]
		}
		out := make([]link, len(links))
		for _, l := range links {
			out[starts[key(l)]] = l
			starts[key(l)]++
		}
		links = out
	}
	by(func(l link) int32 { return l.to })
	by(func(l link) int32 { return l.from })
	return links
}
