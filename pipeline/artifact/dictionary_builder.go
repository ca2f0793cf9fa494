package artifact

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"gondola/pipeline/text"
)

// A dictionary is made in two passes, since which words are one is known only
// when all titles were seen: FormCounters of a DictionaryBuilder number and
// count the forms of words as titles write them, then a Numbering turns titles,
// as numbers of forms, into ids. The numbers of forms and of words depend on
// which goroutine saw what first; nothing that lasts does.

// DictionaryBuilder counts the forms of words. Its FormCounters may be used by
// several goroutines at once; its own methods may not.
type DictionaryBuilder struct {
	tokenizer *text.Tokenizer
	mu        sync.Mutex
	forms     map[string]int32 // form in titles -> its number
	text      []string         // by form
	count     []int64          // by form: occurrences, of the counters that were merged
	word      []int32          // by form: the number of its counted form
	numbers   map[string]int32 // counted form -> its number
	words     []string         // by number
}

// NewDictionaryBuilder returns an empty builder.
func NewDictionaryBuilder(t *text.Tokenizer) *DictionaryBuilder {
	return &DictionaryBuilder{tokenizer: t, forms: map[string]int32{}, numbers: map[string]int32{}}
}

// FormCounter numbers and counts forms for one goroutine.
type FormCounter struct {
	builder *DictionaryBuilder
	count   []int64 // by form
}

// Forms returns a counter for a goroutine.
func (b *DictionaryBuilder) Forms() *FormCounter {
	return &FormCounter{builder: b}
}

// Number returns the number of the form of a kept token. All counters share a
// lock for it, so remember numbers: see text.Reader.
func (c *FormCounter) Number(t *text.Token) int32 { return c.builder.form(t) }

// Add counts n occurrences of a form.
func (c *FormCounter) Add(form int32, n int64) {
	if int(form) >= len(c.count) {
		c.count = append(c.count, make([]int64, int(form)+1-len(c.count))...)
	}
	c.count[form] += n
}

// Merge gives what was counted to the builder.
func (c *FormCounter) Merge() {
	b := c.builder
	b.mu.Lock()
	defer b.mu.Unlock()
	for form, n := range c.count {
		b.count[form] += n
	}
	c.count = nil
}

// form finds or adds the form of a token.
func (b *DictionaryBuilder) form(t *text.Token) int32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if form, ok := b.forms[t.Text]; ok {
		return form
	}
	word, ok := b.numbers[t.Base]
	if !ok {
		word = int32(len(b.words))
		base := strings.Clone(t.Base) // do not hold on to the title
		b.numbers[base] = word
		b.words = append(b.words, base)
	}
	form := int32(len(b.text))
	written := b.words[word]
	if t.Text != written {
		written = strings.Clone(t.Text)
	}
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
// last Merge.
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

// Numbering turns titles into ids. Where there are phrases, every title is
// counted first, by PhraseCounters; Finish then makes the dictionary, and from
// then on Title may be called by several goroutines at once.
type Numbering struct {
	builder *DictionaryBuilder
	phrases map[pair]int32 // by two words: the number of their phrase
	names   []string       // by phrase: its counted form
	counts  PhraseCounter
	ids     []int32 // by word: its id, or -1 where it occurs in phrases only
	joined  []int32 // by phrase: its id, or -1
}

// Numbering returns a numbering after Group. phrases are the pairs of words, by
// their numbers, that are joined where they stand next to each other.
func (b *DictionaryBuilder) Numbering(phrases [][2]int32) *Numbering {
	n := &Numbering{builder: b, phrases: make(map[pair]int32, len(phrases))}
	for i, p := range phrases {
		n.phrases[pairOf(p[0], p[1])] = int32(i)
		n.names = append(n.names, b.words[p[0]]+text.PhraseJoin+b.words[p[1]])
	}
	n.counts = *n.Counter()
	return n
}

// PhraseCounter counts, for one goroutine, which forms stand in phrases.
type PhraseCounter struct {
	numbering *Numbering
	inside    []int64        // by form: occurrences within phrases
	pairs     map[pair]int64 // by two forms: how often they were joined
}

// Counter returns a counter for a goroutine.
func (n *Numbering) Counter() *PhraseCounter {
	return &PhraseCounter{numbering: n, inside: make([]int64, len(n.builder.text)), pairs: map[pair]int64{}}
}

