package artifact

import (
	"gondola/pipeline"
	"gondola/pipeline/text"
)

// TitleReader reads titles as Dictionary.Read does, several times faster and
// without what was dropped from them. It remembers pieces of titles, see
// text.Reader, and is for one goroutine.
type TitleReader struct {
	dict *Dictionary
	text *text.Reader
}

// NewReader returns a reader of titles.
func (d *Dictionary) NewReader() *TitleReader {
	return &TitleReader{dict: d, text: text.NewReader(d.Tokenizer, func(t *text.Token) int32 { return d.find(t.Base).number() })}
}

// number puts an entry into one number: an id, -1 for nothing, and below that
// the parts that occur in phrases only.
func (e entry) number() int32 {
	if e.id < 0 && e.part >= 0 {
		return -2 - e.part
	}
	return e.id
}

// Titles are titles as the taggers see them, one after another. The zero value
// is ready; a TitleReader fills it, and uses its memory again.
type Titles struct {
	// IDs are the kept words in order, -1 for a word that is not in the
	// dictionary. Those of title i end at Ends[i].
	IDs  []int32
	Ends []int32
	// Heads are how many words of each title stand in its head.
	Heads []int32

	titles []string
	dict   *Dictionary
	words  text.Words
}

// Read reads titles into t. It holds on to them.
func (r *TitleReader) Read(titles []string, t *Titles) {
	r.text.Start(&t.words)
	t.titles, t.dict, t.Ends, t.Heads = titles, r.dict, t.Ends[:0], t.Heads[:0]
	for _, title := range titles {
		from := len(t.words.Numbers)
		head := r.text.Read(title, &t.words)
		if r.dict.phrases != nil {
			head = t.join(title, from, head)
		}
		t.Ends = append(t.Ends, int32(len(t.words.Numbers)))
		t.Heads = append(t.Heads, int32(head))
	}
	t.IDs = t.words.Numbers
}

// join joins the words of a title, from a place on, to phrases, and returns
// how many are in the head afterwards.
func (t *Titles) join(title string, from, head int) int {
	w, d := &t.words, t.dict
	end, last, heads := len(w.Numbers), from+head, 0
	to := from
	for i := from; i < end; i++ {
		number := w.Numbers[i]
		joined := int32(-1)
		if i+1 < end {
			joined = d.phrase(number, w.Numbers[i+1])
		}
		if i < last {
			heads++
		}
		if joined >= 0 && text.Adjacent(title, place(w.Spans[i], i < last), place(w.Spans[i+1], i+1 < last)) {
			w.Join(to, i, joined)
			i++
		} else {
			w.Numbers[to], w.Spans[to] = max(number, -1), w.Spans[i]
		}
		to++
	}
	w.Cut(to)
	return heads
}

// place is as much of a token as text.Adjacent asks for.
func place(s text.Span, head bool) *text.Token {
	return &text.Token{Start: int(s.Start), End: int(s.End), Head: head}
}

// phrase returns the id of the phrase of two words, given as by entry.number,
// or -1.
func (d *Dictionary) phrase(a, b int32) int32 {
	first, second := d.part(a), d.part(b)
	if first < 0 || second < 0 {
		return -1
	}
	if id, ok := d.phrases[pairOf(first, second)]; ok {
		return id
	}
	return -1
}

// part returns the number of a word as a part of phrases, or -1.
func (d *Dictionary) part(number int32) int32 {
	switch {
	case number >= 0:
		return d.parts[number]
	case number < -1:
		return -2 - number
	}
	return -1
}

// Len returns the number of titles.
func (t *Titles) Len() int { return len(t.Ends) }

// AppendWord appends a word of title i to dst, in the form in which it is a
// tag; k is its place in IDs. See Title.Word.
func (t *Titles) AppendWord(dst []byte, i, k int, form string) []byte {
	if form != pipeline.FormBase {
		return t.words.AppendText(dst, t.titles[i], k)
	}
	from := len(dst)
	if id := t.IDs[k]; id >= 0 {
		dst = append(dst, t.dict.Words[id]...)
	} else {
		dst = t.words.AppendBase(dst, t.titles[i], k)
	}
	for j := from; j < len(dst); j++ { // as text.ShowPhrase
		if dst[j] == text.PhraseJoin[0] {
			dst[j] = ' '
		}
	}
	return dst
}
