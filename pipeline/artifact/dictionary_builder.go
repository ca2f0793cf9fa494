package artifact

import (
	"strings"

	"gondola/pipeline/text"
)

// A dictionary is made in two passes, since which words are one is known only
// when all titles were seen: a DictionaryBuilder counts the forms of words as
// titles write them, then a DictionaryWriter goes over the titles again, as
// numbers of forms, and turns them into ids.

// DictionaryBuilder counts the forms of words, for one goroutine.
type DictionaryBuilder struct {
	tokenizer *text.Tokenizer
	forms     map[string]int32 // form in titles -> its number
	text      []string         // by form
	count     []int64          // by form: occurrences
	word      []int32          // by form: the number of its counted form
	numbers   map[string]int32 // counted form -> its number
	words     []string         // by number
}

// NewDictionaryBuilder returns an empty builder.
func NewDictionaryBuilder(t *text.Tokenizer) *DictionaryBuilder {
	return &DictionaryBuilder{tokenizer: t, forms: map[string]int32{}, numbers: map[string]int32{}}
}

// Add counts a kept token and returns the number of its form.
func (b *DictionaryBuilder) Add(t *text.Token) int32 {
	form, ok := b.forms[t.Text]
	if !ok {
		form = b.newForm(t)
	}
	b.count[form]++
	return form
}

func (b *DictionaryBuilder) newForm(t *text.Token) int32 {
	word, ok := b.numbers[t.Base]
	if !ok {
		word = int32(len(b.words))
		base := strings.Clone(t.Base) // do not hold on to the title
		b.numbers[base] = word
		b.words = append(b.words, base)
	}
	form := int32(len(b.text))
	written := strings.Clone(t.Text)
	b.forms[written] = form
	b.text = append(b.text, written)
	b.count = append(b.count, 0)
	b.word = append(b.word, word)
	return form
}

// singularShare is how often a singular must occur for each time that the
// plural does, to be believed: else it is a slip, as anana for ananas.
const singularShare = 1.0 / 100

// Counted are the counted forms before any phrase: how often each occurs, by
// its number, and the number of each form.
type Counted struct {
	Words []string
	Count []int64
	Word  []int32 // by form
	Total int64   // occurrences of all words
}

// Group joins each regular plural to its singular, where the titles hold that
// too: cookies to cookie and tranches to tranche, but not ananas to anana. Of
// several possible singulars the most frequent is it. Call it once, after the
// last Add.
func (b *DictionaryBuilder) Group() Counted {
	counts := make([]int64, len(b.words))
	for form, n := range b.count {
		counts[b.word[form]] += n
	}
	joined := make([]int32, len(b.words))
	var singulars []string
	for plural, word := range b.words {
		joined[plural] = int32(plural)
		singulars = b.tokenizer.Singulars(word, singulars[:0])
		var most int64
		for _, s := range singulars {
			n, ok := b.numbers[s]
			if ok && counts[n] > most && float64(counts[n]) >= singularShare*float64(counts[plural]) {
				most, joined[plural] = counts[n], n
			}
		}
	}
	c := Counted{Words: b.words, Count: make([]int64, len(b.words)), Word: b.word}
	for form, n := range b.count {
		b.word[form] = joined[b.word[form]]
		c.Count[b.word[form]] += n
		c.Total += n
	}
	return c
}

// Gap stands among the forms of a title between two words that may not be a
// phrase: see text.Adjacent.
const Gap int32 = -1

// DictionaryWriter turns the titles that a builder has seen into ids, in their
// order, and makes the dictionary. It is for one goroutine.
type DictionaryWriter struct {
	builder *DictionaryBuilder
	dict    *Dictionary
	ids     []int32          // by word: its id, or -1 before it occurs alone
	phrases map[pair]int32   // by two words: their id, or -1 before they occur
	alone   []int64          // by form: occurrences outside of phrases
	pairs   map[pair]*phrase // by two forms
}

