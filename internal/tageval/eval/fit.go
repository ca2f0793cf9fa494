package main

import (
	"cmp"
	"fmt"
	"slices"

	"gondola/internal/tageval"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/tag"
)

// labelledTitle is a title with the parts of each of its words.
type labelledTitle struct {
	row   int
	words []tag.WordFeatures
	hits  []bool
}

// fit fits the weights of ranked on all sources but the control, and on all
// but one for each, and says how well each set serves each source.
func (b *bench) fit() error {
	words, err := b.train(1)
	if err != nil {
		return err
	}
	model, err := b.cluster(words, 1)
	if err != nil {
		return err
	}
	titles, sources, err := b.features(model.(*artifact.Clusters)) // the local engine's own
	if err != nil {
		return err
	}
	fmt.Fprintln(b.out, "| fitted on | df | head prior | last | before last | cos | entropy | hit rate by source, two tags |")
	fmt.Fprintln(b.out, "|---|--:|--:|--:|--:|--:|--:|---|")
	b.printFit("defaults", tag.DefaultWeights(), titles, sources)
	for _, leftOut := range append([]string{""}, sources...) {
		fitted, err := tag.FitWeights(b.examples(titles, leftOut))
		if err != nil {
			return err
		}
		name := "all"
		if leftOut != "" {
			name = "all but " + leftOut
		}
		b.printFit(name, fitted.Weights, titles, sources)
	}
	return nil
}

// features computes the parts of every word of every labelled title, but for
// the control's.
func (b *bench) features(c *artifact.Clusters) ([]labelledTitle, []string, error) {
	tagger, err := c.NewTagger(b.ctx, pipeline.Tag{Clusters: c, Method: pipeline.MethodRanked, Max: 2, Metric: "auto"})
	if err != nil {
		return nil, nil, err
	}
	assigner, err := c.NewAssigner(b.ctx)
	if err != nil {
		return nil, nil, err
	}
	var read artifact.Title
	var scratch tag.Scratch
	var titles []labelledTitle
	var sources []string
	for i, row := range b.corpus.Rows {
		if !b.corpus.Labelled(i) || row.Source == tageval.Control {
			continue
		}
		if !slices.Contains(sources, row.Source) {
			sources = append(sources, row.Source)
		}
		c.Dictionary.Read(row.Title, &read)
		title := tag.Title{IDs: read.IDs, HeadLen: read.HeadLen, Cluster: int(assigner.Assign(read.IDs).Cluster)}
		t := labelledTitle{row: i, words: tagger.Features(title, &scratch, nil)}
		for _, w := range t.words {
			t.hits = append(t.hits, b.corpus.Hit(i, read.Tokens[read.Token[w.Index]].Text))
		}
		titles = append(titles, t)
	}
	slices.Sort(sources)
	return titles, sources, nil
}

// examples are the words of the titles that can be hit; every source has the
// same weight.
func (b *bench) examples(titles []labelledTitle, leftOut string) []tag.Example {
	count := map[string]float64{}
	for _, t := range titles {
		if slices.Contains(t.hits, true) {
			count[b.corpus.Rows[t.row].Source]++
		}
	}
	var out []tag.Example
	for _, t := range titles {
		source := b.corpus.Rows[t.row].Source
		if source == leftOut || !slices.Contains(t.hits, true) {
			continue
		}
		for i, w := range t.words {
			out = append(out, tag.Example{Features: w.Features, Hit: t.hits[i], Weight: 1 / count[source]})
		}
	}
	return out
}

func (b *bench) printFit(name string, w tag.Weights, titles []labelledTitle, sources []string) {
	hits, all := map[string]float64{}, map[string]float64{}
	for _, t := range titles {
		source := b.corpus.Rows[t.row].Source
		all[source]++
		order := make([]int, len(t.words))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(x, y int) int {
			return cmp.Compare(w.Score(t.words[y].Features), w.Score(t.words[x].Features))
		})
		for _, i := range order[:min(2, len(order))] {
			if t.hits[i] {
				hits[source]++
				break
			}
		}
	}
	fmt.Fprintf(b.out, "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |", name, w.DF, w.HeadPrior, w.Last, w.BeforeLast, w.Cos, w.Entropy)
	for _, s := range sources {
		fmt.Fprintf(b.out, " %s %.1f", s, 100*hits[s]/all[s])
	}
	fmt.Fprintln(b.out, " |")
}
