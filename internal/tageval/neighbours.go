package tageval

import (
	"math"
	"slices"

	"gondola/pipeline/simd"
)

// NeighbourPurity is the share of the k nearest neighbours by cosine that carry
// the label of the item itself, over about so many items evenly spread (k-NN
// category purity). vectors holds an item's vector by row, unit says how many rows
// it has; an item whose label is empty, or whose vector is zero, is neither asked
// nor found. 0 without any.
func NeighbourPurity(vectors *simd.Matrix, labels []string, queries, k int) float64 {
	kernels := simd.Best()
	unit := simd.NewMatrix(vectors.Rows, vectors.Dim)
	defer unit.Close()
	var items []int32
	for i, label := range labels {
		v := vectors.Row(i)
		norm := float32(math.Sqrt(float64(kernels.Dot(v, v))))
		if label == "" || norm == 0 {
			continue
		}
		kernels.Axpy(1/norm, v, unit.Row(i))
		items = append(items, int32(i))
	}
	if len(items) <= k {
		return 0
	}
	scores := make([]float32, len(items))
	nearest := make([]int32, 0, k+1) // places in items, nearest first
	var same, all float64
	for q := 0; q < len(items); q += max(1, len(items)/queries) {
		kernels.Dots(scores, len(items), unit, items[q:q+1], unit, items)
		nearest = nearest[:0]
		for i, s := range scores {
			if i == q || len(nearest) == k && s <= scores[nearest[k-1]] {
				continue
			}
			at, _ := slices.BinarySearchFunc(nearest, s, func(n int32, s float32) int {
				if scores[n] >= s {
					return -1
				}
				return 1
			})
			nearest = slices.Insert(nearest, at, int32(i))
			nearest = nearest[:min(len(nearest), k)]
		}
		for _, n := range nearest {
			all++
			same += oneIf(labels[items[n]] == labels[items[q]])
		}
	}
	return same / all
}
