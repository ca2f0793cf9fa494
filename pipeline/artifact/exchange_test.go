package artifact

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/kmeans"
)

func TestStore(t *testing.T) {
	ctx := t.Context()
	s := Store{Dir: filepath.Join(t.TempDir(), "data", "models")}
	if list, err := s.List(ctx); err != nil || len(list) != 0 {
		t.Errorf("a store that is not there yet: %v, %v", list, err)
	}
	c := trainSmall(t, handWritten(t), 4, 3, "")
	lineage := lineageOf(t, c)
	saved, err := s.Save(ctx, "lamps", c, lineage, false)
	if err != nil {
		t.Fatal(err)
	}
	if saved.Name != "lamps" || saved.Kind != "clusters" || saved.K != 3 || saved.Dim != 4 || saved.Words != int64(c.Words()) ||
		saved.Bytes == 0 || saved.From() != "titles.csv" || saved.Origin.Hash != c.Origin().Hash {
		t.Errorf("saved %+v", saved)
	}
	if _, err := s.Save(ctx, "lamps", c.WordModel, lineage, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("saved twice: %v", err)
	}
	if _, err := s.Save(ctx, "w2v.1", c.WordModel, lineage, true); err != nil {
		t.Error(err)
	}
	if err := os.MkdirAll(filepath.Join(s.Dir, "broken"), 0o777); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range list {
		lines = append(lines, m.Name+" "+m.Kind+" "+m.From())
		if (m.Problem == "") != (m.Name != "broken") {
			t.Errorf("%s: %q", m.Name, m.Problem)
		}
	}
	if want := []string{"broken  ", "lamps clusters titles.csv", "w2v.1 words titles.csv"}; !slices.Equal(lines, want) {
		t.Errorf("list %q, want %q", lines, want)
	}
	m, got, err := s.Load(ctx, "lamps")
	if err != nil {
		t.Fatal(err)
	}
	if answers(t, m, handWritten(t)) != answers(t, c, handWritten(t)) || got.Name != "lamps" || len(got.Lineage) != len(lineage) {
		t.Errorf("loaded %+v", got)
	}
	if m, got, err := s.Load(ctx, filepath.Join(s.Dir, "w2v.1")); err != nil || got.Name != "" || m.Origin().Hash != c.WordModel.Origin().Hash {
		t.Errorf("by its path: %+v, %v", got, err)
	}
	for name, want := range map[string]string{
		"lamp": "did you mean lamps?", "nowhere": "model ls lists", "../x": "no such model", "": "no such model", "nowhere/x.bin": "no such model",
	} {
		var param *pipeline.ParamError
		if _, _, err := s.Load(ctx, name); !errors.As(err, &param) || !strings.Contains(err.Error(), want) {
			t.Errorf("load %q: %v, want %q", name, err, want)
		}
	}
	if _, _, err := s.Load(ctx, "broken"); err == nil {
		t.Error("a broken model was loaded")
	}
	if err := s.Remove(ctx, "lamps"); err != nil {
		t.Error(err)
	}
	if err := s.Remove(ctx, "lamps"); err == nil || !strings.Contains(err.Error(), "no such model") {
		t.Errorf("removed twice: %v", err)
	}
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "/etc", ".hidden", "-x", "a b", "a.", "ü", "a\n", "a\x00", strings.Repeat("a", 65)} {
		var param *pipeline.ParamError
		if _, err := s.Save(ctx, name, c, nil, true); !errors.As(err, &param) {
			t.Errorf("saved as %q: %v", name, err)
		}
		if err := s.Remove(ctx, name); !errors.As(err, &param) {
			t.Errorf("removed %q: %v", name, err)
		}
	}
	if got := names(t, s.Dir); !slices.Equal(got, []string{"broken", "w2v.1"}) {
		t.Errorf("left: %q", got)
	}
}

