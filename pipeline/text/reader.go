package text

import (
	"math"
	"strings"
)

// Reader reads the kept words of titles as [Tokenizer.Tokenize] finds them,
// several times faster: it remembers what each piece of a title (what stands
// between blanks) holds, so that most pieces cost one look-up. It is for one
// goroutine.
//
// A word is given as a number that the maker of the reader looks up for its
// counted form, an id of a dictionary for instance, once for each new piece.
//
// Why a piece may be read alone: blanks end words, and only two things look
// over a blank. A number asks whether a unit or another number follows; and
// an HTML tag may hold blanks. The reader knows pieces that end in a number,
// pieces that begin with what goes on a number, and pieces with a <, and reads
// such neighbours together, from the title itself. Of case nothing but the
// shown form depends on it, and that is lower case; so pieces are remembered
// in lower ASCII.
type Reader struct {
	tok    *Tokenizer
	number func(base string) int32
	known  pieces
	tokens []Token // scratch
	lower  []byte  // scratch
}

// Words are the kept words of titles, one title after another, as a [Reader]
// appends them. The zero value is ready.
type Words struct {
	// Numbers are what the words were looked up as.
	Numbers []int32
	// Spans are their places in their titles, in bytes.
	Spans []Span

	reader *Reader
	texts  []wordText // of words that no remembered piece holds
}

// Span is the place of a word in its title, and where its text lies.
type Span struct {
	Start, End int32
	text       int32 // asWritten, a place in pieces.texts, or from below -1 in Words.texts
}

// asWritten is the text of a word that shows and counts as its title writes it, in
// lower case.
const asWritten = -1

// wordText are the shown and the counted form of a word.
type wordText struct{ text, base string }

// NewReader returns a reader that gives a word the number that it has by its
// counted form ([Token.Base]). The function must give the same form the same
// number always.
func NewReader(t *Tokenizer, number func(base string) int32) *Reader {
	return &Reader{tok: t, number: number}
}

// Start empties words, and bounds what the reader remembers: at most a few
// hundred thousand pieces, about 16 MB. Words read before must not be asked for
// their text afterwards.
func (r *Reader) Start(w *Words) {
	if r.known.full() {
		r.known = pieces{}
	}
	clear(w.texts) // they hold on to titles
	w.Numbers, w.Spans, w.texts, w.reader = w.Numbers[:0], w.Spans[:0], w.texts[:0], r
}

// Read appends the kept words of a title to words, after Start, and returns
// how many of them lie in its head (see [HeadEnd]): all of them if none does.
func (r *Reader) Read(title string, w *Words) (headLen int) {
	if len(title) > math.MaxInt32 {
		title = title[:math.MaxInt32] // No title; and places are int32.
	}
	first, head := len(w.Numbers), -1
	open, before := false, 0 // whether the piece before ends in a number; where it begins
	mark := first            // words before that piece
	for i := 0; i < len(title); {
		if title[i] <= ' ' {
			i++
			continue
		}
		key, end := keyAt(title, i)
		p := r.known.find(key)
		if p == nil {
			p = r.unknown(title[i:end], key)
		}
		if p == nil || p.flags&(pieceAlone|pieceFollows) != 0 && (p.flags&pieceAlone != 0 || open) {
			from := i
			if open { // Read the number again, with what follows it.
				from = before
				w.cut(mark)
			}
			at := len(w.Numbers)
			i = r.together(title, from, w)
			if head < 0 || head > at {
				head = headWithin(title, i, at, w)
			}
			open = false
			continue
		}
		mark, before, open = len(w.Numbers), i, p.flags&pieceOpen != 0
		if head < 0 && p.flags&(pieceBreaks|pieceBreaksBefore) != 0 {
			head = p.headBreak(title, i, end, r.known.words, mark)
		}
		if p.words == 1 && p.flags&pieceList == 0 {
			w.Numbers = append(w.Numbers, p.number)
			w.Spans = append(w.Spans, Span{int32(i) + int32(p.start), int32(i) + int32(p.end), asWritten})
		} else if p.words > 0 {
			for _, word := range r.known.words[p.number : p.number+int32(p.words)] {
				w.Numbers = append(w.Numbers, word.number)
				w.Spans = append(w.Spans, Span{int32(i) + int32(word.start), int32(i) + int32(word.end), word.text})
			}
		}
		i = end
	}
	n := len(w.Numbers) - first
	if head -= first; head <= 0 || head > n {
		return n
	}
	return head
}

