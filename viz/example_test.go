package viz_test

import (
	"fmt"
	"os"

	"gondola/pipeline"
	"gondola/viz"
)

func tagCounts() *pipeline.Table {
	t := pipeline.NewTable("top tags", pipeline.Col("tag", pipeline.String), pipeline.Col("titles", pipeline.Int))
	t.Add("sandwich", int64(1520))
	t.Add("pizza", int64(1215))
	t.Add(nil, int64(301))
	t.Shows = pipeline.Completeness{Rows: 200_000}
	return t
}

func ExampleTableText() {
	if err := viz.TableText(os.Stdout, tagCounts(), viz.TextOptions{Width: 80, MaxRows: 20}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// top tags
	// ┌──────────┬────────┐
	// │ tag      │ titles │
	// │ string   │    int │
	// ├──────────┼────────┤
	// │ sandwich │  1,520 │
	// │ pizza    │  1,215 │
	// │ NULL     │    301 │
	// └──────────┴────────┘
	// 3 rows  2 columns  exact, 200,000 rows
}

func ExampleWriteTable() {
	if err := viz.WriteTable(os.Stdout, tagCounts(), viz.JSON, viz.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [
	//   {"tag":"sandwich","titles":1520},
	//   {"tag":"pizza","titles":1215},
	//   {"tag":null,"titles":301}
	// ]
}

func ExampleSpecText() {
	spec := viz.Spec{Kind: viz.Bar, Title: "top tags", Data: tagCounts(), X: "tag", Y: "titles", Provenance: "load receipts.parquet | tag"}
	if err := viz.SpecText(os.Stdout, spec, viz.TextOptions{Width: 50}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// top tags
	// sandwich ██████████████████████████████████  1,520
	// pizza    ███████████████████████████▏        1,215
	// NULL     ██████▊                               301
	// exact, 200,000 rows  load receipts.parquet | tag
}

func ExampleClean() {
	fmt.Println(viz.Clean("Soup\x1b[2J \u202egnp.exe"))
	// Output: Soup <U+202E>gnp.exe
}

func ExampleDefuse() {
	fmt.Println(viz.Defuse("=HYPERLINK(\"http://example.org\")"))
	fmt.Println(viz.Defuse("7-Up"))
	// Output:
	// '=HYPERLINK("http://example.org")
	// 7-Up
}
