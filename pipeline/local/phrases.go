package local

import (
	"cmp"
	"context"
	"slices"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/text"
)

// foundPhrase is two words, by their numbers, that are joined.
type foundPhrase struct {
	words [2]int32
	count int64
	score float64
}

// pairBytes is what the table of pairs takes at most.
const pairBytes = 64 << 20

// findPhrases counts the pairs of words that stand next to each other in the
// raw titles and returns those that occur often enough and score above the
// threshold, the most frequent first. It is what gensim's
// Phrases(min_count, threshold, scoring="npmi", connector_words=()) finds in
// the same runs of adjacent words.
func (e *Engine) findPhrases(ctx context.Context, raw rawTitles, c *artifact.Counted, p pipeline.Preprocess, m *meter) ([]foundPhrase, error) {
	m.enter("count pairs", raw.titles()*int64(e.workers))
	parts := make([][]foundPhrase, e.workers)
	// Every worker reads all titles and counts its share of the pairs.
	err := inParallel(ctx, e.workers, func(ctx context.Context, w int) (err error) {
		pairs := newTally(e.work, min(pairBytes, e.share(countedShare))/int64(e.workers))
		defer pairs.close()
		parts[w], err = findShare(ctx, raw, pairs, uint64(w), uint64(e.workers), c, p, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	found := slices.Concat(parts...)
	slices.SortFunc(found, func(a, b foundPhrase) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(c.Words[a.words[0]], c.Words[b.words[0]]),
			cmp.Compare(c.Words[a.words[1]], c.Words[b.words[1]]))
	})
	return found, nil
}

// findShare is findPhrases for the pairs whose hash has a remainder by of.
func findShare(ctx context.Context, raw rawTitles, pairs *tally, remainder, of uint64, c *artifact.Counted, p pipeline.Preprocess, m *meter) ([]foundPhrase, error) {
	least := int64(p.PhraseMinCount)
	for _, file := range raw {
		err := file.each(ctx, 0, file.titles, func(i int64, t *tokenTitle) error {
			last := int32(-1)
			for _, form := range t.ids {
				word := int32(-1)
				if form--; form != artifact.Gap {
					// A pair is never more frequent than its words, so rare words are in no phrase.
					if word = c.Word[form]; c.Count[word] < least {
						word = -1
					}
				}
				if last >= 0 && word >= 0 {
					pair := uint64(last)<<32 | uint64(word)
					if of == 1 || mix(pair)%of == remainder {
						if err := pairs.addTimes(0, pair, t.times); err != nil {
							return err
						}
					}
				}
				last = word
			}
			m.add(1)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	m.spilled.Add(pairs.spilled)
	var found []foundPhrase
	err := pairs.each(ctx, func(_ uint32, key uint64, n int64) error {
		if n < least {
			return nil
		}
		a, b := int32(key>>32), int32(uint32(key))
		if score := text.NPMI(c.Count[a], c.Count[b], n, c.Total); score > p.PhraseThreshold {
			found = append(found, foundPhrase{[2]int32{a, b}, n, score})
		}
		return nil
	})
	return found, err
}

// phraseFacts lists the most frequent phrases.
func phraseFacts(found []foundPhrase, dict *artifact.Dictionary, c *artifact.Counted, rows int64) pipeline.Table {
	const shown = 100
	t := pipeline.Table{
		Title: "phrases", Shows: pipeline.Completeness{Rows: rows}, Total: int64(len(found)),
		Columns: []pipeline.TableColumn{
			pipeline.Col("phrase", pipeline.String), pipeline.Col("count", pipeline.Int), pipeline.Col("npmi", pipeline.Float),
		},
	}
	for _, p := range found[:min(shown, len(found))] {
		base := c.Words[p.words[0]] + text.PhraseJoin + c.Words[p.words[1]]
		t.Add(text.ShowPhrase(dict.Shown(base)), p.count, p.score)
	}
	return t
}
