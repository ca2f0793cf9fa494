package projection

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"gondola/pipeline/simd"
)

// principal returns the first two principal components of the points: with the
// covariance C of the centred points and its unit eigenvectors v1 and v2 of the
// largest eigenvalues, the place of x is (x.v1, x.v2). The sign of an eigenvector
// is that which makes its largest part positive, as scikit-learn has it.
func (r *run) principal(points *simd.Matrix) ([][2]float32, error) {
	n, dim := points.Rows, points.Dim
	out := make([][2]float32, n)
	if n == 0 {
		return out, nil
	}
	mean := make([]float64, dim)
	for i := range n {
		for j, v := range points.Row(i) {
			mean[j] += float64(v) / float64(n)
		}
	}
	sums := make([]float64, dim*dim) // the upper half
	x := make([]float64, dim)
	centre := func(i int) {
		for j, v := range points.Row(i) {
			x[j] = float64(v) - mean[j]
		}
	}
	for i := range n {
		if i%256 == 0 {
			if err := r.step(PhasePCA, i, n); err != nil {
				return nil, err
			}
		}
		centre(i)
		for a, xa := range x {
			row := sums[a*dim+a : (a+1)*dim]
			for b, xb := range x[a:] {
				row[b] += xa * xb
			}
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(dim, sums), true) {
		return nil, errors.New("projection: the principal components do not converge: the points are too large")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for c := range min(2, dim) {
		axis := mat.Col(nil, dim-1-c, &vectors) // eigenvalues ascend
		largest := 0
		for j, v := range axis {
			if math.Abs(v) > math.Abs(axis[largest]) {
				largest = j
			}
		}
		sign := math.Copysign(1, axis[largest])
		for i := range n {
			centre(i)
			var sum float64
			for j, v := range x {
				sum += v * axis[j]
			}
			out[i][c] = finite(sum * sign)
		}
	}
	return out, r.step(PhasePCA, n, n)
}

// finite keeps v within float32.
func finite(v float64) float32 {
	return float32(max(-math.MaxFloat32, min(math.MaxFloat32, v)))
}
