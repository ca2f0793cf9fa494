package artifact

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/tag"
)

// realTitles are the titles of a file beside the project.
func realTitles(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open(need.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	unpacked, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	lines := bufio.NewScanner(unpacked)
	for lines.Scan() {
		titles = append(titles, strings.Split(lines.Text(), "\t")[1])
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return titles[1:] // the first is the header
}

// realModel is a model of titles_dev: 100 clusters, vectors of 100 numbers for
// words that occur five times. It takes half a minute to learn, so it is kept
// in $GONDOLA_MODEL where that names a folder.
func realModel(b *testing.B, titles []string) *Clusters {
	b.Helper()
	dir := os.Getenv("GONDOLA_MODEL")
	if dir != "" {
		m, _, err := OpenModel(b.Context(), dir)
		if c, ok := m.(*Clusters); ok && err == nil {
			return c
		}
		if !errors.Is(err, fs.ErrNotExist) {
			b.Fatalf("%s: %v", dir, err)
		}
	}
	c := trainFrom(b, titles, 100, 100, 5, "")
	if dir != "" {
		if err := SaveModel(b.Context(), dir, c, lineageOf(b, c)); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

// perTitle reports what a benchmark that handled n titles in each round took.
func perTitle(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/title")
	b.ReportMetric(float64(n)*float64(b.N)/(float64(b.Elapsed())/float64(time.Second)), "titles/s")
}

// BenchmarkTag measures real titles from their bytes to their tags, each once
// a round, and the parts of that work. GOMAXPROCS=1 gives the rate of a core.
func BenchmarkTag(b *testing.B) {
	titles := realTitles(b, "titles_dev.tsv.gz")
	c := realModel(b, titles)
	assigner, err := c.NewAssigner(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("plain/read", func(b *testing.B) {
		var title Title
		b.ReportAllocs()
		for b.Loop() {
			for _, t := range titles {
				c.Dictionary.Read(t, &title)
			}
		}
		perTitle(b, len(titles))
	})
	const block = 512
	for _, name := range []string{"new", "known"} {
		b.Run("read/"+name, func(b *testing.B) {
			r := c.Dictionary.NewReader()
			var read Titles
			b.ReportAllocs()
			for b.Loop() {
				if name == "new" { // no piece is known at first
					r = c.Dictionary.NewReader()
				}
				for some := range slices.Chunk(titles, block) {
					r.Read(some, &read)
				}
			}
			perTitle(b, len(titles))
		})
	}
	b.Run("plain/assign", func(b *testing.B) {
		var title Title
		var all [][]int32
		for _, t := range titles {
			c.Dictionary.Read(t, &title)
			all = append(all, append([]int32(nil), title.IDs...))
		}
		b.ReportAllocs()
		for b.Loop() {
			for _, ids := range all {
				assigner.Assign(ids)
			}
		}
		perTitle(b, len(titles))
	})
	for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear} {
		step := pipeline.Tag{Clusters: c, Method: method, Max: 2, Near: 200, Metric: "auto"}
		b.Run("plain/"+method, func(b *testing.B) {
			tagger, err := c.NewTagger(b.Context(), step)
			if err != nil {
				b.Fatal(err)
			}
			var title Title
			var scratch tag.Scratch
			var scored []tag.Scored
			b.ReportAllocs()
			for b.Loop() {
				for _, t := range titles {
					c.Dictionary.Read(t, &title)
					at := assigner.Assign(title.IDs)
					scored = tagger.Tag(tag.Title{IDs: title.IDs, HeadLen: title.HeadLen, Cluster: int(at.Cluster)}, &scratch, scored[:0])
				}
			}
			perTitle(b, len(titles))
		})
	}
}
