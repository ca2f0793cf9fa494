package text

import (
	"embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed stopwords_*.txt
var stopWordLists embed.FS

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

var english = sync.OnceValue(func() *WordSet { return readBuiltIn("en") })

// StopWordLanguages names the languages that have a built-in stop list.
func StopWordLanguages() []string { return []string{"de", "en", "es", "fr", "it", "nl", "pt", "ru"} }

// StopWords returns the built-in stop lists of the languages as one list.
func StopWords(languages ...string) (*WordSet, error) {
	all := &WordSet{words: make(map[string]struct{})}
	for _, language := range languages {
		if !slices.Contains(StopWordLanguages(), language) {
			return nil, fmt.Errorf("no stop words for %q: there are lists for %s", language, strings.Join(StopWordLanguages(), ", "))
		}
		maps.Copy(all.words, readBuiltIn(language).words)
	}
	return all, nil
}

func readBuiltIn(language string) *WordSet {
	f, err := stopWordLists.Open("stopwords_" + language + ".txt")
	if err != nil {
		panic("text: " + err.Error())
	}
	set, err := ReadWordSet(f)
	if err != nil {
		panic("text: the embedded stop list " + language + " does not read: " + err.Error())
	}
	return set
}

// ReadWordSet reads a list of words: separated by blanks or line ends, a #
// starts a comment. Case, accents' composition and curly apostrophes do not
// matter. The error names the line.
func ReadWordSet(r io.Reader) (*WordSet, error) {
	set := &WordSet{words: make(map[string]struct{})}
	err := eachLine(r, "word list", func(_ int, line string) error {
		for word := range strings.FieldsSeq(line) {
			set.words[foldText(word)] = struct{}{}
		}
		return nil
	})
	if err != nil {
		return nil, err
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
	useKeep                  // never dropped
	useDrop                  // always dropped

	useUnit = useAlone | useAfter | useGlued
)

// entry is what the lexicon knows of one word. A base that is not empty
// overrides the rules of singular.
type entry struct {
	use  use
	base string
}

// newLexicon puts stop words, units, plurals and the user's lists into one map,
// so that a word of a title costs one look-up.
func newLexicon(opts Options) map[string]entry {
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
	mark := func(set *WordSet, u use) {
		if set == nil {
			return
		}
		for word := range set.words {
			e := lex[word]
			e.use |= u
			if u == useKeep {
				e.use = useKeep
			}
			lex[word] = e
		}
	}
	mark(opts.StopWords, useStop)
	mark(opts.Drop, useDrop)
	mark(opts.Keep, useKeep)
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
