package simd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gondola/pipeline/simd"
)

// TestAvailable prints what the other tests ran over, so that a log shows which
// kernels this machine could not check.
func TestAvailable(t *testing.T) {
	var names []string
	for _, k := range simd.Available() {
		names = append(names, k.Name())
		got, err := simd.ByName(k.Name())
		if err != nil || got.Name() != k.Name() {
			t.Errorf("ByName(%q) = %v, %v", k.Name(), got, err)
		}
	}
	t.Logf("kernels tested on this machine: %s; Best is %s", strings.Join(names, ", "), simd.Best().Name())
	if names[len(names)-1] != "go" {
		t.Errorf("kernels %v do not end in plain Go", names)
	}
	if !slices.Contains(names, simd.Best().Name()) {
		t.Errorf("Best is %s, not among %v", simd.Best().Name(), names)
	}
}

func TestByNameSaysWhatThereIs(t *testing.T) {
	_, err := simd.ByName("mmx")
	if err == nil || !strings.Contains(err.Error(), `no kernels "mmx" on this machine`) || !strings.Contains(err.Error(), "go") {
		t.Errorf("got error %v", err)
	}
}

// dims are around every width that kernels distinguish.
var dims = []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 80, 96, 100, 112, 127, 128, 200, 300, 301}

// sizes are how many rows a block may have on one side.
var sizes = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 21, 23, 24, 40}

func each(t *testing.T, fn func(t *testing.T, k *simd.Kernels)) {
	for _, k := range simd.Available() {
		t.Run(k.Name(), func(t *testing.T) { fn(t, k) })
	}
}

func TestDots(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, dim := range dims {
			u, v := random(rng, 50, dim), random(rng, 60, dim)
			for _, nu := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 40} {
				for _, nv := range sizes[:len(sizes)-1] {
					if nu > 8 && nv > 13 {
						continue // the same blocks, more of them
					}
					checkDots(t, k, u, someRows(rng, nu, u.Rows), v, someRows(rng, nv, v.Rows), nv+rng.IntN(4))
				}
			}
		}
	})
}

func TestCombine(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, dim := range dims {
			src := random(rng, 50, dim)
			for _, nd := range []int{0, 1, 2, 3, 4, 5, 8} {
				for _, ns := range []int{0, 1, 2, 3, 4, 5, 20} {
					di, si := differentRows(rng, nd, 12), someRows(rng, ns, src.Rows)
					ld := max(nd, ns) + rng.IntN(4)
					for _, add := range []bool{false, true} {
						dst := random(rng, 12, dim)
						checkCombine(t, k, dst, di, ld, 1, src, si, add, rng)
						checkCombine(t, k, dst, di, 1, ld, src, si, add, rng)
					}
				}
			}
		}
	})
}

func TestAddRows(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, dim := range dims {
			for _, n := range sizes {
				dst, src := random(rng, 7, dim), random(rng, 9, dim)
				checkAddRows(t, k, dst, someRows(rng, n, dst.Rows), src, someRows(rng, n, src.Rows))
			}
		}
	})
}

func TestDotAxpy(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(7, 8))
		for n := range 140 {
			for range 4 {
				// Any start: plain slices are not aligned.
				at := rng.IntN(9)
				checkDotAxpy(t, k, uniform(rng, at+n)[at:], uniform(rng, at+n)[at:], rng.Float32()-0.5)
			}
		}
	})
}

func TestSigmoidGrad(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(9, 10))
		for n := range 140 {
			s, a, b := uniform(rng, n), uniform(rng, n), uniform(rng, n)
			for i := range s {
				s[i] *= 40
			}
			checkSigmoidGrad(t, k, s, a, b, 0.025)
		}
	})
}

// TestSigmoidError walks through all scores that matter.
func TestSigmoidError(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		const n = 1 << 21
		s, zero, minus := make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range s {
			s[i] = (float32(i)/n - 0.5) * 220 // -110 to 110
			minus[i] = -1
		}
		scores := slices.Clone(s)
		if !k.SigmoidGrad(s, zero, minus, 1) {
			t.Fatal("scores up to 110 are refused")
		}
		worst, at := 0.0, 0
		for i, got := range s {
			if e := math.Abs(float64(got) - 1/(1+math.Exp(-float64(scores[i])))); e > worst || e != e {
				worst, at = e, i
			}
		}
		t.Logf("greatest error of the sigmoid: %.2g, at %g", worst, scores[at])
		if worst > 2e-7 {
			t.Errorf("sigmoid(%g) is off by %g", scores[at], worst)
		}
	})
}

// TestSigmoidGradRefuses holds the check of the range, at every place of a
// vector.
func TestSigmoidGradRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tests := []struct {
		score float32
		want  bool
	}{
		{0, true},
		{999.99, true},
		{-999.99, true},
		{simd.MaxScore, false},
		{-simd.MaxScore, false},
		{math.MaxFloat32, false},
		{nan, false},
		{-nan, false},
		{inf, false},
		{-inf, false},
	}
	each(t, func(t *testing.T, k *simd.Kernels) {
		for _, tt := range tests {
			for n := 1; n < 70; n++ {
				for at := range n {
					s := make([]float32, n)
					s[at] = tt.score
					if got := k.SigmoidGrad(s, make([]float32, n), make([]float32, n), 0.025); got != tt.want {
						t.Fatalf("%g at %d of %d: got %v", tt.score, at, n, got)
					}
				}
			}
		}
	})
}

