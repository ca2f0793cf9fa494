package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/word2vec"
)

var update = flag.Bool("update", false, "write the files in testdata")

// A model answers everything after it was loaded as it did before it was saved.
func TestModelRoundTrip(t *testing.T) {
	titles := receiptTitles(t, 600)
	for name, stop := range map[string]string{"English stop words": "", "own stop words": "organic\nGroß # big\nl'eau"} {
		t.Run(name, func(t *testing.T) {
			c := trainSmall(t, titles, 12, 6, stop)
			probes := append(slices.Clone(titles[:40]), "", "zzz", "Organic l'Eau de Fromage, 12 oz")
			for _, m := range []pipeline.Model{c, c.WordModel} {
				dir := filepath.Join(t.TempDir(), "m")
				if err := SaveModel(t.Context(), dir, m, lineageOf(t, c)); err != nil {
					t.Fatal(err)
				}
				if err := SaveModel(t.Context(), dir, m, nil); !errors.Is(err, fs.ErrExist) {
					t.Errorf("saved over another: %v", err)
				}
				if err := ReplaceModel(t.Context(), dir, m, lineageOf(t, c)); err != nil {
					t.Errorf("replacing: %v", err)
				}
				got, _, err := OpenModel(t.Context(), dir)
				if err != nil {
					t.Fatal(err)
				}
				if want, got := answers(t, m, probes), answers(t, got, probes); got != want {
					t.Errorf("%T: after loading\n%s\nbefore\n%s", m, got, want)
				}
			}
		})
	}
}

