//go:build cgo

package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/lake"
	"gondola/pipeline"
)

// partFile is a Parquet file of a test.
type partFile struct {
	fields []lake.Field
	rows   [][]any
	bytes  []byte // instead of rows: the file as it is
}

func col(name string, t lake.Type) lake.Field { return lake.Field{Name: name, Type: t, Nullable: true} }

func pf(fields []lake.Field, rows ...[]any) partFile { return partFile{fields: fields, rows: rows} }

// writeParts writes a.parquet, b.parquet, ... into a folder.
func writeParts(t *testing.T, files ...partFile) string {
	t.Helper()
	dir := t.TempDir()
	for i, f := range files {
		path := filepath.Join(dir, string(rune('a'+i))+".parquet")
		if f.rows == nil && f.fields == nil {
			check(t, os.WriteFile(path, f.bytes, 0o600))
			continue
		}
		out, err := os.Create(path)
		check(t, err)
		w, err := lake.NewParquetWriter(out, f.fields, lake.ParquetOptions{RowGroupRows: 2})
		check(t, err)
		b := lake.NewBatch(f.fields...)
		for _, row := range f.rows {
			for c, v := range row {
				check(t, b.Columns[c].Append(v))
			}
			b.Rows++
		}
		if b.Rows > 0 {
			check(t, w.Write(b))
		}
		check(t, w.Close())
		check(t, out.Close())
	}
	return dir
}

func driftEngine(t *testing.T) *Engine {
	t.Helper()
	e, err := New(Options{CacheDir: t.TempDir()})
	check(t, err)
	t.Cleanup(func() { check(t, e.Close()) })
	return e
}

// allRows are the values of a dataset, its columns in their order.
func allRows(t *testing.T, e *Engine, d pipeline.Dataset) [][]any {
	t.Helper()
	table, err := e.Select(t.Context(), d, pipeline.Selection{}, nil)
	check(t, err)
	return table.Rows
}

func driftOf(d pipeline.Dataset) []string {
	var list []string
	for _, f := range d.Facts() {
		if f.Title != "schema drift" {
			continue
		}
		for _, row := range f.Rows {
			list = append(list, fmt.Sprintf("%s: %s", row[0], row[1]))
		}
	}
	return list
}

