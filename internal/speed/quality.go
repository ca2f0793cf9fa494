package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"gondola/internal/tageval"
	"gondola/internal/tageval/product"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/word2vec"
)

// clusters is k of the taggers, the default of cluster.
const clusters = 100

// quality is what vectors are good for, per cent.
type quality struct {
	ranked, near float64 // titles of which one of two tags hits, without the control's
	purity       float64 // of the ten nearest titles, those of the same leaf
}

// judge clusters and tags the titles by vectors.
func (b *bench) judge(ctx context.Context, model *artifact.WordModel, seed uint64) (quality, error) {
	var q quality
	c, err := b.titles.Cluster(ctx, model, clusters, seed)
	if err != nil {
		return q, err
	}
	for method, hits := range map[string]*float64{pipeline.MethodRanked: &q.ranked, pipeline.MethodNear: &q.near} {
		out, err := b.titles.Tag(ctx, c, method)
		if err != nil {
			return q, err
		}
		*hits = b.titles.Corpus.Measure(method, func(i int) []string { return out.Tags[i] }).Of(tageval.Main).Hit2
	}
	q.purity = 100 * b.titles.NeighbourPurity(model)
	return q, nil
}

// load reads the vectors that a peer wrote.
func (b *bench) load(path string, p pipeline.Word2Vec) (*artifact.WordModel, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	vectors, err := word2vec.LoadWord2VecFormat(f, true, word2vec.Limits{})
	if err != nil {
		return nil, err
	}
	return product.Words(b.dict, vectors, p)
}

// columns are the cells of a table for the qualities of several seeds: means,
// and the standard deviation when there is more than one.
func columns(all []quality) []string {
	var cells []string
	for _, of := range []func(quality) float64{
		func(q quality) float64 { return q.ranked },
		func(q quality) float64 { return q.near },
		func(q quality) float64 { return q.purity },
	} {
		mean, deviation := meanOf(all, of)
		cell := fmt.Sprintf("%.1f", mean)
		if len(all) > 1 {
			cell += fmt.Sprintf(" ± %.1f", deviation)
		}
		cells = append(cells, cell)
	}
	return cells
}

func meanOf(all []quality, of func(quality) float64) (mean, deviation float64) {
	for _, q := range all {
		mean += of(q) / float64(len(all))
	}
	for _, q := range all {
		deviation += (of(q) - mean) * (of(q) - mean)
	}
	return mean, math.Sqrt(deviation / math.Max(1, float64(len(all)-1)))
}
