package session

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
)

// The endings of export: what the engine writes, and what is drawn here.
var (
	tableEndings = []string{".parquet", ".csv", ".tsv", ".jsonl"}
	smallEndings = []string{".json", ".md"}
)

func runExport(ctx context.Context, inv *invocation) error {
	if !inv.call.IsSet("result") {
		return inv.exportChart(ctx)
	}
	r, err := inv.input()
	if err != nil {
		return err
	}
	c := inv.call
	path := c.String("file")
	ending, folder := endingOf(path), strings.HasSuffix(path, "/")
	rows := slices.Contains(tableEndings, ending) || slices.Contains(smallEndings, ending)
	if model := r.kind == lang.Vectors || r.kind == lang.Clusters; !rows && (model || r.words != nil && !folder) {
		return inv.exportModel(ctx, r, path)
	}
	r, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	switch {
	case slices.Contains(tableEndings, ending), folder:
		return inv.write(ctx, engine, r.dataset, pipeline.Write{
			URI: path, Columns: c.List("columns"), Compression: c.String("compression"), Raw: c.Bool("raw"),
		})
	case slices.Contains(smallEndings, ending):
		return inv.exportSmall(ctx, engine, r, path, viz.Format(strings.TrimPrefix(ending, ".")))
	default:
		return &pipeline.ParamError{Param: "file", Value: path, Reason: "a table is exported to " + strings.Join(append(slices.Clone(tableEndings), smallEndings...), ", ")}
	}
}

// endingOf is the ending of a file name, in lower case and without that of a
// compression.
func endingOf(path string) string {
	path = strings.ToLower(path)
	for _, ext := range []string{".gz", ".zst"} {
		if bare, found := strings.CutSuffix(path, ext); found {
			if ending := filepath.Ext(bare); slices.Contains(tableEndings, ending) {
				return ending
			}
			return ext
		}
	}
	return filepath.Ext(path)
}

// exportSmall writes a table as one document. It is all of the table, or
// nothing.
func (inv *invocation) exportSmall(ctx context.Context, engine pipeline.Engine, r *result, path string, format viz.Format) error {
	tooLong := func(rows int64) error {
		return &pipeline.ParamError{Param: "file", Value: path, Reason: fmt.Sprintf("%s are too many for one document, which holds %s: export to .jsonl, .csv or .parquet",
			rowsOf(rows), pipeline.Thousands(pipeline.DefaultLimit))}
	}
	if n := r.dataset.Len(); n > pipeline.DefaultLimit {
		return tooLong(n)
	}
	columns := inv.call.List("columns")
	if columns == nil {
		columns = slices.DeleteFunc(r.dataset.Schema().Names(), func(name string) bool { // as write does
			return name == pipeline.TokensColumn && r.kind == lang.Tags
		})
	}
	t, err := engine.Select(ctx, r.dataset, pipeline.Selection{Columns: columns, Limit: pipeline.DefaultLimit}, inv.report)
	if err != nil {
		return err
	}
	if t.Count() > int64(len(t.Rows)) {
		return tooLong(t.Count())
	}
	var b bytes.Buffer
	if err := viz.WriteTable(&b, t, format, viz.Options{}); err != nil {
		return err
	}
	bytes := int64(b.Len())
	if err := inv.writeFile(ctx, path, b.Bytes()); err != nil {
		return err
	}
	row := pipeline.NewTable("", pipeline.Col("path", pipeline.String), pipeline.Col("rows", pipeline.Int),
		pipeline.Col("files", pipeline.Int), pipeline.Col("bytes", pipeline.Int))
	row.Add(path, t.Count(), int64(1), bytes)
	inv.end(lang.None, "", fmt.Sprintf("%s to %s, %s", rowsOf(t.Count()), path, pipeline.Size(bytes)), row)
	return nil
}
