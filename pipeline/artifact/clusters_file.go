package artifact

import (
	"context"
	"math"

	"gondola/pipeline"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/tag"
)

const clustersKind = "clusters"

// clustersHead begins a file of clusters. The arrays are: centres float32, one
// row after the other; sizes int64; then the statistics of the words as
// tag.Stats has them: titles by cluster, by word its titles, the heads that it
// ends and where its pairs begin, all int64, by pair the cluster int32, titles
// and ends uint32; then the typical titles: how many each cluster has uint32,
// their distances float64, their lengths uint32, their text.
type clustersHead struct {
	K          int64   `json:"k"`
	Dim        int64   `json:"dim"`
	Metric     string  `json:"metric"`
	Inertia    float64 `json:"inertia"`
	Iterations int     `json:"iterations"`
	Converged  bool    `json:"converged"`
	Reseeded   int     `json:"reseeded"`
	// InertiaByPass is missing in files of earlier versions.
	InertiaByPass []float64 `json:"inertia_by_pass,omitempty"`

	Dictionary string `json:"dictionary"` // whose ids these are: Dictionary.sum
	Words      int64  `json:"words"`      // of the dictionary
	Titles     int64  `json:"titles"`     // counted
	Pairs      int64  `json:"pairs"`      // (word, cluster) pairs that occur
	Typical    int64  `json:"typical"`    // titles; -1 when they were not kept

	Facts  []pipeline.Table `json:"facts"`
	Origin pipeline.Origin  `json:"origin"`
}

// WriteClusters writes clusters as a section file. Their word vectors are not
// part of it.
func WriteClusters(ctx context.Context, path string, c *Clusters) error {
	m, s := c.KMeans, c.Stats()
	head := clustersHead{
		K: int64(m.K), Dim: int64(m.Dim), Metric: m.Metric, Inertia: m.Inertia,
		Iterations: m.Iterations, Converged: m.Converged, Reseeded: m.Reseeded, InertiaByPass: m.InertiaByPass,
		Dictionary: c.Dictionary.sum(), Words: int64(c.Dictionary.Len()), Titles: s.Titles, Pairs: int64(len(s.PairCluster)), Typical: -1,
		Facts: c.facts, Origin: c.origin,
	}
	var sizes, lengths []uint32
	var distances []float64
	if c.typical != nil {
		for _, list := range c.typical {
			sizes = append(sizes, uint32(len(list)))
			for _, t := range list {
				lengths, distances = append(lengths, uint32(len(t.Title))), append(distances, t.Distance)
			}
		}
		head.Typical = int64(len(lengths))
	}
	return writeBlob(ctx, path, clustersKind, head, func(b *blobWriter) {
		putNumbers(b, m.Centres)
		putNumbers(b, m.Sizes)
		putNumbers(b, s.ClusterTitles)
		putNumbers(b, s.DF)
		putNumbers(b, s.HeadEnds)
		putNumbers(b, s.PairStart)
		putNumbers(b, s.PairCluster)
		putNumbers(b, s.PairTitles)
		putNumbers(b, s.PairEnds)
		putNumbers(b, sizes)
		putNumbers(b, distances)
		putNumbers(b, lengths)
		for _, list := range c.typical {
			for _, t := range list {
				b.text(t.Title)
			}
		}
	})
}

// ReadClusters reads what WriteClusters wrote, with the word vectors that the
// titles were clustered by. Errors wrap lake.ErrCorrupt.
func ReadClusters(ctx context.Context, path string, w *WordModel) (*Clusters, error) {
	return readClusters(ctx, path, "", w)
}

func readClusters(ctx context.Context, path, sum string, w *WordModel) (*Clusters, error) {
	var out *Clusters
	h := clustersHead{}
	err := readBlob(ctx, path, clustersKind, sum, &h, func(b *blobReader) error {
		switch {
		case h.K < 1 || h.K > math.MaxInt32 || h.Dim != int64(w.Dim()):
			b.fail("%d centres of %d numbers for vectors of %d", h.K, h.Dim, w.Dim())
		case h.Words != int64(w.Dictionary.Len()) || h.Dictionary != w.Dictionary.sum():
			b.fail("its statistics are of the words of another dictionary")
		case h.Pairs < 0 || h.Typical < -1:
			b.fail("%d pairs, %d titles", h.Pairs, h.Typical)
		}
		if !b.room(h.K, 4*h.Dim) {
			return b.err
		}
		m := &kmeans.Model{
			K: int(h.K), Dim: int(h.Dim), Metric: h.Metric, Inertia: h.Inertia,
			Iterations: h.Iterations, Converged: h.Converged, Reseeded: h.Reseeded, InertiaByPass: h.InertiaByPass,
			Centres: numbers[float32](b, h.K*h.Dim), Sizes: numbers[int64](b, h.K),
		}
		stats := &tag.Stats{
			Titles: h.Titles, ClusterTitles: numbers[int64](b, h.K),
			DF: numbers[int64](b, h.Words), HeadEnds: numbers[int64](b, h.Words), PairStart: numbers[int64](b, h.Words+1),
			PairCluster: numbers[int32](b, h.Pairs), PairTitles: numbers[uint32](b, h.Pairs), PairEnds: numbers[uint32](b, h.Pairs),
		}
		typical := readTypical(b, &h)
		for j, size := range m.Sizes {
			if size < 0 {
				b.fail("c%d has %d titles", j, size)
			}
		}
		if b.err != nil {
			return b.err
		}
		if err := m.Check(b.ctx, w.Table()); err != nil {
			b.fail("%w", err)
			return b.err
		}
		c, err := NewClusters(w, m, nil, stats, typical, h.Origin)
		if err != nil {
			b.fail("%w", err)
			return b.err
		}
		c.SetFacts(h.Facts)
		out = c
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func readTypical(b *blobReader, h *clustersHead) [][]pipeline.TypicalTitle {
	if h.Typical < 0 {
		return nil
	}
	sizes := numbers[uint32](b, h.K)
	distances := numbers[float64](b, h.Typical)
	titles := b.texts(numbers[uint32](b, h.Typical))
	if b.err != nil {
		return nil
	}
	out := make([][]pipeline.TypicalTitle, len(sizes))
	at := 0
	for j, n := range sizes {
		if int64(n) > int64(len(titles)-at) {
			b.fail("c%d has %d typical titles of %d", j, n, len(titles)-at)
			return nil
		}
		out[j] = make([]pipeline.TypicalTitle, n)
		for i := range out[j] {
			out[j][i] = pipeline.TypicalTitle{Title: titles[at], Distance: distances[at]}
			at++
		}
	}
	if at != len(titles) {
		b.fail("%d typical titles in no cluster", len(titles)-at)
	}
	return out
}
