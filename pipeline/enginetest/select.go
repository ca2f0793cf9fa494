package enginetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gondola/pipeline"
)

// sales draws a table with every type that JSON lines have, and nulls.
func sales(n int) (header []string, rows [][]any) {
	r := rand.New(rand.NewPCG(3, 1))
	maybe := func(v any) any {
		if r.IntN(8) == 0 {
			return nil
		}
		return v
	}
	titles := []string{"pizza", "red salsa", "", "饺子", "crème brûlée", "Salt & Vinegar Crisps"}
	shops := []string{"north", "South", "east"}
	labels := [][]string{{}, {"x"}, {"x", "y"}, {"y", "z", "z"}}
	for i := range n {
		rows = append(rows, []any{
			fmt.Sprintf("r%05d", i), maybe(pick(r, titles)), maybe(pick(r, shops)),
			maybe(float64(r.IntN(4000)) / 16), maybe(int64(r.IntN(50) - 10)), maybe(r.IntN(3) > 0), maybe(pick(r, labels)),
		})
	}
	return []string{"id", "title", "shop", "price", "sold", "fresh", "labels"}, rows
}

func (s *suite) selects(t *testing.T) {
	header, rows := sales(300)
	ds := s.loadRows(t, header, rows)
	at := func(name string) int { return slices.Index(header, name) }

	t.Run("Columns", func(t *testing.T) { // in the order asked for
		table := s.mustSelect(t, ds, pipeline.Selection{Columns: []string{"sold", "id"}})
		var want [][]any
		for _, row := range rows {
			want = append(want, []any{row[at("sold")], row[at("id")]})
		}
		wantRows(t, "two columns", table.Rows, want)
		wantRows(t, "all columns", s.rows(t, ds), rows)
	})
	t.Run("Limit", func(t *testing.T) {
		table := s.mustSelect(t, ds, pipeline.Selection{Limit: 7})
		wantRows(t, "the first rows", table.Rows, rows[:7])
		if table.Count() != int64(len(rows)) {
			t.Errorf("Count is %d, want all %d rows", table.Count(), len(rows))
		}
	})
	t.Run("Where", func(t *testing.T) {
		for _, e := range []pipeline.Equal{
			{Column: "shop", Value: "north"},
			{Column: "shop", Value: nil},
			{Column: "title", Value: ""},
			{Column: "sold", Value: int64(3)},
			{Column: "price", Value: rows[0][at("price")]},
			{Column: "fresh", Value: false},
			{Column: "title", Value: "no such title"},
		} {
			var want [][]any
			for _, row := range rows {
				if row[at(e.Column)] == e.Value {
					want = append(want, []any{row[0]})
				}
			}
			got := s.mustSelect(t, ds, pipeline.Selection{Columns: []string{"id"}, Where: &e})
			wantRows(t, fmt.Sprintf("%+v", e), got.Rows, want)
			if got.Count() != int64(len(want)) {
				t.Errorf("%+v: Count is %d, want %d", e, got.Count(), len(want))
			}
		}
	})
	t.Run("Sort", func(t *testing.T) {
		for _, name := range []string{"title", "shop", "price", "sold"} {
			for _, desc := range []bool{false, true} {
				want := slices.Clone(rows)
				slices.SortFunc(want, func(a, b []any) int {
					if c := less(a[at(name)], b[at(name)]); c != 0 {
						if desc {
							return -c
						}
						return c
					}
					return less(a[0], b[0])
				})
				order := []pipeline.Order{{Column: name, Desc: desc}, {Column: "id"}}
				wantRows(t, fmt.Sprintf("by %s, desc %v", name, desc), s.mustSelect(t, ds, pipeline.Selection{Sort: order}).Rows, want)
				wantRows(t, fmt.Sprintf("the first by %s, desc %v", name, desc), s.mustSelect(t, ds, pipeline.Selection{Sort: order, Limit: 5}).Rows, want[:5])
			}
		}
	})
	t.Run("Explode", func(t *testing.T) {
		var want [][]any
		for _, row := range rows {
			for _, item := range list(row[at("labels")]) {
				want = append(want, []any{row[0], item})
			}
		}
		wantRows(t, "a row for each item", s.mustSelect(t, ds, pipeline.Selection{Columns: []string{"id", "labels"}, Explode: "labels"}).Rows, want)
	})
	t.Run("Errors", func(t *testing.T) {
		count := pipeline.Measure{Func: pipeline.Count}
		for what, sel := range map[string]pipeline.Selection{
			"columns":       {Columns: []string{"id", "pirce"}},
			"by":            {By: []string{"pirce"}, Measures: []pipeline.Measure{count}},
			"measure":       {Measures: []pipeline.Measure{{Func: pipeline.Mean, Column: "pirce"}}},
			"where":         {Where: &pipeline.Equal{Column: "pirce", Value: "1"}},
			"explode":       {Explode: "pirce"},
			"bins":          {Bins: []pipeline.Bin{{Column: "pirce", Width: 1}}, Measures: []pipeline.Measure{count}},
			"pairs":         {Pairs: "pirce", Measures: []pipeline.Measure{count}},
			"among":         {Among: []pipeline.Among{{Column: "pirce"}}},
			"sort":          {Sort: []pipeline.Order{{Column: "pirce"}}},
			"sort measures": {By: []string{"price"}, Measures: []pipeline.Measure{count}, Sort: []pipeline.Order{{Column: "pirce"}}},
		} {
			_, err := s.engine.Select(s.ctx(t), ds, sel, nil)
			wantError(t, what, err, "pirce", "price")
		}
		_, err := s.engine.Select(s.ctx(t), ds, pipeline.Selection{Explode: "price"}, nil)
		wantError(t, "explode what is no list", err, "price")
		for _, sel := range []pipeline.Selection{
			{Pairs: "price", Measures: []pipeline.Measure{count}},
			{Bins: []pipeline.Bin{{Column: "price", Every: "month"}}, Measures: []pipeline.Measure{count}},
			{Bins: []pipeline.Bin{{Column: "price"}}, Measures: []pipeline.Measure{count}},
			{Bins: []pipeline.Bin{{Column: "price", Width: math.Inf(1)}}, Measures: []pipeline.Measure{count}},
			{Bins: []pipeline.Bin{{Column: "price", Every: "fortnight"}}, Measures: []pipeline.Measure{count}},
			{Bins: []pipeline.Bin{{Column: "price", Width: 1}}},
			{Pairs: "labels", Explode: "labels", Measures: []pipeline.Measure{count}},
		} {
			if _, err := s.engine.Select(s.ctx(t), ds, sel, nil); err == nil {
				t.Errorf("%+v is computed", sel)
			}
		}
		_, err = s.engine.Select(s.ctx(t), ds, pipeline.Selection{Measures: []pipeline.Measure{{Func: "mode", Column: "price"}}}, nil)
		wantError(t, "unknown function", err, "mode")
		_, err = s.engine.Select(s.ctx(t), ds, pipeline.Selection{Measures: []pipeline.Measure{{Func: pipeline.Mean}}}, nil)
		wantError(t, "a mean of nothing", err, "mean")
	})
}

