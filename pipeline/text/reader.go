package text

import (
	"math"
	"runtime"
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
// an HTML tag may hold blanks. So a number at the end of a piece and a piece
// that may go on it, 12 and oz, are remembered together; and where that is not
// enough (2 x 500 ml, or a <), they are read from the title itself. Of case
// nothing but the shown form depends on it, and that is lower case; so pieces
// are remembered in lower ASCII.
type Reader struct {
	tok    *Tokenizer
	number func(t *Token) int32
	drop   func(t *Token) int32 // nil where nobody asks for what was dropped
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
	// Drops are what the tokens that are no words were looked up as, of a
	// reader made by NewReaderOfAll.
	Drops []int32

	reader *Reader
	texts  []wordText // of words that no remembered piece holds
	joined [][2]Span  // the words of phrases
}

// Span is the place of a word in its title, and where its text lies.
type Span struct {
	Start, End int32
	text       int32 // asWritten, a place in pieces.texts, joinedFrom and a place in Words.joined, or -2 less one in Words.texts
}

const (
	asWritten  = -1      // the text is that of the title, in lower case
	joinedFrom = 1 << 30 // above what pieces.texts can hold
)

// wordText are the shown and the counted form of a word.
type wordText struct{ text, base string }

// NewReader returns a reader that gives a word the number that it has by its
// counted and its shown form ([Token.Base], [Token.Text]; places are not those
// in the title). The function must give the same forms the same number, until
// Forget.
func NewReader(t *Tokenizer, number func(t *Token) int32) *Reader {
	return &Reader{tok: t, number: number}
}

// NewReaderOfAll returns a reader that also gives the tokens that are no words
// as numbers, which they have by their text and the reason.
func NewReaderOfAll(t *Tokenizer, number, drop func(t *Token) int32) *Reader {
	return &Reader{tok: t, number: number, drop: drop}
}

// Forget forgets all pieces, and with them all numbers.
func (r *Reader) Forget() { r.known.forget() }

// Start empties words, and bounds what the reader remembers: at most a few
// hundred thousand pieces, about 16 MB. Words read before must not be asked for
// their text afterwards.
func (r *Reader) Start(w *Words) {
	if r.known.full() {
		r.known.forget()
	}
	clear(w.texts) // they hold on to titles
	w.Numbers, w.Spans, w.texts, w.joined, w.reader = w.Numbers[:0], w.Spans[:0], w.texts[:0], w.joined[:0], r
	w.Drops = w.Drops[:0]
}

// Read appends the kept words of a title to words, after Start, and returns
// how many of them lie in its head (see [HeadEnd]): all of them if none does.
func (r *Reader) Read(title string, w *Words) (headLen int) {
	if len(title) > math.MaxInt32 {
		title = title[:math.MaxInt32] // No title; and places are int32.
	}
	first, head := len(w.Numbers), -1
	var last struct { // the piece before
		open      bool // a number stands at its end
		at, words int  // where it begins, in bytes and in words
		drops     int  // and in dropped tokens
		head      int  // head before it
	}
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
		if p != nil && p.flags&pieceAlone == 0 && (!last.open || p.flags&pieceFollows == 0) {
			last.open, last.at, last.words, last.head = p.flags&pieceOpen != 0, i, len(w.Numbers), head
			last.drops = len(w.Drops)
		} else {
			// Read the number again, with what follows it.
			if last.open {
				i, head = last.at, last.head
				w.Cut(last.words)
				w.Drops = w.Drops[:last.drops]
			}
			if p != nil && p.flags&pieceAlone == 0 {
				p = r.joined(title[i:end])
			}
			if p == nil || p.flags&pieceAlone != 0 {
				at := len(w.Numbers)
				i = r.together(title, i, w)
				if head < 0 {
					head = headWithin(title, i, at, w)
				}
				last.open = false
				continue
			}
			last.open = p.flags&pieceOpen != 0
		}
		if p.drops > 0 {
			w.Drops = append(w.Drops, r.known.drops[p.dropsAt:p.dropsAt+int32(p.drops)]...)
		}
		if head < 0 && p.flags&(pieceBreaks|pieceBreaksBefore) != 0 {
			head = p.headBreak(title, i, end, r.known.words, len(w.Numbers))
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
	runtime.KeepAlive(r)
	n := len(w.Numbers) - first
	if head -= first; head <= 0 || head > n {
		return n
	}
	return head
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
			w.Numbers = append(w.Numbers, r.number(t))
			w.Spans = append(w.Spans, Span{int32(t.Start), int32(t.End), int32(-1 - len(w.texts))})
		} else if r.drop != nil {
			w.Drops = append(w.Drops, r.drop(t))
		}
	}
	clear(r.tokens) // they hold on to the title
	return i
}

// Join puts the words i and i+1 of a title in the place of word k, k at most i,
// as one with the number given. It is for phrases; what is between is up to the
// caller: see Cut.
func (w *Words) Join(k, i int, number int32) {
	w.joined = append(w.joined, [2]Span{w.Spans[i], w.Spans[i+1]})
	w.Numbers[k] = number
	w.Spans[k] = Span{w.Spans[i].Start, w.Spans[i+1].End, int32(joinedFrom + len(w.joined) - 1)}
}

// Cut takes the words from n on off again.
func (w *Words) Cut(n int) { w.Numbers, w.Spans = w.Numbers[:n], w.Spans[:n] }

// AppendText appends the shown form of word i to dst: see [Token.Text]. title
// is that of the word. The words of a phrase get a blank between them.
func (w *Words) AppendText(dst []byte, title string, i int) []byte {
	s := w.Spans[i]
	if s.text < joinedFrom {
		return w.append(dst, title, s)
	}
	parts := w.joined[s.text-joinedFrom]
	return w.append(append(w.append(dst, title, parts[0]), ' '), title, parts[1])
}

func (w *Words) append(dst []byte, title string, s Span) []byte {
	if s.text == asWritten {
		return appendLower(dst, title[s.Start:s.End])
	}
	return append(dst, w.form(s).text...)
}

// AppendBase appends the counted form of word i to dst: see [Token.Base]. That
// of a phrase its number tells.
func (w *Words) AppendBase(dst []byte, title string, i int) []byte {
	s := w.Spans[i]
	if s.text == asWritten {
		return appendLower(dst, title[s.Start:s.End])
	}
	return append(dst, w.form(s).base...)
}

// form is the text of a word that is neither asWritten nor joined.
func (w *Words) form(s Span) wordText {
	if s.text >= 0 {
		return w.reader.known.texts[s.text]
	}
	return w.texts[-2-s.text]
}

// joined returns a number and what follows it, with the blanks between, as one
// piece: the number goes on, so that they are remembered together. It is nil
// where more has to be seen.
func (r *Reader) joined(s string) *piece {
	key := keyOf(s)
	if p := r.known.find(key); p != nil {
		return p
	}
	return r.unknown(s, key)
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
	if s.wants {
		p.flags |= pieceAlone
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
	p.number, p.dropsAt = int32(len(known.words)), int32(len(known.drops))
	for k := range r.tokens {
		t := &r.tokens[k]
		if t.Drop != Kept {
			if r.drop != nil {
				known.drops = append(known.drops, r.drop(t))
				p.drops++
			}
			continue
		}
		word := pieceWord{number: r.number(t), start: uint8(t.Start), end: uint8(t.End), text: asWritten}
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
	case "x", "by", "in", "oz", "ounce", "ounces", "ft", "feet", "m": // see quantityEnd, isDoubleUnit
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
