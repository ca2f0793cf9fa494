package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/viz"
)

// Most series that can be told apart, and most values of a line's axis that are
// drawn one by one.
const (
	mostSeries = 8
	mostPlaces = 1000
)

// groups draws a value for each group of x, or of x and by.
func (p *plot) groups(ctx context.Context) (viz.Spec, error) {
	x, err := p.axisOf(ctx, p.x, p.top)
	if err != nil {
		return viz.Spec{}, err
	}
	return p.grouped(ctx, x)
}

// lines draws a value over x in its order.
func (p *plot) lines(ctx context.Context) (viz.Spec, error) {
	most := p.top
	if p.isNumber(p.x) && !p.isList(p.x) && !p.call.IsSet("top") {
		most = mostPlaces
	}
	x, err := p.axisOf(ctx, p.x, most)
	if err != nil {
		return viz.Spec{}, err
	}
	if x.values != nil {
		slices.SortStableFunc(x.values, compareValues)
	}
	return p.grouped(ctx, x)
}

// mostSeries is how many series are drawn: what can be told apart, or fewer by
// --top.
func (p *plot) mostSeries() int {
	if p.call.IsSet("top") {
		return min(mostSeries, p.top)
	}
	return mostSeries
}

func (p *plot) grouped(ctx context.Context, x axis) (viz.Spec, error) {
	var by *axis
	if p.by != "" {
		most := p.mostSeries()
		if p.kind == viz.Grid || p.kind == viz.TreeMap {
			most = p.top
		}
		b, err := p.axisOf(ctx, p.byColumn(), most)
		if err != nil {
			return viz.Spec{}, err
		}
		by = &b
	}
	t, err := p.table(ctx, x, by)
	if err != nil {
		return viz.Spec{}, err
	}
	p.leaveOutOf(t, x, by)
	p.sort(t)
	if p.kind == viz.Pie && by == nil {
		if err := p.addOthers(ctx, t, x.total); err != nil {
			return viz.Spec{}, err
		}
	}
	return p.specOf(t), nil
}

// table asks for the value of each group. Its columns are x, by where there is
// one, and the value; its rows stand in the order of x and of by.
func (p *plot) table(ctx context.Context, x axis, by *axis) (*pipeline.Table, error) {
	s := p.selection()
	x.add(&s)
	want := []string{x.name}
	if by != nil {
		by.add(&s)
		want = append(want, by.name)
	}
	t, err := p.ask(ctx, s)
	if err != nil {
		return nil, err
	}
	if n := t.Count(); n > int64(len(t.Rows)) {
		return nil, fmt.Errorf("%s groups are too many to draw: choose --top, --bins or --every", pipeline.Thousands(n))
	}
	t = columnsOf(t, append(want, p.valueName())...)
	orders := []axis{x}
	if by != nil {
		orders = append(orders, *by)
	}
	ranks := make([]map[any]int, len(orders))
	for i, a := range orders {
		ranks[i] = ranksOf(t, i, a.values)
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int {
		for i := range orders {
			if c := ranks[i][a[i]] - ranks[i][b[i]]; c != 0 {
				return c
			}
		}
		return 0
	})
	if p.kind != viz.Grid && p.isNumber(p.x) && x.bin != nil || p.isTime(p.x) { // null has no place on such an axis
		t.Rows = slices.DeleteFunc(t.Rows, func(row []any) bool { return row[0] == nil })
	}
	return t, nil
}

// columnsOf returns the columns of a table in that order.
func columnsOf(t *pipeline.Table, names ...string) *pipeline.Table {
	out := &pipeline.Table{Title: t.Title, Total: t.Total, Shows: t.Shows}
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = slices.IndexFunc(t.Columns, func(c pipeline.TableColumn) bool { return c.Name == name })
		out.Columns = append(out.Columns, t.Columns[at[i]])
	}
	for _, row := range t.Rows {
		some := make([]any, len(at))
		for i, k := range at {
			some[i] = row[k]
		}
		out.Rows = append(out.Rows, some)
	}
	return out
}

