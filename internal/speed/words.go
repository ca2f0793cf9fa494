package main

import (
	"context"
	"fmt"
	"path/filepath"

	"gondola/internal/tageval/product"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/word2vec"
)

// titlesOf is a corpus in memory: titles as ids, and how often each stands in
// the data; without that each stands there once.
type titlesOf struct {
	ids   [][]int32
	times []int64
}

func (t titlesOf) Len() int64    { return int64(len(t.ids)) }
func (t titlesOf) Repeats() bool { return t.times != nil }

func (t titlesOf) Each(_ context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	for i := from; i < to; i++ {
		times := int64(1)
		if t.times != nil {
			times = t.times[i]
		}
		if err := fn(i, t.ids[i], times); err != nil {
			return err
		}
	}
	return nil
}

// data is what trainers are measured on, as we see it and as peers do.
type data struct {
	corpus  titlesOf
	counts  []int64 // of each word of the dictionary
	file    string  // a title a line
	words   float64 // in the vocabulary, over all epochs
	prepare float64 // seconds that folding took
}

func (b *bench) distinct() data {
	return data{corpus: titlesOf{ids: b.ids}, counts: b.dict.Counts, file: b.words, words: vocabularyWords(b.dict.Counts)}
}

// vocabularyWords is how many words a run reads: those that occur MinCount times
// or more, in every epoch.
func vocabularyWords(counts []int64) float64 {
	p := product.Training(1)
	var n int64
	for _, c := range counts {
		if c >= int64(p.MinCount) {
			n += c
		}
	}
	return float64(n) * float64(p.Epochs)
}

// trainer is one line of the table.
type trainer struct {
	name    string
	workers int
	hs      bool
	peer    bool // one that ratios are against
	train   func(ctx context.Context, seed uint64) (trained, error)

	best      trained // of all seeds, by wall clock
	qualities []quality
}

type trained struct {
	spent
	prepare float64 // seconds of what came before: vocabulary, folding
	version string
	model   *artifact.WordModel
}

// ours trains with our trainer.
func (b *bench) ours(name string, d data, workers int, change func(*pipeline.Word2Vec)) *trainer {
	step := product.Training(1)
	if change != nil {
		change(&step)
	}
	return &trainer{name: name, workers: workers, hs: step.HS, train: func(ctx context.Context, seed uint64) (trained, error) {
		p := word2vec.DefaultParams()
		p.VectorSize, p.Window, p.MinCount, p.Negative = step.VectorSize, step.Window, step.MinCount, step.Negative
		p.HS, p.Subsample, p.Epochs, p.Alpha, p.MinAlpha = step.HS, step.Subsample, step.Epochs, step.Alpha, step.MinAlpha
		p.Shared, p.Fold, p.Seed, p.Workers, p.Kernels = step.Shared, step.Fold, seed, workers, b.kernels
		if p.HS {
			p.Negative = 0
		}
		t := trained{prepare: d.prepare}
		var model *word2vec.Model
		var err error
		t.spent, err = measure(func() error {
			model, err = word2vec.Train(ctx, d.corpus, word2vec.Dictionary{Words: b.dict.Words, Counts: d.counts}, p, nil)
			return err
		})
		if err != nil {
			return t, err
		}
		t.model, err = product.Words(b.dict, model.Vectors, step)
		return t, err
	}}
}

// theirs trains with a peer of python/.
func (b *bench) theirs(peer string, d data, workers int, hs, corpusFile bool) *trainer {
	name := peer
	switch {
	case hs:
		name += ", hs"
	case corpusFile:
		name += ", corpus_file"
	}
	return &trainer{name: name, workers: workers, hs: hs, peer: true, train: func(ctx context.Context, seed uint64) (trained, error) {
		return b.askTrainer(ctx, b.o.python, "bench_words.py", map[string]any{
			"peer": peer, "corpus_file": corpusFile,
		}, d, workers, hs, seed)
	}}
}

// sparks trains with Spark ML, which knows hierarchical softmax only.
func (b *bench) sparks(d data, workers int) *trainer {
	return &trainer{name: "Spark ML, hs", workers: workers, hs: true, peer: true, train: func(ctx context.Context, seed uint64) (trained, error) {
		return b.askTrainer(ctx, b.o.spark, "bench_spark.py", map[string]any{"task": "words"}, d, workers, true, seed)
	}}
}

func (b *bench) askTrainer(ctx context.Context, python, script string, arguments map[string]any, d data, workers int, hs bool, seed uint64) (trained, error) {
	p := product.Training(seed)
	p.HS = hs
	out := filepath.Join(b.folder, "vectors.bin")
	for name, value := range map[string]any{
		"titles": d.file, "out": out, "workers": workers, "hs": hs, "seed": seed, "dim": p.VectorSize, "window": p.Window,
		"min_count": p.MinCount, "negative": p.Negative, "sample": p.Subsample, "epochs": p.Epochs, "alpha": p.Alpha, "min_alpha": p.MinAlpha,
	} {
		arguments[name] = value
	}
	var answer struct {
		Version               string
		Seconds, CPU, Prepare float64
	}
	if err := ask(ctx, python, script, workers, arguments, &answer); err != nil {
		return trained{}, err
	}
	t := trained{spent: spent{answer.Seconds, answer.CPU}, prepare: answer.Prepare, version: answer.Version}
	var err error
	t.model, err = b.load(out, p)
	return t, err
}

