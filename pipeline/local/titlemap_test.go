package local_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/local"
	"gondola/pipeline/receipts"
)

// titlesFile writes titles, some of them null, empty, without words or new, and
// returns its name.
func titlesFile(t *testing.T, rows int, o lake.ParquetOptions) string {
	t.Helper()
	g, err := receipts.New(2)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]receipts.Receipt, 300)
	g.Fill(0, lines)
	fields := []lake.Field{
		{Name: "item_id", Type: lake.Int64Type},
		{Name: "product_title", Type: lake.StringType, Nullable: true},
		{Name: "brand", Type: lake.StringType, Nullable: true},
	}
	name := filepath.Join(t.TempDir(), "titles.parquet")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := lake.NewParquetWriter(f, fields, o)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4, 4))
	b := lake.NewBatch(fields...)
	for i := range rows {
		b.Rows++
		b.Columns[0].AppendInt(int64(i))
		switch k := r.IntN(40); {
		case k == 0 || i < 10:
			b.Columns[1].AppendNull()
		case k == 1:
			b.Columns[1].AppendString("")
		case k == 2:
			b.Columns[1].AppendString("??? 12 !")
		case k == 3:
			b.Columns[1].AppendString(fmt.Sprint("unheard-of thing ", i))
		default:
			b.Columns[1].AppendString(lines[r.IntN(len(lines))].ProductTitle)
		}
		if r.IntN(3) == 0 {
			b.Columns[2].AppendNull()
		} else {
			b.Columns[2].AppendString(lines[r.IntN(len(lines))].Brand)
		}
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestTitlesByDictionary tags and writes the same rows from files with
// dictionaries and without, in row groups of several sizes, with one worker and
// with several: rows and facts are the same, in memory and in what is written.
func TestTitlesByDictionary(t *testing.T) {
	rows := need.Size(6000, 4500)
	e, err := local.New(local.Options{CacheDir: t.TempDir(), Workers: 3})
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
	clusters := clustersOf(t, e, need.Size(3000, 1000), 10)
	var first [][]any
	var facts []pipeline.Table
	for i, o := range []lake.ParquetOptions{
		{Encodings: map[string]lake.Encoding{"product_title": "plain", "brand": "plain"}},
		{Encodings: map[string]lake.Encoding{"product_title": "dictionary"}},
		{Encodings: map[string]lake.Encoding{"product_title": "dictionary", "brand": "dictionary"}, RowGroupRows: 700, Compression: "none"},
		{Encodings: map[string]lake.Encoding{"product_title": "plain", "brand": "dictionary"}, RowGroupRows: 4100},
	} {
		for _, workers := range []int{1, 3} {
			table := must(e.Load(ctx, pipeline.Load{URI: titlesFile(t, rows, o)}, nil))
			assigned := must(e.Transform(ctx, table, pipeline.Assign{Clusters: clusters}, nil))
			tagged := must(e.Transform(ctx, assigned, pipeline.Tag{
				Clusters: clusters, Method: pipeline.MethodRanked, Max: 2, Near: 50, Metric: "auto", Workers: workers, Force: true,
			}, nil))
			got := selectAll(t, e, tagged)
			if first == nil {
				first, facts = got, tagged.Facts()
			}
			if !reflect.DeepEqual(first, got) { // much faster than cmp
				t.Fatalf("file %d, %d workers: %s", i, workers, cmp.Diff(first, got))
			}
			if d := cmp.Diff(facts, tagged.Facts()); d != "" {
				t.Errorf("file %d, %d workers, facts: %s", i, workers, d)
			}
			for _, ds := range []pipeline.Dataset{assigned, tagged} {
				columns := []string{"item_id", "product_title", "brand", pipeline.TokensColumn, pipeline.ClusterColumn, pipeline.DistanceColumn}
				if ds == tagged {
					columns = append(columns, pipeline.TagsColumn)
				}
				out := filepath.Join(t.TempDir(), "out.parquet")
				if _, err := e.Write(ctx, ds, pipeline.Write{URI: out, Columns: columns, Mode: "error", Compression: "zstd"}, nil); err != nil {
					t.Fatal(err)
				}
				again := must(e.Load(ctx, pipeline.Load{URI: out}, nil))
				want, err := e.Select(ctx, ds, pipeline.Selection{Columns: columns}, nil)
				if err != nil {
					t.Fatal(err)
				}
				read, err := e.Select(ctx, again, pipeline.Selection{Columns: columns}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(want.Rows, read.Rows) {
					t.Fatalf("file %d, %d workers, written: %s", i, workers, cmp.Diff(want.Rows, read.Rows))
				}
				if len(read.Rows) == 0 {
					t.Fatal("no rows")
				}
			}
		}
	}
}
