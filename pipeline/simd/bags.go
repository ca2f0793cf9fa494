package simd

import "runtime"

// SumDots multiplies each row of a bag with the sum of the bag's rows, and that
// sum with itself:
//
//	dots[e]    = m[rows[e]] . S       for e from offs[i] to offs[i+1]
//	squares[i] = S . S                where S = sum over these e of m[rows[e]]
//
// That is all that the cosines of the words of a title with their mean need, and
// of a title of n words it takes 2n rows instead of the n*n of [Kernels.Dots].
// Of a bag without rows the square is 0. Bags follow one another, so offs never
// falls; dots is as long as rows, squares one shorter than offs. The rows are not
// checked.
func (k *Kernels) SumDots(dots, squares []float32, m *Matrix, offs, rows []int32) {
	n := len(offs) - 1
	if n < 1 {
		return
	}
	squares, dots, rows = squares[:n], dots[:offs[n]], rows[:offs[n]]
	clear(squares)
	clear(dots[offs[0]:])
	if offs[0] < offs[n] {
		k.sumDots(dots, squares, m, offs, rows)
		runtime.KeepAlive(m)
	}
}

func sumDotsGo(dots, squares []float32, m *Matrix, offs, rows []int32) {
	sum := make([]float32, m.Dim)
	for i := range squares {
		from, to := offs[i], offs[i+1]
		if from == to {
			continue
		}
		copy(sum, m.Row(int(rows[from])))
		for _, row := range rows[from+1 : to] {
			axpyGo(1, m.Row(int(row)), sum)
		}
		squares[i] = dotGo(sum, sum)
		for e := from; e < to; e++ {
			dots[e] = dotGo(m.Row(int(rows[e])), sum)
		}
	}
}
