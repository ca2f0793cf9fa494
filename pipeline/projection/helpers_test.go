package projection

import (
	"math"
	"math/rand/v2"
	"testing"

	"gondola/pipeline/simd"
)

// groups returns n points around so many centres, which differ in their width:
// what word vectors are like.
func groups(n, dim, centres int, seed uint64) *simd.Matrix {
	r := rand.New(rand.NewPCG(seed, 0))
	middle := simd.NewMatrix(centres, dim)
	for i := range middle.Rows {
		for j := range middle.Row(i) {
			middle.Row(i)[j] = float32(r.NormFloat64())
		}
	}
	m := simd.NewMatrix(n, dim)
	for i := range n {
		c := i % centres
		width := 0.3 + 0.5*float64(c)/float64(centres)
		for j := range m.Row(i) {
			m.Row(i)[j] = middle.Row(c)[j] + float32(width*r.NormFloat64())
		}
	}
	return m
}

// matrixOf returns a matrix of these rows.
func matrixOf(rows ...[]float32) *simd.Matrix {
	m := simd.NewMatrix(len(rows), len(rows[0]))
	for i, row := range rows {
		copy(m.Row(i), row)
	}
	return m
}

func fit(t *testing.T, m *simd.Matrix, p Params) [][2]float32 {
	t.Helper()
	out, err := Fit(t.Context(), m, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != m.Rows {
		t.Fatalf("%d places for %d points", len(out), m.Rows)
	}
	for i, at := range out {
		for _, v := range at {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("point %d lies at %v", i, at)
			}
		}
	}
	return out
}

func trust(t *testing.T, m *simd.Matrix, layout [][2]float32, p Params) float64 {
	t.Helper()
	v, err := Trustworthiness(t.Context(), m, layout, 15, p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
