package local

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"testing"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/simd"
)

// TestCodeVersions holds what each step makes of a small table. When the
// result of a step changes, its version in codeOf must rise, or else an older
// gondola's results would be served for those of this one.
func TestCodeVersions(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Log("only the text steps are compared: floating point differs in its last bits between processors")
	}
	plain, err := simd.ByName("go") // other kernels round differently
	check(t, err)
	e, err := New(Options{CacheDir: t.TempDir(), Kernels: plain})
	check(t, err)
	defer func() { check(t, e.Close()) }()
	got := map[string]string{}
	rows := func(verb string, ds pipeline.Dataset, columns ...string) {
		table, err := e.Select(t.Context(), ds, pipeline.Selection{Columns: columns}, nil)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		fmt.Fprint(h, table.Rows)
		got[verb] = version(t, verb, h.Sum(nil))
	}
	numbers := func(verb string, values []float32) {
		h := sha256.New()
		for _, v := range values {
			_ = binary.Write(h, binary.LittleEndian, math.Float32bits(v)) // a hash takes everything
		}
		got[verb] = version(t, verb, h.Sum(nil))
	}
	ds, err := e.Load(t.Context(), pipeline.Load{URI: "sample:receipts?n=2000&seed=11", Title: "product_title", ID: "item_id"}, nil)
	check(t, err)
	rows("load", ds)
	ds, err = e.Transform(t.Context(), ds, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}, nil)
	check(t, err)
	rows("preprocess", ds, "tokens")
	m, err := e.Fit(t.Context(), ds, pipeline.Word2Vec{
		VectorSize: 8, Window: 5, MinCount: 2, Negative: 5, Subsample: 1e-3, Epochs: 2, Alpha: 0.05, MinAlpha: 0.0001, Shared: 4, Fold: 4, Seed: 1, Workers: 1,
	}, nil)
	check(t, err)
	words, _ := m.(*artifact.WordModel)
	numbers("train", words.Vectors.Data())
	m, err = e.Fit(t.Context(), ds, pipeline.KMeans{Vectors: words, K: 7, MaxIter: 20, Tol: 1e-4, Init: "k-means++", Metric: "euclidean", Seed: 1}, nil)
	check(t, err)
	clusters, _ := m.(*artifact.Clusters)
	numbers("cluster", clusters.KMeans.Centres)
	for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear} {
		tags, err := e.Transform(t.Context(), ds, pipeline.Tag{Clusters: clusters, Method: method, Max: 2, Near: 20, Metric: "auto"}, nil)
		check(t, err)
		rows("tag", tags, "tags")
		if method == pipeline.MethodRanked {
			got["ranked"] = got["tag"]
		}
	}
	want := map[string]string{
		"load":       "local load 2 6712a8b19c5e",
		"preprocess": "local preprocess 4 512e752e7093",
		"train":      "local train 5 bfbf9419ceeb",
		"cluster":    "local cluster 3 6e6ef8101ca9",
		"ranked":     "local tag 1 20a23e6e2281",
		"tag":        "local tag 1 d4cd922a2aa9",
	}
	for verb, w := range want {
		text := verb == "load" || verb == "preprocess"
		if got[verb] != w && (text || runtime.GOARCH == "amd64") {
			t.Errorf("%s gives %q, it was %q: raise its number in codeOf, and put the new line here", verb, got[verb], w)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// version is the number of a step's code beside what it made.
func version(t *testing.T, verb string, sum []byte) string {
	t.Helper()
	code, err := codeOf(map[string]pipeline.Step{
		"load": pipeline.Load{}, "preprocess": pipeline.Preprocess{}, "train": pipeline.Word2Vec{},
		"cluster": pipeline.KMeans{}, "tag": pipeline.Tag{},
	}[verb])
	check(t, err)
	return code + " " + hex.EncodeToString(sum[:6])
}
