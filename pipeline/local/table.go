package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"gondola/lake"
)

// table is the rows of Parquet files, one after the other, with the key=value
// folders on the way to each as further columns. The files stay where they
// are.
type table struct {
	store      lake.Store
	fields     []lake.Field // of the files; columns that cannot be read left out
	leftOut    []lake.Field
	partitions []string // names of the folder columns
	parts      []part
	rows       int64
	lock       *os.File // keeps the files in the cache while the table is used; nil for files of the user's
}

type part struct {
	name    string
	version string
	rows    int64
	bytes   int64
	folders []lake.Partition // in the order of table.partitions
}

// openTable reads the footers of the files and checks that all have the same
// columns.
func openTable(ctx context.Context, store lake.Store, files []lake.DataFile) (*table, error) {
	t := &table{store: store}
	for i, file := range files {
		f, closer, err := openParquet(ctx, store, file.Name)
		if err != nil {
			return nil, err
		}
		fields, leftOut := readable(f.Schema())
		t.parts = append(t.parts, part{
			name: file.Name, version: file.Version, rows: f.NumRows(), bytes: file.Size, folders: file.Partitions,
		})
		t.rows += f.NumRows()
		if err := closer.Close(); err != nil {
			return nil, err
		}
		if i == 0 {
			t.fields, t.leftOut = fields, leftOut
			for _, p := range file.Partitions {
				t.partitions = append(t.partitions, p.Key)
			}
			continue
		}
		if err := sameColumns(t, fields, files[0].Name, file); err != nil {
			return nil, err
		}
	}
	if len(t.fields) == 0 && len(t.leftOut) > 0 {
		return nil, fmt.Errorf("%s: no column can be read: %q: %s", files[0].Name, t.leftOut[0].Name, t.leftOut[0].Type.Reason)
	}
	// A column that also stands in the files is theirs.
	t.partitions = slices.DeleteFunc(t.partitions, func(name string) bool { return t.inFiles(name) })
	return t, nil
}

func openParquet(ctx context.Context, store lake.Store, name string) (*lake.ParquetFile, io.Closer, error) {
	object, err := store.Open(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	f, err := lake.OpenParquet(ctx, object, object.Info().Size, name, lake.Limits{})
	if err != nil {
		return nil, nil, errors.Join(err, object.Close())
	}
	return f, object, nil
}

// readable parts the columns that can be read from those that cannot.
func readable(all []lake.Field) (fields, leftOut []lake.Field) {
	for _, f := range all {
		if f.Type.Kind == lake.Unsupported {
			leftOut = append(leftOut, f)
			continue
		}
		fields = append(fields, f)
	}
	return fields, leftOut
}

// sameColumns refuses part files that differ: it names both and the column.
func sameColumns(t *table, fields []lake.Field, first string, file lake.DataFile) error {
	for _, want := range t.fields {
		i := slices.IndexFunc(fields, func(f lake.Field) bool { return f.Name == want.Name })
		if i < 0 {
			return fmt.Errorf("column %q is in %s and not in %s: load files of one schema together", want.Name, first, file.Name)
		}
		if fields[i].Type != want.Type {
			return fmt.Errorf("column %q is %s in %s and %s in %s: load files of one schema together",
				want.Name, want.Type, first, fields[i].Type, file.Name)
		}
	}
	for _, got := range fields {
		if !slices.ContainsFunc(t.fields, func(f lake.Field) bool { return f.Name == got.Name }) {
			return fmt.Errorf("column %q is in %s and not in %s: load files of one schema together", got.Name, file.Name, first)
		}
	}
	keys := make([]string, 0, len(file.Partitions))
	for _, p := range file.Partitions {
		keys = append(keys, p.Key)
	}
	if !slices.Equal(keys, t.partitions) {
		return fmt.Errorf("the folders of %s give the columns %v, those of %s %v: load files of one layout together",
			first, t.partitions, file.Name, keys)
	}
	return nil
}

func (t *table) inFiles(name string) bool {
	return slices.ContainsFunc(t.fields, func(f lake.Field) bool { return f.Name == name })
}

// has says whether the table has the column.
func (t *table) has(name string) bool {
	return t.inFiles(name) || slices.Contains(t.partitions, name)
}

// field describes a column of the table. Folder columns are text.
func (t *table) field(name string) lake.Field {
	for _, f := range t.fields {
		if f.Name == name {
			f.Nullable = true // another part may have declared it so
			return f
		}
	}
	return lake.Field{Name: name, Type: lake.StringType, Nullable: true}
}

// cursor reads columns of a table from its first row to its last.
type cursor struct {
	t       *table
	columns []string
	inFiles []string
	part    int   // the next one
	at      int64 // the next row
	ends    int64 // the row after the last one of the open file
	skip    int64 // rows of the next part to pass over
	batch   int64 // bytes of a batch, about
	object  io.Closer
	reader  *lake.ParquetReader
	read    lake.Batch
}

func (t *table) cursor(columns []string) *cursor {
	c := &cursor{t: t, columns: columns, batch: maxBatch}
	for _, name := range columns {
		if t.inFiles(name) {
			c.inFiles = append(c.inFiles, name)
		}
	}
	if len(c.inFiles) == 0 && len(t.fields) > 0 {
		c.inFiles = []string{t.fields[0].Name} // something has to give the rows
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

func (c *cursor) fields() []lake.Field {
	out := make([]lake.Field, len(c.columns))
	for i, name := range c.columns {
		out[i] = c.t.field(name)
	}
	return out
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
	// Swap the memory of the columns into b, and add the folder columns.
	b.Rows = c.read.Rows
	have := b.Columns
	b.Columns = b.Columns[:0]
	for i, name := range c.columns {
		if at := slices.Index(c.inFiles, name); at >= 0 {
			var old lake.Column // read before append writes over it
			if i < len(have) {
				old = have[i]
			}
			b.Columns = append(b.Columns, c.read.Columns[at])
			c.read.Columns[at] = old
			continue
		}
		b.Columns = append(b.Columns, c.folderColumn(name, b.Rows))
	}
	return nil
}

func (c *cursor) folderColumn(name string, rows int) lake.Column {
	col := lake.NewColumn(c.t.field(name))
	for _, p := range c.t.parts[c.part-1].folders {
		if p.Key != name {
			continue
		}
		for range rows {
			if p.Null {
				col.AppendNull()
				continue
			}
			col.AppendString(p.Value)
		}
	}
	return *col
}

func (c *cursor) open(ctx context.Context) error {
	f, closer, err := openPart(ctx, c.t, c.part)
	if err != nil {
		return err
	}
	c.object = closer
	if c.reader, err = f.NewReader(c.inFiles, lake.WithSkip(c.skip), lake.WithBatchBytes(c.batch)); err != nil {
		return err
	}
	c.ends = c.at - c.skip + c.t.parts[c.part].rows
	c.skip = 0
	c.part++
	return nil
}

// openPart opens part i of the table, which must be as it was.
func openPart(ctx context.Context, t *table, i int) (*lake.ParquetFile, io.Closer, error) {
	p := t.parts[i]
	f, closer, err := openParquet(ctx, t.store, p.name)
	if err != nil {
		return nil, nil, err
	}
	if f.NumRows() != p.rows {
		return nil, nil, errors.Join(
			fmt.Errorf("%s: it had %d rows when it was loaded and has %d now: load it again", p.name, p.rows, f.NumRows()), closer.Close())
	}
	return f, closer, nil
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
