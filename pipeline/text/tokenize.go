package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Options say what a [Tokenizer] drops. The zero value drops only numbers,
// markup, single letters and what is too long.
type Options struct {
	// StopWords are dropped. Nil drops none; see [English], [ReadWordSet].
	StopWords *WordSet

	// Units drops units and quantities: 12 oz, 64gb, 2x500ml, 100%. When it is
	// off their words are words like others (oz, 64gb) and their numbers are
	// numbers.
	Units bool

	// KeepNumbers keeps numbers as words: 501, 3/4. Quantities are no numbers.
	KeepNumbers bool

	// Keep are words that are never dropped, and Drop words that always are,
	// whatever the other options say; see [ReadWordList]. Like stop words they
	// are meant as titles write them: a plural is a word of its own. A word in
	// both is kept.
	Keep, Drop *WordSet

	// Synonyms are counted as other words: see [ReadSynonyms].
	Synonyms *Synonyms
}

// DefaultOptions are English stop words off, units off, numbers off.
func DefaultOptions() Options {
	return Options{StopWords: English(), Units: true}
}

// Tokenizer finds the words of titles. It does not change once it is made and
// may be shared by goroutines.
type Tokenizer struct {
	opts    Options
	lexicon map[string]entry
}

// New returns a tokenizer.
func New(opts Options) *Tokenizer {
	return &Tokenizer{opts: opts, lexicon: newLexicon(opts)}
}

// Options returns what the tokenizer was made with.
func (t *Tokenizer) Options() Options { return t.opts }

// Tokenize appends all tokens of title to dst, in their order, and returns it
// (only the bigrams of a Chinese text overlap): the kept words and also what was dropped, with the
// reason. A title in capitals costs one allocation, a plain word none; time
// grows with the length of the title. No input makes it panic.
//
// Reuse dst from title to title (tokens[:0]). The tokens hold on to the title.
func (t *Tokenizer) Tokenize(title string, dst []Token) []Token {
	first := len(dst)
	headEnd := HeadEnd(title)
	s := scanner{tok: t, title: title}
	for i := 0; i < len(title); {
		dst, i = s.next(i, dst)
	}
	kept := 0
	for i := first; i < len(dst); i++ {
		dst[i].Head = dst[i].Start < headEnd
		if dst[i].Drop == Kept && dst[i].Head {
			kept++
		}
	}
	if kept == 0 { // No word before the first comma: all of it is the head.
		for i := first; i < len(dst); i++ {
			dst[i].Head = true
		}
	}
	return dst
}

// next appends what begins at byte i: one token, the bigrams of a Chinese run,
// or nothing where the character separates. It returns where to go on.
func (s *scanner) next(i int, dst []Token) ([]Token, int) {
	switch kind, size := kindAt(s.title, i); kind {
	case kindLetter, kindUpper, kindDigit:
		w := s.run(i)
		if w.script == scriptHan && w.letters > 2 {
			return s.bigrams(w, dst), w.end
		}
		token := s.word(w)
		return append(dst, token), token.End
	default:
		end := markup(s.title, i)
		if end < 0 {
			return dst, i + size
		}
		return append(dst, Token{Text: lowerASCII(s.title[i:end]), Start: i, End: end, Drop: Markup}), end
	}
}

// scanner holds one title while it is cut into tokens.
type scanner struct {
	tok   *Tokenizer
	title string
	lower string // title in lower ASCII, once a capital was met
	past  bool   // a number stands at the end, and a unit after it was looked for
	wants bool   // the same for a number that was looked for
}

// span is a run of word characters before it is judged.
type span struct {
	start, end int
	letters    int  // runes that are letters
	digits     int  // runes that are digits
	elided     int  // where the part before its first apostrophe ends, that with it; or 0
	joined     bool // holds a joiner: ' - & . , / : ×
	capital    bool // holds an ASCII capital
	wide       bool // holds something outside ASCII
	script     script
}

