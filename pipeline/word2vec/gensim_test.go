package word2vec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
)

// TestGensim exchanges files with the real gensim and compares answers and quality.
// All that gensim does happens in one process, as importing it is slow.
func TestGensim(t *testing.T) {
	g := &gensimRun{python: need.Python(t, "gensim"), dir: t.TempDir()}
	checks := map[string]func(*testing.T){}

	c, d := InMemory(topicTitles(5, 30, 2000, 1))
	p := DefaultParams()
	p.VectorSize, p.Epochs = 30, 2
	trained, err := Train(t.Context(), c, d, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	odd, err := NewKeyedVectors(oddWords, nil, 7, randomVectors(t, len(oddWords), 7, 5).Data())
	if err != nil {
		t.Fatal(err)
	}
	for name, kv := range map[string]*KeyedVectors{"trained": trained.Vectors, "odd words": odd} {
		for _, binary := range []bool{false, true} {
			path := g.path()
			if err := os.WriteFile(path, save(t, kv, binary), 0o600); err != nil {
				t.Fatal(err)
			}
			queries := someQueries(kv.Word)
			answers := g.answer(path, binary, queries)
			checks[fmt.Sprintf("it loads our file/%s, binary=%v", name, binary)] = func(t *testing.T) {
				checkAnswers(t, kv, queries, answers())
			}
		}
	}

	hardWords := []string{"crème", "👩‍🍳", "'\"\\", "</script>", "0.5", "a\x00b"}
	titles := topicTitles(5, 30, 2000, 1)
	for range 20 {
		titles = append(titles, hardWords)
	}
	model := g.train(t, titles, p)
	known := []string{"crème", "0.5", topicWord(sharedTopic, 0)}
	for topic := range 5 {
		known = append(known, topicWord(topic, 0), topicWord(topic, 1))
	}
	queries := someQueries(func(i int) string { return known[i] })
	fromText := g.answer(model+".txt", false, queries)
	fromBinary := g.answer(model+".bin", true, queries)
	checks["we load its files"] = func(t *testing.T) {
		kv := loadFile(t, model+".bin", true)
		same(t, kv, loadFile(t, model+".txt", false))
		checkAnswers(t, kv, queries, fromText())
		checkAnswers(t, kv, queries, fromBinary())
		for _, word := range hardWords {
			if _, ok := kv.Index(word); !ok {
				t.Errorf("%q was lost", word)
			}
		}
	}

	// So few epochs leave the vectors half trained: the share of neighbours that are of
	// the same topic rises steeply there, and a fault shows.
	const topics, seeds = 20, 3
	epochs := map[string]int{"sg-ns": 8, "sg-hs": 4, "cbow-ns": 14, "cbow-hs": 8}
	titles = topicTitles(topics, 100, 1500, 1)
	c, d = InMemory(titles)
	for name, p := range objectives() {
		if testing.Short() && name != "sg-ns" && name != "cbow-hs" { // of these two still the mean of all seeds, as the bound asks
			continue
		}
		p.VectorSize, p.Epochs = 32, epochs[strings.TrimSuffix(name, "-pairs")]
		p.Alpha, p.MinAlpha = 0.03, 0.03 // gensim lowers the rate every 10,000 words only
		var models [seeds]string
		for i := range models {
			p.Seed = uint64(i + 1)
			models[i] = g.train(t, titles, p)
		}
		checks["quality/"+name] = func(t *testing.T) {
			var ours, theirs float64
			for i, model := range models {
				p.Seed = uint64(i + 1)
				m, err := Train(t.Context(), c, d, p, nil)
				if err != nil {
					t.Fatal(err)
				}
				kv := loadFile(t, model+".bin", true)
				if diff := cmp.Diff(slices.Sorted(slices.Values(kv.words)), slices.Sorted(slices.Values(m.Vectors.words))); diff != "" {
					t.Fatalf("the vocabulary is not gensim's: %s", diff)
				}
				ours += topicPurity(t, m.Vectors) / seeds
				theirs += topicPurity(t, kv) / seeds
			}
			t.Logf("share of neighbours of the same topic: ours %.3f, gensim's %.3f", ours, theirs)
			if math.Abs(ours-theirs) > 0.06 || theirs < 5.0/topics || theirs > 0.95 {
				t.Errorf("share of neighbours of the same topic is %.3f, gensim's %.3f, by chance %.3f", ours, theirs, 1.0/topics)
			}
		}
	}

	g.run(t)
	for name, check := range checks {
		t.Run(name, check)
	}
}

// gensimRun collects jobs for testdata/gensim_jobs.py.
type gensimRun struct {
	python, dir string
	files       int
	jobs        []map[string]any
	results     []json.RawMessage
}

type query struct {
	Positive    []string `json:"positive"`
	Negative    []string `json:"negative"`
	DoesntMatch []string `json:"doesnt_match"`
}

type answers struct {
	Words   []string          `json:"words"`
	Answers []json.RawMessage `json:"answers"`
}

func (g *gensimRun) path() string {
	g.files++
	return filepath.Join(g.dir, fmt.Sprint(g.files))
}

// answer asks about a file. The function it returns gives the answers after run.
func (g *gensimRun) answer(path string, binary bool, queries []query) func() json.RawMessage {
	n := len(g.jobs)
	g.jobs = append(g.jobs, map[string]any{"job": "answer", "path": path, "binary": binary, "queries": queries})
	return func() json.RawMessage { return g.results[n] }
}

// train has gensim train on titles with the parameters p. It returns the path of the
// vectors, without .txt or .bin.
func (g *gensimRun) train(t *testing.T, titles [][]string, p Params) string {
	t.Helper()
	var text bytes.Buffer
	for _, title := range titles {
		fmt.Fprintln(&text, strings.Join(title, " "))
	}
	path, model := g.path(), g.path()
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	as01 := map[bool]int{true: 1}
	g.jobs = append(g.jobs, map[string]any{"job": "train", "titles": path, "model": model, "params": map[string]any{
		"vector_size": p.VectorSize, "window": p.Window, "min_count": p.MinCount, "negative": p.Negative, "epochs": p.Epochs,
		"hs": as01[p.HS], "sg": as01[!p.CBOW], "sample": p.Subsample, "alpha": p.Alpha, "min_alpha": p.MinAlpha,
		"ns_exponent": p.NSExponent, "seed": p.Seed, "workers": 1,
	}})
	return model
}

func (g *gensimRun) run(t *testing.T) {
	t.Helper()
	jobs, err := json.Marshal(g.jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), g.python, filepath.Join("testdata", "gensim_jobs.py"))
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0", "OPENBLAS_NUM_THREADS=1")
	cmd.Stdin = bytes.NewReader(jobs)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gensim: %v\n%s", err, &stderr)
	}
	if err := json.Unmarshal(out, &g.results); err != nil {
		t.Fatal(err)
	}
}

