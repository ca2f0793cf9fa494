package enginetest

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gondola/pipeline"
)

func (s *suite) train(t *testing.T) {
	t.Run("Facts", func(t *testing.T) {
		losses := lossByEpoch(s.trained(t).words.Facts())
		if len(losses) != smallWord2Vec().Epochs {
			t.Fatalf("the facts hold %d losses by epoch, want %d", len(losses), smallWord2Vec().Epochs)
		}
		for i, loss := range losses {
			if math.IsNaN(loss) || math.IsInf(loss, 0) || loss < 0 {
				t.Errorf("loss of epoch %d is %v", i+1, loss)
			}
		}
		if last := losses[len(losses)-1]; last >= losses[0] {
			t.Errorf("the loss does not fall: %v", losses)
		}
	})
	t.Run("Vocabulary", s.vocabulary)
	for name, change := range map[string]func(*pipeline.Word2Vec){
		"SkipGram": func(*pipeline.Word2Vec) {},
		"HS":       func(w *pipeline.Word2Vec) { w.HS, w.Negative = true, 0 },
		"CBOW":     func(w *pipeline.Word2Vec) { w.CBOW = true },
		"Workers":  func(w *pipeline.Word2Vec) { w.Workers = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			m := s.trained(t)
			w := smallWord2Vec()
			change(&w)
			checkNeighbors(t, m.corpus, s.mustTrain(t, m.clean, w))
		})
	}
	t.Run("MostSimilar", func(t *testing.T) { s.mostSimilar(t, s.trained(t)) })
	t.Run("Deterministic", func(t *testing.T) {
		m := s.trained(t)
		again := s.mustTrain(t, m.clean, smallWord2Vec())
		other := smallWord2Vec()
		other.Seed++
		different := s.mustTrain(t, m.clean, other)
		word := m.corpus.heads[0][0]
		first := mustSimilar(t, m.words, word)
		if second := mustSimilar(t, again, word); !reflect.DeepEqual(first, second) {
			t.Errorf("the same seed with one worker gives other vectors:\n%v\n%v", first, second)
		}
		if third := mustSimilar(t, different, word); reflect.DeepEqual(first, third) {
			t.Error("another seed gives the same vectors")
		}
	})
	t.Run("EmptyVocabulary", func(t *testing.T) {
		w := smallWord2Vec()
		w.MinCount = 1_000_000
		_, err := s.engine.Fit(s.ctx(t), s.trained(t).clean, w, nil)
		wantError(t, "train", err, "min_count")
	})
	t.Run("Unprocessed", func(t *testing.T) {
		_, err := s.engine.Fit(s.ctx(t), s.trained(t).raw, smallWord2Vec(), nil)
		wantError(t, "train", err, "preprocess")
	})
}

// lossByEpoch finds the column loss of the fact that has one row an epoch.
func lossByEpoch(facts []pipeline.Table) []float64 {
	for _, f := range facts {
		at := slices.IndexFunc(f.Columns, func(c pipeline.TableColumn) bool { return c.Name == "loss" })
		if at < 0 || !slices.ContainsFunc(f.Columns, func(c pipeline.TableColumn) bool { return c.Name == "epoch" }) {
			continue
		}
		var losses []float64
		for _, row := range f.Rows {
			loss, _ := row[at].(float64)
			losses = append(losses, loss)
		}
		return losses
	}
	return nil
}

