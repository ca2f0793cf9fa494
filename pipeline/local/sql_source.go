//go:build cgo

package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2"

	"gondola/lake"
)

// chunkRows is how many rows DuckDB takes at once.
const chunkRows = 2048

// sqlSource gives a dataset to DuckDB as a table function. DuckDB asks for the
// columns that the statement needs, from several threads at once; each thread
// reads a row group at a time. With one thread the rows come in the order of
// the dataset.
type sqlSource struct {
	ctx     context.Context // of the statement
	d       *dataset
	columns []sqlColumn
	units   []sqlUnit
	next    atomic.Int64 // the next unit
	meter   *meter
	mu      sync.Mutex
	failed  *error // where the statement finds what went wrong here
	closers *closers
}

// sqlColumn is a column of a dataset as SQL sees it.
type sqlColumn struct {
	name  string // in the dataset
	shown string // in SQL, where case does not tell names apart
	field lake.Field
	typ   duckdb.TypeInfo
	set   func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error
}

// sqlUnit is a row group of a part of the table.
type sqlUnit struct {
	part, group int
	first, rows int64 // in the dataset
}

// closers are the readers of a statement that are still open: DuckDB does not
// say when a thread has had enough rows.
type closers struct {
	mu   sync.Mutex
	list []*sqlReader
}

func (c *closers) add(r *sqlReader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, r)
}

// close is called when no thread of DuckDB works on the statement any more.
func (c *closers) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.list {
		r.close()
	}
	c.list = nil
}

// sqlColumns are the columns of a dataset with the types that DuckDB has for
// them. Names that differ in case only get a number.
func sqlColumns(d *dataset) ([]sqlColumn, error) {
	fields, err := d.fields(d.schema.Names())
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, f := range fields {
		taken[strings.ToLower(f.Name)] = true
	}
	seen := map[string]bool{}
	columns := make([]sqlColumn, len(fields))
	for i, f := range fields {
		base := f.Name
		if base == "" {
			base = "column" // SQL has no empty names
		}
		c := sqlColumn{name: f.Name, shown: base, field: f}
		for n := 1; seen[strings.ToLower(c.shown)] || n > 1 && taken[strings.ToLower(c.shown)]; n++ {
			c.shown = fmt.Sprintf("%s_%d", base, n)
		}
		seen[strings.ToLower(c.shown)] = true
		if c.typ, c.set, err = sqlType(f.Type); err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		columns[i] = c
	}
	return columns, nil
}

// sqlUnits lists the row groups of the dataset's table.
func sqlUnits(ctx context.Context, t *table) ([]sqlUnit, error) {
	var units []sqlUnit
	first := int64(0)
	for i, p := range t.parts {
		f, closer, err := openPart(ctx, t, i)
		if err != nil {
			return nil, err
		}
		for g := range f.NumRowGroups() {
			units = append(units, sqlUnit{part: i, group: g, first: first, rows: f.RowGroupRows(g)})
			first += f.RowGroupRows(g)
		}
		if err := closer.Close(); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return units, nil
}

// ColumnInfos implements duckdb.ParallelChunkTableSource.
func (s *sqlSource) ColumnInfos() []duckdb.ColumnInfo {
	infos := make([]duckdb.ColumnInfo, len(s.columns))
	for i, c := range s.columns {
		infos[i] = duckdb.ColumnInfo{Name: c.shown, T: c.typ}
	}
	return infos
}

// Cardinality implements duckdb.ParallelChunkTableSource.
func (s *sqlSource) Cardinality() *duckdb.CardinalityInfo {
	return &duckdb.CardinalityInfo{Cardinality: uint(s.d.rows), Exact: true}
}

// Init implements duckdb.ParallelChunkTableSource. It is called for each pass:
// a recursive query makes several.
func (s *sqlSource) Init() duckdb.ParallelTableSourceInfo {
	s.next.Store(0)
	return duckdb.ParallelTableSourceInfo{MaxThreads: max(1, min(len(s.units), s.d.engine.workers))}
}

// NewLocalState implements duckdb.ParallelChunkTableSource.
func (s *sqlSource) NewLocalState() any {
	r := &sqlReader{s: s}
	s.closers.add(r)
	return r
}

// FillChunk implements duckdb.ParallelChunkTableSource. A panic must not reach
// the C code that calls it.
func (s *sqlSource) FillChunk(state any, chunk duckdb.DataChunk) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading %s for sql: %v\n%s", s.d.schema.Title, p, debug.Stack())
		}
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if *s.failed == nil {
				*s.failed = err
			}
		}
	}()
	r, ok := state.(*sqlReader)
	if !ok {
		return fmt.Errorf("a table function got a %T", state)
	}
	return r.fill(&chunk)
}

// sqlReader reads for one thread of DuckDB.
type sqlReader struct {
	s       *sqlSource
	plan    *plan // nil before the first rows: what is wanted is told by the chunk
	wanted  []int // columns
	derive  func(read, out *lake.Batch, side computed) error
	part    int
	file    *lake.ParquetFile
	object  io.Closer
	cursor  *planCursor
	read    lake.Batch
	out     lake.Batch
	side    computed
	started bool
}

