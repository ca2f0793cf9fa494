package word2vec

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gondola/internal/need"
)

// TestOddCorpora gives each strange input a documented result or a clear error.
func TestOddCorpora(t *testing.T) {
	repeat := func(n int, titles ...[]string) (all [][]string) {
		for range n {
			all = append(all, titles...)
		}
		return all
	}
	distinct := make([][]string, 1000)
	for i := range distinct {
		for j := range 1000 {
			distinct[i] = append(distinct[i], fmt.Sprintf("u%d", 1000*i+j))
		}
	}
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name    string
		titles  [][]string
		wantErr string   // "": must train
		want    []string // words of the vocabulary, if it trains
	}{
		{"no titles", nil, "the corpus holds no words", nil},
		{"empty titles", repeat(100, []string{}), "the corpus holds no words", nil},
		{"one token", [][]string{{"a"}}, `min_count = 5 leaves no word of 1: the most frequent, "a", occurs 1 times`, nil},
		{"a million distinct tokens", distinct, `min_count = 5 leaves no word of 1000000: the most frequent, "u0", occurs 1 times`, nil},
		{"titles of one word", repeat(50, []string{"a"}, []string{"b"}), "no title holds two words", nil},
		{"pairs with rare words only", append(repeat(50, []string{"a"}, []string{"b"}), []string{"a", "rare"}), "no title holds two words", nil},
		{"one word, in company of itself", repeat(50, []string{"a", "a", "a"}), "", []string{"a"}},
		{"two words", repeat(50, []string{"a", "b"}), "", []string{"a", "b"}},
		{"the empty word", repeat(50, []string{"", "b"}), "", []string{"", "b"}},
		{"one title often", repeat(need.Size(100_000, 2_000), []string{"milk", "whole", "1l"}), "", []string{"1l", "milk", "whole"}},
		{"a word of 1 MB", repeat(10, []string{long, "b"}), "", []string{"b", long}},
		{"a title of 1 MB", [][]string{strings.Fields(strings.Repeat("one two six ten ", need.Size(1<<16, 1<<13)))}, "", []string{"one", "six", "ten", "two"}},
		{"emoji and ZWJ", repeat(9, []string{"👩‍🍳", "👩", "🍳"}), "", []string{"🍳", "👩", "👩‍🍳"}},
		{"CJK and Thai", repeat(9, []string{"牛乳", "นม"}), "", []string{"นม", "牛乳"}},
		{"right to left", repeat(9, []string{"حليب", "חלב", "\u202emilk"}), "", []string{"חלב", "حليب", "\u202emilk"}},
		{"NFC and NFD are two words", repeat(9, []string{"caf\u00e9", "cafe\u0301"}), "", []string{"cafe\u0301", "caf\u00e9"}},
		{"zero width", repeat(9, []string{"mi\u200blk", "milk"}), "", []string{"milk", "mi\u200blk"}},
		{"invalid UTF-8", repeat(9, []string{"\xff\xfe", "a\xc3"}), "", []string{"a\xc3", "\xff\xfe"}},
		{"NUL and other controls", repeat(9, []string{"a\x00b", "\x1b[2J", "\n"}), "", []string{"\n", "\x1b[2J", "a\x00b"}},
		{"HTML entities", repeat(9, []string{"&amp;", "<b>"}), "", []string{"&amp;", "<b>"}},
	}
	for _, test := range tests {
		c, d := InMemory(test.titles)
		for name, p := range objectives() {
			p = small(p)
			if len(test.titles) <= 1000 {
				p.Subsample = 0 // in tiny corpora all words are frequent
			}
			t.Run(test.name+"/"+name, func(t *testing.T) {
				m, err := Train(t.Context(), c, d, p, nil)
				if test.wantErr != "" {
					if err == nil || !strings.Contains(err.Error(), test.wantErr) || strings.Contains(err.Error(), "\n") {
						t.Errorf("got %v, want one line with %q", err, test.wantErr)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := m.Vectors.WordsByPrefix("", 1000); strings.Join(got, " ") != strings.Join(test.want, " ") {
					t.Errorf("the vocabulary is %q, want %q", got, test.want)
				}
			})
		}
	}
}

func TestErrorsOfTrain(t *testing.T) {
	c, d := InMemory(topicTitles(2, 10, 100, 1))
	p := DefaultParams()
	p.MinCount = 1

	bad := p
	bad.Window = -3
	var param *ParamError
	if _, err := Train(t.Context(), c, d, bad, nil); !errors.As(err, &param) || param.Param != "window" {
		t.Errorf("window -3: got %v", err)
	}

	tests := []struct {
		name, want string
		c          Corpus
	}{
		{"id beyond the dictionary", "title 1 holds the word id 99, but the dictionary has", memoryCorpus{{0, 1}, {0, 99}}},
		{"negative id", "title 0 holds the word id -1, but the dictionary has", memoryCorpus{{0, -1}}},
		{"titles withheld", "corpus: 99 titles given where 0 to 100 were asked for", withholding{c}},
	}
	for _, test := range tests {
		if _, err := Train(t.Context(), test.c, d, p, nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q in it", test.name, err, test.want)
		}
	}

	// Counts that are too low end the decay early, and do no other harm.
	low := Dictionary{d.Words, make([]int64, len(d.Words))}
	for i := range low.Counts {
		low.Counts[i] = 1
	}
	var last Progress
	if _, err := Train(t.Context(), c, low, p, func(p Progress) { last = p }); err != nil {
		t.Errorf("counts too low: %v", err)
	}
	if last.WordsDone != last.WordsTotal || last.Alpha != p.MinAlpha {
		t.Errorf("counts too low: the last progress is %+v", last)
	}
}

type withholding struct{ Corpus }

func (c withholding) Each(ctx context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	return c.Corpus.Each(ctx, from, to-1, fn)
}
