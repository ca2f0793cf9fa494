package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/text"
	"gondola/pipeline/word2vec"
)

// The formats of models, as SavedModel names them.
const (
	formatGondola  = "gondola"
	formatWord2Vec = "word2vec"
	formatText     = "word2vec text"
	formatGensim   = "gensim"
	formatSpark    = "spark"
)

// formatOf tells the format of a file from its name; "" for none that is known.
func formatOf(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".bin":
		return formatWord2Vec
	case ".txt", ".vec":
		return formatText
	case ".kv", ".model":
		return formatGensim
	}
	return ""
}

const endings = ".bin (word2vec), .txt or .vec (word2vec as text), .kv (gensim), .spark/ (Spark ML), or a folder (gondola)"

// Export implements pipeline.ModelStore. Files for other programs hold the
// word vectors; of clusters Spark's format holds the centres too.
func (s Store) Export(ctx context.Context, path string, m pipeline.Model, lineage []pipeline.Origin, replace bool) (pipeline.SavedModel, error) {
	words, clusters, err := partsOf(m)
	if err != nil {
		return pipeline.SavedModel{}, err
	}
	dir := filepath.Clean(path)
	format := formatOf(dir)
	switch {
	case strings.HasSuffix(dir, ".spark"):
		return exportSpark(ctx, dir, words, clusters, replace)
	case format == "" && (strings.HasSuffix(path, "/") || filepath.Ext(dir) == ""):
		return saveFolder(ctx, dir, m, lineage, replace)
	case format == "" || strings.HasSuffix(dir, ".model"):
		return pipeline.SavedModel{}, &pipeline.ParamError{Param: "file", Value: path, Reason: "a model is exported to " + endings}
	}
	return exportFile(ctx, path, format, words, replace)
}

func exportFile(ctx context.Context, path, format string, words *WordModel, replace bool) (pipeline.SavedModel, error) {
	out := pipeline.SavedModel{Path: path, Format: format, Kind: KindWords, Words: int64(words.Words()), Dim: int64(words.Dim()), Origin: words.Origin()}
	w, err := lake.File{}.Create(ctx, filepath.ToSlash(path), lake.CreateOptions{IfAbsent: !replace})
	if err != nil {
		return out, err
	}
	defer func() { _ = w.Abort() }() // nothing after Commit
	to := &countingWriter{ctx: ctx, w: w}
	switch format {
	case formatWord2Vec:
		err = words.Vectors.SaveWord2VecFormat(to, true)
	case formatText:
		err = words.Vectors.SaveWord2VecFormat(to, false)
	default:
		err = words.Vectors.SaveGensim(to)
	}
	if err != nil {
		return out, err
	}
	out.Bytes = to.n
	return out, w.Commit(ctx)
}

// countingWriter counts bytes and hears a cancel.
type countingWriter struct {
	ctx context.Context
	w   io.Writer
	n   int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// Import reads a model from a path: a folder of gondola or of Spark ML, or a
// file of word2vec or gensim. Of others it has the word vectors only, and reads
// titles as preprocess does by default.
func Import(ctx context.Context, path string) (pipeline.Model, pipeline.SavedModel, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pipeline.SavedModel{}, err
	}
	if info.IsDir() {
		return importFolder(ctx, path)
	}
	out := pipeline.SavedModel{Path: path, Format: formatOf(path), Bytes: info.Size()}
	var v *word2vec.KeyedVectors
	switch out.Format {
	case formatGensim:
		v, err = word2vec.LoadGensim(cancelFS{ctx, filepath.Dir(path)}, filepath.Base(path), word2vec.Limits{})
	case formatWord2Vec, formatText:
		v, err = loadWord2Vec(ctx, path, out.Format == formatWord2Vec)
	default:
		return nil, out, &pipeline.ParamError{Param: "name", Value: path, Reason: "a model is " + endings + ", or .model (gensim's Word2Vec)"}
	}
	if err != nil {
		return nil, out, fmt.Errorf("%s: %w", path, err)
	}
	return imported(v, out)
}

func loadWord2Vec(ctx context.Context, path string, binary bool) (v *word2vec.KeyedVectors, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return word2vec.LoadWord2VecFormat(&cancelFile{ctx: ctx, File: f}, binary, word2vec.Limits{})
}

// cancelFS is a folder whose files hear a cancel.
type cancelFS struct {
	ctx context.Context
	dir string
}

func (c cancelFS) Open(name string) (fs.File, error) {
	f, err := openRegular(filepath.Join(c.dir, name))
	if err != nil {
		return nil, err
	}
	return &cancelFile{ctx: c.ctx, File: f}, nil
}

// cancelFile hears a cancel and can still tell its size.
type cancelFile struct {
	*os.File

	ctx context.Context
}

func (f *cancelFile) Read(b []byte) (int, error) {
	if err := context.Cause(f.ctx); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

func importFolder(ctx context.Context, path string) (pipeline.Model, pipeline.SavedModel, error) {
	if _, err := os.Stat(filepath.Join(path, manifestName)); err == nil {
		m, f, err := OpenModel(ctx, path)
		if err != nil {
			return nil, pipeline.SavedModel{}, err
		}
		return m, f.describe(), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, pipeline.SavedModel{}, err
	}
	return importSpark(ctx, path)
}

// importStep stands in the origin of vectors that others trained. Their
// content is the input, so that two files never pass for one.
type importStep struct{ Format string }

func (importStep) Verb() string    { return "import" }
func (importStep) Validate() error { return nil }

func sumFloats(data []float32) string {
	h := sha256.New()
	var b []byte
	for len(data) > 0 {
		n := min(len(data), 1<<13)
		b = b[:0]
		for _, x := range data[:n] {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		_, _ = h.Write(b) // a hash takes everything
		data = data[n:]
	}
	return hex.EncodeToString(h.Sum(nil))
}

// imported makes a model of vectors that others trained: every word is its own
// counted form, and titles are read as preprocess does by default.
func imported(v *word2vec.KeyedVectors, out pipeline.SavedModel) (pipeline.Model, pipeline.SavedModel, error) {
	words, counts := make([]string, v.Len()), make([]int64, v.Len())
	for row := range words {
		words[row], counts[row] = v.Word(row), v.Count(row)
	}
	dict := NewDictionary(text.New(text.DefaultOptions()), words, counts, words)
	origin, err := pipeline.NewOrigin(importStep{Format: out.Format}, "import 1", dict.sum(), sumFloats(v.Data()))
	if err != nil {
		return nil, out, err
	}
	m := NewWordModel(dict, v, pipeline.Word2Vec{VectorSize: v.Dim()}, nil, origin)
	out.Origin = origin
	out.Kind, out.Words, out.Dim = KindWords, int64(v.Len()), int64(v.Dim())
	return m, out, nil
}
