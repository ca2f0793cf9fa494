package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token is.
type tokenKind uint8

const (
	tokWord    tokenKind = iota
	tokRaw               // the verbatim text of a command such as sql
	tokPipe              // |
	tokSemi              // ;
	tokNewline           // the end of a line
	tokJoin              // a backslash at the end of a line, and that end
	tokComment           // # to the end of the line
)

// token is a word or a mark of the source. soft newlines end no statement:
// they follow a "|", or the next line begins with one.
type token struct {
	kind tokenKind
	soft bool
	cell bool   // for tokRaw: the lines below %%sql
	word Lexeme // for tokWord and tokRaw; its Span is set for all
}

// Open says in the middle of what a source ends.
type Open int

// What a source can end in the middle of.
const (
	// Closed is a whole source.
	Closed Open = iota
	// OpenQuote is a quote that nothing closes.
	OpenQuote
	// OpenPipe is a "|" with no step after it.
	OpenPipe
	// OpenLine is a backslash with no line after it.
	OpenLine
	// OpenCell is a cell of another language that no blank line ends.
	OpenCell
)

// lexer cuts a source into tokens. It knows the commands only to see where
// verbatim text begins.
type lexer struct {
	src     string
	grammar *Grammar
	pos     int
	toks    []token
	diags   Diagnostics
	open    Open

	words     []string // the bare words that begin the current step, two at most
	step      int      // words in the current step
	afterPipe bool
	softUntil int // newlines before this offset are soft: a "|" begins a line there
}

// lex cuts src into tokens. Every byte of src is a blank or in a token.
func (g *Grammar) lex(src string) *lexer {
	l := &lexer{src: src, grammar: g, toks: make([]token, 0, len(src)/6+4)}
	for strings.HasPrefix(src[l.pos:], "\ufeff") {
		l.pos += len("\ufeff") // byte order marks of editors
	}
	for {
		l.blanks()
		if l.pos >= len(src) {
			return l
		}
		start := l.pos
		switch c := src[l.pos]; {
		case c == '\n':
			l.newline()
		case c == '#':
			l.pos = lineAt(src, l.pos).End
			l.mark(tokComment, start)
		case c == ';':
			l.pos++
			l.mark(tokSemi, start)
			l.endStep(false)
		case c == '|':
			l.pos++
			l.mark(tokPipe, start)
			l.endStep(true)
		case c == '\\' && l.joinAt(l.pos) > 0:
			l.join()
		default:
			l.word()
		}
	}
}

func (l *lexer) mark(kind tokenKind, start int) {
	l.toks = append(l.toks, token{kind: kind, word: Lexeme{Span: Span{start, l.pos}}})
}

func (l *lexer) endStep(pipe bool) {
	l.words, l.step, l.afterPipe = l.words[:0], 0, pipe
}

func (l *lexer) fail(code string, span Span, summary, hint string) {
	l.diags.add(Diagnostic{Code: code, Summary: summary, Hint: hint, Span: span})
}

// blank gives the size of the blank at offset i, 0 when there is none.
func (l *lexer) blank(i int) int {
	if i >= len(l.src) {
		return 0
	}
	switch c := l.src[i]; {
	case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
		return 1
	case c < utf8.RuneSelf:
		return 0
	}
	r, size := utf8.DecodeRuneInString(l.src[i:])
	if unicode.IsSpace(r) {
		return size
	}
	return 0
}

func (l *lexer) skipBlanks(i int) int {
	for {
		n := l.blank(i)
		if n == 0 {
			return i
		}
		i += n
	}
}

func (l *lexer) blanks() { l.pos = l.skipBlanks(l.pos) }

// joinAt gives the end of the backslash at i and of the line it stands at the
// end of; 0 when text follows it, or it follows another backslash: only a
// single one joins lines.
func (l *lexer) joinAt(i int) int {
	if i > 0 && l.src[i-1] == '\\' {
		return 0
	}
	return l.lineEndAfter(i)
}

// lineEndAfter gives the offset after the line end that follows i, blanks
// between them; 0 when text follows.
func (l *lexer) lineEndAfter(i int) int {
	end := l.skipBlanks(i + 1)
	switch {
	case end >= len(l.src):
		return end
	case l.src[end] == '\n':
		return end + 1
	}
	return 0
}

