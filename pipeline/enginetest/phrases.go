package enginetest

import (
	"slices"
	"strings"
	"testing"

	"gondola/pipeline"
)

// phrasePreprocess joins whatever stands side by side again and again.
func phrasePreprocess() pipeline.Preprocess {
	p := plainPreprocess()
	p.Phrases, p.PhraseMinCount, p.PhraseThreshold = true, 3, 0
	return p
}

// phrases checks where words are joined, and that a phrase is one word to all
// that comes after.
func (s *suite) phrases(t *testing.T) {
	titles := []any{
		"Ice Cream Cake", "ice  cream", "vanilla ICE CREAMS", nil, "Ice, Cream", "ice & cream", "", "plain cake, ice cream", "olive oil",
		"salt", "pepper", "bread", "milk", "ice cream", "Ice-Cream",
	}
	want := [][]any{
		{[]string{"ice cream", "cake"}},
		{[]string{"ice cream"}},
		{[]string{"vanilla", "ice creams"}},
		{nil},
		{[]string{"ice", "cream"}},
		{[]string{"ice", "cream"}},
		{[]string{}},
		{[]string{"plain", "cake", "ice cream"}},
		{[]string{"olive", "oil"}}, // once
		{[]string{"salt"}},
		{[]string{"pepper"}},
		{[]string{"bread"}},
		{[]string{"milk"}},
		{[]string{"ice cream"}},
		{[]string{"ice-cream"}},
	}
	raw := s.loadRows(t, []string{"id", "title"}, titleRows(titles...))
	ds := s.mustTransform(t, raw, phrasePreprocess())
	wantRows(t, "tokens", s.rows(t, ds, pipeline.TokensColumn), want)
	if !slices.ContainsFunc(ds.Facts(), func(f pipeline.Table) bool {
		return slices.ContainsFunc(f.Rows, func(row []any) bool {
			return slices.Contains(row, any("ice cream")) && slices.Contains(row, any(int64(5)))
		})
	}) {
		t.Errorf("no fact tells that ice cream was joined five times: %+v", ds.Facts())
	}
	strict := phrasePreprocess()
	strict.PhraseThreshold = 1
	none := s.mustTransform(t, raw, strict)
	wantRows(t, "tokens at the highest threshold", s.rows(t, none, pipeline.TokensColumn),
		s.rows(t, s.mustTransform(t, raw, plainPreprocess()), pipeline.TokensColumn))

	t.Run("AllTheWay", func(t *testing.T) {
		m := &trained{corpus: s.trained(t).corpus, raw: s.trained(t).raw}
		m.clean = s.mustTransform(t, m.raw, phrasePreprocess())
		m.words = s.mustTrain(t, m.clean, smallWord2Vec())
		m.clusters = s.mustCluster(t, m.clean, smallKMeans(m.words, topics))
		step := smallTag(m.clusters, pipeline.MethodRanked)
		rows := s.rows(t, s.mustTransform(t, m.clean, step), pipeline.TokensColumn, pipeline.TagsColumn)
		checkTags(t, rows, step.Max)
		phrase := ""
		for i, title := range m.corpus.titles[:200] {
			e := mustExplain(t, m, title, step)
			if !slices.Equal(e.Tags, list(rows[i][1])) {
				t.Fatalf("%q: tags %q, the column says %q", title, e.Tags, rows[i][1])
			}
			for _, tag := range e.Tags {
				if strings.Contains(tag, " ") {
					phrase = tag
				}
			}
		}
		if phrase == "" {
			t.Fatal("of 200 titles none has a phrase for a tag")
		}
		for _, typed := range []string{phrase, strings.ToUpper(phrase)} {
			near, err := m.words.MostSimilar([]string{typed}, nil, 5, "cosine")
			if err != nil || len(near) != 5 {
				t.Errorf("near %q: %v, %v", typed, near, err)
			}
		}
	})
}
