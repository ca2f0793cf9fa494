package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/kmeans"
)

// batchRows is how many rows travel together, dictRows how many where they may
// come by dictionaries: then they take a few bytes each, and where they do not,
// dictBytes is the end of a batch.
const (
	batchRows = 4096
	dictRows  = 64 << 10
	dictBytes = 4 << 20
)

// scan reads columns of a dataset in row order. Each batch goes to one of
// several workers; what they make of it comes to collect in row order again,
// in the caller's goroutine. About three batches for each worker are on their
// way at once, each of at most batchRows rows and Engine.batchBytes. newWorker is called once for each worker, so that
// it can have memory of its own; first is the row number of the batch's first
// row. A batch is used again after collect has returned.
func scan[T any](ctx context.Context, d *dataset, columns []string, workers int,
	newWorker func() func(first int64, b *lake.Batch) (T, error), collect func(T) error,
) error {
	plan, err := d.plan(columns)
	if err != nil {
		return err
	}
	return scanPlan(ctx, plan, workers, newWorker, collect)
}

// scanDicts is scan for workers that know what to do with columns that are
// given by dictionaries (lake.Column.Dict). Its batches may have dictRows rows.
func scanDicts[T any](ctx context.Context, d *dataset, columns []string, workers int,
	newWorker func() func(first int64, b *lake.Batch) (T, error), collect func(T) error,
) error {
	plan, err := d.plan(columns)
	if err != nil {
		return err
	}
	plan.dicts = true
	if plan.titles != nil {
		plan.titles.room = d.engine.titleBytes() / int64(workers)
	}
	return scanPlan(ctx, plan, workers, newWorker, collect)
}

