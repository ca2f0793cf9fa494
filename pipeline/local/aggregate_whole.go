package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"gondola/lake"
	"gondola/pipeline"
)

// Measures of a whole table, without groups, are made by the workers of the
// scan, a batch at a time; what is left for the one that collects them are a few
// numbers, and the values that are counted one by one.

// columnPart is what the measures of a column need to know of a batch.
type columnPart struct {
	rows, nulls, empty int64
	min, max           any // nil where there is no value
	sum                sum // but of floats, which are added up in the order of the rows
	floats             []float64
	distinct           []uint64 // the numbers of all values, see distinct
	numbers            []valueCount
}

type valueCount struct {
	value uint64
	n     int64
}

// columnFuncs says which measures of a column are wanted.
type columnFuncs struct {
	column, empty, extremes, sum, distinct, quantiles bool
}

func (f *columnFuncs) want(x pipeline.Func) {
	f.column = true
	switch x {
	case pipeline.Empty:
		f.empty = true
	case pipeline.Min, pipeline.Max:
		f.extremes = true
	case pipeline.Mean, pipeline.Sum:
		f.sum = true
	case pipeline.Distinct:
		f.distinct = true
	case pipeline.Q1, pipeline.Median, pipeline.Q3, pipeline.P99:
		f.quantiles = true
	case pipeline.Count, pipeline.Nulls:
	}
}

// wholeWorker measures batches for one goroutine.
type wholeWorker struct {
	distinct distinct
	quantile quantile
	numbers  []uint64
	keep     []bool
}

// column measures the rows of a column that are kept; nil keeps all.
func (w *wholeWorker) column(c *lake.Column, keep []bool, want columnFuncs) *columnPart {
	p := &columnPart{}
	w.numbers = w.numbers[:0]
	low, high := extreme{sign: -1}, extreme{sign: 1}
	text := c.Type.Kind == lake.String && c.Dict == nil
	lengths := want.extremes || want.sum || want.quantiles
	var least, most int64 // of the lengths of texts
	seen := false
	for i := range c.Len() {
		if keep != nil && !keep[i] {
			continue
		}
		p.rows++
		if c.Null(i) {
			p.nulls++
			continue
		}
		if text { // without making a value of it
			b := c.Str(i)
			if want.empty && len(bytes.TrimSpace(b)) == 0 {
				p.empty++
			}
			if want.distinct {
				w.distinct.buf = binary.AppendUvarint(append(w.distinct.buf[:0], markString), uint64(len(b)))
				w.distinct.buf = append(w.distinct.buf, b...)
				p.distinct = append(p.distinct, hash64(w.distinct.buf))
			}
			if !lengths {
				continue
			}
			n := int64(utf8.RuneCount(b))
			if !seen {
				least, most, seen = n, n, true
			}
			least, most = min(least, n), max(most, n)
			p.sum.whole += n
			p.sum.n++
			if want.quantiles {
				w.numbers = append(w.numbers, uint64(n))
			}
			continue
		}
		v := valueOf(c, i)
		if want.empty && isEmpty(v) {
			p.empty++
		}
		if want.distinct {
			if n, ok := w.distinct.number(v); ok {
				p.distinct = append(p.distinct, n)
			}
		}
		if want.extremes {
			low.add(v)
			high.add(v)
		}
		if want.sum {
			if x, ok := v.(float64); ok {
				p.floats = append(p.floats, x)
			} else {
				p.sum.add(v)
			}
		}
		if want.quantiles {
			if n, ok := w.quantile.number(v); ok {
				w.numbers = append(w.numbers, n)
			}
		}
	}
	p.min, p.max = low.result(), high.result()
	if seen {
		p.min, p.max = least, most
	}
	p.numbers = w.counts(text)
	return p
}

// counts sums up equal numbers. Those of texts are lengths.
func (w *wholeWorker) counts(lengths bool) []valueCount {
	slices.Sort(w.numbers)
	var out []valueCount
	for i, n := range w.numbers {
		if i == 0 || n != w.numbers[i-1] {
			out = append(out, valueCount{value: n})
		}
		out[len(out)-1].n++
	}
	for i := range out {
		if lengths {
			out[i].value, _ = w.quantile.number(int64(out[i].value))
		}
	}
	return out
}

// wholeBatch are the measures of a batch: of its columns, nil where a column is
// not measured, and how many rows there were and were looked at.
type wholeBatch struct {
	rows, kept int64
	columns    []*columnPart
}

// measureWhole gives all rows of d to the one group of g.
func (sel *selector) measureWhole(ctx context.Context, e *Engine, d *dataset, m *meter, g *grouping) error {
	want := make([]columnFuncs, len(sel.names))
	for i, x := range g.measures {
		if g.of[i] >= 0 {
			want[g.of[i]].want(x.Func)
		}
	}
	return scan(ctx, d, sel.names, e.workers, func() func(int64, *lake.Batch) (wholeBatch, error) {
		w := &wholeWorker{}
		return func(_ int64, b *lake.Batch) (wholeBatch, error) {
			out := wholeBatch{rows: int64(b.Rows), kept: int64(b.Rows), columns: make([]*columnPart, len(b.Columns))}
			var keep []bool
			if sel.where >= 0 {
				w.keep = slices.Grow(w.keep[:0], b.Rows)[:b.Rows]
				keep, out.kept = w.keep, 0
				for i := range keep {
					if keep[i] = equal(valueOf(&b.Columns[sel.where], i), sel.s.Where.Value); keep[i] {
						out.kept++
					}
				}
			}
			for c := range b.Columns {
				if want[c].column {
					out.columns[c] = w.column(&b.Columns[c], keep, want[c])
				}
			}
			return out, nil
		}
	}, func(b wholeBatch) error {
		m.add(int(b.rows))
		return g.addBatch(&b)
	})
}

// addBatch adds the measures of a batch to those of the one group.
func (g *grouping) addBatch(b *wholeBatch) error {
	to := g.order[0]
	for i, m := range to.measures {
		if g.of[i] < 0 {
			m.(*counter).n += b.kept //nolint:forcetypeassert // Only count has no column.
			continue
		}
		p := b.columns[g.of[i]]
		switch m := m.(type) {
		case *counter:
			switch g.measures[i].Func {
			case pipeline.Nulls:
				m.n += p.nulls
			case pipeline.Empty:
				m.n += p.empty
			default:
				m.n += p.rows
			}
		case *extreme:
			if m.sign < 0 {
				m.add(p.min)
			} else {
				m.add(p.max)
			}
		case *sum:
			m.n += p.sum.n
			m.whole += p.sum.whole
			for _, x := range p.floats {
				m.add(x)
			}
		case *distinct:
			for _, n := range p.distinct {
				if err := g.tallyTimes(to, i, n, 1); err != nil {
					return err
				}
			}
		case *quantile:
			for _, x := range p.numbers {
				m.n += x.n
				if g.slot(i) != i { // its values are counted already
					continue
				}
				if err := g.tallyTimes(to, i, x.value, x.n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
