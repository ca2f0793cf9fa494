package kmeans

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
)

// Odd data give a documented model, never NaN (checkModel).
func TestT5FitOddData(t *testing.T) {
	axes := Table{[]float32{1, 0, 0, 1, -1, 0, 0, 0, 2, 0}, 2} // 0 east, 1 north, 2 west, 3 zero, 4 far east
	same := make(Bags, 3000)
	for i := range same {
		same[i] = []int32{0, 1}
	}
	for _, c := range []struct {
		name   string
		table  Table
		points Points
		k      int
		metric string
		sizes  []int64 // sorted
	}{
		{"one point", axes, Bags{{0}}, 1, Euclidean, []int64{1}},
		{"one point, many clusters", axes, Bags{{0}}, 100, Euclidean, []int64{1}},
		{"one point, cosine", axes, Bags{{0}}, 3, Cosine, []int64{1}},
		{"k is one", axes, Bags{{0}, {1}, {2}}, 1, Euclidean, []int64{3}},
		{"k is one, cosine", axes, Bags{{0}, {1}, {4}}, 1, Cosine, []int64{3}},
		{"k is the number of points", axes, Bags{{0}, {1}, {2}, {3}, {4}}, 5, Euclidean, []int64{1, 1, 1, 1, 1}},
		{"k above the distinct points", axes, Bags{{0}, {0}, {1}, {1}, {1}}, 4, Euclidean, []int64{2, 3}},
		{"k above the distinct directions", axes, Bags{{0}, {4}, {0, 4}, {1}}, 4, Cosine, []int64{1, 3}},
		{"all equal", axes, same, 10, Euclidean, []int64{3000}},
		{"all equal, cosine", axes, same, 10, Cosine, []int64{3000}},
		{"all zero", axes, Bags{{3}, {3}, {0, 2}}, 2, Euclidean, []int64{3}},
		{"zero has no direction", axes, Bags{{3}, {0}, {1}, {0, 2}}, 3, Cosine, []int64{1, 1}},
		{"opposite directions, one cluster", axes, Bags{{0}, {2}}, 1, Cosine, []int64{2}},
		{"empty bags between", axes, Bags{{}, {0}, nil, {1}, {}}, 2, Euclidean, []int64{1, 1}},
		{"a row often", axes, Bags{slices.Repeat([]int32{1}, 100_000), {0}}, 2, Euclidean, []int64{1, 1}},
		{"large values", Table{[]float32{1e15, -1e15, 1e15}, 1}, Dense(3), 2, Euclidean, []int64{1, 2}},
		{"far from zero", Table{[]float32{1e6, 1e6 + 1, 1e6 + 8, 1e6 + 9}, 1}, Dense(4), 2, Euclidean, []int64{2, 2}},
		{"the least values", Table{slices.Repeat([]float32{math.SmallestNonzeroFloat32}, 8), 1}, Dense(8), 2, Cosine, []int64{8}},
	} {
		for _, init := range []string{InitPlusPlus, InitRandom} {
			for _, limit := range []int64{0, 1} {
				t.Run(fmt.Sprintf("%s, %s, %d", c.name, init, limit), func(t *testing.T) {
					p := DefaultParams()
					p.K, p.Metric, p.Init, p.TableBytes = c.k, c.metric, init, limit
					m := mustFit(t, c.table, c.points, p)
					sizes := slices.Sorted(slices.Values(m.Sizes))
					if !slices.Equal(sizes, c.sizes) || !m.Converged {
						t.Errorf("sizes %v, converged %v; want %v", sizes, m.Converged, c.sizes)
					}
				})
			}
		}
	}
}

