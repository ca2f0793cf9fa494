package main

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"gondola/pipeline"
	"gondola/pipeline/word2vec"
	"gondola/session"
)

// TestTrainDefaults: the language and the package that trains have the same
// defaults, though neither may import the other.
func TestTrainDefaults(t *testing.T) {
	s, err := session.New(session.Config{Engines: map[string]session.Opener{
		session.LocalEngine: func(context.Context) (pipeline.Engine, error) { return nil, fmt.Errorf("not wanted here") },
	}})
	if err != nil {
		t.Fatal(err)
	}
	train, ok := s.Grammar().Lookup("train")
	if !ok {
		t.Fatal("no train")
	}
	p := word2vec.DefaultParams()
	want := map[string]float64{
		"vector-size": float64(p.VectorSize), "window": float64(p.Window), "min-count": float64(p.MinCount),
		"negative": float64(p.Negative), "subsample": p.Subsample, "epochs": float64(p.Epochs),
		"alpha": p.Alpha, "min-alpha": p.MinAlpha, "seed": float64(p.Seed),
	}
	for _, f := range train.Flags {
		if x, ok := want[f.Name]; ok {
			got, err := strconv.ParseFloat(f.Default, 64)
			if err != nil || got != x {
				t.Errorf("--%s is %s by default, the trainer's is %v", f.Name, f.Default, x)
			}
			delete(want, f.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("no flags for %v", want)
	}
}
