package artifact

import (
	"strings"

	"gondola/pipeline/text"
)

// Dictionary holds the words of a table: for each counted form (singular,
// without accents) an id, how often it occurs, and the form in which titles
// mostly write it. Ids are given in the order of first occurrence. It is
// filled by one goroutine through a DictionaryBuilder and does not change
// afterwards.
type Dictionary struct {
	Tokenizer *text.Tokenizer
	Words     []string // id -> counted form
	Counts    []int64  // id -> occurrences in all titles
	shown     []string // id -> the most frequent form in titles
	ids       map[string]int32
}

// Len returns the number of words.
func (d *Dictionary) Len() int { return len(d.Words) }

// Find returns the id of a counted form.
func (d *Dictionary) Find(base string) (int32, bool) {
	id, ok := d.ids[base]
	return id, ok
}

// Shown returns the form of a word for people: as titles mostly write it. An
// unknown form is returned as it is.
func (d *Dictionary) Shown(base string) string {
	if id, ok := d.ids[base]; ok {
		return d.shown[id]
	}
	return base
}

// Base folds a word that a person typed to its counted form: "Pizzas" to
// "pizza". What is no single word is only put into lower case.
func (d *Dictionary) Base(word string) string {
	base := ""
	for _, t := range d.Tokenizer.Tokenize(word, nil) {
		if t.Drop != text.Kept {
			continue
		}
		if base != "" {
			return strings.ToLower(word)
		}
		base = t.Base
	}
	if base == "" {
		return strings.ToLower(word)
	}
	return base
}

// Title is a title as the taggers see it.
type Title struct {
	Tokens  []text.Token // all, kept and dropped
	IDs     []int32      // the kept tokens in order; -1 for a word that is not in the dictionary
	Token   []int32      // for each of IDs: its place in Tokens
	HeadLen int          // how many of IDs stand in the head
}

// Read tokenises a title into t, whose memory is used again.
func (d *Dictionary) Read(title string, t *Title) {
	t.Tokens = d.Tokenizer.Tokenize(title, t.Tokens[:0])
	t.IDs, t.Token, t.HeadLen = t.IDs[:0], t.Token[:0], 0
	for i := range t.Tokens {
		token := &t.Tokens[i]
		if token.Drop != text.Kept {
			continue
		}
		id, ok := d.ids[token.Base]
		if !ok {
			id = -1
		}
		t.IDs = append(t.IDs, id)
		t.Token = append(t.Token, int32(i))
		if token.Head {
			t.HeadLen = len(t.IDs)
		}
	}
}

// DictionaryBuilder counts words, for one goroutine.
type DictionaryBuilder struct {
	dict  *Dictionary
	forms map[string]int32 // form in titles -> its place in the slices below
	base  []int32          // the id of its counted form
	count []int64
	text  []string
}

// NewDictionaryBuilder returns an empty builder.
func NewDictionaryBuilder(t *text.Tokenizer) *DictionaryBuilder {
	return &DictionaryBuilder{
		dict:  &Dictionary{Tokenizer: t, ids: map[string]int32{}},
		forms: map[string]int32{},
	}
}

// Add counts a kept token and returns the id of its counted form.
func (b *DictionaryBuilder) Add(t *text.Token) int32 {
	form, ok := b.forms[t.Text]
	if !ok {
		form = b.newForm(t)
	}
	b.count[form]++
	id := b.base[form]
	b.dict.Counts[id]++
	return id
}

func (b *DictionaryBuilder) newForm(t *text.Token) int32 {
	d := b.dict
	id, ok := d.ids[t.Base]
	if !ok {
		id = int32(len(d.Words))
		word := strings.Clone(t.Base) // do not hold on to the title
		d.ids[word] = id
		d.Words = append(d.Words, word)
		d.Counts = append(d.Counts, 0)
	}
	form := int32(len(b.base))
	written := strings.Clone(t.Text)
	b.forms[written] = form
	b.base = append(b.base, id)
	b.count = append(b.count, 0)
	b.text = append(b.text, written)
	return form
}

// Finish returns the dictionary. The builder must not be used afterwards.
func (b *DictionaryBuilder) Finish() *Dictionary {
	d := b.dict
	d.shown = make([]string, len(d.Words))
	best := make([]int64, len(d.Words))
	for form, id := range b.base {
		n := b.count[form]
		if n > best[id] || n == best[id] && b.text[form] < d.shown[id] {
			best[id], d.shown[id] = n, b.text[form]
		}
	}
	b.forms = nil
	return d
}
