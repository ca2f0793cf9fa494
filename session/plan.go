package session

import (
	"context"
	"slices"
	"time"

	"gondola/pipeline"
	"gondola/session/lang"
)

// planning collects what a dry run would do: a row for each step.
type planning struct {
	table *pipeline.Table
}

func newPlanning() *planning {
	return &planning{pipeline.NewTable("plan: nothing was run", pipeline.Col("step", pipeline.String), pipeline.Col("result", pipeline.String),
		pipeline.Col("rows", pipeline.Int), pipeline.Col("seconds", pipeline.Float), pipeline.Col("state", pipeline.String), pipeline.Col("estimated by", pipeline.String))}
}

const dryRunFlag = "dry-run"

// plans says whether a command can be planned: a step, or a script of them.
func plans(c *lang.Command) bool {
	return c != nil && (isStep(c) || c.Name == "run" || c.Name == "source")
}

// dryRun says whether a step of the statement asks for a plan of it.
func dryRun(stmt *lang.Statement) bool {
	return slices.ContainsFunc(stmt.Steps, func(s lang.Step) bool { return plans(s.Command) && s.HasFlag(dryRunFlag) })
}

// runsDry says whether a command has its part in a dry run: steps plan
// themselves, and what they are given must be known.
func runsDry(c *lang.Command) bool {
	switch c.Name {
	case "param", "set", "help", "model load":
		return true
	}
	return plans(c)
}

// skip lists a command that a dry run leaves out.
func (inv *invocation) skip() {
	inv.planning.table.Add(inv.text, nil, nil, nil, "would run", nil)
}

// tableOrigin is the origin of the rows of a result, which in a dry run are not
// there: those of vectors are their tokens, those of clusters have a column
// more.
func tableOrigin(ctx context.Context, engine pipeline.Engine, r *result) (pipeline.Origin, error) {
	switch {
	case r.planned == nil:
		return r.dataset.Origin(), nil
	case r.kind == lang.Vectors:
		return tableOrigin(ctx, engine, r.from)
	case r.kind == lang.Clusters:
		p, err := engine.Plan(ctx, pipeline.Assign{}, r.at(lang.Tokens).origin(), r.origin())
		return p.Origin, err
	}
	return r.planned.Origin, nil
}

// plan tells what the step would do, in place of doing it, and leaves a result
// that the steps after it can be planned on.
func (inv *invocation) plan(ctx context.Context, engine pipeline.Engine, kind lang.Kind, step pipeline.Step, from *result, inputs ...pipeline.Origin) error {
	p, err := engine.Plan(ctx, step, inputs...)
	if err != nil {
		return err
	}
	if p.Rows < 0 && from != nil {
		p.Rows = from.rows()
	}
	p.Origin.Rows = p.Rows
	state := "would be computed"
	if p.Cached {
		state, p.Time = "cached", 0
	}
	var rows, secs, basis any
	if p.Rows >= 0 {
		rows = p.Rows
	}
	if p.Time >= 0 {
		secs = p.Time.Round(time.Millisecond).Seconds()
	}
	if p.Basis != "" && !p.Cached {
		basis = p.Basis
	}
	r := &result{kind: kind, from: from, step: step, planned: &p, source: inv.text}
	name := inv.keep(r)
	var as any
	if name != "" {
		as = name
	}
	inv.planning.table.Add(inv.text, as, rows, secs, state, basis)
	return nil
}
