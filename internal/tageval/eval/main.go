// Command eval measures how good the tags are: all taggers and the baselines
// over real titles with known categories, through the same engine that users
// run, as Markdown on standard output. docs/quality.md holds its last tables
// and says what they mean.
//
//	make eval                 four seeds, beside the same taggers over gensim's vectors
//	PEERS=1 make eval         beside YAKE and KeyBERT's way as well
//	make eval ARGS="-fit"     fits the weights of ranked again, leaving out one source at a time
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"gondola/internal/tageval"
	"gondola/internal/tageval/product"
	"gondola/pipeline"
	"gondola/pipeline/local"
)

type options struct {
	data   string
	seeds  int
	k      int
	shared int
	fold   int
	gensim bool
	slow   bool
	fit    bool
	peers  int

	phrases   bool
	minCount  int
	threshold float64
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "../shared/data/titles_dev.tsv.gz", "titles with categories: id, title, category_path, source")
	flag.IntVar(&o.seeds, "seeds", 4, "runs to average, each with its own seed of training and clustering")
	flag.IntVar(&o.k, "k", 100, "clusters")
	flag.IntVar(&o.shared, "shared", 4, "train --shared")
	flag.IntVar(&o.fold, "fold", 4, "train --fold")
	flag.BoolVar(&o.gensim, "gensim", true, "measure the same taggers over gensim's vectors (needs $GONDOLA_PYTHON)")
	flag.BoolVar(&o.slow, "title", true, "measure the tagger title, on a part of the titles")
	flag.BoolVar(&o.fit, "fit", false, "fit the weights of ranked again")
	flag.IntVar(&o.peers, "peers", 6000, "titles that YAKE and KeyBERT's way are measured on, when $GONDOLA_PEERS_PYTHON is set")
	flag.BoolVar(&o.phrases, "phrases", false, "join phrases, as preprocess --phrases does; measure the strict hit beside it; without gensim's vectors")
	flag.IntVar(&o.minCount, "phrase-min-count", pipeline.DefaultPhraseMinCount, "as preprocess has it")
	flag.Float64Var(&o.threshold, "phrase-threshold", pipeline.DefaultPhraseThreshold, "as preprocess has it")
	flag.Parse()
	o.gensim = o.gensim && !o.phrases // gensim's runs know words only
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	engine, err := local.New(local.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	titles, err := product.Open(ctx, engine, o.data, o.preprocess())
	if err != nil {
		return err
	}
	b := &bench{ctx: ctx, o: o, engine: engine, titles: titles, corpus: titles.Corpus, tokens: titles.Tokens, out: os.Stdout}
	if o.fit {
		return b.fit()
	}
	return b.measure()
}

// bench holds what the runs share: the titles as the engine sees them.
type bench struct {
	ctx    context.Context
	o      options
	engine pipeline.Engine
	titles *product.Titles
	corpus *tageval.Corpus
	tokens pipeline.Dataset
	out    io.Writer // the tables
}

// preprocess is as a user would, with the defaults of the language.
func (o options) preprocess() pipeline.Preprocess {
	step := product.Defaults()
	if o.phrases {
		step.Phrases, step.PhraseMinCount, step.PhraseThreshold = true, o.minCount, o.threshold
	}
	return step
}

// training is what the language's defaults are, with a seed.
func training(seed, shared, fold int) pipeline.Word2Vec {
	p := product.Training(uint64(seed))
	p.Shared, p.Fold = shared, fold
	return p
}

// train trains with our trainer.
func (b *bench) train(seed int) (pipeline.WordModel, error) {
	model, err := b.engine.Fit(b.ctx, b.tokens, training(seed, b.o.shared, b.o.fold), nil)
	if err != nil {
		return nil, err
	}
	return model.(pipeline.WordModel), nil // Fit of Word2Vec promises it
}

func (b *bench) cluster(words pipeline.WordModel, seed int) (pipeline.ClusterModel, error) {
	return b.titles.Cluster(b.ctx, words, b.o.k, uint64(seed))
}

func (b *bench) tag(clusters pipeline.ClusterModel, method string) (product.Tagged, error) {
	return b.titles.Tag(b.ctx, clusters, method)
}

// progress tells on standard error what is under way.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}
