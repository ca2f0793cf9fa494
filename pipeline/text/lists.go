package text

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// ReadWordList reads a list with a word a line, for [Options.Keep] and
// [Options.Drop]; a # starts a comment. Unlike [ReadWordSet] it refuses a line
// that is not one word as the tokenizer cuts it, since "ice cream" could never
// be met. The error names the line.
func ReadWordList(r io.Reader) (*WordSet, error) {
	set := &WordSet{words: make(map[string]struct{})}
	tok := New(Options{KeepNumbers: true})
	err := eachLine(r, "word list", func(n int, line string) error {
		word, err := oneWord(tok, line)
		if err != nil {
			return fmt.Errorf("line %d: %w; write one word a line", n, err)
		}
		set.words[word.Text] = struct{}{}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return set, nil
}

// Common returns the first word, in alphabetical order, that is in both sets.
func (s *WordSet) Common(o *WordSet) (word string, found bool) {
	if s == nil {
		return "", false
	}
	for w := range s.words {
		if o.Has(w) && (!found || w < word) {
			word, found = w, true
		}
	}
	return word, found
}

// Synonyms say which words are counted as others. They do not change once they
// are made; nil is none.
type Synonyms struct {
	to map[string]string // variant -> counted form of its canonical word
}

// Pairs lists the spellings with the forms that they count as, in alphabetical
// order: what has to be stored of synonyms.
func (s *Synonyms) Pairs() [][2]string {
	if s == nil {
		return nil
	}
	pairs := make([][2]string, 0, len(s.to))
	for _, variant := range slices.Sorted(maps.Keys(s.to)) {
		pairs = append(pairs, [2]string{variant, s.to[variant]})
	}
	return pairs
}

// NewSynonyms returns the synonyms of stored pairs.
func NewSynonyms(pairs [][2]string) *Synonyms {
	s := &Synonyms{to: make(map[string]string, len(pairs))}
	for _, p := range pairs {
		s.to[p[0]] = p[1]
	}
	return s
}

// Len is the number of spellings that are counted as others.
func (s *Synonyms) Len() int {
	if s == nil {
		return 0
	}
	return len(s.to)
}

// ReadSynonyms reads a list of synonyms in Solr's format for explicit ones:
//
//	tee, tshirt => t-shirt   # the variants, and the word as which they count
//
// Every variant and the word behind => is one word; plurals of a variant that
// follow the rules, and spellings without its accents, are meant too. It is an
// error if a variant stands for two words, or a word behind => is a variant
// itself. The error names the line.
func ReadSynonyms(r io.Reader) (*Synonyms, error) {
	syn := &Synonyms{to: make(map[string]string)}
	tok := New(Options{KeepNumbers: true})
	lines := make(map[string]int) // variant or canonical word -> where it was first
	canonical := make(map[string]int)
	err := eachLine(r, "list of synonyms", func(n int, line string) error {
		left, right, ok := strings.Cut(line, "=>")
		if !ok {
			return fmt.Errorf("line %d has no =>: write variant, variant => word", n)
		}
		to, err := oneWord(tok, right)
		if err != nil {
			return fmt.Errorf("line %d, after =>: %w; words of more than one part are joined by phrases, not here", n, err)
		}
		if _, ok := canonical[to.Base]; !ok {
			canonical[to.Base] = n
		}
		for variant := range strings.SplitSeq(left, ",") {
			from, err := oneWord(tok, variant)
			if err != nil {
				return fmt.Errorf("line %d, before =>: %w; words of more than one part are joined by phrases, not here", n, err)
			}
			if from.Base == to.Base {
				continue
			}
			for _, key := range []string{from.Text, from.Base} {
				if old, ok := syn.to[key]; ok && old != to.Base {
					return fmt.Errorf("line %d: %q is to count as %q, and by line %d as %q", n, key, to.Base, lines[key], old)
				}
				syn.to[key], lines[key] = to.Base, n
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, word := range slices.Sorted(maps.Keys(canonical)) {
		if to, ok := syn.to[word]; ok {
			return nil, fmt.Errorf("line %d: variants are to count as %q, which by line %d counts as %q itself: write %q there",
				canonical[word], word, lines[word], to, to)
		}
	}
	return syn, nil
}

// of returns the counted form of a word whose own would be base.
func (s *Synonyms) of(t *Tokenizer, text, base string) string {
	if s == nil {
		return base
	}
	if to, ok := s.to[text]; ok {
		return to
	}
	if to, ok := s.to[base]; ok {
		return to
	}
	var space [2]string
	for _, singular := range t.Singulars(base, space[:0]) {
		if to, ok := s.to[singular]; ok {
			return to
		}
	}
	return base
}

// oneWord reads a text that is to be one word, kept or a number or letter.
func oneWord(tok *Tokenizer, s string) (Token, error) {
	s = strings.TrimSpace(s)
	tokens := tok.Tokenize(s, nil)
	if len(tokens) == 1 && tokens[0].Start == 0 && tokens[0].End == len(s) {
		t := tokens[0]
		if t.Drop == SingleLetter && t.Text != "" {
			t.Drop, t.Base = Kept, foldAccents(t.Text)
		}
		if t.Drop == Kept {
			return t, nil
		}
	}
	switch {
	case s == "":
		return Token{}, errors.New("a word is missing")
	case len(tokens) > 1:
		return Token{}, fmt.Errorf("%q is more than one word", s)
	}
	return Token{}, fmt.Errorf("%q is no word as titles are cut", s)
}

// eachLine calls fn for every line that holds more than a comment.
func eachLine(r io.Reader, what string, fn func(n int, line string) error) error {
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		line, _, _ := strings.Cut(lines.Text(), "#")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff") // as some editors begin a file
		}
		if !utf8.ValidString(line) {
			return fmt.Errorf("%s: line %d is not UTF-8: save the file as UTF-8", what, n)
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := fn(n, line); err != nil {
			return err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%s: line %d is longer than 64 KiB: this is no list of words: %w", what, n+1, err)
	case err != nil:
		return fmt.Errorf("%s: after line %d: %w", what, n, err)
	}
	return nil
}
