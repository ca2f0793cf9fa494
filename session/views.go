package session

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

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

// profiledRows is up to how many rows a step looks at all of them for its own
// charts; of more it takes a sample, which the chart says. plot looks at all.
const profiledRows = 2_000_000

func (v *viewer) sampled(s pipeline.Selection, rows int64) pipeline.Selection {
	if v.result.dataset.Len() > profiledRows {
		s.Sample, s.Seed = pipeline.Share{Rows: rows}, viewSeed
	}
	return s
}

func (v *viewer) load() {
	v.fact(true, "columns", asTable)
	v.fact(true, "schema drift", asTable)
	for _, t := range v.facts {
		if strings.HasSuffix(t.Title, " files") && len(t.Rows) > 1 {
			v.add(true, func(context.Context) (shown, error) {
				parts, what := perPartition(&t)
				return v.chart(viz.Spec{Kind: viz.Bar, Title: titleOfMost("rows by "+what, parts, 40), X: what, Y: "rows"}, head(parts, 40)), nil
			})
		}
	}
	var profile *pipeline.Table
	measured := func(ctx context.Context) (t *pipeline.Table, err error) {
		if profile == nil {
			profile, err = v.columnMeasures(ctx)
		}
		return profile, err
	}
	for _, of := range []string{"null %", "distinct"} {
		v.add(false, func(ctx context.Context) (shown, error) {
			t, err := measured(ctx)
			if err != nil {
				return shown{}, err
			}
			return v.chart(viz.Spec{Kind: viz.Bar, Title: map[string]string{"null %": "rows without a value", "distinct": "different values"}[of], X: "column", Y: of}, t), nil
		})
	}
	if title := v.result.dataset.Schema().Title; title != "" {
		v.add(true, func(ctx context.Context) (shown, error) { return v.lengths(ctx, title) })
	}
}

// perPartition sums the rows of files up by their folders, where these are
// partitions (dt=2017-01-01); else it lists the files.
func perPartition(files *pipeline.Table) (t *pipeline.Table, what string) {
	t = pipeline.NewTable("", pipeline.Col("partition", pipeline.String), pipeline.Col("rows", pipeline.Int))
	at := map[string]int{}
	for _, row := range files.Rows {
		name, _ := row[0].(string)
		dir := path.Dir(name)
		if !strings.Contains(path.Base(dir), "=") {
			return columnsOf(files, "file", "rows"), "file"
		}
		rows, _ := row[1].(int64)
		i, ok := at[dir]
		if !ok {
			i = len(t.Rows)
			at[dir] = i
			t.Add(dir, int64(0))
		}
		sum, _ := t.Rows[i][1].(int64)
		t.Rows[i][1] = sum + rows
	}
	return t, "partition"
}

// columnMeasures counts nulls and different values of each column.
func (v *viewer) columnMeasures(ctx context.Context) (*pipeline.Table, error) {
	var s pipeline.Selection
	columns := v.result.dataset.Schema().Columns
	for _, c := range columns {
		s.Measures = append(s.Measures, pipeline.Measure{Func: pipeline.Nulls, Column: c.Name}, pipeline.Measure{Func: pipeline.Distinct, Column: c.Name})
	}
	s.Measures = append(s.Measures, pipeline.Measure{Func: pipeline.Count})
	got, err := v.engine.Select(ctx, v.result.dataset, v.sampled(s, 1000), v.report)
	if err != nil {
		return nil, err
	}
	row := got.Rows[0]
	rows := max(1, float(row[len(row)-1]))
	t := pipeline.NewTable("", pipeline.Col("column", pipeline.String), pipeline.Col("null %", pipeline.Float), pipeline.Col("distinct", pipeline.Int))
	t.Shows = got.Shows
	for i, c := range columns {
		t.Add(c.Name, 100*float(row[2*i])/rows, row[2*i+1])
	}
	return t, nil
}

// lengths counts the titles by their characters.
func (v *viewer) lengths(ctx context.Context, title string) (shown, error) {
	bin := pipeline.Bin{Column: title, Width: 5, As: "characters"}
	t, err := v.engine.Select(ctx, v.result.dataset, v.sampled(pipeline.Selection{
		Bins: []pipeline.Bin{bin}, Measures: []pipeline.Measure{{Func: pipeline.Count, As: "titles"}},
		Sort: []pipeline.Order{{Column: "characters"}},
	}, 1000), v.report)
	if err != nil {
		return shown{}, err
	}
	t.Rows = slices.DeleteFunc(t.Rows, func(row []any) bool { return row[0] == nil })
	fillRanges(t, bin)
	return v.chart(viz.Spec{Kind: viz.Hist, Title: "length of the titles", X: "characters", Y: "titles"}, t), nil
}

