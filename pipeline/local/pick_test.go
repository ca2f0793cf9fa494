package local_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/local"
)

func newEngine(t testing.TB, cache string) *local.Engine {
	t.Helper()
	e, err := local.New(local.Options{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func newTable(t testing.TB, e *local.Engine, uri string) pipeline.Dataset {
	t.Helper()
	ds, err := e.Load(t.Context(), pipeline.Load{URI: uri, Title: "product_title", ID: "item_id"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// tagged carries a table through all steps.
func tagged(t testing.TB, e *local.Engine, ds pipeline.Dataset, seed uint64) pipeline.Dataset {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ds, err := e.Transform(ctx, ds, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}, nil)
	check(err)
	m, err := e.Fit(ctx, ds, pipeline.Word2Vec{
		VectorSize: 8, Window: 3, MinCount: 5, Negative: 3, Epochs: 1, Alpha: 0.05, MinAlpha: 0.001, Seed: seed, Workers: 1,
	}, nil)
	check(err)
	words, _ := m.(pipeline.WordModel)
	m, err = e.Fit(ctx, ds, pipeline.KMeans{Vectors: words, K: 5, MaxIter: 5, Init: "k-means++", Metric: "euclidean", Seed: seed}, nil)
	check(err)
	clusters, _ := m.(pipeline.ClusterModel)
	ds, err = e.Transform(ctx, ds, pipeline.Assign{Clusters: clusters}, nil)
	check(err)
	ds, err = e.Transform(ctx, ds, pipeline.Tag{Clusters: clusters, Method: pipeline.MethodRanked, Max: 2, Metric: "auto"}, nil)
	check(err)
	return ds
}

// TestFewRows compares a sample of few rows, which are fetched one by one from
// several files, their computed columns and the layer of tags, with the same
// sample of a scan over all rows.
func TestFewRows(t *testing.T) {
	e := newEngine(t, t.TempDir())
	out := filepath.Join(t.TempDir(), "receipts") + "/"
	if _, err := e.Write(t.Context(), newTable(t, e, "sample:receipts?n=30000&seed=3"),
		pipeline.Write{URI: out, Mode: "error", Partition: []string{"vendor"}, Compression: "snappy"}, nil); err != nil {
		t.Fatal(err)
	}
	ds := tagged(t, e, newTable(t, e, out), 1)
	columns := []string{"item_id", "vendor", "product_title", pipeline.TokensColumn, pipeline.ClusterColumn, pipeline.TagsColumn, "price"}
	all, err := e.Select(t.Context(), ds, pipeline.Selection{Columns: columns}, nil)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string][]any{}
	for _, row := range all.Rows {
		byID[fmt.Sprint(row[0])] = row
	}
	for seed := range uint64(need.Size(20, 5)) {
		few, err := e.Select(t.Context(), ds, pipeline.Selection{Columns: columns, Sample: pipeline.Share{Rows: 25}, Seed: seed}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(few.Rows) != 25 || few.Shows.Sample != 25 {
			t.Fatalf("seed %d: %d rows, %s", seed, len(few.Rows), few.Shows)
		}
		for _, row := range few.Rows {
			if d := cmp.Diff(byID[fmt.Sprint(row[0])], row); d != "" {
				t.Fatalf("seed %d: %s", seed, d)
			}
		}
		// An exploded list is one more way to look at the same rows.
		tags, err := e.Select(t.Context(), ds, pipeline.Selection{
			Columns: []string{"item_id", pipeline.TagsColumn}, Explode: pipeline.TagsColumn, Sample: pipeline.Share{Rows: 25}, Seed: seed,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, row := range few.Rows {
			list, _ := row[5].([]string)
			want += len(list)
		}
		if len(tags.Rows) != want {
			t.Fatalf("seed %d: %d tags, want %d", seed, len(tags.Rows), want)
		}
	}
}
