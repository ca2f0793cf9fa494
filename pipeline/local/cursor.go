package local

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gondola/lake"
)

// cursor reads columns of a table from its first row to its last.
type cursor struct {
	t       *table
	columns []string
	wanted  []string // of those that are in files
	inPart  []string // of those that are in the open file
	part    int      // the next one
	at      int64    // the next row
	ends    int64    // the row after the last one of the open file
	skip    int64    // rows of the next part to pass over
	batch   int64    // bytes of a batch, about
	dicts   bool     // hand dictionaries on
	object  io.Closer
	reader  *lake.ParquetReader
	read    lake.Batch
}

func (t *table) cursor(columns []string) *cursor {
	c := &cursor{t: t, columns: columns, batch: maxBatch}
	for _, name := range columns {
		if t.inFiles(name) {
			c.wanted = append(c.wanted, name)
		}
	}
	return c
}

// cursorAt reads from row first on.
func (t *table) cursorAt(columns []string, first int64) *cursor {
	c := t.cursor(columns)
	c.at = first
	for c.part < len(t.parts) && first >= t.parts[c.part].rows {
		first -= t.parts[c.part].rows
		c.part++
	}
	c.skip = first
	return c
}

// next fills b with up to most rows; io.EOF at the end.
func (c *cursor) next(ctx context.Context, b *lake.Batch, most int) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if c.reader == nil {
			if c.part == len(c.t.parts) {
				return io.EOF
			}
			if err := c.open(ctx); err != nil {
				return err
			}
		}
		err := c.reader.Next(ctx, &c.read, most)
		c.at += int64(c.read.Rows)
		if errors.Is(err, io.EOF) {
			if err := c.closePart(); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		break
	}
	return c.give(b)
}

// give swaps the memory of the columns that were read into b, as the table has
// them, and adds those that the file lacks.
func (c *cursor) give(b *lake.Batch) error {
	b.Rows = c.read.Rows
	have := b.Columns
	b.Columns = b.Columns[:0]
	at := 0 // inPart has the order of columns
	for i, name := range c.columns {
		if at == len(c.inPart) || c.inPart[at] != name {
			b.Columns = append(b.Columns, *c.folderColumn(name, b.Rows))
			continue
		}
		var old lake.Column // read before append writes over it
		if i < len(have) {
			old = have[i]
		}
		b.Columns = append(b.Columns, c.read.Columns[at])
		c.read.Columns[at] = old
		if b.Columns[i].Type != c.t.field(name).Type {
			b.Columns[i].Materialise()
		}
		if err := widen(&b.Columns[i], c.t.field(name).Type); err != nil {
			return fmt.Errorf("%s: %w", c.t.parts[c.part-1].name, err)
		}
		at++
	}
	return nil
}

// folderColumn is a column that the open file lacks: its folders have it, or
// it is null.
func (c *cursor) folderColumn(name string, rows int) *lake.Column {
	col := lake.NewColumn(c.t.field(name))
	for _, p := range c.t.parts[c.part-1].folders {
		if p.Key != name || p.Null {
			continue
		}
		if c.dicts {
			col.AppendString(p.Value)
			return &lake.Column{Field: col.Field, Dict: col, Indexes: make([]int32, rows)}
		}
		for range rows {
			col.AppendString(p.Value)
		}
		return col
	}
	return nullColumn(col.Field, rows)
}

func (c *cursor) open(ctx context.Context) error {
	f, closer, err := openPart(ctx, c.t, c.part)
	if err != nil {
		return err
	}
	c.object = closer
	rows := c.t.parts[c.part].rows
	if err := c.readFrom(f, c.part, lake.WithSkip(c.skip), lake.WithBatchBytes(c.batch)); err != nil {
		return err
	}
	c.ends = c.at - c.skip + rows
	c.skip = 0
	return nil
}

// readFrom makes the opened file of part i the one that is read.
func (c *cursor) readFrom(f *lake.ParquetFile, i int, options ...lake.ReaderOption) (err error) {
	c.inPart = c.inPart[:0]
	for _, name := range c.wanted {
		if c.t.parts[i].columns.has(name) {
			c.inPart = append(c.inPart, name)
		}
	}
	if c.inPart == nil {
		c.inPart = []string{} // nil would mean all; none gives rows without columns
	}
	if c.dicts {
		options = append(options, lake.WithDictionaries())
	}
	c.part = i + 1
	c.reader, err = f.NewReader(c.inPart, options...)
	return err
}

func (c *cursor) closePart() error {
	c.reader = nil
	object := c.object
	c.object = nil
	return object.Close()
}

func (c *cursor) close() {
	if c.reader != nil {
		c.reader.Close()
	}
	if c.object != nil {
		_ = c.object.Close() // only read
	}
}
