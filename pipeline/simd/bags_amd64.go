package simd

// bagsAVX2 are the kernels of tagging for every processor with AVX2 and FMA.
func bagsAVX2() bags {
	// tails mask the first dim%4 floats of four.
	tails := [4][4]int32{{}, {-1}, {-1, -1}, {-1, -1, -1}}
	return bags{
		sumDots: func(dots, squares []float32, m *Matrix, offs, rows []int32) {
			sumDotsAVX2(&dots[0], &squares[0], &m.Data[0], 4*m.Stride, &offs[0], len(squares), &rows[0], width8(m.Dim))
		},
		meanDistances: func(out []float64, table []float32, dim int, offs, rows []int32, centres []float32, at []int32) {
			meanDistancesAVX2(&out[0], &table[0], 4*dim, &offs[0], &rows[0], len(out), &centres[0], &at[0], dim/4, &tails[dim%4][0])
		},
	}
}