func (r *sqlReader) start(chunk *duckdb.DataChunk) error {
	r.started = true
	var names []string
	for i := range r.s.columns {
		if _, err := chunk.GetVector(i); err != nil {
			continue // not asked for
		}
		r.wanted = append(r.wanted, i)
		names = append(names, r.s.columns[i].name)
	}
	if len(names) == 0 {
		return nil
	}
	var err error
	if r.plan, err = r.s.d.plan(names); err != nil {
		return err
	}
	r.derive, r.side = r.plan.deriver(r.s.ctx), r.plan.newComputed()
	return nil
}

// fill puts the next rows into the chunk; none at the end.
func (r *sqlReader) fill(chunk *duckdb.DataChunk) error {
	if err := context.Cause(r.s.ctx); err != nil {
		return err
	}
	if !r.started {
		if err := r.start(chunk); err != nil {
			return err
		}
	}
	for r.cursor == nil || r.cursor.left == 0 {
		r.closeCursor()
		i := r.s.next.Add(1) - 1
		if i >= int64(len(r.s.units)) {
			return chunk.SetSize(0)
		}
		if err := r.open(r.s.units[i]); err != nil {
			return err
		}
	}
	if r.plan == nil { // only how many rows there are
		n := min(r.cursor.left, chunkRows)
		r.cursor.left -= n
		r.s.meter.add(int(n))
		return chunk.SetSize(int(n))
	}
	if err := r.cursor.next(r.s.ctx, &r.read); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("a row group is shorter than its file says")
		}
		return err
	}
	if err := r.derive(&r.read, &r.out, r.side); err != nil {
		return err
	}
	for k, i := range r.wanted {
		c, column := &r.s.columns[i], &r.out.Columns[k]
		for row := range r.out.Rows {
			if column.Null(row) {
				if err := chunk.SetValue(i, row, nil); err != nil {
					return err
				}
				continue
			}
			if err := c.set(chunk, i, column, row); err != nil {
				return fmt.Errorf("column %q: %w", c.name, err)
			}
		}
	}
	r.s.meter.add(r.out.Rows)
	return chunk.SetSize(r.out.Rows)
}

// open goes to the first row of a unit, in the table and in the layer.
func (r *sqlReader) open(u sqlUnit) error {
	r.cursor = &planCursor{left: u.rows, most: chunkRows}
	if r.plan == nil {
		return nil
	}
	if len(r.plan.table) > 0 {
		if err := r.openPart(u.part); err != nil {
			return err
		}
		c := r.plan.d.table.cursor(r.plan.table)
		if err := c.readFrom(r.file, u.part, lake.WithRowGroups(u.group, u.group+1)); err != nil {
			return err
		}
		c.object = io.NopCloser(nil) // the file stays open
		r.cursor.table = c
	}
	if len(r.plan.layer) > 0 {
		r.cursor.layer = r.plan.d.layer.cursorAt(r.plan.layer, u.first)
	}
	return nil
}

// openPart opens a part of the table, unless it is open.
func (r *sqlReader) openPart(i int) error {
	if r.file != nil && r.part == i {
		return nil
	}
	r.closeFile()
	var err error
	r.part = i
	r.file, r.object, err = openPart(r.s.ctx, r.plan.d.table, i)
	return err
}

func (r *sqlReader) closeCursor() {
	if r.cursor != nil {
		r.cursor.close()
		r.cursor = nil
	}
}

func (r *sqlReader) closeFile() {
	if r.object != nil {
		_ = r.object.Close() // only read
	}
	r.file, r.object = nil, nil
}

func (r *sqlReader) close() {
	r.closeCursor()
	r.closeFile()
}

// widestDecimal is how many digits DuckDB's decimals have.
const widestDecimal = 38