// Every format that Export writes is one that Load reads, with the same words
// and vectors.
func TestExportImport(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := Store{Dir: filepath.Join(dir, "models")}
	c := trainSmall(t, handWritten(t), 4, 3, "")
	want, err := c.Vectors.MostSimilar([]string{"lamp"}, nil, 5) // words as they are counted: others know no more
	if err != nil {
		t.Fatal(err)
	}
	for name, format := range map[string]string{
		"v.bin": "word2vec", "v.txt": "word2vec text", "v.vec": "word2vec text", "v.kv": "gensim", "v.spark": "spark", "folder": "gondola", "my.folder/": "gondola",
	} {
		for _, m := range []pipeline.Model{c, c.WordModel} {
			path := filepath.Join(dir, name)
			if strings.HasSuffix(name, "/") {
				path += "/"
			}
			out, err := s.Export(ctx, path, m, nil, true)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if out.Format != format || out.Bytes == 0 || out.Words != int64(c.Words()) {
				t.Errorf("%s: %+v", name, out)
			}
			if _, err := s.Export(ctx, path, m, nil, false); !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s: written twice: %v", name, err)
			}
			back, in, err := s.Load(ctx, path)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if in.Format != format || in.Words != out.Words || in.Dim != 4 {
				t.Errorf("%s: loaded %+v", name, in)
			}
			words, ok := back.(pipeline.WordModel)
			if !ok {
				t.Fatalf("%s: %T", name, back)
			}
			got, err := words.MostSimilar([]string{"lamp"}, nil, 5, "cosine")
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				word := want[i].Word
				if format == formatGondola {
					word = c.Dictionary.Shown(word)
				}
				if d := got[i].Similarity - want[i].Similarity; got[i].Word != word || d > 1e-6 || d < -1e-6 {
					t.Errorf("%s: near lamp %v, want %v", name, got[i], want[i])
				}
			}
		}
	}
	if got, want := names(t, dir), []string{"folder", "my.folder", "v.bin", "v.kv", "v.spark", "v.txt", "v.vec"}; !slices.Equal(got, want) {
		t.Errorf("written: %q", got)
	}
	for _, name := range []string{"v.xyz", "v.model", "v.csv"} {
		var param *pipeline.ParamError
		if _, err := s.Export(ctx, filepath.Join(dir, name), c, nil, true); !errors.As(err, &param) {
			t.Errorf("%s: %v", name, err)
		}
	}
	letters := filepath.Join(dir, "letters.spark")
	if err := os.MkdirAll(filepath.Join(letters, "dear"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Export(ctx, letters, c, nil, true); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over letters: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for _, name := range []string{"v.bin", "v.kv", "v.spark", "folder"} {
		if _, _, err := s.Load(cancelled, filepath.Join(dir, name)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", name, err)
		}
		if _, err := s.Export(cancelled, filepath.Join(dir, "not", name), c, nil, false); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, written though cancelled: %v", name, err)
		}
	}
	if got := names(t, filepath.Join(dir, "not")); len(got) != 0 {
		t.Errorf("left by cancelled writers: %q", got)
	}
}

func TestSparkCentresRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m.spark")
	c := trainSmall(t, handWritten(t), 4, 3, "")
	if _, err := exportSpark(t.Context(), dir, c.WordModel, c, false); err != nil {
		t.Fatal(err)
	}
	m, err := ReadSparkCentres(t.Context(), filepath.Join(dir, sparkCentresDir))
	if err != nil {
		t.Fatal(err)
	}
	if m.K != 3 || m.Dim != 4 || m.Metric != kmeans.Euclidean || !slices.Equal(m.Centres, c.KMeans.Centres) {
		t.Errorf("%+v", m)
	}
	if _, err := ReadSparkCentres(t.Context(), filepath.Join(dir, sparkWordsDir)); err == nil || !strings.Contains(err.Error(), "a model of class") {
		t.Errorf("words as centres: %v", err)
	}
	// Damage of the data is an error and no panic.
	part := filepath.Join(dir, sparkCentresDir, "data", "part-00000.parquet")
	whole, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for at := 0; at < len(whole); at += 4 {
		b := slices.Clone(whole)
		b[at] ^= 0xff
		if err := os.WriteFile(part, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSparkCentres(t.Context(), filepath.Join(dir, sparkCentresDir)); err != nil {
			refused++
		}
	}
	if refused < len(whole)/16 { // a byte of a value or of a statistic is only another number
		t.Errorf("%d of %d damaged files refused", refused, len(whole)/4)
	}
	for name, rows := range map[string][]lake.SparkCentre{
		"none":         {{ClusterIdx: 0}},
		"a gap":        {{ClusterIdx: 1, ClusterCenter: &lake.SparkVector{Type: 1, Values: []float64{1}}}},
		"uneven":       {{ClusterIdx: 0, ClusterCenter: &lake.SparkVector{Type: 1, Values: []float64{1}}}, {ClusterIdx: 1, ClusterCenter: &lake.SparkVector{Type: 1, Values: []float64{1, 2}}}},
		"too large":    {{ClusterIdx: 0, ClusterCenter: &lake.SparkVector{Type: 1, Values: []float64{1e300}}}},
		"sparse, huge": {{ClusterIdx: 0, ClusterCenter: &lake.SparkVector{Type: 0, Size: ptr(int32(1 << 30)), Indices: []int32{0}, Values: []float64{1}}}},
		"sparse, out":  {{ClusterIdx: 0, ClusterCenter: &lake.SparkVector{Type: 0, Size: ptr(int32(2)), Indices: []int32{2}, Values: []float64{1}}}},
	} {
		var b bytes.Buffer
		if err := lake.WriteSparkCentres(t.Context(), &b, len(rows), func(i int) lake.SparkCentre { return rows[i] }); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(part, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSparkCentres(t.Context(), filepath.Join(dir, sparkCentresDir)); !errors.Is(err, lake.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }
