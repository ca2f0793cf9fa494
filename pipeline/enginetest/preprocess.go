package enginetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gondola/pipeline"
)

func (s *suite) preprocess(t *testing.T) {
	t.Run("Tokens", s.tokens)
	t.Run("SameRows", func(t *testing.T) {
		m := s.trained(t)
		wantRows(t, "rows and their order", s.rows(t, m.clean, "id", "title", "topic"), s.rows(t, m.raw))
		c, ok := m.clean.Schema().Column(pipeline.TokensColumn)
		if !ok || c.Type != pipeline.Strings {
			t.Errorf("column tokens is %+v, want a list of strings", c)
		}
		if _, ok := m.raw.Schema().Column(pipeline.TokensColumn); ok {
			t.Error("the dataset that was transformed has changed: it has a column tokens")
		}
		if n := m.clean.Len(); n != -1 && n != int64(len(m.corpus.titles)) {
			t.Errorf("Len is %d, want %d", n, len(m.corpus.titles))
		}
	})
	t.Run("Twice", func(t *testing.T) { // the second one replaces the first
		ds := s.loadRows(t, []string{"id", "title"}, titleRows("the pizza 501"))
		p := plainPreprocess()
		ds = s.mustTransform(t, ds, p)
		p.Numbers = "keep"
		ds = s.mustTransform(t, ds, p)
		wantRows(t, "tokens", s.rows(t, ds), [][]any{{"r00000", "the pizza 501", []string{"the", "pizza", "501"}}})
	})
	t.Run("Facts", func(t *testing.T) {
		ds := s.loadRows(t, []string{"id", "title"}, titleRows("the fresh pizza 12 oz", "the pizza 501", nil))
		ds = s.mustTransform(t, ds, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"})
		for _, want := range []string{"the 2", "12 oz 1", "501 1"} {
			if !slices.ContainsFunc(ds.Facts(), func(f pipeline.Table) bool { return tells(f, want) }) {
				t.Errorf("no fact tells that %q was dropped, and how often: %+v", want, ds.Facts())
			}
		}
	})
	t.Run("Phrases", s.phrases)
	t.Run("Explode", func(t *testing.T) { // tokens are a column like others
		ds := s.loadRows(t, []string{"id", "title"}, titleRows("red pizza", "red salsa", nil, "pizza red"))
		ds = s.mustTransform(t, ds, plainPreprocess())
		table := s.mustSelect(t, ds, pipeline.Selection{
			By: []string{pipeline.TokensColumn}, Explode: pipeline.TokensColumn,
			Measures: []pipeline.Measure{{Func: pipeline.Count, As: "n"}},
			Sort:     []pipeline.Order{{Column: "n", Desc: true}},
		})
		wantRows(t, "words by count", table.Rows, [][]any{{"red", int64(3)}, {"pizza", int64(2)}, {"salsa", int64(1)}})
	})
}

// tells says whether some row of a fact holds a text such as "the 2".
func tells(fact pipeline.Table, want string) bool {
	return slices.ContainsFunc(fact.Rows, func(row []any) bool {
		return strings.Contains(fmt.Sprint(row...), want)
	})
}

// tokens checks what the choices of Preprocess mean. The fine points of
// splitting words are tested where they are made; here are those on which every
// engine has to agree.
func (s *suite) tokens(t *testing.T) {
	for _, c := range []struct {
		title  any
		step   pipeline.Preprocess
		tokens any
	}{
		{"Buffalo Chicken Sandwich", plainPreprocess(), []string{"buffalo", "chicken", "sandwich"}},
		{"Cookies & Crème", plainPreprocess(), []string{"cookies", "crème"}},
		{"the Best of Pizza", pipeline.Preprocess{StopWords: "en", Numbers: "drop"}, []string{"best", "pizza"}},
		{"the Best of Pizza", plainPreprocess(), []string{"the", "best", "of", "pizza"}},
		{"Milk 12 oz 501", pipeline.Preprocess{StopWords: "off", Numbers: "drop", Units: true}, []string{"milk"}},
		{"Milk 12 oz 501", pipeline.Preprocess{StopWords: "off", Numbers: "keep", Units: true}, []string{"milk", "501"}},
		{"Jeans 501", pipeline.Preprocess{StopWords: "off", Numbers: "keep"}, []string{"jeans", "501"}},
		{"Men's T-Shirt", plainPreprocess(), []string{"men", "t-shirt"}},
		{"CRE\u0300ME", plainPreprocess(), []string{"crème"}},
		{"-- 12 ...", plainPreprocess(), []string{}},
		{"", plainPreprocess(), []string{}},
		{nil, plainPreprocess(), nil},
	} {
		t.Run(fmt.Sprint(c.title), func(t *testing.T) {
			rows := titleRows("first row", c.title, "last row")
			ds := s.mustTransform(t, s.loadRows(t, []string{"id", "title"}, rows), c.step)
			wantRows(t, fmt.Sprintf("%+v", c.step), s.rows(t, ds, "id", "title", pipeline.TokensColumn), [][]any{
				{"r00000", "first row", []string{"first", "row"}},
				{"r00001", c.title, c.tokens},
				{"r00002", "last row", []string{"last", "row"}},
			})
		})
	}
	t.Run("StopWordFile", func(t *testing.T) {
		p := plainPreprocess()
		p.StopWords = writeFile(t, s.Dir(t), "stop.txt", "best\nof\n")
		ds := s.mustTransform(t, s.loadRows(t, []string{"id", "title"}, titleRows("the Best of Pizza")), p)
		wantRows(t, "tokens", s.rows(t, ds, pipeline.TokensColumn), [][]any{{[]string{"the", "pizza"}}})
	})
	t.Run("Lists", func(t *testing.T) {
		dir := s.Dir(t)
		p := pipeline.Preprocess{StopWords: "en,fr", Units: true, Numbers: "drop"}
		p.Keep = writeFile(t, dir, "keep.txt", "The # best\n7up\n")
		p.Drop = writeFile(t, dir, "drop.txt", "fresh\n")
		p.Synonyms = writeFile(t, dir, "synonyms.txt", "tee, chemise => shirt\n")
		titles := []any{"The Fresh 7up et l'eau", "fresh tees", "une chemise", "Shirts", nil, "a shirt with a tee"}
		raw := s.loadRows(t, []string{"id", "title"}, titleRows(titles...))
		ds := s.mustTransform(t, raw, p)
		wantRows(t, "tokens", s.rows(t, ds, pipeline.TokensColumn), [][]any{
			{[]string{"the", "7up", "eau"}}, {[]string{"tees"}}, {[]string{"chemise"}}, {[]string{"shirts"}}, {nil}, {[]string{"shirt", "tee"}},
		})
		w := smallWord2Vec()
		w.MinCount = 1
		words := s.mustTrain(t, ds, w)
		if n := words.Words(); n != 4 { // the, 7up, eau, shirt
			t.Errorf("%d words have vectors, want 4: %q", n, words.WordsByPrefix("", 10))
		}
		for _, typed := range []string{"tee", "Tees", "chemises", "shirt"} {
			if _, err := words.MostSimilar([]string{typed}, nil, 1, "cosine"); err != nil {
				t.Errorf("near %s: %v", typed, err)
			}
		}
		p.Drop = p.Keep
		_, err := s.engine.Transform(s.ctx(t), raw, p, nil)
		wantParam(t, "a word that is kept and dropped", err, "drop")
	})
}
