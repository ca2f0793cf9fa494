package lang

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// stops reports whether a bare word ends before offset i: at a blank, the end
// of the line, ";", "|" or a backslash that joins lines.
func (l *lexer) stops(i int) bool {
	switch l.src[i] {
	case '\n', ';', '|':
		return true
	case '\\':
		return l.joinAt(i) > 0
	}
	return l.blank(i) > 0
}

// scanWord reads the word at the position, which is no blank and no mark.
// Quotes quote at the beginning of a value only: of a word, after the first
// "=" and after a comma. Elsewhere they are letters, as in men's or 12".
func (l *lexer) scanWord() Lexeme {
	start := l.pos
	var w Lexeme
	quotable, equals, junk := true, false, false
	for l.pos < len(l.src) && !l.stops(l.pos) {
		if c := l.src[l.pos]; quotable && (c == '"' || c == '\'') {
			w.Parts = append(w.Parts, l.scanQuoted()...)
			quotable = false
			if l.pos < len(l.src) && l.src[l.pos] != ',' && !l.stops(l.pos) {
				junk = true
			}
			continue
		}
		from := l.pos
		quotable = false
		for l.pos < len(l.src) && !quotable && !l.stops(l.pos) {
			c := l.src[l.pos]
			l.pos++
			if c == ',' || c == '=' && !equals {
				equals = equals || c == '='
				quotable = l.pos < len(l.src) && (l.src[l.pos] == '"' || l.src[l.pos] == '\'')
			}
		}
		if junk {
			l.fail("after-quote", Span{from, l.pos}, "text right after a closing quote",
				`put a blank between them, or write \" for a quote inside`)
			junk = false
		}
		w.Parts = append(w.Parts, l.parts(Span{from, l.pos}, bareText)...)
	}
	w.Span = Span{start, l.pos}
	l.checkText(w.Span)
	return w
}

// scanQuoted reads a quoted piece. Quotes may hold line ends. But a quote that
// nothing closes properly, or that only the opening of some later quote would
// close, ends with its line, so that one slip does not swallow the script.
func (l *lexer) scanQuoted() []Part {
	start := l.pos
	quote := l.src[start]
	i := start + 1
	for i < len(l.src) && l.src[i] != quote {
		if l.src[i] == '\\' {
			i++
		}
		i++
	}
	i = min(i, len(l.src)) // a backslash may stand at the very end
	inner := Span{start + 1, i}
	lines := strings.IndexByte(l.src[start:i], '\n') // bytes of the first line, if there are several
	switch {
	case i < len(l.src) && (lines < 0 || i+1 == len(l.src) || l.src[i+1] == ',' || l.stops(i+1)):
		l.pos = i + 1
	default:
		if lines < 0 {
			lines = i - start
		}
		inner.End = start + len(strings.TrimRightFunc(l.src[start:start+lines], unicode.IsSpace))
		l.pos = inner.End
		l.fail("unclosed-quote", Span{start, l.pos}, "this quote is never closed", "close it with "+string(quote))
		if i >= len(l.src) {
			l.open = OpenQuote
		}
	}
	ps := l.parts(inner, quotedText)
	if len(ps) == 0 {
		ps = append(ps, Part{Span: inner, Quoted: true})
	}
	return ps
}

// textMode says how braces and backslashes are read.
type textMode uint8

const (
	bareText   textMode = iota // {name} inserts; a backslash is a letter
	quotedText                 // {name} inserts; backslashes escape
	rawText                    // {name} inserts, all other braces are letters
)

