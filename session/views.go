package session

import (
	"context"

	"gondola/pipeline"
	"gondola/viz"
)

// view is what a step shows of its result: a chart, or a table.
type view struct {
	chart *viz.Spec
	table *pipeline.Table
}

// plotStep shows the charts of the step that made r, as it did itself.
func (inv *invocation) plotStep(ctx context.Context, engine pipeline.Engine, r *result) error {
	views, err := inv.views(ctx, engine, r)
	if err != nil {
		return err
	}
	for _, v := range views {
		if v.chart != nil {
			inv.plotted(*v.chart)
		}
	}
	if !inv.shown {
		inv.say("%s has no charts of its own: say what to draw, as plot --x COLUMN", r.nameOf())
	}
	return nil
}

func (inv *invocation) views(ctx context.Context, engine pipeline.Engine, r *result) ([]view, error) {
	return nil, nil
}