// checkDrift compares a loaded folder with what it must be.
func checkDrift(t *testing.T, e *Engine, dir string, l pipeline.Load, columns string, rows [][]any, drift ...string) pipeline.Dataset {
	t.Helper()
	l.URI = dir
	d, err := e.Load(t.Context(), l, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range d.Schema().Columns {
		got = append(got, c.Name+" "+c.Source)
	}
	if text := strings.Join(got, ", "); text != columns {
		t.Errorf("columns are\n%s, want\n%s", text, columns)
	}
	if got := allRows(t, e, d); !reflect.DeepEqual(got, rows) {
		t.Errorf("rows are\n%v, want\n%v", got, rows)
	}
	for i, text := range driftOf(d) {
		text = strings.ReplaceAll(text, dir+"/", "")
		if i >= len(drift) || text != drift[i] {
			t.Errorf("drift %d is %q, want %q", i, text, append(drift, "nothing")[min(i, len(drift))])
		}
	}
	if n := len(driftOf(d)); n != len(drift) {
		t.Errorf("%d columns are said to drift, want %d", n, len(drift))
	}
	return d
}

// refused checks an error of one line that names what it must.
func refused(t *testing.T, e *Engine, l pipeline.Load, names ...string) {
	t.Helper()
	d, err := e.Load(t.Context(), l, nil)
	if err == nil {
		t.Fatalf("it loads %d rows, and %q", d.Len(), driftOf(d))
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %v", err)
	}
}

var (
	driftTitle = col("title", lake.StringType)
	int32Type  = lake.Type{Kind: lake.Int, Bits: 32}
)

// TestD5SchemaDrift: the cases of bar D5, each read by the rule of
// docs/adr/0011-schema-drift.md or refused by naming both files and the column.
func TestD5SchemaDrift(t *testing.T) {
	plain := pf([]lake.Field{driftTitle, col("price", int32Type)}, []any{"tea", 1}, []any{"coffee", nil}, []any{"milk", 3})
	e := driftEngine(t)
	load := pipeline.Load{Title: "title"}
	t.Run("MissingColumn", func(t *testing.T) {
		dir := writeParts(t, plain, pf([]lake.Field{driftTitle}, []any{"rice"}))
		checkDrift(t, e, dir, load, "title string, price int32",
			[][]any{{"tea", int64(1)}, {"coffee", nil}, {"milk", int64(3)}, {"rice", nil}},
			"price: missing in 1 of 2 files, the first of them b.parquet: null there")
	})
	t.Run("ExtraColumn", func(t *testing.T) {
		dir := writeParts(t, pf([]lake.Field{driftTitle}, []any{"rice"}), plain, plain)
		d := checkDrift(t, e, dir, load, "title string, price int32",
			[][]any{{"rice", nil}, {"tea", int64(1)}, {"coffee", nil}, {"milk", int64(3)}, {"tea", int64(1)}, {"coffee", nil}, {"milk", int64(3)}},
			"price: missing in 1 of 3 files, the first of them a.parquet: null there")
		got, err := e.Select(t.Context(), d, pipeline.Selection{Columns: []string{"price"}, Where: &pipeline.Equal{Column: "price"}}, nil)
		check(t, err)
		if len(got.Rows) != 3 {
			t.Errorf("%d rows have no price, want 3", len(got.Rows))
		}
	})
	t.Run("Int32ToInt64", func(t *testing.T) {
		dir := writeParts(t, plain, pf([]lake.Field{driftTitle, col("price", lake.Int64Type)}, []any{"rice", int64(1) << 40}))
		checkDrift(t, e, dir, load, "title string, price int64",
			[][]any{{"tea", int64(1)}, {"coffee", nil}, {"milk", int64(3)}, {"rice", int64(1) << 40}},
			"price: int32 in a.parquet, int64 in b.parquet: read as int64")
	})
	t.Run("StringToBinary", func(t *testing.T) {
		dir := writeParts(t, pf([]lake.Field{driftTitle, col("code", lake.StringType)}, []any{"tea", "x"}),
			pf([]lake.Field{driftTitle, col("code", lake.Type{Kind: lake.Binary})}, []any{"milk", []byte("y")}))
		refused(t, e, pipeline.Load{URI: dir, Title: "title"}, `"code"`, "a.parquet", "b.parquet", "string", "binary")
	})
	t.Run("OptionalToRequired", func(t *testing.T) {
		dir := writeParts(t, plain, pf([]lake.Field{driftTitle, {Name: "price", Type: int32Type}}, []any{"rice", 4}))
		checkDrift(t, e, dir, load, "title string, price int32",
			[][]any{{"tea", int64(1)}, {"coffee", nil}, {"milk", int64(3)}, {"rice", int64(4)}})
	})
	t.Run("Renamed", func(t *testing.T) {
		dir := writeParts(t, plain, pf([]lake.Field{col("name", lake.StringType), col("price", int32Type)}, []any{"rice", 4}))
		for _, title := range []string{"title", "name", ""} {
			refused(t, e, pipeline.Load{URI: dir, Title: title}, "title", "a.parquet", "b.parquet")
		}
	})
	t.Run("AllNull", func(t *testing.T) {
		dir := writeParts(t, plain)
		pyarrow(t, `
import pyarrow as pa, pyarrow.parquet as pq, sys
pq.write_table(pa.table({"title": ["rice", "salt"], "price": pa.nulls(2), "tags": pa.array([[], None], pa.list_(pa.null()))}), sys.argv[1])
`, filepath.Join(dir, "b.parquet"))
		d := checkDrift(t, e, dir, load, "title string, price int32, tags list<null>",
			[][]any{{"tea", int64(1), nil}, {"coffee", nil, nil}, {"milk", int64(3), nil}, {"rice", nil, []string{}}, {"salt", nil, nil}},
			"price: int32 in a.parquet, null in b.parquet: read as int32",
			"tags: missing in 1 of 2 files, the first of them a.parquet: null there")
		if d.Len() != 5 {
			t.Errorf("%d rows", d.Len())
		}
	})
	t.Run("EmptyFile", func(t *testing.T) { // of 0 bytes
		refused(t, e, pipeline.Load{URI: writeParts(t, plain, partFile{}), Title: "title"}, "b.parquet")
	})
	t.Run("NoRowGroups", func(t *testing.T) { // it counts with its columns
		dir := writeParts(t, plain, pf([]lake.Field{driftTitle, col("brand", lake.StringType)}))
		checkDrift(t, e, dir, load, "title string, price int32, brand string",
			[][]any{{"tea", int64(1), nil}, {"coffee", nil, nil}, {"milk", int64(3), nil}},
			"price: missing in 1 of 2 files, the first of them b.parquet: null there",
			"brand: missing in 1 of 2 files, the first of them a.parquet: null there")
		dir = writeParts(t, plain, pf([]lake.Field{driftTitle, col("price", lake.StringType)}))
		refused(t, e, pipeline.Load{URI: dir, Title: "title"}, `"price"`, "a.parquet", "b.parquet")
	})
	t.Run("OtherCase", func(t *testing.T) {
		dir := writeParts(t, plain, pf([]lake.Field{col("Title", lake.StringType)}, []any{"rice"}))
		refused(t, e, pipeline.Load{URI: dir, Title: "title"}, `"title"`, `"Title"`, "a.parquet", "b.parquet")
		both := []lake.Field{driftTitle, col("Title", lake.StringType)}
		dir = writeParts(t, pf([]lake.Field{driftTitle}, []any{"tea"}), pf(both, []any{"rice", "RICE"})) // two columns, and so said
		checkDrift(t, e, dir, load, "title string, Title string", [][]any{{"tea", nil}, {"rice", "RICE"}},
			"Title: missing in 1 of 2 files, the first of them a.parquet: null there")
	})
	t.Run("NestedTitle", func(t *testing.T) {
		dir := t.TempDir()
		nested(t, e, filepath.Join(dir, "a.parquet"), `SELECT {'title': 'tea', 'price': 1::INTEGER} AS item`)
		nested(t, e, filepath.Join(dir, "b.parquet"), `SELECT {'price': 2::BIGINT, 'title': 'milk', 'brand': 'x'} AS item`)
		checkDrift(t, e, dir, pipeline.Load{Title: "item.title"}, "item.title string, item.price int64, item.brand string",
			[][]any{{"tea", int64(1), nil}, {"milk", int64(2), "x"}},
			"item.price: int32 in a.parquet, int64 in b.parquet: read as int64",
			"item.brand: missing in 1 of 2 files, the first of them a.parquet: null there")
		nested(t, e, filepath.Join(dir, "c.parquet"), `SELECT 'tea' AS item`)
		refused(t, e, pipeline.Load{URI: dir, Title: "item.title"}, `"item"`, "a.parquet", "c.parquet", "struct")
	})
	t.Run("ListOfTitles", func(t *testing.T) {
		labels := func(typ lake.Type, rows ...[]any) partFile {
			return pf([]lake.Field{driftTitle, col("labels", typ)}, rows...)
		}
		dir := writeParts(t, labels(lake.ListOf(int32Type), []any{"tea", []any{1, nil}}), labels(lake.ListOf(lake.Int64Type), []any{"milk", []any{2}}, []any{"rice", nil}))
		checkDrift(t, e, dir, load, "title string, labels list<int64>",
			[][]any{{"tea", []any{int64(1), nil}}, {"milk", []any{int64(2)}}, {"rice", nil}},
			"labels: list<int32> in a.parquet, list<int64> in b.parquet: read as list<int64>")
		dir = writeParts(t, labels(lake.ListType, []any{"tea", []string{"x"}}), labels(lake.StringType, []any{"milk", "y"}))
		refused(t, e, pipeline.Load{URI: dir, Title: "title"}, `"labels"`, "a.parquet", "b.parquet", "list")
	})
}

// nested writes a Parquet file by DuckDB, which knows structs.
func nested(t *testing.T, e *Engine, path, query string) {
	t.Helper()
	db, err := e.openDuckDB(t.Context(), minMemory)
	check(t, err)
	defer db.Close()
	_, err = db.ExecContext(context.WithoutCancel(t.Context()), "COPY ("+query+") TO "+quoteSQL(path)+" (FORMAT parquet)")
	check(t, err)
}

func pyarrow(t *testing.T, code string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), need.Python(t, "pyarrow"), append([]string{"-c", code}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestD5Types: every two types, read as the type that holds both or refused.
func TestD5Types(t *testing.T) {
	type T = lake.Type
	day := time.Date(2017, 1, 31, 0, 0, 0, 0, time.UTC)
	at := day.Add(90 * time.Minute)
	integer := func(bits uint8, unsigned bool) T { return T{Kind: lake.Int, Bits: bits, Unsigned: unsigned} }
	stamp := func(u lake.TimeUnit, utc bool) T { return T{Kind: lake.Timestamp, Unit: u, UTC: utc} }
	decimal := func(p, s int) T { return T{Kind: lake.Decimal, Precision: p, Scale: s} }
	e := driftEngine(t)
	for _, c := range []struct {
		types  []T
		values []any
		want   string // "" when refused
		read   []any
	}{
		{[]T{integer(8, false), integer(16, false)}, []any{-7, 300}, "int16", []any{int64(-7), int64(300)}},
		{[]T{integer(8, true), integer(32, true)}, []any{200, 1 << 31}, "uint32", []any{int64(200), int64(1) << 31}},
		{[]T{integer(32, true), integer(32, false)}, []any{1 << 31, -1}, "int64", []any{int64(1) << 31, int64(-1)}},
		{[]T{integer(8, true), integer(8, false)}, []any{200, -1}, "int16", []any{int64(200), int64(-1)}},
		{[]T{integer(64, true), integer(64, false)}, []any{1, -1}, "", nil},
		{[]T{{Kind: lake.Float}, lake.DoubleType}, []any{0.5, 0.1}, "double", []any{0.5, 0.1}},
		{[]T{integer(32, false), {Kind: lake.Float}}, []any{1<<31 - 1, 0.5}, "double", []any{float64(1<<31 - 1), 0.5}},
		{[]T{lake.DoubleType, integer(32, true), integer(8, false)}, []any{0.25, 1<<32 - 1, -1}, "double", []any{0.25, float64(1<<32 - 1), -1.0}},
		{[]T{integer(32, true), integer(8, false), lake.DoubleType}, []any{1<<32 - 1, -1, 0.25}, "double", []any{float64(1<<32 - 1), -1.0, 0.25}},
		{[]T{lake.Int64Type, lake.DoubleType}, []any{1, 0.5}, "", nil},
		{[]T{decimal(4, 2), decimal(18, 2)}, []any{int64(1234), int64(-5)}, "decimal(18,2)", []any{"12.34", "-0.05"}},
		{[]T{decimal(9, 2), decimal(38, 2)}, []any{int64(-1234), append(make([]byte, 15), 5)}, "decimal(38,2)", []any{"-12.34", "0.05"}},
		{[]T{decimal(9, 2), decimal(38, 2), decimal(40, 2)}, []any{int64(-1234), nil, append(make([]byte, 31), 5)}, "decimal(40,2)", []any{"-12.34", nil, "0.05"}},
		{[]T{decimal(9, 2), decimal(9, 3)}, []any{int64(1), int64(1)}, "", nil},
		{[]T{decimal(9, 2), integer(32, false)}, []any{int64(1), 1}, "", nil},
		{[]T{stamp(lake.Milli, true), stamp(lake.Nano, true)}, []any{at, at}, "timestamp[ns, UTC]", []any{at, at}},
		{[]T{stamp(lake.Micro, true), {Kind: lake.Timestamp, Unit: lake.Nano, UTC: true, Int96: true}}, []any{at, at}, "timestamp[ns, UTC]", []any{at, at}},
		{[]T{{Kind: lake.Date}, stamp(lake.Micro, false)}, []any{day, at}, "timestamp[us]", []any{day, at}},
		{[]T{{Kind: lake.Date}, stamp(lake.Micro, true)}, []any{day, at}, "", nil},
		{[]T{stamp(lake.Micro, false), stamp(lake.Micro, true)}, []any{at, at}, "", nil},
		{[]T{{Kind: lake.Time, Unit: lake.Milli}, {Kind: lake.Time, Unit: lake.Micro}}, []any{time.Minute, time.Second}, "time[us]", []any{"00:01:00", "00:00:01"}},
		{[]T{lake.StringType, {Kind: lake.String, Note: "json"}}, []any{"x", "{}"}, "string", []any{"x", "{}"}},
		{[]T{{Kind: lake.Fixed, Length: 2}, {Kind: lake.Binary}}, []any{[]byte("ab"), []byte("c")}, "binary", []any{[]byte("ab"), []byte("c")}},
		{[]T{lake.StringType, integer(32, false)}, []any{"x", 1}, "", nil},
		{[]T{lake.StringType, lake.BoolType}, []any{"x", true}, "", nil},
		{[]T{lake.StringType, {Kind: lake.Date}}, []any{"x", day}, "", nil},
		{[]T{lake.BoolType, integer(8, false)}, []any{true, 1}, "", nil},
		{
			[]T{lake.ListOf(integer(8, true)), lake.ListOf(integer(8, false)), lake.ListOf(lake.DoubleType)},
			[]any{[]any{255}, []any{-1, nil}, []any{0.5}},
			"list<double>",
			[]any{[]any{255.0}, []any{-1.0, nil}, []any{0.5}},
		},
		{[]T{lake.ListType, lake.ListOf(lake.Int64Type)}, []any{[]string{"x"}, []any{1}}, "", nil},
	} {
		t.Run(fmt.Sprint(c.types), func(t *testing.T) {
			var files []partFile
			for i, typ := range c.types {
				files = append(files, pf([]lake.Field{driftTitle, col("x", typ)}, []any{"tea", c.values[i]}, []any{"milk", nil}))
			}
			dir := writeParts(t, files...)
			if c.want == "" {
				refused(t, e, pipeline.Load{URI: dir, Title: "title"}, `"x"`, "a.parquet", "b.parquet", c.types[0].String(), c.types[1].String())
				return
			}
			d, err := e.Load(t.Context(), pipeline.Load{URI: dir, Title: "title"}, nil)
			check(t, err)
			if x, _ := d.Schema().Column("x"); x.Source != c.want {
				t.Errorf("the column is %s, want %s", x.Source, c.want)
			}
			var want [][]any
			for _, v := range c.read {
				want = append(want, []any{v}, []any{nil})
			}
			got, err := e.Select(t.Context(), d, pipeline.Selection{Columns: []string{"x"}}, nil)
			check(t, err)
			if !reflect.DeepEqual(got.Rows, want) {
				t.Errorf("values are %v, want %v", got.Rows, want)
			}
		})
	}
}

// TestD5TooFarAway: a timestamp that the finer unit cannot hold is an error,
// and no other instant.
func TestD5TooFarAway(t *testing.T) {
	e := driftEngine(t)
	stamp := func(u lake.TimeUnit, year int) partFile {
		return pf([]lake.Field{driftTitle, col("at", lake.Type{Kind: lake.Timestamp, Unit: u, UTC: true})},
			[]any{"tea", time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)})
	}
	d, err := e.Load(t.Context(), pipeline.Load{URI: writeParts(t, stamp(lake.Nano, 2000), stamp(lake.Micro, 2500)), Title: "title", ID: "title"}, nil)
	check(t, err)
	_, err = e.Select(t.Context(), d, pipeline.Selection{}, nil)
	if err == nil || !strings.Contains(err.Error(), "2500-01-01") || !strings.Contains(err.Error(), "b.parquet") {
		t.Errorf("the error is %v", err)
	}
}

// TestD5SQL: SQL sees the same rows, one file or several at a time.
func TestD5SQL(t *testing.T) {
	e := driftEngine(t)
	dir := writeParts(t,
		pf([]lake.Field{driftTitle, col("price", int32Type)}, []any{"tea", 1}, []any{"coffee", nil}, []any{"milk", 3}),
		pf([]lake.Field{driftTitle, col("price", lake.DoubleType), col("n", lake.ListOf(lake.Int64Type))}, []any{"rice", 0.5, []any{1, 2}}),
		pf([]lake.Field{driftTitle}, []any{"salt"}))
	d, err := e.Load(t.Context(), pipeline.Load{URI: dir, Title: "title"}, nil)
	check(t, err)
	got, err := e.Query(t.Context(), pipeline.Query{SQL: "SELECT title, price FROM titles ORDER BY price NULLS FIRST, title", Tables: map[string]pipeline.Dataset{"titles": d}}, nil)
	check(t, err)
	want := [][]any{{"coffee", nil}, {"salt", nil}, {"rice", 0.5}, {"tea", 1.0}, {"milk", 3.0}}
	if rows := allRows(t, e, got); !reflect.DeepEqual(rows, want) {
		t.Errorf("rows are %v, want %v", rows, want)
	}
	got, err = e.Query(t.Context(), pipeline.Query{SQL: "SELECT count(*) AS title_count, 'x y' AS title FROM titles", Tables: map[string]pipeline.Dataset{"titles": d}}, nil)
	check(t, err)
	if rows := allRows(t, e, got); rows[0][0] != int64(5) {
		t.Errorf("count is %v", rows)
	}
}

// TestSQLLists: lists of every type go through SQL and come back.
func TestSQLLists(t *testing.T) {
	e := driftEngine(t)
	day := time.Date(2017, 1, 31, 0, 0, 0, 0, time.UTC)
	fields, row, empty := []lake.Field{driftTitle}, []any{"green tea"}, []any{nil}
	for i, c := range []struct {
		typ  lake.Type
		item any
	}{
		{int32Type, int64(-7)},
		{lake.Type{Kind: lake.Int, Bits: 64, Unsigned: true}, int64(7)},
		{lake.DoubleType, 0.5},
		{lake.Type{Kind: lake.Float}, 0.25},
		{lake.BoolType, true},
		{lake.Type{Kind: lake.Date}, day},
		{lake.Type{Kind: lake.Timestamp, Unit: lake.Micro, UTC: true}, day},
		{lake.Type{Kind: lake.Decimal, Precision: 9, Scale: 2}, int64(1234)},
		{lake.Type{Kind: lake.Time, Unit: lake.Micro}, time.Minute},
		{lake.Type{Kind: lake.UUID}, []byte("0123456789abcdef")},
		{lake.Type{Kind: lake.Binary}, []byte("xyz")},
		{lake.StringType, "a b"},
	} {
		fields = append(fields, col(fmt.Sprintf("l.%d", i), lake.ListOf(c.typ)))
		row, empty = append(row, []any{c.item, nil, c.item}), append(empty, nil)
	}
	d, err := e.Load(t.Context(), pipeline.Load{URI: writeParts(t, pf(fields, row, empty)), Title: "title"}, nil)
	check(t, err)
	want := allRows(t, e, d)
	got, err := e.Query(t.Context(), pipeline.Query{SQL: "SELECT * FROM titles", Tables: map[string]pipeline.Dataset{"titles": d}}, nil)
	check(t, err)
	for i, c := range got.Schema().Columns {
		if was := d.Schema().Columns[i]; c.Type != was.Type {
			t.Errorf("column %s of type %s comes back as %s", was.Name, was.Source, c.Type)
		}
	}
	for r, row := range allRows(t, e, got) {
		for i, v := range row {
			if !reflect.DeepEqual(v, want[r][i]) {
				t.Errorf("column %s comes back as %v, want %v", fields[i].Name, v, want[r][i])
			}
		}
	}
}
