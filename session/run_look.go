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

func runShow(ctx context.Context, inv *invocation) error {
	c := inv.call
	r := inv.state.last
	s := pipeline.Selection{
		Columns: c.List("columns"), Limit: c.Int("n"), Sample: share(c.Sample("sample")), Seed: uint64(c.Int64("seed")),
	}
	if c.IsSet("sample") && !c.IsSet("n") {
		s.Limit = 0 // the whole sample
	}
	if c.IsSet("what") {
		switch to, name, cluster := c.Ref("what"); to {
		case lang.RefResult:
			r = inv.state.result(name)
		case lang.RefCluster:
			s.Where = &pipeline.Equal{Column: pipeline.ClusterColumn, Value: int64(cluster)}
		case lang.RefWord:
			return &pipeline.ParamError{Param: "what", Value: name, Reason: "is neither a result nor a cluster; for a word use near"}
		case lang.RefLast:
		}
	}
	if r == nil {
		return &pipeline.ParamError{Param: "what", Value: c.String("what"), Reason: "there is no such result"}
	}
	if err := r.hasRows(); err != nil {
		return err
	}
	engine, err := inv.engine(ctx)
	if err != nil {
		return err
	}
	t, err := engine.Select(ctx, r.dataset, s, inv.report)
	if err != nil {
		return err
	}
	inv.table(marked(t, r))
	return nil
}

func runProfile(ctx context.Context, inv *invocation) error {
	r, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	schema := r.dataset.Schema()
	funcs := []pipeline.Func{pipeline.Nulls, pipeline.Empty, pipeline.Distinct, pipeline.Min, pipeline.Median, pipeline.Mean, pipeline.P99, pipeline.Max}
	var s pipeline.Selection
	for _, column := range schema.Columns {
		for _, f := range funcs {
			s.Measures = append(s.Measures, pipeline.Measure{Func: f, Column: column.Name})
		}
	}
	s.Measures = append(s.Measures, pipeline.Measure{Func: pipeline.Count})
	measured, err := engine.Select(ctx, r.dataset, s, inv.report)
	if err != nil {
		return err
	}
	rows, _ := measured.Rows[0][len(s.Measures)-1].(int64)
	profile := columnProfile(schema, funcs, measured, rows)
	inv.table(profile)
	if err := inv.columnCharts(ctx, engine, r, profile); err != nil {
		return err
	}

	if schema.Title != "" {
		words, err := topWords(ctx, inv, engine, r.dataset)
		if err != nil {
			return err
		}
		inv.view(words)
	}
	const sample = 10
	some, err := engine.Select(ctx, r.dataset, pipeline.Selection{Sample: pipeline.Share{Rows: sample}, Seed: uint64(inv.call.Int64("seed"))}, nil)
	if err != nil {
		return err
	}
	some.Title = "a sample"
	inv.view(marked(some, r))
	return nil
}

// columnCharts draws how the values of each column are spread: numbers and the
// lengths of texts by ranges, texts of few values by these.
func (inv *invocation) columnCharts(ctx context.Context, engine pipeline.Engine, r *result, profile *pipeline.Table) error {
	if inv.state.setting("charts") != "on" || inv.session.config.Views == NoViews {
		return nil
	}
	const few, bins, most = 12, 10, 20
	for i, c := range r.dataset.Schema().Columns {
		if i == most {
			inv.say("of %s the first %d are drawn", plural(len(profile.Rows), "column"), most)
			break
		}
		p := &plot{
			invocation: inv, engine: engine, result: r, kind: viz.Hist, x: c.Name, top: few, bins: bins,
			measure: pipeline.Measure{Func: pipeline.Count, As: "count"},
		}
		if c.Name == p.measure.As {
			p.measure.As = "rows"
		}
		if distinct, _ := profile.Rows[i][4].(int64); distinct <= few && !p.isList(c.Name) && c.Type != pipeline.Bytes || p.isTime(c.Name) {
			p.kind = viz.Bar
		}
		s, err := p.spec(ctx)
		if err != nil {
			return err
		}
		p.nameClusters(&s)
		s.Source, s.Step = r.name, r.origin().Short()
		inv.also(true, s)
	}
	return nil
}

