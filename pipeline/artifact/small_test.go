package artifact

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/receipts"
	"gondola/pipeline/tag"
	"gondola/pipeline/text"
	"gondola/pipeline/word2vec"
)

// bagsOf are titles as ids, for training and for clustering.
type bagsOf [][]int32

func (b bagsOf) Len() int64 { return int64(len(b)) }

func (b bagsOf) Each(_ context.Context, from, to int64, fn func(int64, []int32) error) error {
	for i := from; i < to; i++ {
		if err := fn(i, b[i]); err != nil {
			return err
		}
	}
	return nil
}

// corpusOf shows them to word2vec.
type corpusOf struct{ bagsOf }

func (corpusOf) Repeats() bool { return false }

func (c corpusOf) Each(ctx context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	return c.bagsOf.Each(ctx, from, to, func(i int64, ids []int32) error { return fn(i, ids, 1) })
}

// receiptTitles are titles from the generator.
func receiptTitles(t testing.TB, n int) []string {
	t.Helper()
	g, err := receipts.New(5)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for i := range n {
		titles = append(titles, g.Row(int64(i)).ProductTitle)
	}
	return titles
}

// realTitles are the titles of a file beside the project.
func realTitles(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open(need.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	unpacked, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	lines := bufio.NewScanner(unpacked)
	for lines.Scan() {
		titles = append(titles, strings.Split(lines.Text(), "\t")[1])
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return titles[1:] // the first is the header
}

// trainSmall learns a model of titles with the real trainers, as an engine does.
func trainSmall(t testing.TB, titles []string, dim, k int, stop string) *Clusters {
	t.Helper()
	return trainFrom(t, titles, dim, k, 2, stop)
}

// trainFrom is trainSmall with vectors for words that occur minCount times.
func trainFrom(t testing.TB, titles []string, dim, k, minCount int, stop string) *Clusters {
	t.Helper()
	options := text.DefaultOptions()
	if stop != "" {
		var err error
		if options.StopWords, err = text.ReadWordSet(strings.NewReader(stop)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	tokenizer := text.New(options)
	builder := NewDictionaryBuilder(tokenizer)
	forms := builder.Forms()
	var all bagsOf
	var heads []int
	for _, title := range titles {
		var ids []int32
		head := 0
		for _, token := range tokenizer.Tokenize(title, nil) {
			if token.Drop != text.Kept {
				continue
			}
			form := forms.Number(&token)
			forms.Add(form, 1)
			ids = append(ids, form) // ids when all are seen
			if token.Head {
				head = len(ids)
			}
		}
		all, heads = append(all, ids), append(heads, head)
	}
	forms.Merge()
	builder.Group()
	numbering := builder.Numbering(nil)
	dict := numbering.Finish()
	for i, forms := range all {
		all[i], heads[i] = numbering.Title(forms, heads[i], nil)
	}
	step := pipeline.Word2Vec{VectorSize: dim, Window: 5, MinCount: minCount, Negative: 5, Subsample: 1e-3, Epochs: 2, Alpha: 0.05, MinAlpha: 0.0001, Seed: 7, Workers: 1}
	p := word2vec.DefaultParams()
	p.VectorSize, p.MinCount, p.Epochs, p.Seed, p.Workers = dim, step.MinCount, step.Epochs, step.Seed, 1
	trained, err := word2vec.Train(ctx, corpusOf{all}, word2vec.Dictionary{Words: dict.Words, Counts: dict.Counts}, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	load := originOf(t, pipeline.Load{URI: "titles.csv"}, "fingerprint of titles.csv")
	clean := originOf(t, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}, load.Hash)
	words := originOf(t, step, clean.Hash)
	facts := pipeline.NewTable("loss", pipeline.Col("epoch", pipeline.Int), pipeline.Col("loss", pipeline.Float))
	facts.Add(int64(1), 2.5)
	w := NewWordModel(dict, trained.Vectors, step, []pipeline.Table{*facts}, words)

	var rows kmeans.Bags
	for _, ids := range all {
		rows = append(rows, w.AppendRows(nil, ids))
	}
	kp := kmeans.DefaultParams()
	kp.K = k
	m, err := kmeans.Fit(ctx, w.Table(), kmeans.Bags(rows), kp, nil)
	if err != nil {
		t.Fatal(err)
	}
	assigner, err := m.Assigner(ctx, w.Table(), 1)
	if err != nil {
		t.Fatal(err)
	}
	counter, err := tag.NewCounter(dict.Len(), m.K)
	if err != nil {
		t.Fatal(err)
	}
	typical := make([][]pipeline.TypicalTitle, m.K)
	scratch := assigner.NewScratch()
	for i, ids := range all {
		at := assigner.Assign(rows[i], scratch)
		counter.Add(int(at.Cluster), ids, heads[i], 1)
		if c := at.Cluster; c >= 0 && len(typical[c]) < 3 {
			typical[c] = append(typical[c], pipeline.TypicalTitle{Title: titles[i], Distance: float64(at.Distance)})
		}
	}
	origin := originOf(t, pipeline.KMeans{K: k, Seed: 1}, clean.Hash, words.Hash)
	c, err := NewClusters(w, m, assigner, counter.Stats(), typical, origin)
	if err != nil {
		t.Fatal(err)
	}
	sizes := pipeline.NewTable("clusters", pipeline.Col("cluster", pipeline.String), pipeline.Col("titles", pipeline.Int))
	sizes.Add("c0", m.Sizes[0])
	c.SetFacts([]pipeline.Table{*sizes})
	return c
}

// originOf is an origin with fixed times, so that files do not change.
func originOf(t testing.TB, s pipeline.Step, inputs ...string) pipeline.Origin {
	t.Helper()
	o, err := pipeline.NewOrigin(s, "test "+s.Verb()+" 1", inputs...)
	if err != nil {
		t.Fatal(err)
	}
	o.Made, o.Took, o.Rows = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Second, 40
	return o
}

// lineageOf is what lies below the clusters of trainSmall.
func lineageOf(t testing.TB, c *Clusters) []pipeline.Origin {
	t.Helper()
	load := originOf(t, pipeline.Load{URI: "titles.csv"}, "fingerprint of titles.csv")
	clean := originOf(t, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}, load.Hash)
	return []pipeline.Origin{c.WordModel.Origin(), clean, load}
}

// answers is everything that a model says about itself and about some titles,
// as text.
func answers(t testing.TB, m pipeline.Model, titles []string) string {
	t.Helper()
	var out []any
	add := func(v any, err error) {
		if err != nil {
			out = append(out, err.Error())
			return
		}
		out = append(out, v)
	}
	out = append(out, m.Facts(), m.Origin())
	words, ok := m.(pipeline.WordModel)
	if !ok {
		t.Fatalf("%T knows no words", m)
	}
	out = append(out, words.Words(), words.Dim(), words.WordsByPrefix("c", 20))
	for _, word := range words.WordsByPrefix("", 20) {
		for _, metric := range []string{"cosine", "dot"} {
			add(words.MostSimilar([]string{word}, []string{"cheese"}, 5, metric))
		}
	}
	add(words.MostSimilar([]string{"no-such-word"}, nil, 5, "cosine"))
	if c, ok := m.(*Clusters); ok {
		out = append(out, c.KMeans, c.Stats(), c.Params.Metric())
		for i := range c.K() {
			add(c.Inspect(i, 10))
		}
		for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear, pipeline.MethodTitle} {
			for _, title := range titles {
				add(c.Explain(title, pipeline.Tag{Method: method, Max: 2, Near: max(1, pipeline.DefaultNear(method)), Metric: "auto"}))
			}
		}
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// handWritten are titles for a model that lies in testdata.
func handWritten(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/titles.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}