// scanPlan is scan of a plan.
func scanPlan[T any](ctx context.Context, plan *plan, workers int,
	newWorker func() func(first int64, b *lake.Batch) (T, error), collect func(T) error,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	type job struct {
		first int64
		read  *lake.Batch // as read; out is what the worker sees of it
		out   *lake.Batch
		side  computed
		made  T
		err   error
		done  chan struct{}
	}
	depth := 2 * workers
	work, inOrder := make(chan *job, depth), make(chan *job, depth)
	free := make(chan *job, depth+workers+2)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(errScanOver) // before Wait: a failed collect stops the others

	wg.Go(func() {
		defer close(work)
		defer close(inOrder)
		c := plan.cursor()
		defer c.close()
		for first := int64(0); ; {
			var j *job
			select {
			case j = <-free:
			default:
				j = &job{read: &lake.Batch{}, out: &lake.Batch{}, side: plan.newComputed()}
			}
			j.done = make(chan struct{})
			j.first = first
			j.err = c.next(ctx, j.read)
			if errors.Is(j.err, io.EOF) {
				return
			}
			first += int64(j.read.Rows)
			failed := j.err != nil
			if failed {
				close(j.done)
			}
			select {
			case inOrder <- j:
			case <-ctx.Done():
				return
			}
			if failed {
				return
			}
			select {
			case work <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		wg.Go(func() {
			fn := newWorker()
			derive := plan.deriver(ctx)
			for j := range work {
				if ctx.Err() == nil {
					if j.err = derive(j.read, j.out, j.side); j.err == nil {
						j.made, j.err = fn(j.first, j.out)
					}
				}
				close(j.done)
			}
		})
	}
	for j := range inOrder {
		select {
		case <-j.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if j.err != nil {
			return j.err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := collect(j.made); err != nil {
			return err
		}
		free <- j
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

var errScanOver = errors.New("the scan is over")

// plan says where each wanted column comes from.
type plan struct {
	d       *dataset
	columns []string // as wanted
	table   []string // to be read from the table
	layer   []string // to be read from the layer
	title   int      // where the title is among the columns read; -1 when not needed
	derived []string // columns to be computed from it
	titles  *titleMap
	dicts   bool // hand dictionaries on
}

func (d *dataset) plan(columns []string) (*plan, error) {
	p := &plan{d: d, columns: columns, title: -1}
	for _, name := range columns {
		if _, err := d.column(name); err != nil {
			return nil, err
		}
		switch {
		case d.layer != nil && d.layer.has(name):
			p.layer = append(p.layer, name)
		case d.clusters != nil && (name == pipeline.ClusterColumn || name == pipeline.DistanceColumn),
			d.tokens != nil && name == pipeline.TokensColumn:
			p.derived = append(p.derived, name)
		default:
			p.table = append(p.table, name)
		}
	}
	if len(p.derived) > 0 {
		p.title = slices.Index(p.table, d.schema.Title)
		if p.title < 0 {
			p.title = len(p.table)
			p.table = append(p.table, d.schema.Title)
		}
		p.titles = &titleMap{newRows: p.derive}
		for _, name := range p.derived {
			p.titles.fields = append(p.titles.fields, derivedField(name))
		}
	}
	return p, nil
}

func derivedField(name string) lake.Field {
	switch name {
	case pipeline.ClusterColumn:
		return clusterField
	case pipeline.DistanceColumn:
		return distanceField
	}
	return tokensField
}

// derive returns a function for one worker that computes the derived columns of
// titles.
func (p *plan) derive(ctx context.Context) (addRows, error) {
	var title artifact.Title
	var assigner *artifact.Assigner
	if len(p.derived) > 1 || p.derived[0] != pipeline.TokensColumn {
		var err error
		if assigner, err = p.d.clusters.NewAssigner(ctx); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, titles []string, out []lake.Column) error {
		for n, text := range titles {
			if n%64 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			p.d.tokens.dict.Read(text, &title)
			var at kmeans.Assignment
			if assigner != nil {
				at = assigner.Assign(title.IDs)
			}
			for i, name := range p.derived {
				switch {
				case name == pipeline.TokensColumn:
					appendKept(&out[i], &title)
				case at.Cluster < 0:
					out[i].AppendNull()
				case name == pipeline.ClusterColumn:
					out[i].AppendInt(int64(at.Cluster))
				default:
					out[i].AppendFloat(float64(at.Distance))
				}
			}
		}
		return nil
	}, nil
}

// planCursor reads what the plan needs, table columns before layer columns.
type planCursor struct {
	table *cursor
	layer *cursor
	side  lake.Batch // of the layer
	at    int        // the first row of side that was not handed on
	left  int64      // rows to read
	most  int        // rows in a batch
}

// cursor reads all rows. The table gives the rows where no column is needed.
func (p *plan) cursor() *planCursor {
	c := &planCursor{left: math.MaxInt64, most: batchRows}
	bytes := p.d.engine.batchBytes()
	if p.dicts {
		c.most, bytes = dictRows, min(bytes, dictBytes)
	}
	if len(p.table) > 0 || len(p.layer) == 0 {
		c.table = p.d.table.cursor(p.table)
		c.table.batch, c.table.dicts = bytes, p.dicts
	}
	if len(p.layer) > 0 {
		c.layer = p.d.layer.cursor(p.layer)
		c.layer.batch, c.layer.dicts = bytes, p.dicts
	}
	return c
}

// next fills b with the next rows; io.EOF at the end.
func (c *planCursor) next(ctx context.Context, b *lake.Batch) error {
	if c.left == 0 {
		return io.EOF
	}
	most := int(min(c.left, int64(c.most)))
	if c.table == nil {
		err := c.layer.next(ctx, b, most)
		c.left -= int64(b.Rows)
		return err
	}
	var over error // the layer's end
	if c.layer != nil {
		// It has the same rows, but its batches may end elsewhere.
		if c.at == c.side.Rows {
			c.side.Rows, c.at = 0, 0
			if over = c.layer.next(ctx, &c.side, most); over != nil && !errors.Is(over, io.EOF) {
				return over
			}
		}
		if over == nil {
			most = min(most, c.side.Rows-c.at)
		}
	}
	if err := c.table.next(ctx, b, most); err != nil {
		return err
	}
	if over != nil {
		return errors.New("a work file is shorter than its table: it was changed from outside")
	}
	c.left -= int64(b.Rows)
	if c.layer == nil {
		return nil
	}
	for i := range c.side.Columns {
		from := &c.side.Columns[i]
		to := lake.NewColumn(from.Field)
		to.AppendRange(from, c.at, c.at+b.Rows)
		b.Columns = append(b.Columns, *to)
	}
	c.at += b.Rows
	return nil
}

func (c *planCursor) close() {
	if c.table != nil {
		c.table.close()
	}
	if c.layer != nil {
		c.layer.close()
	}
}

// computed are the derived columns of a batch.
type computed []lake.Column

func (p *plan) newComputed() computed {
	out := make(computed, len(p.derived))
	for i, name := range p.derived {
		out[i] = *lake.NewColumn(derivedField(name))
	}
	return out
}

// deriver returns a function for one worker that puts the wanted columns into
// out, in their order, and computes those that are functions of the title.
func (p *plan) deriver(ctx context.Context) func(read, out *lake.Batch, side computed) error {
	var titles *titleWorker
	if p.titles != nil {
		titles = p.titles.worker()
	}
	return func(read, out *lake.Batch, side computed) error {
		out.Rows = read.Rows
		out.Columns = out.Columns[:0]
		if titles != nil {
			if err := titles.columns(ctx, &read.Columns[p.title], side); err != nil {
				return err
			}
		}
		for _, name := range p.columns {
			if i := slices.Index(p.derived, name); i >= 0 {
				out.Columns = append(out.Columns, side[i])
				continue
			}
			c := read.Column(name)
			if c == nil {
				return fmt.Errorf("column %q was not read", name)
			}
			out.Columns = append(out.Columns, *c)
		}
		return nil
	}
}
