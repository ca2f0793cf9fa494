package projection

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"gondola/pipeline/simd"
)

// nearest are the k nearest points of each point, itself first.
type nearest struct {
	k         int
	index     []int32   // of point i: index[i*k : (i+1)*k]
	distances []float32 // likewise, ascending
}

// Points that are compared at once: a block of dot products stays in the cache.
const blockRows, blockColumns = 32, 512

// neighbours finds the k nearest points of each point exactly: all dot products,
// by blocks, each block by one goroutine. Ties go to the lower number.
func (r *run) neighbours(points *simd.Matrix, k int, metric string) (*nearest, error) {
	n := points.Rows
	near := &nearest{k: k, index: make([]int32, n*k), distances: make([]float32, n*k)}
	squares := squares(r.kernels, points)
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	var next, done atomic.Int64
	work := func() {
		scores := make([]float32, blockRows*blockColumns)
		ranks := make([]ranking, blockRows)
		for r.ctx.Err() == nil {
			from := int(next.Add(blockRows)) - blockRows
			if from >= n {
				return
			}
			to := min(from+blockRows, n)
			for i := from; i < to; i++ {
				ranks[i-from].reset(near.index[i*k:(i+1)*k], near.distances[i*k:(i+1)*k])
				ranks[i-from].offer(int32(i), -1) // itself comes first, whatever rounding says
			}
			for c := 0; c < n; c += blockColumns {
				end := min(c+blockColumns, n)
				r.kernels.Dots(scores, blockColumns, points, all[from:to], points, all[c:end])
				for i := from; i < to; i++ {
					rank := &ranks[i-from]
					for j, dot := range scores[(i-from)*blockColumns:][:end-c] {
						d := distance(metric, dot, squares[i], squares[c+j])
						if d < rank.worst && c+j != i {
							rank.offer(int32(c+j), d)
						}
					}
				}
			}
			for i := from; i < to; i++ {
				near.distances[i*k] = 0
				if metric == Euclidean {
					for j, d := range near.distances[i*k:][:k] {
						near.distances[i*k+j] = float32(math.Sqrt(float64(d)))
					}
				}
			}
			done.Add(int64(to - from))
		}
	}
	var workers sync.WaitGroup
	for range r.workers {
		workers.Go(work)
	}
	finished := make(chan struct{})
	go func() {
		workers.Wait()
		close(finished)
	}()
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	for {
		select {
		case <-finished:
			if r.ctx.Err() != nil {
				return nil, context.Cause(r.ctx)
			}
			return near, r.step(PhaseNeighbours, n, n)
		case <-tick.C:
			_ = r.step(PhaseNeighbours, int(done.Load()), n) // the workers see a cancel by themselves
		}
	}
}

// squares returns the squared lengths of the points.
func squares(kernels *simd.Kernels, points *simd.Matrix) []float32 {
	out := make([]float32, points.Rows)
	for i := range out {
		out[i] = kernels.Dot(points.Row(i), points.Row(i))
	}
	return out
}

// distance is that of two points by their dot product and squared lengths, of
// unit vectors (or zeros) by Cosine. By Euclidean it is the square of it.
func distance(metric string, dot, a, b float32) float32 {
	if metric == Cosine {
		return max(0, 1-dot)
	}
	return max(0, a+b-2*dot)
}

// ranking holds the nearest points met so far, in order.
type ranking struct {
	index     []int32
	distances []float32
	worst     float32 // that of the last place
}

func (r *ranking) reset(index []int32, distances []float32) {
	r.index, r.distances, r.worst = index, distances, float32(math.Inf(1))
	for i := range distances {
		distances[i] = r.worst
	}
}

// offer puts a point that is nearer than the worst into its place, behind those
// that are as near.
func (r *ranking) offer(i int32, d float32) {
	at := len(r.index) - 1
	for ; at > 0 && r.distances[at-1] > d; at-- {
		r.distances[at], r.index[at] = r.distances[at-1], r.index[at-1]
	}
	r.distances[at], r.index[at] = d, i
	r.worst = r.distances[len(r.distances)-1]
}
