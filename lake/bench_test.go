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
				writeParquet(b, rows, lake.ParquetOptions{Compression: c.codec})
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
