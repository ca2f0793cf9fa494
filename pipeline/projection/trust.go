package projection

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"gondola/pipeline/simd"
)

// Trustworthiness measures how far the neighbours in a layout are neighbours in
// truth, 0 to 1: for the k nearest points j of each point i in the layout, it
// subtracts by how many places j is beyond the k nearest in the space of the
// points,
//
//	T = 1 - 2/(n k (2n-3k-1)) * sum over i, j of max(0, rank(i,j)-k)
//
// as sklearn.manifold.trustworthiness does (Venna and Kaski, 2001). k is brought
// below n/2, where it is defined; of fewer than 4 points it is 1. The time grows
// with the square of the number of points: half a second for 5,000. Of the
// parameters Metric, Workers and Kernels count. Errors: those of Fit.
func Trustworthiness(ctx context.Context, points *simd.Matrix, layout [][2]float32, k int, p Params) (float64, error) {
	if err := p.Validate(); err != nil {
		return 0, err
	}
	if err := check(points); err != nil {
		return 0, err
	}
	n := points.Rows
	if n != len(layout) || k < 1 {
		return 0, &ParamError{"k", k, "must be 1 or more, for a layout of as many points"}
	}
	k = min(k, (n-1)/2)
	if k < 1 {
		return 1, nil
	}
	r := newRun(ctx, p, nil)
	if p.Metric == Cosine {
		points = unit(points)
		defer points.Close()
	}
	plane := simd.NewMatrix(n, 2)
	defer plane.Close()
	for i, at := range layout {
		copy(plane.Row(i), at[:])
	}
	near, err := r.neighbours(plane, k+1, Euclidean)
	if err != nil {
		return 0, err
	}
	squares := squares(r.kernels, points)
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	beyond := make([]int64, n)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range r.workers {
		workers.Go(func() {
			d := make([]float32, n)
			found := make([]int, k)
			for r.ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				r.kernels.Dots(d, n, points, all[i:i+1], points, all)
				for j, dot := range d {
					d[j] = distance(p.Metric, dot, squares[i], squares[j])
				}
				d[i] = -1 // itself has rank 0
				// The rank of j is how many are nearer. Most are not: so the farthest
				// of the k is asked for first.
				js := near.index[i*(k+1)+1 : (i+1)*(k+1)]
				clear(found)
				farthest := float32(math.Inf(-1))
				for _, j := range js {
					farthest = max(farthest, d[j])
				}
				for _, v := range d {
					if v >= farthest {
						continue
					}
					for l, j := range js {
						if v < d[j] {
							found[l]++
						}
					}
				}
				for _, rank := range found {
					beyond[i] += int64(max(0, rank-k))
				}
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	var sum int64
	for _, b := range beyond {
		sum += b
	}
	return 1 - 2*float64(sum)/(float64(n)*float64(k)*float64(2*n-3*k-1)), nil
}