func someQueries(w func(int) string) []query {
	return []query{
		{Positive: []string{w(0)}},
		{Positive: []string{w(7)}},
		{Positive: []string{w(1), w(2), w(3)}},
		{Positive: []string{w(1), w(2)}, Negative: []string{w(3)}},
		{Positive: []string{w(4), w(4), w(5)}, Negative: []string{w(6), w(8)}},
		{Negative: []string{w(5)}},
		{DoesntMatch: []string{w(0), w(1), w(2), w(9)}},
		{DoesntMatch: []string{w(11), w(3), w(12)}},
		{DoesntMatch: []string{w(4)}},
	}
}

// checkAnswers compares gensim's answers about a file with ours.
func checkAnswers(t *testing.T, kv *KeyedVectors, queries []query, result json.RawMessage) {
	t.Helper()
	var theirs answers
	if err := json.Unmarshal(result, &theirs); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kv.words, theirs.Words); diff != "" {
		t.Fatal(diff)
	}
	for i, q := range queries {
		if q.DoesntMatch != nil {
			var want string
			if err := json.Unmarshal(theirs.Answers[i], &want); err != nil {
				t.Fatal(err)
			}
			if got, err := kv.DoesntMatch(q.DoesntMatch...); got != want || err != nil {
				t.Errorf("%q: %q, %v does not match; in gensim it is %q", q.DoesntMatch, got, err, want)
			}
			continue
		}
		var want [][2]any // word, similarity
		if err := json.Unmarshal(theirs.Answers[i], &want); err != nil {
			t.Fatal(err)
		}
		got, err := kv.MostSimilar(q.Positive, q.Negative, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%+v: %d neighbours, %d in gensim", q, len(got), len(want))
		}
		for j, neighbour := range want {
			word, similarity := neighbour[0].(string), neighbour[1].(float64)
			if got[j].Word != word || math.Abs(got[j].Similarity-similarity) > 1e-5 {
				t.Errorf("%+v: neighbour %d is %+v, in gensim %q %v", q, j, got[j], word, similarity)
			}
		}
	}
}

func loadFile(t *testing.T, path string, binary bool) *KeyedVectors {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := LoadWord2VecFormat(bytes.NewReader(file), binary, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

// topicPurity is the share of the ten nearest neighbours, by cosine, that are of the
// word's topic, over all words with a topic.
func topicPurity(t *testing.T, kv *KeyedVectors) float64 {
	t.Helper()
	var same, all float64
	for _, word := range kv.words {
		topic := topicOf(t, word)
		if topic == sharedTopic {
			continue
		}
		found, err := kv.MostSimilar([]string{word}, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			all++
			if topicOf(t, s.Word) == topic {
				same++
			}
		}
	}
	return same / all
}
