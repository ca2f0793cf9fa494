//go:build cgo

package local

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/lake"
	"gondola/pipeline"
)

func limitedEngine(t *testing.T, memory int64) *Engine {
	t.Helper()
	e, err := New(Options{CacheDir: t.TempDir(), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := e.SetLimits(pipeline.Limits{Memory: memory}); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestSQLMemory: DuckDB has half of the limit, also of one that is set later,
// unless SQL has made something that would be lost.
func TestSQLMemory(t *testing.T) {
	was := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { // after the engine is closed
		if now := debug.SetMemoryLimit(-1); now != was {
			t.Errorf("the process had a limit of %d before the engine, and %d behind it", was, now)
		}
	})
	e := limitedEngine(t, 1<<30)
	ask := func(sql string) any {
		t.Helper()
		ds, err := e.Query(t.Context(), pipeline.Query{SQL: sql}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds.Schema().Columns) == 0 {
			return nil
		}
		rows, err := e.Select(t.Context(), ds, pipeline.Selection{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return rows.Rows[0][0]
	}
	const limit = "SELECT current_setting('memory_limit')"
	const small, large = "128.0 MiB", "512.0 MiB"
	set := func(memory int64, want, note string) {
		t.Helper()
		if err := e.SetLimits(pipeline.Limits{Memory: memory}); err != nil {
			t.Fatal(err)
		}
		if got := ask(limit); got != want {
			t.Errorf("memory %s: DuckDB says %v, want %s", pipeline.Size(memory), got, want)
		}
		if got := e.Limits().Note; !strings.HasPrefix(got, note) || (got == "") != (note == "") {
			t.Errorf("memory %s: note %q, want %q", pipeline.Size(memory), got, note)
		}
		if got := debug.SetMemoryLimit(-1); got > memory || got < memory/4*3 { // half while DuckDB runs
			t.Errorf("the collector has %s after a statement, of %s", pipeline.Size(got), pipeline.Size(memory))
		}
	}
	set(1<<30, large, "")
	set(256<<20, small, "")
	set(1<<30, large, "")
	ask("CREATE TABLE kept AS SELECT 7 AS n")
	set(256<<20, large, "SQL keeps its limit of 512.0 MiB (and not 128.0 MiB) until the session ends")
	if got := ask("SELECT n FROM kept"); got != int64(7) {
		t.Errorf("the table of the user has %v", got)
	}
	ask("DROP TABLE kept")
	set(256<<20, small, "")
}

// TestDuckDBSpills: a sort of more than DuckDB's share, and files of CSV and JSON,
// with the least memory.
func TestDuckDBSpills(t *testing.T) {
	e := limitedEngine(t, minMemory)
	spilled := false
	ds, err := e.Query(t.Context(), pipeline.Query{SQL: "SELECT range AS n, md5(range::VARCHAR) AS title FROM range(1200000) ORDER BY title"},
		func(p pipeline.Progress) { spilled = spilled || strings.Contains(p.Phase, "spilled ") })
	if err != nil {
		t.Fatal(err)
	}
	if !spilled {
		t.Error("nothing was spilled, or it was not said")
	}
	rows := need.Size(300_000, 30_000)
	if ds, err = e.Query(t.Context(), pipeline.Query{SQL: fmt.Sprintf("SELECT * FROM sorted WHERE n < %d", rows), Tables: map[string]pipeline.Dataset{"sorted": ds}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"csv", "jsonl"} {
		path := t.TempDir() + "/t." + format
		if _, err := e.Write(t.Context(), ds, pipeline.Write{URI: path, Format: format, Mode: "error"}, nil); err != nil {
			t.Fatal(err)
		}
		back, err := e.Load(t.Context(), pipeline.Load{URI: path, Title: "title"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Select(t.Context(), back, pipeline.Selection{Measures: []pipeline.Measure{
			{Func: pipeline.Count}, {Func: pipeline.Distinct, Column: "title"}, {Func: pipeline.Distinct, Column: "n"}, {Func: pipeline.Median, Column: "n"},
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s := fmt.Sprint(got.Rows); s != fmt.Sprintf("[[%[1]d %[1]d %[1]d %[2]d.5]]", rows, rows/2-1) {
			t.Errorf("%s: rows, titles, numbers and the median number: %s", format, s)
		}
		noSpill(t, e.work)
	}
}

// TestRefusals: what has to be held as a whole and does not fit is refused
// before it begins, with what to lower.
func TestRefusals(t *testing.T) {
	e := limitedEngine(t, minMemory)
	ds, err := e.Load(t.Context(), pipeline.Load{URI: "sample:receipts?n=2000&seed=3", Title: "product_title"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	clean, err := e.Transform(t.Context(), ds, pipeline.Preprocess{StopWords: "en", Numbers: "drop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	train := pipeline.Word2Vec{VectorSize: 20_000, Window: 2, MinCount: 1, Negative: 5, Epochs: 1, Alpha: 0.05, MinAlpha: 0.0001, Seed: 1}
	refused := func(err error, param, lower string) {
		t.Helper()
		var bad *pipeline.ParamError
		if !errors.As(err, &bad) || bad.Param != param || !strings.Contains(bad.Reason, "memory is 128.0 MiB") ||
			!strings.Contains(bad.Reason, lower) || !strings.Contains(bad.Reason, "set memory") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v", err)
		}
	}
	_, err = e.Fit(t.Context(), clean, train, nil)
	refused(err, "vector_size", "min-count")
	train.VectorSize = 50
	m, err := e.Fit(t.Context(), clean, train, nil)
	if err != nil {
		t.Fatal(err)
	}
	words, _ := m.(pipeline.WordModel)
	cluster := pipeline.KMeans{Vectors: words, K: 100_000, MaxIter: 2, Init: "k-means++", Metric: "euclidean", Seed: 1}
	_, err = e.Fit(t.Context(), clean, cluster, nil)
	refused(err, "k", "lower k")
	cluster.K = 5
	if _, err = e.Fit(t.Context(), clean, cluster, nil); err != nil {
		t.Error(err)
	}
}

// TestBatchesAreBoundedInBytes scans titles of 1 MiB: a batch has few of them.
func TestBatchesAreBoundedInBytes(t *testing.T) {
	e := limitedEngine(t, 2<<30)
	ds, err := e.Query(t.Context(), pipeline.Query{SQL: "SELECT repeat('x', 1 << 20) || range AS title FROM range(40)"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SetLimits(pipeline.Limits{Memory: minMemory}); err != nil {
		t.Fatal(err)
	}
	d, err := e.own(ds)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	err = scan(t.Context(), d, []string{"title"}, 2, func() func(int64, *lake.Batch) (int, error) {
		return func(_ int64, b *lake.Batch) (int, error) { return b.Rows, nil }
	}, func(n int) error {
		if rows += n; n > 2 {
			t.Errorf("%d titles of 1 MiB in a batch", n)
		}
		return nil
	})
	if err != nil || rows != 40 {
		t.Errorf("%d rows, error %v", rows, err)
	}
}

// TestTagCounts: different tags are counted exactly whatever memory there is,
// and it is said when not all of them have their count.
func TestTagCounts(t *testing.T) {
	column := lake.NewColumn(tagsField)
	for i := range 5000 {
		column.AppendStrings([]string{fmt.Sprint("a", i%1500), fmt.Sprint("b", i%7)})
	}
	for _, memory := range []int64{math.MaxInt64, 200 << 10} {
		e := &Engine{work: testWork(t)}
		e.memoryLimit.Store(memory)
		c := newTagCounts(e)
		if err := c.add(column); err != nil {
			t.Fatal(err)
		}
		facts, err := c.facts(t.Context(), 5000)
		c.others.close()
		if err != nil {
			t.Fatal(err)
		}
		if got := facts[0].Rows[0][4]; got != int64(1507) || facts[2].Total != 1507 {
			t.Errorf("memory %d: %v different tags, %d in all", memory, got, facts[2].Total)
		}
		if facts[2].Rows[0][0] != "b0" || facts[2].Rows[0][1] != int64(715) {
			t.Errorf("memory %d: the most frequent tag is %v", memory, facts[2].Rows[0])
		}
		if cut := len(facts) > 3; cut != (memory < math.MaxInt64) {
			t.Errorf("memory %d: %d tables of facts", memory, len(facts))
		} else if cut && facts[3].Rows[0][0].(int64)+facts[3].Rows[0][1].(int64) != 1507 {
			t.Errorf("%v", facts[3])
		}
	}
}

func TestGoMemoryLimit(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "off": 0, "0": 0, "-5": 0, "7": 7, "7B": 7, "3KiB": 3 << 10, "256MiB": 256 << 20, "1GiB": 1 << 30, "2TiB": 2 << 40, "9999999999TiB": 0,
	} {
		if got := goMemoryLimit(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
