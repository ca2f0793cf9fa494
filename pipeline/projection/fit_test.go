package projection

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"gondola/pipeline/simd"
)

// TestSameForSeed: the layout depends on the seed alone, not on how many
// goroutines and processors there are, and the points stay as they are.
func TestSameForSeed(t *testing.T) {
	m := groups(400, 20, 8, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, method := range []string{UMAP, PCA} {
		p := DefaultParams()
		p.Method, p.NEpochs, p.Workers = method, 50, 1
		before := slices.Clone(m.Data)
		want := fit(t, m, p)
		if !slices.Equal(before, m.Data) {
			t.Error(method, "changed the points")
		}
		for _, procs := range []int{1, 3} {
			runtime.GOMAXPROCS(procs)
			p.Workers = 0
			if !slices.Equal(want, fit(t, m, p)) {
				t.Errorf("%s on %d processors gives another layout", method, procs)
			}
		}
		p.Seed++
		if other := !slices.Equal(want, fit(t, m, p)); other != (method == UMAP) {
			t.Errorf("%s: another seed gives another layout: %v", method, other)
		}
	}
}

// TestFewAndOddPoints: whatever the points are, each gets a finite place.
func TestFewAndOddPoints(t *testing.T) {
	equal := simd.NewMatrix(40, 5)
	for i := range equal.Rows {
		copy(equal.Row(i), []float32{1, 2, 3, 4, 5})
	}
	huge := groups(40, 3, 2, 1)
	for i := range huge.Data {
		huge.Data[i] *= 1e18
	}
	list := map[string]*simd.Matrix{
		"none": simd.NewMatrix(0, 4), "one": groups(1, 4, 1, 1), "two": groups(2, 4, 1, 1), "three": groups(3, 4, 1, 1),
		"fewer than neighbours": groups(9, 4, 2, 1), "all equal": equal, "all zero": simd.NewMatrix(40, 5),
		"one dimension": groups(40, 1, 3, 1), "zeros and others": matrixOf([]float32{0, 0}, []float32{1, 0}, []float32{0, 0}, []float32{0, 1}, []float32{-1, 0}),
		"huge": huge,
	}
	for name, m := range list {
		for _, method := range []string{UMAP, PCA} {
			for _, metric := range []string{Cosine, Euclidean} {
				t.Run(name+"/"+method+"/"+metric, func(t *testing.T) {
					p := DefaultParams()
					p.Method, p.Metric = method, metric
					fit(t, m, p)
				})
			}
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add([]byte("several equal bytes aaaaaaaaaaaaaaaaaa"), uint8(3), uint8(4), uint8(0))
	f.Add(make([]byte, 60), uint8(1), uint8(15), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, dim, k, how uint8) {
		d := int(dim%8) + 1
		m := simd.NewMatrix(min(len(data)/d, 200), d)
		for i := range m.Rows {
			for j := range d {
				// Small, large, negative and equal values.
				v := float32(int8(data[i*d+j]))
				m.Row(i)[j] = v * float32(math.Pow(10, float64(int8(data[i*d+j])%16)))
			}
		}
		p := DefaultParams()
		p.NEpochs, p.NNeighbors = 20, int(k%30)+2
		p.Metric = []string{Cosine, Euclidean}[how&1]
		p.Method = []string{UMAP, PCA}[how>>1&1]
		layout := fit(t, m, p)
		if v := trust(t, m, layout, p); !(v > -1e9 && v <= 1) {
			t.Errorf("trustworthiness %v", v)
		}
	})
}

// TestGroupsPart: points of a group lie together.
func TestGroupsPart(t *testing.T) {
	const centres = 6
	m := groups(300, 30, centres, 3)
	layout := fit(t, m, DefaultParams())
	near, err := newRun(t.Context(), Params{}, nil).neighbours(flat(layout), 6, Euclidean)
	if err != nil {
		t.Fatal(err)
	}
	other := 0
	for i := range layout {
		for _, j := range near.index[i*6 : i*6+6] {
			if int(j)%centres != i%centres {
				other++
			}
		}
	}
	if other > 0 {
		t.Errorf("%d of %d neighbours are of another group", other, 5*len(layout))
	}
}

func flat(layout [][2]float32) *simd.Matrix {
	m := simd.NewMatrix(len(layout), 2)
	for i, at := range layout {
		copy(m.Row(i), at[:])
	}
	return m
}

// TestCancel: the work ends soon, in each of its phases.
func TestCancel(t *testing.T) {
	m := groups(2000, 50, 8, 1)
	cause := errors.New("enough")
	for _, phase := range []string{PhasePCA, PhaseNeighbours, PhaseLayout} {
		ctx, cancel := context.WithCancelCause(t.Context())
		var asked time.Time
		_, err := Fit(ctx, m, DefaultParams(), func(now Progress) {
			if now.Phase == phase && asked.IsZero() {
				asked = time.Now()
				cancel(cause)
			}
		})
		if !errors.Is(err, cause) {
			t.Errorf("in %s: %v, want the cause", phase, err)
		}
		if spent := time.Since(asked); spent > time.Second {
			t.Errorf("in %s: ended after %v", phase, spent)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := Trustworthiness(ctx, m, make([][2]float32, 2000), 15, DefaultParams()); !errors.Is(err, cause) {
		t.Errorf("trustworthiness: %v, want the cause", err)
	}
}

// TestProgress: each phase counts up to its total, in order.
func TestProgress(t *testing.T) {
	var phases []string
	last := Progress{}
	p := DefaultParams()
	p.NEpochs = 30
	_, err := Fit(t.Context(), groups(300, 10, 3, 1), p, func(now Progress) {
		if now.Phase != last.Phase {
			if last.Done != last.Total {
				t.Errorf("%+v is the end of its phase", last)
			}
			phases = append(phases, now.Phase)
		} else if now.Done < last.Done || now.Done > now.Total {
			t.Errorf("%+v after %+v", now, last)
		}
		last = now
	})
	if err != nil || fmt.Sprint(phases) != fmt.Sprint([]string{PhasePCA, PhaseNeighbours, PhaseLayout}) || last.Done != 30 {
		t.Errorf("%v, phases %v, last %+v", err, phases, last)
	}
}

func TestRefuses(t *testing.T) {
	good := groups(5, 3, 1, 1)
	for name, change := range map[string]func(*Params){
		"method":      func(p *Params) { p.Method = "mds" },
		"metric":      func(p *Params) { p.Metric = "dot" },
		"n_neighbors": func(p *Params) { p.NNeighbors = 1 },
		"min_dist":    func(p *Params) { p.MinDist = math.NaN() },
		"n_epochs":    func(p *Params) { p.NEpochs = -1 },
		"workers":     func(p *Params) { p.Workers = -1 },
	} {
		p := DefaultParams()
		change(&p)
		var e *ParamError
		if _, err := Fit(t.Context(), good, p, nil); !errors.As(err, &e) || e.Param != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		m := groups(5, 3, 1, 1)
		m.Row(3)[1] = float32(bad)
		if _, err := Fit(t.Context(), m, DefaultParams(), nil); !errors.Is(err, ErrNotFinite) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	var e *ParamError
	if _, err := Fit(t.Context(), simd.NewMatrix(MaxPoints+1, 1), DefaultParams(), nil); !errors.As(err, &e) || e.Param != "points" {
		t.Errorf("too many points: %v", err)
	}
	if _, err := Trustworthiness(t.Context(), good, nil, 5, DefaultParams()); err == nil {
		t.Error("a layout of other points has a trustworthiness")
	}
}

// BenchmarkFit is what a map costs: 5,000 points of 100 dimensions.
func BenchmarkFit(b *testing.B) {
	m := groups(5000, 100, 60, 1)
	for _, method := range []string{UMAP, PCA} {
		b.Run(method, func(b *testing.B) {
			p := DefaultParams()
			p.Method = method
			for b.Loop() {
				if _, err := Fit(b.Context(), m, p, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTrustworthiness(b *testing.B) {
	m := groups(5000, 100, 60, 1)
	layout, err := Fit(b.Context(), m, Params{Method: PCA, Metric: Cosine, NNeighbors: 15}, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Trustworthiness(b.Context(), m, layout, 15, DefaultParams()); err != nil {
			b.Fatal(err)
		}
	}
}
