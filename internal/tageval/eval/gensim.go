package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

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
	// The engine only takes vectors over its own dictionary: borrow that of a
	// short training.
	p := training(1, 0, 1)
	p.VectorSize, p.Epochs = 1, 1
	words, err := b.engine.Fit(b.ctx, b.tokens, p, nil)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	g.dict = words.(*artifact.WordModel).Dictionary // the local engine's own
	if err := g.writeTitles(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return g, nil
}

func (g *gensim) close() {
	_ = os.RemoveAll(g.dir) // a temporary folder
}

func (g *gensim) writeTitles() error {
	f, err := os.Create(g.titles)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	var title artifact.Title
	for _, row := range g.bench.corpus.Rows {
		g.dict.Read(row.Title, &title)
		words := make([]string, len(title.IDs))
		for i, id := range title.IDs {
			words[i] = g.dict.Words[id] // all titles are in the dictionary
		}
		if _, err := fmt.Fprintln(w, strings.Join(words, " ")); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(w.Flush(), f.Close())
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
	return artifact.NewWordModel(g.dict, vectors, p, nil, pipeline.Origin{}), nil
}
