package simd

// bags are the kernels of tagging, over bags of rows: bag i has the rows
// rows[offs[i]:offs[i+1]].
type bags struct {
	sumDots       func(dots, squares, table []float32, dim int, offs, rows []int32)
	meanDistances func(out []float64, table []float32, dim int, offs, rows []int32, centres []float32, at []int32)
}

func bagsGo() bags { return bags{sumDotsGo, meanDistancesGo} }

// SumDots multiplies each row of a bag with the sum of the bag's rows, and that
// sum with itself:
//
//	dots[e]    = table[rows[e]] . S   for e from offs[i] to offs[i+1]
//	squares[i] = S . S                where S = sum over these e of table[rows[e]]
//
// That is all that the cosines of the words of a title with their mean need, and
// of a title of n words it takes 2n rows instead of the n*n of [Kernels.Dots].
// Of a bag without rows the square is 0. Bags follow one another, so offs never
// falls; dots is as long as rows, squares one shorter than offs. The rows are not
// checked.
func (k *Kernels) SumDots(dots, squares, table []float32, dim int, offs, rows []int32) {
	n := len(offs) - 1
	if n < 1 {
		return
	}
	squares, dots, rows = squares[:n], dots[:offs[n]], rows[:offs[n]]
	clear(squares)
	clear(dots[offs[0]:])
	if offs[0] < offs[n] {
		k.sumDots(dots, squares, table, dim, offs, rows)
	}
}

func sumDotsGo(dots, squares, table []float32, dim int, offs, rows []int32) {
	row := func(e int32) []float32 { return table[int(rows[e])*dim:][:dim] }
	sum := make([]float32, dim)
	for i := range squares {
		from, to := offs[i], offs[i+1]
		if from == to {
			continue
		}
		copy(sum, row(from))
		for e := from + 1; e < to; e++ {
			axpyGo(1, row(e), sum)
		}
		squares[i] = dotGo(sum, sum)
		for e := from; e < to; e++ {
			dots[e] = dotGo(row(e), sum)
		}
	}
}

// MeanDistances measures in float64 how far the means of bags are from rows of
// another table. With n rows in the bag, w = 1/n and c = centres[at[i]],
//
//	out[i] = sum over d of (w * sum over e of table[rows[e]][d] - c[d])^2
//
// The rows are added up one after the other, and the squares in four sums: those
// of d = 0, 4, 8, ..., of 1, 5, 9, ... and so on, of which the first is added to
// the third, the second to the fourth, and both results to each other. Nothing
// is fused, so that every set of kernels gives the same bits. Rows of both tables
// lie dim floats apart. Bags have one row at least; rows and at are not checked.
func (k *Kernels) MeanDistances(out []float64, table []float32, dim int, offs, rows []int32, centres []float32, at []int32) {
	n := len(offs) - 1
	if n < 1 {
		return
	}
	k.meanDistances(out[:n], table, dim, offs, rows[:offs[n]], centres, at[:n])
}

func meanDistancesGo(out []float64, table []float32, dim int, offs, rows []int32, centres []float32, at []int32) {
	x := make([]float64, dim)
	for i, j := range at {
		bag := rows[offs[i]:offs[i+1]]
		for d, v := range table[int(bag[0])*dim:][:dim] {
			x[d] = float64(v)
		}
		for _, row := range bag[1:] {
			for d, v := range table[int(row)*dim:][:dim] {
				x[d] += float64(v)
			}
		}
		w := 1 / float64(len(bag))
		var sums [4]float64
		for d, v := range centres[int(j)*dim:][:dim] {
			off := float64(x[d]*w) - float64(v)
			sums[d%4] += float64(off * off)
		}
		out[i] = (sums[0] + sums[2]) + (sums[1] + sums[3])
	}
}
