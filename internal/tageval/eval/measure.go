package main

import (
	"fmt"
	"math"
	"os"
	"strings"

	"gondola/internal/tageval"
	"gondola/pipeline"
)

// measure runs every tagger with every seed, over our vectors and gensim's,
// and prints the tables.
func (b *bench) measure() error {
	var results []tageval.Result
	for _, baseline := range []tageval.Baseline{tageval.DF2, tageval.LastTwo, tageval.TFIDF} {
		results = append(results, b.corpus.MeasureBaseline(baseline))
	}
	ours, clusters, err := b.overSeeds("", b.train, b.o.slow)
	if err != nil {
		return err
	}
	spreads := ours
	for _, runs := range ours {
		results = append(results, tageval.Mean(runs...))
	}
	if b.o.gensim {
		python := os.Getenv("GONDOLA_PYTHON")
		if python == "" {
			return fmt.Errorf("GONDOLA_PYTHON is not set: run `make eval`, or give -gensim=false")
		}
		g, err := newGensim(b, python)
		if err != nil {
			return err
		}
		defer g.close()
		theirs, _, err := b.overSeeds(", gensim's vectors", g.train, false)
		if err != nil {
			return err
		}
		for _, runs := range theirs {
			results = append(results, tageval.Mean(runs...))
		}
		spreads = append(spreads, theirs...)
	}
	fmt.Fprintf(b.out, "%d titles, k = %d, means of %d seeds.\n\n", len(b.corpus.Rows), b.o.k, b.o.seeds)
	fmt.Fprint(b.out, tageval.Markdown(results))
	fmt.Fprintf(b.out, "Spread over the seeds (%s, two tags, per cent)\n\n%s\n", tageval.Main, spread(spreads))
	fmt.Fprintf(b.out, "Clusters against categories (seed 1)\n\n%s\n", tageval.ClustersMarkdown(clusters))
	if python := os.Getenv("GONDOLA_PEERS_PYTHON"); python != "" {
		return b.peers(python)
	}
	return nil
}

// overSeeds trains, clusters and tags once for each seed. Each element of
// runs holds the runs of one tagger.
func (b *bench) overSeeds(suffix string, train func(seed int) (pipeline.WordModel, error), slow bool) (runs [][]tageval.Result, scores []tageval.ClusterScore, err error) {
	methods := []string{pipeline.MethodRanked, pipeline.MethodNear}
	runs = make([][]tageval.Result, len(methods))
	if b.o.phrases { // each method is measured twice
		runs = make([][]tageval.Result, 2*len(methods))
	}
	for seed := 1; seed <= b.o.seeds; seed++ {
		progress("seed %d: train%s", seed, suffix)
		words, err := train(seed)
		if err != nil {
			return nil, nil, err
		}
		progress("seed %d: cluster", seed)
		clusters, err := b.cluster(words, seed)
		if err != nil {
			return nil, nil, err
		}
		for m, method := range methods {
			progress("seed %d: tag --method %s", seed, method)
			out, err := b.tag(clusters, method)
			if err != nil {
				return nil, nil, err
			}
			runs[m] = append(runs[m], b.corpus.Measure(method+suffix, func(i int) []string { return out.tags[i] }))
			if b.o.phrases {
				runs[len(methods)+m] = append(runs[len(methods)+m], b.corpus.Measure(method+suffix+", last words of phrases", func(i int) []string { return lastWords(out.tags[i]) }))
			}
			if seed == 1 && m == 0 {
				scores = b.corpus.Clusters(out.clusters)
			}
		}
		if seed == 1 && slow {
			progress("seed %d: tag --method title, every %dth title", seed, slowEvery)
			one, err := b.measureSlow(clusters)
			if err != nil {
				return nil, nil, err
			}
			runs = append(runs, []tageval.Result{one})
		}
	}
	return runs, scores, nil
}

// lastWords leaves of each phrase its last word.
func lastWords(tags []string) []string {
	last := make([]string, len(tags))
	for i, tag := range tags {
		last[i] = tag[strings.LastIndexByte(tag, ' ')+1:]
	}
	return last
}

// slowEvery is which titles the tagger title is measured on: it compares each
// title with the whole vocabulary.
const slowEvery = 20

// measureSlow measures the tagger title on a part of the titles.
func (b *bench) measureSlow(model pipeline.ClusterModel) (tageval.Result, error) {
	var some []tageval.Row
	for i := 0; i < len(b.corpus.Rows); i += slowEvery {
		some = append(some, b.corpus.Rows[i])
	}
	how := pipeline.Tag{Method: pipeline.MethodTitle, Max: 2, Metric: "auto", Near: pipeline.DefaultNear(pipeline.MethodTitle)}
	tags := make([][]string, len(some))
	for i, row := range some {
		x, err := model.Explain(row.Title, how)
		if err != nil {
			return tageval.Result{}, err
		}
		tags[i] = x.Tags
	}
	name := fmt.Sprintf("title (one seed, every %dth title)", slowEvery)
	return tageval.NewCorpus(some).Measure(name, func(i int) []string { return tags[i] }), nil
}

// spread shows the single runs behind a mean.
func spread(taggers [][]tageval.Result) string {
	var s strings.Builder
	s.WriteString("| tagger | runs | mean | standard deviation |\n|---|---|--:|--:|\n")
	for _, runs := range taggers {
		var each []string
		var sum, squares float64
		for _, r := range runs {
			x := r.Of(tageval.Main).Hit2
			each = append(each, fmt.Sprintf("%.1f", x))
			sum += x
			squares += x * x
		}
		n := float64(len(runs))
		mean := sum / n
		deviation := math.Sqrt(max(0, squares/n-mean*mean) * n / max(1, n-1))
		fmt.Fprintf(&s, "| %s | %s | %.2f | %.2f |\n", runs[0].Tagger, strings.Join(each, ", "), mean, deviation)
	}
	return s.String()
}
