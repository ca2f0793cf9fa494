package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ParquetReader reads chosen columns of a ParquetFile, row by row, in order.
// It is not for several goroutines at once: give each a reader of its own,
// over its own row groups.
type ParquetReader struct {
	f       *ParquetFile
	indexes []int // of the fields to read
	fields  []Field
	group   int // the next row group
	to      int
	skip    int64
	batch   int64 // Limits.BatchBytes of this reader
	chunks  []*chunkReader
	left    int64 // rows left in the open row group
	keep    bool  // hand dictionaries on
	scratch Column
	streams streams
	err     error
}

// ReaderOption chooses which rows a ParquetReader reads.
type ReaderOption func(*ParquetReader)

// WithRowGroups reads the row groups from and up to, but without, to.
func WithRowGroups(from, to int) ReaderOption {
	return func(r *ParquetReader) { r.group, r.to = from, to }
}

// WithSkip passes over the first n rows. Row groups that lie wholly before are
// not read at all.
func WithSkip(n int64) ReaderOption {
	return func(r *ParquetReader) { r.skip = n }
}

// WithBatchBytes makes Next return fewer rows where they would take more than
// about n bytes. It is Limits.BatchBytes for one reader, and cannot raise it.
func WithBatchBytes(n int64) ReaderOption {
	return func(r *ParquetReader) { r.batch = min(r.batch, max(n, 1)) }
}

// WithDictionaries makes Next hand columns on as the file has them: where pages
// hold indexes into a dictionary, a column (or the elements of a List) has Dict
// and Indexes instead of values. A batch ends where a column changes from one
// form to the other, and all batches of a row group share its dictionary.
func WithDictionaries() ReaderOption {
	return func(r *ParquetReader) { r.keep = true }
}

// NewReader returns a reader of the named columns, in the order given; nil
// means all columns that can be read. A name that the file has not, or that is
// Unsupported, is an error.
func (f *ParquetFile) NewReader(columns []string, options ...ReaderOption) (*ParquetReader, error) {
	r := &ParquetReader{f: f, to: len(f.meta.RowGroups), batch: f.limits.BatchBytes}
	if columns == nil {
		for i, field := range f.fields {
			if field.Type.Kind != Unsupported {
				r.indexes = append(r.indexes, i)
			}
		}
	}
	for _, name := range columns {
		i := f.index(name)
		if i < 0 {
			return nil, fmt.Errorf("%s: no column %q; there are %s", f.name, name, f.columnNames())
		}
		if t := f.fields[i].Type; t.Kind == Unsupported {
			return nil, fmt.Errorf("%s: column %q cannot be read: %s: %w", f.name, name, t.Reason, errors.ErrUnsupported)
		}
		r.indexes = append(r.indexes, i)
	}
	for _, i := range r.indexes {
		r.fields = append(r.fields, f.fields[i])
	}
	for _, o := range options {
		o(r)
	}
	if r.group < 0 || r.group > r.to || r.to > len(f.meta.RowGroups) || r.skip < 0 {
		return nil, fmt.Errorf("%s: row groups %d to %d of %d, skipping %d rows", f.name, r.group, r.to, len(f.meta.RowGroups), r.skip)
	}
	for r.group < r.to && r.skip >= f.RowGroupRows(r.group) {
		r.skip -= f.RowGroupRows(r.group)
		r.group++
	}
	return r, nil
}

func (f *ParquetFile) index(name string) int {
	for i := range f.fields {
		if f.fields[i].Name == name {
			return i
		}
	}
	return -1
}

func (f *ParquetFile) columnNames() string {
	names := make([]string, 0, len(f.fields))
	for i := range f.fields {
		names = append(names, shortName(f.fields[i].Name))
	}
	const most = 20
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(f.fields)-most))
	}
	return strings.Join(names, ", ")
}

// Fields returns the columns that the reader reads.
func (r *ParquetReader) Fields() []Field { return append([]Field(nil), r.fields...) }

