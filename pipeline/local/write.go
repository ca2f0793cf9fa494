package local

import (
	"context"
	"errors"

	"gondola/lake"
	"gondola/pipeline"
)

// Write implements pipeline.Engine: all rows in their order, whole or not at
// all.
func (e *Engine) Write(ctx context.Context, ds pipeline.Dataset, w pipeline.Write, report pipeline.Report) (pipeline.Written, error) {
	d, err := e.begin(ctx, ds, w)
	if err != nil {
		return pipeline.Written{}, err
	}
	columns := w.Columns
	if len(columns) == 0 {
		columns = writtenColumns(d)
	}
	fields, err := d.fields(columns)
	if err != nil {
		return pipeline.Written{}, paramOr(err, "columns", w.Columns)
	}
	for _, name := range w.Partition {
		if _, err := d.column(name); err != nil {
			return pipeline.Written{}, &pipeline.ParamError{Param: "partition", Value: name, Reason: err.Error()}
		}
	}
	m := startMeter(report, w.Verb(), "rows", d.rows)
	defer m.end()
	out, err := lake.NewOutput(ctx, e.store, w.URI, fields, lake.OutputOptions{
		Format: lake.Format(w.Format), Mode: lake.Mode(w.Mode), Partition: w.Partition,
		Writer: lake.WriterOptions{
			Parquet: lake.ParquetOptions{Compression: w.Compression},
			CSV:     lake.CSVOptions{Raw: w.Raw},
		},
	})
	if err != nil {
		return pipeline.Written{}, err
	}
	err = scan(ctx, d, columns, e.workers, func() func(int64, *lake.Batch) (*lake.Batch, error) {
		return func(_ int64, b *lake.Batch) (*lake.Batch, error) { return b, nil }
	}, func(b *lake.Batch) error {
		m.add(b.Rows)
		return out.Write(b)
	})
	if err != nil {
		return pipeline.Written{}, errors.Join(err, out.Abort())
	}
	written, err := out.Commit(ctx)
	if err != nil && written.Run == "" {
		return pipeline.Written{}, errors.Join(err, out.Abort())
	} // with a run the output is in place, and what could not be cleaned up is left to the next one
	result := pipeline.Written{URI: w.URI, Rows: written.Rows, Bytes: written.Bytes}
	for _, p := range written.Parts {
		result.Files = append(result.Files, pipeline.WrittenFile{Name: p.Name, Rows: p.Rows, Bytes: p.Bytes})
	}
	return result, nil
}

// writtenColumns are the columns that are written when none are named: all,
// but for the tokens of a table that has tags already.
func writtenColumns(d *dataset) []string {
	var names []string
	for _, c := range d.schema.Columns {
		if c.Name == pipeline.TokensColumn && d.layer != nil && !d.table.has(c.Name) {
			continue
		}
		names = append(names, c.Name)
	}
	return names
}

func paramOr(err error, param string, names []string) error {
	if len(names) == 0 {
		return err
	}
	return &pipeline.ParamError{Param: param, Value: names, Reason: err.Error()}
}

// fields returns the types in which columns travel.
func (d *dataset) fields(columns []string) ([]lake.Field, error) {
	fields := make([]lake.Field, len(columns))
	for i, name := range columns {
		if _, err := d.column(name); err != nil {
			return nil, err
		}
		switch {
		case d.layer != nil && d.layer.has(name):
			fields[i] = d.layer.field(name)
		case d.clusters != nil && name == pipeline.ClusterColumn:
			fields[i] = clusterField
		case d.clusters != nil && name == pipeline.DistanceColumn:
			fields[i] = distanceField
		case d.tokens != nil && name == pipeline.TokensColumn:
			fields[i] = tokensField
		default:
			fields[i] = d.table.field(name)
		}
	}
	return fields, nil
}
