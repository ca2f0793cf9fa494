package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"gondola/internal/tageval/product"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/word2vec"
)

// gensim trains the same words with gensim, at equal parameters.
type gensim struct {
	bench  *bench
	python string
	dir    string
	titles string // a file: a title a line, its counted words parted by blanks
	dict   *artifact.Dictionary
}

func newGensim(b *bench, python string) (*gensim, error) {
	dir, err := os.MkdirTemp("", "gondola-eval-")
	if err != nil {
		return nil, err
	}
	g := &gensim{bench: b, python: python, dir: dir, titles: filepath.Join(dir, "titles.txt")}
	if g.dict, err = b.titles.Dictionary(b.ctx); err == nil {
		err = b.titles.WriteWords(g.titles, g.dict)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return g, nil
}

func (g *gensim) close() {
	_ = os.RemoveAll(g.dir) // a temporary folder
}

// train runs python/gensim_vectors.py and reads its file.
func (g *gensim) train(seed int) (pipeline.WordModel, error) {
	p := training(seed, 0, 1)
	out := filepath.Join(g.dir, "vectors.bin")
	cmd := exec.CommandContext(g.bench.ctx, g.python, "python/gensim_vectors.py", g.titles, out,
		strconv.Itoa(seed), strconv.Itoa(p.VectorSize), strconv.Itoa(p.Window), strconv.Itoa(p.MinCount),
		strconv.Itoa(p.Negative), fmt.Sprint(p.Subsample), strconv.Itoa(p.Epochs), fmt.Sprint(p.Alpha), fmt.Sprint(p.MinAlpha))
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gensim: %w: %s", err, said)
	}
	f, err := os.Open(out)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	vectors, err := word2vec.LoadWord2VecFormat(f, true, word2vec.Limits{})
	if err != nil {
		return nil, err
	}
	return product.Words(g.dict, vectors, p)
}
