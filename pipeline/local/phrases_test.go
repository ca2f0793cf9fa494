package local

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/text"
)

// gensimPhrases learns phrases from lines of words and applies them to the
// same lines.
const gensimPhrases = `
import json, sys
from gensim.models.phrases import Phrases
lines = [line.split(" ") for line in open(sys.argv[1], encoding="utf-8").read().split("\n")[:-1]]
p = Phrases(lines, min_count=int(sys.argv[2]), threshold=float(sys.argv[3]), scoring="npmi", connector_words=frozenset())
print(json.dumps({"phrases": p.export_phrases(), "lines": [" ".join(p[line]) for line in lines]}))
`

// TestPhrasesAsGensim compares phrases, their scores and the joined titles
// with gensim's on the same runs of adjacent words.
func TestPhrasesAsGensim(t *testing.T) {
	python := need.Python(t, "gensim")
	e, err := New(Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	loaded, err := e.Load(t.Context(), pipeline.Load{URI: fmt.Sprintf("sample:receipts?n=%d&seed=5", need.Size(20_000, 5_000))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []pipeline.Preprocess{
		{StopWords: "en", Units: true, Numbers: "drop", Phrases: true, PhraseMinCount: 10, PhraseThreshold: 0.5},
		{StopWords: "off", Numbers: "keep", Phrases: true, PhraseMinCount: 2, PhraseThreshold: -0.1},
	} {
		tokenizer, err := newTokenizer(p)
		if err != nil {
			t.Fatal(err)
		}
		m := startMeter(nil, "preprocess", "rows", 0)
		defer m.end()
		read := titleReader{tokenizer: tokenizer, builder: artifact.NewDictionaryBuilder(tokenizer), gaps: true}
		raw, err := read.files(t.Context(), e, loaded.(*dataset), m)
		if err != nil {
			t.Fatal(err)
		}
		counted := read.builder.Group()
		var lines []string // runs of adjacent words
		err = raw.eachBlock(t.Context(), 1, m, func() (func([]int32, *tokenTitle) error, func() error) {
			return func(forms []int32, title *tokenTitle) error {
				var run, runs []string
				for _, form := range append(slices.Clone(forms), artifact.Gap) {
					if form != artifact.Gap {
						run = append(run, counted.Words[counted.Word[form]])
					} else if run != nil {
						runs = append(runs, strings.Join(run, " "))
						run = nil
					}
				}
				for range title.times {
					lines = append(lines, runs...)
				}
				return nil
			}, func() error { return nil }
		})
		if err != nil {
			t.Fatal(err)
		}
		found, err := e.findPhrases(t.Context(), raw, &counted, p, m)
		if err != nil {
			t.Fatal(err)
		}
		file, dict, err := e.numberWords(t.Context(), raw, read.builder, found, e.work.path("tokens"), m)
		if err != nil {
			t.Fatal(err)
		}
		want := runGensim(t, python, lines, p)
		if len(found) != len(want.Phrases) || len(found) < 20 {
			t.Errorf("%d phrases, gensim finds %d", len(found), len(want.Phrases))
		}
		for _, f := range found {
			phrase := counted.Words[f.words[0]] + text.PhraseJoin + counted.Words[f.words[1]]
			if score, ok := want.Phrases[phrase]; !ok || math.Abs(f.score-score) > 1e-12 {
				t.Fatalf("%s scores %v, gensim says %v", phrase, f.score, score)
			}
		}
		var ours, theirs []string
		err = file.each(t.Context(), 0, file.titles, func(_ int64, title *tokenTitle) error {
			for _, id := range title.ids {
				for range title.times {
					ours = append(ours, dict.Words[id])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range want.Lines {
			theirs = append(theirs, strings.Fields(line)...)
		}
		slices.Sort(ours) // a token file has an order of its own
		slices.Sort(theirs)
		if !slices.Equal(ours, theirs) {
			t.Errorf("%d words after joining, gensim has %d, or others", len(ours), len(theirs))
		}
	}
}

type gensimResult struct {
	Phrases map[string]float64
	Lines   []string
}

func runGensim(t *testing.T, python string, lines []string, p pipeline.Preprocess) gensimResult {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), python, "-c", gensimPhrases, path,
		fmt.Sprint(p.PhraseMinCount), fmt.Sprint(p.PhraseThreshold)).Output()
	if err != nil {
		t.Fatalf("gensim: %v", err)
	}
	var result gensimResult
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatal(err)
	}
	return result
}
