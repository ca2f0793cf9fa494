package local

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// TestT3WholeRunIsDeterministic runs all steps with one worker for training and any
// number for the rest, five times (with -short once) on 1, 2 and 8 processors:
// vectors, centres, tags and all that the steps tell are the same bytes. An order
// taken from a map would differ from run to run.
func TestT3WholeRunIsDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first map[string]string
	for i, procs := range slices.Repeat([]int{1, 2, 8}, need.Size(5, 1)) {
		runtime.GOMAXPROCS(procs)
		got := digests(t, 1+i%4)
		if first == nil {
			first = got
		}
		for what, sum := range got {
			if sum != first[what] {
				t.Errorf("run %d, on %d processors: other %s", i, procs, what)
			}
		}
	}
}

// digests does all steps with an engine and a cache of its own and returns the sha256
// of what comes out.
func digests(t *testing.T, workers int) map[string]string {
	t.Helper()
	e, err := New(Options{CacheDir: t.TempDir(), Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := t.Context()
	must := func(ds pipeline.Dataset, err error) pipeline.Dataset {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return ds
	}
	raw := must(e.Load(ctx, pipeline.Load{URI: "sample:receipts?n=1500&seed=1"}, nil))
	clean := must(e.Transform(ctx, raw, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}, nil))
	model, err := e.Fit(ctx, clean, pipeline.Word2Vec{
		VectorSize: 16, Window: 5, MinCount: 3, Negative: 5, Subsample: 1e-3, Epochs: 2, Alpha: 0.05, MinAlpha: 0.0001, Seed: 1, Workers: 1,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	words := model.(*artifact.WordModel)
	model, err = e.Fit(ctx, clean, pipeline.KMeans{
		Vectors: words, K: 10, MaxIter: 20, Tol: 1e-4, Init: "k-means++", Metric: "euclidean", Seed: 1,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	clusters := model.(*artifact.Clusters)
	tags := must(e.Transform(ctx, clean, pipeline.Tag{Clusters: clusters, Method: pipeline.MethodRanked, Max: 2, Near: 50, Metric: "auto"}, nil))
	table, err := e.Select(ctx, tags, pipeline.Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}

	sums := map[string]string{}
	sum := func(what string, write func(io.Writer) error) {
		h := sha256.New()
		if err := write(h); err != nil {
			t.Fatal(err)
		}
		sums[what] = fmt.Sprintf("%x", h.Sum(nil))
	}
	sum("vectors", func(w io.Writer) error { return words.Vectors.SaveWord2VecFormat(w, true) })
	sum("centres", func(w io.Writer) error { return json.NewEncoder(w).Encode(clusters.KMeans) })
	sum("rows", func(w io.Writer) error { return json.NewEncoder(w).Encode(table.Rows) })
	for what, facts := range map[string][]pipeline.Table{
		"facts of load": raw.Facts(), "facts of preprocess": clean.Facts(), "facts of train": words.Facts(),
		"facts of cluster": clusters.Facts(), "facts of tag": tags.Facts(),
	} {
		sum(what, func(w io.Writer) error { return json.NewEncoder(w).Encode(facts) })
	}
	return sums
}
