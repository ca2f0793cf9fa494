package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// chunkReader turns the pages of one column chunk into rows of a Column.
type chunkReader struct {
	leaf  *leaf
	field Field
	pages pageReader
	dict  *Column
	// maxEntry is the length of the longest dictionary entry: a few bits may
	// stand for it. perValue is about what a value of the current page takes.
	maxEntry, perValue int

	keep   bool // hand dictionaries on, see WithDictionaries
	source valueSource
	left   int // levels of the current page not yet read into defs and reps
	nulls  int // the page header's count, -1 where it has none
	found  int // nulls of the current page so far

	repRuns, defRuns runReader
	reps, defs       []uint32 // levels read ahead, from at on
	at               int
	levels           [2][512]uint32

	// Of a list chunk: the first row has begun, how many rows to read next, and
	// how many bytes they may take.
	begun bool
	rows  int
	room  int
}

func newChunkReader(f *ParquetFile, group, field int, shared *streams) (*chunkReader, error) {
	c := &chunkReader{leaf: &f.leaves[field], field: f.fields[field], rows: 1}
	m := &f.meta.RowGroups[group].Columns[c.leaf.chunk].MetaData
	if m.Type != c.leaf.physical {
		return nil, corrupt("a chunk of %v where the schema says %v", m.Type, c.leaf.physical)
	}
	from, n := chunkRange(m)
	c.pages = pageReader{
		src:    chunkSource{r: f.r, off: from, end: from + n},
		leaf:   c.leaf,
		limits: f.limits,
		unpack: unpacker{codec: m.Codec, streams: shared},
		left:   m.NumValues,
		onDict: c.readDict,
	}
	if rows := f.meta.RowGroups[group].NumRows; c.leaf.maxRep == 0 && m.NumValues != rows {
		return nil, corrupt("%d values in %d rows", m.NumValues, rows)
	} else if m.NumValues < rows {
		return nil, corrupt("%d values in %d rows", m.NumValues, rows)
	}
	return c, c.pages.unpack.check()
}

// elem is the field of the values themselves.
func (c *chunkReader) elem() Field {
	if c.field.Type.Kind == List {
		return Field{Name: c.field.Name, Type: c.field.Type.Elem(), Nullable: true}
	}
	return c.field
}

func (c *chunkReader) readDict(data []byte, n int) error {
	c.dict = NewColumn(c.elem())
	if err := c.reserveDict(len(data), n); err != nil {
		return err
	}
	if err := c.leaf.plain(data).read(c.dict, n); err != nil {
		return err
	}
	for i := 1; i < len(c.dict.Offsets); i++ {
		c.maxEntry = max(c.maxEntry, c.dict.Offsets[i]-c.dict.Offsets[i-1])
	}
	return nil
}

// reserveDict makes room for a dictionary of n values in size bytes.
func (c *chunkReader) reserveDict(size, n int) error {
	need := int64(8 * (n + 1))
	if c.leaf.width() == 0 || c.dict.Type.storage() == bytesStorage {
		need += int64(max(size, n*c.dict.Type.width()))
	}
	if most := c.pages.limits.PageBytes / 2; need > most {
		return corrupt("a dictionary takes %d bytes, the limit is %d, half of that of a page (PageBytes)", need, most)
	}
	if err := c.pages.unpack.streams.hold(need); err != nil {
		return err
	}
	switch c.dict.Type.storage() {
	case bytesStorage:
		c.dict.Offsets = make([]int, 0, n+1)
		c.dict.Bytes = make([]byte, 0, max(size-4*n, n*c.dict.Type.width(), 0))
	case intsStorage:
		c.dict.Ints = make([]int64, 0, n)
	case floatsStorage:
		c.dict.Floats = make([]float64, 0, n)
	case boolsStorage, listStorage, noStorage: // the values of a bool have no dictionary
	}
	return nil
}

// maxStep bounds the rows read between two looks at the context, listStep those
// of lists. Their length shows only when they are read: the first step is one
// row, and it doubles as long as the lists turn out to be short.
const (
	maxStep  = 8192
	listStep = 64
)

// step returns how many rows can be read next without leaving the current page
// and without taking much more than budget bytes. It goes to the next page
// where needed.
func (c *chunkReader) step(ctx context.Context, budget int) (int, error) {
	for c.left == 0 && c.at == len(c.defs) {
		err := c.nextPage(ctx)
		if errors.Is(err, io.EOF) {
			return 0, errFewRows
		}
		if err != nil {
			return 0, err
		}
	}
	n := min(c.left+len(c.defs)-c.at, maxStep, max(1, budget/c.perValue))
	if c.leaf.maxRep > 0 {
		n = min(n, c.rows)
	}
	return n, nil
}