// cut takes the words from n on off again.
func (w *Words) cut(n int) {
	w.Numbers, w.Spans = w.Numbers[:n], w.Spans[:n]
}

// headWithin returns how many words lie in the head of the title, which was
// read to byte i, the last time from word at on; -1 if the head goes on.
func headWithin(title string, i, at int, w *Words) int {
	end := HeadEnd(title)
	if end >= i {
		return -1
	}
	for at < len(w.Spans) && int(w.Spans[at].Start) < end {
		at++
	}
	return at
}

// together reads the title from byte i to the next blank that is not inside a
// token, as Tokenize would, and returns where that is.
func (r *Reader) together(title string, i int, w *Words) int {
	s := scanner{tok: r.tok, title: title}
	r.tokens = r.tokens[:0]
	for i < len(title) && title[i] > ' ' {
		r.tokens, i = s.next(i, r.tokens)
	}
	for k := range r.tokens {
		if t := &r.tokens[k]; t.Drop == Kept {
			w.texts = append(w.texts, wordText{t.Text, t.Base})
			w.Numbers = append(w.Numbers, r.number(t.Base))
			w.Spans = append(w.Spans, Span{int32(t.Start), int32(t.End), int32(-1 - len(w.texts))})
		}
	}
	clear(r.tokens) // they hold on to the title
	return i
}

// Text returns the shown form of word i, which was read from the title: see
// [Token.Text]. It allocates only where the title has capitals.
func (w *Words) Text(title string, i int) string {
	s := w.Spans[i]
	switch {
	case s.text >= 0:
		return w.reader.known.texts[s.text].text
	case s.text == asWritten:
		return lowerASCII(title[s.Start:s.End])
	}
	return w.texts[-2-s.text].text
}

// Base returns the counted form of word i: see [Token.Base].
func (w *Words) Base(title string, i int) string {
	s := w.Spans[i]
	switch {
	case s.text >= 0:
		return w.reader.known.texts[s.text].base
	case s.text == asWritten:
		return lowerASCII(title[s.Start:s.End])
	}
	return w.texts[-2-s.text].base
}

// unknown returns a piece that is longer than a key, or reads a new one and
// remembers it; nil if there is no room, or if it is longer than what is
// remembered.
func (r *Reader) unknown(piece string, key pieceKey) *piece {
	if len(piece) > longestPiece {
		return nil
	}
	var long string
	if key.lo == 0 {
		r.lower = appendLower(r.lower[:0], piece)
		if p := r.known.long[string(r.lower)]; p != nil {
			return p
		}
		long = string(r.lower)
	}
	if r.known.full() {
		return nil
	}
	s := scanner{tok: r.tok, title: piece}
	r.tokens = r.tokens[:0]
	for i := 0; i < len(piece); {
		r.tokens, i = s.next(i, r.tokens)
	}
	p := newPiece(piece)
	if s.past {
		p.flags |= pieceOpen
	}
	if goesOn(r.tok, piece) {
		p.flags |= pieceFollows
	}
	r.keep(&p, piece)
	return r.known.put(key, long, p)
}

// keep puts the kept tokens of a new piece into it.
func (r *Reader) keep(p *pieceInfo, piece string) {
	known := &r.known
	p.number = int32(len(known.words))
	for k := range r.tokens {
		t := &r.tokens[k]
		if t.Drop != Kept {
			continue
		}
		word := pieceWord{number: r.number(t.Base), start: uint8(t.Start), end: uint8(t.End), text: asWritten}
		if r.lower = appendLower(r.lower[:0], piece[t.Start:t.End]); string(r.lower) != t.Text || t.Base != t.Text {
			word.text = int32(len(known.texts))
			known.texts = append(known.texts, wordText{strings.Clone(t.Text), strings.Clone(t.Base)})
		}
		known.words = append(known.words, word)
		p.words++
	}
	clear(r.tokens)
	if p.words != 1 {
		return
	}
	word := known.words[p.number]
	if word.text != asWritten {
		p.flags |= pieceList
		return
	}
	p.start, p.end = word.start, word.end
	known.words = known.words[:p.number]
	p.number = word.number
}

// goesOn tells whether the piece may be a part of the quantity of a number
// that stands before it: a unit, or what joins two numbers; see quantityEnd.
func goesOn(t *Tokenizer, piece string) bool {
	switch word := shortWordAt(piece, 0); word {
	case "":
		return false
	case "x", "by", "in":
		return true
	default:
		return t.lexicon[word].use&useAfter != 0
	}
}

func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
