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

// selector gives the rows that a selection looks at, as values: those of the
// columns that are read, then, for pairs, the second item, then the bins.
type selector struct {
	s       pipeline.Selection
	names   []string // columns that are read
	types   []pipeline.Type
	where   int
	explode int
	pairs   int
	bins    []binner
	among   []among
	key     []byte
}

// among are the values of a column that are looked at, as keys.
type among struct {
	of   int
	keys map[string]bool
}

// read lists the columns that the groups are made of.
func read(s pipeline.Selection) []string {
	var names []string
	for _, name := range s.By {
		if s.Pairs == "" || name != pipeline.PairColumn {
			names = append(names, name)
		}
	}
	for _, b := range s.Bins {
		if s.Pairs == "" || b.Column != pipeline.PairColumn {
			names = append(names, b.Column)
		}
	}
	return names
}

// column is the place of a column in the rows, -1 when it is not there.
func (sel *selector) column(name string) int {
	if sel.pairs >= 0 && name == pipeline.PairColumn {
		return len(sel.names)
	}
	return slices.Index(sel.names, name)
}

func (sel *selector) typeOf(column int) pipeline.Type {
	if column == len(sel.names) {
		return pipeline.String
	}
	return sel.types[column]
}

// bin is the place of a bin in the rows.
func (sel *selector) bin(i int) int {
	if sel.pairs >= 0 {
		i++
	}
	return len(sel.names) + i
}

// plain says that the rows are those of the dataset, or fewer by Where.
func (sel *selector) plain() bool {
	return sel.explode < 0 && sel.pairs < 0 && len(sel.bins) == 0 && len(sel.among) == 0
}

func newSelector(d *dataset, s pipeline.Selection, names []string) (*selector, error) {
	sel := &selector{s: s, where: -1, explode: -1, pairs: -1}
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
	if s.Pairs != "" {
		if sel.pairs, err = use(s.Pairs); err != nil {
			return nil, err
		}
		if typ := sel.types[sel.pairs]; typ != pipeline.Strings {
			return nil, fmt.Errorf("column %q is %s: only lists of text give pairs", s.Pairs, typ)
		}
		sel.types[sel.pairs] = pipeline.String
	}
	for _, x := range s.Among {
		if s.Pairs == "" || x.Column != pipeline.PairColumn {
			if _, err := use(x.Column); err != nil {
				return nil, err
			}
		}
	}
	return sel, sel.derive() // all that is read is known now
}

// derive prepares what is not read but made of what is.
func (sel *selector) derive() error {
	for _, x := range sel.s.Among {
		a := among{of: sel.column(x.Column), keys: map[string]bool{}}
		for _, v := range x.Values {
			a.keys[string(appendKey(nil, v))] = true
		}
		sel.among = append(sel.among, a)
	}
	for _, b := range sel.s.Bins {
		of := sel.column(b.Column)
		made, err := newBinner(b, of, sel.typeOf(of))
		if err != nil {
			return err
		}
		sel.bins = append(sel.bins, made)
	}
	return nil
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
			if sel.where >= 0 && !equal(out.columns[sel.where][i], sel.s.Where.Value) || !p.pick() {
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

// picker chooses among the rows that Where keeps, and tells how many they are
// where it had to count them: for a sample. Else it tells those of the dataset.
func (sel *selector) picker(ctx context.Context, e *Engine, d *dataset, m *meter) (*rowPicker, int64, error) {
	rows := d.rows
	if sel.s.Where != nil && !sel.s.Sample.All() {
		m.enter("count", d.rows)
		counted, err := e.aggregate(ctx, d, pipeline.Selection{
			Measures: []pipeline.Measure{{Func: pipeline.Count}}, Where: sel.s.Where, Limit: 1,
		}, m)
		if err != nil {
			return nil, 0, err
		}
		rows, _ = counted.Rows[0][0].(int64)
		m.enter("", d.rows)
	}
	return newRowPicker(sel.s.Sample, rows, sel.s.Seed), rows, nil
}

// take passes a row on to fn: once, or once for each item of the list that is
// exploded.
func (sel *selector) take(row []any, fn func(row []any) error) error {
	if sel.pairs >= 0 {
		return sel.takePairs(row, fn)
	}
	if sel.explode < 0 {
		return sel.give(row, fn)
	}
	for _, item := range itemsOf(row[sel.explode]) {
		one := slices.Clone(row)
		one[sel.explode] = item
		if err := sel.give(one, fn); err != nil {
			return err
		}
	}
	return nil
}

// takePairs passes a row on once for each pair of different items.
func (sel *selector) takePairs(row []any, fn func(row []any) error) error {
	items, _ := row[sel.pairs].([]string)
	items = slices.Compact(slices.Sorted(slices.Values(items)))
	for i, a := range items {
		for _, b := range items[i+1:] {
			one := slices.Grow(slices.Clone(row), 1+len(sel.bins))
			one[sel.pairs] = a
			if err := sel.give(append(one, b), fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// give passes a row on with its bins, if it is among what is looked at.
func (sel *selector) give(row []any, fn func(row []any) error) error {
	for _, a := range sel.among {
		sel.key = appendKey(sel.key[:0], row[a.of])
		if !a.keys[string(sel.key)] {
			return nil
		}
	}
	for i := range sel.bins {
		row = append(row, sel.bins[i].value(row[sel.bins[i].of]))
	}
	return fn(row)
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
	p, rows, err := sel.picker(ctx, e, d, m)
	if err != nil {
		return nil, err
	}
	t := &pipeline.Table{}
	if !p.all { // of all rows the count says enough
		t.Shows = p.shows(rows, s.Seed)
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
	if s.Where == nil && p.few(d.rows) {
		each = func(fn func(row []any) error) error { return sel.fetch(ctx, d, m, p, fn) }
	}
	err = each(func(row []any) error {
		out := make([]any, len(names))
		for i, name := range names {
			out[i] = row[slices.Index(sel.names, name)]
		}
		top.add(out, t.Total)
		t.Total++
		simple := s.Where == nil && sel.plain() && len(s.Sort) == 0
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