// phrase is how often two forms were joined to a word of the dictionary.
type phrase struct {
	id int32
	n  int64
}

// Writer returns a writer after Group. phrases are the pairs of words, by
// their numbers, that are joined where they stand next to each other.
func (b *DictionaryBuilder) Writer(phrases [][2]int32) *DictionaryWriter {
	w := &DictionaryWriter{
		builder: b,
		dict:    &Dictionary{Tokenizer: b.tokenizer},
		ids:     make([]int32, len(b.words)),
		phrases: make(map[pair]int32, len(phrases)),
		alone:   make([]int64, len(b.text)),
		pairs:   map[pair]*phrase{},
	}
	for i := range w.ids {
		w.ids[i] = -1
	}
	for _, p := range phrases {
		w.phrases[pairOf(p[0], p[1])] = -1
	}
	return w
}

// Title appends the ids of a title to dst. forms are the numbers of its forms,
// with a Gap between words that are not adjacent, and head is how many of them,
// gaps too, stand in the head; headLen is how many of the ids do. Phrases are
// joined from the left: a b c, with the phrases a b and b c, gives a_b c, as
// gensim does.
func (w *DictionaryWriter) Title(forms []int32, head int, dst []int32) (ids []int32, headLen int) {
	ids = dst
	for i := 0; i < len(forms); i++ {
		form := forms[i]
		if form == Gap {
			continue
		}
		begin := i
		if i+1 < len(forms) && forms[i+1] != Gap && w.join(form, forms[i+1], &ids) {
			i++
		} else {
			ids = append(ids, w.single(form))
		}
		if begin < head {
			headLen = len(ids) - len(dst)
		}
	}
	return ids, headLen
}

func (w *DictionaryWriter) single(form int32) int32 {
	word := w.builder.word[form]
	w.alone[form]++
	if w.ids[word] < 0 {
		w.ids[word] = w.newWord(w.builder.words[word])
	}
	w.dict.Counts[w.ids[word]]++
	return w.ids[word]
}

// join appends the phrase of two forms if they are one.
func (w *DictionaryWriter) join(a, b int32, ids *[]int32) bool {
	if len(w.phrases) == 0 {
		return false
	}
	words := pairOf(w.builder.word[a], w.builder.word[b])
	id, ok := w.phrases[words]
	if !ok {
		return false
	}
	if id < 0 {
		id = w.newWord(w.builder.words[w.builder.word[a]] + text.PhraseJoin + w.builder.words[w.builder.word[b]])
		w.phrases[words] = id
	}
	forms := w.pairs[pairOf(a, b)]
	if forms == nil {
		forms = &phrase{id: id}
		w.pairs[pairOf(a, b)] = forms
	}
	forms.n++
	w.dict.Counts[id]++
	*ids = append(*ids, id)
	return true
}

func (w *DictionaryWriter) newWord(base string) int32 {
	w.dict.Words = append(w.dict.Words, base)
	w.dict.Counts = append(w.dict.Counts, 0)
	return int32(len(w.dict.Words) - 1)
}

// Finish returns the dictionary. Neither the writer nor its builder may be
// used afterwards.
func (w *DictionaryWriter) Finish() *Dictionary {
	b, d := w.builder, w.dict
	shown := make([]string, len(d.Words))
	best := make([]int64, len(d.Words))
	offer := func(id int32, n int64, written string) {
		if n > best[id] || n == best[id] && written < shown[id] {
			best[id], shown[id] = n, written
		}
	}
	for form, n := range w.alone {
		if n > 0 {
			offer(w.ids[b.word[form]], n, b.text[form])
		}
	}
	for forms, p := range w.pairs {
		offer(p.id, p.n, b.text[forms>>32]+" "+b.text[uint32(forms)])
	}
	return NewDictionary(d.Tokenizer, d.Words, d.Counts, shown)
}