// parts cuts the text of span at its insertions. {name} inserts; "{{" and the
// "}}" after it stand for braces; braces around anything that has a blank, a
// comma, a quote, a slash or a brace, or begins with a digit, are letters: the
// globs {a,b} and the counts \d{2} of patterns.
func (l *lexer) parts(span Span, mode textMode) []Part {
	text := span.in(l.src)
	special := "{}"
	if mode == quotedText {
		special = "{}\\\r"
	}
	if text == "" {
		return nil
	}
	if !strings.ContainsAny(text, special) {
		return []Part{{Span: span, Text: text, Quoted: mode == quotedText}}
	}
	var ps []Part
	var b strings.Builder
	from, doubled := span.Start, 0
	flush := func(to int) {
		if b.Len() > 0 {
			ps = append(ps, Part{Span: Span{from, to}, Text: b.String(), Quoted: mode == quotedText})
			b.Reset()
		}
		from = to
	}
	// A doubled brace is a part of its own, so that unquoted text and its
	// span are of one length.
	brace := func(i int, text string) int {
		flush(i)
		b.WriteString(text)
		flush(i + 2)
		return i + 2
	}
	for i := span.Start; i < span.End; {
		switch c := l.src[i]; {
		case c == '\\' && mode == quotedText:
			i = l.escape(&b, i, span.End)
		case c == '\r' && mode == quotedText && strings.HasPrefix(strings.TrimLeft(l.src[i:span.End], "\r"), "\n"):
			i++ // line ends are "\n" whatever the editor wrote
		case c == '{' && i+1 < span.End && l.src[i+1] == '{':
			doubled++
			i = brace(i, "{")
		case c == '}' && doubled > 0 && i+1 < span.End && l.src[i+1] == '}':
			doubled--
			i = brace(i, "}")
		case c == '{':
			end := l.insertion(i, span.End, mode)
			if end == 0 {
				b.WriteByte(c)
				i++
				continue
			}
			flush(i)
			ps = append(ps, Part{Span: Span{i, end}, Param: l.src[i+1 : end-1], Quoted: mode == quotedText})
			i, from = end, end
		default:
			b.WriteByte(c)
			i++
		}
	}
	flush(span.End)
	return ps
}

// insertion gives the end of the {name} that begins at i, or 0 when the brace
// is a letter. What looks like an insertion but holds no name is a mistake.
func (l *lexer) insertion(i, end int, mode textMode) int {
	const longest = 64 // bytes of a name; also keeps the search short
	inside := l.src[i+1 : min(end, i+1+longest)]
	n := strings.IndexAny(inside, "{},\"'/\\ \t\r\n")
	if n <= 0 || inside[n] != '}' {
		return 0
	}
	name := inside[:n]
	switch {
	case isIdentifier(name):
		return i + n + 2
	case mode != rawText && (name[0] < '0' || name[0] > '9'):
		l.fail("bad-insertion", Span{i, i + n + 2}, "{"+excerpt(name)+"} names no parameter: names are letters, digits and _",
			"for braces themselves write {{"+excerpt(name)+"}}")
	}
	return 0
}

// escape reads the backslash at i of a quoted text that ends at end, and
// gives the offset after it.
func (l *lexer) escape(b *strings.Builder, i, end int) int {
	if i+1 >= end {
		b.WriteByte('\\') // of an unclosed quote
		return i + 1
	}
	switch c := l.src[i+1]; c {
	case '"', '\'', '\\', '{', '}':
		b.WriteByte(c)
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'u':
		hex, _, ok := strings.Cut(l.src[i+2:min(end, i+12)], "}")
		if n, err := strconv.ParseUint(strings.TrimPrefix(hex, "{"), 16, 32); ok && err == nil &&
			hex[0] == '{' && utf8.ValidRune(rune(n)) {
			b.WriteRune(rune(n))
			return i + 2 + len(hex) + 1
		}
		l.fail("bad-escape", Span{i, i + 2}, `\u wants a code point in braces`, `write \u{e9}, or \\u for a backslash`)
	default:
		if j := l.lineEndAfter(i); j > 0 && j <= end {
			return j
		}
		_, size := utf8.DecodeRuneInString(l.src[i+1 : end])
		l.fail("bad-escape", Span{i, i + 1 + size}, `\`+excerpt(l.src[i+1:i+1+size])+" stands for nothing inside quotes",
			`write \\ for a backslash`)
		b.WriteString(l.src[i : i+1+size])
		return i + 1 + size
	}
	return i + 2
}

// checkText complains about bytes that no person typed, and about the curly
// quotes and long dashes that word processors put in place of the typed ones.
func (l *lexer) checkText(span Span) {
	text := span.in(l.src)
	for i, r := range text {
		switch {
		case r == utf8.RuneError && strings.HasPrefix(text[i:], "\ufffd"):
		case r == utf8.RuneError:
			l.fail("bad-text", Span{span.Start + i, span.Start + i + 1}, "the text is not UTF-8 here", "save the script as UTF-8")
			return
		case r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f:
			l.fail("bad-text", Span{span.Start + i, span.Start + i + 1}, "a control character stands here", "delete it")
			return
		case i > 0 || r < utf8.RuneSelf:
		case strings.ContainsRune("“”„", r):
			l.fail("curly-quote", Span{span.Start, span.Start + utf8.RuneLen(r)}, "a curly quote quotes nothing", `write "`)
		case r == '–' || r == '—':
			l.fail("long-dash", Span{span.Start, span.Start + utf8.RuneLen(r)}, "a long dash begins no flag", "write --")
		}
	}
}

// excerpt shortens text of the source for a message.
func excerpt(text string) string {
	const most = 48
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}
