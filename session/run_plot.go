package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
)

// plot is a chart that was asked for, on its way to a Spec.
type plot struct {
	*invocation

	engine   pipeline.Engine
	result   *result
	kind     viz.Kind
	x, y, by string // columns; empty for none
	measure  pipeline.Measure
	top      int
	sample   pipeline.Share
	seed     uint64
	bins     int    // about how many ranges
	exactly  bool   // --bins was given
	every    string // span of time; empty: what suits
	order    string // --sort
	cut      string // of the title: how many groups are drawn of how many; empty for all
}

// valueName is the column of a chart's data that is drawn.
func (p *plot) valueName() string { return p.measure.As }

func runPlot(ctx context.Context, inv *invocation) error {
	r, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	c := inv.call
	p := &plot{
		invocation: inv, engine: engine, result: r, kind: viz.Kind(c.String("as")), x: c.String("x"), y: c.String("y"), by: c.String("by"),
		sample: share(c.Sample("sample")), seed: uint64(c.Int64("seed")),
		bins: c.Int("bins"), exactly: c.IsSet("bins"), every: c.String("every"), order: c.String("sort"),
	}
	if p.kind == "" && p.x == "" && p.y == "" && p.by == "" {
		if _, query := r.step.(pipeline.Query); !query {
			return inv.plotStep(ctx, engine, r)
		}
	}
	if err := p.choose(); err != nil {
		return err
	}
	spec, err := p.spec(ctx)
	if err != nil {
		return err
	}
	if t := c.String("title"); t != "" {
		spec.Title = t + p.cut
	}
	p.nameClusters(&spec)
	spec.LogX = strings.Contains(c.String("log"), "x")
	spec.LogY = strings.Contains(c.String("log"), "y")
	spec.Provenance, spec.Step, spec.Source = inv.text, r.origin().Short(), r.name
	if len(spec.Data.Rows) == 0 {
		inv.warn("there is nothing to draw: no row has a value of %s", p.x)
		spec.Kind = viz.Grid
	}
	inv.plotted(spec)
	return nil
}

// nameClusters writes clusters as everywhere else: c17.
func (p *plot) nameClusters(s *viz.Spec) {
	for i, c := range s.Data.Columns {
		if !p.isCluster(c.Name) || p.measure.As == c.Name || s.Kind == viz.Scatter && s.By != c.Name {
			continue
		}
		s.Data.Columns[i].Type = pipeline.String
		for _, row := range s.Data.Rows {
			if n, ok := row[i].(int64); ok {
				row[i] = fmt.Sprintf("c%d", n)
			}
		}
	}
}

// plotted shows a chart that the statement asked for.
func (inv *invocation) plotted(spec viz.Spec) {
	inv.shown = true
	inv.sink(Chart{Spec: spec, Asked: true, Format: inv.format()})
}

// typeOf is the type of a column; of a list that of its items, which are what
// is drawn.
func (p *plot) typeOf(name string) pipeline.Type {
	c, _ := p.result.dataset.Schema().Column(name)
	if item, list := c.Type.Elem(); list {
		return item
	}
	return c.Type
}

func (p *plot) isList(name string) bool {
	c, _ := p.result.dataset.Schema().Column(name)
	_, list := c.Type.Elem()
	return list
}

// isNumber says whether a column has a scale. The number of a cluster is its
// name.
func (p *plot) isNumber(name string) bool {
	if p.isCluster(name) {
		return false
	}
	t := p.typeOf(name)
	return t == pipeline.Int || t == pipeline.Float
}

func (p *plot) isCluster(name string) bool {
	return name == pipeline.ClusterColumn && p.result.kind.Includes(lang.Clusters) && p.typeOf(name) == pipeline.Int
}

func (p *plot) isTime(name string) bool {
	t := p.typeOf(name)
	return t == pipeline.Time || t == pipeline.Date
}

// missing says which column the chart still needs.
func (p *plot) missing(flag, what string) error {
	return &pipeline.ParamError{Param: flag, Reason: fmt.Sprintf("say which column %s: %s", what, strings.Join(p.result.dataset.Schema().Names(), ", "))}
}

// choose fills in what the statement leaves open.
func (p *plot) choose() error {
	c := p.call
	if p.kind == viz.Grid && p.x == "" && p.by == "" {
		p.top = c.Int("top")
		return nil
	}
	if p.x == "" && p.by == "" {
		p.guessX()
	}
	if p.x == "" && p.by != "" && p.kind != viz.Box {
		p.x, p.by = p.by, ""
	}
	if p.x == "" && p.kind != viz.Box {
		return p.missing("x", "to draw")
	}
	agg := pipeline.Func(c.String("agg"))
	if p.kind == "" {
		p.kind = p.guessKind(agg)
	}
	if p.y == "" && agg != "" && agg != pipeline.Count {
		return p.missing("y", "to take the "+string(agg)+" of")
	}
	switch {
	case agg != "":
	case p.y == "":
		agg = pipeline.Count
	default:
		agg = pipeline.Sum
	}
	p.measure = pipeline.Measure{Func: agg, Column: p.y, As: "count"}
	if agg == pipeline.Count {
		p.measure.Column = ""
	} else {
		p.measure.As = string(agg) + " of " + p.y
		if _, summed := p.result.step.(pipeline.Query); summed && agg == pipeline.Sum && !c.IsSet("agg") {
			p.measure.As = p.y // a query has summed it up already
		}
	}
	for p.measure.As == p.x || p.measure.As == p.by || p.measure.As == pipeline.PairColumn {
		p.measure.As += " of rows" // the data has a column of that name
	}
	if p.top = c.Int("top"); p.top == 0 {
		p.top = mostGroups(p.kind)
	}
	return p.check()
}

