package word2vec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// UnknownWordError is returned when a word has no vector.
type UnknownWordError struct {
	Word string
	// Suggestions are up to three words of the vocabulary that are spelt nearly
	// alike, nearest first.
	Suggestions []string
}

func (e *UnknownWordError) Error() string {
	if len(e.Suggestions) == 0 {
		return fmt.Sprintf("%q is not in the vocabulary", e.Word)
	}
	quoted := make([]string, len(e.Suggestions))
	for i, s := range e.Suggestions {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q is not in the vocabulary; near spellings: %s", e.Word, strings.Join(quoted, ", "))
}

const (
	maxSuggestions = 3
	// longestSpelling is the length in letters from which no spellings are
	// compared: such words are rarely typed, and comparing takes their square.
	longestSpelling = 40
)

// suggest returns words spelt like word: first those that differ in case only,
// then those one edit away, then, for words of five letters or more, two; the most
// frequent first.
func (kv *KeyedVectors) suggest(word string) []string {
	if len(word) > longestSpelling*utf8.UTFMax {
		return nil
	}
	folded := []rune(strings.ToLower(word))
	limit := 1
	if len(folded) >= 5 {
		limit = 2
	}
	var byDistance [3][]string
	var spelling []rune
	for _, known := range kv.words {
		if len(known) > longestSpelling*utf8.UTFMax {
			continue
		}
		spelling = append(spelling[:0], []rune(strings.ToLower(known))...)
		if d := editDistance(folded, spelling, limit); d <= limit && len(byDistance[d]) < maxSuggestions {
			byDistance[d] = append(byDistance[d], known)
		}
	}
	all := slices.Concat(byDistance[:]...)
	return all[:min(len(all), maxSuggestions)]
}

// editDistance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b (optimal string alignment). It gives up with a number
// above limit once that is certain.
func editDistance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > longestSpelling || len(b) > longestSpelling {
		return limit + 1
	}
	var rows [3][longestSpelling + 1]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			least = min(least, now[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