// aggregate compares every function, by every grouping, with a plain
// computation.
func (s *suite) aggregate(t *testing.T) {
	header, rows := sales(500)
	ds := s.loadRows(t, header, rows)
	plain := newNaive(header, rows)

	measures := []pipeline.Measure{{Func: pipeline.Count}}
	for _, column := range []string{"title", "price", "sold", "labels"} {
		for _, f := range []pipeline.Func{
			pipeline.Count, pipeline.Nulls, pipeline.Distinct, pipeline.Min, pipeline.Max, pipeline.Mean, pipeline.Q1, pipeline.Median, pipeline.Q3, pipeline.P99, pipeline.Sum,
		} {
			measures = append(measures, pipeline.Measure{Func: f, Column: column})
		}
	}
	measures = append(measures,
		pipeline.Measure{Func: pipeline.Empty, Column: "title"}, pipeline.Measure{Func: pipeline.Empty, Column: "labels"},
		pipeline.Measure{Func: pipeline.Nulls, Column: "fresh"}, pipeline.Measure{Func: pipeline.Distinct, Column: "fresh"},
		pipeline.Measure{Func: pipeline.Count, As: "n"},
	)
	for what, sel := range map[string]pipeline.Selection{
		"All":         {},
		"ByText":      {By: []string{"shop"}},
		"ByBool":      {By: []string{"fresh"}},
		"ByInt":       {By: []string{"sold"}},
		"ByTwo":       {By: []string{"shop", "fresh"}},
		"Where":       {By: []string{"shop"}, Where: &pipeline.Equal{Column: "fresh", Value: true}},
		"WhereNull":   {By: []string{"fresh"}, Where: &pipeline.Equal{Column: "shop", Value: nil}},
		"WhereNone":   {Where: &pipeline.Equal{Column: "shop", Value: "nowhere"}},
		"NoGroups":    {By: []string{"shop"}, Where: &pipeline.Equal{Column: "shop", Value: "nowhere"}},
		"ByItem":      {By: []string{"labels"}, Explode: "labels"},
		"ItemsByShop": {By: []string{"shop", "labels"}, Explode: "labels"},
		"Bins":        {Bins: []pipeline.Bin{{Column: "price", Start: -3, Width: 12.5, As: "from"}}},
		"WholeBins":   {Bins: []pipeline.Bin{{Column: "sold", Start: 3, Width: 7, As: "sold by 7"}}},
		"LengthBins":  {By: []string{"shop"}, Bins: []pipeline.Bin{{Column: "title", Width: 5, As: "length"}, {Column: "labels", Width: 1, As: "items"}}},
		"Among":       {By: []string{"shop"}, Among: []pipeline.Among{{Column: "shop", Values: []any{"north", nil}}, {Column: "sold", Values: []any{int64(1), int64(2), int64(3)}}}},
		"ItemsAmong":  {By: []string{"labels"}, Explode: "labels", Among: []pipeline.Among{{Column: "labels", Values: []any{"x", "z"}}}},
		"Pairs":       {By: []string{"labels", pipeline.PairColumn}, Pairs: "labels"},
		"PairsAmong": {
			By: []string{pipeline.PairColumn}, Pairs: "labels", Where: &pipeline.Equal{Column: "shop", Value: "north"},
			Among: []pipeline.Among{{Column: "labels", Values: []any{"x"}}}, Bins: []pipeline.Bin{{Column: "sold", Width: 10, As: "tens"}},
		},
	} {
		t.Run(what, func(t *testing.T) {
			sel.Measures = measures
			if sel.Explode != "" || sel.Pairs != "" { // the items are text then: their number is not asked for
				sel.Measures = slices.DeleteFunc(slices.Clone(measures), func(m pipeline.Measure) bool { return m.Column == "labels" })
			}
			groups := sel
			for _, b := range sel.Bins {
				groups.By = append(slices.Clone(groups.By), b.Name())
			}
			checkAggregates(t, s.mustSelect(t, ds, sel), groups, plain.where(sel.Where).explode(sel.Explode).pairs(sel.Pairs).among(sel.Among).binned(sel.Bins))
		})
	}
	t.Run("Top", func(t *testing.T) { // the largest groups, the rest counted
		table := s.mustSelect(t, ds, pipeline.Selection{
			By: []string{"sold"}, Measures: []pipeline.Measure{{Func: pipeline.Count, As: "n"}}, Limit: 3,
			Sort: []pipeline.Order{{Column: "n", Desc: true}, {Column: "sold"}},
		})
		groups := plain.groups([]string{"sold"})
		slices.SortFunc(groups, func(a, b naive) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return less(a[0]["sold"], b[0]["sold"])
		})
		var want [][]any
		for _, g := range groups[:3] {
			want = append(want, []any{g[0]["sold"], int64(len(g))})
		}
		wantRows(t, "the three largest groups", table.Rows, want)
		if table.Count() != int64(len(groups)) {
			t.Errorf("Count is %d, want %d groups", table.Count(), len(groups))
		}
	})
	t.Run("Sample", func(t *testing.T) {
		table := s.mustSelect(t, ds, pipeline.Selection{
			Measures: []pipeline.Measure{{Func: pipeline.Count}}, Sample: pipeline.Share{Rows: 100}, Seed: 5,
		})
		wantRows(t, "rows of the sample", table.Rows, [][]any{{int64(100)}})
		if want := (pipeline.Completeness{Rows: 500, Sample: 100, Seed: 5}); table.Shows != want {
			t.Errorf("shows %+v, want %+v", table.Shows, want)
		}
	})
	t.Run("SampleWhere", func(t *testing.T) {
		sel := pipeline.Selection{
			Columns: []string{"id", "shop"}, Where: &pipeline.Equal{Column: "shop", Value: "north"},
			Sample: pipeline.Share{Rows: 9}, Seed: 5,
		}
		north := int64(0)
		for _, row := range rows {
			if row[slices.Index(header, "shop")] == "north" {
				north++
			}
		}
		table := s.mustSelect(t, ds, sel)
		if table.Count() != 9 || len(table.Rows) != 9 {
			t.Errorf("a sample of 9 of %d rows has %d", north, table.Count())
		}
		for _, row := range table.Rows {
			if row[1] != "north" {
				t.Errorf("row %v is not among those that were asked for", row)
			}
		}
		want := pipeline.Completeness{Rows: north, Sample: 9, Seed: 5}
		if table.Shows != want {
			t.Errorf("shows %+v, want %+v", table.Shows, want)
		}
		sel.Columns, sel.Measures = nil, []pipeline.Measure{{Func: pipeline.Count}}
		groups := s.mustSelect(t, ds, sel)
		wantRows(t, "rows of the sample", groups.Rows, [][]any{{int64(9)}})
		if groups.Shows != want {
			t.Errorf("groups show %+v, want %+v", groups.Shows, want)
		}
		sel.Sample.Rows = 1000
		wantRows(t, "all of them", s.mustSelect(t, ds, sel).Rows, [][]any{{north}})
	})
}

