package session

import (
	"context"
	"fmt"
	"time"

	"gondola/pipeline"
	"gondola/session/lang"
)

func runGC(ctx context.Context, inv *invocation) error {
	engine, err := inv.engine(ctx)
	if err != nil {
		return err
	}
	keeper, ok := engine.(pipeline.Keeper)
	if !ok {
		return fmt.Errorf("gc: this engine keeps no results between runs")
	}
	c := inv.call
	var most int64
	switch {
	case c.Bool("all"):
	case c.IsSet("max-size"):
		most = c.Size("max-size")
	default:
		if limiter, ok := engine.(pipeline.Limiter); ok {
			most = limiter.Limits().Kept
		}
	}
	dry := c.Bool(dryRunFlag)
	freed, err := keeper.Collect(ctx, most, dry)
	if err != nil {
		return err
	}
	left, err := keeper.Kept(ctx)
	if err != nil {
		return err
	}
	var bytes, rest int64
	t := pipeline.NewTable("removed", pipeline.Col("step", pipeline.String), pipeline.Col("rows", pipeline.Int),
		pipeline.Col("size", pipeline.String), pipeline.Col("made", pipeline.Time), pipeline.Col("last used", pipeline.Time), pipeline.Col("hash", pipeline.String))
	for _, k := range freed {
		bytes += k.Origin.Bytes
		var rows any
		if k.Origin.Rows >= 0 {
			rows = k.Origin.Rows
		}
		t.Add(k.Origin.Verb, rows, pipeline.Size(k.Origin.Bytes), k.Origin.Made.Truncate(time.Second), k.Used.Truncate(time.Second), k.Origin.Short())
	}
	for _, k := range left {
		rest += k.Origin.Bytes
	}
	verb := "removed"
	if dry {
		verb, t.Title, rest = "would remove", "would be removed", rest-bytes
	}
	if len(freed) > 0 {
		inv.table(t)
	}
	row := pipeline.NewTable("", pipeline.Col("removed", pipeline.Int), pipeline.Col("bytes", pipeline.Int), pipeline.Col("bytes_kept", pipeline.Int))
	row.Add(int64(len(freed)), bytes, rest)
	inv.end(lang.None, "", fmt.Sprintf("%s %s, %s; %s stay", verb, plural(len(freed), "result"), pipeline.Size(bytes), pipeline.Size(rest)), row)
	return nil
}
