package simd_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gondola/pipeline/simd"
)

// The fuzzers choose shapes and a seed; the values follow from the seed, so
// that every input is a valid one. odd plants values that are not finite or far
// out, one among about odd/4 values.

func FuzzDots(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(4), uint8(20), uint8(0), uint8(0))
	f.Add(uint64(2), uint16(300), uint8(3), uint8(17), uint8(5), uint8(0))
	f.Add(uint64(3), uint16(1), uint8(1), uint8(1), uint8(1), uint8(3))
	f.Add(uint64(4), uint16(99), uint8(5), uint8(7), uint8(2), uint8(200))
	f.Add(uint64(5), uint16(16), uint8(40), uint8(40), uint8(0), uint8(9))
	f.Fuzz(func(t *testing.T, seed uint64, dim uint16, nu, nv, gap, odd uint8) {
		d, n, m := 1+int(dim%320), int(nu%41), int(nv%41)
		for _, k := range simd.Available() {
			rng := rand.New(rand.NewPCG(seed, 1))
			u, v := random(rng, 7, d), random(rng, 9, d)
			spoil(rng, u, odd)
			spoil(rng, v, odd)
			if seed%4 == 0 {
				v = u
			}
			checkDots(t, k, u, someRows(rng, n, u.Rows), v, someRows(rng, m, v.Rows), m+int(gap%9))
		}
	})
}

func FuzzDotAxpy(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(0), float32(0.5), uint8(0))
	f.Add(uint64(2), uint16(301), uint8(3), float32(-2), uint8(60))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, start uint8, scale float32, odd uint8) {
		for _, k := range simd.Available() {
			rng := rand.New(rand.NewPCG(seed, 5))
			at := int(start % 17)
			x, y := uniform(rng, at+int(n%640))[at:], uniform(rng, at+int(n%640))[at:]
			for i := range x {
				x[i], y[i] = strange(rng, x[i], odd), strange(rng, y[i], odd)
			}
			checkDotAxpy(t, k, x, y, scale)
		}
	})
}

// spoil plants strange values in the rows of m, not in their padding.
func spoil(rng *rand.Rand, m *simd.Matrix, odd uint8) {
	for i := range m.Rows {
		row := m.Row(i)
		for j := range row {
			row[j] = strange(rng, row[j], odd)
		}
	}
}

// strange returns x, or with odd > 0 at times something else.
func strange(rng *rand.Rand, x float32, odd uint8) float32 {
	if odd == 0 || rng.IntN(1+int(odd)/4) > 0 {
		return x
	}
	list := []float32{
		float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, -math.MaxFloat32,
		math.SmallestNonzeroFloat32, 1e-40, 0, float32(math.Copysign(0, -1)), 1000, -1000, 87.5, -87.5, 1e20,
	}
	return list[rng.IntN(len(list))]
}