func (v *viewer) preprocess() {
	v.add(true, func(ctx context.Context) (shown, error) {
		return v.sampleOf(ctx, "before and after", 8, v.result.dataset.Schema().Title, pipeline.TokensColumn)
	})
	v.fact(true, "kept and dropped", asTable)
	v.fact(false, "titles", asTable)
	v.fact(true, "words per title", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Line, Title: "words per title, before and after", X: "words", Y: "titles", By: "when"}, t)
	})
	v.fact(false, "kept and dropped", func(t *pipeline.Table) shown {
		dropped := columnsOf(t, "what", "pieces")
		return v.chart(viz.Spec{Kind: viz.Bar, Title: "what was kept and dropped", X: "what", Y: "pieces", LogY: true}, dropped)
	})
	v.fact(false, "word frequencies", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Line, Title: "words by frequency (Zipf)", X: "rank", Y: "occurrences", LogX: true, LogY: true}, t)
	})
	v.fact(true, "phrases", asTable)
}

// sampleOf is a table of some rows, the same each time.
func (v *viewer) sampleOf(ctx context.Context, title string, rows int64, columns ...string) (shown, error) {
	t, err := v.engine.Select(ctx, v.result.dataset, pipeline.Selection{Columns: columns, Sample: pipeline.Share{Rows: rows}, Seed: viewSeed}, nil)
	if err != nil {
		return shown{}, err
	}
	t.Title = title
	return shown{table: marked(t, v.result)}, nil
}

func (v *viewer) train() {
	v.fact(true, "loss", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Line, Title: "loss by epoch", X: "epoch", Y: "loss"}, t)
	})
	v.fact(false, "vocabulary by min count", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Line, Title: "words that another --min-count would leave", X: "min count", Y: "words", LogX: true}, t)
	})
	v.fact(false, "vocabulary by min count", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Line, Title: "share of the text that they make up", X: "min count", Y: "share of text", LogX: true}, t)
	})
	v.fact(false, "vocabulary", asTable)
	v.add(true, func(context.Context) (shown, error) {
		t, err := probeWords(v.result.words)
		return shown{table: t}, err
	})
}

// mostClusters is how many clusters charts of all of them show.
const mostClusters = 40

func (v *viewer) cluster() {
	v.fact(true, "clusters", asTable)
	v.fact(true, "clusters", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Bar, Title: titleOfMost("titles by cluster", t, mostClusters), X: "cluster", Y: "titles"}, head(columnsOf(t, "cluster", "titles", "near words"), mostClusters))
	})
	v.fact(false, "inertia by pass", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Line, Title: "inertia by pass", X: "pass", Y: "inertia"}, t)
	})
	v.fact(false, "measures", asTable)
	v.fact(false, "silhouette", asTable)
	v.fact(false, "silhouette by cluster", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Bar, Title: titleOfMost("silhouette by cluster", t, mostClusters), X: "cluster", Y: "silhouette"}, head(t, mostClusters))
	})
	v.add(false, func(context.Context) (shown, error) {
		return v.chart(viz.Spec{Kind: viz.Tree, Title: titleOfMost("clusters by the distance of their centres", linkageCount(v.result.clusters), mostClusters), X: "cluster", By: "joined in", Y: "distance"},
			linkageTable(v.result.clusters, mostClusters)), nil
	})
}

// linkageCount stands for all clusters in a title.
func linkageCount(m pipeline.ClusterModel) *pipeline.Table {
	return &pipeline.Table{Total: int64(m.K())}
}

