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
)

// batchRows is how many rows travel together.
const batchRows = 4096

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
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	type job struct {
		first int64
		read  *lake.Batch // as read; out is what the worker sees of it
		out   *lake.Batch
		side  *computed
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
				j = &job{read: &lake.Batch{}, out: &lake.Batch{}, side: newComputed()}
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
	tokens  bool     // columns to be computed
	cluster bool
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
		case d.clusters != nil && (name == pipeline.ClusterColumn || name == pipeline.DistanceColumn):
			p.cluster = true
		case d.tokens != nil && name == pipeline.TokensColumn:
			p.tokens = true
		default:
			p.table = append(p.table, name)
		}
	}
	if p.tokens || p.cluster {
		p.title = slices.Index(p.table, d.schema.Title)
		if p.title < 0 {
			p.title = len(p.table)
			p.table = append(p.table, d.schema.Title)
		}
	}
	return p, nil
}

// planCursor reads what the plan needs, table columns before layer columns.
type planCursor struct {
	table *cursor
	layer *cursor
	side  *lake.Batch
	left  int64 // rows to read
	most  int   // rows in a batch
}

// cursor reads all rows. The table gives the rows where no column is needed.
func (p *plan) cursor() *planCursor {
	c := &planCursor{left: math.MaxInt64, most: batchRows}
	if len(p.table) > 0 || len(p.layer) == 0 {
		c.table = p.d.table.cursor(p.table)
		c.table.batch = p.d.engine.batchBytes()
	}
	if len(p.layer) > 0 {
		c.layer = p.d.layer.cursor(p.layer)
		c.layer.batch = p.d.engine.batchBytes()
		c.side = &lake.Batch{}
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
	if err := c.table.next(ctx, b, most); err != nil {
		return err
	}
	c.left -= int64(b.Rows)
	if c.layer == nil {
		return nil
	}
	// The layer has the same rows, but its batches may end elsewhere.
	rows := b.Rows
	b.Columns = append(b.Columns, make([]lake.Column, len(c.layer.columns))...)
	side := b.Columns[len(b.Columns)-len(c.layer.columns):]
	for i, f := range c.layer.fields() {
		side[i] = *lake.NewColumn(f)
	}
	for got := 0; got < rows; got += c.side.Rows {
		if err := c.layer.next(ctx, c.side, rows-got); err != nil {
			if errors.Is(err, io.EOF) {
				return errors.New("a work file is shorter than its table: it was changed from outside")
			}
			return err
		}
		for i := range side {
			for r := range c.side.Rows {
				side[i].AppendFrom(&c.side.Columns[i], r)
			}
		}
	}
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

// computed are the columns that are functions of the title, for the rows of a
// batch.
type computed struct {
	tokens, cluster, distance *lake.Column
}

func newComputed() *computed {
	return &computed{lake.NewColumn(tokensField), lake.NewColumn(clusterField), lake.NewColumn(distanceField)}
}

func (c *computed) reset() {
	c.tokens.Reset()
	c.cluster.Reset()
	c.distance.Reset()
}

// deriver returns a function for one worker that puts the wanted columns into
// out, in their order, and computes those that are functions of the title.
func (p *plan) deriver(ctx context.Context) func(read, out *lake.Batch, side *computed) error {
	var title artifact.Title
	var assigner *artifact.Assigner
	return func(read, out *lake.Batch, side *computed) error {
		if p.cluster && assigner == nil {
			var err error
			if assigner, err = p.d.clusters.NewAssigner(ctx); err != nil {
				return err
			}
		}
		out.Rows = read.Rows
		out.Columns = out.Columns[:0]
		side.reset()
		if p.title >= 0 {
			titles := &read.Columns[p.title]
			for i := range read.Rows {
				if titles.Null(i) {
					side.tokens.AppendNull()
					side.cluster.AppendNull()
					side.distance.AppendNull()
					continue
				}
				p.d.tokens.dict.Read(titles.String(i), &title)
				if p.tokens {
					appendKept(side.tokens, &title)
				}
				if p.cluster {
					appendAssignment(side.cluster, side.distance, assigner.Assign(title.IDs))
				}
			}
		}
		for _, name := range p.columns {
			switch {
			case p.tokens && name == pipeline.TokensColumn:
				out.Columns = append(out.Columns, *side.tokens)
			case p.cluster && name == pipeline.ClusterColumn:
				out.Columns = append(out.Columns, *side.cluster)
			case p.cluster && name == pipeline.DistanceColumn:
				out.Columns = append(out.Columns, *side.distance)
			default:
				c := read.Column(name)
				if c == nil {
					return fmt.Errorf("column %q was not read", name)
				}
				out.Columns = append(out.Columns, *c)
			}
		}
		return nil
	}
}
