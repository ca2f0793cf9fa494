package tag

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestFitWeightsFindsThem draws labels from known weights and fits them back.
func TestFitWeightsFindsThem(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	want := Weights{DF: 0.9, HeadPrior: 0.8, Last: 1.6, BeforeLast: 0.9, Cos: 3, Entropy: -1}
	examples := make([]Example, 60_000)
	for i := range examples {
		e := &examples[i]
		for j := range e.Features {
			e.Features[j] = rng.NormFloat64()
		}
		e.Weight = 1
		e.Hit = rng.Float64() < 1/(1+math.Exp(2-want.Score(e.Features)))
	}
	fit, err := FitWeights(examples)
	if err != nil {
		t.Fatal(err)
	}
	got := fit.weightList()
	for i, w := range (Fit{Weights: want}).weightList() {
		if math.Abs(got[i]-w) > 0.1 {
			t.Errorf("weight %d: %.3f, want %.1f", i, got[i], w)
		}
	}
	if math.Abs(fit.Intercept+2) > 0.1 || fit.Iterations > 20 || fit.LogLoss <= 0 {
		t.Errorf("%+v", fit)
	}
}

func (f Fit) weightList() []float64 {
	w := f.Weights
	return []float64{w.DF, w.HeadPrior, w.Last, w.BeforeLast, w.Cos, w.Entropy}
}

// TestFitWeightsCountsWeights: an example of weight 2 is two examples.
func TestFitWeightsCountsWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	var once, twice []Example
	for range 400 {
		e := Example{Features: Features{rng.NormFloat64(), rng.NormFloat64()}, Hit: rng.IntN(3) == 0, Weight: float64(1 + rng.IntN(2))}
		once = append(once, e)
		for range int(e.Weight) {
			one := e
			one.Weight = 1
			twice = append(twice, one)
		}
	}
	a, err := FitWeights(once)
	if err != nil {
		t.Fatal(err)
	}
	b, err := FitWeights(twice)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range a.weightList() {
		if math.Abs(w-b.weightList()[i]) > 1e-6 {
			t.Errorf("%+v against %+v", a, b)
		}
	}
}

func TestFitWeightsErrors(t *testing.T) {
	hit := Example{Hit: true, Weight: 1}
	miss := Example{Weight: 1}
	for name, examples := range map[string][]Example{
		"none":       nil,
		"hits only":  {hit, hit},
		"no hits":    {miss},
		"weight":     {hit, miss, {Weight: -1}},
		"NaN weight": {hit, miss, {Weight: math.NaN()}},
		"NaN":        {hit, miss, {Features: Features{math.NaN()}, Weight: 1}},
	} {
		if fit, err := FitWeights(examples); err == nil {
			t.Errorf("%s: %+v", name, fit)
		}
	}
	// Separable examples stay finite.
	fit, err := FitWeights([]Example{{Features: Features{1}, Hit: true, Weight: 1}, {Features: Features{-1}, Weight: 1}})
	if err != nil || math.IsNaN(fit.Weights.DF) || fit.Weights.DF <= 0 {
		t.Errorf("separable: %+v, %v", fit, err)
	}
}
