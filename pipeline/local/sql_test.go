//go:build cgo

package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gondola/lake"
	"gondola/pipeline"
)

func sqlEngine(t testing.TB, o Options) *Engine {
	t.Helper()
	o.CacheDir, o.Workers = t.TempDir(), 2
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func (e *Engine) mustQuery(t testing.TB, sql string, tables map[string]pipeline.Dataset) *dataset {
	t.Helper()
	ds, err := e.Query(t.Context(), pipeline.Query{SQL: sql, Tables: tables}, nil)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return ds.(*dataset)
}

func rowsOf(t testing.TB, e *Engine, d pipeline.Dataset) [][]any {
	t.Helper()
	table, err := e.Select(t.Context(), d, pipeline.Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table.Rows
}

func wantRows(t testing.TB, what string, got, want [][]any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("%s (-want +got):\n%.2000s", what, diff)
	}
}

// TestQueryStatements is what goes beyond SELECT: what is made stays, all
// statements of a call count or none does.
func TestQueryStatements(t *testing.T) {
	e := sqlEngine(t, Options{})
	titles := loadText(t, e, "t.csv", "id,title\n1,red tea\n2,oat milk\n")
	tables := map[string]pipeline.Dataset{"titles": titles}
	one := func(n int64) [][]any { return [][]any{{n}} }
	for _, c := range []struct {
		sql  string
		fact []any   // of a statement without rows
		want [][]any // of one with rows
		err  string
	}{
		{sql: "CREATE TABLE n AS SELECT * FROM range(3) AS r(i)", fact: []any{"CREATE TABLE", int64(3)}},
		{sql: "SELECT count(*) FROM n", want: one(3)},
		{sql: "INSERT INTO n VALUES (7), (8)", fact: []any{"INSERT", int64(2)}},
		{sql: "DELETE FROM n WHERE i = 0", fact: []any{"DELETE", int64(1)}},
		{sql: "UPDATE n SET i = 9 WHERE i = 8", fact: []any{"UPDATE", int64(1)}},
		{sql: "FROM n ORDER BY i DESC LIMIT 1", want: one(9)},
		{sql: "INSERT INTO n VALUES (10) RETURNING i + 1 AS j", want: one(11)},
		{sql: "CREATE TABLE gone (i INT); INSERT INTO n VALUES (100); SELECT * FROM nowhere", err: "nowhere"},
		{sql: "SELECT * FROM gone", err: "gone"},
		{sql: "SELECT count(*) FROM n WHERE i = 100", want: one(0)},
		{sql: "INSERT INTO n VALUES (11); SELECT max(i) FROM n;", want: one(11)},
		{sql: "WITH x AS (SELECT 5 AS five) SELECT * FROM x", want: one(5)},
		{sql: "VALUES (1), (2)", want: [][]any{{int64(1)}, {int64(2)}}},
		{sql: "CREATE VIEW v AS SELECT count(*) AS c FROM titles", fact: []any{"CREATE VIEW", nil}},
		{sql: "SELECT * FROM v", want: one(2)}, // titles is shown for it
		{sql: "CREATE MACRO twice(x) AS x * 2", fact: []any{"CREATE MACRO", nil}},
		{sql: "SELECT twice(21)", want: one(42)},
		{sql: "CREATE TABLE titles AS SELECT 'mine' AS title", fact: []any{"CREATE TABLE", int64(1)}},
		{sql: "SELECT * FROM titles", want: [][]any{{"mine"}}},
		{sql: "SELECT count(*) FROM results.titles", want: one(2)},
		{sql: "DROP TABLE titles", fact: []any{"DROP TABLE", nil}},
		{sql: "SELECT count(*) FROM titles", want: one(2)},
		{sql: "PIVOT titles ON title USING count(*) GROUP BY id ORDER BY id", want: [][]any{{"1", int64(0), int64(1)}, {"2", int64(1), int64(0)}}},
		{sql: "SELECT column_name FROM (DESCRIBE titles)", want: [][]any{{"id"}, {"title"}}},
		{sql: "DESCRIBE titles; SUMMARIZE titles; EXPLAIN SELECT 1; SELECT 1", want: one(1)},
		{sql: "PRAGMA table_info('titles')", want: [][]any{
			{int64(0), "id", "VARCHAR", false, nil, false}, {int64(1), "title", "VARCHAR", false, nil, false},
		}},
		{sql: "BEGIN; SELECT 1", err: "transaction of its own"},
		{sql: "SELECT 1; COMMIT", err: "transaction of its own"},
		{sql: "SELECT ?", err: "placeholders"},
	} {
		ds, err := e.Query(t.Context(), pipeline.Query{SQL: c.sql, Tables: tables}, nil)
		if c.err != "" {
			var q *pipeline.QueryError
			if !errors.As(err, &q) || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.sql, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.sql, err)
		}
		if c.fact != nil {
			if len(ds.Schema().Columns) != 0 || ds.Len() != 0 || len(ds.Facts()) != 1 {
				t.Fatalf("%s: columns %v", c.sql, ds.Schema().Names())
			}
			wantRows(t, c.sql, ds.Facts()[0].Rows, [][]any{c.fact})
			wantRows(t, c.sql, rowsOf(t, e, ds), nil)
			continue
		}
		wantRows(t, c.sql, rowsOf(t, e, ds), c.want)
	}
}

