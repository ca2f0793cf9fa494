package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gondola/pipeline"
)

// query holds for engines that are Queriers too. The SQL is what most dialects
// share; what an engine has beyond it is for the engine's own tests.
func (s *suite) query(t *testing.T) {
	t.Run("Answers", s.queryAnswers)
	t.Run("Types", s.queryTypes)
	t.Run("Hostile", s.queryHostile)
	t.Run("Derived", s.queryDerived)
	t.Run("Order", s.queryOrder)
	t.Run("GoesOn", s.queryGoesOn)
	t.Run("Errors", s.queryErrors)
	t.Run("Origin", s.queryOrigin)
	t.Run("Spans", s.querySpans)
	t.Run("Cancel", s.queryCancel)
}

// ask returns the dataset that answers the SQL.
func (s *suite) ask(t testing.TB, sql string, tables map[string]pipeline.Dataset) pipeline.Dataset {
	t.Helper()
	ds, err := s.querier.Query(s.ctx(t), pipeline.Query{SQL: sql, Tables: tables}, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	checkFacts(t, ds.Facts())
	return ds
}

// shop is a small table with nulls, and one that it can be joined with.
func (s *suite) shop(t testing.TB) map[string]pipeline.Dataset {
	t.Helper()
	titles := s.loadRows(t, []string{"id", "title", "kind", "price", "n"}, [][]any{
		{"a", "red tea", "tea", 1.5, 1},
		{"b", "black tea", "tea", 2.5, nil},
		{"c", nil, "milk", nil, 3},
		{"d", "oat milk", nil, 4.0, 4},
		{"e", "Oat Milk ü猪🍕", "milk", 0.5, 5},
	})
	kinds := s.loadRows(t, []string{"kind", "text"}, [][]any{{"tea", "hot drink"}, {"milk", "white drink"}, {"bread", "some bread"}})
	return map[string]pipeline.Dataset{"titles": titles, "kinds": kinds}
}

func (s *suite) queryAnswers(t *testing.T) {
	tables := s.shop(t)
	for _, c := range []struct {
		what, sql string
		want      [][]any
	}{
		{"rows", "SELECT id, title FROM titles WHERE price > 2 ORDER BY id", [][]any{{"b", "black tea"}, {"d", "oat milk"}}},
		{"aggregates", "SELECT count(*), count(title), sum(n), avg(price), min(title) FROM titles", [][]any{{int64(5), int64(4), int64(13), 2.125, "Oat Milk ü猪🍕"}}},
		{"groups", "SELECT kind, count(*) AS c FROM titles GROUP BY kind ORDER BY c, kind", [][]any{{nil, int64(1)}, {"milk", int64(2)}, {"tea", int64(2)}}},
		{"a join", "SELECT t.id, k.text FROM titles t JOIN kinds k ON t.kind = k.kind ORDER BY t.id", [][]any{
			{"a", "hot drink"}, {"b", "hot drink"}, {"c", "white drink"}, {"e", "white drink"},
		}},
		{"an outer join", "SELECT k.kind, t.id FROM kinds k LEFT JOIN titles t ON t.kind = k.kind WHERE k.kind = 'bread'", [][]any{{"bread", nil}}},
		{"a join with itself", "SELECT x.id, y.id FROM titles x JOIN titles y ON x.kind = y.kind AND x.id < y.id ORDER BY 1, 2", [][]any{{"a", "b"}, {"c", "e"}}},
		{"the same table with other columns", "SELECT (SELECT max(title) FROM titles), (SELECT sum(n) FROM titles), (SELECT min(id) FROM titles)", [][]any{{"red tea", int64(13), "a"}}},
		{"a named part twice", "WITH q AS (SELECT * FROM titles) SELECT a.title, b.n FROM q a JOIN q b ON a.id = b.id WHERE b.n > 3 ORDER BY b.n", [][]any{{"oat milk", int64(4)}, {"Oat Milk ü猪🍕", int64(5)}}},
		{"a union", "SELECT kind FROM titles WHERE id = 'a' UNION ALL SELECT kind FROM kinds WHERE kind = 'bread'", [][]any{{"tea"}, {"bread"}}},
		{"a window", "SELECT id, row_number() OVER (PARTITION BY kind ORDER BY price DESC) AS r FROM titles WHERE kind = 'tea' ORDER BY id", [][]any{{"a", int64(2)}, {"b", int64(1)}}},
		{"nulls", "SELECT id, coalesce(title, 'none') FROM titles WHERE title IS NULL OR n IS NULL ORDER BY id", [][]any{{"b", "black tea"}, {"c", "none"}}},
		{"text beyond ASCII", "SELECT id FROM titles WHERE title = 'Oat Milk ü猪🍕'", [][]any{{"e"}}},
		{"nothing", "SELECT id FROM titles WHERE 1 = 0", nil},
		{"no table", "SELECT 1 AS one, 'a''b' AS b", [][]any{{int64(1), "a'b"}}},
		{"names in quotes", `SELECT "id" FROM "titles" WHERE "n" = 1`, [][]any{{"a"}}},
		{"lines and comments", "SELECT id -- the key;\nFROM titles /* ' */ WHERE n = 1\n-- done", [][]any{{"a"}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			ds := s.ask(t, c.sql, tables)
			if ds.Len() != int64(len(c.want)) {
				t.Errorf("Len is %d, want %d", ds.Len(), len(c.want))
			}
			wantRows(t, c.sql, s.rows(t, ds), c.want)
		})
	}
}

// queryTypes: what a table holds comes back as the same values.
func (s *suite) queryTypes(t *testing.T) {
	path := writeFile(t, s.Dir(t), "types.csv", "id,title,day,at,x,n,yes\n"+
		"1,red tea,2017-01-31,2017-01-31 12:00:00.5,1.5,7,true\n2,,,,,,\n3,oat milk,1969-12-31,1969-12-31 23:59:59,-2,-9007199254740993,false\n")
	tables := map[string]pipeline.Dataset{"titles": s.mustLoad(t, pipeline.Load{URI: path})}
	want := s.rows(t, tables["titles"])
	ds := s.ask(t, "SELECT * FROM titles", tables)
	wantRows(t, "SELECT *", s.rows(t, ds), want)
	in, out := tables["titles"].Schema(), ds.Schema()
	for i, c := range in.Columns {
		if out.Columns[i].Name != c.Name || out.Columns[i].Type != c.Type {
			t.Errorf("column %q of type %s came back as %q of type %s", c.Name, c.Type, out.Columns[i].Name, out.Columns[i].Type)
		}
	}
	if out.Title != in.Title || out.ID != in.ID {
		t.Errorf("title %q and key %q, want %q and %q", out.Title, out.ID, in.Title, in.ID)
	}
}

// queryHostile: data is data, whatever it looks like; and so are the names of
// columns and results.
func (s *suite) queryHostile(t *testing.T) {
	var rows [][]any
	for i, title := range []string{
		"'; DROP TABLE titles; --", `" OR 1=1`, `\'`, "$1 ${x} {y} %s %d", "\x1b[2J", "-- x", "/* x */", "a\nb", "a\x00b", "<b>&amp;</b>", "=1+1",
	} {
		rows = append(rows, []any{fmt.Sprint("k", i), title})
	}
	tables := map[string]pipeline.Dataset{"titles": s.loadRows(t, []string{"id", "title"}, rows)}
	wantRows(t, "hostile titles", s.rows(t, s.ask(t, "SELECT id, title FROM titles", tables)), rows)
	one := s.ask(t, "SELECT id FROM titles WHERE title = '''; DROP TABLE titles; --'", tables)
	wantRows(t, "a hostile title", s.rows(t, one), [][]any{{"k0"}})
	odd := s.loadRows(t, []string{"id", "title", "a b", "select", "x;--", "a.b"}, [][]any{{"k", "red tea", "1 one", "2 two", "3 three", "4 four"}})
	ds := s.ask(t, `SELECT "a b", "select", "x;--" FROM "drop"`, map[string]pipeline.Dataset{"drop": odd})
	wantRows(t, "odd names", s.rows(t, ds), [][]any{{"1 one", "2 two", "3 three"}})
}

// queryDerived: the columns that steps have added are there as well.
func (s *suite) queryDerived(t *testing.T) {
	m := s.trained(t)
	assigned := s.mustTransform(t, m.clean, pipeline.Assign{Clusters: m.clusters})
	tags := s.mustTransform(t, m.clean, smallTag(m.clusters, pipeline.MethodRanked))
	tables := map[string]pipeline.Dataset{"clean": m.clean, "assigned": assigned, "tags": tags}
	for name, ds := range tables {
		got := s.ask(t, "SELECT * FROM "+name, tables)
		wantRows(t, name, s.rows(t, got), s.rows(t, ds))
		if got.Schema().Title != ds.Schema().Title {
			t.Errorf("%s: title %q, want %q", name, got.Schema().Title, ds.Schema().Title)
		}
	}
	got := s.ask(t, "SELECT a.cluster, count(*) AS n FROM assigned a JOIN tags t ON a.id = t.id GROUP BY a.cluster ORDER BY a.cluster", tables)
	want := s.mustSelect(t, tags, pipeline.Selection{
		By: []string{pipeline.ClusterColumn}, Measures: []pipeline.Measure{{Func: pipeline.Count}}, Sort: []pipeline.Order{{Column: pipeline.ClusterColumn}},
	})
	wantRows(t, "titles of a cluster", s.rows(t, got), want.Rows)
}

// queryOrder: ORDER BY holds in the result, and without it the rows of one
// table keep their order.
func (s *suite) queryOrder(t *testing.T) {
	n := s.rounds(5_000, 20_000, 500_000)
	var b strings.Builder
	b.WriteString("id,title,n\n")
	for i := range n {
		fmt.Fprintf(&b, "k%07d,red tea %d,%d\n", i, i%7, (i*7919)%n)
	}
	tables := map[string]pipeline.Dataset{"titles": s.mustLoad(t, pipeline.Load{URI: writeFile(t, s.Dir(t), "t.csv", b.String())})}
	sorted := s.column(t, s.ask(t, "SELECT n FROM titles ORDER BY n DESC", tables), "n")
	for i, v := range sorted {
		if v != int64(n-1-i) {
			t.Fatalf("row %d is %v, want %d", i, v, n-1-i)
		}
	}
	plain := s.column(t, s.ask(t, "SELECT id, n FROM titles WHERE n >= 0", tables), "id")
	if len(plain) != n || !slices.IsSortedFunc(plain, func(a, b any) int { return strings.Compare(a.(string), b.(string)) }) {
		t.Errorf("%d rows, or not in their order", len(plain))
	}
}

// queryGoesOn: a result is a dataset like any other.
func (s *suite) queryGoesOn(t *testing.T) {
	tables := s.shop(t)
	ds := s.ask(t, "SELECT id, upper(title) AS title FROM titles WHERE title IS NOT NULL", tables)
	if ds.Schema().Title != "title" || ds.Schema().ID != "id" {
		t.Errorf("title %q and key %q", ds.Schema().Title, ds.Schema().ID)
	}
	clean := s.mustTransform(t, ds, plainPreprocess())
	wantRows(t, "words", s.rows(t, clean, "id", pipeline.TokensColumn)[:2], [][]any{{"a", []string{"red", "tea"}}, {"b", []string{"black", "tea"}}})
	again := s.ask(t, "SELECT count(*) AS c FROM one JOIN titles USING (id)", map[string]pipeline.Dataset{"one": clean, "titles": tables["titles"]})
	wantRows(t, "a result in a query", s.rows(t, again), [][]any{{int64(4)}})

	numbers := s.ask(t, "SELECT n, n * 2 AS m FROM titles", tables)
	if title := numbers.Schema().Title; title != "" {
		t.Errorf("of numbers %q is the title", title)
	}
	got, err := s.engine.Transform(s.ctx(t), numbers, plainPreprocess(), nil)
	wantError(t, "words without titles", err, "title")
	if got != nil {
		t.Error("both a result and an error")
	}
	if n := len(s.mustSelect(t, numbers, pipeline.Selection{Measures: []pipeline.Measure{{Func: pipeline.Count}}}).Rows); n != 1 {
		t.Errorf("count without a title: %d rows", n)
	}
}

// queryErrors: a mistake names its place, and what was there stays.
func (s *suite) queryErrors(t *testing.T) {
	tables := s.shop(t)
	for _, c := range []struct{ sql, at string }{ // the offset is that of at
		{"SELECT * FORM titles", "titles"},
		{"SELECT ü, nix FROM (SELECT 1 AS ü) AS x", "nix"},
		{"SELECT id\nFROM\n  nowhere", "nowhere"},
		{"SELECT nofunction(id) FROM titles", "nofunction"},
		{"SELECT id FROM titles t WHERE t.nix = 1", "t.nix"},
	} {
		ds, err := s.querier.Query(s.ctx(t), pipeline.Query{SQL: c.sql, Tables: tables}, nil)
		if ds != nil {
			t.Errorf("%s: both a result and an error", c.sql)
		}
		var q *pipeline.QueryError
		if !errors.As(err, &q) {
			t.Errorf("%s: error %v is no QueryError", c.sql, err)
			continue
		}
		checkLine(t, c.sql, err)
		if want := strings.Index(c.sql, c.at); q.Offset != want {
			t.Errorf("%s: the place is %d, want %d: %v", c.sql, q.Offset, want, q)
		}
		if strings.Contains(q.Hint, "\n") {
			t.Errorf("%s: the hint is not one line: %q", c.sql, q.Hint)
		}
	}
	var q *pipeline.QueryError
	_, err := s.querier.Query(s.ctx(t), pipeline.Query{SQL: "SELECT * FROM titels", Tables: tables}, nil)
	if !errors.As(err, &q) || !strings.Contains(q.Hint, "titles") {
		t.Errorf("a misspelt result: %v, want a hint that names titles", err)
	}
	_, err = s.querier.Query(s.ctx(t), pipeline.Query{}, nil)
	wantParam(t, "no SQL", err, "query")
	_, err = s.querier.Query(s.ctx(t), pipeline.Query{SQL: "-- nothing"}, nil)
	wantError(t, "a comment", err)
	wantRows(t, "after errors", s.rows(t, s.ask(t, "SELECT count(*) FROM titles", tables)), [][]any{{int64(5)}})
}

// queryOrigin: inputs are the results that the SQL names.
func (s *suite) queryOrigin(t *testing.T) {
	tables := s.shop(t)
	const sql = "SELECT id FROM titles ORDER BY id"
	one, again := s.ask(t, sql, tables).Origin(), s.ask(t, sql, tables).Origin()
	if one.Verb != "sql" || one.Hash == "" || one.Hash != again.Hash {
		t.Errorf("origins of the same query: %+v and %+v", one, again)
	}
	if !slices.Contains(one.Inputs, tables["titles"].Origin().Hash) || slices.Contains(one.Inputs, tables["kinds"].Origin().Hash) {
		t.Errorf("inputs %v, want titles and not kinds", one.Inputs)
	}
	if other := s.ask(t, "SELECT id FROM titles ORDER BY id DESC", tables).Origin(); other.Hash == one.Hash {
		t.Error("two queries have one origin")
	}
}

// queryCancel: a query that would take days ends when its context does.
func (s *suite) queryCancel(t *testing.T) {
	tables := s.shop(t)
	var b strings.Builder
	b.WriteString("id,title\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "%d,red tea %d\n", i, i)
	}
	tables["many"] = s.mustLoad(t, pipeline.Load{URI: writeFile(t, s.Dir(t), "many.csv", b.String())})
	for what, sql := range map[string]string{
		"Join":  "SELECT count(*) FROM many a, many b, many c, many d WHERE a.title || b.title <> c.title || d.title",
		"Sort":  "SELECT a.id, b.id AS i, c.id AS j FROM many a, many b, many c ORDER BY c.title, b.title, a.title",
		"Write": "SELECT a.id, b.title, c.title AS t FROM many a, many b, many c",
	} {
		t.Run(what, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(s.ctx(t))
			defer cancel(nil)
			ds, err := s.querier.Query(ctx, pipeline.Query{SQL: sql, Tables: tables}, func(pipeline.Progress) { cancel(errStop) })
			if ds != nil || !errors.Is(err, errStop) {
				t.Errorf("dataset %v and error %v, want the cause of the cancelled context", ds, err)
			}
		})
	}
	t.Run("Before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(s.ctx(t))
		cancel(errStop)
		if ds, err := s.querier.Query(ctx, pipeline.Query{SQL: "SELECT 1"}, nil); ds != nil || !errors.Is(err, errStop) {
			t.Errorf("dataset %v and error %v, want the cause of the cancelled context", ds, err)
		}
	})
	wantRows(t, "after a cancel", s.rows(t, s.ask(t, "SELECT count(*) FROM many", tables)), [][]any{{int64(3000)}})
}

