package simd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gondola/pipeline/simd"
)

// stepsOf makes rows and weights for nu rows against nv, and checks Steps on them.
func stepsOf(t testing.TB, k *simd.Kernels, rng *rand.Rand, dim, nu, nv, gap int, scale float32) {
	t.Helper()
	u, v := random(rng, nu+3, dim), random(rng, nv+5, dim)
	for _, m := range []*simd.Matrix{u, v} {
		for i := range m.Rows {
			for d := range m.Row(i) {
				m.Row(i)[d] *= scale / float32(math.Sqrt(float64(dim)))
			}
		}
	}
	ld := nv + gap
	n := max(0, nu-1)*ld + nv + simd.StepsPad
	a, b := uniform(rng, n), uniform(rng, n)
	for i := range a { // the weights of a pair: 0 <= a <= b
		a[i] = float32(math.Abs(float64(a[i])))
		b[i] = a[i] + float32(math.Abs(float64(b[i])))
	}
	for i := n - simd.StepsPad; i < n; i++ { // what does not count
		a[i], b[i] = float32(math.NaN()), float32(math.Inf(1))
	}
	checkSteps(t, k, u, differentRows(rng, nu, u.Rows), v, differentRows(rng, nv, v.Rows), ld, a, b, 0.05)
}

func TestSteps(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, dim := range []int{1, 7, 8, 9, 16, 40, 64, 65, 96, 100, 104, 112, 128, 200, 300} {
			for nu := range 10 {
				for _, nv := range []int{0, 1, 2, 3, 4, 7, 8, 9, 12, 13, 16, 20, 37} {
					stepsOf(t, k, rng, dim, nu, nv, rng.IntN(3), 2)
				}
			}
		}
	})
}

func TestStepsRefuses(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), 1e6} {
			for at := range 13 {
				u, v := simd.NewMatrix(2, 20), simd.NewMatrix(13, 20)
				u.Row(0)[0], u.Row(1)[3] = 1, 1
				v.Row(at)[3] = bad
				w := make([]float32, 2*13+simd.StepsPad)
				s := make([]float32, simd.StepsWork(v, 13))
				if !k.Steps(u, upTo(2), v, upTo(13)[:at], w, w, 13, s, 0.1) {
					t.Errorf("%s: %v in row %d, which is not asked for, is refused", k.Name(), bad, at)
				}
				if k.Steps(u, upTo(2), v, upTo(13), w, w, 13, s, 0.1) {
					t.Errorf("%s: %v in row %d counts as in range", k.Name(), bad, at)
				}
			}
		}
	})
}

func FuzzSteps(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(4), uint8(12), uint8(0), uint8(2))
	f.Add(uint64(2), uint16(3), uint8(1), uint8(1), uint8(5), uint8(1))
	f.Add(uint64(3), uint16(300), uint8(16), uint8(40), uint8(1), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, dim uint16, nu, nv, gap, scale uint8) {
		for _, k := range simd.Available() {
			rng := rand.New(rand.NewPCG(seed, 7))
			stepsOf(t, k, rng, 1+int(dim)%400, int(nu)%17, int(nv)%49, int(gap)%20, float32(scale%4))
		}
	})
}

func BenchmarkSteps(b *testing.B) {
	for _, k := range simd.Available() {
		for _, n := range [][2]int{{2, 8}, {3, 8}, {4, 8}, {5, 12}, {6, 12}, {8, 12}, {3, 12}, {4, 12}, {4, 36}} {
			b.Run(fmt.Sprintf("%s/%dx%d", k.Name(), n[0], n[1]), func(b *testing.B) {
				const dim = 100
				rng := rand.New(rand.NewPCG(1, 1))
				u, v := random(rng, n[0], dim), random(rng, n[1], dim)
				w := make([]float32, n[0]*n[1]+simd.StepsPad) // of 0: the rows stay as they are
				s := make([]float32, simd.StepsWork(v, n[1]))
				for b.Loop() {
					k.Steps(u, upTo(n[0]), v, upTo(n[1]), w, w, n[1], s, 0.05)
				}
				flops := float64(6*dim*n[0]*n[1]) * float64(b.N)
				b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
