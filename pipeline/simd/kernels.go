package simd

import (
	"fmt"
	"runtime"
	"strings"
)

// MaxScore bounds what [Kernels.Steps] takes for a score. Training that
// converges stays far below; beyond it the vectors have diverged.
const MaxScore = 1000

// Kernels is one implementation of the loops. It is immutable, and may be used
// from many goroutines at once.
type Kernels struct {
	name string

	dots     func(s []float32, ld int, u *Matrix, ui []int32, v *Matrix, vi []int32)
	steps    func(u *Matrix, ui []int32, v *Matrix, vi []int32, a, b []float32, ld int, work []float32, alpha float32) bool
	prefetch func(m *Matrix, rows []int32)
	dot      func(a, b []float32) float32
	axpy     func(a float32, x, y []float32)

	assign
	bags
}

// Best returns the fastest kernels that this processor and its operating
// system can run. In a build with the race detector, which sees nothing of
// what assembly reads and writes, it returns those in plain Go.
func Best() *Kernels {
	if raceEnabled {
		return plain()
	}
	return Available()[0]
}

// Available returns every set of kernels that this machine can run, the fastest
// first. The last is always "go".
func Available() []*Kernels { return append(native(), plain()) }

// ByName returns the kernels called name: "avx512", "avx2" or "go". The error
// for any other name, and for kernels that this machine lacks, lists what there
// is.
func ByName(name string) (*Kernels, error) {
	var names []string
	for _, k := range Available() {
		if k.name == name {
			return k, nil
		}
		names = append(names, k.name)
	}
	return nil, fmt.Errorf("no kernels %q on this machine; there are %s", name, strings.Join(names, ", "))
}

// plain returns the kernels in Go.
func plain() *Kernels {
	return &Kernels{
		name: "go",
		dots: dotsGo, steps: stepsGo,
		prefetch: func(*Matrix, []int32) {}, dot: dotGo, axpy: axpyGo,
		assign: assignGo(), bags: bagsGo(),
	}
}

// Name returns "avx512", "avx2" or "go".
func (k *Kernels) Name() string { return k.name }

// Dots computes a block of dot products: s[i*ld+j] = u[ui[i]] . v[vi[j]].
// ld >= len(vi) is the distance between the rows of s, in floats; what lies
// between them stays as it is. Rows may repeat, and u may be v. The indices are
// not checked.
func (k *Kernels) Dots(s []float32, ld int, u *Matrix, ui []int32, v *Matrix, vi []int32) {
	if len(ui) == 0 || len(vi) == 0 {
		return
	}
	sameDim(u, v)
	if ld < len(vi) {
		panic(fmt.Sprintf("simd: rows of %d scores, %d apart", len(vi), ld))
	}
	k.dots(s[:(len(ui)-1)*ld+len(vi)], ld, u, ui, v, vi)
	runtime.KeepAlive(u)
	runtime.KeepAlive(v)
}

// StepsPad is how many floats of the weights Steps may touch beyond their end.
const StepsPad = 16

// stepsGroup is how many rows of u the kernels of Steps take together.
const stepsGroup = 4

// StepsWork returns how many floats Steps needs to work for so many rows of v, of
// the matrix m.
func StepsWork(m *Matrix, rows int) int { return stepsGroup * (rows + StepsPad + m.Stride) }

// Steps trains rows of u against rows of v by logistic regression, one row of u
// after the other. For each row i, with the vectors as the row before left them,
//
//	g[j]  = alpha * (a[i*ld+j] - b[i*ld+j]*sigmoid(u[ui[i]] . v[vi[j]]))
//	u[ui[i]] += sum over j of g[j] * v[vi[j]]
//	v[vi[j]] += g[j] * u[ui[i]]
//
// where the sums take u and v of before. With weights w and labels l in {0, 1}, a =
// w*l and b = w. The error of the sigmoid is below 1e-6. The rows of ui must differ
// from one another, and so must those of vi, and they from those of ui if both are
// of one matrix. It reports whether every score was a number within
// (-[MaxScore], MaxScore); if one was not, the vectors it met are without meaning.
// work has room for [StepsWork] floats, and a and b reach [StepsPad] floats beyond
// their last row; what stands there does not count. The indices are not checked.
func (k *Kernels) Steps(u *Matrix, ui []int32, v *Matrix, vi []int32, a, b []float32, ld int, work []float32, alpha float32) bool {
	if len(ui) == 0 || len(vi) == 0 {
		return true
	}
	sameDim(u, v)
	if ld < len(vi) {
		panic(fmt.Sprintf("simd: rows of %d weights, %d apart", len(vi), ld))
	}
	end := (len(ui)-1)*ld + len(vi) + StepsPad
	ok := k.steps(u, ui, v, vi, a[:end], b[:end], ld, work[:StepsWork(v, len(vi))], alpha)
	runtime.KeepAlive(u)
	runtime.KeepAlive(v)
	return ok
}

// Prefetch asks the processor to bring rows of m into its caches. It changes
// nothing else, and may do nothing.
func (k *Kernels) Prefetch(m *Matrix, rows []int32) {
	if len(rows) == 0 {
		return
	}
	k.prefetch(m, rows)
	runtime.KeepAlive(m)
}

// Dot returns the dot product of a and b, which are equally long.
func (k *Kernels) Dot(a, b []float32) float32 {
	if len(a) == 0 {
		return 0
	}
	return k.dot(a, b[:len(a)])
}

// Axpy adds a*x to y, which is as long as x. They may be the same slice, and
// must not overlap otherwise.
func (k *Kernels) Axpy(a float32, x, y []float32) {
	if len(x) == 0 {
		return
	}
	k.axpy(a, x, y[:len(x)])
}

func sameDim(a, b *Matrix) {
	if a.Dim != b.Dim {
		panic(fmt.Sprintf("simd: rows of %d and of %d floats", a.Dim, b.Dim))
	}
}
