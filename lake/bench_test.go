package lake_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"gondola/lake"
)

// titleBatch makes titles of about 47 bytes; of many rows, distinct are
// different.
func titleBatch(rows, distinct int) *lake.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"organic", "pepperoni", "pizza", "large", "12-inch", "chicken", "buffalo", "sandwich", "family", "frozen", "sauce", "whole"}
	titles := make([]string, distinct)
	for i := range titles {
		for range 6 {
			titles[i] += words[r.IntN(len(words))] + " "
		}
		titles[i] += fmt.Sprint(i)
	}
	b := lake.NewBatch(lake.Field{Name: "title", Type: lake.StringType, Nullable: true})
	b.Rows = rows
	for i := range rows {
		if distinct < rows {
			i = r.IntN(distinct)
		}
		b.Columns[0].AppendString(titles[i])
	}
	return b
}

var benchTables = []struct {
	name     string
	distinct int
	codec    string
}{
	{"unique/none", 200_000, "none"},
	{"unique/snappy", 200_000, "snappy"},
	{"unique/zstd", 200_000, "zstd"},
	{"repeats/none", 20_000, "none"},
	{"repeats/zstd", 20_000, "zstd"},
}

func BenchmarkReadStrings(b *testing.B) {
	for _, c := range benchTables {
		b.Run(c.name, func(b *testing.B) {
			rows := titleBatch(200_000, c.distinct)
			data := writeParquet(b, rows, lake.ParquetOptions{Compression: c.codec})
			f := open(b, data)
			var batch lake.Batch
			for b.Loop() {
				r, err := f.NewReader([]string{"title"})
				if err != nil {
					b.Fatal(err)
				}
				for {
					err := r.Next(b.Context(), &batch, 8192)
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N)*200_000/b.Elapsed().Seconds()/1e6, "Mrows/s")
			b.ReportMetric(float64(len(data))/200_000, "B/row")
		})
	}
}

func BenchmarkWriteStrings(b *testing.B) {
	for _, c := range benchTables {
		b.Run(c.name, func(b *testing.B) {
			rows := titleBatch(200_000, c.distinct)
			for b.Loop() {
				w, err := lake.NewParquetWriter(io.Discard, rows.Fields(), lake.ParquetOptions{Compression: c.codec})
				if err != nil {
					b.Fatal(err)
				}
				if err := errors.Join(w.Write(rows), w.Close()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*200_000/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

func BenchmarkWriteText(b *testing.B) {
	rows := titleBatch(200_000, 200_000)
	for _, format := range []lake.Format{lake.CSV, lake.JSONL} {
		b.Run(string(format), func(b *testing.B) {
			var buf bytes.Buffer
			for b.Loop() {
				buf.Reset()
				w, err := lake.NewTableWriter(&buf, rows.Fields(), format, lake.WriterOptions{})
				if err != nil {
					b.Fatal(err)
				}
				if err := errors.Join(w.Write(rows), w.Close()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*200_000/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

// indexed returns the batch with its titles given by a dictionary, as a reader
// hands them on.
func indexed(b testing.TB, rows *lake.Batch) *lake.Batch {
	b.Helper()
	f := open(b, writeParquet(b, rows, lake.ParquetOptions{
		Encodings: map[string]lake.Encoding{"title": lake.EncodingDictionary}, RowGroupRows: 1 << 30,
	}))
	r, err := f.NewReader(nil, lake.WithDictionaries())
	if err != nil {
		b.Fatal(err)
	}
	var out lake.Batch
	if err := r.Next(b.Context(), &out, 1<<30); err != nil {
		b.Fatal(err)
	}
	if out.Rows != rows.Rows || out.Columns[0].Dict == nil {
		b.Fatalf("%d rows of %d, dictionary %v", out.Rows, rows.Rows, out.Columns[0].Dict != nil)
	}
	return &out
}

func BenchmarkReadIndexes(b *testing.B) {
	for _, distinct := range []int{100, 4_000, 20_000} {
		for _, codec := range []string{"none", "snappy", "zstd"} {
			b.Run(fmt.Sprintf("%d/%s", distinct, codec), func(b *testing.B) {
				f := open(b, writeParquet(b, titleBatch(1_000_000, distinct), lake.ParquetOptions{Compression: codec}))
				var batch lake.Batch
				for b.Loop() {
					r, err := f.NewReader(nil, lake.WithDictionaries())
					if err != nil {
						b.Fatal(err)
					}
					for err == nil {
						err = r.Next(b.Context(), &batch, 64<<10)
					}
					if !errors.Is(err, io.EOF) {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*1e6/b.Elapsed().Seconds()/1e6, "Mrows/s")
			})
		}
	}
}

func BenchmarkWriteIndexes(b *testing.B) {
	for _, distinct := range []int{100, 4_000, 20_000} {
		for _, codec := range []string{"none", "snappy", "zstd"} {
			b.Run(fmt.Sprintf("%d/%s", distinct, codec), func(b *testing.B) {
				rows := indexed(b, titleBatch(100_000, distinct))
				w, err := lake.NewParquetWriter(io.Discard, rows.Fields(), lake.ParquetOptions{Compression: codec})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := w.Write(rows); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N)*1e5/b.Elapsed().Seconds()/1e6, "Mrows/s")
			})
		}
	}
}