// querySpans counts rows by spans of the calendar.
func (s *suite) querySpans(t *testing.T) {
	var rows [][]any
	for i, at := range []string{
		"2023-12-31T23:59:59", "2024-01-01T00:00:00", "2024-01-01T05:30:00", "2024-02-29T12:00:00", "2024-03-03T10:00:00",
		"2024-03-04T10:59:59", "2024-04-01T10:00:00", "1969-12-30T01:30:00",
	} {
		rows = append(rows, []any{fmt.Sprint("r", i), "a title", at, at[:10]})
	}
	rows = append(rows, []any{"r", "a title", nil, nil})
	texts := s.loadRows(t, []string{"id", "title", "moment", "day"}, rows)
	ds := s.ask(t, "SELECT id, title, CAST(moment AS TIMESTAMP) AS moment, CAST(day AS DATE) AS day FROM texts", map[string]pipeline.Dataset{"texts": texts})
	for _, name := range []string{"moment", "day"} {
		column, _ := ds.Schema().Column(name)
		if column.Type != pipeline.Time && column.Type != pipeline.Date {
			t.Fatalf("column %s is %s", name, column.Type)
		}
		for every, want := range map[string]map[string]int64{
			"hour":    nil, // as many as there are times
			"day":     {"2023-12-31": 1, "2024-01-01": 2, "2024-02-29": 1, "2024-03-03": 1, "2024-03-04": 1, "2024-04-01": 1, "1969-12-30": 1},
			"week":    {"2023-12-25": 1, "2024-01-01": 2, "2024-02-26": 2, "2024-03-04": 1, "2024-04-01": 1, "1969-12-29": 1},
			"month":   {"2023-12-01": 1, "2024-01-01": 2, "2024-02-01": 1, "2024-03-01": 2, "2024-04-01": 1, "1969-12-01": 1},
			"quarter": {"2023-10-01": 1, "2024-01-01": 5, "2024-04-01": 1, "1969-10-01": 1},
			"year":    {"2023-01-01": 1, "2024-01-01": 6, "1969-01-01": 1},
		} {
			table := s.mustSelect(t, ds, pipeline.Selection{
				Bins: []pipeline.Bin{{Column: name, Every: every, As: "span"}}, Measures: []pipeline.Measure{{Func: pipeline.Count}},
			})
			if want == nil {
				if n := len(table.Rows); table.Columns[0].Type != pipeline.Time || n < 8 {
					t.Errorf("%s by the hour: %d spans of type %s", name, n, table.Columns[0].Type)
				}
				continue
			}
			got := map[string]int64{}
			for _, row := range table.Rows {
				switch v := row[0].(type) {
				case time.Time:
					got[v.Format(time.DateOnly)] = row[1].(int64)
				case pipeline.Day:
					got[string(v)] = row[1].(int64)
				case nil:
					if row[1] != int64(1) {
						t.Errorf("%s every %s: %v rows without a time", name, every, row[1])
					}
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s every %s: %v, want %v", name, every, got, want)
			}
		}
	}
}