// check refuses columns that the kind cannot draw.
func (p *plot) check() error {
	for _, flag := range []string{"size", "label"} {
		if p.call.IsSet(flag) && p.kind != viz.Scatter {
			return &pipeline.ParamError{Param: flag, Value: p.call.String(flag), Reason: fmt.Sprintf("is for --as scatter, not %s", p.kind)}
		}
	}
	if p.call.IsSet("every") && !p.isTime(p.x) && !p.isTime(p.by) {
		return &pipeline.ParamError{Param: "every", Value: p.call.String("every"), Reason: fmt.Sprintf("column %q holds %s, no times", p.x, p.typeOf(p.x))}
	}
	for flag, name := range map[string]string{"x": p.x, "by": p.by} {
		if name != "" && p.typeOf(name) == pipeline.Bytes && p.kind != viz.Hist {
			return &pipeline.ParamError{Param: flag, Value: name, Reason: "holds bytes, which make no groups"}
		}
	}
	switch p.kind {
	case viz.Scatter:
		if p.y == "" {
			return p.missing("y", "to draw against "+p.x)
		}
		for flag, name := range map[string]string{"x": p.x, "y": p.y, "size": p.call.String("size")} {
			if name != "" && !p.isNumber(name) && !p.isCluster(name) {
				return &pipeline.ParamError{Param: flag, Value: name, Reason: fmt.Sprintf("holds %s, and points need numbers", p.typeOf(name))}
			}
		}
	case viz.Box:
		if p.y == "" {
			return p.missing("y", "to take the quartiles of")
		}
		if p.by != "" {
			return &pipeline.ParamError{Param: "by", Value: p.by, Reason: "boxes stand for --x only"}
		}
	case viz.Heat, viz.Sankey, viz.Graph, viz.Tree:
		if p.by == "" && p.isList(p.x) && p.typeOf(p.x) == pipeline.String {
			p.by = p.x // pairs of its items
		}
		if p.by == "" {
			return p.missing("by", "to draw "+p.x+" with")
		}
	case viz.Hist:
		if p.isTime(p.x) {
			p.kind = viz.Bar
		}
	case viz.Bar, viz.Line, viz.Area, viz.Pie, viz.TreeMap, viz.Cloud, viz.Grid:
	}
	if p.by != "" && p.by != p.x && p.isList(p.by) && p.isList(p.x) {
		return &pipeline.ParamError{Param: "by", Value: p.by, Reason: "is a list as " + p.x + " is: only one can be taken apart"}
	}
	return nil
}

// mostGroups is how many groups a kind shows at ease.
func mostGroups(k viz.Kind) int {
	switch k {
	case viz.Pie:
		return 10
	case viz.Heat, viz.Sankey, viz.Box:
		return 25
	case viz.Graph, viz.Tree:
		return 60
	case viz.TreeMap, viz.Cloud, viz.Grid:
		return 100
	case viz.Scatter:
		return 5000
	case viz.Bar, viz.Line, viz.Area, viz.Hist:
	}
	return 30
}

// guessX takes what the step has added: tags, or clusters. Else it takes the
// first column of text, time or list; a title, which is different in every row,
// only if there is no other, and a key never.
func (p *plot) guessX() {
	schema := p.result.dataset.Schema()
	added := ""
	switch p.result.step.(type) {
	case pipeline.Tag:
		added = "tags"
	case pipeline.KMeans:
		added = "cluster"
	}
	if p.x == "" && slices.Contains(schema.Names(), added) && added != p.y {
		p.x = added
	}
	_, query := p.result.step.(pipeline.Query)
	for _, c := range schema.Columns {
		if t := p.typeOf(c.Name); p.x == "" && (query || c.Name != schema.Title) && c.Name != schema.ID && t != pipeline.Int && t != pipeline.Float && c.Name != p.y {
			p.x = c.Name
		}
	}
	if p.x == "" && query {
		for _, c := range schema.Columns {
			if p.x == "" && c.Name != p.y {
				p.x = c.Name
			}
		}
	}
	if p.x == "" {
		p.x = schema.Title
	}
	if p.y == "" && query && !p.call.IsSet("agg") {
		for _, c := range schema.Columns {
			if p.y == "" && p.isNumber(c.Name) && c.Name != p.x {
				p.y = c.Name
			}
		}
	}
}

// guessKind takes the kind that suits the columns.
func (p *plot) guessKind(agg pipeline.Func) viz.Kind {
	title := p.result.dataset.Schema().Title
	switch {
	case p.isTime(p.x):
		return viz.Line
	case p.isNumber(p.x) && p.y != "" && p.isNumber(p.y) && agg == "":
		return viz.Scatter
	case p.by != "" && !p.isNumber(p.x) && p.by == p.x:
		return viz.Graph
	case p.y == "" && p.by == "" && (p.isNumber(p.x) || p.x == title && !p.call.IsSet("top")):
		return viz.Hist
	}
	return viz.Bar
}

// titleOf says what the chart shows.
func (p *plot) titleOf() string {
	title := fmt.Sprintf("%s: %s by %s", p.result.nameOf(), p.valueName(), p.x)
	if p.by != "" && p.by != p.x {
		title += " and " + p.by
	}
	return title + p.cut
}

// leaveOut keeps for the title that not all groups are drawn: of x, and of by,
// where there is one.
func (p *plot) leaveOut(x, ofX, by, ofBy int64) {
	var parts []string
	if ofX > x {
		parts = append(parts, pipeline.Thousands(x)+" of "+pipeline.Thousands(ofX))
	}
	if ofBy > by {
		parts = append(parts, p.by+": "+pipeline.Thousands(by)+" of "+pipeline.Thousands(ofBy))
	}
	if parts != nil {
		p.cut = " (" + strings.Join(parts, "; ") + ")"
	}
}
