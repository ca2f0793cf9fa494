//go:build cgo

package local

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gondola/lake"
	"gondola/pipeline"
)

// ordersSQL makes orders with lists of 0 to 4 items, some of them null, and
// some items null.
const ordersSQL = `SELECT i AS "order", 'shop ' || (i % 3) AS shop,
	CASE WHEN i % 7 = 0 THEN NULL ELSE list_transform(range(i % 5), x -> CASE WHEN (i + x) % 11 = 0 THEN NULL
		ELSE {'title': 'thing ' || i || ' ' || x, 'price': (i * x)::INTEGER, 'maker': {'name': 'm' || x}} END) END AS items,
	list_transform(range(i % 3), x -> 'label ' || x) AS labels
	FROM range(20000) AS r(i)`

// TestExplode compares the rows with those of DuckDB's unnest.
func TestExplode(t *testing.T) {
	e := driftEngine(t)
	path := filepath.Join(t.TempDir(), "orders.parquet")
	nested(t, e, path, ordersSQL)
	for name, c := range map[string]struct {
		load  pipeline.Load
		query string
	}{
		"Structs": {
			pipeline.Load{Explode: "items", Title: "items.title", ID: "order"},
			`SELECT "order", shop, it.title, it.price, it.maker.name, labels FROM (SELECT "order", shop, unnest(items) AS it, labels FROM read_parquet(%s)) ORDER BY "order"`,
		},
		"StructsOuter": {
			pipeline.Load{Explode: "items", ExplodeOuter: true, Title: "items.title", ID: "order"},
			`SELECT "order", shop, it.title, it.price, it.maker.name, labels FROM (SELECT "order", shop, labels,
				unnest(CASE WHEN len(items) > 0 THEN items ELSE [NULL] END) AS it FROM read_parquet(%s)) ORDER BY "order"`,
		},
		"Strings": {
			pipeline.Load{Explode: "labels", Title: "labels", ID: "order"},
			`SELECT "order", shop, list_transform(items, x -> x.title), list_transform(items, x -> x.price), list_transform(items, x -> x.maker.name),
				unnest(labels) FROM read_parquet(%s) ORDER BY "order"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.load.URI = path
			d, err := e.Load(t.Context(), c.load, nil)
			check(t, err)
			got := allRows(t, e, d)
			want := duckRows(t, e, fmt.Sprintf(c.query, quoteSQL(path)))
			if len(got) != len(want) {
				t.Fatalf("%d rows, DuckDB has %d", len(got), len(want))
			}
			for i := range got {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Fatalf("row %d is %v, DuckDB has %v", i, got[i], want[i])
				}
			}
			if o := d.Origin(); o.Rows != int64(len(want)) {
				t.Errorf("the origin has %d rows, want %d", o.Rows, len(want))
			}
		})
	}
	t.Run("RowsAreItems", func(t *testing.T) {
		d, err := e.Load(t.Context(), pipeline.Load{URI: path, Explode: "items", Title: "items.title"}, nil)
		check(t, err)
		sum := duckRows(t, e, "SELECT sum(len(items))::BIGINT, count(*) FILTER (len(items) = 0 OR items IS NULL) FROM read_parquet("+quoteSQL(path)+")")[0]
		facts := d.Facts()
		f := facts[len(facts)-1]
		if f.Title != "explode" || !reflect.DeepEqual(f.Rows[0], []any{"items", int64(20000), sum[0], sum[1], "left out"}) {
			t.Errorf("the facts are %q %v, want %v", f.Title, f.Rows, sum)
		}
	})
	t.Run("Sample", func(t *testing.T) { // of the rows after
		d, err := e.Load(t.Context(), pipeline.Load{URI: path, Explode: "items", Title: "items.title", Sample: pipeline.Share{Rows: 1000}, Seed: 7}, nil)
		check(t, err)
		if d.Len() != 1000 {
			t.Errorf("%d rows", d.Len())
		}
	})
}

// duckRows are the rows of a query, with the values of a table of gondola's.
func duckRows(t *testing.T, e *Engine, query string) [][]any {
	t.Helper()
	db, err := e.openDuckDB(t.Context(), minMemory)
	check(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	check(t, err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	check(t, err)
	var out [][]any
	for rows.Next() {
		row, into := make([]any, len(types)), make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		check(t, rows.Scan(into...))
		for i := range row {
			row[i] = ofDuckDB(row[i], types[i])
		}
		out = append(out, row)
	}
	check(t, rows.Err())
	return out
}

func ofDuckDB(v any, typ *sql.ColumnType) any {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case []any:
		if typ.DatabaseTypeName() == "VARCHAR[]" {
			list := make([]string, len(v))
			for i, item := range v {
				list[i], _ = item.(string)
			}
			return list
		}
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = ofDuckDB(item, typ)
		}
		return list
	}
	return v
}

func TestExplodeRefused(t *testing.T) {
	e := driftEngine(t)
	dir := writeParts(t, pf([]lake.Field{driftTitle, col("a.x", lake.ListType), col("a.y", lake.ListType), col("s.x", lake.StringType)},
		[]any{"tea", []string{"1"}, []string{"2"}, "x"}, []any{"milk", []string{"1"}, []string{"2", "3"}, "x"}))
	for explode, want := range map[string][]string{
		"a":     {"row 2", `"a.x"`, `"a.y"`},
		"title": {"string"},
		"s":     {"no lists"},
		"b":     {"b", "title"},
	} {
		refused(t, e, pipeline.Load{URI: dir, Title: "title", Explode: explode}, want...)
	}
	refused(t, e, pipeline.Load{URI: dir, Title: "a.x"}, "--explode a ")
	refused(t, e, pipeline.Load{URI: dir, Title: "title", ExplodeOuter: true}, "--explode")
}

// TestExplodeDrift: a member that a file lacks is null in each of its rows.
func TestExplodeDrift(t *testing.T) {
	e := driftEngine(t)
	dir := writeTexts(t, "a.jsonl", `{"id": 1, "items": [{"title": "tea"}, {"title": "milk"}]}`+"\n", "b.jsonl", `{"id": 2, "items": [{"title": "rice", "price": 2}]}`+"\n")
	for _, name := range []string{"a", "b"} {
		nested(t, e, filepath.Join(dir, name+".parquet"), "SELECT * FROM read_json("+quoteSQL(filepath.Join(dir, name+".jsonl"))+")")
	}
	for _, kind := range []string{"parquet", "jsonl"} {
		d, err := e.Load(t.Context(), pipeline.Load{URI: dir + "/*." + kind, Explode: "items", ID: "id"}, nil)
		check(t, err)
		if s := d.Schema(); s.Title != "items.title" {
			t.Errorf("%s: the title is %s", kind, s.Title)
		}
		want := [][]any{{int64(1), "tea", nil}, {int64(1), "milk", nil}, {int64(2), "rice", int64(2)}}
		if got := allRows(t, e, d); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: rows are %v, want %v", kind, got, want)
		}
		if _, err := e.Load(t.Context(), pipeline.Load{URI: dir + "/*." + kind}, nil); err == nil || !strings.Contains(err.Error(), "--explode items") {
			t.Errorf("%s: without explode: %v", kind, err)
		}
	}
}

// TestNestedPaths: members of structs and of maps are columns, and the title is
// guessed among them.
func TestNestedPaths(t *testing.T) {
	e := driftEngine(t)
	path := filepath.Join(t.TempDir(), "n.parquet")
	nested(t, e, path, `SELECT {'id': 7, 'title': 'green tea', 'sizes': [1, 2], 'w': [0.5]} AS item, MAP {'color': 'red'} AS attrs, [DATE '2017-01-31'] AS days`)
	d, err := e.Load(t.Context(), pipeline.Load{URI: path}, nil)
	check(t, err)
	if s := d.Schema(); s.Title != "item.title" || s.ID != "item.id" {
		t.Errorf("title %q, key %q", s.Title, s.ID)
	}
	want := []any{int64(7), "green tea", []any{int64(1), int64(2)}, []string{"0.5"}, []string{"color"}, []string{"red"}, []any{pipeline.Day("2017-01-31")}}
	if rows := allRows(t, e, d); !reflect.DeepEqual(rows[0], want) {
		t.Errorf("the row is %#v, want %#v", rows[0], want)
	}
}
