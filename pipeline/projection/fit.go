package projection

import (
	"context"
	"math"
	"runtime"

	"gondola/pipeline/simd"
)

// Phases of Progress.
const (
	PhasePCA        = "principal components" // counts points
	PhaseNeighbours = "neighbours"           // counts points
	PhaseLayout     = "layout"               // counts epochs
)

// Progress is how far Fit is.
type Progress struct {
	Phase       string
	Done, Total int64
}

// Fit lays the points out: it returns a place x, y for each row of points, which
// it leaves as they are. A seed fixes the layout. Every coordinate is finite; of
// UMAP the middle of the layout is the origin.
//
// Points fewer than neighbours have so many neighbours as there are points; one
// point or two have the places that PCA gives them. Equal points end up close to
// one another. A row of zeros has no direction: by Cosine it is far from all but
// other such rows.
//
// report, which may be nil, is called from the calling goroutine about every
// tenth of a second of work or more often, and must return quickly. Errors:
// *ParamError, ErrNotFinite, context.Cause(ctx) within a tenth of a second.
func Fit(ctx context.Context, points *simd.Matrix, p Params, report func(Progress)) ([][2]float32, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := check(points); err != nil {
		return nil, err
	}
	r := newRun(ctx, p, report)
	if p.Metric == Cosine {
		points = unit(points)
		defer points.Close()
	}
	start, err := r.principal(points)
	if err != nil || p.Method == PCA || points.Rows < 3 {
		return start, err
	}
	near, err := r.neighbours(points, min(p.NNeighbors, points.Rows), p.Metric)
	if err != nil {
		return nil, err
	}
	links := near.fuzzy()
	return r.layout(start, links, p)
}

// run is what the phases share.
type run struct {
	ctx     context.Context
	report  func(Progress)
	workers int
	kernels *simd.Kernels
}

func newRun(ctx context.Context, p Params, report func(Progress)) *run {
	r := &run{ctx: ctx, report: report, workers: p.Workers, kernels: p.Kernels}
	if r.workers == 0 {
		r.workers = runtime.GOMAXPROCS(0)
	}
	if r.kernels == nil {
		r.kernels = simd.Best()
	}
	return r
}

// step reports, and returns the cause when the work was cancelled.
func (r *run) step(phase string, done, total int) error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	if r.report != nil {
		r.report(Progress{phase, int64(done), int64(total)})
	}
	return nil
}

// unit returns the points as unit vectors; zeros stay zeros.
func unit(points *simd.Matrix) *simd.Matrix {
	out := simd.NewMatrix(points.Rows, points.Dim)
	for i := range points.Rows {
		from, to := points.Row(i), out.Row(i)
		var sum float64
		for _, v := range from {
			sum += float64(v) * float64(v)
		}
		if sum == 0 {
			continue
		}
		scale := 1 / math.Sqrt(sum)
		for j, v := range from {
			to[j] = float32(float64(v) * scale)
		}
	}
	return out
}