// bigrams appends the overlapping pairs of characters of a run of more than
// two Chinese ones, since nothing says where its words begin: 冰红茶 gives
// 冰红 and 红茶. Most words have two characters; pairs that are none are rare
// in other titles, and so are seldom tags.
func (s *scanner) bigrams(w span, dst []Token) []Token {
	var starts [2]int // of the last two characters
	n := 0
	for i := w.start; i <= w.end; {
		kind, size := kindOther, 0
		if i < w.end {
			kind, size = kindAt(s.title, i)
		}
		if kind != kindMark { // A character begins, or the run ends.
			if n >= 2 {
				dst = append(dst, s.word(span{start: starts[0], end: i, letters: 2, wide: true, script: scriptHan}))
			}
			starts[0], starts[1] = starts[1], i
			n++
		}
		if size == 0 {
			break
		}
		i += size
	}
	return dst
}

// word judges a run of word characters, together with what follows it where a
// quantity goes on. Of l'huile, where the stop list has l', it takes the l'.
func (s *scanner) word(w span) Token {
	token := Token{Start: w.start, End: w.end}
	if w.end-w.start > MaxWordBytes {
		token.Drop = TooLong
		token.Text = foldText(truncate(s.title[w.start:w.end], 48)) + "…"
		return token
	}
	token.Text = s.fold(w)
	if w.joined {
		token.Text = strings.TrimSuffix(token.Text, "'s")
	}
	known := s.tok.lexicon[token.Text]
	if known.use&useKeep == 0 && w.elided > 0 {
		if article := foldText(s.title[w.start:w.elided]); s.tok.lexicon[article].use&useStop != 0 {
			return Token{Text: article, Start: w.start, End: w.elided, Drop: StopWord}
		}
	}
	if first, _ := kindAt(token.Text, 0); first == kindDigit && known.use&(useKeep|useDrop) == 0 {
		if s.number(&token, w) {
			return token
		}
	}
	switch {
	case token.Text == "": // Nothing but marks and format characters.
		token.Drop = SingleLetter
		return token
	case known.use&useKeep != 0:
	case known.use&useDrop != 0:
		token.Drop = DropList
	case known.use&useStop != 0:
		token.Drop = StopWord
	case known.use&useAlone != 0 && s.tok.opts.Units:
		token.Drop = Unit
	case w.letters <= 2 && w.digits == 0 && isSingleLetter(token.Text):
		token.Drop = SingleLetter
	}
	if token.Drop == Kept {
		token.Base = s.tok.base(token.Text, !w.wide, known)
		if token.Base == "" { // Nothing but letters that are apostrophes: ʼʼ.
			token.Drop = SingleLetter
		}
	}
	return token
}

// run finds the end of the word that starts at i.
func (s *scanner) run(i int) span {
	w := span{start: i}
	title := s.title
	before := kindOther
	for i < len(title) {
		kind, size := kindAt(title, i)
		if !w.takes(title, i, kind, size) {
			break
		}
		switch kind {
		case kindLetter:
			w.letters++
		case kindUpper:
			w.letters++
			w.capital = true
			kind = kindLetter
		case kindDigit:
			w.digits++
		case kindMark:
			kind = before // It belongs to the character before.
		default:
			if w.script > scriptSpaced || !joins(title, i, size, before, w) || scriptAt(title, i+size) > scriptSpaced {
				return w
			}
			if !w.joined && size+i < len(title) && apostropheAt(title, i) {
				w.elided = i + size
			}
			w.joined = true
			kind = kindOther
		}
		if size > 1 {
			w.wide = true
		}
		before = kind
		i += size
		w.end = i
	}
	return w
}

// scriptAt is the script of the letter at i.
func scriptAt(s string, i int) script {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return scriptOf(r)
}

func apostropheAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return isApostrophe(r)
}

// joins tells whether the character at i, which is neither letter nor digit,
// holds two parts of one word together.
func joins(title string, i, size int, before kind, w span) bool {
	if before == kindOther || i+size >= len(title) {
		return false
	}
	r := rune(title[i])
	if r >= utf8.RuneSelf {
		r, _ = utf8.DecodeRuneInString(title[i:])
	}
	after, _ := kindAt(title, i+size)
	if after == kindUpper {
		after = kindLetter
	}
	switch {
	case isApostrophe(r):
		return after == kindLetter
	case isHyphen(r):
		return after == kindLetter || after == kindDigit
	case r == '.', r == ',', r == '/', r == ':', r == '×', r == '⁄':
		return before == kindDigit && after == kindDigit
	case r == '&':
		left := w.letters
		return left <= 2 && w.digits == 0 && !w.joined && after == kindLetter && left+lettersAt(title, i+1, 4) <= 3
	}
	return false
}

