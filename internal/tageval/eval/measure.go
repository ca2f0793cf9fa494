package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"gondola/internal/tageval"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// measure runs every tagger with every seed, over our vectors and gensim's,
// and prints the tables.
func (b *bench) measure() error {
	var results []tageval.Result
	for _, baseline := range []tageval.Baseline{tageval.DF2, tageval.LastTwo, tageval.TFIDF} {
		results = append(results, b.corpus.MeasureBaseline(baseline))
	}
	ours, err := b.overSeeds("", b.train)
	if err != nil {
		return err
	}
	spreads, purities := ours.taggers, []purity{ours.purity}
	for _, runs := range ours.taggers {
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
		theirs, err := b.overSeeds(", gensim's vectors", g.train)
		if err != nil {
			return err
		}
		for _, runs := range theirs.taggers {
			results = append(results, tageval.Mean(runs...))
		}
		spreads, purities = append(spreads, theirs.taggers...), append(purities, theirs.purity)
	}
	fmt.Fprintf(b.out, "%d titles, k = %d, means of %d seeds.\n\n", len(b.corpus.Rows), b.o.k, b.o.seeds)
	fmt.Fprint(b.out, tageval.Markdown(results))
	fmt.Fprintf(b.out, "Spread over the seeds (%s, two tags, per cent)\n\n%s\n", tageval.Main, spread(spreads, purities))
	fmt.Fprintf(b.out, "Clusters against categories (seed 1)\n\n%s\n", tageval.ClustersMarkdown(ours.clusters))
	if python := os.Getenv("GONDOLA_PEERS_PYTHON"); python != "" {
		return b.peers(python)
	}
	return nil
}

// measured is what came out for one sort of vectors.
type measured struct {
	taggers  [][]tageval.Result // by tagger, then by seed
	clusters []tageval.ClusterScore
	purity   purity
}

// purity holds the k-NN category purity of title vectors, by seed, per cent.
type purity struct {
	name string
	runs []float64
}

// overSeeds trains, clusters and tags once for each seed.
func (b *bench) overSeeds(suffix string, train func(seed int) (pipeline.WordModel, error)) (all measured, err error) {
	methods := []string{pipeline.MethodRanked, pipeline.MethodNear}
	runs := make([][]tageval.Result, len(methods))
	if b.o.phrases { // each method is measured twice
		runs = make([][]tageval.Result, 2*len(methods))
	}
	var title []tageval.Result
	all.purity.name = "10-NN category purity" + suffix
	for seed := 1; seed <= b.o.seeds; seed++ {
		progress("seed %d: train%s", seed, suffix)
		words, err := train(seed)
		if err != nil {
			return all, err
		}
		all.purity.runs = append(all.purity.runs, 100*b.titles.NeighbourPurity(words.(*artifact.WordModel)))
		progress("seed %d: cluster", seed)
		clusters, err := b.cluster(words, seed)
		if err != nil {
			return all, err
		}
		for m, method := range methods {
			progress("seed %d: tag --method %s", seed, method)
			out, err := b.tag(clusters, method)
			if err != nil {
				return all, err
			}
			runs[m] = append(runs[m], b.corpus.Measure(method+suffix, func(i int) []string { return out.Tags[i] }))
			if b.o.phrases {
				runs[len(methods)+m] = append(runs[len(methods)+m], b.corpus.Measure(method+suffix+", last words of phrases", func(i int) []string { return lastWords(out.Tags[i]) }))
			}
			if seed == 1 && m == 0 {
				all.clusters = b.corpus.Clusters(out.Clusters)
			}
		}
		if b.o.slow {
			progress("seed %d: tag --method title%s, every %dth title", seed, suffix, slowEvery)
			one, err := b.measureSlow(clusters, suffix)
			if err != nil {
				return all, err
			}
			title = append(title, one)
		}
	}
	all.taggers = runs
	if len(title) > 0 {
		all.taggers = append(all.taggers, title)
	}
	return all, nil
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
func (b *bench) measureSlow(model pipeline.ClusterModel, suffix string) (tageval.Result, error) {
	var some []tageval.Row
	for i := 0; i < len(b.corpus.Rows); i += slowEvery {
		some = append(some, b.corpus.Rows[i])
	}
	how := pipeline.Tag{Method: pipeline.MethodTitle, Max: 2, Metric: "auto", Near: pipeline.DefaultNear(pipeline.MethodTitle)}
	tags := make([][]string, len(some))
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, runtime.GOMAXPROCS(0))
	for w := range failed {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(some) || failed[w] != nil {
					return
				}
				var x pipeline.Explanation
				x, failed[w] = model.Explain(some[i].Title, how)
				tags[i] = x.Tags
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return tageval.Result{}, err
	}
	name := fmt.Sprintf("title (every %dth title)%s", slowEvery, suffix)
	return tageval.NewCorpus(some).Measure(name, func(i int) []string { return tags[i] }), nil
}

// spread shows the single runs behind a mean.
func spread(taggers [][]tageval.Result, purities []purity) string {
	var s strings.Builder
	s.WriteString("| tagger | runs | mean | standard deviation |\n|---|---|--:|--:|\n")
	line := func(name string, runs []float64) {
		var each []string
		var sum, squares float64
		for _, x := range runs {
			each = append(each, fmt.Sprintf("%.1f", x))
			sum += x
			squares += x * x
		}
		n := float64(len(runs))
		mean := sum / n
		deviation := math.Sqrt(max(0, squares/n-mean*mean) * n / max(1, n-1))
		fmt.Fprintf(&s, "| %s | %s | %.2f | %.2f |\n", name, strings.Join(each, ", "), mean, deviation)
	}
	for _, runs := range taggers {
		var hits []float64
		for _, r := range runs {
			hits = append(hits, r.Of(tageval.Main).Hit2)
		}
		line(runs[0].Tagger, hits)
	}
	for _, p := range purities {
		line(p.name, p.runs)
	}
	return s.String()
}