func (l *lexer) join() {
	start := l.pos
	l.pos = l.joinAt(l.pos)
	if l.src[l.pos-1] != '\n' {
		l.open = OpenLine
	}
	l.mark(tokJoin, start)
}

// newline ends a statement, unless the step goes on: after a "|", or when the
// next line that is no comment begins with "|".
func (l *lexer) newline() {
	start := l.pos
	l.pos++
	soft := l.afterPipe || start < l.softUntil
	if !soft && l.step > 0 {
		i := l.skipBlanks(l.pos)
		for i < len(l.src) && l.src[i] == '#' {
			i = lineAt(l.src, i).End
			if i = l.skipBlanks(i); i < len(l.src) {
				i = l.skipBlanks(i + 1)
			}
		}
		if i < len(l.src) && l.src[i] == '|' {
			soft, l.softUntil = true, i
		}
	}
	l.mark(tokNewline, start)
	l.toks[len(l.toks)-1].soft = soft
	if !soft {
		l.endStep(false)
	}
}

// word reads one word, and the verbatim text after it when it is the name of
// a command that takes such text.
func (l *lexer) word() {
	w := l.scanWord()
	l.push(w)
	l.afterPipe = false
	if l.step > 2 || len(l.words) != l.step-1 {
		return
	}
	text, ok := w.bare()
	if !ok {
		return
	}
	l.words = append(l.words, text)
	switch c := l.grammar.exact(l.words); {
	case l.step == 1 && isCell(text):
		l.cell(c)
	case c != nil && c.Verbatim:
		l.verbatim(c)
	}
}

func (l *lexer) push(w Lexeme) {
	l.toks = append(l.toks, token{kind: tokWord, word: w})
	l.step++
}

// verbatim reads the flags that c knows and "as NAME", and takes the rest of
// the line as it stands. "--" begins a comment in SQL, so that only known
// flags are flags here.
func (l *lexer) verbatim(c *Command) {
	for {
		l.blanks()
		if l.pos >= len(l.src) || l.src[l.pos] == '\n' {
			return
		}
		if l.src[l.pos] == '\\' && l.joinAt(l.pos) > 0 {
			l.join()
			continue
		}
		if n := l.leading(c); n > 0 {
			for ; n > 0; n-- {
				l.blanks()
				l.push(l.scanWord())
			}
			continue
		}
		l.raw()
		return
	}
}

// leading gives how many words at the position are a flag of c with its
// value, or "as NAME".
func (l *lexer) leading(c *Command) int {
	end := l.pos
	for end < len(l.src) && !l.stops(end) {
		end++
	}
	first := l.src[l.pos:end]
	next := l.skipBlanks(end)
	more := next < len(l.src) && !l.stops(next) && l.src[next] != '#'
	if first == "as" && more {
		return 2
	}
	if !strings.HasPrefix(first, "-") {
		return 0
	}
	name, _, valued := strings.Cut(first, "=")
	f, _ := l.grammar.flag(c, name)
	switch {
	case f == nil:
		return 0
	case f.Type == Bool || valued || !more:
		return 1
	}
	return 2
}

// raw takes the rest of the line. A backslash at its end goes on with the
// next line and stands for a line break.
func (l *lexer) raw() {
	w := Lexeme{Span: Span{l.pos, l.pos}}
	for {
		line := lineAt(l.src, l.pos)
		text := strings.TrimRightFunc(l.src[l.pos:line.End], unicode.IsSpace)
		end := l.pos + len(text)
		joined := strings.HasSuffix(text, `\`) && l.joinAt(end-1) > 0
		if joined {
			end--
		}
		w.Parts = append(w.Parts, l.parts(Span{l.pos, end}, rawText)...)
		w.Span.End = max(w.Span.End, end)
		l.pos = line.End
		if !joined {
			break
		}
		after := l.joinAt(end)
		l.pos = after
		if l.src[after-1] != '\n' {
			l.open = OpenLine
			break
		}
		w.Parts = append(w.Parts, Part{Span: Span{end, after}, Text: "\n"})
		w.Span.End = after
	}
	l.checkText(w.Span)
	l.toks = append(l.toks, token{kind: tokRaw, word: w})
	l.step++
}
