package word2vec

import (
	"errors"
	"math"
	"testing"
)

func TestValidateNamesTheParameter(t *testing.T) {
	if err := DefaultParams().Validate(); err != nil {
		t.Fatalf("defaults: %v", err)
	}
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		want   string // "": valid
		change func(*Params)
	}{
		{"vector_size", func(p *Params) { p.VectorSize = 0 }},
		{"vector_size", func(p *Params) { p.VectorSize = maxVectorSize + 1 }},
		{"", func(p *Params) { p.VectorSize = 1 }},
		{"window", func(p *Params) { p.Window = 0 }},
		{"min_count", func(p *Params) { p.MinCount = 0 }},
		{"negative", func(p *Params) { p.Negative = -1 }},
		{"negative", func(p *Params) { p.Negative = 0 }},
		{"", func(p *Params) { p.Negative, p.HS = 0, true }},
		{"", func(p *Params) { p.HS = true }},
		{"epochs", func(p *Params) { p.Epochs = 0 }},
		{"subsample", func(p *Params) { p.Subsample = -1 }},
		{"subsample", func(p *Params) { p.Subsample = nan }},
		{"", func(p *Params) { p.Subsample = 0 }},
		{"", func(p *Params) { p.Subsample = 100 }},
		{"alpha", func(p *Params) { p.Alpha = 0 }},
		{"alpha", func(p *Params) { p.Alpha = inf }},
		{"min_alpha", func(p *Params) { p.MinAlpha = -0.1 }},
		{"min_alpha", func(p *Params) { p.MinAlpha = 0.06 }},
		{"", func(p *Params) { p.MinAlpha = p.Alpha }},
		{"ns_exponent", func(p *Params) { p.NSExponent = nan }},
		{"ns_exponent", func(p *Params) { p.NSExponent = 11 }},
		{"", func(p *Params) { p.NSExponent = -0.5 }},
		{"workers", func(p *Params) { p.Workers = 0 }},
	}
	for _, test := range tests {
		p := DefaultParams()
		test.change(&p)
		err := p.Validate()
		var wrong *ParamError
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%+v: %v", p, err)
		case test.want != "" && (!errors.As(err, &wrong) || wrong.ParamName() != test.want):
			t.Errorf("%+v: got %v, want an error about %s", p, err, test.want)
		}
	}
}

func TestParamErrorSaysWhatToDo(t *testing.T) {
	p := DefaultParams()
	p.MinAlpha = 0.1
	if got, want := p.Validate().Error(), "min_alpha = 0.1: must not be above alpha (0.05)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMetricFollowsTheObjective(t *testing.T) {
	want := map[string]Metric{"sg-ns": Dot, "cbow-ns": Dot, "sg-hs": Cosine, "cbow-hs": Cosine, "sg-ns-pairs": Dot, "sg-hs-pairs": Cosine}
	for name, p := range objectives() {
		if got := p.Metric(); got != want[name] {
			t.Errorf("%s: got %v, want %v", name, got, want[name])
		}
	}
}
