package viz_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
	"gondola/viz"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// products is a table with every type, nulls, and scripts of several widths.
func products() *pipeline.Table {
	t := pipeline.NewTable("products of the first day",
		pipeline.Col("id", pipeline.String), pipeline.Col("title", pipeline.String), pipeline.Col("price", pipeline.Float),
		pipeline.Col("sold", pipeline.Int), pipeline.Col("fresh", pipeline.Bool), pipeline.Col("seen", pipeline.Time),
		pipeline.Col("tags", pipeline.Strings), pipeline.Col("raw", pipeline.Bytes),
	)
	day := time.Date(2017, 1, 31, 23, 59, 59, 500_000_000, time.UTC)
	t.Add("00017", "Buffalo Chicken Sandwich", 7.5, int64(1234567), true, day, []string{"sandwich", "chicken"}, []byte{0, 0xff})
	t.Add("00018", "饺子 with 👨‍👩‍👧 and é", 12.25, int64(-3), false, day.Add(time.Second/2), []string{}, []byte{})
	t.Add("00019", nil, nil, nil, nil, nil, nil, nil)
	t.Add("00020", "=HYPERLINK(\"http://example.org\") | <b>", 1234.0, int64(9007199254740993), true, day, []string{"a,b", "c\"d"}, nil)
	t.Total = 314_654
	t.Shows = pipeline.Completeness{Rows: 314_654, Sample: 100_000, Seed: 42}
	return t
}

// hostile is a table of texts that would act on what shows them.
func hostile() *pipeline.Table {
	t := pipeline.NewTable("\x1b]0;title\a|<script>", pipeline.Col("\x1b[2Jname", pipeline.String), pipeline.Col("=list", pipeline.Strings))
	for _, s := range payloads() {
		t.Add(s, []string{s, s})
	}
	return t
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name   string
		table  *pipeline.Table
		format viz.Format
		o      viz.Options
	}{
		{"products.txt", products(), viz.Text, viz.Options{}},
		{"products-100.txt", products(), viz.Text, viz.Options{TextOptions: viz.TextOptions{Width: 100}}},
		{"products-60-3rows.txt", products(), viz.Text, viz.Options{TextOptions: viz.TextOptions{Width: 60, MaxRows: 3}}},
		{"products-40-ascii.txt", products(), viz.Text, viz.Options{TextOptions: viz.TextOptions{Width: 40, ASCII: true}}},
		{"products-color.txt", products(), viz.Text, viz.Options{TextOptions: viz.TextOptions{Width: 70, MaxRows: 2, Color: true}}},
		{"products.json", products(), viz.JSON, viz.Options{}},
		{"products.jsonl", products(), viz.JSONL, viz.Options{}},
		{"products.csv", products(), viz.CSV, viz.Options{}},
		{"products.tsv", products(), viz.TSV, viz.Options{}},
		{"products-raw.tsv", products(), viz.TSV, viz.Options{Raw: true}},
		{"products.md", products(), viz.Markdown, viz.Options{}},
		{"hostile.txt", hostile(), viz.Text, viz.Options{TextOptions: viz.TextOptions{Width: 100}}},
		{"hostile.jsonl", hostile(), viz.JSONL, viz.Options{}},
		{"hostile.csv", hostile(), viz.CSV, viz.Options{}},
		{"hostile.tsv", hostile(), viz.TSV, viz.Options{}},
		{"hostile.md", hostile(), viz.Markdown, viz.Options{}},
		{"empty.txt", pipeline.NewTable("", pipeline.Col("id", pipeline.String)), viz.Text, viz.Options{}},
		{"empty.json", pipeline.NewTable("", pipeline.Col("id", pipeline.String)), viz.JSON, viz.Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := viz.WriteTable(&b, c.table, c.format, c.o); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, b.Bytes())
		})
	}
}

func TestSpecGolden(t *testing.T) {
	tags := pipeline.NewTable("", pipeline.Col("tag", pipeline.String), pipeline.Col("titles", pipeline.Int), pipeline.Col("source", pipeline.String))
	for i, tag := range []string{"sandwich", "pizza", "salsa", "饺子", "none", "\x1b[2Jdumpling with a name that is far too long"} {
		tags.Add(tag, int64(1500/(i+1)-300*(i/4)), []string{"shop", "market"}[i%2])
	}
	tags.Add(nil, nil, "shop")
	tags.Shows = pipeline.Completeness{Rows: 314_654}

	loss := pipeline.NewTable("", pipeline.Col("epoch", pipeline.Int), pipeline.Col("loss", pipeline.Float), pipeline.Col("run", pipeline.String))
	for i := range 10 {
		loss.Add(int64(i+1), 4/float64(i+2), "first")
		loss.Add(int64(i+1), 1.5, "flat")
	}
	below := pipeline.NewTable("", pipeline.Col("part", pipeline.String), pipeline.Col("score", pipeline.Float))
	below.Add("df", 5.25)
	below.Add("entropy", -2.125)
	below.Add("none", 0.0)

	for _, c := range []struct {
		name string
		spec viz.Spec
		o    viz.TextOptions
	}{
		{"bar.txt", viz.Spec{Kind: viz.Bar, Title: "top tags", Data: tags, X: "tag", Y: "titles", Provenance: "load t.tsv | tag"}, viz.TextOptions{Width: 60}},
		{"bar-by-ascii.txt", viz.Spec{Kind: viz.Bar, Title: "top tags", Data: tags, X: "tag", Y: "titles", By: "source"}, viz.TextOptions{Width: 60, MaxRows: 4, ASCII: true}},
		{"bar-below.txt", viz.Spec{Kind: viz.Bar, Data: below, X: "part", Y: "score"}, viz.TextOptions{Width: 50}},
		{"hist.txt", viz.Spec{Kind: viz.Hist, Title: "loss", Data: loss, X: "loss", Y: "epoch"}, viz.TextOptions{MaxRows: 5, Color: true}},
		{"line.txt", viz.Spec{Kind: viz.Line, Title: "loss by epoch", Data: loss, X: "epoch", Y: "loss", By: "run"}, viz.TextOptions{Width: 70}},
		{"line-ascii.txt", viz.Spec{Kind: viz.Area, Data: loss, X: "epoch", Y: "loss"}, viz.TextOptions{Width: 16, ASCII: true}},
		{"pie.txt", viz.Spec{Kind: viz.Pie, Title: "shares", Data: tags, X: "tag", Y: "titles", Provenance: "load t.tsv"}, viz.TextOptions{Width: 60, MaxRows: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := viz.SpecText(&b, c.spec, c.o); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name, b.Bytes())
		})
	}
}
