package projection

import (
	"cmp"
	"slices"
)

// evenShare is how much of a coordinate its rank decides in Even.
const evenShare = 0.5

// evenWidth is how wide and high a layout is after Even.
const evenWidth = 20

// Even gives crowded parts of a layout more room and empty ones less, since the
// distances between far groups of UMAP mean nothing: along each axis a point's
// place becomes the mean of where it was, from 0 to 1, and of its rank. The order
// along an axis stays, equal coordinates stay equal, and the middle of the layout
// becomes the origin. A layout of equal points becomes one of zeros.
func Even(layout [][2]float32) [][2]float32 {
	n := len(layout)
	out := make([][2]float32, n)
	order := make([]int, n)
	for c := range 2 {
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(layout[a][c], layout[b][c]) })
		if n == 0 || layout[order[0]][c] == layout[order[n-1]][c] {
			continue
		}
		low, high := float64(layout[order[0]][c]), float64(layout[order[n-1]][c])
		for from := 0; from < n; {
			to := from + 1
			for to < n && layout[order[to]][c] == layout[order[from]][c] {
				to++
			}
			rank := float64(from+to-1) / 2 / float64(n-1)
			place := (float64(layout[order[from]][c]) - low) / (high - low)
			for _, i := range order[from:to] {
				out[i][c] = float32(evenWidth * ((1-evenShare)*place + evenShare*rank - 0.5))
			}
			from = to
		}
	}
	return out
}
