package session

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"gondola/pipeline"
	"gondola/viz"
)

// spec asks the engine for what the kind draws.
func (p *plot) spec(ctx context.Context) (viz.Spec, error) {
	switch p.kind {
	case viz.Scatter:
		return p.points(ctx)
	case viz.Box:
		return p.boxes(ctx)
	case viz.Hist:
		return p.hist(ctx)
	case viz.Heat:
		return p.cells(ctx)
	case viz.Sankey, viz.Graph, viz.Tree:
		return p.links(ctx)
	case viz.Line, viz.Area:
		return p.lines(ctx)
	case viz.Grid:
		if p.x == "" {
			return p.firstRows(ctx)
		}
		return p.groups(ctx)
	case viz.Bar, viz.Pie, viz.TreeMap, viz.Cloud:
	}
	return p.groups(ctx)
}

// selection is what all questions of the plot have in common.
func (p *plot) selection() pipeline.Selection {
	s := pipeline.Selection{Sample: p.sample, Seed: p.seed, Measures: []pipeline.Measure{p.measure}}
	switch {
	case p.by != "" && p.by == p.x && p.isList(p.x):
		s.Pairs = p.x
	case p.x != "" && p.isList(p.x):
		s.Explode = p.x
	case p.by != "" && p.isList(p.by):
		s.Explode = p.by
	}
	return s
}

// byColumn is the column of --by in results: of pairs the second item.
func (p *plot) byColumn() string {
	if p.by != "" && p.by == p.x && p.isList(p.x) {
		return pipeline.PairColumn
	}
	return p.by
}

func (p *plot) ask(ctx context.Context, s pipeline.Selection) (*pipeline.Table, error) {
	t, err := p.engine.Select(ctx, p.result.dataset, s, p.report)
	if err != nil {
		return nil, err
	}
	unmarked := []string{s.Explode, s.Pairs} // one word of them is no title, nor is how often or how long
	for _, m := range s.Measures {
		unmarked = append(unmarked, m.Name())
	}
	for _, b := range s.Bins {
		unmarked = append(unmarked, b.Name())
	}
	return marking(t, slices.DeleteFunc(p.result.titleColumns(), func(name string) bool { return slices.Contains(unmarked, name) })...), nil
}

// largest asks for the groups of a column with the greatest values.
func (p *plot) largest(ctx context.Context, column string, n int) (*pipeline.Table, error) {
	s := p.selection()
	if s.Explode != "" && s.Explode != column {
		s.Explode = "" // the rows, and not the items of the other column
	}
	s.By, s.Limit = []string{column}, n
	s.Sort = []pipeline.Order{{Column: p.valueName(), Desc: true}, {Column: column}}
	return p.ask(ctx, s)
}

// axis is a column of the chart's groups: its values as they are, or ranges.
type axis struct {
	name   string // in the result
	bin    *pipeline.Bin
	values []any // the ones that are drawn, in their order; nil for all
	total  int64 // groups that there are
}

func (a axis) add(s *pipeline.Selection) {
	if a.bin != nil {
		s.Bins = append(s.Bins, *a.bin)
		return
	}
	s.By = append(s.By, a.name)
	if a.values != nil {
		s.Among = append(s.Among, pipeline.Among{Column: a.name, Values: a.values})
	}
}

// axisOf decides how a column is grouped: times into spans, numbers of many
// values into ranges, others by their greatest values.
func (p *plot) axisOf(ctx context.Context, column string, most int) (axis, error) {
	of := column
	if column == pipeline.PairColumn && p.byColumn() == column {
		of = p.by
	}
	if p.isTime(of) {
		return p.spans(ctx, column)
	}
	if p.isNumber(of) && !p.isList(of) {
		binned, err := p.rangesOf(ctx, column, most)
		if err != nil || binned != nil {
			return axis{name: column, bin: binned}, err
		}
	}
	t, err := p.largest(ctx, column, most)
	if err != nil {
		return axis{}, err
	}
	a := axis{name: column, values: []any{}, total: t.Count()}
	for _, row := range t.Rows {
		a.values = append(a.values, row[0])
	}
	if typ := p.typeOf(of); typ != pipeline.String && typ != pipeline.Bytes && !p.isCluster(of) { // they have an order of their own
		slices.SortStableFunc(a.values, compareValues)
	}
	return a, nil
}