// lettersAt counts the letters that begin at i, up to most.
func lettersAt(s string, i, most int) int {
	n := 0
	for n < most && i < len(s) {
		kind, size := kindAt(s, i)
		if kind != kindLetter && kind != kindUpper {
			break
		}
		n++
		i += size
	}
	return n
}

// fold gives the shown form of a run, without a copy where that can be.
func (s *scanner) fold(w span) string {
	switch {
	case w.wide:
		return foldText(s.title[w.start:w.end])
	case !w.capital:
		return s.title[w.start:w.end]
	}
	if s.lower == "" {
		s.lower = lowerASCII(s.title)
	}
	return s.lower[w.start:w.end]
}

// markup returns the end of the HTML tag or entity that starts at i, or -1.
// Only what HTML knows counts: "a < b", "<beef>" and "salt & pepper;" are no
// markup.
func markup(title string, i int) int {
	const longest = 100
	rest := title[i:min(len(title), i+longest)]
	switch rest[0] {
	case '<':
		name := strings.TrimPrefix(rest[1:], "/")
		n := 0
		for n < len(name) && (isLetterByte(name[n]) || isDigitByte(name[n])) {
			n++
		}
		if !isElement(name[:n]) {
			return -1
		}
		for j := 1; j < len(rest); j++ {
			switch c := rest[j]; {
			case c == '>':
				return i + j + 1
			case c == '<' || c < ' ' || c >= 0x7F:
				return -1
			}
		}
	case '&':
		for j := 1; j < len(rest) && j < 10; j++ {
			switch c := rest[j]; {
			case c == ';' && j > 1:
				return i + j + 1
			case !isLetterByte(c) && !isDigitByte(c) && (c != '#' || j != 1):
				return -1
			}
		}
	}
	return -1
}

// isElement tells whether name is an HTML element that turns up in titles.
func isElement(name string) bool {
	if len(name) > 6 {
		return false
	}
	switch lowerASCII(name) {
	case "a", "b", "br", "body", "center", "div", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "i", "img",
		"li", "ol", "p", "pre", "s", "script", "small", "span", "strong", "style", "sub", "sup", "svg", "table", "td", "th",
		"tr", "tt", "u", "ul", "wbr":
		return true
	}
	return false
}

// kind is what a character is to the scanner.
type kind uint8

const (
	kindOther  kind = iota
	kindLetter      // a letter; of ASCII a small one
	kindUpper       // an ASCII capital
	kindDigit       // a digit or another number character
	kindMark        // a combining mark or a format character: goes with the one before
)

var asciiKind = func() (table [utf8.RuneSelf]kind) {
	for c := range table {
		switch {
		case '0' <= c && c <= '9':
			table[c] = kindDigit
		case 'a' <= c && c <= 'z':
			table[c] = kindLetter
		case 'A' <= c && c <= 'Z':
			table[c] = kindUpper
		}
	}
	return table
}()

// kindAt judges the character at byte i and gives its length. A byte that is
// no UTF-8 is kindOther of length 1.
func kindAt(s string, i int) (kind, int) {
	if i >= len(s) {
		return kindOther, 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		return asciiKind[c], 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case r == utf8.RuneError:
		return kindOther, size
	case blankLetter(r):
		return kindMark, size
	case unicode.IsLetter(r):
		return kindLetter, size
	case unicode.IsNumber(r):
		return kindDigit, size
	case unicode.IsMark(r), ignorable(r):
		return kindMark, size
	}
	return kindOther, size
}

func isLetterByte(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isSingleLetter tells whether the word is one letter of an alphabet or one
// sign of a syllabary, such as the Japanese particles. One Chinese character
// or Korean syllable is a word.
func isSingleLetter(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	if size == 0 {
		return false
	}
	for _, mark := range word[size:] {
		if !unicode.IsMark(mark) {
			return false
		}
	}
	return r < utf8.RuneSelf || !unicode.In(r, unicode.Han, unicode.Hangul)
}

// truncate cuts s to at most n bytes between two runes.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