// ranksOf returns the places of the values of a column: those of an axis, or
// their natural order.
func ranksOf(t *pipeline.Table, column int, values []any) map[any]int {
	ranks := map[any]int{}
	if values == nil {
		for _, row := range t.Rows {
			if v := row[column]; !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		slices.SortStableFunc(values, compareValues)
	}
	for i, v := range values {
		ranks[v] = i
	}
	return ranks
}

// sort puts the groups into the order of --sort.
func (p *plot) sort(t *pipeline.Table) {
	order := p.order
	if order == "" {
		return
	}
	sums := map[any]float64{}
	last := len(t.Columns) - 1
	for _, row := range t.Rows {
		if v := float(row[last]); v == v {
			sums[row[0]] += v
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int {
		var c int
		if order[0] == 'x' {
			c = compareValues(a[0], b[0])
		} else {
			c = compareValues(sums[a[0]], sums[b[0]])
		}
		if strings.HasSuffix(order, "desc") {
			return -c
		}
		return c
	})
}

// addOthers adds a slice of all that has none: without it the shares would lie.
func (p *plot) addOthers(ctx context.Context, t *pipeline.Table, total int64) error {
	hidden := total - int64(len(t.Rows))
	if hidden <= 0 || p.measure.Func != pipeline.Count && p.measure.Func != pipeline.Sum {
		return nil
	}
	all, err := p.ask(ctx, p.selection())
	if err != nil {
		return err
	}
	rest := float(all.Rows[0][0])
	for _, row := range t.Rows {
		rest -= float(row[1])
	}
	if !(rest > 0) {
		return nil
	}
	var value any = rest
	if t.Columns[1].Type == pipeline.Int {
		value = int64(rest)
	}
	t.Columns[0].Type = pipeline.String
	for _, row := range t.Rows {
		switch {
		case row[0] == nil:
		case p.isCluster(p.x):
			row[0] = fmt.Sprintf("c%v", row[0])
		default:
			row[0] = fmt.Sprint(row[0])
		}
	}
	t.Add(fmt.Sprintf("%s others", pipeline.Thousands(hidden)), value)
	return nil
}

// leaveOutOf is leaveOut for a table of x, and of by, and their values.
func (p *plot) leaveOutOf(t *pipeline.Table, x axis, by *axis) {
	var shown, of int64
	if by != nil {
		shown, of = int64(distinctOf(t, 1)), by.total
	}
	p.leaveOut(int64(distinctOf(t, 0)), x.total, shown, of)
}

func distinctOf(t *pipeline.Table, column int) int {
	seen := map[any]bool{}
	for _, row := range t.Rows {
		seen[row[column]] = true
	}
	return len(seen)
}

// specOf is the chart of a table whose columns are x, by where there is one,
// and the value.
func (p *plot) specOf(t *pipeline.Table) viz.Spec {
	s := viz.Spec{Kind: p.kind, Title: p.titleOf(), Data: t, X: t.Columns[0].Name, Y: t.Columns[len(t.Columns)-1].Name}
	if len(t.Columns) > 2 {
		s.By = t.Columns[1].Name
	}
	t.Total = 0
	return s
}

// hist counts the rows by ranges of x. Ranges that are empty are drawn as such.
func (p *plot) hist(ctx context.Context) (viz.Spec, error) {
	bin, err := p.rangesOf(ctx, p.x, 0)
	if err != nil {
		return viz.Spec{}, err
	}
	var by *axis
	if p.by != "" {
		b, err := p.axisOf(ctx, p.byColumn(), p.mostSeries())
		if err != nil {
			return viz.Spec{}, err
		}
		by = &b
	}
	t, err := p.table(ctx, axis{name: p.x, bin: bin}, by)
	if err != nil {
		return viz.Spec{}, err
	}
	t.Rows = slices.DeleteFunc(t.Rows, func(row []any) bool { return row[0] == nil })
	if by == nil {
		fillRanges(t, *bin)
	}
	if by != nil {
		p.leaveOutOf(t, axis{}, by)
	}
	s := p.specOf(t)
	if what := lengthOf(p.result.dataset.Schema(), p.x); what != "" {
		t.Columns[0].Name = what
		s.X = what
		s.Title = fmt.Sprintf("%s: %s by %s", p.result.nameOf(), p.valueName(), what) + p.cut
	}
	return s, nil
}

// lengthOf says what of a column is measured where a number is needed; "" when
// it holds numbers.
func lengthOf(schema pipeline.Schema, name string) string {
	c, _ := schema.Column(name)
	if _, list := c.Type.Elem(); list {
		return "items of " + name
	}
	switch c.Type {
	case pipeline.String:
		return "characters of " + name
	case pipeline.Bytes:
		return "bytes of " + name
	}
	return ""
}

// fillRanges adds the ranges between the first and the last that hold nothing.
func fillRanges(t *pipeline.Table, bin pipeline.Bin) {
	const most = 2000 // a few ranges far apart need no more
	if len(t.Rows) < 2 || bin.Width <= 0 {
		return
	}
	first := float(t.Rows[0][0])
	n := int((float(t.Rows[len(t.Rows)-1][0])-first)/bin.Width + 1.5)
	if n > most {
		return
	}
	var rows [][]any
	next := 0
	for i := range n {
		begin := first + float64(i)*bin.Width
		if next < len(t.Rows) && float(t.Rows[next][0]) < begin+bin.Width/2 {
			rows = append(rows, t.Rows[next])
			next++
			continue
		}
		var from, none any = begin, 0.0
		if t.Columns[0].Type == pipeline.Int {
			from = int64(begin)
		}
		if t.Columns[1].Type == pipeline.Int {
			none = int64(0)
		}
		rows = append(rows, []any{from, none})
	}
	t.Rows = append(rows, t.Rows[next:]...)
}

// cells draws a value for each pair of groups.
func (p *plot) cells(ctx context.Context) (viz.Spec, error) {
	x, err := p.axisOf(ctx, p.x, p.top)
	if err != nil {
		return viz.Spec{}, err
	}
	by, err := p.axisOf(ctx, p.byColumn(), p.top)
	if err != nil {
		return viz.Spec{}, err
	}
	if p.byColumn() == pipeline.PairColumn { // the same items both ways
		both := slices.Clone(x.values)
		for _, v := range by.values {
			if !slices.Contains(both, v) {
				both = append(both, v)
			}
		}
		x.values, by.values = both, both
	}
	t, err := p.table(ctx, x, &by)
	if err != nil {
		return viz.Spec{}, err
	}
	p.leaveOutOf(t, x, &by)
	return p.specOf(t), nil
}

// points draws rows, as they are.
func (p *plot) points(ctx context.Context) (viz.Spec, error) {
	s := pipeline.Selection{Sample: p.sample, Seed: p.seed, Limit: p.top}
	if s.Sample.All() {
		s.Sample = pipeline.Share{Rows: int64(p.top)}
	}
	spec := viz.Spec{Kind: viz.Scatter, X: p.x, Y: p.y, By: p.by, Size: p.call.String("size"), Label: p.call.String("label")}
	if title := p.result.dataset.Schema().Title; spec.Label == "" && title != "" {
		spec.Label = title
	}
	for _, name := range []string{spec.X, spec.Y, spec.By, spec.Size, spec.Label} {
		if name != "" && !slices.Contains(s.Columns, name) {
			s.Columns = append(s.Columns, name)
		}
	}
	t, err := p.ask(ctx, s)
	if err != nil {
		return spec, err
	}
	if rows := p.result.dataset.Len(); t.Shows.Rows == 0 && rows >= 0 {
		t.Shows.Rows = rows
		if t.Count() > int64(len(t.Rows)) {
			t.Shows.Sample, t.Shows.Seed = int64(len(t.Rows)), p.seed
		}
	}
	t.Total = 0
	t.Rows = slices.DeleteFunc(t.Rows, func(row []any) bool { return row[0] == nil || row[slices.Index(s.Columns, p.y)] == nil })
	spec.Data, spec.Title = t, fmt.Sprintf("%s: %s by %s", p.result.nameOf(), p.y, p.x)
	return spec, nil
}

// boxes draws the quartiles of y for the largest groups of x.
func (p *plot) boxes(ctx context.Context) (viz.Spec, error) {
	const rows = "rows"
	s := p.selection()
	s.Limit = p.top
	if p.x != "" {
		s.By = []string{p.x}
	}
	funcs := []pipeline.Func{pipeline.Min, pipeline.Q1, pipeline.Median, pipeline.Q3, pipeline.Max}
	s.Measures = []pipeline.Measure{{Func: pipeline.Count, As: "\x00" + rows}}
	s.Sort = []pipeline.Order{{Column: "\x00" + rows, Desc: true}}
	if p.x != "" {
		s.Sort = append(s.Sort, pipeline.Order{Column: p.x})
	}
	for i, name := range viz.BoxColumns() {
		s.Measures = append(s.Measures, pipeline.Measure{Func: funcs[i], Column: p.y, As: "\x00" + name})
	}
	t, err := p.ask(ctx, s)
	if err != nil {
		return viz.Spec{}, err
	}
	if p.x == "" {
		t.Columns = append([]pipeline.TableColumn{pipeline.Col("column", pipeline.String)}, t.Columns...)
		for i := range t.Rows {
			t.Rows[i] = append([]any{p.y}, t.Rows[i]...)
		}
	}
	for i := 1; i < len(t.Columns); i++ { // until here no column of the data could be called so
		t.Columns[i].Name = t.Columns[i].Name[1:]
	}
	if slices.Contains(append(viz.BoxColumns(), rows), t.Columns[0].Name) {
		t.Columns[0].Name += " " // the group's own
	}
	t.Rows = slices.DeleteFunc(t.Rows, func(row []any) bool { return row[2] == nil })
	what := lengthOf(p.result.dataset.Schema(), p.y)
	if what == "" {
		what = p.y
	}
	title := fmt.Sprintf("%s: %s", p.result.nameOf(), what)
	if p.x != "" {
		title += " by " + p.x
	}
	t.Total = 0
	return viz.Spec{Kind: viz.Box, Title: title, Data: t, X: t.Columns[0].Name}, nil
}

// links draws the pairs with the greatest values.
func (p *plot) links(ctx context.Context) (viz.Spec, error) {
	s := p.selection()
	s.By, s.Limit = []string{p.x, p.byColumn()}, p.top
	s.Sort = []pipeline.Order{{Column: p.valueName(), Desc: true}, {Column: p.x}, {Column: p.byColumn()}}
	t, err := p.ask(ctx, s)
	if err != nil {
		return viz.Spec{}, err
	}
	total, shown := t.Count(), len(t.Rows)
	t.Rows = slices.DeleteFunc(t.Rows, func(row []any) bool { return row[0] == nil || row[1] == nil })
	if p.byColumn() != pipeline.PairColumn {
		tellApart(t)
	}
	if p.kind == viz.Tree {
		addParents(t)
	}
	p.leaveOut(int64(shown), total, 0, 0)
	return p.specOf(t), nil
}

// tellApart names the second column's values that are values of the first too:
// a vendor called as a tag is called is another thing.
func tellApart(t *pipeline.Table) {
	first := map[string]bool{}
	for _, row := range t.Rows {
		first[fmt.Sprint(row[0])] = true
	}
	for i := range t.Columns[:2] {
		t.Columns[i].Type = pipeline.String
	}
	for _, row := range t.Rows {
		row[0] = fmt.Sprint(row[0])
		name := fmt.Sprint(row[1])
		if first[name] {
			name += " (" + t.Columns[1].Name + ")"
		}
		row[1] = name
	}
}

// addParents adds a row for each parent, without one of its own.
func addParents(t *pipeline.Table) {
	var parents [][]any
	at := map[any]int{}
	for _, row := range t.Rows {
		i, ok := at[row[1]]
		if !ok {
			i = len(parents)
			at[row[1]] = i
			parents = append(parents, []any{row[1], nil, row[2]})
			continue
		}
		switch v := parents[i][2].(type) {
		case int64:
			parents[i][2] = v + int64(float(row[2]))
		case float64:
			parents[i][2] = v + float(row[2])
		}
	}
	t.Rows = append(parents, t.Rows...)
}

// firstRows is a table of rows.
func (p *plot) firstRows(ctx context.Context) (viz.Spec, error) {
	s := pipeline.Selection{Sample: p.sample, Seed: p.seed, Limit: p.top}
	if s.Limit == 0 {
		s.Limit = 1000
	}
	t, err := p.ask(ctx, s)
	return viz.Spec{Kind: viz.Grid, Title: p.result.nameOf(), Data: t}, err
}