func loadText(t testing.TB, e *Engine, name, content string) pipeline.Dataset {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	ds, err := e.Load(t.Context(), pipeline.Load{URI: path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// everyType is a table with a column of each type that lake knows, with
// nulls and with the ends of the ranges.
func everyType(t testing.TB, dir string) string {
	t.Helper()
	list := lake.ListType
	fields := []lake.Field{
		{Name: "title", Type: lake.StringType},
		{Name: "bytes", Type: lake.Type{Kind: lake.Binary}},
		{Name: "yes", Type: lake.BoolType},
		{Name: "u8", Type: lake.Type{Kind: lake.Int, Bits: 8, Unsigned: true}},
		{Name: "i16", Type: lake.Type{Kind: lake.Int, Bits: 16}},
		{Name: "i64", Type: lake.Int64Type},
		{Name: "u64", Type: lake.Type{Kind: lake.Int, Bits: 64, Unsigned: true}},
		{Name: "f", Type: lake.Type{Kind: lake.Float}},
		{Name: "d", Type: lake.DoubleType},
		{Name: "day", Type: lake.Type{Kind: lake.Date}},
		{Name: "clock", Type: lake.Type{Kind: lake.Time, Unit: lake.Micro}},
		{Name: "ms", Type: lake.Type{Kind: lake.Timestamp, Unit: lake.Milli}},
		{Name: "us", Type: lake.Type{Kind: lake.Timestamp, Unit: lake.Micro, UTC: true}},
		{Name: "ns", Type: lake.Type{Kind: lake.Timestamp, Unit: lake.Nano}},
		{Name: "small", Type: lake.Type{Kind: lake.Decimal, Precision: 9, Scale: 2}},
		{Name: "big", Type: lake.Type{Kind: lake.Decimal, Precision: 38, Scale: 10}},
		{Name: "uuid", Type: lake.Type{Kind: lake.UUID}},
		{Name: "fixed", Type: lake.Type{Kind: lake.Fixed, Length: 3}},
		{Name: "list", Type: list},
	}
	for i := range fields {
		fields[i].Nullable = true
	}
	at := time.Date(2017, 1, 31, 12, 30, 1, 5_000_000, time.UTC)
	wide := make([]byte, 16) // -1 as two's complement
	for i := range wide {
		wide[i] = 0xff
	}
	b := lake.NewBatch(fields...)
	for _, row := range [][]any{
		{"red tea", []byte{0, 255}, true, int64(255), int64(-32768), int64(math.MinInt64), uint64(math.MaxUint64), 1.5, math.Inf(1), at, 90 * time.Minute, at, at, at.Add(7), int64(-12345), wide, []byte("0123456789abcdef"), []byte("xyz"), []string{"a", "ü,\"", ""}},
		{"null row"},
		{"", []byte{}, false, int64(0), int64(0), int64(0), uint64(0), math.NaN(), -0.5, time.Unix(-86400, 0).UTC(), time.Duration(0), at, at, at, int64(0), make([]byte, 16), make([]byte, 16), []byte("\x00\x00\x00"), []string{}},
	} {
		for i := range fields {
			var v any
			if i < len(row) {
				v = row[i]
			}
			if err := b.Columns[i].Append(v); err != nil {
				t.Fatal(err)
			}
		}
		b.Rows++
	}
	path := filepath.Join(dir, "types.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := lake.NewParquetWriter(f, fields, lake.ParquetOptions{})
	if err == nil {
		err = errors.Join(w.Write(b), w.Close(), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestQueryEveryType: every column comes back as it was, by the table function
// and where folders give a column.
func TestQueryEveryType(t *testing.T) {
	e := sqlEngine(t, Options{})
	for _, folder := range []string{"", "dt=2017-01-31"} {
		dir := filepath.Join(t.TempDir(), folder)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		path := everyType(t, dir)
		ds, err := e.Load(t.Context(), pipeline.Load{URI: path, Title: "title"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := e.mustQuery(t, "SELECT * FROM t", map[string]pipeline.Dataset{"t": ds})
		wantRows(t, "SELECT * "+folder, rowsOf(t, e, got), rowsOf(t, e, ds))
		for i, c := range ds.Schema().Columns {
			if now := got.Schema().Columns[i]; now.Name != c.Name || now.Type != c.Type {
				t.Errorf("%s %s came back as %s %s", c.Name, c.Type, now.Name, now.Type)
			}
		}
	}
}

// TestQueryBothWays: DuckDB's own reader and the table function agree, however
// often and with whatever columns a statement reads a table.
func TestQueryBothWays(t *testing.T) {
	e := sqlEngine(t, Options{})
	dir := t.TempDir()
	ds, err := e.Load(t.Context(), pipeline.Load{URI: "sample:receipts?n=1200&seed=3"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // several files
		if _, err := e.Write(t.Context(), ds, pipeline.Write{URI: fmt.Sprintf("%s/%d.parquet", dir, i), Mode: "error"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if ds, err = e.Load(t.Context(), pipeline.Load{URI: dir + "/"}, nil); err != nil {
		t.Fatal(err)
	}
	tables := map[string]pipeline.Dataset{"t": ds}
	for _, sql := range []string{
		"SELECT * FROM {t}",
		"SELECT count(*) FROM {t}",
		"SELECT vendor, count(*), sum(quantity), min(dt) FROM {t} GROUP BY ALL ORDER BY ALL",
		"SELECT x.price, y.vendor FROM {t} x JOIN {t} y USING (item_id) ORDER BY ALL LIMIT 100",
		"WITH q AS (SELECT * FROM {t}) SELECT (SELECT max(product_title) FROM q), (SELECT count(*) FROM q), (SELECT min(price) FROM q)",
		"WITH q AS NOT MATERIALIZED (SELECT * FROM {t}) SELECT a.brand, b.price FROM q a JOIN q b ON a.item_id = b.item_id ORDER BY ALL LIMIT 50",
		"SELECT vendor FROM {t} UNION SELECT brand FROM {t} ORDER BY 1",
		"SELECT brand, (SELECT count(*) FROM {t} y WHERE y.item_id = x.item_id) FROM {t} x ORDER BY ALL LIMIT 20",
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5 AND n < (SELECT count(*) FROM {t} WHERE quantity >= n)) SELECT * FROM r ORDER BY 1",
		"SELECT count(DISTINCT vendor), count(DISTINCT product_title), count(brand) FROM {t}",
		"SELECT item_id, row_number() OVER (PARTITION BY vendor ORDER BY item_id) FROM {t} ORDER BY ALL LIMIT 30",
		"SELECT * FROM {t} LIMIT 7",
		"SELECT receipt_id FROM {t} WHERE price > 50 AND vendor LIKE '%a%' ORDER BY ALL LIMIT 9",
	} {
		native := e.mustQuery(t, strings.ReplaceAll(sql, "{t}", "t"), tables)
		careful := e.mustQuery(t, strings.ReplaceAll(sql, "{t}", resultFunction+"('t')"), tables)
		wantRows(t, sql, rowsOf(t, e, careful), rowsOf(t, e, native))
	}
}

// TestQueryBadText: text of a Parquet file that is not UTF-8 is mended.
func TestQueryBadText(t *testing.T) {
	e := sqlEngine(t, Options{})
	path := filepath.Join(t.TempDir(), "bad.parquet")
	fields := []lake.Field{{Name: "id", Type: lake.StringType}, {Name: "title", Type: lake.StringType}, {Name: "Title", Type: lake.StringType}}
	err := e.writeWorkFile(path, fields, func(w lake.TableWriter) error {
		b := lake.NewBatch(fields...)
		for i := range 3 {
			b.Columns[0].AppendString(fmt.Sprint(i))
			b.Columns[1].AppendString("caf\xe9 tea")
			b.Columns[2].AppendString("other")
			b.Rows++
		}
		return w.Write(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	ds, err := e.Load(t.Context(), pipeline.Load{URI: path, Title: "title"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]pipeline.Dataset{"t": ds}
	got := e.mustQuery(t, "SELECT title, Title_1 FROM t WHERE id = '1'", tables)
	wantRows(t, "bad text", rowsOf(t, e, got), [][]any{{"caf\uFFFD tea", "other"}})
}

// TestQueryResultTypes: what a dataset cannot hold becomes text, and is said.
func TestQueryResultTypes(t *testing.T) {
	e := sqlEngine(t, Options{})
	d := e.mustQuery(t, `SELECT sum(i) AS s, 9223372036854775807::HUGEINT * i AS h, {'a': [i]} AS st, MAP {'k': i} AS m, [[i]] AS ll, [i, NULL] AS l,
		['a', 'b'] AS tags, INTERVAL 1 DAY AS iv, 1.50 AS dec, NULL AS z, 'x'::ENUM('x', 'y') AS en, '{"a":1}'::JSON AS j, 1 AS s, 2 AS S
		FROM range(3, 4) AS r(i) GROUP BY i`, nil)
	wantRows(t, "types", rowsOf(t, e, d), [][]any{{
		"3", "27670116110564327421", `{"a":[3]}`, `{"k":3}`, "[[3]]", []any{int64(3), nil}, []string{"a", "b"}, "1 day", "1.50", nil, "x", `{"a":1}`, int64(1), int64(2),
	}})
	var notes []string
	for _, c := range d.Schema().Columns {
		if c.Note != "" {
			notes = append(notes, c.Name+": "+c.Note)
		}
	}
	if got := strings.Join(notes, "; "); !strings.Contains(got, "st: as JSON text") || !strings.Contains(got, "iv: as text") {
		t.Errorf("notes %s", got)
	}
	if small := e.mustQuery(t, "SELECT sum(i) AS s FROM range(4) AS r(i)", nil); small.Schema().Columns[0].Type != pipeline.Int {
		t.Errorf("a small sum is %s", small.Schema().Columns[0].Type)
	}
}

// TestQuerySpills sorts 500 MB with 250 MB of memory. It takes some seconds:
// less would fit.
func TestQuerySpills(t *testing.T) {
	e := sqlEngine(t, Options{})
	if err := e.SetLimits(pipeline.Limits{Memory: 500 << 20}); err != nil { // DuckDB has half of it
		t.Fatal(err)
	}
	const n = 2_000_000
	d := e.mustQuery(t, fmt.Sprintf("SELECT hash(i) AS h, repeat(hash(i)::VARCHAR, 12) AS title FROM range(%d) AS r(i) ORDER BY h", n), nil)
	if d.Len() != n {
		t.Errorf("%d rows, want %d", d.Len(), n)
	}
	check := e.mustQuery(t, "SELECT count(*) FROM (SELECT h, lag(h) OVER () AS before FROM t) WHERE before > h", map[string]pipeline.Dataset{"t": d})
	wantRows(t, "rows out of order", rowsOf(t, e, check), [][]any{{int64(0)}})
}

// TestQueryNoExtensions: SQL cannot bring in what is not built in.
func TestQueryNoExtensions(t *testing.T) {
	e := sqlEngine(t, Options{})
	for _, sql := range []string{
		"INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL httpfs", "LOAD 'x.duckdb_extension'", "SET autoload_known_extensions=true",
		"RESET autoinstall_known_extensions", "PRAGMA autoload_known_extensions=true", "SET allowed_configs=['x']", "SET lock_configuration=false",
		"SELECT * FROM 's3://b/x.parquet'", "SELECT * FROM read_csv('https://example.com/x.csv')", "COPY (SELECT 1) TO 's3://b/x.parquet'",
		"ATTACH 's3://b/x.duckdb'", "SELECT 1; LOAD httpfs; SELECT 2",
	} {
		begun := time.Now()
		_, err := e.Query(t.Context(), pipeline.Query{SQL: sql}, nil)
		var q *pipeline.QueryError
		if !errors.As(err, &q) || strings.Contains(q.Message, "\n") {
			t.Errorf("%s: %v, want a QueryError of one line", sql, err)
		}
		t.Logf("%s: %v (%v)", sql, err, time.Since(begun))
	}
	wantRows(t, "settings", rowsOf(t, e, e.mustQuery(t,
		"SELECT value FROM duckdb_settings() WHERE name IN ('autoload_known_extensions', 'autoinstall_known_extensions', 'lock_configuration') ORDER BY name", nil)),
		[][]any{{"false"}, {"false"}, {"true"}})
}

// TestQueryFiles: files are tables by their names.
func TestQueryFiles(t *testing.T) {
	e := sqlEngine(t, Options{})
	dir := t.TempDir()
	t.Chdir(dir)
	for name, content := range map[string]string{
		"a.csv": "id,title\n1,red tea\n", "b.csv": "id,title\n2,oat milk\n", "x.jsonl": `{"a":{"b":[1,2]}}`, "broken.parquet": "PAR1 not really PAR1",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	everyType(t, dir)
	for sql, want := range map[string][][]any{
		"SELECT title FROM '*.csv' ORDER BY id":               {{"red tea"}, {"oat milk"}},
		"SELECT a.b[2] FROM 'x.jsonl'":                        {{int64(2)}},
		"SELECT count(*) FROM 'types.parquet'":                {{int64(3)}},
		"SELECT count(*) FROM types.parquet":                  {{int64(3)}},
		"SELECT count(*) FROM read_parquet(['typ*.parquet'])": {{int64(3)}},
		"SELECT 'broken' AS x":                                {{"broken"}},
	} {
		wantRows(t, sql, rowsOf(t, e, e.mustQuery(t, sql, nil)), want)
	}
	for _, sql := range []string{
		"SELECT * FROM 'broken.parquet'", `SELECT * FROM "broken.parquet"`, "SELECT * FROM broken.parquet", "SELECT * FROM '*.parquet'",
		"SELECT * FROM read_parquet('brok*')", "SELECT * FROM parquet_metadata('broken.parquet')", "SELECT 1; SELECT * FROM e'broken.parquet'",
	} {
		_, err := e.Query(t.Context(), pipeline.Query{SQL: sql}, nil)
		var q *pipeline.QueryError
		if !errors.As(err, &q) || !strings.Contains(q.Message, "broken.parquet") || q.Offset < 0 {
			t.Errorf("%s: %v, want an error that names the file and its place", sql, err)
		}
	}
	if err := syscall.Mkfifo("pipe.csv", 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := e.Query(t.Context(), pipeline.Query{SQL: "SELECT * FROM 'pipe.csv'"}, nil)
	if err == nil || !strings.Contains(err.Error(), "pipe.csv is no file") {
		t.Errorf("a pipe: %v", err)
	}
	one := e.mustQuery(t, "SELECT * FROM 'a.csv'", nil)
	if err := os.WriteFile("a.csv", []byte("id,title\n1,red tea\n9,new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if two := e.mustQuery(t, "SELECT * FROM 'a.csv'", nil); one.origin.Hash == two.origin.Hash {
		t.Error("the file has changed, the origin has not")
	}
}

// TestQueryCancel: a cancelled call leaves nothing, neither in the work folder
// nor where COPY writes, and the next has its turn.
func TestQueryCancel(t *testing.T) {
	e := sqlEngine(t, Options{})
	out := t.TempDir()
	ds, err := e.Load(t.Context(), pipeline.Load{URI: "sample:receipts?n=100000&seed=1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]pipeline.Dataset{"t": ds}
	e.mustQuery(t, "CREATE TABLE kept AS SELECT 1 AS i", nil)
	errStop := errors.New("stop")
	for _, sql := range []string{
		"SELECT count(*) FROM t a, t b WHERE a.product_title < b.product_title",
		"SELECT a.*, b.* FROM t a, t b ORDER BY b.product_title, a.price",
		"SELECT a.*, b.* FROM gondola_result('t') a, gondola_result('t') b -- t",
		"COPY (SELECT a.*, b.* FROM t a, t b) TO '" + out + "/x.parquet'",
		"COPY (SELECT a.*, b.* FROM t a, t b) TO '" + out + "/x.csv'",
		"INSERT INTO kept SELECT 2; CREATE TABLE big AS SELECT a.* FROM t a, t b",
		"SELECT sum(i * j) FROM range(1000000000) AS r(i), range(1000000000) AS s(j)",
	} {
		before := workFiles(t, e)
		ctx, cancel := context.WithCancelCause(t.Context())
		var at time.Time
		timer := time.AfterFunc(200*time.Millisecond, func() { at = time.Now(); cancel(errStop) }) // it is under way then
		d, err := e.Query(ctx, pipeline.Query{SQL: sql, Tables: tables}, nil)
		timer.Stop()
		cancel(nil)
		t.Logf("%.60s: answered after %v", sql, time.Since(at))
		if d != nil || !errors.Is(err, errStop) {
			t.Errorf("%s: %v and %v, want the cause", sql, d, err)
		}
		wantRows(t, "after "+sql, rowsOf(t, e, e.mustQuery(t, "SELECT sum(i) FROM kept", nil)), [][]any{{int64(1)}})
		if after := workFiles(t, e); len(after) > len(before)+1 { // the sum's
			t.Errorf("%s left %v", sql, after)
		}
		if left, _ := filepath.Glob(out + "/*"); len(left) > 0 {
			t.Errorf("%s left %v", sql, left)
		}
	}
}

func workFiles(t *testing.T, e *Engine) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(e.work.dir, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestQueryTurns: calls from several goroutines take turns.
func TestQueryTurns(t *testing.T) {
	e := sqlEngine(t, Options{})
	titles := loadText(t, e, "t.csv", "id,title\n1,red tea\n2,oat milk\n")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			d, err := e.Query(t.Context(), pipeline.Query{
				SQL: fmt.Sprintf("SELECT count(*) + %d FROM t JOIN t AS u USING (id)", i), Tables: map[string]pipeline.Dataset{"t": titles},
			}, nil)
			if err != nil || d.Len() != 1 {
				t.Errorf("query %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}
