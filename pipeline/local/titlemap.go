package local

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"gondola/lake"
)

// titleMap computes columns that are functions of the title alone, for the
// workers of one scan. Titles that come by a dictionary are computed once for
// each of its entries, by all workers together, and the columns get
// dictionaries of the same length: nothing is left to do for a row.
type titleMap struct {
	fields []lake.Field
	// newRow returns a function for one worker that adds one row, for a title
	// that is not null, to columns of the fields. It may add nulls.
	newRow func(ctx context.Context) (func(title string, out []lake.Column) error, error)
	room   int64 // bytes that each worker may remember, see titleCache

	mu     sync.Mutex
	recent []*titleDict // of the last dictionaries
}

// recentDicts is how many dictionaries batches on their way may have, more or
// less: more cost time, not more.
const recentDicts = 4

// dict finds or begins the work for a dictionary.
func (m *titleMap) dict(titles *lake.Column) *titleDict {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.recent {
		if d.of == titles {
			return d
		}
	}
	if len(m.recent) == recentDicts {
		m.recent = slices.Delete(m.recent, 0, 1)
	}
	n := (titles.Len() + titleDictPart - 1) / titleDictPart
	d := &titleDict{of: titles, parts: make([][]lake.Column, n), done: make(chan struct{})}
	d.left.Store(int64(n))
	m.recent = append(m.recent, d)
	return d
}

// titleDict is what the entries of a dictionary of titles give.
type titleDict struct {
	of    *lake.Column
	next  atomic.Int64 // the part that nobody has begun
	left  atomic.Int64 // parts that are not complete
	parts [][]lake.Column
	done  chan struct{} // closed when all is there, or failed

	fail sync.Once
	err  error
	out  []lake.Column // no nulls
	null [][]bool      // for each column which entries have none; nil for all
}

// titleDictPart is how many entries a worker takes at once.
const titleDictPart = 1024

// titleWorker is a titleMap's worker.
type titleWorker struct {
	m     *titleMap
	row   func(title string, out []lake.Column) error
	cache *titleCache
}

func (m *titleMap) worker() *titleWorker { return &titleWorker{m: m} }

// columns fills out, columns of the fields, for the titles of a batch; a null
// title gives nulls.
func (w *titleWorker) columns(ctx context.Context, titles *lake.Column, out []lake.Column) error {
	if w.row == nil {
		var err error
		if w.row, err = w.m.newRow(ctx); err != nil {
			return err
		}
		if w.m.room > 0 {
			w.cache = newTitleCache(w.m.fields, w.m.room)
		}
	}
	for i := range out {
		out[i].Reset()
	}
	if titles.Dict == nil {
		return w.rows(ctx, titles, 0, titles.Len(), out)
	}
	d := w.m.dict(titles.Dict)
	if err := w.share(ctx, d); err != nil {
		return err
	}
	for i := range out {
		c := &out[i]
		c.Dict = &d.out[i]
		c.Indexes = append(c.Indexes[:0], titles.Indexes...)
		switch {
		case d.null[i] != nil:
			c.Valid = c.Valid[:0]
			for row, k := range titles.Indexes {
				c.Valid = append(c.Valid, !titles.Null(row) && !d.null[i][k])
			}
		case titles.Valid != nil:
			c.Valid = append(c.Valid[:0], titles.Valid...)
		}
	}
	return nil
}

