package local

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
)

// TestMeasureWhole compares the measures that workers make of batches with those
// made row by row, for columns of all types, with and without a condition.
func TestMeasureWhole(t *testing.T) {
	e, err := New(Options{CacheDir: t.TempDir(), Workers: 3})
	check(t, err)
	defer func() { check(t, e.Close()) }()
	loaded, err := e.Load(t.Context(), pipeline.Load{URI: "sample:receipts?n=3000&seed=6", Title: "product_title"}, nil)
	check(t, err)
	clean, err := e.Transform(t.Context(), loaded, preprocessed[0], nil)
	check(t, err)
	d := clean.(*dataset)
	funcs := []pipeline.Func{
		pipeline.Count, pipeline.Nulls, pipeline.Empty, pipeline.Distinct, pipeline.Min, pipeline.Max, pipeline.Mean, pipeline.Median, pipeline.P99, pipeline.Sum,
	}
	for name, where := range map[string]*pipeline.Equal{
		"all rows": nil, "some rows": {Column: "department", Value: "bakery"}, "rows without a brand": {Column: "brand"}, "no row": {Column: "vendor", Value: "?"},
	} {
		t.Run(name, func(t *testing.T) {
			s := pipeline.Selection{Measures: []pipeline.Measure{{Func: pipeline.Count, As: "rows"}}, Where: where}
			for _, c := range d.schema.Names() {
				for _, f := range funcs {
					s.Measures = append(s.Measures, pipeline.Measure{Func: f, Column: c})
				}
			}
			var names []string
			for _, x := range s.Measures[1:] {
				names = append(names, x.Column)
			}
			measure := func(whole bool) (out []any) {
				sel, err := newSelector(d, s, names)
				check(t, err)
				m := startMeter(nil, "", "", 0)
				defer m.end()
				a := &aggregation{work: e.work, measures: s.Measures, groupBytes: 1 << 20, tallyBytes: 1 << 20, meter: m}
				for _, x := range s.Measures {
					a.of = append(a.of, slices.Index(sel.names, x.Column))
				}
				g := a.level(0)
				defer g.close()
				if whole {
					check(t, sel.measureWhole(t.Context(), e, d, m, g))
				} else {
					check(t, sel.each(t.Context(), e, d, m, newRowPicker(pipeline.Share{}, d.rows, 0), func(row []any) error { return g.add(0, row) }))
				}
				check(t, g.finish(t.Context(), func(values []any, _ int64) { out = values }))
				return out
			}
			got, want := measure(true), measure(false)
			for i, x := range s.Measures {
				if diff := cmp.Diff(want[i], got[i]); diff != "" {
					t.Errorf("%s of %s: %s", x.Func, x.Column, diff)
				}
			}
			if rows := got[0].(int64); rows == 0 != (name == "no row") {
				t.Errorf("%d rows", rows)
			}
		})
	}
}