// runTrainers runs every trainer with every seed and judges its vectors.
func (b *bench) runTrainers(ctx context.Context, list []*trainer) error {
	for _, t := range list {
		for seed := uint64(1); seed <= uint64(b.o.seeds); seed++ {
			progress("%s, %d workers, seed %d", t.name, t.workers, seed)
			got, err := t.train(ctx, seed)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			q, err := b.judge(ctx, got.model, seed)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			t.qualities = append(t.qualities, q)
			if seed == 1 || got.wall < t.best.wall {
				t.best = got
			}
		}
	}
	return nil
}

// fastest returns the best of the trainers whose name begins so, nil if none ran.
func fastest(list []*trainer, name string, workers int, hs bool) *trainer {
	var best *trainer
	for _, t := range list {
		if len(t.name) >= len(name) && t.name[:len(name)] == name && t.workers == workers && t.hs == hs &&
			(best == nil || t.best.wall < best.best.wall) {
			best = t
		}
	}
	return best
}

// theFastest is what that one took, zero if none ran.
func theFastest(list []*trainer, name string, workers int, hs bool) spent {
	if t := fastest(list, name, workers, hs); t != nil {
		return t.best.spent
	}
	return spent{}
}

// printTrainers writes the table: every trainer beside the faster gensim of as
// many workers and the same objective.
func (b *bench) printTrainers(d data, list []*trainer) {
	var rows [][]string
	for _, t := range list {
		against := "-"
		if g := fastest(list, "gensim", t.workers, t.hs); g != nil {
			against = times(g.best.wall / t.best.wall)
		}
		row := []string{
			t.name, fmt.Sprint(t.workers), fmt.Sprintf("%.2f", t.best.wall), fmt.Sprintf("%.0f", d.words/t.best.wall/1e3),
			fmt.Sprintf("%.0f", d.words/t.best.cpu/1e3), fmt.Sprintf("%.2f", t.best.prepare), against,
		}
		rows = append(rows, append(row, columns(t.qualities)...))
	}
	b.report.table([]string{
		"trainer", "workers", "seconds", "k words/s", "k words/cpu-s", "seconds before", "speed, gensim = 1",
		"ranked hits", "near hits", "10-NN purity",
	}, rows)
	seen := map[string]bool{}
	for _, t := range list {
		if v := t.best.version; v != "" && !seen[v] {
			seen[v] = true
			b.report.printf("%s is %s. ", t.name, v)
		}
	}
	b.report.printf("Figures of quality are per cent, of %d seed(s).\n\n", b.o.seeds)
}

// word2vec measures training on distinct titles.
func (b *bench) word2vec(ctx context.Context) error {
	d := b.distinct()
	list := []*trainer{
		b.ours("gondola", d, 1, nil),
		b.ours("gondola", d, 2, nil),
		b.ours("gondola --shared 0", d, 1, func(p *pipeline.Word2Vec) { p.Shared = 0 }),
		b.ours("gondola --hs", d, 1, func(p *pipeline.Word2Vec) { p.HS = true }),
	}
	if b.missing(ctx, "gensim") == "" {
		for _, workers := range []int{1, 2} {
			list = append(list, b.theirs("gensim", d, workers, false, false), b.theirs("gensim", d, workers, false, true))
		}
		list = append(list, b.theirs("gensim", d, 1, true, false))
	}
	if b.missing(ctx, "fastText") == "" {
		list = append(list, b.theirs("fastText", d, 1, false, false), b.theirs("fastText", d, 2, false, false))
	}
	if b.o.spark != "" {
		list = append(list, b.sparks(d, 1))
	}
	if err := b.runTrainers(ctx, list); err != nil {
		return err
	}
	b.vectors = list[0].best.model
	b.report.printf("## word2vec, distinct titles\n\n%d titles, %.0f words in the vocabulary x epochs; dim 100, window 5, negative 5, sample 1e-3, 5 epochs, min_count 5, alpha 0.05.\n"+
		"Seconds are of training; of fastText they hold the reading of the file.\n\n", len(b.ids), d.words)
	b.printTrainers(d, list)

	for i, workers := range []int{1, 2} {
		g := theFastest(list, "gensim", workers, false)
		b.reach(fmt.Sprintf("word2vec, %d worker(s)", workers), fmt.Sprintf("gensim, %d", workers), "10x", ratio(g.wall, list[i].best.wall), byProcessor(g, list[i].best.spent))
	}
	hs := fastest(list, "gondola --hs", 1, true)
	if s := fastest(list, "Spark", 1, true); s != nil {
		b.reach("word2vec --hs, 1 worker", "Spark ML, local[1]", "5x", times(s.best.wall/hs.best.wall), byProcessor(s.best.spent, hs.best.spent)+"; second run of Spark in its JVM")
	} else {
		b.reach("word2vec --hs, 1 worker", "Spark ML, local[1]", "5x", times(d.words/hs.best.wall/sparkWords), "against 192 k words/s from the documentation, other machine, other tokens")
	}
	return nil
}

// sparkWords is the rate of Spark ML's Word2Vec on one core, words/s, from the
// reference of the project: measured once, on another machine.
const sparkWords = 192e3
