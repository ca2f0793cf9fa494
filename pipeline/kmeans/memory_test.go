//go:build !race

// The race detector takes memory of its own.

package kmeans

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"gondola/pipeline/simd"
)

// heap returns the bytes that are held now.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// weighing is a context that weighs the heap at some of the moments at which it is
// asked.
type weighing struct {
	context.Context
	mu          sync.Mutex
	asks, every int
	most        int64
	mapped      atomic.Int64 // tables, which are not on Go's heap
}

func (w *weighing) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asks++; w.asks%w.every == 0 {
		w.most = max(w.most, heap()+w.mapped.Load())
	}
	return nil
}

// TestMemoryIsHonest compares the estimate with the most that is held in a run.
func TestMemoryIsHonest(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, c := range []struct {
		name                         string
		rows, dim, points, k, worker int
		adjust                       func(*Params)
	}{
		{"a table of many words", 10_000, 8, 30_000, 30, 1, func(*Params) {}},
		{"no table", 2_000, 50, 20_000, 100, 1, func(p *Params) { p.TableBytes = 1 }},
		{"many centres", 1_000, 20, 8_000, 500, 2, func(p *Params) { p.Init = InitRandom }},
		{"a large table", 30_000, 40, 50_000, 60, 2, func(*Params) {}},
		{"tables in turn", 5_000, 30, 60_000, 300, 2, func(p *Params) { p.TableBytes = 3 << 20 }},
		{"points read anew", 2_000, 30, 40_000, 50, 2, func(p *Params) { p.PointBytes = 1 }},
		{"few points", 500, 100, 3_000, 10, 1, func(p *Params) { p.Metric = Cosine }},
	} {
		p := DefaultParams()
		p.K, p.Workers, p.MaxIter = c.k, c.worker, 2
		c.adjust(&p)
		table := gaussian(c.rows, c.dim, 1)
		bags := make(Bags, c.points)
		for i := range bags {
			for range 5 {
				bags[i] = append(bags[i], int32(r.IntN(c.rows)))
			}
		}
		before := heap()
		ctx := &weighing{Context: context.Background(), every: 200 + c.points/20}
		run, end := newRun(p.Workers, nil)
		f := &fitter{frame: newFrame(table, p.Metric == Cosine, nil), r: run, p: p}
		f.newTable = func(rows, dim int) *simd.Matrix {
			m := simd.NewMatrix(rows, dim)
			if bytes := int64(len(m.Data)) * 4; bytes > 2<<20 { // smaller ones are on the heap
				ctx.mapped.Add(bytes)
			}
			return m
		}
		if _, err := f.fit(ctx, bags); err != nil {
			t.Fatal(err)
		}
		f.close()
		end()
		held, estimate := ctx.most-before, p.Memory(c.rows, c.dim, int64(c.points), 5)
		runtime.KeepAlive(table)
		runtime.KeepAlive(bags)
		ratio := float64(estimate) / float64(held)
		t.Logf("%s: estimated %d bytes, held %d: %.2f", c.name, estimate, held, ratio)
		if ratio < 0.8 || ratio > 1.2 {
			t.Errorf("%s: estimated %d bytes, held are %d: %.2f", c.name, estimate, held, ratio)
		}
	}
}