// sqlType is the type of DuckDB in which values of t travel, and how one that
// is not null is set.
func sqlType(t lake.Type) (duckdb.TypeInfo, func(*duckdb.DataChunk, int, *lake.Column, int) error, error) {
	simple := func(typ duckdb.Type, set func(*duckdb.DataChunk, int, *lake.Column, int) error) (duckdb.TypeInfo, func(*duckdb.DataChunk, int, *lake.Column, int) error, error) {
		info, err := duckdb.NewTypeInfo(typ)
		return info, set, err
	}
	switch t.Kind {
	case lake.String:
		return simple(duckdb.TYPE_VARCHAR, setSQLText)
	case lake.Binary, lake.Fixed:
		return simple(duckdb.TYPE_BLOB, func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return duckdb.SetChunkValue(*chunk, at, row, c.Str(row))
		})
	case lake.Bool:
		return simple(duckdb.TYPE_BOOLEAN, func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return duckdb.SetChunkValue(*chunk, at, row, c.Bools[row])
		})
	case lake.Int:
		return simple(sqlInt(t), func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return duckdb.SetChunkValue(*chunk, at, row, c.Ints[row])
		})
	case lake.Float:
		return simple(duckdb.TYPE_FLOAT, setSQLFloat)
	case lake.Double:
		return simple(duckdb.TYPE_DOUBLE, setSQLFloat)
	case lake.Date:
		return simple(duckdb.TYPE_DATE, func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return duckdb.SetChunkValue(*chunk, at, row, time.Unix(c.Ints[row]*86400, 0))
		})
	case lake.Time:
		return simple(duckdb.TYPE_TIME, func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return duckdb.SetChunkValue(*chunk, at, row, time.Unix(0, c.Ints[row]*(1e9/t.Unit.PerSecond())).UTC())
		})
	case lake.Timestamp:
		return simple(sqlTimestamp(t), func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return chunk.SetValue(at, row, c.Value(row))
		})
	case lake.UUID:
		return simple(duckdb.TYPE_UUID, func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return duckdb.SetChunkValue(*chunk, at, row, duckdb.UUID(c.Str(row)))
		})
	case lake.List:
		item, _, err := sqlType(t.Elem())
		if err != nil {
			return nil, nil, err
		}
		info, err := duckdb.NewListInfo(item)
		return info, setSQLList, err
	case lake.Decimal:
		if t.Precision <= widestDecimal {
			info, err := duckdb.NewDecimalInfo(uint8(t.Precision), uint8(t.Scale))
			return info, func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
				return duckdb.SetChunkValue(*chunk, at, row, duckdb.Decimal{
					Width: uint8(t.Precision), Scale: uint8(t.Scale), Value: unscaled(c, row),
				})
			}, err
		}
		return simple(duckdb.TYPE_VARCHAR, func(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
			return duckdb.SetChunkValue(*chunk, at, row, string(c.AppendText(nil, row)))
		})
	case lake.Unsupported:
	}
	return nil, nil, fmt.Errorf("%s: %w", t, errors.ErrUnsupported)
}

// setSQLText sets text. DuckDB takes no bytes that are not UTF-8.
func setSQLText(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
	b := c.Str(row)
	if !utf8.Valid(b) {
		return duckdb.SetChunkValue(*chunk, at, row, strings.ToValidUTF8(string(b), "\uFFFD"))
	}
	return duckdb.SetChunkValue(*chunk, at, row, b)
}

func setSQLFloat(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
	return duckdb.SetChunkValue(*chunk, at, row, c.Floats[row])
}

func setSQLList(chunk *duckdb.DataChunk, at int, c *lake.Column, row int) error {
	items := make([]any, 0, c.Lists[row+1]-c.Lists[row])
	for k := c.Lists[row]; k < c.Lists[row+1]; k++ {
		if c.Elem.Null(k) {
			items = append(items, nil)
			continue
		}
		items = append(items, sqlItem(c.Elem, k))
	}
	return duckdb.SetChunkValue(*chunk, at, row, items)
}

// sqlItem is an item of a list as the driver takes it.
func sqlItem(c *lake.Column, i int) any {
	switch t := c.Type; t.Kind {
	case lake.String:
		return strings.ToValidUTF8(c.String(i), "\uFFFD")
	case lake.Int:
		return c.Ints[i]
	case lake.Time:
		return time.Unix(0, c.Ints[i]*(1e9/t.Unit.PerSecond())).UTC()
	case lake.UUID:
		return duckdb.UUID(c.Str(i))
	case lake.Decimal:
		if t.Precision <= widestDecimal {
			return duckdb.Decimal{Width: uint8(t.Precision), Scale: uint8(t.Scale), Value: unscaled(c, i)}
		}
	case lake.Unsupported, lake.Binary, lake.Bool, lake.Float, lake.Double, lake.Date, lake.Timestamp, lake.Fixed, lake.List:
	}
	return c.Value(i)
}

func sqlInt(t lake.Type) duckdb.Type {
	switch {
	case t.Unsigned && t.Bits == 8:
		return duckdb.TYPE_UTINYINT
	case t.Unsigned && t.Bits == 16:
		return duckdb.TYPE_USMALLINT
	case t.Unsigned && t.Bits == 32:
		return duckdb.TYPE_UINTEGER
	case t.Unsigned:
		return duckdb.TYPE_UBIGINT
	case t.Bits == 8:
		return duckdb.TYPE_TINYINT
	case t.Bits == 16:
		return duckdb.TYPE_SMALLINT
	case t.Bits == 32:
		return duckdb.TYPE_INTEGER
	}
	return duckdb.TYPE_BIGINT
}

func sqlTimestamp(t lake.Type) duckdb.Type {
	switch {
	case t.UTC:
		return duckdb.TYPE_TIMESTAMP_TZ
	case t.Unit == lake.Nano:
		return duckdb.TYPE_TIMESTAMP_NS
	}
	return duckdb.TYPE_TIMESTAMP
}

// unscaled is a decimal as a whole number.
func unscaled(c *lake.Column, row int) *big.Int {
	if len(c.Ints) > 0 {
		return big.NewInt(c.Ints[row])
	}
	b := c.Str(row)
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 { // two's complement
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}
