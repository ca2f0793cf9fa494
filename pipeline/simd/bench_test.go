package simd_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"gondola/pipeline/simd"
)

// The blocks of titles of 1 to 8 words with 16 negatives, and what is around.
var blocks = []struct{ nu, nv int }{{1, 17}, {2, 18}, {3, 19}, {4, 20}, {5, 21}, {8, 24}, {16, 32}, {3, 16}, {4, 16}, {5, 16}, {3, 20}, {5, 20}, {4, 24}, {5, 24}}

// tables are where the rows come from: in the first-level cache after the first
// call, in the second, or from 20 MB in random order.
var tables = []struct {
	name  string
	bytes int
}{{"L1", 24 << 10}, {"L2", 256 << 10}, {"20MB", 20 << 20}}

func BenchmarkDots(b *testing.B) {
	eachBlock(b, func(b *testing.B, k *simd.Kernels, w *work) {
		defer w.report(b, 1)()
		for b.Loop() {
			ui, vi := w.next()
			k.Dots(w.g, w.nv, w.u, ui, w.v, vi)
		}
	})
}

func BenchmarkDot(b *testing.B) {
	for _, k := range simd.Available() {
		for _, n := range []int{100, 300} {
			x, y := make([]float32, n), make([]float32, n)
			b.Run(fmt.Sprintf("%s/n=%d", k.Name(), n), func(b *testing.B) {
				defer rates(b, rate{"GFLOP/s", 2 * float64(n)})()
				for b.Loop() {
					k.Dot(x, y)
				}
			})
		}
	}
}

func BenchmarkAxpy(b *testing.B) {
	for _, k := range simd.Available() {
		for _, n := range []int{100, 300} {
			x, y := make([]float32, n), make([]float32, n)
			b.Run(fmt.Sprintf("%s/n=%d", k.Name(), n), func(b *testing.B) {
				defer rates(b, rate{"GFLOP/s", 2 * float64(n)})()
				for b.Loop() {
					k.Axpy(0.5, x, y)
				}
			})
		}
	}
}

// work is a sequence of blocks over two tables.
type work struct {
	nu, nv   int
	u, v, du *simd.Matrix
	g        []float32
	upTo     []int32
	us, vs   []int32 // the rows of one block after the other, round and round
	atU, atV int
}

func eachBlock(b *testing.B, fn func(b *testing.B, k *simd.Kernels, w *work)) {
	for _, k := range simd.Available() {
		for _, dim := range []int{100, 300} {
			for _, table := range tables {
				for _, s := range blocks {
					b.Run(fmt.Sprintf("%s/dim=%d/%s/%dx%d", k.Name(), dim, table.name, s.nu, s.nv), func(b *testing.B) {
						w := newWork(s.nu, s.nv, dim, table.bytes)
						defer w.u.Close()
						defer w.v.Close()
						fn(b, k, w)
					})
				}
			}
		}
	}
}

func newWork(nu, nv, dim, bytes int) *work {
	stride := simd.NewMatrix(0, dim).Stride
	rows := max(bytes/2/(4*stride), nv)
	rng := rand.New(rand.NewPCG(1, 2))
	w := &work{
		nu: nu, nv: nv, u: simd.NewMatrix(rows, dim), v: simd.NewMatrix(rows, dim), du: simd.NewMatrix(nu, dim),
		g: make([]float32, nu*nv), upTo: upTo(nu),
	}
	for i := range w.u.Data {
		w.u.Data[i], w.v.Data[i] = 0, 0
	}
	const titles = 4096
	for range titles {
		w.us = append(w.us, someRows(rng, nu, rows)...)
		w.vs = append(w.vs, differentRows(rng, nv, rows)...)
	}
	return w
}

func (w *work) next() (ui, vi []int32) {
	if w.atU == len(w.us) {
		w.atU, w.atV = 0, 0
	}
	ui, vi = w.us[w.atU:w.atU+w.nu], w.vs[w.atV:w.atV+w.nv]
	w.atU += w.nu
	w.atV += w.nv
	return ui, vi
}

// report starts the clock; what it returns reports rates. They count what the
// task needs, 2*nu*nv*dim operations a product of blocks, and the rows that it
// touches once each.
func (w *work) report(b *testing.B, products int) func() {
	n := float64(products)
	return rates(b,
		rate{"GFLOP/s", n * 2 * float64(w.nu*w.nv*w.u.Dim)},
		rate{"GB/s", n * 4 * float64((w.nu+w.nv)*w.u.Dim)})
}

// rate is something of which one call does so much.
type rate struct {
	unit    string
	perCall float64
}

// rates starts the clock of this thread; what it returns reports processor time
// and rates.
func rates(b *testing.B, list ...rate) func() {
	runtime.LockOSThread()
	start := threadTime(b)
	return func() {
		ns := float64(threadTime(b)-start) / float64(b.N)
		runtime.UnlockOSThread()
		b.ReportMetric(ns, "cpu-ns/op")
		for _, r := range list {
			b.ReportMetric(r.perCall/ns, r.unit)
		}
	}
}

// BenchmarkPeakFMA is what the multipliers can do, the bar for all kernels.
func BenchmarkPeakFMA(b *testing.B) {
	for _, k := range simd.Available() {
		if fma, lanes, _ := simd.PeakOf(k); fma != nil {
			b.Run(k.Name(), func(b *testing.B) {
				const n = 1000
				defer rates(b, rate{"GFLOP/s", float64(2 * 12 * n * lanes)})()
				for b.Loop() {
					fma(n)
				}
			})
		}
	}
}

// BenchmarkPeakRead is what memory can do, read from end to end.
func BenchmarkPeakRead(b *testing.B) {
	for _, k := range simd.Available() {
		if _, _, read := simd.PeakOf(k); read != nil {
			for _, kib := range []int{16, 256, 4 << 10, 20 << 10, 256 << 10} {
				b.Run(fmt.Sprintf("%s/%dKiB", k.Name(), kib), func(b *testing.B) {
					m := simd.NewMatrix(kib, 256)
					defer m.Close()
					for i := range m.Data {
						m.Data[i] = 1
					}
					defer rates(b, rate{"GB/s", float64(4 * len(m.Data))})()
					for b.Loop() {
						read(m.Data)
					}
				})
			}
		}
	}
}
