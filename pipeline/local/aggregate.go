package local

import (
	"context"
	"math/bits"

	"gondola/pipeline"
)

const (
	spillParts  = 32 // files into which rows of new groups go when memory is full
	spillBits   = 5  // that choose one of them
	deepestPart = 12 // levels; beyond them the bits of the hash are used up
	groupBytes  = 160
	rankerBytes = 48
)

// aggregate computes measures by groups.
func (e *Engine) aggregate(ctx context.Context, d *dataset, s pipeline.Selection, m *meter) (*pipeline.Table, error) {
	names := read(s)
	for _, x := range s.Measures {
		if x.Column != "" && (s.Pairs == "" || x.Column != pipeline.PairColumn) {
			names = append(names, x.Column)
		}
	}
	sel, err := newSelector(d, s, names)
	if err != nil {
		return nil, err
	}
	p, rows, err := sel.picker(ctx, e, d, m)
	if err != nil {
		return nil, err
	}
	t := &pipeline.Table{Shows: p.shows(rows, s.Seed)}
	a := &aggregation{work: e.work, measures: s.Measures, groupBytes: e.share(groupShare), tallyBytes: e.share(countedShare), meter: m}
	for _, name := range s.By {
		at := sel.column(name)
		a.by = append(a.by, at)
		t.Columns = append(t.Columns, pipeline.Col(name, sel.typeOf(at)))
	}
	for i, b := range s.Bins {
		a.by = append(a.by, sel.bin(i))
		t.Columns = append(t.Columns, pipeline.Col(b.Name(), sel.bins[i].typ))
	}
	for i, x := range s.Measures {
		typ := pipeline.Int
		a.of = append(a.of, -1)
		if x.Column != "" {
			a.of[i] = sel.column(x.Column)
			typ = resultType(x.Func, sel.typeOf(a.of[i]))
		}
		t.Columns = append(t.Columns, pipeline.Col(x.Name(), typ))
	}
	top, err := newTopRows(s, t.Columns, e.clientBytes())
	if err != nil {
		return nil, err
	}
	g := a.level(0)
	defer g.close()
	if len(a.by) == 0 && sel.plain() && p.all {
		err = sel.measureWhole(ctx, e, d, m, g)
	} else {
		rows := int64(0)
		err = sel.each(ctx, e, d, m, p, func(row []any) error {
			rows++
			return g.add(rows, row)
		})
	}
	if err != nil {
		return nil, err
	}
	err = g.finish(ctx, func(values []any, first int64) {
		t.Total++
		top.add(values, first)
	})
	if err != nil {
		return nil, err
	}
	t.Rows = top.sorted()
	return t, nil
}

// aggregation is what all levels of a grouping have in common.
type aggregation struct {
	work                   *workFolder
	measures               []pipeline.Measure
	by, of                 []int // columns of the groups, and of the measures (-1 for none)
	groupBytes, tallyBytes int64
	meter                  *meter
}

// grouping holds as many groups as its memory allows. Rows of groups that come
// later go into files, parted by a hash of their group; each file is then
// grouped by itself, with other bits of the hash (hybrid hash aggregation;
// Graefe, Query Evaluation Techniques for Large Databases, 1993, section 4.2).
// What a group counts one by one is in a tally, which spills by itself.
type grouping struct {
	*aggregation
	depth  int
	groups map[string]*group
	order  []*group
	bytes  int64
	tally  *tally // nil before it is needed
	rest   *spilledRows
	key    []byte
}

type group struct {
	number   uint32
	first    int64 // the number of its first row
	key      []any
	measures []accumulator
}

func (a *aggregation) level(depth int) *grouping {
	g := &grouping{aggregation: a, depth: depth, groups: map[string]*group{}}
	if len(a.by) == 0 {
		g.newGroup(nil, 0, nil)
	}
	return g
}

