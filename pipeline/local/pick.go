package local

import (
	"context"
	"errors"
	"io"

	"gondola/lake"
)

// Few rows of many are fetched one by one: only the row groups that hold them
// are read.
const (
	fewRows  = 1000
	sparse   = 1000    // one row of so many, or fewer
	readOver = 100_000 // rows: a smaller gap within a file is read through
)

// few says whether the picked rows are better fetched than scanned for.
func (p *rowPicker) few(rows int64) bool {
	return !p.all && p.want <= fewRows && p.want*sparse <= rows
}

// picks lists the rows that would be picked, in order. p cannot be used again.
func (p *rowPicker) picks(rows int64) []int64 {
	var list []int64
	for i := range rows {
		if p.want == 0 {
			break
		}
		if p.pick() {
			list = append(list, i)
		}
	}
	return list
}

// fetch reads columns of single rows, given in order, and calls fn for each.
func (d *dataset) fetch(ctx context.Context, columns []string, rows []int64, fn func(b *lake.Batch) error) error {
	plan, err := d.plan(columns)
	if err != nil {
		return err
	}
	c := plan.cursor()
	c.most = 1
	defer c.close()
	derive := plan.deriver(ctx)
	var read, out lake.Batch
	side := plan.newComputed()
	for _, row := range rows {
		if err := c.seek(ctx, row); err != nil {
			return err
		}
		if err := c.next(ctx, &read); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if err := derive(&read, &out, side); err != nil {
			return err
		}
		if err := fn(&out); err != nil {
			return err
		}
	}
	return nil
}

// seek makes row the next one that is read.
func (c *planCursor) seek(ctx context.Context, row int64) error {
	c.side.Reset()
	c.at = 0
	for _, side := range []*cursor{c.table, c.layer} {
		if side == nil {
			continue
		}
		if err := side.seek(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// seek makes row the next one that is read. It reads through small gaps, and
// otherwise opens the file that holds the row behind it.
func (c *cursor) seek(ctx context.Context, row int64) error {
	if c.reader != nil && row >= c.at && row < c.ends && row-c.at <= readOver {
		for c.at < row {
			if err := c.reader.Next(ctx, &c.read, int(min(row-c.at, batchRows))); err != nil {
				return err
			}
			c.at += int64(c.read.Rows)
		}
		return nil
	}
	c.close()
	batch, dicts := c.batch, c.dicts
	*c = *c.t.cursorAt(c.columns, row)
	c.batch, c.dicts = batch, dicts
	return c.open(ctx)
}
