package local

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// Write implements pipeline.Engine: all rows in their order, whole or not at
// all. An output that an earlier run of the same write left, and that nobody
// has touched, is not written again.
func (e *Engine) Write(ctx context.Context, ds pipeline.Dataset, w pipeline.Write, report pipeline.Report) (pipeline.Written, error) {
	d, err := e.begin(ctx, ds, w)
	if err != nil {
		return pipeline.Written{}, err
	}
	origin, err := e.originOf(ctx, w, d.origin)
	if err != nil {
		return pipeline.Written{}, err
	}
	if !w.Force {
		if k := e.cache.find(origin.Hash); k != nil {
			found, err := e.openWritten(ctx, k, w)
			k.done()
			if err == nil {
				return found, nil
			}
			if ctx.Err() != nil {
				return pipeline.Written{}, context.Cause(ctx)
			}
		}
	}
	begun := time.Now()
	out, err := e.write(ctx, d, w, report)
	if err != nil {
		return out, err
	}
	origin.Made, origin.Took, origin.Rows = begun.UTC(), time.Since(begun), out.Rows
	out.Origin = origin
	e.recordWritten(ctx, out)
	return out, nil
}

// openWritten returns what an earlier run wrote, if that is still there.
func (e *Engine) openWritten(ctx context.Context, k *keptResult, w pipeline.Write) (pipeline.Written, error) {
	var was written
	if err := json.Unmarshal(k.Manifest().Extra, &was); err != nil {
		return pipeline.Written{}, err
	}
	now, err := e.fingerprintOutput(ctx, w.URI)
	if err != nil {
		return pipeline.Written{}, err
	}
	if now != was.Fingerprint {
		return pipeline.Written{}, errChanged
	}
	was.Origin = k.Manifest().Origin
	was.Origin.Cached = true
	return was.Written, nil
}

// recordWritten remembers an output, so that it need not be written again. The
// output itself is in place: a failure here costs no more than that.
func (e *Engine) recordWritten(ctx context.Context, out pipeline.Written) {
	print, err := e.fingerprintOutput(ctx, out.URI)
	if err != nil {
		return
	}
	extra, err := json.Marshal(written{out, print})
	if err != nil {
		return
	}
	b, err := e.cache.begin(out.Origin.Hash)
	if err != nil {
		return
	}
	if b.Commit(ctx, artifact.Manifest{Kind: out.Origin.Verb, Origin: out.Origin, Extra: extra}) != nil {
		_ = b.Abort() // swept by the next engine
	}
}

// write writes the rows.
func (e *Engine) write(ctx context.Context, d *dataset, w pipeline.Write, report pipeline.Report) (pipeline.Written, error) {
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
	err = scanDicts(ctx, d, columns, e.workers, func() func(int64, *lake.Batch) (*lake.Batch, error) {
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
