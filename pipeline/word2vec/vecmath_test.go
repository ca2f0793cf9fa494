package word2vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExactDot(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	for n := range 40 {
		a, b := random(n), random(n)

		var want float64
		for i := range a {
			want += float64(a[i]) * float64(b[i])
		}
		if got := exactDot(a, b); math.Abs(got-want) > 1e-12 {
			t.Errorf("exactDot of %d numbers is %g, want %g", n, got, want)
		}
	}
}

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
