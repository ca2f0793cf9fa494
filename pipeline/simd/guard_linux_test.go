package simd_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"gondola/pipeline/simd"
)

// TestGuardPages puts everything that kernels read and write once at the end of
// a page that none follows, and once at the start of one that none precedes:
// a step outside, even a read that is thrown away, is a fault.
func TestGuardPages(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	each(t, func(t *testing.T, k *simd.Kernels) {
		for _, place := range []string{"end", "start"} {
			g := guard{t: t, end: place == "end"}
			for _, dim := range []int{1, 7, 8, 9, 15, 16, 17, 31, 33, 48, 100, 112, 300} {
				for _, n := range []struct{ nu, nv int }{{1, 1}, {1, 3}, {1, 9}, {2, 2}, {3, 5}, {4, 20}, {5, 7}, {6, 17}} {
					g.run(k, fmt.Sprintf("%s, dim %d, %d x %d", place, dim, n.nu, n.nv), n.nu, n.nv, dim)
				}
			}
			g.free()
		}
	})
}

type guard struct {
	t    *testing.T
	end  bool
	maps [][]byte
}

func (g *guard) run(k *simd.Kernels, what string, nu, nv, dim int) {
	defer func() {
		if r := recover(); r != nil {
			g.t.Fatalf("%s: %v\n%s", what, r, debug.Stack())
		}
	}()
	defer g.free()
	rng := rand.New(rand.NewPCG(1, uint64(nu*nv*dim)))
	u, v := g.matrix(rng, nu, dim), g.matrix(rng, nv, dim)
	ui, vi := guarded[int32](g, nu), guarded[int32](g, nv)
	copy(ui, upTo(nu))
	copy(vi, upTo(nv))
	k.Prefetch(v, vi)
	k.Dots(guarded[float32](g, nu*nv), nv, u, ui, v, vi)
	a, b := guarded[float32](g, nu*nv+simd.StepsPad), guarded[float32](g, nu*nv+simd.StepsPad)
	if !k.Steps(u, ui, v, vi, a, b, nv, guarded[float32](g, simd.StepsWork(v, nv)), 0.5) {
		g.t.Fatalf("%s: scores out of range", what)
	}
	x, y := guarded[float32](g, dim), guarded[float32](g, dim)
	k.Dot(x, y)
	k.Axpy(2, x, y)
}

func (g *guard) matrix(rng *rand.Rand, rows, dim int) *simd.Matrix {
	m := simd.NewMatrix(rows, dim)
	m.Data = guarded[float32](g, rows*m.Stride)
	for i := range rows {
		copy(m.Row(i), uniform(rng, dim))
	}
	return m
}

// guarded returns n zeros that end, or start, where memory does.
func guarded[T float32 | int32](g *guard, n int) []T {
	page := os.Getpagesize()
	size := (4*n + page - 1) / page * page
	raw, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		g.t.Fatal(err)
	}
	g.maps = append(g.maps, raw)
	for _, part := range [][]byte{raw[:page], raw[page+size:]} {
		if err := unix.Mprotect(part, unix.PROT_NONE); err != nil {
			g.t.Fatal(err)
		}
	}
	at := page
	if g.end {
		at = page + size - 4*n
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&raw[at])), n)
}

func (g *guard) free() {
	for _, raw := range g.maps {
		if err := unix.Munmap(raw); err != nil {
			g.t.Error(err)
		}
	}
	g.maps = nil
}
