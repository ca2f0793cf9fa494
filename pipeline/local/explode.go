package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// exploder makes a row of each item of a list, as Spark's explode and
// explode_outer do. A list of structs is several columns, the lists of its
// members, which are equally long in every row: they become one row together.
type exploder struct {
	path   string
	outer  bool
	names  []string
	fields []lake.Field // of the result
	lists  []int        // columns that are exploded
	keep   *lake.Batch
	in     int64 // rows read
	empty  int64 // of them without items
}

func newExploder(t *table, names []string, l pipeline.Load) (*exploder, error) {
	x := &exploder{path: l.Explode, outer: l.ExplodeOuter, names: names, fields: make([]lake.Field, len(names))}
	refuse := func(format string, args ...any) (*exploder, error) {
		return nil, &pipeline.ParamError{Param: "explode", Value: l.Explode, Reason: fmt.Sprintf(format, args...)}
	}
	below := ""
	for i, name := range names {
		f := t.field(name)
		if name == l.Explode || strings.HasPrefix(name, l.Explode+".") {
			below = name
			if f.Type.Kind == lake.List {
				f.Type, f.Nullable = f.Type.Elem(), true
				x.lists = append(x.lists, i)
			} else if name == l.Explode {
				return refuse("the column is %s: only lists can be exploded", f.Type)
			}
		}
		x.fields[i] = f
	}
	switch {
	case below == "":
		for _, f := range t.leftOut {
			if f.Name == l.Explode || strings.HasPrefix(f.Name, l.Explode+".") {
				return refuse("column %q cannot be read: %s", f.Name, f.Type.Reason)
			}
		}
		return refuse("%v", unknownColumn(l.Explode, names))
	case len(x.lists) == 0:
		return refuse("%q holds no lists: only lists can be exploded", l.Explode)
	}
	x.keep = lake.NewBatch(x.fields...)
	return x, nil
}

// explode writes the rows of a table to out.
func (e *Engine) explode(ctx context.Context, t *table, l pipeline.Load, out string, m *meter) (*table, *exploder, error) {
	m.enter("explode", t.rows)
	names := schemaOf(t)
	x, err := newExploder(t, names.Names(), l)
	if err != nil {
		return nil, nil, err
	}
	err = e.writeWorkFile(out, x.fields, func(w lake.TableWriter) error {
		c := t.cursor(x.names)
		defer c.close()
		var b lake.Batch
		for {
			if err := c.next(ctx, &b, batchRows); err != nil {
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
			if err := x.batch(ctx, &b, w); err != nil {
				return err
			}
			m.add(b.Rows)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	made, err := openTable(ctx, lake.File{}, []lake.DataFile{{Info: lake.Info{Name: out}}})
	if err != nil {
		return nil, nil, errors.Join(err, os.Remove(out))
	}
	return made, x, nil
}

// batch writes the rows of b. A list may be long: what is held in memory is
// bounded by rows, not by lists.
func (x *exploder) batch(ctx context.Context, b *lake.Batch, w lake.TableWriter) error {
	for row := range b.Rows {
		n, err := x.items(b, row)
		if err != nil {
			return err
		}
		x.in++
		if n == 0 {
			x.empty++
			if x.outer {
				n = 1
			}
		}
		for item := range n {
			x.add(b, row, item)
			if x.keep.Rows < batchRows && x.bytes() < explodeBytes {
				continue
			}
			if err := x.flush(ctx, w); err != nil {
				return err
			}
		}
	}
	return x.flush(ctx, w)
}

// explodeBytes is about the most text that waits to be written.
const explodeBytes = 16 << 20

func (x *exploder) bytes() int {
	n := 0
	for i := range x.keep.Columns {
		n += len(x.keep.Columns[i].Bytes)
	}
	return n
}

func (x *exploder) flush(ctx context.Context, w lake.TableWriter) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := w.Write(x.keep)
	x.keep.Reset()
	return err
}

// items is how many items the lists of a row have. A list that is null, such
// as that of a member which its file lacks, goes along with the others.
func (x *exploder) items(b *lake.Batch, row int) (int, error) {
	n, of := -1, 0
	for _, i := range x.lists {
		c := &b.Columns[i]
		if c.Null(row) {
			continue
		}
		k := c.Lists[row+1] - c.Lists[row]
		if n >= 0 && k != n {
			return 0, &pipeline.ParamError{Param: "explode", Value: x.path, Reason: fmt.Sprintf(
				"row %d has %d items of %q and %d of %q: they are different lists, explode one of them", x.in+1, n, x.names[of], k, x.names[i])}
		}
		n, of = k, i
	}
	return max(n, 0), nil
}

// add adds one row: an item of each list, and the other columns as they are.
func (x *exploder) add(b *lake.Batch, row, item int) {
	lists := x.lists
	for i := range b.Columns {
		from, to := &b.Columns[i], &x.keep.Columns[i]
		if len(lists) == 0 || lists[0] != i {
			to.AppendFrom(from, row)
			continue
		}
		lists = lists[1:]
		at := from.Lists[row] + item
		if from.Null(row) || at >= from.Lists[row+1] {
			to.AppendNull()
			continue
		}
		to.AppendFrom(from.Elem, at)
	}
	x.keep.Rows++
}

// facts say what became of the rows.
func (x *exploder) facts(rows int64) pipeline.Table {
	t := pipeline.Table{Title: "explode", Columns: []pipeline.TableColumn{
		pipeline.Col("list", pipeline.String), pipeline.Col("rows before", pipeline.Int), pipeline.Col("rows after", pipeline.Int),
		pipeline.Col("without items", pipeline.Int), pipeline.Col("note", pipeline.String),
	}}
	note := "left out"
	if x.outer {
		note = "kept as rows of nulls"
	}
	t.Add(x.path, x.in, rows, x.empty, note)
	return t
}
