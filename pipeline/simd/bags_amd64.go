package simd

// bagsAVX2 are the kernels of tagging for every processor with AVX2 and FMA.
func bagsAVX2() bags {
	// tail masks the first n floats of a register: from 8-n on.
	tail := [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
	return bags{
		sumDots: func(dots, squares, table []float32, dim int, offs, rows []int32) {
			sumDotsAVX2(&dots[0], &squares[0], &table[0], 4*dim, &offs[0], len(squares), &rows[0], dim/8, &tail[8-dim%8])
		},
		meanDistances: func(out []float64, table []float32, dim int, offs, rows []int32, centres []float32, at []int32) {
			meanDistancesAVX2(&out[0], &table[0], 4*dim, &offs[0], &rows[0], len(out), &centres[0], &at[0], dim/4, &tail[8-dim%4], int(offs[len(out)])-1)
		},
	}
}