// vocabulary checks which words have a vector.
func (s *suite) vocabulary(t *testing.T) {
	m := s.trained(t)
	counts := map[string]int64{}
	for _, v := range s.column(t, m.clean, pipeline.TokensColumn) {
		for _, token := range v.([]string) {
			counts[token]++
		}
	}
	if m.words.Dim() != smallWord2Vec().VectorSize {
		t.Errorf("Dim is %d, want %d", m.words.Dim(), smallWord2Vec().VectorSize)
	}
	if m.words.Words() != len(counts) {
		t.Errorf("%d words have a vector, want all %d", m.words.Words(), len(counts))
	}
	w := smallWord2Vec()
	w.MinCount, w.Epochs = 60, 1
	frequent := 0
	for _, n := range counts {
		if n >= 60 {
			frequent++
		}
	}
	if frequent == 0 || frequent == len(counts) {
		t.Fatalf("%d of %d words are frequent: the corpus tests nothing", frequent, len(counts))
	}
	if got := s.mustTrain(t, m.clean, w).Words(); got != frequent {
		t.Errorf("%d words have a vector with min_count 60, want %d", got, frequent)
	}
	for _, n := range mustSimilar(t, m.words, m.corpus.heads[0][0]) {
		if n.Count != counts[n.Word] {
			t.Errorf("word %q has count %d, want %d", n.Word, n.Count, counts[n.Word])
		}
	}

	word := m.corpus.heads[1][0]
	found := m.words.WordsByPrefix(word[:2], 1000)
	if !slices.Contains(found, word) {
		t.Errorf("WordsByPrefix(%q) = %q does not hold %q", word[:2], found, word)
	}
	for i, f := range found {
		if !strings.HasPrefix(f, word[:2]) || i > 0 && counts[found[i-1]] < counts[f] {
			t.Errorf("WordsByPrefix(%q) = %q: not all by prefix, most frequent first", word[:2], found)
			break
		}
	}
	if got := m.words.WordsByPrefix("", 3); len(got) != 3 {
		t.Errorf("WordsByPrefix(\"\", 3) = %q, want three words", got)
	}
	if got := m.words.WordsByPrefix("qqq", 3); len(got) != 0 {
		t.Errorf("WordsByPrefix(\"qqq\") = %q, want none", got)
	}
}

// checkNeighbors checks that words of one topic are near each other.
func checkNeighbors(t *testing.T, c *corpus, words pipeline.WordModel) {
	t.Helper()
	right, all := 0, 0
	for topic, heads := range c.heads {
		for _, head := range heads {
			near, err := words.MostSimilar([]string{head}, nil, len(heads)-1, "cosine") // CBOW puts words that stand in for each other first
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range near {
				all++
				if of, ok := c.of[n.Word]; ok && of == topic {
					right++
				}
			}
		}
	}
	if share := float64(right) / float64(max(1, all)); share < 0.9 { // by chance: 13 %
		t.Errorf("%.0f %% of the neighbours of a topic's words are of that topic, want 90 %%", 100*share)
	}
}

func mustSimilar(t *testing.T, words pipeline.WordModel, word string) []pipeline.Neighbor {
	t.Helper()
	near, err := words.MostSimilar([]string{word}, nil, 20, "cosine")
	if err != nil {
		t.Fatal(err)
	}
	return near
}

func (s *suite) mostSimilar(t *testing.T, m *trained) {
	a, b := m.corpus.heads[0][0], m.corpus.heads[1][0]
	for _, metric := range []string{"cosine", "dot"} {
		near, err := m.words.MostSimilar([]string{a, b}, []string{m.corpus.heads[2][0]}, 10, metric)
		if err != nil {
			t.Fatalf("%s: %v", metric, err)
		}
		if len(near) != 10 {
			t.Errorf("%s: %d neighbours, want 10", metric, len(near))
		}
		for i, n := range near {
			if n.Word == a || n.Word == b || n.Word == m.corpus.heads[2][0] {
				t.Errorf("%s: the word %q that was given is among its neighbours", metric, n.Word)
			}
			if i > 0 && n.Similarity > near[i-1].Similarity {
				t.Errorf("%s: not by falling similarity: %v", metric, near)
			}
			if metric == "cosine" && math.Abs(n.Similarity) > 1+1e-6 {
				t.Errorf("a cosine is %v", n.Similarity)
			}
		}
	}
	if near, err := m.words.MostSimilar([]string{a}, nil, 1_000_000, "cosine"); err != nil || len(near) != m.words.Words()-1 {
		t.Errorf("%d neighbours and error %v, want all %d other words", len(near), err, m.words.Words()-1)
	}
	_, err := m.words.MostSimilar([]string{a}, nil, 5, "far")
	wantError(t, "unknown metric", err, "far")
	_, err = m.words.MostSimilar(nil, nil, 5, "cosine")
	wantError(t, "no word", err)
	misspelt := a[:len(a)-1] + "x"
	_, err = m.words.MostSimilar([]string{misspelt}, nil, 5, "cosine")
	wantError(t, "unknown word", err, misspelt, a)
}
