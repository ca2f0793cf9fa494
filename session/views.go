package session

import (
	"context"
	"fmt"

	"gondola/pipeline"
	"gondola/viz"
)

// Views says how much steps show of their own accord.
type Views int

// The measures of showing.
const (
	AllViews  Views = iota // every chart and table: a notebook, whose reader scrolls past
	MainViews              // what tells most, and how to see the rest: a terminal
	NoViews                // nothing, and nothing is computed for it: a pipe
)

// view is a chart or a table by which a step shows its result. make computes it
// when somebody looks.
type view struct {
	main bool // tells most
	make func(ctx context.Context) (shown, error)
}

// shown is what a view turned out to be: one of the two, or nothing where there
// is nothing to show.
type shown struct {
	chart *viz.Spec
	table *pipeline.Table
}

// viewer makes the views of one result.
type viewer struct {
	*invocation

	engine pipeline.Engine
	result *result
	facts  []pipeline.Table
	list   []view
}

// views lists how the step that made r shows it.
func (inv *invocation) views(engine pipeline.Engine, r *result) []view {
	v := &viewer{invocation: inv, engine: engine, result: r}
	switch step := r.step.(type) {
	case pipeline.Load:
		v.facts = r.dataset.Facts()
		v.load()
	case pipeline.Preprocess:
		v.facts = r.dataset.Facts()
		v.preprocess()
	case pipeline.Word2Vec:
		v.facts = r.words.Facts()
		v.train()
	case pipeline.KMeans:
		v.facts = r.clusters.Facts()
		v.cluster()
	case pipeline.Tag:
		v.facts = r.dataset.Facts()
		v.tag(step)
	}
	return v.list
}

// show shows a result as its step does, unless charts are off.
func (inv *invocation) show(ctx context.Context, engine pipeline.Engine, r *result) error {
	if inv.state.setting("charts") != "on" || inv.session.config.Views == NoViews {
		return nil
	}
	more := 0
	for _, v := range inv.views(engine, r) {
		if !v.main && inv.session.config.Views == MainViews {
			more++
			continue
		}
		x, err := v.make(ctx)
		if err != nil {
			return err
		}
		if x.chart != nil {
			inv.sink(Chart{Spec: *x.chart})
		}
		if x.table != nil {
			inv.view(x.table)
		}
	}
	if more > 0 && inv.lastStep {
		inv.say("plot shows more")
	}
	return nil
}

// also shows a chart beside what the statement was run for; main ones in a
// terminal too.
func (inv *invocation) also(main bool, s viz.Spec) {
	config := inv.session.config.Views
	if inv.state.setting("charts") != "on" || config == NoViews || config == MainViews && !main || s.Data == nil || len(s.Data.Rows) == 0 {
		return
	}
	s.Provenance = inv.text
	inv.sink(Chart{Spec: s})
}

// plotStep shows the charts of the step that made r, as it did itself.
func (inv *invocation) plotStep(ctx context.Context, engine pipeline.Engine, r *result) error {
	for _, v := range inv.views(engine, r) {
		x, err := v.make(ctx)
		if err != nil {
			return err
		}
		if x.chart != nil {
			inv.plotted(*x.chart)
		}
	}
	if !inv.shown {
		inv.say("%s has no charts of its own: say what to draw, as plot --x COLUMN", r.nameOf())
	}
	return nil
}

// add appends a view.
func (v *viewer) add(main bool, fn func(ctx context.Context) (shown, error)) {
	v.list = append(v.list, view{main, fn})
}

// fact appends a view of a table that the step has made; nothing where it has
// not.
func (v *viewer) fact(main bool, title string, draw func(t *pipeline.Table) shown) {
	for i := range v.facts {
		if t := &v.facts[i]; t.Title == title && len(t.Rows) > 0 {
			v.add(main, func(context.Context) (shown, error) { return draw(t), nil })
		}
	}
}

// asTable shows a table as it is.
func asTable(t *pipeline.Table) shown { return shown{table: t} }

// chart is a chart of a table of the result.
func (v *viewer) chart(s viz.Spec, t *pipeline.Table) shown {
	if t == nil || len(t.Rows) == 0 {
		return shown{}
	}
	s.Data, s.Source, s.Step = t, v.result.name, v.result.origin().Short()
	s.Provenance = v.result.source
	return shown{chart: &s}
}

// head returns the first rows of a table, which say that there are more.
func head(t *pipeline.Table, n int) *pipeline.Table {
	if len(t.Rows) <= n {
		return t
	}
	some := *t
	some.Rows = t.Rows[:n]
	some.Total = 0
	return &some
}

// titleOfMost is a title that says how many are drawn.
func titleOfMost(what string, t *pipeline.Table, n int) string {
	if all := t.Count(); all > int64(n) {
		return fmt.Sprintf("%s (%d of %s)", what, n, pipeline.Thousands(all))
	}
	return what
}
