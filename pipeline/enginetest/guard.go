package enginetest

import (
	"context"
	"fmt"
	"runtime/debug"
	"testing"

	"gondola/pipeline"
)

// guarded makes an error of a panic, which checkLine does not let pass: one
// crash fails one test and hides no others. (A panic in a goroutine of the
// engine still ends the program.)
type guarded struct {
	pipeline.Engine
	t testing.TB
}

func (g guarded) guard(err *error) {
	if crash := recover(); crash != nil {
		g.t.Logf("panic: %v\n%s", crash, debug.Stack())
		*err = fmt.Errorf("panic: %v", crash)
	}
}

func (g guarded) Load(ctx context.Context, l pipeline.Load, report pipeline.Report) (ds pipeline.Dataset, err error) {
	defer g.guard(&err)
	return g.Engine.Load(ctx, l, report)
}

func (g guarded) Transform(ctx context.Context, in pipeline.Dataset, t pipeline.Transformer, report pipeline.Report) (ds pipeline.Dataset, err error) {
	defer g.guard(&err)
	return g.Engine.Transform(ctx, in, t, report)
}

func (g guarded) Fit(ctx context.Context, ds pipeline.Dataset, e pipeline.Estimator, report pipeline.Report) (m pipeline.Model, err error) {
	defer g.guard(&err)
	return g.Engine.Fit(ctx, ds, e, report)
}

func (g guarded) Select(ctx context.Context, ds pipeline.Dataset, s pipeline.Selection, report pipeline.Report) (t *pipeline.Table, err error) {
	defer g.guard(&err)
	return g.Engine.Select(ctx, ds, s, report)
}

func (g guarded) Write(ctx context.Context, ds pipeline.Dataset, w pipeline.Write, report pipeline.Report) (out pipeline.Written, err error) {
	defer g.guard(&err)
	return g.Engine.Write(ctx, ds, w, report)
}
