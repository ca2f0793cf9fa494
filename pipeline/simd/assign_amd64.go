package simd

// assignAVX2 are the kernels of k-means for every processor with AVX2 and FMA:
// they wait for the cache, not for the width of registers.
func assignAVX2() assign {
	type nearest = func(table *float32, stride int, offs *int32, n int, rows, last *int32, base int, label *int32, best, second *float32)
	widths := []struct {
		registers int
		nearest   nearest
	}{
		{2, nearest2AVX2},
		{4, nearest4AVX2},
		{6, nearest6AVX2},
		{8, nearest8AVX2},
		{10, nearest10AVX2},
		{12, nearest12AVX2},
		{13, nearest13AVX2},
	}
	// tails mask the last dim%8 floats of a row: 8-dim%8 from the start.
	tails := []int32{-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0}
	return assign{
		scores: func(dst *Matrix, at int, a []float32, lda, n int, p *Panels) {
			scoresAVX2(&dst.Data[at*dst.Stride], 4*dst.Stride, &a[0], 4*lda, n, &p.data[0], &p.bias[0], len(p.bias)/panelColumns, p.dim)
		},
		inOrder: func(dst *Matrix, at int, a []float32, lda, n int, p *Panels) {
			inOrderAVX2(&dst.Data[at*dst.Stride], 4*dst.Stride, &a[0], 4*lda, n, &p.data[0], &p.bias[0], len(p.bias)/panelColumns, p.dim)
		},
		nearest: func(r *Ranks, table *Matrix, columns, base int, offs, rows []int32) {
			for _, w := range widths {
				if 8*w.registers >= columns {
					w.nearest(&table.Data[0], 4*table.Stride, &offs[0], len(offs)-1, &rows[0], &rows[len(rows)-1], base, &r.Label[0], &r.Best[0], &r.Second[0])
					return
				}
			}
		},
		addFixed: func(f *Fixed, to, from, points []int32, weights []float64, offs, rows []int32) {
			addFixedAVX2(&f.Sums[0], 8*f.Stride, &to[0], &from[0], &points[0], &weights[0], len(points),
				&f.Table[0], 4*f.Dim, f.Dim, &offs[0], &rows[0], &tails[8-f.Dim%8])
		},
	}
}
