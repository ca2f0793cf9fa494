package word2vec

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Corpus gives titles as lists of word ids. It is read once an epoch, and once
// before if it says that titles repeat, and never held in memory by this package.
type Corpus interface {
	// Len is the number of titles, those that are alike counted once if the
	// corpus knows.
	Len() int64
	// Repeats says whether some title may stand for more than one.
	Repeats() bool
	// Each calls fn for the titles from <= i < to, in order; times is how often
	// the title stands in the data, 1 or more. The ids index the dictionary and
	// are valid during the call only. Each returns the first error of fn as it is,
	// and must be safe for concurrent use.
	Each(ctx context.Context, from, to int64, fn func(i int64, ids []int32, times int64) error) error
}

// Dictionary names the ids of a corpus: id i is Words[i], which occurs Counts[i]
// times in all titles together. Order does not matter. Training filters and
// sorts a copy.
type Dictionary struct {
	Words  []string
	Counts []int64
}

// InMemory makes a corpus and its dictionary of titles that are split into words
// already. It holds them all, so it is meant for small corpora.
func InMemory(titles [][]string) (Corpus, Dictionary) {
	var d Dictionary
	ids := make(map[string]int32)
	corpus := make(memoryCorpus, len(titles))
	for i, title := range titles {
		corpus[i] = make([]int32, len(title))
		for j, word := range title {
			id, ok := ids[word]
			if !ok {
				id = int32(len(d.Words))
				ids[word] = id
				d.Words = append(d.Words, word)
				d.Counts = append(d.Counts, 0)
			}
			d.Counts[id]++
			corpus[i][j] = id
		}
	}
	return corpus, d
}

type memoryCorpus [][]int32

func (c memoryCorpus) Len() int64 { return int64(len(c)) }

func (c memoryCorpus) Repeats() bool { return false }

func (c memoryCorpus) Each(_ context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	for i := from; i < to; i++ {
		if err := fn(i, c[i], 1); err != nil {
			return err
		}
	}
	return nil
}

// VocabularyError is returned by [Train] when no word occurs often enough to be
// trained.
type VocabularyError struct {
	MinCount int
	// Distinct is the number of different words in the corpus.
	Distinct int
	// MostFrequent is a word that occurs most often, and MaxCount how often.
	// Both are zero if the corpus holds no word.
	MostFrequent string
	MaxCount     int64
}

func (e *VocabularyError) Error() string {
	if e.MaxCount == 0 {
		return "nothing to train on: the corpus holds no words"
	}
	return fmt.Sprintf("min_count = %d leaves no word of %d: the most frequent, %q, occurs %d times; lower min_count or give more titles",
		e.MinCount, e.Distinct, e.MostFrequent, e.MaxCount)
}

// vocabulary is the part of a dictionary that is trained: rows sorted by falling
// count, ties by word.
type vocabulary struct {
	words  []string
	counts []int64
	rowOf  []int32 // dictionary id -> row, or -1
	total  int64   // sum of counts
}

func newVocabulary(ctx context.Context, d Dictionary, minCount int) (*vocabulary, error) {
	if len(d.Words) != len(d.Counts) {
		return nil, fmt.Errorf("dictionary: %d words but %d counts", len(d.Words), len(d.Counts))
	}
	v := &vocabulary{rowOf: make([]int32, len(d.Words))}
	var kept []int32
	var distinct, most int
	for id, n := range d.Counts {
		if n < 0 {
			return nil, fmt.Errorf("dictionary: count of %q is %d", d.Words[id], n)
		}
		v.rowOf[id] = -1
		if n > 0 {
			distinct++
		}
		if n > d.Counts[most] {
			most = id
		}
		if n < int64(minCount) {
			continue
		}
		kept = append(kept, int32(id))
		if v.total += n; v.total < 0 {
			return nil, fmt.Errorf("dictionary: counts add up to more than 2^63")
		}
	}
	if len(kept) == 0 {
		e := &VocabularyError{MinCount: minCount, Distinct: distinct}
		if distinct > 0 {
			e.MostFrequent, e.MaxCount = d.Words[most], d.Counts[most]
		}
		return nil, e
	}
	// Millions of words take seconds to sort. Once cancelled, all are equal, and
	// the sort is over at once.
	comparisons, cancelled := 0, false
	slices.SortFunc(kept, func(a, b int32) int {
		if comparisons++; comparisons%(1<<16) == 0 && ctx.Err() != nil {
			cancelled = true
		}
		if cancelled {
			return 0
		}
		switch ca, cb := d.Counts[a], d.Counts[b]; {
		case ca > cb:
			return -1
		case ca < cb:
			return 1
		}
		return strings.Compare(d.Words[a], d.Words[b])
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	v.words = make([]string, len(kept))
	v.counts = make([]int64, len(kept))
	for row, id := range kept {
		if row > 0 && d.Words[id] == v.words[row-1] {
			return nil, fmt.Errorf("dictionary: %q stands in it twice", d.Words[id])
		}
		v.words[row], v.counts[row] = d.Words[id], d.Counts[id]
		v.rowOf[id] = int32(row)
	}
	return v, nil
}
