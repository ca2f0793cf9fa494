package text

import (
	"bufio"
	_ "embed" // For the word lists.
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed stopwords_en.txt
var stopWordsEN string

//go:embed units.txt
var unitLists string

//go:embed plurals_en.txt
var pluralsEN string

// WordSet is a set of words, such as a stop list. It does not change once it
// is made; a nil *WordSet is empty.
type WordSet struct {
	words map[string]struct{}
}

// English returns the built-in English stop list: function words, and a few
// that fill product titles without naming anything (new, size).
func English() *WordSet { return english() }

var english = sync.OnceValue(func() *WordSet {
	set, err := ReadWordSet(strings.NewReader(stopWordsEN))
	if err != nil {
		panic("text: the embedded stop list does not read: " + err.Error())
	}
	return set
})

// ReadWordSet reads a list of words: separated by blanks or line ends, a #
// starts a comment. Case, accents' composition and curly apostrophes do not
// matter. The error names the line.
func ReadWordSet(r io.Reader) (*WordSet, error) {
	set := &WordSet{words: make(map[string]struct{})}
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		line, _, _ := strings.Cut(lines.Text(), "#")
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("word list: line %d is not UTF-8: save the file as UTF-8", n)
		}
		for word := range strings.FieldsSeq(line) {
			set.words[foldText(word)] = struct{}{}
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("word list: line %d is longer than 64 KiB: this is no list of words: %w", n+1, err)
	case err != nil:
		return nil, fmt.Errorf("word list: after line %d: %w", n, err)
	}
	return set, nil
}

// Has tells whether word is in the set. The word is in lower case and NFC, as
// [Token.Text] is.
func (s *WordSet) Has(word string) bool {
	if s == nil {
		return false
	}
	_, ok := s.words[word]
	return ok
}

// Words returns the words in the order of their bytes. [ReadWordSet] makes an
// equal set of them.
func (s *WordSet) Words() []string {
	if s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.words))
}

// Len is the number of words.
func (s *WordSet) Len() int {
	if s == nil {
		return 0
	}
	return len(s.words)
}

// use says in which roles a word is known to the lexicon.
type use uint8

const (
	useStop  use = 1 << iota // a stop word
	useAlone                 // a unit wherever it stands
	useAfter                 // a unit after a number
	useGlued                 // a unit that touches its number

	useUnit = useAlone | useAfter | useGlued
)

// entry is what the lexicon knows of one word. A base that is not empty
// overrides the rules of singular.
type entry struct {
	use  use
	base string
}

// newLexicon puts stop words, units and plurals into one map, so that a word
// of a title costs one look-up.
func newLexicon(stop *WordSet) map[string]entry {
	lex := make(map[string]entry, 1024)
	for line := range dataLines(unitLists) {
		fields := strings.Fields(line)
		role := map[string]use{
			"alone":  useAlone | useAfter | useGlued,
			"number": useAfter | useGlued,
			"glued":  useGlued,
		}[fields[0]]
		for _, word := range fields[1:] {
			e := lex[word]
			e.use |= role
			lex[word] = e
		}
	}
	for line := range dataLines(pluralsEN) {
		fields := strings.Fields(line)
		e := lex[fields[0]]
		e.base = fields[len(fields)-1]
		lex[fields[0]] = e
	}
	if stop != nil {
		for word := range stop.words {
			e := lex[word]
			e.use |= useStop
			lex[word] = e
		}
	}
	return lex
}

// dataLines yields the lines of an embedded list that are neither empty nor
// comments.
func dataLines(list string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(list) {
			line = strings.TrimSpace(line)
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}