// Next replaces the content of b by the next rows: at least one and at most
// maxRows, fewer at the end of a row group and where rows are large
// (Limits.BatchBytes). It returns io.EOF behind the last row, and the cause of
// the context when that has ended. After an error the reader stays there.
func (r *ParquetReader) Next(ctx context.Context, b *Batch, maxRows int) error {
	b.Init(r.fields)
	if r.err == nil {
		r.err = r.next(ctx, b, maxRows)
	}
	if r.err != nil {
		b.Reset()
		r.Close()
	}
	return r.err
}

func (r *ParquetReader) next(ctx context.Context, b *Batch, maxRows int) (err error) {
	defer recoverTo(&err, r.f.name, "a page")
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if maxRows < 1 {
		return fmt.Errorf("%s: a batch of %d rows", r.f.name, maxRows)
	}
	for r.left == 0 {
		if r.group == r.to {
			return io.EOF
		}
		if err := r.openGroup(ctx); err != nil {
			return err
		}
	}
	rows := int(min(int64(maxRows), r.left))
	budget := int(r.batch)
	used := 0
	for b.Rows < rows {
		step := rows - b.Rows
		for _, c := range r.chunks {
			n, err := c.step(ctx, (budget-used)/len(r.chunks))
			if err != nil {
				return c.fail(r.f, r.group-1, err)
			}
			step = min(step, n)
		}
		for i, c := range r.chunks {
			switch {
			case b.Rows == 0:
				c.begin(&b.Columns[i])
			case !c.fits(&b.Columns[i]):
				step = 0
			}
		}
		if step == 0 {
			break
		}
		room := int(r.f.limits.PageBytes / 4)
		for i, c := range r.chunks {
			c.room = room
			before := b.Columns[i].bytesUsed()
			if err := c.read(ctx, &b.Columns[i], step); err != nil {
				return c.fail(r.f, r.group-1, err)
			}
			n := b.Columns[i].bytesUsed() - before
			used += n
			if c.leaf.maxRep > 0 {
				room -= n
			}
		}
		b.Rows += step
		if used >= budget {
			break
		}
	}
	if err := r.f.aligned(r.indexes, b); err != nil {
		return fmt.Errorf("%s: row group %d: %w", r.f.name, r.group-1, err)
	}
	r.left -= int64(b.Rows)
	if r.left == 0 {
		return r.closeGroup(ctx)
	}
	return nil
}

func (r *ParquetReader) openGroup(ctx context.Context) error {
	group := r.group
	r.group++
	r.left = r.f.RowGroupRows(group)
	if r.left == 0 {
		return nil
	}
	r.streams.held, r.streams.most = 0, r.f.limits.PageBytes+32*r.f.size
	for _, i := range r.indexes {
		c, err := newChunkReader(r.f, group, i, &r.streams)
		if err != nil {
			return fmt.Errorf("%s: column %q, row group %d: %w", r.f.name, shortName(r.f.fields[i].Name), group, err)
		}
		c.keep = r.keep
		r.chunks = append(r.chunks, c)
	}
	if r.skip == 0 {
		return nil
	}
	for _, c := range r.chunks {
		if err := c.skip(ctx, &r.scratch, r.skip); err != nil {
			return c.fail(r.f, group, err)
		}
	}
	r.left -= r.skip
	r.skip = 0
	return nil
}

// closeGroup checks that every column ended where its row group ends.
func (r *ParquetReader) closeGroup(ctx context.Context) error {
	for _, c := range r.chunks {
		if err := c.finish(ctx); err != nil {
			return c.fail(r.f, r.group-1, err)
		}
	}
	r.chunks = r.chunks[:0]
	return nil
}

// Close gives back memory. It need not be called behind the last row.
func (r *ParquetReader) Close() {
	r.chunks = nil
	r.streams.close()
}
