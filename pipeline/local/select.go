package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"gondola/lake"
	"gondola/pipeline"
)

// errEnough ends a scan that has what it came for.
var errEnough = errors.New("enough rows")

// Select implements pipeline.Engine.
func (e *Engine) Select(ctx context.Context, ds pipeline.Dataset, s pipeline.Selection, report pipeline.Report) (*pipeline.Table, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	d, err := e.own(ds)
	if err != nil {
		return nil, err
	}
	if s.Limit <= 0 {
		s.Limit = pipeline.DefaultLimit
	}
	m := startMeter(report, "select", "rows", d.rows)
	defer m.end()
	if len(s.Measures) > 0 {
		return e.aggregate(ctx, d, s, m)
	}
	return e.selectRows(ctx, d, s, m)
}

// rowPicker says which rows a selection looks at: all, or a seeded sample of
// exactly so many rows, chosen in one pass (Knuth's algorithm S).
type rowPicker struct {
	all        bool
	left, want int64
	random     *rand.Rand
}

func newRowPicker(s pipeline.Share, rows int64, seed uint64) *rowPicker {
	want := s.Rows
	if s.Fraction > 0 {
		want = int64(s.Fraction*float64(rows) + 0.5)
	}
	if s.All() || want >= rows {
		return &rowPicker{all: true, left: rows, want: rows}
	}
	return &rowPicker{left: rows, want: want, random: rand.New(rand.NewPCG(seed, hashSeed))}
}

// pick is asked once for each row, in order.
func (p *rowPicker) pick() bool {
	if p.all {
		return true
	}
	taken := p.random.Int64N(p.left) < p.want
	p.left--
	if taken {
		p.want--
	}
	return taken
}

func (p *rowPicker) shows(rows int64, seed uint64) pipeline.Completeness {
	c := pipeline.Completeness{Rows: rows}
	if !p.all {
		c.Sample, c.Seed = p.want, seed
	}
	return c
}

// selector gives the rows that a selection looks at, as values.
type selector struct {
	s       pipeline.Selection
	names   []string // columns that are read
	types   []pipeline.Type
	where   int
	explode int
}

func newSelector(d *dataset, s pipeline.Selection, names []string) (*selector, error) {
	sel := &selector{s: s, where: -1, explode: -1}
	use := func(name string) (int, error) {
		if i := slices.Index(sel.names, name); i >= 0 {
			return i, nil
		}
		c, err := d.column(name)
		if err != nil {
			return 0, err
		}
		sel.names = append(sel.names, name)
		sel.types = append(sel.types, c.Type)
		return len(sel.names) - 1, nil
	}
	for _, name := range names {
		if _, err := use(name); err != nil {
			return nil, err
		}
	}
	var err error
	if s.Where != nil {
		if sel.where, err = use(s.Where.Column); err != nil {
			return nil, err
		}
	}
	if s.Explode != "" {
		if sel.explode, err = use(s.Explode); err != nil {
			return nil, err
		}
		item, ok := sel.types[sel.explode].Elem()
		if !ok {
			return nil, fmt.Errorf("column %q is %s: only lists can be exploded", s.Explode, sel.types[sel.explode])
		}
		sel.types[sel.explode] = item
	}
	return sel, nil
}

// each calls fn for every row that is looked at, in order. The values belong
// to fn.
func (sel *selector) each(ctx context.Context, e *Engine, d *dataset, m *meter, p *rowPicker, fn func(row []any) error) error {
	type made struct {
		columns [][]any
		rows    int
	}
	return scan(ctx, d, sel.names, e.workers, func() func(int64, *lake.Batch) (made, error) {
		return func(_ int64, b *lake.Batch) (made, error) {
			out := made{columns: make([][]any, len(b.Columns)), rows: b.Rows}
			for c := range b.Columns {
				values := make([]any, b.Rows)
				for i := range values {
					values[i] = valueOf(&b.Columns[c], i)
				}
				out.columns[c] = values
			}
			return out, nil
		}
	}, func(out made) error {
		m.add(out.rows)
		for i := range out.rows {
			if !p.pick() {
				continue
			}
			row := make([]any, len(out.columns))
			for c := range row {
				row[c] = out.columns[c][i]
			}
			if err := sel.take(row, fn); err != nil {
				return err
			}
		}
		return nil
	})
}

// fetch is each for a sample of few rows.
func (sel *selector) fetch(ctx context.Context, d *dataset, m *meter, p *rowPicker, fn func(row []any) error) error {
	return d.fetch(ctx, sel.names, p.picks(d.rows), func(b *lake.Batch) error {
		m.add(b.Rows)
		row := make([]any, len(b.Columns))
		for c := range row {
			row[c] = valueOf(&b.Columns[c], 0)
		}
		return sel.take(row, fn)
	})
}

// take passes a row on to fn if the selection wants it: once, or once for each
// item of the list that is exploded.
func (sel *selector) take(row []any, fn func(row []any) error) error {
	if sel.where >= 0 && !equal(row[sel.where], sel.s.Where.Value) {
		return nil
	}
	if sel.explode < 0 {
		return fn(row)
	}
	for _, item := range itemsOf(row[sel.explode]) {
		one := slices.Clone(row)
		one[sel.explode] = item
		if err := fn(one); err != nil {
			return err
		}
	}
	return nil
}

// itemsOf are the items of a list, none when it is null.
func itemsOf(list any) []any {
	texts, ok := list.([]string)
	if !ok {
		items, _ := list.([]any)
		return items
	}
	items := make([]any, len(texts))
	for i, text := range texts {
		items[i] = text
	}
	return items
}

func equal(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if s, ok := b.(string); ok {
		if t, ok := a.(string); ok {
			return s == t
		}
		return fmt.Sprint(a) == s // a value as the user wrote it
	}
	return compare(a, b) == 0
}

func (e *Engine) selectRows(ctx context.Context, d *dataset, s pipeline.Selection, m *meter) (*pipeline.Table, error) {
	names := s.Columns
	if len(names) == 0 {
		names = d.schema.Names()
	}
	sel, err := newSelector(d, s, names)
	if err != nil {
		return nil, err
	}
	p := newRowPicker(s.Sample, d.rows, s.Seed)
	t := &pipeline.Table{}
	if !p.all { // of all rows the count says enough
		t.Shows = p.shows(d.rows, s.Seed)
	}
	for _, name := range names {
		at := slices.Index(sel.names, name)
		t.Columns = append(t.Columns, pipeline.Col(name, sel.types[at]))
	}
	top, err := newTopRows(s, t.Columns, e.clientBytes())
	if err != nil {
		return nil, err
	}
	each := func(fn func(row []any) error) error { return sel.each(ctx, e, d, m, p, fn) }
	if p.few(d.rows) {
		each = func(fn func(row []any) error) error { return sel.fetch(ctx, d, m, p, fn) }
	}
	err = each(func(row []any) error {
		out := make([]any, len(names))
		for i, name := range names {
			out[i] = row[slices.Index(sel.names, name)]
		}
		top.add(out, t.Total)
		t.Total++
		simple := s.Where == nil && s.Explode == "" && len(s.Sort) == 0
		if simple && top.full() && p.all {
			t.Total = d.rows
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	t.Rows = top.sorted()
	return t, nil
}
