package simd

func avx512() *Kernels {
	return &Kernels{
		name: "avx512",
		dots: func(s []float32, ld int, u *Matrix, ui []int32, v *Matrix, vi []int32) {
			dotsAVX512(&s[0], 4*ld, &u.Data[0], 4*u.Stride, &ui[0], len(ui), &v.Data[0], 4*v.Stride, &vi[0], len(vi), width16(u.Dim))
		},
		sigmoidGrad: func(s, a, b []float32, alpha float32) bool {
			return sigmoidGradAVX512(&s[0], &a[0], &b[0], alpha, len(s))
		},
		combine: func(dst *Matrix, di []int32, g []float32, gRow, gCol int, src *Matrix, si []int32, add bool) {
			combineAVX512(&dst.Data[0], 4*dst.Stride, &di[0], len(di), &g[0], 4*gRow, 4*gCol,
				&src.Data[0], 4*src.Stride, &si[0], len(si), width16(dst.Dim), flag(add))
		},
		addRows: func(dst *Matrix, di []int32, src *Matrix, si []int32) {
			addRowsAVX512(&dst.Data[0], 4*dst.Stride, &di[0], &src.Data[0], 4*src.Stride, &si[0], len(di), width16(dst.Dim))
		},
		prefetch: func(m *Matrix, rows []int32) {
			prefetchAVX512(&m.Data[0], 4*m.Stride, &rows[0], len(rows), 4*m.Stride)
		},
		dot:  func(a, b []float32) float32 { return dotAVX512(&a[0], &b[0], len(a)) },
		axpy: func(a float32, x, y []float32) { axpyAVX512(a, &x[0], &y[0], len(x)) },
	}
}

// width16 is the width in bytes of dim floats in registers of 16.
func width16(dim int) int { return (dim + 15) / 16 * 64 }