// begin prepares a column that is empty for the rows of the current page.
func (c *chunkReader) begin(col *Column) {
	if !c.keep || c.dict == nil {
		return
	}
	switch c.source.(type) {
	case *dictValues, noValues:
		if col.Type.Kind == List {
			col = col.Elem
		}
		col.Dict = c.dict
	}
}

// fits tells whether the values of the current page can be added to a column
// that has begun: those of plain pages cannot stand in a dictionary, and those
// of a dictionary should not be copied out of it. A list may go on in a page of
// the other kind, so lists are not asked.
func (c *chunkReader) fits(col *Column) bool {
	if !c.keep || col.Type.Kind == List {
		return true
	}
	switch s := c.source.(type) {
	case noValues:
		return true
	case *dictValues:
		return col.Dict == s.dict
	}
	return col.Dict == nil
}

// values appends n values of the current page.
func (c *chunkReader) values(col *Column, n int) error {
	if col.Dict != nil {
		if s, ok := c.source.(*dictValues); !ok || s.dict != col.Dict {
			col.Materialise()
		}
	}
	return c.source.read(col, n)
}

var (
	errFewRows  = corrupt("fewer rows than the footer says")
	errManyRows = corrupt("more rows than the footer says")
)

// nextPage makes the next data page the current one; io.EOF behind the last.
func (c *chunkReader) nextPage(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if c.leaf.maxRep == 0 && c.nulls >= 0 && c.source != nil && c.found != c.nulls {
		return corrupt("%d nulls in a page that claims %d", c.found, c.nulls)
	}
	p, err := c.pages.next()
	if err != nil {
		return err
	}
	c.left, c.nulls, c.found = p.values, p.nulls, 0
	c.repRuns = runReader{src: p.reps, width: uint(bits.Len(uint(c.leaf.maxRep)))}
	c.defRuns = runReader{src: p.defs, width: uint(bits.Len(uint(c.leaf.maxDef)))}
	c.reps, c.defs, c.at = nil, nil, 0
	if c.source, err = c.leaf.newSource(&p, c.dict, c.pages.limits); err != nil {
		return err
	}
	c.perValue = len(p.data)/max(1, p.values) + 1
	switch s := c.source.(type) {
	case *dictValues:
		if c.perValue = c.maxEntry + 1; c.keep {
			c.perValue = 4
		}
	case *deltaBytes:
		c.perValue = s.total/max(1, p.values) + 1
	}
	return nil
}

// readLevels makes sure that at least one level is there, at most n of them
// are read ahead. It goes to the next page where needed; io.EOF behind the
// last.
func (c *chunkReader) readLevels(ctx context.Context, n int) error {
	for c.left == 0 {
		if err := c.nextPage(ctx); err != nil {
			return err
		}
	}
	n = min(n, c.left, len(c.levels[0]))
	c.reps, c.defs, c.at = c.levels[0][:n], c.levels[1][:n], 0
	c.left -= n
	if err := readLevels(&c.repRuns, c.reps, c.leaf.maxRep); err != nil {
		return err
	}
	return readLevels(&c.defRuns, c.defs, c.leaf.maxDef)
}

func readLevels(r *runReader, dst []uint32, highest int) error {
	if highest == 0 {
		return nil // all zero, and nobody looks
	}
	if err := r.read(dst); err != nil {
		return err
	}
	for _, v := range dst {
		if v > uint32(highest) {
			return corrupt("level %d where the highest is %d", v, highest)
		}
	}
	return nil
}

// read appends n rows to col.
func (c *chunkReader) read(ctx context.Context, col *Column, n int) error {
	var err error
	switch {
	case c.field.Type.Kind == List:
		err = c.readLists(ctx, col, n)
	case c.leaf.maxDef == 0:
		err = c.readRequired(ctx, col, n)
	default:
		err = c.readOptional(ctx, col, n)
	}
	if errors.Is(err, io.EOF) {
		return errFewRows
	}
	return err
}

func (c *chunkReader) readRequired(ctx context.Context, col *Column, n int) error {
	for n > 0 {
		if c.left == 0 {
			if err := c.nextPage(ctx); err != nil {
				return err
			}
			continue
		}
		k := min(n, c.left)
		if err := c.values(col, k); err != nil {
			return err
		}
		c.left -= k
		n -= k
	}
	return nil
}

