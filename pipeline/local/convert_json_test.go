//go:build cgo

package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gondola/pipeline"
)

// writeTexts writes files into a folder. Names and texts come in pairs.
func writeTexts(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		check(t, os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600))
	}
	return dir
}

// TestJSONWithoutSchema: keys and types that vary from row to row.
func TestJSONWithoutSchema(t *testing.T) {
	e := driftEngine(t)
	dir := writeTexts(t, "a.jsonl", `
{"id": 1, "item": {"title": "green tea", "maker": {"name": "x", "at": {"town": "Köln"}}}, "l": ["a", "b"], "v": 1}
{"id": "00z", "item": {"title": "milk", "k.d": 3}, "l": [], "v": {"a": 1}, "ключ": "d", "a b": 1, "on": "2017-01-01"}
{"id": null, "v": null, "item": null, "los": [{"t": "x", "p": 1, "in": [1, 2]}, {"t": null}], "empty": {}, "n": [1, null]}
{"mix": [1, "a", {"b": 2}], "ll": [[1], [2, 3]], "": "nothing", "item": {"title": 5}, "v": "text", "los": [], "l": null}
`, "b.jsonl", `{"item": {"title": "late"}, "late": true, "n": [0.5], "huge": 18446744073709551615}`+"\n")
	columns := []string{
		"id string", "item.title string", "item.maker.name string", "item.maker.at.town string", "item.k.d uint64", "l list<string>", "v string",
		"ключ string", "a b uint64", "on string", "los.t list<string>", "los.p list<uint64>", "los.in list<string>", "empty string", "n list<double>",
		"mix list<string>", "ll string", "late bool", "huge uint64",
	}
	null := any(nil)
	checkDrift(t, e, dir, pipeline.Load{Title: "item.title"}, strings.Join(columns, ", "), [][]any{
		{"1", "green tea", "x", "Köln", null, []string{"a", "b"}, "1", null, null, null, null, null, null, null, null, null, null, null, null},
		{"00z", "milk", null, null, int64(3), []string{}, `{"a":1}`, "d", int64(1), "2017-01-01", null, null, null, null, null, null, null, null, null},
		{null, null, null, null, null, null, null, null, null, null, []string{"x", ""}, []any{int64(1), nil}, []string{"[1,2]", ""}, "{}", []any{1.0, nil}, null, null, null, null},
		{null, "5", null, null, null, null, "text", null, null, null, []string{}, []any{}, []string{}, null, null, []string{"1", "a", `{"b":2}`}, "[[1],[2,3]]", null, null},
		{null, "late", null, null, null, null, null, null, null, null, null, null, null, null, []any{0.5}, null, null, true, float64(1<<64 - 1)},
	},
		`"": a key without a name: left out`,
		"id: values of several types: read as text",
		"item.title: values of several types: read as text",
		"v: values of several types: read as text",
		"los.in: lists in lists: read as JSON text",
		"empty: values of several types: read as text", // so DuckDB says of {}
		"mix: values of several types: read as text",
		"ll: lists of lists: read as JSON text",
		"id: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"item.maker.name: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"item.maker.at.town: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"item.k.d: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"l: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"v: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"ключ: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"a b: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"on: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"los.t: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"los.p: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"los.in: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"empty: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"mix: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"ll: missing in 1 of 2 files, the first of them b.jsonl: null there",
		"late: missing in 1 of 2 files, the first of them a.jsonl: null there",
		"huge: missing in 1 of 2 files, the first of them a.jsonl: null there",
	)
}

// TestJSONEmptyObjects: an object without keys is an object.
func TestJSONEmptyObjects(t *testing.T) {
	e := driftEngine(t)
	dir := writeTexts(t, "a.jsonl", `{"title": "tea", "x": {}}`+"\n", "b.jsonl", `{"title": "milk", "x": {"y": 1}}`+"\n", "c.json", "")
	checkDrift(t, e, dir+"/*.jsonl", pipeline.Load{}, "title string, x.y int64", [][]any{{"tea", nil}, {"milk", int64(1)}})
}

// TestJSONDots: a key with a dot is a path like any other. Where two columns
// have the same path, the first is read and the other left out, and said.
func TestJSONDots(t *testing.T) {
	e := driftEngine(t)
	d, err := e.Load(t.Context(), pipeline.Load{URI: writeTexts(t, "a.jsonl", `{"a": {"title": "inner"}, "a.title": "outer", "b.c": 1}`+"\n") + "/a.jsonl"}, nil)
	check(t, err)
	if s := d.Schema(); s.Title != "a.title" || len(s.LeftOut) != 1 || s.LeftOut[0].Name != "a.title" {
		t.Errorf("title %q, left out %v", s.Title, s.LeftOut)
	}
	if rows := allRows(t, e, d); fmt.Sprint(rows) != "[[inner 1]]" {
		t.Errorf("rows are %v", rows)
	}
}

// TestJSONArray: a file that is one array, over several lines.
func TestJSONArray(t *testing.T) {
	e := driftEngine(t)
	dir := writeTexts(t, "a.json", "[\n {\"title\": \"tea\",\n  \"n\": 1},\n {\"title\": \"milk\"}\n]\n", "b.json", `{"title": "rice"} {"title": "salt", "n": -1}`)
	checkDrift(t, e, dir, pipeline.Load{}, "title string, n int64", [][]any{{"tea", int64(1)}, {"milk", nil}, {"rice", nil}, {"salt", int64(-1)}})
}

