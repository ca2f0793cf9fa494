// Package product puts word vectors to the use that users put them to: title
// vectors, clusters, tags, through the engine in this process and with the
// defaults of the language. `make eval` and `make bench` measure with it, our
// vectors and those of others alike.
package product

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"gondola/internal/tageval"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/local"
	"gondola/pipeline/simd"
	"gondola/pipeline/word2vec"
)

// Titles are a file of labelled titles, as the measures see them and as the
// engine does.
type Titles struct {
	Engine *local.Engine
	Corpus *tageval.Corpus
	Tokens pipeline.Dataset // preprocessed, row for row that of the corpus
}

// Open loads and preprocesses the titles of a file as [tageval.ReadFile] reads
// it. step says how; Defaults is what a user gets who says nothing.
func Open(ctx context.Context, engine *local.Engine, path string, step pipeline.Preprocess) (*Titles, error) {
	rows, err := tageval.ReadFile(path)
	if err != nil {
		return nil, err
	}
	ds, err := engine.Load(ctx, pipeline.Load{URI: path, Title: "title", ID: "id"}, nil)
	if err != nil {
		return nil, err
	}
	if ds.Len() != int64(len(rows)) {
		return nil, fmt.Errorf("%s: the engine reads %d rows, the measures %d", path, ds.Len(), len(rows))
	}
	t := &Titles{Engine: engine, Corpus: tageval.NewCorpus(rows)}
	t.Tokens, err = engine.Transform(ctx, ds, step, nil)
	return t, err
}

// Defaults is preprocess without a flag.
func Defaults() pipeline.Preprocess {
	return pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}
}

// Training is train without a flag, but for the seed.
func Training(seed uint64) pipeline.Word2Vec {
	p := word2vec.DefaultParams()
	return pipeline.Word2Vec{
		VectorSize: p.VectorSize, Window: p.Window, MinCount: p.MinCount, Negative: p.Negative, Subsample: p.Subsample, Epochs: p.Epochs,
		Alpha: p.Alpha, MinAlpha: p.MinAlpha, Shared: p.Shared, Fold: p.Fold, Seed: seed,
	}
}

// Dictionary returns the words of the titles. The engine takes vectors over its
// own dictionary only, so it is borrowed of a short training.
func (t *Titles) Dictionary(ctx context.Context) (*artifact.Dictionary, error) {
	p := Training(1)
	p.VectorSize, p.Epochs, p.MinCount = 1, 1, 1
	words, err := t.Engine.Fit(ctx, t.Tokens, p, nil)
	if err != nil {
		return nil, err
	}
	return words.(*artifact.WordModel).Dictionary, nil // the local engine's own
}

// WriteWords writes a title a line, its counted words parted by blanks: what
// trainers of others read.
func (t *Titles) WriteWords(path string, d *artifact.Dictionary) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	var title artifact.Title
	for _, row := range t.Corpus.Rows {
		d.Read(row.Title, &title)
		words := make([]string, len(title.IDs))
		for i, id := range title.IDs {
			words[i] = d.Words[id] // all titles are in the dictionary
		}
		if _, err := fmt.Fprintln(w, strings.Join(words, " ")); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(w.Flush(), f.Close())
}

// Words makes a model of vectors that were trained outside the engine. Its origin
// holds a digest of the vectors: by it the engine knows what it clustered before.
func Words(d *artifact.Dictionary, vectors *word2vec.KeyedVectors, p pipeline.Word2Vec) (*artifact.WordModel, error) {
	h := sha256.New()
	for i := range vectors.Len() {
		h.Write([]byte(vectors.Word(i) + "\n"))
	}
	if err := binary.Write(h, binary.LittleEndian, vectors.Data()); err != nil {
		return nil, err
	}
	origin, err := pipeline.NewOrigin(p, "vectors from elsewhere", hex.EncodeToString(h.Sum(nil)))
	if err != nil {
		return nil, err
	}
	return artifact.NewWordModel(d, vectors, p, nil, origin), nil
}

// Cluster makes k clusters of the titles, as cluster does.
func (t *Titles) Cluster(ctx context.Context, words pipeline.WordModel, k int, seed uint64) (pipeline.ClusterModel, error) {
	model, err := t.Engine.Fit(ctx, t.Tokens, pipeline.KMeans{
		Vectors: words, K: k, MaxIter: 100, Tol: 1e-4, Init: "k-means++", Metric: "euclidean", Seed: seed,
	}, nil)
	if err != nil {
		return nil, err
	}
	return model.(pipeline.ClusterModel), nil // Fit of KMeans promises it
}

// Tagged is the outcome of a tagger, by row.
type Tagged struct {
	Tags     [][]string
	Clusters []int // -1 for none
}

// Tag gives every title two tags at most, as tag does.
func (t *Titles) Tag(ctx context.Context, clusters pipeline.ClusterModel, method string) (Tagged, error) {
	ds, err := t.Engine.Transform(ctx, t.Tokens, TwoTags(clusters, method), nil)
	if err != nil {
		return Tagged{}, err
	}
	table, err := t.Engine.Select(ctx, ds, pipeline.Selection{
		Columns: []string{pipeline.ClusterColumn, pipeline.TagsColumn}, Limit: int(ds.Len()),
	}, nil)
	if err != nil {
		return Tagged{}, err
	}
	out := Tagged{Tags: make([][]string, len(table.Rows)), Clusters: make([]int, len(table.Rows))}
	for i, row := range table.Rows {
		out.Clusters[i] = -1
		if c, ok := row[0].(int64); ok {
			out.Clusters[i] = int(c)
		}
		out.Tags[i], _ = row[1].([]string)
	}
	return out, nil
}

// TwoTags is tag --max 2 by a method.
func TwoTags(clusters pipeline.ClusterModel, method string) pipeline.Tag {
	return pipeline.Tag{Clusters: clusters, Method: method, Max: 2, Metric: "auto", Near: pipeline.DefaultNear(method)}
}

// NeighbourPurity is how often the ten titles nearest to one are of the same
// leaf, over 3,000 labelled titles without the control's.
func (t *Titles) NeighbourPurity(model *artifact.WordModel) float64 {
	const queries, k = 3000, 10
	vectors := simd.NewMatrix(len(t.Corpus.Rows), model.Dim())
	defer vectors.Close()
	labels := make([]string, len(t.Corpus.Rows))
	kernels := simd.Best()
	var title artifact.Title
	var known []int32
	for i, row := range t.Corpus.Rows {
		if !t.Corpus.Labelled(i) || row.Source == tageval.Control {
			continue
		}
		labels[i] = row.Source + " " + row.Leaf()
		model.Dictionary.Read(row.Title, &title)
		known = model.AppendRows(known[:0], title.IDs)
		for _, w := range known {
			kernels.Axpy(1, model.Vectors.Vector(int(w)), vectors.Row(i))
		}
	}
	return tageval.NeighbourPurity(vectors, labels, queries, k)
}