func (c *chunkReader) readOptional(ctx context.Context, col *Column, n int) error {
	full := uint32(c.leaf.maxDef) // less is a null, here or in a struct around
	for n > 0 {
		if c.at == len(c.defs) {
			if k := c.defRuns.repeats(full, min(n, c.left)); k > 0 { // no nulls for a while
				if err := c.values(col, k); err != nil {
					return err
				}
				col.markValid(k)
				c.left -= k
				n -= k
				continue
			}
			if err := c.readLevels(ctx, n); err != nil {
				return err
			}
		}
		defs := c.defs[c.at:min(len(c.defs), c.at+n)]
		c.at += len(defs)
		n -= len(defs)
		for len(defs) > 0 {
			k := 0
			for k < len(defs) && defs[k] == full {
				k++
			}
			if k > 0 {
				if err := c.values(col, k); err != nil {
					return err
				}
				col.markValid(k)
			}
			defs = defs[k:]
			for len(defs) > 0 && defs[0] < full {
				col.AppendNull()
				c.found++
				defs = defs[1:]
			}
		}
	}
	return nil
}

// listFlush is about how many bytes of elements are read at once.
const listFlush = 1 << 20

// readLists appends n lists and judges how many to read the next time.
func (c *chunkReader) readLists(ctx context.Context, col *Column, n int) error {
	before := col.bytesUsed()
	if err := c.appendLists(ctx, col, n); err != nil {
		return err
	}
	each := (col.bytesUsed() - before) / n
	c.rows = max(1, min(2*n, listStep, c.room/8/(each+1)))
	return nil
}

// appendLists appends n lists. A list ends where the next one begins, which
// may be in a later page, or where the chunk ends.
func (c *chunkReader) appendLists(ctx context.Context, col *Column, n int) error {
	most := max(1, c.room)
	from := col.Elem.bytesUsed()
	present := 0 // elements with a value, met but not yet read
	flush := func() error {
		k := present
		present = 0
		if k == 0 {
			return nil
		}
		if err := c.values(col.Elem, k); err != nil {
			return err
		}
		col.Elem.markValid(k)
		if col.Elem.bytesUsed()-from > most {
			return tooLong(most)
		}
		return nil
	}
	null, empty := false, false // the row that has begun
	for {
		if c.at == len(c.defs) {
			if err := flush(); err != nil {
				return err
			}
			err := c.readLevels(ctx, len(c.levels[0]))
			if errors.Is(err, io.EOF) && c.begun && n == 1 {
				c.begun = false
				closeRow(col, null)
				return nil
			}
			if err != nil {
				return err
			}
		}
		rep, def := c.reps[c.at], int(c.defs[c.at])
		switch {
		case rep == 0 && c.begun: // the row before is complete
			if err := flush(); err != nil {
				return err
			}
			c.begun = false
			closeRow(col, null)
			if n--; n == 0 {
				return nil
			}
			continue
		case rep == 0:
			c.begun, null, empty = true, def < c.leaf.listDef, def < c.leaf.elemDef
		case !c.begun:
			return corrupt("a list goes on that has not begun")
		case empty, def < c.leaf.elemDef:
			return corrupt("an empty list goes on")
		}
		c.at++
		switch {
		case def == c.leaf.maxDef:
			if present++; present < max(1, listFlush/c.perValue) {
				continue
			}
			if err := flush(); err != nil {
				return err
			}
			continue
		case def >= c.leaf.elemDef: // a null element
			if err := flush(); err != nil {
				return err
			}
			col.Elem.AppendNull()
			if col.Elem.bytesUsed()-from > most {
				return tooLong(most)
			}
		}
	}
}

func tooLong(most int) error {
	return corrupt("lists of more than %d bytes, the limit is a quarter of that of a page (PageBytes)", most)
}

func closeRow(col *Column, null bool) {
	col.closeList()
	if null {
		col.markNull()
	} else {
		col.markValid(1)
	}
}

// skip passes over n rows. Their pages are unpacked and checked like those
// that are kept.
func (c *chunkReader) skip(ctx context.Context, scratch *Column, n int64) error {
	for n > 0 {
		scratch.init(c.field)
		c.room = int(c.pages.limits.PageBytes / 4)
		step, err := c.step(ctx, 1<<20)
		if err != nil {
			return err
		}
		k := int(min(n, int64(step)))
		if err := c.read(ctx, scratch, k); err != nil {
			return err
		}
		n -= int64(k)
	}
	return nil
}

// finish checks that nothing is left behind the last row.
func (c *chunkReader) finish(ctx context.Context) error {
	if c.left > 0 || c.at < len(c.defs) && c.leaf.maxDef > 0 {
		return errManyRows
	}
	for {
		err := c.nextPage(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if c.left > 0 {
			return errManyRows
		}
	}
}

func (c *chunkReader) fail(f *ParquetFile, group int, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%s: column %q, row group %d: %w", f.name, shortName(c.field.Name), group, err)
}
