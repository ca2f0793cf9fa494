package artifact

import (
	"strings"

	"gondola/pipeline"
	"gondola/pipeline/text"
)

// Dictionary holds the words of a table: for each counted form (without
// accents, plurals joined to their singular, two words of a phrase joined by
// text.PhraseJoin) an id, how often it occurs, and the form in which titles
// mostly write it. Ids are given by falling count, so that frequent words have
// short ones. It is made by a Numbering or by NewDictionary and does not change
// afterwards.
type Dictionary struct {
	Tokenizer *text.Tokenizer
	Words     []string // id -> counted form
	Counts    []int64  // id -> occurrences in all titles; of a word of a phrase, those outside it
	shown     []string // id -> the most frequent form in titles

	index   map[string]entry // counted form -> what it is; see newIndex
	phrases map[pair]int32   // two parts -> the id of their phrase
	parts   []int32          // id -> its number as a part of phrases, -1 for none; nil without phrases
}

// entry is what a counted form is: a word, a part of phrases, or both.
type entry struct {
	id   int32 // -1 for a part that occurs in phrases only
	part int32 // its number as a part of phrases, -1 for none
}

// pair is two numbers: parts, words or forms that stand next to each other.
type pair uint64

func pairOf(a, b int32) pair { return pair(uint32(a))<<32 | pair(uint32(b)) }

// NewDictionary returns the dictionary of words whose counted forms, counts
// and shown forms stand in the slices, which it keeps. The same slices and
// tokenizer make the same dictionary, so these are what is stored of one.
func NewDictionary(t *text.Tokenizer, words []string, counts []int64, shown []string) *Dictionary {
	d := &Dictionary{Tokenizer: t, Words: words, Counts: counts, shown: shown}
	d.index = make(map[string]entry, len(words)+len(words)/8)
	for id, word := range words {
		d.index[word] = entry{int32(id), -1}
	}
	d.indexPhrases()
	// A plural without its singular answers to the singular.
	var singulars []string
	for id, word := range words {
		singulars = t.Singulars(word, singulars[:0])
		for _, s := range singulars {
			if _, ok := d.index[s]; !ok {
				d.index[s] = d.index[words[id]]
			}
		}
	}
	return d
}

// indexPhrases numbers the parts of phrases, among them those that occur
// nowhere else.
func (d *Dictionary) indexPhrases() {
	var parts int32
	part := func(word string) int32 {
		e, ok := d.index[word]
		if !ok {
			e = entry{-1, -1}
		}
		if e.part < 0 {
			e.part = parts
			parts++
			d.index[word] = e
		}
		return e.part
	}
	for id, word := range d.Words {
		a, b, ok := strings.Cut(word, text.PhraseJoin)
		if !ok {
			continue
		}
		if d.phrases == nil {
			d.phrases = make(map[pair]int32)
		}
		d.phrases[pairOf(part(a), part(b))] = int32(id)
	}
	if d.phrases == nil {
		return
	}
	d.parts = make([]int32, len(d.Words))
	for id, word := range d.Words {
		d.parts[id] = d.index[word].part
	}
}

// Len returns the number of words.
func (d *Dictionary) Len() int { return len(d.Words) }

// ShownForms returns the form for people of every word, by id.
func (d *Dictionary) ShownForms() []string { return d.shown }

// Find returns the id of a counted form.
func (d *Dictionary) Find(base string) (int32, bool) {
	e, ok := d.index[base]
	return e.id, ok && e.id >= 0
}

// Shown returns the form of a word for people: as titles mostly write it. An
// unknown form is returned as it is.
func (d *Dictionary) Shown(base string) string {
	if id, ok := d.Find(base); ok {
		return d.shown[id]
	}
	return base
}

// find looks up a form as the tokenizer counts it: itself, or the most
// frequent of its singulars.
func (d *Dictionary) find(base string) entry {
	if e, ok := d.index[base]; ok {
		return e
	}
	best, most := entry{-1, -1}, int64(-1)
	var space [2]string
	for _, s := range d.Tokenizer.Singulars(base, space[:0]) {
		e, ok := d.index[s]
		if !ok {
			continue
		}
		var n int64
		if e.id >= 0 {
			n = d.Counts[e.id]
		}
		if n > most {
			best, most = e, n
		}
	}
	return best
}

// Base folds a word or phrase that a person typed to its counted form:
// "Pizzas" to "pizza", "Ice Creams" to "ice_cream". What is neither is only
// put into lower case.
func (d *Dictionary) Base(word string) string {
	var t Title
	d.Read(word, &t)
	if len(t.IDs) != 1 {
		return strings.ToLower(word)
	}
	return t.Tokens[t.Token[0]].Base
}

// Title is a title as the taggers see it.
type Title struct {
	// Tokens are all pieces, kept and dropped. The two words of a phrase are
	// one; Base is the counted form in the dictionary.
	Tokens  []text.Token
	IDs     []int32 // the kept tokens in order; -1 for a word that is not in the dictionary
	Token   []int32 // for each of IDs: its place in Tokens
	HeadLen int     // how many of IDs stand in the head
}

// Word returns the form in which the word at a place of IDs is a tag: as the
// title writes it, or for pipeline.FormBase as it is counted, phrases with a
// blank.
func (t *Title) Word(i int, form string) string {
	token := &t.Tokens[t.Token[i]]
	if form == pipeline.FormBase {
		return text.ShowPhrase(token.Base)
	}
	return token.Text
}

// Read tokenises a title into t, whose memory is used again.
func (d *Dictionary) Read(title string, t *Title) {
	t.Tokens = d.Tokenizer.Tokenize(title, t.Tokens[:0])
	t.IDs, t.Token, t.HeadLen = t.IDs[:0], t.Token[:0], 0
	out := t.Tokens[:0] // phrases make it shorter
	first := int32(-1)  // the part that the last of out is, if it may begin a phrase
	for i := range t.Tokens {
		token := t.Tokens[i]
		if token.Drop != text.Kept {
			out, first = append(out, token), -1
			continue
		}
		e := d.find(token.Base)
		if first >= 0 && e.part >= 0 && text.Adjacent(title, &out[len(out)-1], &token) {
			if id, ok := d.phrases[pairOf(first, e.part)]; ok {
				a := &out[len(out)-1]
				a.Text += " " + token.Text
				a.Base = d.Words[id]
				a.End = token.End
				t.IDs[len(t.IDs)-1] = id
				first = -1
				continue
			}
		}
		if e.id >= 0 {
			token.Base = d.Words[e.id]
		}
		out, first = append(out, token), e.part
		t.IDs = append(t.IDs, e.id)
		t.Token = append(t.Token, int32(len(out)-1))
		if token.Head {
			t.HeadLen = len(t.IDs)
		}
	}
	t.Tokens = out
}