// rangesOf returns bins for a column of numbers; nil where it has so few values
// that each can stand for itself.
func (p *plot) rangesOf(ctx context.Context, column string, most int) (*pipeline.Bin, error) {
	s := p.selection()
	s.Measures = []pipeline.Measure{
		{Func: pipeline.Distinct, Column: column}, {Func: pipeline.Min, Column: column}, {Func: pipeline.Max, Column: column},
	}
	t, err := p.ask(ctx, s)
	if err != nil {
		return nil, err
	}
	row := t.Rows[0]
	if n, _ := row[0].(int64); n <= int64(most) && !p.exactly {
		return nil, nil
	}
	low, high := float(row[1]), float(row[2])
	whole := p.typeOf(column) == pipeline.Int || !p.isNumber(column)
	bin := niceBin(low, high, p.bins, whole)
	bin.Column = column
	return &bin, nil
}

// niceBin returns ranges of a round width, some n of them, that hold all from
// low to high.
func niceBin(low, high float64, n int, whole bool) pipeline.Bin {
	if math.IsNaN(low) || math.IsInf(low, 0) || math.IsNaN(high) || math.IsInf(high, 0) || low >= high {
		if low = math.Floor(low); math.IsNaN(low) || math.IsInf(low, 0) {
			low = 0
		}
		return pipeline.Bin{Start: low, Width: 1}
	}
	// Ranges narrower than what floats tell apart there would have no places.
	rough := max(high/float64(n)-low/float64(n), 1e-12*max(math.Abs(low), math.Abs(high)), 1e-300)
	unit := math.Pow(10, math.Floor(math.Log10(rough)))
	width := unit * 10
	for _, step := range []float64{1, 2, 5} {
		if step*unit >= rough*0.999 {
			width = step * unit
			break
		}
	}
	if whole {
		width = max(1, math.Round(width))
	}
	start := math.Floor(low/width) * width
	if start > low {
		start -= width
	}
	return pipeline.Bin{Start: start, Width: width}
}

func float(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}

// spans puts times into spans: those of --every, or the shortest that gives
// 400 points of a line at most, 60 bars.
func (p *plot) spans(ctx context.Context, column string) (axis, error) {
	bin := &pipeline.Bin{Column: column, Every: p.every}
	if bin.Every != "" {
		return axis{name: column, bin: bin}, nil
	}
	s := p.selection()
	s.Measures = []pipeline.Measure{{Func: pipeline.Min, Column: column}, {Func: pipeline.Max, Column: column}}
	t, err := p.ask(ctx, s)
	if err != nil {
		return axis{}, err
	}
	most := time.Duration(400) // points of a line, or bars
	if p.kind != viz.Line && p.kind != viz.Area {
		most = 60
	}
	lasts := timeOf(t.Rows[0][1]).Sub(timeOf(t.Rows[0][0]))
	day := 24 * time.Hour
	lengths := []time.Duration{time.Hour, day, 7 * day, 30 * day, 91 * day, 365 * day}
	for i, every := range pipeline.Spans() {
		if bin.Every = every; lasts/lengths[i] <= most && (every != "hour" || p.typeOf(column) == pipeline.Time) {
			break
		}
	}
	return axis{name: column, bin: bin}, nil
}

func timeOf(v any) time.Time {
	switch v := v.(type) {
	case time.Time:
		return v
	case pipeline.Day:
		if t, err := time.Parse(time.DateOnly, string(v)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// compareValues orders values of one column, null first.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return -1
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case pipeline.Day:
		if y, ok := b.(pipeline.Day); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case bool:
		if y, ok := b.(bool); ok && x != y {
			if y {
				return -1
			}
			return 1
		}
		if b != nil {
			return 0
		}
	case int64, float64:
		if b != nil {
			return cmp.Compare(float(a), float(b))
		}
	}
	if b == nil {
		return 1
	}
	return 0
}