// linkageTable is the dendrogram of the largest clusters: a row for each, and
// for each group in which they were joined.
func linkageTable(m pipeline.ClusterModel, most int) *pipeline.Table {
	t := pipeline.NewTable("", pipeline.Col("cluster", pipeline.String), pipeline.Col("joined in", pipeline.String), pipeline.Col("distance", pipeline.Float))
	clusters, merges := m.Linkage(most)
	n := len(clusters)
	name := func(i int) string {
		if i >= n {
			return fmt.Sprintf("%.3g #%d", merges[i-n].Distance, i-n+1)
		}
		if x, err := m.Inspect(clusters[i], 3); err == nil {
			var words []string
			for _, w := range x.Distinctive {
				words = append(words, w.Word)
			}
			return fmt.Sprintf("c%d %s", clusters[i], strings.Join(words, ", "))
		}
		return fmt.Sprintf("c%d", clusters[i])
	}
	in := make([]int, n+len(merges))
	for i, x := range merges {
		in[x.A], in[x.B] = n+i, n+i
	}
	for i := n + len(merges) - 1; i >= 0; i-- {
		var parent any
		if in[i] > 0 {
			parent = name(in[i])
		}
		distance := 0.0
		if i >= n {
			distance = merges[i-n].Distance
		}
		t.Add(name(i), parent, distance)
	}
	return t
}

func (v *viewer) tag(step pipeline.Tag) {
	v.add(true, func(ctx context.Context) (shown, error) {
		return v.sampleOf(ctx, "tagged titles", 10, v.result.dataset.Schema().Title, pipeline.TagsColumn)
	})
	v.fact(false, "coverage", func(t *pipeline.Table) shown {
		with, _ := fact(v.facts, "coverage", "with tags").(int64)
		rows, _ := fact(v.facts, "coverage", "rows").(int64)
		parts := pipeline.NewTable("", pipeline.Col("titles", pipeline.String), pipeline.Col("rows", pipeline.Int))
		parts.Shows = t.Shows
		parts.Add("with tags", with)
		parts.Add("without", rows-with)
		return v.chart(viz.Spec{Kind: viz.Pie, Title: "titles with tags", X: "titles", Y: "rows"}, parts)
	})
	v.fact(false, "tags per title", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Bar, Title: "tags per title", X: "tags", Y: "titles"}, columnsOf(t, "tags", "titles"))
	})
	v.fact(true, "top tags", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Bar, Title: titleOfMost("titles by tag", t, 30), X: "tag", Y: "titles"}, head(t, 30))
	})
	v.fact(true, "top tags are of those seen first", asTable)
	v.fact(false, "top tags", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Cloud, Title: titleOfMost("tags", t, 100), X: "tag", Y: "titles"}, head(t, 100))
	})
	v.add(false, func(ctx context.Context) (shown, error) { return v.tagsByCluster(ctx) })
	v.add(false, func(ctx context.Context) (shown, error) { return v.tagPairs(ctx) })
	if step.Clusters == nil {
		return
	}
	v.add(false, func(ctx context.Context) (shown, error) { return v.untagged(ctx) })
}

// plotOf answers as plot does with these flags, of all rows or a sample.
func (v *viewer) plotOf(ctx context.Context, kind viz.Kind, x, by string, top int, title string) (shown, error) {
	p := &plot{
		invocation: v.invocation, engine: v.engine, result: v.result, kind: kind, x: x, by: by, top: top, bins: 30,
		measure: pipeline.Measure{Func: pipeline.Count, As: "titles"}, seed: viewSeed,
	}
	if v.result.dataset.Len() > profiledRows {
		p.sample = pipeline.Share{Rows: 1000}
	}
	spec, err := p.spec(ctx)
	if err != nil {
		return shown{}, err
	}
	p.nameClusters(&spec)
	spec.Title = title
	return v.chart(spec, spec.Data), nil
}

func (v *viewer) tagsByCluster(ctx context.Context) (shown, error) {
	return v.plotOf(ctx, viz.Heat, pipeline.TagsColumn, pipeline.ClusterColumn, 20, "the largest tags and clusters")
}

func (v *viewer) tagPairs(ctx context.Context) (shown, error) {
	return v.plotOf(ctx, viz.Graph, pipeline.TagsColumn, pipeline.TagsColumn, 60, "tags that come together most often")
}

// untagged is a sample of titles that got no tag.
func (v *viewer) untagged(ctx context.Context) (shown, error) {
	if with, rows := fact(v.facts, "coverage", "with tags"), fact(v.facts, "coverage", "rows"); with == rows {
		return shown{}, nil
	}
	title := v.result.dataset.Schema().Title
	t, err := v.engine.Select(ctx, v.result.dataset, pipeline.Selection{
		Columns: []string{title}, Where: &pipeline.Equal{Column: pipeline.TagsColumn, Value: []string{}}, Limit: 10,
	}, nil)
	if err != nil || len(t.Rows) == 0 {
		return shown{}, err
	}
	t.Title = "titles without a tag"
	return shown{table: marked(t, v.result)}, nil
}
