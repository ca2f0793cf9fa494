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

// checkCombine fills g where it is read, and leaves canaries elsewhere.
func checkCombine(t testing.TB, k *simd.Kernels, dst *simd.Matrix, di []int32, gRow, gCol int, src *simd.Matrix, si []int32, add bool, rng *rand.Rand) {
	t.Helper()
	n := 0
	if len(di) > 0 && len(si) > 0 {
		n = (len(di)-1)*gRow + (len(si)-1)*gCol + 1
	}
	g := slices.Repeat([]float32{float32(math.NaN())}, n)
	for d := range di {
		for m := range si {
			g[d*gRow+m*gCol] = rng.Float32()*2 - 1
		}
	}
	checkCombineOf(t, k, dst, di, g, gRow, gCol, src, si, add)
}

func checkCombineOf(t testing.TB, k *simd.Kernels, dst *simd.Matrix, di []int32, g []float32, gRow, gCol int, src *simd.Matrix, si []int32, add bool) {
	t.Helper()
	before := slices.Clone(dst.Data)
	source := slices.Clone(src.Data)
	k.Combine(dst, di, g, gRow, gCol, src, si, add)
	written := map[int32]int{}
	for d, r := range di {
		written[r] = d
	}
	for r := range dst.Rows {
		row, old := dst.Data[r*dst.Stride:(r+1)*dst.Stride], before[r*dst.Stride:(r+1)*dst.Stride]
		d, ok := written[int32(r)]
		if !ok {
			if !equalBits(row, old) {
				t.Fatalf("dim %d, %d rows of %d: row %d was not meant", dst.Dim, len(di), len(si), r)
			}
			continue
		}
		weights := true
		for x, got := range row {
			var want, size float64
			if add {
				want, size = float64(old[x]), math.Abs(float64(old[x]))
			}
			for m, q := range si {
				w := float64(g[d*gRow+m*gCol])
				weights = weights && finite(w)
				p := w * float64(source[int(q)*src.Stride+x])
				want += p
				size += math.Abs(p)
			}
			if x >= dst.Dim {
				if got != 0 && weights {
					t.Fatalf("dim %d: the padding of row %d has %g", dst.Dim, r, got)
				}
				continue
			}
			if !close(got, want, bound(len(si)+1, size)) {
				t.Fatalf("dim %d, %d rows of %d, g %d %d, add %v: row %d has %g at %d, want %g", dst.Dim, len(di), len(si), gRow, gCol, add, r, got, x, want)
			}
		}
	}
	if dst != src && !equalBits(src.Data, source) {
		t.Fatalf("dim %d: the source was written", dst.Dim)
	}
}

func checkAddRows(t testing.TB, k *simd.Kernels, dst *simd.Matrix, di []int32, src *simd.Matrix, si []int32) {
	t.Helper()
	want := slices.Clone(dst.Data)
	source := slices.Clone(src.Data)
	for i, d := range di {
		for x, v := range src.Row(int(si[i])) {
			want[int(d)*dst.Stride+x] += v
		}
	}
	k.AddRows(dst, di, src, si)
	// Single additions in the given order round in one way only.
	if !equalBits(dst.Data, want) {
		t.Fatalf("dim %d, %d rows: not the sums one after the other", dst.Dim, len(di))
	}
	if !equalBits(src.Data, source) {
		t.Fatalf("dim %d: the source was written", dst.Dim)
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

func checkSigmoidGrad(t testing.TB, k *simd.Kernels, scores, a, b []float32, alpha float32) {
	t.Helper()
	s, rest := fenced(len(scores))
	copy(s, scores)
	want := true
	for _, x := range scores {
		want = want && x > -simd.MaxScore && x < simd.MaxScore
	}
	got := k.SigmoidGrad(s, a, b, alpha)
	rest(t)
	if got != want {
		t.Fatalf("%d scores: got %v, want %v", len(scores), got, want)
	}
	if !got {
		return
	}
	for i, g := range s {
		p := float64(b[i]) / (1 + math.Exp(-float64(scores[i])))
		want := float64(alpha) * (float64(a[i]) - p)
		// 2e-7 is the error of the sigmoid, TestSigmoidError.
		tol := math.Abs(float64(alpha))*(2e-7*math.Abs(float64(b[i]))+0x1p-23*(math.Abs(float64(a[i]))+math.Abs(p))) + 1e-38
		if !close(g, want, tol) {
			t.Fatalf("%d scores: %g * (%g - %g*sigmoid(%g)) is %g, want %g", len(scores), alpha, a[i], b[i], scores[i], g, want)
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
