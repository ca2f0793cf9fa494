package local

import (
	"context"
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
	// newRows returns a function for one worker that adds rows, one for each of
	// some titles, none of them null, to columns of the fields. It may add nulls.
	newRows func(ctx context.Context) (addRows, error)
	room    int64 // bytes that each worker may remember, see titleCache

	mu     sync.Mutex
	recent []*titleDict // of the last dictionaries
}

// addRows adds what titles give to columns.
type addRows func(ctx context.Context, titles []string, out []lake.Column) error

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

	fail  sync.Once
	err   error
	out   []lake.Column // no nulls
	known [][]bool      // for each column which entries have a value; nil for all, and the same where they are
}

// titleDictPart is how many entries a worker takes at once.
const titleDictPart = 1024

// titleWorker is a titleMap's worker.
type titleWorker struct {
	m     *titleMap
	add   addRows
	cache *titleCache
	wait  []string // titles whose rows come next

	coming []string // scratch
}

func (m *titleMap) worker() *titleWorker { return &titleWorker{m: m} }

// columns fills out, columns of the fields, for the titles of a batch; a null
// title gives nulls.
func (w *titleWorker) columns(ctx context.Context, titles *lake.Column, out []lake.Column) error {
	if w.add == nil {
		var err error
		if w.add, err = w.m.newRows(ctx); err != nil {
			return err
		}
		if w.m.room > 0 {
			w.cache = newTitleCache(w.m.room)
		}
	}
	for i := range out {
		out[i].Reset()
		out[i].Indexes = nil // they may be those of the titles of a batch before
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
		c.Indexes = titles.Indexes
		switch known := d.known[i]; {
		case known == nil && titles.Valid != nil:
			c.Valid = append(c.Valid[:0], titles.Valid...)
		case known == nil:
		case i > 0 && len(known) > 0 && len(d.known[i-1]) > 0 && &known[0] == &d.known[i-1][0]:
			c.Valid = append(c.Valid[:0], out[i-1].Valid...)
		default:
			c.Valid = append(c.Valid[:0], make([]bool, len(titles.Indexes))...)
			for row, k := range titles.Indexes {
				c.Valid[row] = known[k]
			}
			for row, there := range titles.Valid {
				c.Valid[row] = c.Valid[row] && there
			}
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
	d.out, d.known = make([]lake.Column, len(fields)), make([][]bool, len(fields))
	for i, f := range fields {
		c := lake.NewColumn(f)
		for _, p := range d.parts {
			c.AppendRange(&p[i], 0, p[i].Len())
		}
		d.known[i] = c.Valid
		if i > 0 && slices.Equal(c.Valid, d.known[i-1]) {
			d.known[i] = d.known[i-1]
		}
		c.Valid = nil // what stands in the place of a null is never named
		d.out[i] = *c
	}
	d.parts = nil
}

// waiting is how many titles are computed together.
const waiting = 1024

// rows computes rows from to to of a column of titles without a dictionary.
func (w *titleWorker) rows(ctx context.Context, titles *lake.Column, from, to int, out []lake.Column) error {
	for from < to {
		end := min(from+waiting, to)
		if err := w.some(ctx, titles, from, end, out); err != nil {
			return err
		}
		from = end
	}
	return w.flush(ctx, out)
}

// some is rows for a few; the last of them may be left waiting.
func (w *titleWorker) some(ctx context.Context, titles *lake.Column, from, to int, out []lake.Column) error {
	start := titles.Offsets[from]
	all := string(titles.Bytes[start:titles.Offsets[to]])
	w.coming = w.coming[:0]
	for i := from; i < to; i++ {
		w.coming = append(w.coming, all[titles.Offsets[i]-start:titles.Offsets[i+1]-start])
	}
	if w.cache != nil {
		w.cache.coming(w.coming)
	}
	for i, title := range w.coming {
		null := titles.Null(from + i)
		var row []byte
		if !null && w.cache != nil {
			row = w.cache.knows(title, i)
		}
		if null || row != nil || len(w.wait) == waiting {
			if err := w.flush(ctx, out); err != nil {
				return err
			}
		}
		switch {
		case null:
			for c := range out {
				out[c].AppendNull()
			}
		case row != nil:
			readKnown(row, out)
		default:
			w.wait = append(w.wait, title)
		}
	}
	return nil
}

// flush adds the rows of the titles that wait.
func (w *titleWorker) flush(ctx context.Context, out []lake.Column) error {
	if len(w.wait) == 0 {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	first := out[0].Len()
	if err := w.add(ctx, w.wait, out); err != nil {
		return err
	}
	if w.cache != nil {
		for i, title := range w.wait {
			w.cache.keep(title, out, first+i)
		}
	}
	w.wait = w.wait[:0]
	return nil
}