// columnProfile turns one row of measures into a row for each column. Text is
// measured by its length in characters.
func columnProfile(schema pipeline.Schema, funcs []pipeline.Func, measured *pipeline.Table, rows int64) *pipeline.Table {
	t := pipeline.NewTable("columns", pipeline.Col("column", pipeline.String), pipeline.Col("type", pipeline.String),
		pipeline.Col("null %", pipeline.Float), pipeline.Col("empty", pipeline.Int), pipeline.Col("distinct", pipeline.Int),
		pipeline.Col("measured", pipeline.String), pipeline.Col("min", pipeline.String), pipeline.Col("median", pipeline.String),
		pipeline.Col("mean", pipeline.String), pipeline.Col("p99", pipeline.String), pipeline.Col("max", pipeline.String))
	t.Shows = measured.Shows
	for i, column := range schema.Columns {
		m := measured.Rows[0][i*len(funcs) : (i+1)*len(funcs)]
		nulls, _ := m[0].(int64)
		var percent float64
		if rows > 0 {
			percent = 100 * float64(nulls) / float64(rows)
		}
		what := "value"
		switch column.Type {
		case pipeline.String, pipeline.Bytes:
			what = "length"
		}
		if _, list := column.Type.Elem(); list {
			what = "items"
		}
		row := []any{column.Name, string(column.Type), percent, m[1], m[2], what}
		for _, v := range m[3:] {
			if v == nil {
				row = append(row, nil)
				continue
			}
			row = append(row, number(v))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// topWords counts the words of the titles as they are, before any is dropped.
func topWords(ctx context.Context, inv *invocation, engine pipeline.Engine, ds pipeline.Dataset) (*pipeline.Table, error) {
	words, err := engine.Transform(ctx, ds, pipeline.Preprocess{StopWords: "off", Numbers: "keep"}, inv.report)
	if err != nil {
		return nil, err
	}
	t, err := engine.Select(ctx, words, pipeline.Selection{
		Explode: pipeline.TokensColumn, By: []string{pipeline.TokensColumn}, Measures: []pipeline.Measure{{Func: pipeline.Count, As: "count"}},
		Sort: []pipeline.Order{{Column: "count", Desc: true}, {Column: pipeline.TokensColumn}}, Limit: inv.call.Int("top"),
	}, inv.report)
	if err != nil {
		return nil, err
	}
	t.Title = "top words"
	t.Columns[0].Name = "word"
	return t, nil
}

func runNear(_ context.Context, inv *invocation) error {
	r, err := inv.input()
	if err != nil {
		return err
	}
	c := inv.call
	words := c.List("words")
	near, err := r.words.MostSimilar(words, c.List("not"), c.Int("n"), c.String("metric"))
	if err != nil {
		return &pipeline.ParamError{Param: "words", Value: strings.Join(words, " "), Reason: err.Error()}
	}
	title := "near " + strings.Join(words, ", ")
	if not := c.List("not"); len(not) > 0 {
		title += ", far from " + strings.Join(not, ", ")
	}
	t := pipeline.NewTable(title, pipeline.Col("word", pipeline.String), pipeline.Col("similarity", pipeline.Float), pipeline.Col("frequency", pipeline.Int))
	for _, n := range near {
		t.Add(n.Word, n.Similarity, n.Count)
	}
	inv.table(t)
	inv.also(false, viz.Spec{Kind: viz.Bar, Title: title, Data: t, X: "word", Y: "similarity", Step: r.origin().Short()})
	return nil
}

func runInspect(ctx context.Context, inv *invocation) error {
	r, err := inv.input()
	if err != nil {
		return err
	}
	n := inv.call.Int("n")
	x, err := r.clusters.Inspect(inv.call.Int("cluster"), n)
	if err != nil {
		return &pipeline.ParamError{Param: "cluster", Value: inv.call.String("cluster"), Reason: err.Error()}
	}
	name := fmt.Sprintf("c%d", x.ID)
	t := pipeline.NewTable(fmt.Sprintf("%s: %s titles, %.2f %% of all", name, pipeline.Thousands(x.Titles), 100*x.Share),
		pipeline.Col("near word", pipeline.String), pipeline.Col("similarity", pipeline.Float), pipeline.Col("frequency", pipeline.Int))
	for _, w := range x.Near {
		t.Add(w.Word, w.Similarity, w.Count)
	}
	inv.table(t)
	inv.also(false, viz.Spec{Kind: viz.Bar, Title: "words near " + name, Data: t, X: "near word", Y: "similarity"})
	apart := pipeline.NewTable("words that set "+name+" apart", pipeline.Col("word", pipeline.String),
		pipeline.Col("titles", pipeline.Int), pipeline.Col("lift", pipeline.Float), pipeline.Col("score", pipeline.Float))
	for _, w := range x.Distinctive {
		apart.Add(w.Word, w.Titles, w.Lift, w.Score)
	}
	inv.view(apart)
	inv.also(false, viz.Spec{Kind: viz.Bar, Title: apart.Title, Data: apart, X: "word", Y: "score"})
	typical := pipeline.NewTable("typical titles of "+name, pipeline.Col("title", pipeline.String), pipeline.Col("distance", pipeline.Float))
	for _, w := range x.Typical {
		typical.Add(w.Title, w.Distance)
	}
	inv.view(marking(typical, "title"))
	if !r.kind.Includes(lang.Tags) {
		return nil
	}
	engine, err := inv.engine(ctx)
	if err != nil {
		return err
	}
	top, err := engine.Select(ctx, r.dataset, pipeline.Selection{
		Where: &pipeline.Equal{Column: pipeline.ClusterColumn, Value: int64(x.ID)}, Explode: pipeline.TagsColumn,
		By: []string{pipeline.TagsColumn}, Measures: []pipeline.Measure{{Func: pipeline.Count, As: "titles"}},
		Sort: []pipeline.Order{{Column: "titles", Desc: true}, {Column: pipeline.TagsColumn}}, Limit: n,
	}, inv.report)
	if err != nil {
		return err
	}
	top.Title = "top tags of " + name
	top.Columns[0].Name = "tag"
	inv.view(top)
	inv.also(false, viz.Spec{Kind: viz.Bar, Title: top.Title, Data: top, X: "tag", Y: "titles"})
	return nil
}

func runExplain(_ context.Context, inv *invocation) error {
	r, err := inv.input()
	if err != nil {
		return err
	}
	c := inv.call
	how, err := inv.defaultTag()
	if err != nil {
		return err
	}
	if r.tag != nil {
		how = *r.tag
	}
	if c.IsSet("method") {
		how.Method = c.String("method")
		how.Near = pipeline.DefaultNear(how.Method)
	}
	if c.IsSet("max") {
		how.Max = c.Int("max")
	}
	x, err := r.clusters.Explain(c.String("title"), how)
	if err != nil {
		return err
	}
	inv.view(marking(explainTokens(x), "token", "counted as"))
	inv.say("%s", explainCluster(x))
	inv.table(marking(explainCandidates(x), "candidate"))
	inv.also(true, viz.Spec{Kind: viz.Heat, Title: "what each word adds to its score", Data: explainParts(x), X: "word", Y: "adds", By: "part"})
	return nil
}

// defaultTag is what tag does when it is given no flags.
func (inv *invocation) defaultTag() (pipeline.Tag, error) {
	g := inv.session.grammar
	script := g.Parse("tag")
	call, diags := g.Bind(&script.Statements[0].Steps[0], &lang.Scope{Last: lang.Clusters})
	if err := diags.Err(); err != nil {
		return pipeline.Tag{}, err
	}
	method := call.String("method")
	return pipeline.Tag{Method: method, Max: call.Int("max"), Metric: call.String("metric"), Form: call.String("form"), Near: pipeline.DefaultNear(method)}, nil
}

func explainTokens(x pipeline.Explanation) *pipeline.Table {
	t := pipeline.NewTable("tokens", pipeline.Col("token", pipeline.String), pipeline.Col("counted as", pipeline.String),
		pipeline.Col("head", pipeline.Bool), pipeline.Col("dropped as", pipeline.String))
	for _, k := range x.Tokens {
		var base, dropped any
		if k.Dropped != "" {
			dropped = k.Dropped
		} else {
			base = k.Base
		}
		t.Add(k.Text, base, k.Head, dropped)
	}
	return t
}

func explainCluster(x pipeline.Explanation) string {
	switch {
	case x.Cluster < 0:
		return "in no cluster: no word of the title has a vector"
	case x.Second < 0:
		return fmt.Sprintf("in c%d, distance %.3f", x.Cluster, x.Distance)
	}
	return fmt.Sprintf("in c%d, distance %.3f; the next is c%d, distance %.3f", x.Cluster, x.Distance, x.Second, x.SecondDist)
}

// explainParts has for each word, in the order of the title, what each part adds
// to its score, and the score.
func explainParts(x pipeline.Explanation) *pipeline.Table {
	t := pipeline.NewTable("", pipeline.Col("word", pipeline.String), pipeline.Col("part", pipeline.String), pipeline.Col("adds", pipeline.Float))
	done := map[string]bool{}
	for _, k := range x.Tokens {
		i := slices.IndexFunc(x.Candidates, func(c pipeline.Candidate) bool { return c.Word == k.Base || c.Word == k.Text })
		if k.Dropped != "" || i < 0 || done[x.Candidates[i].Word] {
			continue
		}
		c := x.Candidates[i]
		done[c.Word] = true
		for _, part := range c.Parts {
			t.Add(c.Word, part.Name, part.Value*part.Weight)
		}
		t.Add(c.Word, "score", c.Score)
	}
	return marking(t, "word")
}

// explainCandidates shows every candidate with its score, and the product of
// value and weight of each part where there are parts.
func explainCandidates(x pipeline.Explanation) *pipeline.Table {
	title := "no tag"
	if len(x.Tags) > 0 {
		title = "tags: " + strings.Join(x.Tags, ", ")
	}
	t := pipeline.NewTable(title+" ("+x.Method+")", pipeline.Col("candidate", pipeline.String), pipeline.Col("score", pipeline.Float))
	var parts []string
	for _, c := range x.Candidates {
		for _, p := range c.Parts {
			if !slices.Contains(parts, p.Name) {
				parts = append(parts, p.Name)
			}
		}
	}
	for _, p := range parts {
		t.Columns = append(t.Columns, pipeline.Col(p, pipeline.Float))
	}
	t.Columns = append(t.Columns, pipeline.Col("verdict", pipeline.String))
	for _, c := range x.Candidates {
		row := []any{c.Word, c.Score}
		for _, name := range parts {
			var v any
			for _, p := range c.Parts {
				if p.Name == name {
					v = p.Value * p.Weight
				}
			}
			row = append(row, v)
		}
		verdict := "tag"
		if !c.Tag {
			verdict = c.Out
		}
		t.Rows = append(t.Rows, append(row, verdict))
	}
	return t
}