// TestJSONWholeNumbers keep all digits.
func TestJSONWholeNumbers(t *testing.T) {
	e := driftEngine(t)
	dir := writeTexts(t, "a.jsonl", `{"title": "tea", "n": 9007199254740993, "m": -1}`+"\n"+`{"title": "milk", "n": -3, "m": 2}`+"\n")
	checkDrift(t, e, dir, pipeline.Load{}, "title string, n int64, m int64", [][]any{{"tea", int64(9007199254740993), int64(-1)}, {"milk", int64(-3), int64(2)}})
	dir = writeTexts(t, "a.jsonl", `{"title": "tea", "n": 18446744073709551615}`+"\n"+`{"title": "milk", "n": -3}`+"\n")
	checkDrift(t, e, dir, pipeline.Load{}, "title string, n string", [][]any{{"tea", "18446744073709551615"}, {"milk", "-3"}},
		"n: whole numbers beyond 64 bits: read as text")
}

// TestDriftOfMendedFiles: files that are not UTF-8 are read from copies, and
// called by their own names.
func TestDriftOfMendedFiles(t *testing.T) {
	e := driftEngine(t)
	for _, c := range [][]string{
		{"a.jsonl", `{"title": "caf` + "\xe9" + `"}` + "\n", "b.jsonl", `{"title": "tea", "n": 1}` + "\n"},
		{"a.csv", "title\ncaf\xe9\n", "b.csv", "title,n\ntea,1\n"},
	} {
		dir := writeTexts(t, c...)
		checkDrift(t, e, dir, pipeline.Load{}, "title string, n int64", [][]any{{"caf\uFFFD", nil}, {"tea", int64(1)}},
			"n: missing in 1 of 2 files, the first of them "+c[0]+": null there")
	}
}

// TestJSONManyKeys: the number of columns is bounded.
func TestJSONManyKeys(t *testing.T) {
	e := driftEngine(t)
	var flat, inside strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&flat, "{\"title\": \"green tea\", \"k%d\": %d}\n", i, i)
		fmt.Fprintf(&inside, "{\"title\": \"green tea\", \"attrs\": {\"k%d\": %d}}\n", i, i)
	}
	dir := writeTexts(t, "flat.jsonl", flat.String(), "inside.jsonl", inside.String())
	refused(t, e, pipeline.Load{URI: dir + "/flat.jsonl"}, "flat.jsonl", "10,001", "2,000")
	d, err := e.Load(t.Context(), pipeline.Load{URI: dir + "/inside.jsonl"}, nil)
	check(t, err)
	rows := allRows(t, e, d)
	if len(rows) != 10_000 || rows[9_999][1] != `{"k9999":9999}` {
		t.Errorf("%d rows, the last is %v", len(rows), rows[len(rows)-1])
	}
	if got := driftOf(d); len(got) != 1 || !strings.Contains(got[0], "10,000 different keys") {
		t.Errorf("drift is %q", got)
	}
}

func TestJSONRefused(t *testing.T) {
	e := driftEngine(t)
	for name, c := range map[string]struct {
		a, b  string
		names []string
	}{
		"OtherCase":       {`{"title": "tea", "Brand": 1}`, `{"title": "milk", "brand": 2}`, []string{`"Brand"`, `"brand"`, "a.jsonl", "b.jsonl"}},
		"OtherCaseInside": {`{"title": "tea", "x": {"Brand": 1}}`, `{"title": "milk", "x": {"brand": 2}}`, []string{`"Brand"`, `"brand"`, "a.jsonl", "b.jsonl"}},
		"NoTitle":         {`{"title": "tea"}`, `{"name": "milk"}`, []string{"title", "a.jsonl", "b.jsonl"}},
		"NoObject":        {`{"title": "tea"}`, `[1, 2]`, []string{"b.jsonl"}},
		"Broken":          {`{"title": "tea"}`, `{"title": "mil`, []string{"b.jsonl"}},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, e, pipeline.Load{URI: writeTexts(t, "a.jsonl", c.a+"\n", "b.jsonl", c.b+"\n"), Title: "title"}, c.names...)
		})
	}
}

// TestCSVDrift: files of CSV are put together by the names of their columns.
func TestCSVDrift(t *testing.T) {
	e := driftEngine(t)
	dir := writeTexts(t, "a.csv", "id,title,price\n007,green tea,1.50\n", "b.csv", "title,id,price,brand\nmilk,8,free,x\n", "c.csv", "id,title\n9,rice\n")
	checkDrift(t, e, dir, pipeline.Load{Title: "title", ID: "id"}, "id string, title string, price string, brand string",
		[][]any{{"007", "green tea", "1.50", nil}, {"8", "milk", "free", "x"}, {"9", "rice", nil, nil}},
		"id: varchar in a.csv, bigint in b.csv: read as text",
		"price: double in a.csv, varchar in b.csv: read as text",
		"price: missing in 1 of 3 files, the first of them c.csv: null there",
		"brand: missing in 2 of 3 files, the first of them a.csv: null there")
	dir = writeTexts(t, "a.csv", "id,title\n1,green tea\n", "b.csv", "id,Title\n2,milk\n")
	refused(t, e, pipeline.Load{URI: dir}, `"title"`, `"Title"`, "a.csv", "b.csv")
	dir = writeTexts(t, "a.csv", "id,title\n1,green tea\n", "b.csv", "id,name\n2,milk\n")
	refused(t, e, pipeline.Load{URI: dir, Title: "title"}, `title`, "a.csv", "b.csv")
}