// share computes parts of a dictionary until all have been begun, and waits for
// those of others.
func (w *titleWorker) share(ctx context.Context, d *titleDict) error {
	for {
		p := int(d.next.Add(1)) - 1
		if p >= len(d.parts) {
			break
		}
		out := make([]lake.Column, len(w.m.fields))
		for i, f := range w.m.fields {
			out[i] = *lake.NewColumn(f)
		}
		from := p * titleDictPart
		err := w.rows(ctx, d.of, from, min(from+titleDictPart, d.of.Len()), out)
		d.parts[p] = out
		if err != nil {
			d.fail.Do(func() { d.err = err; close(d.done) })
			return err
		}
		if d.left.Add(-1) == 0 {
			d.join(w.m.fields)
			d.fail.Do(func() { close(d.done) })
		}
	}
	if len(d.parts) == 0 { // a dictionary without entries, for nulls alone
		d.fail.Do(func() { d.join(w.m.fields); close(d.done) })
	}
	select {
	case <-d.done:
		return d.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// join makes one column of the parts. A dictionary holds no nulls, so they are
// noted beside it.
func (d *titleDict) join(fields []lake.Field) {
	d.out, d.null = make([]lake.Column, len(fields)), make([][]bool, len(fields))
	for i, f := range fields {
		c := lake.NewColumn(f)
		for _, p := range d.parts {
			c.AppendRange(&p[i], 0, p[i].Len())
		}
		if c.Valid != nil {
			d.null[i] = make([]bool, len(c.Valid))
			for k, ok := range c.Valid {
				d.null[i][k] = !ok
			}
			c.Valid = nil // what stands in the place of a null is never named
		}
		d.out[i] = *c
	}
	d.parts = nil
}

// rows computes rows from to to of a column of titles without a dictionary.
func (w *titleWorker) rows(ctx context.Context, titles *lake.Column, from, to int, out []lake.Column) error {
	if from == to {
		return nil
	}
	start := titles.Offsets[from]
	all := string(titles.Bytes[start:titles.Offsets[to]])
	for i := from; i < to; i++ {
		if i%64 == 0 && ctx.Err() != nil { // the tagger title takes a millisecond a title
			return context.Cause(ctx)
		}
		if titles.Null(i) {
			for c := range out {
				out[c].AppendNull()
			}
			continue
		}
		title := all[titles.Offsets[i]-start : titles.Offsets[i+1]-start]
		if w.cache != nil && w.cache.find(title, out) {
			continue
		}
		if err := w.row(title, out); err != nil {
			return err
		}
		if w.cache != nil {
			w.cache.keep(title, out)
		}
	}
	return nil
}

// titleCache remembers what titles have given, up to a number of bytes: then it
// begins anew. Where titles hardly ever come again it stands aside for a while.
type titleCache struct {
	room   int64
	used   int64
	seed   maphash.Seed
	table  []titleSlot
	titles lake.Column
	rows   []lake.Column

	asked, found int
	aside        int // titles that are not looked for
}

// titleSlot is a place of the table: 1 + the row, 0 for free, and the other
// half of the hash.
type titleSlot struct{ row, hash uint32 }

const (
	cacheJudged = 1 << 14 // titles after which the cache is judged
	cacheAside  = 1 << 17 // titles for which it stands aside
)

func newTitleCache(fields []lake.Field, room int64) *titleCache {
	c := &titleCache{room: room, seed: maphash.MakeSeed(), rows: make([]lake.Column, len(fields))}
	c.titles = *lake.NewColumn(titleField)
	for i, f := range fields {
		c.rows[i] = *lake.NewColumn(f)
	}
	c.clear(1 << 12)
	return c
}

var titleField = lake.Field{Name: "title", Type: lake.StringType}

// clear forgets everything.
func (c *titleCache) clear(slots int) {
	c.titles.Reset()
	for i := range c.rows {
		c.rows[i].Reset()
	}
	if cap(c.table) >= slots {
		c.table = c.table[:slots]
		clear(c.table)
	} else {
		c.table = make([]titleSlot, slots)
	}
	c.used = 8 * int64(slots)
}

// slot returns the place of a title, or the free one where it would be.
func (c *titleCache) slot(title string) (at int, hash uint32) {
	h := maphash.String(c.seed, title)
	mask := len(c.table) - 1
	for i := int(h) & mask; ; i = (i + 1) & mask {
		s := &c.table[i]
		if s.row == 0 || s.hash == uint32(h>>32) && string(c.titles.Str(int(s.row-1))) == title {
			return i, uint32(h >> 32)
		}
	}
}

// find adds what a title gave before.
func (c *titleCache) find(title string, out []lake.Column) bool {
	if c.aside > 0 {
		c.aside--
		return false
	}
	if c.asked++; c.asked == cacheJudged {
		if c.found < cacheJudged/16 {
			c.aside = cacheAside
		}
		c.asked, c.found = 0, 0
	}
	at, _ := c.slot(title)
	row := c.table[at].row
	if row == 0 {
		return false
	}
	c.found++
	for i := range out {
		out[i].AppendFrom(&c.rows[i], int(row-1))
	}
	return true
}

// keep remembers the last row of out.
func (c *titleCache) keep(title string, out []lake.Column) {
	if c.aside > 0 {
		return
	}
	n := c.titles.Len()
	if c.used >= c.room {
		c.clear(len(c.table))
		n = 0
	} else if 2*n >= len(c.table) {
		c.grow()
	}
	at, hash := c.slot(title)
	c.table[at] = titleSlot{row: uint32(n + 1), hash: hash}
	c.titles.AppendString(title)
	c.used += int64(len(title)) + 8
	for i := range out {
		o, r := &out[i], &c.rows[i]
		r.AppendFrom(o, o.Len()-1)
		c.used += lastRowBytes(r)
	}
}

// lastRowBytes is about what the last row of a column takes.
func lastRowBytes(c *lake.Column) int64 {
	const each = 16
	if c.Elem == nil || c.Len() == 0 {
		return each
	}
	n := int64(each)
	for k := c.Lists[c.Len()-1]; k < c.Lists[c.Len()]; k++ {
		n += each + int64(len(c.Elem.Str(k)))
	}
	return n
}

// grow doubles the table.
func (c *titleCache) grow() {
	old := len(c.table)
	c.table = make([]titleSlot, 2*old)
	c.used += 8 * int64(old)
	for row := range c.titles.Len() {
		h := maphash.Bytes(c.seed, c.titles.Str(row))
		i := int(h) & (len(c.table) - 1)
		for c.table[i].row != 0 {
			i = (i + 1) & (len(c.table) - 1)
		}
		c.table[i] = titleSlot{row: uint32(row + 1), hash: uint32(h >> 32)}
	}
}
