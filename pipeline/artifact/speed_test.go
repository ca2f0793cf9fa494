//go:build unix

package artifact

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"gondola/pipeline"
	"gondola/pipeline/tag"
)

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

// eachRound is b.Loop with the processor's time of the best round beside the
// wall clock's, which is of no use on a busy machine: round handles n titles.
func eachRound(b *testing.B, n int, round func()) {
	b.Helper()
	b.ReportAllocs()
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := processorTime(b)
		round()
		best = min(best, processorTime(b)-start)
	}
	b.ReportMetric(float64(best.Nanoseconds())/float64(n), "cpu-ns/title")
	b.ReportMetric(float64(n)/best.Seconds()/1e6, "Mtitles/cpu-s")
}

// processorTime is what this process has used so far, garbage collection
// included.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
		eachRound(b, len(titles), func() {
			for _, t := range titles {
				c.Dictionary.Read(t, &title)
			}
		})
	})
	const block = 512
	for _, name := range []string{"new", "known"} {
		b.Run("read/"+name, func(b *testing.B) {
			r := c.Dictionary.NewReader()
			var read Titles
			eachRound(b, len(titles), func() {
				if name == "new" { // no piece is known at first
					r = c.Dictionary.NewReader()
				}
				for some := range slices.Chunk(titles, block) {
					r.Read(some, &read)
				}
			})
		})
	}
	b.Run("plain/assign", func(b *testing.B) {
		var title Title
		var all [][]int32
		for _, t := range titles {
			c.Dictionary.Read(t, &title)
			all = append(all, append([]int32(nil), title.IDs...))
		}
		eachRound(b, len(titles), func() {
			for _, ids := range all {
				assigner.Assign(ids)
			}
		})
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
			eachRound(b, len(titles), func() {
				for _, t := range titles {
					c.Dictionary.Read(t, &title)
					at := assigner.Assign(title.IDs)
					scored = tagger.Tag(tag.Title{IDs: title.IDs, HeadLen: title.HeadLen, Cluster: int(at.Cluster)}, &scratch, scored[:0])
				}
			})
		})
		for _, name := range []string{"new", "known"} {
			b.Run(method+"/"+name, func(b *testing.B) {
				tagger, err := c.NewTagger(b.Context(), step)
				if err != nil {
					b.Fatal(err)
				}
				var batch *BatchTagger
				var out Tagged
				ctx := b.Context()
				eachRound(b, len(titles), func() {
					if batch == nil || name == "new" { // no piece is known at first
						if batch, err = c.NewBatchTagger(ctx, tagger, ""); err != nil {
							b.Fatal(err)
						}
					}
					for some := range slices.Chunk(titles, 4096) {
						out.Reset()
						if err := batch.Tag(ctx, some, &out); err != nil {
							b.Fatal(err)
						}
					}
				})
			})
		}
	}
}