// Parts that a cache keeps in different folders find each other again, and
// nothing else.
func TestPartsRoundTrip(t *testing.T) {
	titles := receiptTitles(t, 300)
	c, other := trainSmall(t, titles, 8, 4, ""), trainSmall(t, titles[:200], 8, 4, "")
	dir, ctx := t.TempDir(), t.Context()
	d, w, k := filepath.Join(dir, "d"), filepath.Join(dir, "w"), filepath.Join(dir, "k")
	if err := errors.Join(WriteDictionary(ctx, d, c.Dictionary), WriteWords(ctx, w, c.WordModel), WriteClusters(ctx, k, c)); err != nil {
		t.Fatal(err)
	}
	dict, err := ReadDictionary(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	words, err := ReadWords(ctx, w, dict)
	if err != nil {
		t.Fatal(err)
	}
	clusters, err := ReadClusters(ctx, k, words)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := answers(t, c, titles[:20]), answers(t, clusters, titles[:20]); got != want {
		t.Errorf("after loading\n%s\nbefore\n%s", got, want)
	}
	if clusters.Dictionary != dict || words.Dictionary != dict {
		t.Error("the parts do not share the dictionary")
	}
	if _, err := ReadWords(ctx, w, other.Dictionary); !errors.Is(err, lake.ErrCorrupt) {
		t.Errorf("vectors with another dictionary: %v", err)
	}
	if _, err := ReadClusters(ctx, k, other.WordModel); !errors.Is(err, lake.ErrCorrupt) {
		t.Errorf("clusters with other vectors: %v", err)
	}
	if _, err := ReadDictionary(ctx, w); !errors.Is(err, lake.ErrCorrupt) || !strings.Contains(err.Error(), `it holds "words   "`) {
		t.Errorf("words as a dictionary: %v", err)
	}
}

// A model without typical titles, of one cluster, and words that no title
// spells as they are counted.
func TestModelOddities(t *testing.T) {
	c := trainSmall(t, handWritten(t), 4, 1, "")
	c.typical = nil
	c.SetFacts(nil)
	dir := filepath.Join(t.TempDir(), "m")
	if err := SaveModel(t.Context(), dir, c, nil); err != nil {
		t.Fatal(err)
	}
	m, f, err := OpenModel(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := answers(t, c, nil), answers(t, m, nil); got != want {
		t.Errorf("after loading\n%s\nbefore\n%s", got, want)
	}
	if f.Manifest().Bytes() == 0 || f.Dir() != dir {
		t.Errorf("%d bytes at %s", f.Manifest().Bytes(), f.Dir())
	}
}

func TestSaveModelRefuses(t *testing.T) {
	c := trainSmall(t, handWritten(t), 4, 2, "")
	stranger, err := word2vec.NewKeyedVectors([]string{"nowhere"}, nil, 4, make([]float32, 4))
	if err != nil {
		t.Fatal(err)
	}
	odd := NewWordModel(c.Dictionary, stranger, c.Params, nil, c.Origin())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "m")
	for name, tc := range map[string]struct {
		ctx  context.Context
		m    pipeline.Model
		want string
	}{
		"a vector without a word": {t.Context(), odd, "not in the dictionary"},
		"another engine's":        {t.Context(), foreign{}, "cannot be saved from here"},
		"cancelled":               {cancelled, c, "canceled"},
	} {
		if err := SaveModel(tc.ctx, dir, tc.m, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := names(t, filepath.Dir(dir)); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	if err := SaveModel(t.Context(), dir, c, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenModel(cancelled, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("opening, cancelled: %v", err)
	}
	commit(t, filepath.Join(t.TempDir(), "table"), "table")
}

type foreign struct{}

func (foreign) Facts() []pipeline.Table { return nil }
func (foreign) Origin() pipeline.Origin { return pipeline.Origin{} }

// Bar T7: a full disk while a section is written.
func TestT7FullDisk(t *testing.T) {
	c := trainSmall(t, handWritten(t), 4, 2, "")
	for name, write := range map[string]func(path string) error{
		"dictionary": func(path string) error { return WriteDictionary(t.Context(), path, c.Dictionary) },
		"words":      func(path string) error { return WriteWords(t.Context(), path, c.WordModel) },
		"clusters":   func(path string) error { return WriteClusters(t.Context(), path, c) },
	} {
		if err := write("/dev/full"); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "m")
	if err := SaveModel(t.Context(), dir, c, nil); err != nil {
		t.Fatal(err)
	}
	want := answers(t, c, nil)
	for at := 1; ; at++ {
		d := &faultDisk{disk: realDisk{}, at: at, fault: func() error { return syscall.ENOSPC }}
		err := saveModel(t.Context(), d, dir, c.WordModel, nil, (*Builder).CommitReplacing)
		m, _, openErr := OpenModel(t.Context(), dir)
		if openErr != nil {
			t.Fatalf("call %d: %v", at, openErr)
		}
		if d.calls < at {
			if _, ok := m.(*WordModel); err != nil || !ok {
				t.Errorf("without a fault: %T, %v", m, err)
			}
			return
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("call %d: %v", at, err)
		}
		if c, ok := m.(*Clusters); ok && answers(t, c, nil) != want {
			t.Errorf("call %d: the old model says something else", at)
		}
		if err := SweepTemp(filepath.Dir(dir), 0); err != nil {
			t.Error(err)
		}
	}
}

// Bar T8: the folder that format 1 wrote is read, and says what it said.
func TestT8Format1(t *testing.T) {
	const dir, golden = "testdata/format1", "testdata/format1.golden"
	titles := handWritten(t)
	if *update {
		c := trainSmall(t, titles, 8, 3, "")
		if err := ReplaceModel(t.Context(), dir, c, lineageOf(t, c)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(summary(t, c, titles)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	m, f, err := OpenModel(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if f.Manifest().Major != 1 {
		t.Errorf("format %d", f.Manifest().Major)
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := m.(*Clusters)
	if !ok {
		t.Fatalf("%T", m)
	}
	if got := summary(t, c, titles); got != string(want) {
		t.Errorf("it says\n%s\nand said\n%s", got, want)
	}
}

// summary is a few lines about a model: its titles' clusters and tags.
func summary(t testing.TB, c *Clusters, titles []string) string {
	t.Helper()
	var b strings.Builder
	for _, title := range titles {
		x, err := c.Explain(title, pipeline.Tag{Method: pipeline.MethodRanked, Max: 2, Metric: "auto"})
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal([]any{x.Title, x.Cluster, math.Round(x.Distance*1e4) / 1e4, x.Tags})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// Bar T10: a model knows its origin up to the files, with their fingerprint,
// every parameter, the seed and the version of the code.
func TestT10Origin(t *testing.T) {
	c := trainSmall(t, handWritten(t), 4, 2, "")
	dir := filepath.Join(t.TempDir(), "m")
	if err := SaveModel(t.Context(), dir, c, lineageOf(t, c)); err != nil {
		t.Fatal(err)
	}
	m, f, err := OpenModel(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	got := f.Manifest()
	if got.Gondola != programVersion() || got.Origin.Hash != c.Origin().Hash || m.Origin().Hash != c.Origin().Hash {
		t.Errorf("manifest of %s with origin %s, model %s", got.Gondola, got.Origin.Hash, m.Origin().Hash)
	}
	known := map[string]pipeline.Origin{got.Origin.Hash: got.Origin}
	for _, o := range got.Lineage {
		known[o.Hash] = o
	}
	var verbs []string
	var walk func(hash string)
	walk = func(hash string) {
		o, ok := known[hash]
		if !ok {
			verbs = append(verbs, hash)
			return
		}
		verbs = append(verbs, o.Verb)
		if o.Code != "test "+o.Verb+" 1" || len(o.Params) == 0 || o.Made.IsZero() {
			t.Errorf("%s: code %q, parameters %s, made %s", o.Verb, o.Code, o.Params, o.Made)
		}
		for _, in := range o.Inputs {
			walk(in)
		}
	}
	walk(got.Origin.Hash)
	if want := "cluster preprocess load fingerprint of titles.csv train preprocess load fingerprint of titles.csv"; strings.Join(verbs, " ") != want {
		t.Errorf("lineage %q, want %q", strings.Join(verbs, " "), want)
	}
	var params struct{ Seed, VectorSize, Epochs int }
	if err := json.Unmarshal(got.Lineage[0].Params, &params); err != nil || params.Seed != 7 || params.VectorSize != 4 || params.Epochs != 2 {
		t.Errorf("training by %s: %v", got.Lineage[0].Params, err)
	}
}
