package simd_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gondola/pipeline/simd"
)

// Every check below computes in float64, term by term. A sum of n float32
// terms, in any order and with or without fused steps, is off by at most
// n * 2^-24 times the sum of the terms' magnitudes (Higham, Accuracy and
// Stability of Numerical Algorithms, 2nd ed., section 3.1, to first order);
// one more term covers the last rounding and the weights.
func bound(n int, magnitudes float64) float64 {
	if magnitudes > math.MaxFloat32 {
		return math.Inf(1) // a part of the sum may overflow, and does so by its order
	}
	return float64(n+2)*0x1p-24*magnitudes + 1e-38
}

// close reports whether got is want up to tol. Where an infinity or NaN goes
// in, one comes out; which one depends on the order.
func close(got float32, want, tol float64) bool {
	if !finite(want) {
		return !finite(float64(got))
	}
	return math.IsInf(tol, 1) || math.Abs(float64(got)-want) <= tol
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

const canary = float32(-12345.678)

func checkDots(t testing.TB, k *simd.Kernels, u *simd.Matrix, ui []int32, v *simd.Matrix, vi []int32, ld int) {
	t.Helper()
	length := 0
	if len(ui) > 0 {
		length = (len(ui)-1)*ld + len(vi)
	}
	s, rest := fenced(length)
	k.Dots(s, ld, u, ui, v, vi)
	rest(t)
	for i := range ui {
		for j := range ld {
			at := i*ld + j
			if j >= len(vi) {
				if at < len(s) && s[at] != canary {
					t.Fatalf("dim %d, %d x %d: s[%d] between the rows was written", u.Dim, len(ui), len(vi), at)
				}
				continue
			}
			var want, size float64
			for d, x := range u.Row(int(ui[i])) {
				p := float64(x) * float64(v.Row(int(vi[j]))[d])
				want += p
				size += math.Abs(p)
			}
			if !close(s[at], want, bound(u.Dim, size)) {
				t.Fatalf("dim %d, %d x %d: row %d . row %d is %g, want %g", u.Dim, len(ui), len(vi), ui[i], vi[j], s[at], want)
			}
		}
	}
}

func checkDotAxpy(t testing.TB, k *simd.Kernels, x, y []float32, a float32) {
	t.Helper()
	var want, size float64
	for i, v := range x {
		p := float64(v) * float64(y[i])
		want += p
		size += math.Abs(p)
	}
	if got := k.Dot(x, y); !close(got, want, bound(len(x), size)) {
		t.Fatalf("length %d: dot is %g, want %g", len(x), got, want)
	}
	sum, rest := fenced(len(x))
	copy(sum, y)
	before := slices.Clone(x)
	k.Axpy(a, x, sum)
	rest(t)
	if !equalBits(x, before) {
		t.Fatalf("length %d: axpy has changed x", len(x))
	}
	for i, got := range sum {
		p := float64(a) * float64(x[i])
		if !close(got, float64(y[i])+p, bound(1, math.Abs(p)+math.Abs(float64(y[i])))) {
			t.Fatalf("length %d: axpy gives %g at %d, want %g", len(x), got, i, float64(y[i])+p)
		}
	}
}

// fenced returns n canaries with more of them on both sides, and a check that
// those outside are still there.
func fenced(n int) ([]float32, func(testing.TB)) {
	const fence = 64
	all := slices.Repeat([]float32{canary}, n+2*fence)
	return all[fence : fence+n : fence+n], func(t testing.TB) {
		t.Helper()
		for i, v := range all {
			if (i < fence || i >= fence+n) && v != canary {
				t.Fatalf("a float %d from the start of %d was written", i-fence, n)
			}
		}
	}
}

func equalBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	})
}

// random returns a matrix of values in [-0.5, 0.5).
func random(rng *rand.Rand, rows, dim int) *simd.Matrix {
	m := simd.NewMatrix(rows, dim)
	for i := range rows {
		copy(m.Row(i), uniform(rng, dim))
	}
	return m
}

func uniform(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = rng.Float32() - 0.5
	}
	return x
}

// someRows returns n row indices below rows, with repeats.
func someRows(rng *rand.Rand, n, rows int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(rng.IntN(rows))
	}
	return list
}

// differentRows returns n different row indices below rows.
func differentRows(rng *rand.Rand, n, rows int) []int32 {
	list := make([]int32, n)
	for i, r := range rng.Perm(rows)[:n] {
		list[i] = int32(r)
	}
	return list
}

func upTo(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

// checkSteps compares Steps with the sums of float64, row after row. Errors of one
// row go into the next, so the bound grows with the rows; scores stay small.
func checkSteps(t testing.TB, k *simd.Kernels, u *simd.Matrix, ui []int32, v *simd.Matrix, vi []int32, ld int, a, b []float32, alpha float32) {
	t.Helper()
	wantU, wantV := float64s(u), float64s(v)
	inRange := true
	for i, ru := range ui {
		x := wantU[ru]
		g := make([]float64, len(vi))
		for j, rv := range vi {
			var score float64
			for d := range x {
				score += x[d] * wantV[rv][d]
			}
			inRange = inRange && math.Abs(score) < simd.MaxScore
			at := i*ld + j
			g[j] = float64(alpha) * (float64(a[at]) - float64(b[at])/(1+math.Exp(-score)))
		}
		sum := make([]float64, u.Dim)
		for j, rv := range vi {
			for d := range sum {
				sum[d] += g[j] * wantV[rv][d]
				wantV[rv][d] += g[j] * x[d]
			}
		}
		for d := range sum {
			x[d] += sum[d]
		}
	}
	s, check := fenced(simd.StepsWork(v, len(vi)))
	if ok := k.Steps(u, ui, v, vi, a, b, ld, s, alpha); ok != inRange {
		t.Fatalf("%s: in range is %v, want %v", k.Name(), ok, inRange)
	}
	check(t)
	if !inRange {
		return
	}
	for name, m := range map[string]struct {
		got  *simd.Matrix
		want [][]float64
	}{"u": {u, wantU}, "v": {v, wantV}} {
		for i, row := range m.want {
			for d, want := range row {
				if got := m.got.Row(i)[d]; math.Abs(float64(got)-want) > 1e-4*(1+math.Abs(want)) {
					t.Fatalf("%s: %s[%d][%d] is %v, want %v", k.Name(), name, i, d, got, want)
				}
			}
			for d := m.got.Dim; d < m.got.Stride; d++ {
				if x := m.got.Data[i*m.got.Stride+d]; x != 0 {
					t.Fatalf("%s: %s[%d] has %v behind its end", k.Name(), name, i, x)
				}
			}
		}
	}
}

func float64s(m *simd.Matrix) [][]float64 {
	rows := make([][]float64, m.Rows)
	for i := range rows {
		for _, x := range m.Row(i) {
			rows[i] = append(rows[i], float64(x))
		}
	}
	return rows
}
