package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/simd"
)

// smallData writes 100 labelled titles as both files that speed reads.
func smallData(t *testing.T) string {
	t.Helper()
	kinds := []string{"soup", "shirt", "cheese", "lamp"}
	colours := []string{"red", "blue", "green", "white", "black"}
	brands := []string{"acme", "nordvik", "talon", "orchard", "pelican"}
	var rows strings.Builder
	rows.WriteString("id\ttitle\tcategory_path\tsource\n")
	for i := range 100 {
		fmt.Fprintf(&rows, "%d\t%s %s %s\tshop > %s\ttest\n", i, brands[i%5], colours[i/5%5], kinds[i/25], kinds[i/25])
	}
	dir := t.TempDir()
	for _, name := range []string{"titles_dev.tsv.gz", "titles_raw.tsv.gz"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		w := gzip.NewWriter(f)
		_, err = io.WriteString(w, rows.String())
		if err := errors.Join(err, w.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRun runs the program on 100 titles, beside those peers that make test
// installs. Nothing of its figures is looked at but that they are there.
func TestRun(t *testing.T) {
	python := need.Python(t, "gensim", "sklearn", "threadpoolctl")
	data, root := smallData(t), need.Root(t)
	t.Chdir(root)
	o, err := readOptions([]string{
		"-quick", "-data", data, "-python", python, "-out", filepath.Join(t.TempDir(), "new", "bench.md"),
		"-parts", "word2vec repeats kmeans tag",
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(o.out)
	if err != nil || string(kept) != out.String() {
		t.Errorf("what is kept is not what was printed: %v", err)
	}
	for _, line := range []string{
		"- command: `go run ./internal/speed -quick ", "- load average before: ", "## word2vec, distinct titles", "\n| gondola --shared 0 | 1 | ", "\n| gensim, corpus_file | 2 | ",
		"\n| gensim, hs | 1 | ", "gensim is 4.", "## word2vec, repeated titles\n\n500 rows of 100 distinct titles (100 by their words)",
		"\n| gondola, folded | 1 | ", "k = 100 is left out: too few titles.", "\n| ranked | tag step, Parquet, row groups of 128 K | 80 % | 500 | ",
		"\n| near | tag step, Parquet, row groups of 1024 K | 99 % | 10000 | ", "\n| near | tag step, Parquet, row groups of 1024 K | 99.995 % | 200000 | ",
		"\n| word2vec --hs, 1 worker | Spark ML, local[1] | 5x | ", "from the documentation",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("the report lacks %q", line)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// TestRunKMeans holds our passes against those of scikit-learn from the same
// centres: the inertia must be the same.
func TestRunKMeans(t *testing.T) {
	python := need.Python(t, "sklearn", "threadpoolctl")
	t.Chdir(need.Root(t))
	b := &bench{o: options{python: python}, folder: t.TempDir(), kernels: simd.Best()}
	table, bags := smallBags()
	vectors := filepath.Join(b.folder, "titles.f32")
	if err := writeMeans(vectors, table, bags); err != nil {
		t.Fatal(err)
	}
	ours, first, err := fitTwice(t.Context(), table, bags, 20, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	centres := filepath.Join(b.folder, "centres.f32")
	if err := writeFloats(centres, first.Centres); err != nil {
		t.Fatal(err)
	}
	theirs, err := b.askKMeans(t.Context(), "scikit-learn", vectors, centres, table.Dim, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(ours.inertia/theirs.inertia-1) > sameInertia {
		t.Errorf("inertia %v, scikit-learn's %v", ours.inertia, theirs.inertia)
	}
}

// program builds gondola, and makes the root of the sources the folder of the test.
func program(t *testing.T) string {
	t.Helper()
	t.Chdir(need.Root(t))
	gondola := filepath.Join(t.TempDir(), "gondola")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", gondola, "./cmd/gondola").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return gondola
}

// TestJupyter times the kernels that make test installs, a few times each.
func TestJupyter(t *testing.T) {
	b := &bench{o: options{jupyter: need.Jupyter(t), gondola: program(t), quick: true}, folder: t.TempDir()}
	if err := b.jupyter(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ipykernel 7.", "medians of 2 starts, 5 cells", "\n| gondola | ", "\n| ipykernel | ", "\n| ipykernel / gondola | ", "gonb is not measured"} {
		if !strings.Contains(b.report.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.report.String())
		}
	}
	for _, target := range b.targets {
		if target.got == "none" || strings.HasPrefix(target.got, "0 ") {
			t.Errorf("%s: %s", target.job, target.got)
		}
	}
	if len(b.targets) != 5 {
		t.Errorf("%d bars, want 5", len(b.targets))
	}
}

// TestJob runs the whole job with the program as it is built.
func TestJob(t *testing.T) {
	data, gondola := smallData(t), program(t)
	b := &bench{o: options{data: data, gondola: gondola, job: 250}, folder: t.TempDir(), kernels: simd.Best()}
	if err := b.job(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"250 rows of titles_raw (100, then", "\n| gondola, near | ", "load ", ", train ", ", write "} {
		if !strings.Contains(b.report.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.report.String())
		}
	}
	b.o.gondola = filepath.Join(b.folder, "none")
	if _, err := b.runJob(t.Context(), "x.parquet", "near"); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("without the program the error is %v", err)
	}
}

func TestReadOptions(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-parts kmeans,tag", "-parts kmeans,tag: there are word2vec repeats kmeans tag job kernels"},
		{"-seeds 0", "must be 1 or more"},
	} {
		key, value, _ := strings.Cut(tt.args, " ")
		if _, err := readOptions([]string{key, value}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.args, err, tt.want)
		}
	}
}

func TestComplaint(t *testing.T) {
	for said, want := range map[string]string{
		"":                                 "",
		"Traceback\n  File\nNo module x\n": "No module x",
		"Oops\nCaused by: disk full\n\tat org.X(Y)\n\t... 1 more\n": "Caused by: disk full",
		"[Stage 1]\r[Stage 2]\rbroken\n\tat org.X(Y)\n":             "broken",
	} {
		if got := complaint(said); got != want {
			t.Errorf("complaint(%q) = %q, want %q", said, got, want)
		}
	}
}

func TestDrawRows(t *testing.T) {
	rows := drawRows(200, 1000, 1)
	count := make([]int, 200)
	for _, r := range rows {
		count[r]++
	}
	if len(rows) != 1000 || slices.Min(count) < 1 || slices.Max(count) < 20 {
		t.Errorf("%d rows, each title %d to %d times, want 1,000, each at least once and some often", len(rows), slices.Min(count), slices.Max(count))
	}
	if diff := cmp.Diff(rows, drawRows(200, 1000, 1)); diff != "" {
		t.Error("the same seed drew other rows")
	}
}

func TestParseBench(t *testing.T) {
	got := parseBench([]byte("goos: linux\nBenchmarkDots/avx2/dim=100/L1/4x20 \t 115886 \t 386.8 ns/op \t 43.96 GB/s\t 73.26 GFLOP/s\n" +
		"BenchmarkX\nBenchmarkY said something else\nPASS\nok  \tx\t1.2s\n"))
	want := []measured{{"Dots/avx2/dim=100/L1/4x20", map[string]float64{"ns/op": 386.8, "GB/s": 43.96, "GFLOP/s": 73.26}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(measured{})); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseBench(f *testing.F) {
	f.Add([]byte("BenchmarkDots/avx2 10 1.5 ns/op 3 GB/s\n"))
	f.Add([]byte("Benchmark 1 1\nBenchmarkA 1 x y z\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		for _, m := range parseBench(out) {
			if strings.ContainsAny(m.name, " \t\n") {
				t.Errorf("name %q", m.name)
			}
		}
	})
}

// smallBags are 20,000 bags of three rows of a table of 400 vectors.
func smallBags() (kmeans.Table, kmeans.Bags) {
	r := rand.New(rand.NewPCG(1, 1))
	table := kmeans.Table{Data: make([]float32, 400*8), Dim: 8}
	for i := range table.Data {
		table.Data[i] = float32(r.NormFloat64())
	}
	bags := make(kmeans.Bags, 20_000)
	for i := range bags {
		bags[i] = []int32{r.Int32N(400), r.Int32N(400), r.Int32N(400)}
	}
	return table, bags
}
