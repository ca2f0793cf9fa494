package viz_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gondola/pipeline"
	"gondola/viz"
)

// charts has a chart of every kind.
func charts() []viz.Spec {
	shows := pipeline.Completeness{Rows: 314_654}
	tags := pipeline.NewTable("", pipeline.Col("tag", pipeline.String), pipeline.Col("titles", pipeline.Int))
	for i, w := range []string{
		"chicken", "pizza", "water", "coffee", "sandwich", "salad", "cheese", "milk", "bread", "soup", "rice", "tea",
		"burger", "fries", "cola", "juice", "yogurt", "apple", "banana", "pasta",
	} {
		tags.Add(w, int64(40_000/(i+1)))
	}
	tags.Shows = shows
	loss := pipeline.NewTable("", pipeline.Col("epoch", pipeline.Int), pipeline.Col("loss", pipeline.Float), pipeline.Col("run", pipeline.String))
	for e := range 10 {
		loss.Add(int64(e+1), 2.5*math.Exp(-float64(e)/3)+0.8, "k = 50")
		loss.Add(int64(e+1), 2.2*math.Exp(-float64(e)/4)+0.7, "k = 100")
	}
	loss.Shows = shows
	lengths := pipeline.NewTable("", pipeline.Col("words", pipeline.Int), pipeline.Col("titles", pipeline.Int))
	for n := range 16 {
		lengths.Add(int64(n+1), int64(60_000*math.Exp(-math.Pow(float64(n-4), 2)/10)))
	}
	lengths.Shows = shows
	r := rand.New(rand.NewPCG(1, 1))
	points := pipeline.NewTable("", pipeline.Col("pc1", pipeline.Float), pipeline.Col("pc2", pipeline.Float), pipeline.Col("cluster", pipeline.String), pipeline.Col("title", pipeline.String))
	for i := range 600 {
		c := i % 5
		points.Add(3*math.Cos(float64(c)*1.26)+r.NormFloat64()*0.6, 3*math.Sin(float64(c)*1.26)+r.NormFloat64()*0.6, fmt.Sprint("c", c), fmt.Sprint("title ", i))
	}
	points.Shows = pipeline.Completeness{Rows: 314_654, Sample: 600, Seed: 42}
	heat := pipeline.NewTable("", pipeline.Col("tag", pipeline.String), pipeline.Col("cluster", pipeline.String), pipeline.Col("share", pipeline.Float))
	for c := range 10 {
		for _, row := range tags.Rows[:12] {
			heat.Add(row[0], fmt.Sprint("c", c), math.Abs(r.NormFloat64())/3)
		}
	}
	heat.Shows = shows
	box := pipeline.NewTable("", pipeline.Col("column", pipeline.String), pipeline.Col("min", pipeline.Float), pipeline.Col("q1", pipeline.Float),
		pipeline.Col("median", pipeline.Float), pipeline.Col("q3", pipeline.Float), pipeline.Col("max", pipeline.Float))
	for i, name := range []string{"price", "length", "words", "distance"} {
		f := float64(i + 1)
		box.Add(name, 0.5*f, 2*f, 3*f, 5*f, 9*f)
	}
	parts := pipeline.NewTable("", pipeline.Col("word", pipeline.String), pipeline.Col("titles", pipeline.Int), pipeline.Col("cluster", pipeline.String))
	for i, row := range tags.Rows {
		parts.Add(row[0], row[1], fmt.Sprint("c", i%4))
	}
	flow := pipeline.NewTable("", pipeline.Col("from", pipeline.String), pipeline.Col("to", pipeline.String), pipeline.Col("rows", pipeline.Int))
	flow.Add("load", "preprocess", int64(314_654))
	flow.Add("preprocess", "train", int64(310_000))
	flow.Add("preprocess", "dropped", int64(4_654))
	flow.Add("train", "cluster", int64(310_000))
	flow.Add("cluster", "tag", int64(310_000))
	pairs := pipeline.NewTable("", pipeline.Col("a", pipeline.String), pipeline.Col("b", pipeline.String), pipeline.Col("together", pipeline.Int))
	for i := range 40 {
		pairs.Add(tags.Rows[r.IntN(20)][0], tags.Rows[(i*7+3)%20][0], int64(1+r.IntN(900)))
	}
	tree := pipeline.NewTable("", pipeline.Col("node", pipeline.String), pipeline.Col("parent", pipeline.String), pipeline.Col("height", pipeline.Float))
	tree.Add("all", nil, 3.0)
	for g := range 4 {
		tree.Add(fmt.Sprint("group ", g), "all", 2.0)
		for k := range 5 {
			tree.Add(fmt.Sprint(tags.Rows[g*5+k][0]), fmt.Sprint("group ", g), 1.0)
		}
	}
	terms := pipeline.NewTable("", pipeline.Col("cluster", pipeline.String), pipeline.Col("word", pipeline.String), pipeline.Col("titles", pipeline.Int),
		pipeline.Col("all titles", pipeline.Int), pipeline.Col("share", pipeline.Float), pipeline.Col("lift", pipeline.Float))
	for c := range 4 {
		for i, row := range tags.Rows {
			here := int64(1+(i*7+c*5)%19) * 40
			terms.Add(fmt.Sprint("c", c), row[0], here, here*int64(1+(i+c)%6), float64(here)/2000, 4/float64(1+(i+c)%6))
		}
	}
	const from = "load receipts.parquet | preprocess | train | cluster | tag"
	return []viz.Spec{
		{Kind: viz.Bar, Title: "top tags", Data: tags, X: "tag", Y: "titles", Provenance: from, Step: "0a1b2c3d4e5f6789"},
		{Kind: viz.Line, Title: "loss by epoch", Data: loss, X: "epoch", Y: "loss", By: "run", Provenance: from},
		{Kind: viz.Area, Title: "loss by epoch", Data: loss, X: "epoch", Y: "loss", By: "run"},
		{Kind: viz.Hist, Title: "words a title", Data: lengths, X: "words", Y: "titles"},
		{Kind: viz.Pie, Title: "top tags", Data: tags, X: "tag", Y: "titles"},
		{Kind: viz.Scatter, Title: "map of titles", Data: points, X: "pc1", Y: "pc2", By: "cluster", Label: "title"},
		{Kind: viz.Heat, Title: "tags by cluster", Data: heat, X: "tag", By: "cluster", Y: "share"},
		{Kind: viz.Box, Title: "columns", Data: box, X: "column"},
		{Kind: viz.TreeMap, Title: "words of clusters", Data: parts, X: "word", Y: "titles", By: "cluster"},
		{Kind: viz.Sankey, Title: "lineage", Data: flow, X: "from", By: "to", Y: "rows"},
		{Kind: viz.Graph, Title: "tags that come together", Data: pairs, X: "a", By: "b", Y: "together"},
		{Kind: viz.Tree, Title: "clusters", Data: tree, X: "node", By: "parent", Y: "height"},
		{Kind: viz.Cloud, Title: "words", Data: tags, X: "tag", Y: "titles"},
		{Kind: viz.Map, Title: "map of titles", Data: points, X: "pc1", Y: "pc2", By: "cluster", Label: "title"},
		{Kind: viz.Grid, Title: "top tags", Data: tags},
		{Kind: viz.Relevance, Title: "words of clusters", Data: terms, X: "word", Y: "titles", By: "cluster"},
	}
}