func TestT5FitRefuses(t *testing.T) {
	axes := Table{[]float32{1, 0, 0, 1}, 2}
	inf := float32(math.Inf(-1))
	for _, c := range []struct {
		name   string
		table  Table
		points Points
		metric string
		want   string
	}{
		{"no points", axes, Bags{}, Euclidean, ErrNoPoints.Error()},
		{"empty bags", axes, Bags{{}, {}}, Euclidean, ErrNoPoints.Error()},
		{"empty table", Table{nil, 2}, Bags{{}}, Euclidean, ErrNoPoints.Error()},
		{"zero vectors", Table{make([]float32, 4), 2}, Dense(2), Cosine, ErrNoPoints.Error()},
		{"no dim", Table{}, Dense(2), Euclidean, "0 values are not rows of dim 0"},
		{"uneven", Table{make([]float32, 5), 2}, Dense(2), Euclidean, "5 values are not rows of dim 2"},
		{"no number", Table{[]float32{1, float32(math.NaN())}, 1}, Dense(2), Euclidean, "row 1 holds NaN"},
		{"no number in a row that no point has", Table{[]float32{1, float32(math.NaN())}, 1}, Dense(1), Cosine, "row 1 holds NaN"},
		{"infinite", Table{[]float32{1, inf}, 1}, Dense(2), Euclidean, "row 1 holds -Inf"},
		{"too large", Table{[]float32{1, 2e15}, 1}, Dense(2), Euclidean, "row 1 holds 2e+15"},
		{"row above", axes, Bags{{0}, {0, 2}}, Euclidean, "point 1 holds row 2, outside the table of 2 rows"},
		{"row below", axes, Bags{{-1}}, Euclidean, "point 0 holds row -1"},
	} {
		p := DefaultParams()
		p.Metric = c.metric
		m, err := Fit(t.Context(), c.table, c.points, p, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: model %v, error %v, want %q", c.name, m, err, c.want)
		}
	}
}

// faulty is a source that breaks its promises.
type faulty struct {
	Bags
	each func(from, to int64, fn func(i int64, rows []int32, times int64) error) error
}

func (f faulty) Each(_ context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error {
	return f.each(from, to, fn)
}

func TestFitFaultySource(t *testing.T) {
	type visit = func(i int64, rows []int32, times int64) error
	row := []int32{0}
	bad := []int32{9}
	for _, c := range []struct {
		name string
		each func(from, to int64, fn visit) error
		want string
	}{
		{"fails", func(int64, int64, visit) error { return fs.ErrPermission }, "points 0 to 3: permission denied"},
		{"ends early", func(from, _ int64, fn visit) error { return fn(from, row, 1) }, "the source ended at 1"},
		{"skips", func(from, _ int64, fn visit) error { return fn(from+1, row, 1) }, "point 1 came where 0 was due"},
		{"swallows", func(from, _ int64, fn visit) error { _ = fn(from, bad, 1); return nil }, "point 0 holds row 9"},
	} {
		_, err := Fit(t.Context(), Table{[]float32{1}, 1}, faulty{make(Bags, 3), c.each}, DefaultParams(), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		if c.name == "fails" && !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v does not wrap the source's error", c.name, err)
		}
	}
}

func TestParamsValidate(t *testing.T) {
	if err := DefaultParams().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		param string
		set   func(*Params)
	}{
		{"k", func(p *Params) { p.K = 0 }},
		{"max_iter", func(p *Params) { p.MaxIter = 0 }},
		{"tol", func(p *Params) { p.Tol = -1e-9 }},
		{"tol", func(p *Params) { p.Tol = math.NaN() }},
		{"tol", func(p *Params) { p.Tol = math.Inf(1) }},
		{"init", func(p *Params) { p.Init = "" }},
		{"metric", func(p *Params) { p.Metric = "COSINE" }},
		{"workers", func(p *Params) { p.Workers = -1 }},
		{"table_bytes", func(p *Params) { p.TableBytes = -1 }},
	} {
		p := DefaultParams()
		c.set(&p)
		_, err := Fit(t.Context(), Table{[]float32{1}, 1}, Dense(1), p, nil)
		var wrong *ParamError
		if !errors.As(err, &wrong) || wrong.ParamName() != c.param || wrong.Reason == "" {
			t.Errorf("%s: %v", c.param, err)
		}
	}
}
