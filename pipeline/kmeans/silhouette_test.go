package kmeans

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gondola/pipeline/simd"
)

// Silhouette is that of the definition, by hand: points 0 and 1 in one
// cluster, 4 alone in the next, 9, 9 and 10 in the last.
func TestSilhouetteByHand(t *testing.T) {
	table := Table{[]float32{0, 1, 4, 9, 9, 10}, 1}
	m := &Model{K: 4, Dim: 1, Centres: []float32{0.5, 4, 9.3, 1000}, Metric: Euclidean}
	s, err := Silhouette(t.Context(), table, Dense(6), m, 100, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	first := (3.0/4 + 2.0/3) / 2
	nine := (5 - 0.5) / 5
	last := (nine + nine + 5.0/6) / 3
	want := []float64{first, 0, last, 0}
	for c, v := range s.PerCluster {
		if math.Abs(v-want[c]) > 1e-6 {
			t.Errorf("cluster %d: %v, want %v", c, v, want[c])
		}
	}
	if mean := (2*first + 3*last) / 6; math.Abs(s.Mean-mean) > 1e-6 || s.Sample != 6 || s.Counts[2] != 3 || s.Counts[3] != 0 {
		t.Errorf("%+v, want mean %v of 6 points, 3 in cluster 2, 0 in 3", s, mean)
	}
}

// Equal points in two clusters have a silhouette of 0, not NaN.
func TestSilhouetteOfEqualPoints(t *testing.T) {
	s, err := silhouette(t.Context(), &run{workers: 1}, simd.Best(), make([]float32, 4), 1, []int{0, 0, 1, 1}, 2, false)
	if err != nil || s.Mean != 0 {
		t.Errorf("%+v, %v; want 0", s, err)
	}
}

func TestSilhouetteRefuses(t *testing.T) {
	table := Table{[]float32{0, 1}, 1}
	one := &Model{K: 1, Dim: 1, Centres: []float32{0}, Metric: Euclidean}
	two := &Model{K: 2, Dim: 1, Centres: []float32{0, 1}, Metric: Euclidean}
	ctx := t.Context()
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	var param *ParamError
	if _, err := Silhouette(ctx, table, Dense(2), one, 10, 1, 0); !errors.Is(err, ErrOneCluster) {
		t.Errorf("one cluster: %v", err)
	}
	if _, err := Silhouette(ctx, table, Bags{}, two, 10, 1, 0); !errors.Is(err, ErrNoPoints) {
		t.Errorf("no points: %v", err)
	}
	if _, err := Silhouette(ctx, table, Bags{{}}, two, 10, 1, 0); !errors.Is(err, ErrNoPoints) {
		t.Errorf("empty points: %v", err)
	}
	if _, err := Silhouette(ctx, table, Dense(2), two, 0, 1, 0); !errors.As(err, &param) || param.Param != "sample" {
		t.Errorf("no sample: %v", err)
	}
	if _, err := Silhouette(ctx, table, Dense(2), two, 10, 1, -1); !errors.As(err, &param) || param.Param != "workers" {
		t.Errorf("workers: %v", err)
	}
	if _, err := Silhouette(ctx, Table{[]float32{0, 1}, 2}, Dense(1), two, 10, 1, 0); err == nil {
		t.Error("a table of another dim is taken")
	}
	if _, err := Silhouette(stopped, table, Dense(2), two, 10, 1, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A sample stands for all points, and its size is told.
func TestSilhouetteOfASample(t *testing.T) {
	table := blobs(2000, 5, 4, 0.3, 11)
	p := DefaultParams()
	p.K = 4
	m := mustFit(t, table, Dense(2000), p)
	all, err := Silhouette(t.Context(), table, Dense(2000), m, 2000, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	some, err := Silhouette(t.Context(), table, Dense(2000), m, 500, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if all.Sample != 2000 || some.Sample < 500 || some.Sample > 520 || math.Abs(all.Mean-some.Mean) > 0.03 {
		t.Errorf("all: %v of %d; sample: %v of %d", all.Mean, all.Sample, some.Mean, some.Sample)
	}
	again, err := Silhouette(t.Context(), table, Dense(2000), m, 500, 1, 1)
	if err != nil || again.Mean != some.Mean {
		t.Errorf("the same seed on one worker: %v, want %v (%v)", again.Mean, some.Mean, err)
	}
	other, err := Silhouette(t.Context(), table, Dense(2000), m, 500, 2, 0)
	if err != nil || other.Mean == some.Mean {
		t.Errorf("another seed: %v again (%v)", other.Mean, err)
	}
	// Points of unit length and of any length have the same cosines.
	r := rand.New(rand.NewPCG(8, 8))
	scaled := Table{append([]float32(nil), table.Data...), 5}
	for i := range 2000 {
		w := float32(1 + r.IntN(5))
		for d := range 5 {
			scaled.Data[i*5+d] *= w
		}
	}
	p.Metric = Cosine
	m = mustFit(t, table, Dense(2000), p)
	a, err := Silhouette(t.Context(), table, Dense(2000), m, 2000, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Silhouette(t.Context(), scaled, Dense(2000), m, 2000, 1, 0)
	if err != nil || math.Abs(a.Mean-b.Mean) > 1e-5 {
		t.Errorf("cosine: %v, scaled %v (%v)", a.Mean, b.Mean, err)
	}
}
