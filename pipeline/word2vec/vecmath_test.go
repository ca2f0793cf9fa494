package word2vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestLoopsAgreeWithTheObvious(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	for n := range 40 {
		a, b, c := random(n), random(n), random(n)
		g := float32(r.NormFloat64())

		var want float64
		for i := range a {
			want += float64(a[i]) * float64(b[i])
		}
		if got := dot(a, b); math.Abs(float64(got)-want) > 1e-5 {
			t.Errorf("dot of %d numbers is %g, want %g", n, got, want)
		}
		if got := exactDot(a, b); math.Abs(got-want) > 1e-12 {
			t.Errorf("exactDot of %d numbers is %g, want %g", n, got, want)
		}

		sum := append([]float32(nil), b...)
		addScaled(g, a, sum)
		out, grad := append([]float32(nil), b...), append([]float32(nil), c...)
		step(g, a, out, grad)
		for i := range a {
			if want := b[i] + g*a[i]; !near(sum[i], want) || !near(out[i], want) {
				t.Errorf("%d of %d: addScaled %g, step %g, want %g", i, n, sum[i], out[i], want)
			}
			if want := c[i] + g*b[i]; !near(grad[i], want) {
				t.Errorf("%d of %d: the gradient is %g, want %g", i, n, grad[i], want)
			}
		}
	}
}

func near(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-5 }

func TestSigmoidTable(t *testing.T) {
	table := newSigmoidTable()
	for x := float32(-20); x < 20; x += 0.0007 {
		if got, want := float64(table.at(x)), 1/(1+math.Exp(-float64(x))); math.Abs(got-want) > 4e-6 {
			t.Fatalf("sigmoid of %g is %g, want %g", x, got, want)
		}
	}
	for _, x := range []float32{-8, 8, math.Nextafter32(8, 0), math.Nextafter32(-8, 0), -1000, 1000} {
		if got, want := float64(table.at(x)), 1/(1+math.Exp(-float64(x))); math.Abs(got-want) > 4e-6 {
			t.Errorf("sigmoid of %g is %g, want %g", x, got, want)
		}
	}
}

func TestLogLoss(t *testing.T) {
	for x := -30.0; x < 30; x += 0.1 {
		if got, want := logLoss(x), -math.Log(1/(1+math.Exp(-x))); math.Abs(got-want) > 1e-9*max(1, want) {
			t.Errorf("loss of %g is %g, want %g", x, got, want)
		}
	}
	if got := logLoss(-900); got != 900 {
		t.Errorf("loss of -900 is %g", got)
	}
}