// poisoned returns the chart with texts in every place that holds one: the first
// is its title, its provenance and a part of the names of columns; all of them
// take the places of labels, as far as there are any.
func poisoned(s viz.Spec, texts ...string) viz.Spec {
	t := *s.Data
	t.Rows = nil
	labels := map[any]string{}
	for _, row := range s.Data.Rows {
		row = append([]any(nil), row...)
		for i, v := range row {
			if t.Columns[i].Type != pipeline.String || v == nil {
				continue
			}
			text, ok := labels[v]
			if !ok {
				text = fmt.Sprint(v)
				if len(labels) < len(texts) {
					text = texts[len(labels)]
				}
				labels[v] = text
			}
			row[i] = text
		}
		t.Rows = append(t.Rows, row)
	}
	s.Title, s.Provenance, s.Step, t.Title = texts[0], texts[0], texts[0], texts[0]
	if s.Kind != viz.Box && s.Kind != viz.Relevance { // whose columns have their names
		t.Columns = append([]pipeline.TableColumn(nil), t.Columns...)
		for i := range t.Columns {
			t.Columns[i].Name = texts[0] + t.Columns[i].Name
		}
		for _, of := range []*string{&s.X, &s.Y, &s.By, &s.Size, &s.Label} {
			if *of != "" {
				*of = texts[0] + *of
			}
		}
	}
	s.Data = &t
	return s
}

// sold is a table to bring together: three shops, four days, two null prices.
func sold() viz.Spec {
	t := pipeline.NewTable("", pipeline.Col("shop", pipeline.String), pipeline.Col("day", pipeline.Date), pipeline.Col("kind of tag", pipeline.String),
		pipeline.Col("price", pipeline.Float), pipeline.Col("pieces", pipeline.Int))
	for i := range 60 {
		var price any = float64(i%10) + 0.25
		if i%30 == 7 {
			price = nil
		}
		t.Add(fmt.Sprintf("shop %d", i%3), pipeline.Day(fmt.Sprintf("2017-01-%02d", 1+i%4)), []string{"pizza", "soup"}[i/30], price, int64(i))
	}
	t.Rows[59][4] = int64(9007199254740993)
	t.Total, t.Shows = 9000, pipeline.Completeness{Rows: 9000}
	return viz.Spec{Kind: viz.Grid, Title: "sold", Data: t, Source: "sold"}
}