// TestPlaceDoesNotMatter holds that a result is the same bits wherever its rows
// stand in a block, so that it does not change with the rest of a title.
func TestPlaceDoesNotMatter(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(11, 12))
		for _, dim := range dims {
			u, v := random(rng, 11, dim), random(rng, 13, dim)
			alone := make([]float32, 1)
			for nu := range u.Rows + 1 {
				for nv := range v.Rows + 1 {
					block := make([]float32, nu*nv)
					ui, vi := upTo(nu), upTo(nv)
					k.Dots(block, nv, u, ui, v, vi)
					for i := range ui {
						for j := range vi {
							k.Dots(alone, 1, u, ui[i:i+1], v, vi[j:j+1])
							if block[i*nv+j] != alone[0] {
								t.Fatalf("dim %d: u%d . v%d is %g alone and %g in a block of %d x %d", dim, i, j, alone[0], block[i*nv+j], nu, nv)
							}
						}
					}
					one, all := simd.NewMatrix(nu, dim), simd.NewMatrix(nu, dim)
					k.Combine(all, ui, block, nv, 1, v, vi, false)
					for i := range ui {
						k.Combine(one, ui[i:i+1], block[min(i*nv, len(block)):], nv, 1, v, vi, false)
					}
					if !slices.Equal(one.Data, all.Data) {
						t.Fatalf("dim %d: sums of %d rows differ between %d at once and one by one", dim, nv, nu)
					}
				}
			}
		}
	})
}

func TestPrefetchChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(13, 14))
		for _, dim := range dims {
			m := random(rng, 20, dim)
			before := slices.Clone(m.Data)
			for _, n := range sizes {
				k.Prefetch(m, someRows(rng, n, m.Rows))
			}
			if !slices.Equal(m.Data, before) {
				t.Fatalf("dim %d: the matrix has changed", dim)
			}
		}
	})
}

// TestMisuse: what would let assembly write out of bounds panics before.
func TestMisuse(t *testing.T) {
	u, w, none := simd.NewMatrix(4, 8), simd.NewMatrix(4, 9), []float32(nil)
	two := []int32{0, 1}
	calls := map[string]func(k *simd.Kernels){
		"Dots, short s":         func(k *simd.Kernels) { k.Dots(make([]float32, 3), 2, u, two, u, two) },
		"Dots, rows overlap":    func(k *simd.Kernels) { k.Dots(make([]float32, 9), 1, u, two, u, two) },
		"Dots, dims":            func(k *simd.Kernels) { k.Dots(make([]float32, 9), 2, u, two, w, two) },
		"SigmoidGrad, short a":  func(k *simd.Kernels) { k.SigmoidGrad(make([]float32, 9), none, make([]float32, 9), 1) },
		"SigmoidGrad, short b":  func(k *simd.Kernels) { k.SigmoidGrad(make([]float32, 9), make([]float32, 9), none, 1) },
		"Combine, short g":      func(k *simd.Kernels) { k.Combine(u, two, make([]float32, 3), 2, 1, u, []int32{2, 3}, true) },
		"Combine, dims":         func(k *simd.Kernels) { k.Combine(u, two, make([]float32, 4), 2, 1, w, []int32{2, 3}, true) },
		"Combine, stride":       func(k *simd.Kernels) { k.Combine(u, two, make([]float32, 4), -2, 1, u, []int32{2, 3}, true) },
		"AddRows, fewer":        func(k *simd.Kernels) { k.AddRows(u, two, u, []int32{3}) },
		"AddRows, dims":         func(k *simd.Kernels) { k.AddRows(u, two, w, two) },
		"Dot, shorter":          func(k *simd.Kernels) { k.Dot(make([]float32, 3), make([]float32, 2)) },
		"Axpy, shorter":         func(k *simd.Kernels) { k.Axpy(1, make([]float32, 3), make([]float32, 2)) },
		"NewMatrix, no columns": func(*simd.Kernels) { simd.NewMatrix(1, 0) },
		"NewMatrix, rows":       func(*simd.Kernels) { simd.NewMatrix(-1, 1) },
		"NewMatrix, too large":  func(*simd.Kernels) { simd.NewMatrix(math.MaxInt, math.MaxInt/4) },
	}
	each(t, func(t *testing.T, k *simd.Kernels) {
		for name, call := range calls {
			t.Run(name, func(t *testing.T) {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				call(k)
			})
		}
	})
}

func ExampleKernels_Dots() {
	m := simd.NewMatrix(3, 2)
	copy(m.Row(0), []float32{1, 0})
	copy(m.Row(1), []float32{0, 1})
	copy(m.Row(2), []float32{3, 4})
	s := make([]float32, 4)
	simd.Best().Dots(s, 2, m, []int32{0, 2}, m, []int32{1, 2})
	fmt.Println(s)
	// Output: [0 3 4 25]
}
