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

// TestSigmoidError walks through all scores that matter: with weights 0 and -1 the
// gradient is the sigmoid, and a number that is 0 in U moves by just that where it
// is 1 in V.
func TestSigmoidError(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		const n = 1 << 16
		u, v := simd.NewMatrix(1, 2), simd.NewMatrix(1, 2)
		a, b := make([]float32, 1+simd.StepsPad), []float32{-1, simd.StepsPad: 0}
		work := make([]float32, simd.StepsWork(v, 1))
		worst, at := 0.0, 0.0
		for i := range n {
			score := (float64(i)/n - 0.5) * 220 // -110 to 110
			copy(u.Row(0), []float32{float32(score), 0})
			copy(v.Row(0), []float32{1, 1})
			if !k.Steps(u, upTo(1), v, upTo(1), a, b, 1, work, 1) {
				t.Fatalf("a score of %g is refused", score)
			}
			got := float64(u.Row(0)[1])
			if e := math.Abs(got - 1/(1+math.Exp(-float64(float32(score))))); e > worst || e != e {
				worst, at = e, score
			}
		}
		t.Logf("greatest error of the sigmoid: %.2g, at %g", worst, at)
		if worst > 1e-6 {
			t.Errorf("sigmoid(%g) is off by %g", at, worst)
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
	u, w, none, weights := simd.NewMatrix(4, 8), simd.NewMatrix(4, 9), []float32(nil), make([]float32, 999)
	two := []int32{0, 1}
	calls := map[string]func(k *simd.Kernels){
		"Dots, short s":         func(k *simd.Kernels) { k.Dots(make([]float32, 3), 2, u, two, u, two) },
		"Dots, rows overlap":    func(k *simd.Kernels) { k.Dots(make([]float32, 9), 1, u, two, u, two) },
		"Dots, dims":            func(k *simd.Kernels) { k.Dots(make([]float32, 9), 2, u, two, w, two) },
		"Steps, short work":     func(k *simd.Kernels) { k.Steps(u, two, u, two, weights, weights, 2, make([]float32, 4), 1) },
		"Steps, short a":        func(k *simd.Kernels) { k.Steps(u, two, u, two, none, weights, 2, weights, 1) },
		"Steps, short b":        func(k *simd.Kernels) { k.Steps(u, two, u, two, weights, none, 2, weights, 1) },
		"Steps, rows overlap":   func(k *simd.Kernels) { k.Steps(u, two, u, two, weights, weights, 1, weights, 1) },
		"Steps, dims":           func(k *simd.Kernels) { k.Steps(u, two, w, two, weights, weights, 2, weights, 1) },
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
