package simd

// The functions below turn slices into the pointers and byte counts that the
// assembly takes. A row is read in whole registers: the zeros after its end add
// nothing to a sum.

func avx2() *Kernels {
	return &Kernels{
		name: "avx2",
		dots: func(s []float32, ld int, u *Matrix, ui []int32, v *Matrix, vi []int32) {
			dotsAVX2(&s[0], 4*ld, &u.Data[0], 4*u.Stride, &ui[0], len(ui), &v.Data[0], 4*v.Stride, &vi[0], len(vi), width8(u.Dim))
		},
		steps: func(u *Matrix, ui []int32, v *Matrix, vi []int32, a, b []float32, ld int, work []float32, alpha float32) bool {
			scores := len(vi) + StepsPad
			return stepsAVX2(&u.Data[0], 4*u.Stride, &ui[0], len(ui), &v.Data[0], 4*v.Stride, &vi[0], len(vi), width8(u.Dim),
				&a[0], &b[0], 4*ld, &work[0], 4*scores, &work[stepsGroup*scores], alpha)
		},
		prefetch: func(m *Matrix, rows []int32) {
			prefetchAVX2(&m.Data[0], 4*m.Stride, &rows[0], len(rows), 4*m.Stride)
		},
		dot:  func(a, b []float32) float32 { return dotAVX2(&a[0], &b[0], len(a)) },
		axpy: func(a float32, x, y []float32) { axpyAVX2(a, &x[0], &y[0], len(x)) },
	}
}

// width8 is the width in bytes of dim floats in registers of 8.
func width8(dim int) int { return (dim + 7) / 8 * 32 }
