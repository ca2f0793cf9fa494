package local_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/local"
	"gondola/pipeline/receipts"
)

// repeated writes a table of an id and a title, where distinct titles are drawn
// at random.
func repeated(b *testing.B, name string, rows, distinct int, e lake.Encoding) {
	b.Helper()
	g, err := receipts.New(1)
	if err != nil {
		b.Fatal(err)
	}
	lines := make([]receipts.Receipt, 4096)
	seen := map[string]bool{}
	var titles []string
	for from := int64(0); len(titles) < distinct; from += int64(len(lines)) {
		g.Fill(from, lines)
		for i := range lines {
			t := lines[i].ProductTitle
			if seen[t] {
				t = fmt.Sprint(t, " no ", from+int64(i))
			}
			if !seen[t] && len(titles) < distinct {
				seen[t] = true
				titles = append(titles, t)
			}
		}
	}
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	fields := []lake.Field{{Name: "id", Type: lake.Int64Type}, {Name: "title", Type: lake.StringType}}
	w, err := lake.NewParquetWriter(f, fields, lake.ParquetOptions{
		Compression: "snappy", RowGroupRows: 1 << 20, RowGroupBytes: 1 << 30, Encodings: map[string]lake.Encoding{"title": e},
	})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	batch := lake.NewBatch(fields...)
	for row := 0; row < rows; {
		batch.Reset()
		for ; row < rows && batch.Rows < 8192; row++ {
			batch.Columns[0].AppendInt(int64(row))
			batch.Columns[1].AppendString(titles[r.IntN(distinct)])
			batch.Rows++
		}
		if err := w.Write(batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

var repeatedTables = []struct {
	rows, distinct int
	encoding       lake.Encoding
}{
	{8 << 20, 1_000, lake.EncodingDictionary},
	{8 << 20, 20_000, lake.EncodingDictionary},
	{8 << 20, 100_000, lake.EncodingDictionary},
	{2 << 20, 20_000, lake.EncodingPlain},
}

// benchEngine returns an engine and clusters of the generator's titles.
func benchEngine(b *testing.B) (*local.Engine, *artifact.Clusters) {
	b.Helper()
	e, err := local.New(local.Options{CacheDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := e.Close(); err != nil {
			b.Error(err)
		}
	})
	return e, clustersOf(b, e, 50_000, 100)
}

// clustersOf returns clusters of the generator's titles, as many as their
// vectors have numbers.
func clustersOf(b testing.TB, e *local.Engine, titles, size int) *artifact.Clusters {
	b.Helper()
	ctx := b.Context()
	raw, err := e.Load(ctx, pipeline.Load{URI: fmt.Sprintf("sample:receipts?n=%d&seed=1", titles)}, nil)
	if err != nil {
		b.Fatal(err)
	}
	clean, err := e.Transform(ctx, raw, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	words, err := e.Fit(ctx, clean, pipeline.Word2Vec{
		VectorSize: size, Window: 5, MinCount: 5, Negative: 5, Subsample: 1e-3, Epochs: 2, Alpha: 0.05, MinAlpha: 0.0001, Seed: 1, Workers: 1,
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	m, err := e.Fit(ctx, clean, pipeline.KMeans{
		Vectors: words.(*artifact.WordModel), K: size, MaxIter: 10, Tol: 1e-4, Init: "k-means++", Metric: "euclidean", Seed: 1,
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return m.(*artifact.Clusters)
}

// BenchmarkTagRepeats tags tables of repeated titles, from the file to the file;
// BenchmarkWriteRepeats writes those tables, with their tags, once more. For
// one core run them with GOMAXPROCS=1.
func BenchmarkTagRepeats(b *testing.B) {
	benchRepeats(b, func(b *testing.B, e *local.Engine, table pipeline.Dataset, tag pipeline.Tag) {
		for b.Loop() {
			if _, err := e.Transform(b.Context(), table, tag, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWriteRepeats(b *testing.B) {
	benchRepeats(b, func(b *testing.B, e *local.Engine, table pipeline.Dataset, tag pipeline.Tag) {
		tagged, err := e.Transform(b.Context(), table, tag, nil)
		if err != nil {
			b.Fatal(err)
		}
		out := filepath.Join(b.TempDir(), "out.parquet")
		for b.Loop() {
			if _, err := e.Write(b.Context(), tagged, pipeline.Write{URI: out, Mode: "overwrite", Compression: "zstd", Force: true}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchRepeats(b *testing.B, run func(*testing.B, *local.Engine, pipeline.Dataset, pipeline.Tag)) {
	e, clusters := benchEngine(b)
	for _, t := range repeatedTables {
		b.Run(fmt.Sprintf("%s/rows=%d/titles=%d", t.encoding, t.rows, t.distinct), func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "titles.parquet")
			repeated(b, name, t.rows, t.distinct, t.encoding)
			table, err := e.Load(b.Context(), pipeline.Load{URI: name}, nil)
			if err != nil {
				b.Fatal(err)
			}
			before := cpuSeconds(b)
			run(b, e, table, pipeline.Tag{Clusters: clusters, Method: pipeline.MethodRanked, Max: 2, Near: 50, Metric: "auto", Workers: 1, Force: true})
			b.ReportMetric(float64(b.N)*float64(t.rows)/(cpuSeconds(b)-before)/1e6, "Mrows/cpu-s")
		})
	}
}

// cpuSeconds is the processor time of this process: what a busy machine leaves
// as it is.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
