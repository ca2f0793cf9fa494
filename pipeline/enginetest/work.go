package enginetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gondola/pipeline"
)

// work is one call of an engine that takes a while. It is done anew each time.
type work struct {
	name string
	verb string // Progress.Step
	// call does it and says whether anything came back.
	call func(ctx context.Context, report pipeline.Report) (got bool, err error)
	// out is the folder in which it writes; empty when it writes nothing.
	out string
	// lazy work may have nothing to do, and so nothing to report.
	lazy bool
}

// works returns every method on a table of some size.
func (s *suite) works(t *testing.T) []work { return s.worksOn(t, s.rounds(500, 1_500, 50_000)) }

// worksOn returns every method on a table of so many rows.
func (s *suite) worksOn(t *testing.T, rows int) []work {
	t.Helper()
	if list := s.calls[rows]; list != nil {
		return list
	}
	in := fmt.Sprintf("in%d", rows)
	path := newCorpus(7, rows).file(t, s.shared(t, in))
	raw := s.mustLoad(t, pipeline.Load{URI: path})
	clean := s.mustTransform(t, raw, plainPreprocess())
	words := s.mustTrain(t, clean, smallWord2Vec())
	clusters := s.mustCluster(t, clean, smallKMeans(words, topics))
	tags := s.mustTransform(t, clean, smallTag(clusters, pipeline.MethodRanked))
	parquet := filepath.Join(s.shared(t, in), "t.parquet")
	s.mustWrite(t, raw, pipeline.Write{URI: parquet, Mode: "error"})

	load := func(uri string) func(context.Context, pipeline.Report) (bool, error) {
		return func(ctx context.Context, report pipeline.Report) (bool, error) {
			ds, err := s.engine.Load(ctx, pipeline.Load{URI: uri, Force: true}, report)
			return ds != nil, err
		}
	}
	transform := func(ds pipeline.Dataset, tr pipeline.Transformer) func(context.Context, pipeline.Report) (bool, error) {
		return func(ctx context.Context, report pipeline.Report) (bool, error) {
			out, err := s.engine.Transform(ctx, ds, tr, report)
			return out != nil, err
		}
	}
	fit := func(e pipeline.Estimator) func(context.Context, pipeline.Report) (bool, error) {
		return func(ctx context.Context, report pipeline.Report) (bool, error) {
			model, err := s.engine.Fit(ctx, clean, e, report)
			return model != nil, err
		}
	}
	list := []work{
		{name: "LoadCSV", verb: "load", call: load(path)},
		{name: "LoadParquet", verb: "load", call: load(parquet), lazy: true},
		{name: "Preprocess", verb: "preprocess", call: transform(raw, plainPreprocess())},
		{name: "Phrases", verb: "preprocess", call: transform(raw, phrasePreprocess())},
		{name: "Train", verb: "train", call: fit(smallWord2Vec())},
		{name: "Cluster", verb: "cluster", call: fit(smallKMeans(words, topics))},
		{name: "Assign", verb: "assign", call: transform(clean, pipeline.Assign{Clusters: clusters}), lazy: true},
		{name: "Select", verb: "select", call: func(ctx context.Context, report pipeline.Report) (bool, error) {
			table, err := s.engine.Select(ctx, tags, pipeline.Selection{
				By: []string{pipeline.TagsColumn}, Explode: pipeline.TagsColumn, Measures: []pipeline.Measure{{Func: pipeline.Count}},
			}, report)
			return table != nil, err
		}},
	}
	if s.projector != nil {
		list = append(list, work{name: "Project", verb: "map", call: func(ctx context.Context, report pipeline.Report) (bool, error) {
			table, err := s.projector.Project(ctx, pipeline.Projection{
				Clusters: clusters, Titles: clean, N: 60, Method: pipeline.ProjectUMAP, Metric: "cosine", NNeighbors: 5,
			}, report)
			return table != nil, err
		}})
	}
	for _, method := range methods() {
		step := smallTag(clusters, method)
		step.Force = true
		list = append(list, work{name: "Tag" + method, verb: "tag", call: transform(clean, step)})
	}
	for name, out := range map[string]string{"WriteParquet": "out.parquet", "WriteCSV": "out.csv", "WriteFolder": "out/"} {
		dir := s.shared(t, fmt.Sprint(name, rows))
		list = append(list, work{name: name, verb: "write", out: dir, call: func(ctx context.Context, report pipeline.Report) (bool, error) {
			written, err := s.engine.Write(ctx, tags, pipeline.Write{URI: filepath.Join(dir, out) + trailing(out), Mode: "overwrite", Force: true}, report)
			return written.Rows > 0 || len(written.Files) > 0, err
		}})
	}
	if s.calls == nil {
		s.calls = map[int][]work{}
	}
	s.calls[rows] = list
	return list
}

// shared returns a folder that stays until the suite is over.
func (s *suite) shared(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(s.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