func (g *grouping) newGroup(key []byte, first int64, row []any) *group {
	out := &group{number: uint32(len(g.order)), first: first}
	for _, c := range g.by {
		out.key = append(out.key, row[c])
	}
	for _, x := range g.measures {
		out.measures = append(out.measures, newAccumulator(x.Func))
	}
	g.groups[string(key)] = out
	g.order = append(g.order, out)
	g.bytes += groupBytes + int64(len(key)) + rowBytes(out.key) + rankerBytes*int64(len(out.measures))
	return out
}

func (g *grouping) add(number int64, row []any) error {
	g.key = g.key[:0]
	for _, c := range g.by {
		g.key = appendKey(g.key, row[c])
	}
	to, ok := g.groups[string(g.key)]
	if !ok {
		full := g.bytes >= g.groupBytes && g.depth < deepestPart || len(g.order) >= 1<<32/max(1, len(g.measures))-1
		if full && len(g.by) > 0 {
			return g.spill(number, row)
		}
		to = g.newGroup(g.key, number, row)
	}
	for i, m := range to.measures {
		if g.of[i] < 0 {
			m.add(true)
			continue
		}
		v := row[g.of[i]]
		m.add(v)
		r, ok := m.(ranker)
		if !ok {
			continue
		}
		n, counts := r.number(v)
		if of := g.slot(i); counts && of == i { // once for those that share it
			if err := g.tallyTimes(to, of, n, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// tallyTimes counts a value of a measure of a group so many times.
func (g *grouping) tallyTimes(to *group, measure int, value uint64, n int64) error {
	if g.tally == nil {
		g.tally = newTally(g.work, g.tallyBytes)
	}
	return g.tally.addTimes(to.number*uint32(len(g.measures))+uint32(measure), value, n)
}

// slot is the first measure that counts the same values as measure i: the
// quantiles of a column share them.
func (g *grouping) slot(i int) int {
	if g.measures[i].Func == pipeline.Distinct {
		return i
	}
	for k := range i {
		switch g.measures[k].Func {
		case pipeline.Q1, pipeline.Median, pipeline.Q3, pipeline.P99:
			if g.of[k] == g.of[i] {
				return k
			}
		}
	}
	return i
}

// spill writes a row whose group has no room.
func (g *grouping) spill(number int64, row []any) error {
	if g.rest == nil {
		var err error
		if g.rest, err = newSpilledRows(g.work, spillParts); err != nil {
			return err
		}
	}
	h := bits.RotateLeft64(hash64(g.key), -spillBits*g.depth)
	return g.rest.add(int(h%spillParts), number, row)
}

// finish gives each group to emit: its columns and the number of its first row.
func (g *grouping) finish(ctx context.Context, emit func(values []any, first int64)) error {
	if g.tally != nil {
		measures := uint32(len(g.measures))
		g.meter.spilled.Add(g.tally.spilled)
		err := g.tally.each(ctx, func(of uint32, value uint64, n int64) error {
			to := g.order[of/measures]
			for i, m := range to.measures {
				if r, ok := m.(ranker); ok && g.slot(i) == int(of%measures) {
					r.take(value, n)
				}
			}
			return nil
		})
		g.tally.close()
		g.tally = nil
		if err != nil {
			return err
		}
	}
	for i, x := range g.order {
		if i%65536 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, m := range x.measures {
			x.key = append(x.key, m.result())
		}
		emit(x.key, x.first)
	}
	g.groups, g.order = nil, nil
	if g.rest == nil {
		return nil
	}
	if err := g.rest.flush(); err != nil {
		return err
	}
	g.meter.spilled.Add(g.rest.bytes)
	for part := range g.rest.parts {
		if err := g.part(ctx, part, emit); err != nil {
			return err
		}
	}
	return nil
}

// part groups a file of rows.
func (g *grouping) part(ctx context.Context, part int, emit func(values []any, first int64)) error {
	below := g.level(g.depth + 1)
	defer below.close()
	if err := g.rest.each(ctx, part, below.add); err != nil {
		return err
	}
	return below.finish(ctx, emit)
}

func (g *grouping) close() {
	if g.tally != nil {
		g.tally.close()
	}
	if g.rest != nil {
		g.rest.close()
	}
}
