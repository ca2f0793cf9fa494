package artifact

import (
	"errors"
	"fmt"
	"strings"

	"gondola/pipeline"
	"gondola/pipeline/word2vec"
)

// WordModel is a dictionary with a vector for each frequent word. It implements
// pipeline.WordModel.
type WordModel struct {
	Dictionary *Dictionary
	Vectors    *word2vec.KeyedVectors
	Params     pipeline.Word2Vec
	Rows       []int32 // dictionary id -> row of Vectors, -1 for a word without one
	facts      []pipeline.Table
	origin     pipeline.Origin
}

var _ pipeline.WordModel = (*WordModel)(nil)

// NewWordModel joins a dictionary and vectors whose words are its counted forms.
func NewWordModel(d *Dictionary, v *word2vec.KeyedVectors, p pipeline.Word2Vec, facts []pipeline.Table, origin pipeline.Origin) *WordModel {
	w := &WordModel{Dictionary: d, Vectors: v, Params: p, Rows: make([]int32, d.Len()), facts: facts, origin: origin}
	for id := range w.Rows {
		w.Rows[id] = -1
	}
	for row := range v.Len() {
		if id, ok := d.Find(v.Word(row)); ok {
			w.Rows[id] = int32(row)
		}
	}
	return w
}

// Facts returns the loss by epoch.
func (w *WordModel) Facts() []pipeline.Table { return w.facts }

// Origin says how the vectors came to be.
func (w *WordModel) Origin() pipeline.Origin { return w.origin }

// WithOrigin returns the model with another origin, for whoever keeps it: when
// it was made and what it takes is known at the end.
func (w *WordModel) WithOrigin(o pipeline.Origin) *WordModel {
	out := *w
	out.origin = o
	return &out
}

// Words returns the size of the vocabulary.
func (w *WordModel) Words() int { return w.Vectors.Len() }

// Dim returns the numbers of a vector.
func (w *WordModel) Dim() int { return w.Vectors.Dim() }

// MostSimilar implements pipeline.WordModel. Words are given as a person types
// them, and answered as titles mostly write them.
func (w *WordModel) MostSimilar(positive, negative []string, topn int, metric string) ([]pipeline.Neighbor, error) {
	var find func(positive, negative []string, topn int) ([]word2vec.Similar, error)
	switch metric {
	case "cosine":
		find = w.Vectors.MostSimilar
	case "dot":
		find = w.Vectors.MostSimilarByDot
	default:
		return nil, &pipeline.ParamError{Param: "metric", Value: metric, Reason: "must be cosine or dot"}
	}
	similar, err := find(w.bases(positive), w.bases(negative), topn)
	if err != nil {
		return nil, w.unknown(err)
	}
	return w.neighbors(similar), nil
}

// MetricOr reads "dot", "cosine" or "auto", which is the metric that fits how
// the vectors were trained.
func (w *WordModel) MetricOr(metric string) word2vec.Metric {
	if metric == "auto" || metric == "" {
		metric = w.Params.Metric()
	}
	if metric == "dot" {
		return word2vec.Dot
	}
	return word2vec.Cosine
}

func (w *WordModel) bases(words []string) []string {
	out := make([]string, len(words))
	for i, word := range words {
		if _, ok := w.Vectors.Index(word); ok { // vectors of others may hold pizza and Pizzas
			out[i] = word
			continue
		}
		out[i] = w.Dictionary.Base(word)
	}
	return out
}

func (w *WordModel) neighbors(similar []word2vec.Similar) []pipeline.Neighbor {
	out := make([]pipeline.Neighbor, len(similar))
	for i, s := range similar {
		out[i] = pipeline.Neighbor{Word: w.Dictionary.Shown(s.Word), Similarity: s.Similarity, Count: s.Count}
	}
	return out
}

// unknown adds to "not in the vocabulary" what is known of the word: that it
// occurs too rarely to have a vector.
func (w *WordModel) unknown(err error) error {
	var u *word2vec.UnknownWordError
	if !errors.As(err, &u) {
		return err
	}
	if id, ok := w.Dictionary.Find(u.Word); ok {
		return fmt.Errorf("%q has no vector: it occurs %d times, and training left out words below %d (train --min-count)",
			u.Word, w.Dictionary.Counts[id], w.Params.MinCount)
	}
	return err
}

// WordsByPrefix implements pipeline.WordModel.
func (w *WordModel) WordsByPrefix(prefix string, n int) []string {
	words := w.Vectors.WordsByPrefix(strings.ToLower(prefix), n)
	for i, word := range words {
		words[i] = w.Dictionary.Shown(word)
	}
	return words
}
