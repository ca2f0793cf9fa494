package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/receipts"
)

// Plan implements pipeline.Engine. The rows of a load are known when the
// files say so themselves, or an earlier run counted them. Times go by what
// earlier runs of the step took for a row.
func (e *Engine) Plan(ctx context.Context, s pipeline.Step, inputs ...pipeline.Origin) (pipeline.Plan, error) {
	o, err := e.originOf(ctx, s, inputs...)
	if err != nil {
		return pipeline.Plan{}, err
	}
	p := pipeline.Plan{Origin: o, Rows: -1, Time: -1}
	if k := e.cache.find(o.Hash); k != nil {
		p.Rows, p.Cached = k.Manifest().Origin.Rows, true
		if w, ok := s.(pipeline.Write); ok {
			_, err := e.openWritten(ctx, k, w)
			p.Cached = err == nil
		}
		k.done()
		return p, nil
	}
	switch s := s.(type) {
	case pipeline.Load:
		if p.Rows, err = e.rowsOf(ctx, s); err != nil {
			return p, err
		}
	default:
		if len(inputs) > 0 {
			p.Rows = inputs[0].Rows
		}
	}
	return p, e.estimate(ctx, &p)
}

// rowsOf counts the rows of a load without reading them; -1 when that cannot
// be done.
func (e *Engine) rowsOf(ctx context.Context, l pipeline.Load) (int64, error) {
	if l.Explode != "" {
		return -1, nil
	}
	if receipts.IsURI(l.URI) {
		o, err := receipts.ParseURI(l.URI)
		return part64(l.Sample, o.Rows), err
	}
	files, err := lake.Expand(ctx, e.store, l.URI)
	if err != nil {
		return -1, err
	}
	format, err := e.formatOf(ctx, files, l.Format)
	if err != nil || format != "parquet" {
		return -1, err
	}
	var rows int64
	for _, file := range files {
		f, closer, err := openParquet(ctx, e.store, file.Name)
		if err != nil {
			return -1, err
		}
		rows += f.NumRows()
		if err := closer.Close(); err != nil {
			return -1, err
		}
	}
	return part64(l.Sample, rows), nil
}

// part64 is how many of rows a sample takes.
func part64(s pipeline.Share, rows int64) int64 { return newRowPicker(s, rows, 0).want }

// estimate fills in the time that the step would take: by the median time for
// a row of earlier runs of the same step, those with the same parameters if
// there are any.
func (e *Engine) estimate(ctx context.Context, p *pipeline.Plan) error {
	if p.Rows < 0 {
		return nil
	}
	list, err := e.cache.list(ctx)
	if err != nil {
		return err
	}
	var same, all []float64 // seconds a row
	for _, k := range list {
		o := k.Origin
		if o.Verb != p.Origin.Verb || o.Rows <= 0 || o.Took <= 0 {
			continue
		}
		each := o.Took.Seconds() / float64(o.Rows)
		all = append(all, each)
		if bytes.Equal(o.Params, p.Origin.Params) {
			same = append(same, each)
		}
	}
	p.Basis = "earlier runs with the same parameters"
	if len(same) == 0 {
		same, p.Basis = all, "earlier runs"
	}
	if len(same) == 0 {
		p.Basis = ""
		return nil
	}
	if len(same) == 1 {
		p.Basis = "one of the " + p.Basis
	} else {
		p.Basis = fmt.Sprintf("%d %s", len(same), p.Basis)
	}
	slices.Sort(same)
	p.Time = time.Duration(same[len(same)/2] * float64(p.Rows) * float64(time.Second))
	return nil
}

// errChanged says that an output is not what an earlier run wrote any more.
var errChanged = errors.New("the output has changed since it was written")

// written is what a write keeps: what it wrote, and the fingerprint of that.
type written struct {
	pipeline.Written

	Fingerprint string
}

// fingerprintOutput is of all files of an output.
func (e *Engine) fingerprintOutput(ctx context.Context, uri string) (string, error) {
	files, err := lake.Expand(ctx, e.store, uri)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return fingerprint(files), nil
}