// checkAggregates compares a table of groups with the plain computation, in
// whatever order the groups come.
func checkAggregates(t *testing.T, table *pipeline.Table, sel pipeline.Selection, rows naive) {
	t.Helper()
	if shows := table.Shows; shows.Rows == 0 || shows.Sample != 0 {
		t.Errorf("aggregates over all rows show %+v", shows)
	}
	for i, m := range sel.Measures {
		if got := table.Columns[len(sel.By)+i].Name; got != m.Name() {
			t.Errorf("column %d is called %q, want %q", i, got, m.Name())
		}
	}
	groups := rows.groups(sel.By)
	if len(table.Rows) != len(groups) {
		t.Fatalf("%d groups, want %d", len(table.Rows), len(groups))
	}
	for _, g := range groups {
		i := slices.IndexFunc(table.Rows, func(row []any) bool {
			for c, name := range sel.By {
				if row[c] != g[0][name] {
					return false
				}
			}
			return true
		})
		if i < 0 {
			t.Fatalf("no group for %v", g[0])
		}
		for c, m := range sel.Measures {
			got := table.Rows[i][len(sel.By)+c]
			if want := g.measure(m); !want.allows(got) {
				t.Errorf("group %v: %s is %v, want %v to %v", table.Rows[i][:len(sel.By)], m.Name(), got, want.low, want.high)
			}
		}
	}
}
