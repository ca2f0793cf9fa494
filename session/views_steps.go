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
	t.Total = 0
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
	v.fact(false, "map of clusters", func(t *pipeline.Table) shown {
		return v.chart(viz.Spec{Kind: viz.Map, Title: "clusters by the place of their centres", X: "x", Y: "y", By: "name", Size: "titles", Label: "name"}, v.namedClusters(t))
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
		return v.chart(viz.Spec{Kind: viz.Relevance, Title: "words of clusters", X: "word", Y: "titles", By: "cluster"}, v.terms()), nil
	})
	v.add(false, func(context.Context) (shown, error) {
		return v.chart(viz.Spec{Kind: viz.Tree, Title: titleOfMost("clusters by the distance of their centres", linkageCount(v.result.clusters), mostClusters), X: "cluster", By: "joined in", Y: "distance"},
			v.linkageTable(mostClusters)), nil
	})
}

// knownCluster is what the step has said of a cluster.
type knownCluster struct {
	titles int64
	words  string // the three that set it apart most
}

func (v *viewer) known() map[int]knownCluster {
	out := map[int]knownCluster{}
	for _, t := range v.facts {
		if t.Title != "clusters" {
			continue
		}
		for _, row := range columnsOf(&t, "cluster", "titles", "words that set it apart").Rows {
			var c int
			name, _ := row[0].(string)
			if _, err := fmt.Sscanf(name, "c%d", &c); err != nil {
				continue
			}
			titles, _ := row[1].(int64)
			words, _ := row[2].(string)
			some := strings.SplitN(words, ", ", 4)
			out[c] = knownCluster{titles, strings.Join(some[:min(3, len(some))], ", ")}
		}
	}
	return out
}

// namedClusters adds what each cluster is about.
func (v *viewer) namedClusters(t *pipeline.Table) *pipeline.Table {
	known := v.known()
	out := *t
	out.Columns = append(slices.Clone(t.Columns), pipeline.Col("name", pipeline.String))
	out.Rows = nil
	for _, row := range t.Rows {
		var c int
		name := fmt.Sprint(row[0])
		if _, err := fmt.Sscanf(name, "c%d", &c); err == nil {
			name = strings.TrimSpace(name + " " + known[c].words)
		}
		out.Rows = append(out.Rows, append(slices.Clone(row), name))
	}
	return &out
}

// terms lists the words of the largest clusters by which they can be known.
func (v *viewer) terms() *pipeline.Table {
	const words = 12
	t := pipeline.NewTable("", pipeline.Col("cluster", pipeline.String), pipeline.Col("word", pipeline.String), pipeline.Col("titles", pipeline.Int),
		pipeline.Col("all titles", pipeline.Int), pipeline.Col("share", pipeline.Float), pipeline.Col("lift", pipeline.Float))
	m := v.result.clusters
	sizes := make([]int64, m.K())
	var all int64
	for c, x := range v.known() {
		sizes[c] = x.titles
		all += x.titles
	}
	largest, _ := m.Linkage(mostClusters)
	terms := m.Terms(words)
	for _, c := range largest {
		for _, x := range terms {
			if x.Cluster == c && sizes[c] > 0 && x.All > 0 {
				share := float64(x.Titles) / float64(sizes[c])
				t.Add(fmt.Sprintf("c%d", c), x.Word, x.Titles, x.All, share, share*float64(all)/float64(x.All))
			}
		}
	}
	t.Shows.Rows = v.result.rows()
	return t
}

// linkageCount stands for all clusters in a title.
func linkageCount(m pipeline.ClusterModel) *pipeline.Table {
	return &pipeline.Table{Total: int64(m.K())}
}

// linkageTable is the dendrogram of the largest clusters: a row for each, and
// for each group in which they were joined.
func (v *viewer) linkageTable(most int) *pipeline.Table {
	t := pipeline.NewTable("", pipeline.Col("cluster", pipeline.String), pipeline.Col("joined in", pipeline.String), pipeline.Col("distance", pipeline.Float))
	clusters, merges := v.result.clusters.Linkage(most)
	known := v.known()
	n := len(clusters)
	name := func(i int) string {
		if i >= n {
			return fmt.Sprintf("%.3g #%d", merges[i-n].Distance, i-n+1)
		}
		return strings.TrimSpace(fmt.Sprintf("c%d %s", clusters[i], known[clusters[i]].words))
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