// Add counts a title, given as to Numbering.Title, that occurs so many times.
func (c *PhraseCounter) Add(forms []int32, times int64) {
	for i := 0; i+1 < len(forms); i++ {
		if forms[i] == Gap || forms[i+1] == Gap || c.numbering.phrase(forms[i], forms[i+1]) < 0 {
			continue
		}
		c.inside[forms[i]] += times
		c.inside[forms[i+1]] += times
		c.pairs[pairOf(forms[i], forms[i+1])] += times
		i++
	}
}

// Merge adds what a counter has counted.
func (n *Numbering) Merge(c *PhraseCounter) {
	for form, times := range c.inside {
		n.counts.inside[form] += times
	}
	for p, times := range c.pairs {
		n.counts.pairs[p] += times
	}
}

// phrase is the number of the phrase of two forms, or -1.
func (n *Numbering) phrase(a, b int32) int32 {
	if len(n.phrases) == 0 {
		return -1
	}
	if p, ok := n.phrases[pairOf(n.builder.word[a], n.builder.word[b])]; ok {
		return p
	}
	return -1
}

// Title appends the ids of a title to dst. forms are the numbers of its forms,
// with a Gap between words that are not adjacent, and head is how many of them,
// gaps too, stand in the head; headLen is how many of the ids do. Phrases are
// joined from the left: a b c, with the phrases a b and b c, gives a_b c, as
// gensim does.
func (n *Numbering) Title(forms []int32, head int, dst []int32) (ids []int32, headLen int) {
	ids = dst
	for i := 0; i < len(forms); i++ {
		form := forms[i]
		if form == Gap {
			continue
		}
		begin, phrase := i, int32(-1)
		if i+1 < len(forms) && forms[i+1] != Gap {
			phrase = n.phrase(form, forms[i+1])
		}
		if phrase >= 0 {
			ids = append(ids, n.joined[phrase])
			i++
		} else {
			ids = append(ids, n.ids[n.builder.word[form]])
		}
		if begin < head {
			headLen = len(ids) - len(dst)
		}
	}
	return ids, headLen
}

// Finish makes the dictionary: ids by falling count, words of equal count in
// the order of their letters.
func (n *Numbering) Finish() *Dictionary {
	b := n.builder
	type counted struct {
		base   string
		count  int64
		number int32 // of a word; of a phrase -1 less its number
	}
	counts := make([]int64, len(b.words))
	for form, all := range b.count {
		counts[b.word[form]] += all - n.counts.inside[form]
	}
	joined := make([]int64, len(n.names))
	for p, times := range n.counts.pairs {
		joined[n.phrase(int32(p>>32), int32(uint32(p)))] += times
	}
	var list []counted
	for word, c := range counts {
		if c > 0 {
			list = append(list, counted{b.words[word], c, int32(word)})
		}
	}
	for phrase, c := range joined {
		if c > 0 {
			list = append(list, counted{n.names[phrase], c, int32(-1 - phrase)})
		}
	}
	slices.SortFunc(list, func(a, b counted) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.base, b.base)) })

	n.ids, n.joined = slices.Repeat([]int32{-1}, len(b.words)), slices.Repeat([]int32{-1}, len(n.names))
	words, numbers := make([]string, len(list)), make([]int64, len(list))
	for id, c := range list {
		words[id], numbers[id] = c.base, c.count
		if c.number >= 0 {
			n.ids[c.number] = int32(id)
		} else {
			n.joined[-1-c.number] = int32(id)
		}
	}
	return NewDictionary(b.tokenizer, words, numbers, n.shownForms(len(words)))
}

// shownForms finds, by id, the form in which titles mostly write a word.
func (n *Numbering) shownForms(words int) []string {
	b := n.builder
	shown, best := make([]string, words), make([]int64, words)
	offer := func(id int32, times int64, written string) {
		if times > best[id] || times == best[id] && written < shown[id] {
			best[id], shown[id] = times, written
		}
	}
	for form, all := range b.count {
		if alone := all - n.counts.inside[form]; alone > 0 {
			offer(n.ids[b.word[form]], alone, b.text[form])
		}
	}
	for p, times := range n.counts.pairs {
		a, c := int32(p>>32), int32(uint32(p))
		offer(n.joined[n.phrase(a, c)], times, b.text[a]+" "+b.text[c])
	}
	return shown
}
