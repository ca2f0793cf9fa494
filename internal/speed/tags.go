package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"gondola/internal/tageval"
	"gondola/internal/tageval/product"
	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/local"
)

// tag measures the taggers on one core: titles from their bytes to their tags,
// and the engine's step over a file in which titles repeat.
func (b *bench) tag(ctx context.Context) error {
	if b.vectors == nil {
		progress("vectors to tag by")
		got, err := b.ours("gondola", b.distinct(), 1, nil).train(ctx, 1)
		if err != nil {
			return err
		}
		b.vectors = got.model
	}
	made, err := b.titles.Cluster(ctx, b.vectors, clusters, 1)
	if err != nil {
		return err
	}
	model := made.(*artifact.Clusters) // the local engine's own
	var titles []string
	for _, row := range b.titles.Corpus.Rows {
		titles = append(titles, row.Title)
	}
	b.report.printf("## tag, one core (GOMAXPROCS=1)\n\n")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var rows [][]string
	for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear} {
		progress("tag --method %s: distinct titles", method)
		took, hits, err := b.tagDistinct(ctx, model, method, titles)
		if err != nil {
			return err
		}
		n := float64(len(titles))
		rows = append(rows, []string{method, "title bytes to tags", "0 %", fmt.Sprint(len(titles)), rate(n / took.wall), rate(n / took.cpu), fmt.Sprintf("%.1f", hits)})
		if method == pipeline.MethodRanked {
			b.reach("tag, distinct titles, one core", "", "1.5 M titles/s", rate(n/took.wall)+" titles/s", method+"; "+rate(n/took.cpu)+" by processor time")
		}
	}
	for _, t := range b.repeatedTables(len(titles)) {
		for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear} {
			repeat := t.repeats()
			progress("tag --method %s: %s repeats", method, repeat)
			took, err := b.tagRepeated(ctx, model, method, titles, t)
			if err != nil {
				return err
			}
			n := float64(t.rows)
			rows = append(rows, []string{method, fmt.Sprintf("tag step, Parquet, row groups of %d K", t.group>>10), repeat, fmt.Sprint(t.rows), rate(n / took.wall), rate(n / took.cpu), "-"})
			if method == pipeline.MethodRanked {
				b.reach("tag, repeated titles in dictionary pages, one core", "", "20 M rows/s", rate(n/took.wall)+" rows/s", fmt.Sprintf("%s repeats, %d K rows a row group, with writing the tags, %s", repeat, t.group>>10, method)+"; "+rate(n/took.cpu)+" by processor time")
			}
		}
	}
	b.report.table([]string{"method", "what", "repeats", "rows", "rows/s", "rows/cpu-s", "hits, two tags"}, rows)
	return nil
}

// tagDistinct tags the titles in rounds, of which none knows the pieces of titles
// that another met, and returns the best round and the hits. This is the one
// place that knows how titles are tagged outside the engine.
func (b *bench) tagDistinct(ctx context.Context, model *artifact.Clusters, method string, titles []string) (spent, float64, error) {
	tagger, err := model.NewTagger(ctx, product.TwoTags(model, method))
	if err != nil {
		return spent{}, 0, err
	}
	if _, err := model.NewAssigner(ctx); err != nil { // prepares what all share
		return spent{}, 0, err
	}
	var out artifact.Tagged
	best := spent{wall: math.Inf(1)}
	for range 5 {
		out.Reset()
		took, err := measure(func() error {
			batch, err := model.NewBatchTagger(ctx, tagger, pipeline.FormTitle)
			if err != nil {
				return err
			}
			return batch.Tag(ctx, titles, &out)
		})
		if err != nil {
			return spent{}, 0, err
		}
		if took.wall < best.wall {
			best = took
		}
	}
	tags, from, at := make([][]string, len(titles)), int32(0), int32(0)
	for i, end := range out.Ends {
		for _, to := range out.TextEnds[from:end] {
			tags[i] = append(tags[i], string(out.Text[at:to]))
			at = to
		}
		from = end
	}
	hits := b.titles.Corpus.Measure(method, func(i int) []string { return tags[i] }).Of(tageval.Main).Hit2
	return best, hits, nil
}

// repeatedTable says of a table how many rows it has, for how many titles, and
// how many rows a row group has.
type repeatedTable struct{ distinct, rows, group int }

// repeats is the share of rows whose title came before, as a percentage.
func (t repeatedTable) repeats() string {
	return strconv.FormatFloat(100-100*float64(t.distinct)/float64(t.rows), 'f', -1, 64) + " %"
}

// repeatedTables are those that the tag step is measured on, of up to n titles:
// every title five times, 50,000 a hundred times each, and a thousand that
// 20 M rows share. A title stands in the dictionary of each row group in which it
// is, so the size of the groups counts: 128 K rows are what this product writes
// where no dictionary comes along, and about what DuckDB writes; 1 M rows are
// what it writes where one does, and what pyarrow writes.
func (b *bench) repeatedTables(n int) []repeatedTable {
	some, few, rows := min(n, 50_000), min(n, 1000), 20_000_000
	if b.o.quick {
		some, few, rows = min(n, 2000), min(n, 10), 200_000
	}
	const small, large = 128 << 10, 1 << 20
	return []repeatedTable{{n, repeatsShare * n, small}, {some, 100 * some, small}, {some, 100 * some, large}, {few, rows, large}}
}

// write writes the table, its titles drawn as drawRows draws them, in dictionary
// pages; a file that is there is that of the method before.
func (t repeatedTable) write(path string, titles []string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	fields := []lake.Field{{Name: "id", Type: lake.Int64Type}, {Name: "title", Type: lake.StringType}}
	w, err := lake.NewParquetWriter(f, fields, lake.ParquetOptions{
		Compression: "snappy", RowGroupRows: t.group, RowGroupBytes: 1 << 30,
		Encodings: map[string]lake.Encoding{"title": lake.EncodingDictionary},
	})
	if err != nil {
		return errors.Join(err, f.Close())
	}
	batch := lake.NewBatch(fields...)
	for some := range slices.Chunk(drawRows(t.distinct, t.rows, 1), 8192) {
		batch.Reset()
		for _, at := range some {
			batch.Columns[0].AppendInt(w.Rows() + int64(batch.Rows))
			batch.Columns[1].AppendString(titles[at])
			batch.Rows++
		}
		if err := w.Write(batch); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(w.Close(), f.Close())
}

// tagRepeated runs the engine's tag step with one worker over a table in which
// titles repeat, and returns the better of two runs.
func (b *bench) tagRepeated(ctx context.Context, model *artifact.Clusters, method string, titles []string, t repeatedTable) (best spent, err error) {
	path := filepath.Join(b.folder, fmt.Sprintf("repeated-%d-%d.parquet", t.distinct, t.group))
	engine, err := local.New(local.Options{CacheDir: filepath.Join(b.folder, "cache-tag"), Workers: 1})
	if err != nil {
		return best, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if err := t.write(path, titles[:t.distinct]); err != nil {
		return best, err
	}
	ds, err := engine.Load(ctx, pipeline.Load{URI: path, Title: "title"}, nil)
	if err != nil {
		return best, err
	}
	step := product.TwoTags(model, method)
	step.Workers, step.Force = 1, true
	best.wall = math.Inf(1)
	for range 2 {
		took, err := measure(func() error {
			_, err := engine.Transform(ctx, ds, step, nil)
			return err
		})
		if err != nil {
			return best, err
		}
		if took.wall < best.wall {
			best = took
		}
	}
	return best, nil
}
