package lang

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lexeme is one word of a source: a verb, a flag, a value. It is kept in parts,
// since {name} inserts a parameter whose value is known only later.
type Lexeme struct {
	Span  Span
	Parts []Part
}

// Part is a piece of a word: text as it is meant, escapes and doubled braces
// resolved, or the parameter to insert.
type Part struct {
	Span Span
	// Text is the meaning of the part, when Param is empty.
	Text string
	// Param is the name of the parameter that stands here.
	Param string
	// Quoted says that the part stood in quotes: its commas part no list.
	Quoted bool
}

// Literal gives the text of a word that inserts no parameter.
func (w Lexeme) Literal() (string, bool) {
	switch len(w.Parts) {
	case 0:
		return "", true
	case 1:
		return w.Parts[0].Text, w.Parts[0].Param == ""
	}
	for _, p := range w.Parts {
		if p.Param != "" {
			return "", false
		}
	}
	text, _ := w.Insert(nil)
	return text, true
}

// Quoted reports whether the word begins in quotes: then it is a value, never
// a flag, a result or a cluster.
func (w Lexeme) Quoted() bool { return len(w.Parts) > 0 && w.Parts[0].Quoted }

// Insert gives the text of the word with its parameters in place. values may
// be nil. ok is false when it does not know one of them.
func (w Lexeme) Insert(values func(name string) (value string, ok bool)) (text string, ok bool) {
	if len(w.Parts) == 1 && w.Parts[0].Param == "" {
		return w.Parts[0].Text, true
	}
	var b strings.Builder
	for _, p := range w.Parts {
		s := p.Text
		if p.Param != "" {
			if values == nil {
				return "", false
			}
			if s, ok = values(p.Param); !ok {
				return "", false
			}
		}
		b.WriteString(s)
	}
	return b.String(), true
}

// bare gives the text of an unquoted word without parameters.
func (w Lexeme) bare() (string, bool) {
	if w.Quoted() {
		return "", false
	}
	return w.Literal()
}

// is reports whether the word is s, unquoted.
func (w Lexeme) is(s string) bool {
	text, ok := w.bare()
	return ok && text == s
}

// isFlag reports whether the word is a flag rather than a value: dashes and
// then a letter, unquoted. "-" is the last result and "-0.5" a number.
func (w Lexeme) isFlag() bool {
	if len(w.Parts) == 0 || w.Parts[0].Quoted || w.Parts[0].Param != "" {
		return false
	}
	s := w.Parts[0].Text
	if strings.HasPrefix(s, "--") {
		return true
	}
	if !strings.HasPrefix(s, "-") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s[1:])
	return unicode.IsLetter(r)
}

// split cuts an unquoted first part at its first sep: "name=value". found is
// false when there is none; then head is the whole word.
func (w Lexeme) split(sep byte) (head, tail Lexeme, found bool) {
	if len(w.Parts) == 0 || w.Parts[0].Quoted || w.Parts[0].Param != "" {
		return w, Lexeme{}, false
	}
	p := w.Parts[0]
	i := strings.IndexByte(p.Text, sep)
	if i < 0 {
		return w, Lexeme{}, false
	}
	cut := p.Span.Start + i
	head = Lexeme{Span: Span{w.Span.Start, cut}, Parts: []Part{{Span: Span{p.Span.Start, cut}, Text: p.Text[:i]}}}
	tail = Lexeme{Span: Span{cut + 1, w.Span.End}}
	if i+1 < len(p.Text) {
		tail.Parts = append(tail.Parts, Part{Span: Span{cut + 1, p.Span.End}, Text: p.Text[i+1:]})
	}
	tail.Parts = append(tail.Parts, w.Parts[1:]...)
	return head, tail, true
}

// items splits a word at its unquoted commas: a,"b c",{d}. Inserted text
// counts as unquoted unless the braces stand in quotes. values may be nil when
// the word inserts nothing.
func (w Lexeme) items(values func(string) (string, bool)) (items []string, ok bool) {
	var b strings.Builder
	for _, p := range w.Parts {
		s := p.Text
		if p.Param != "" {
			if values == nil {
				return nil, false
			}
			if s, ok = values(p.Param); !ok {
				return nil, false
			}
		}
		for !p.Quoted {
			i := strings.IndexByte(s, ',')
			if i < 0 {
				break
			}
			b.WriteString(s[:i])
			items = append(items, b.String())
			b.Reset()
			s = s[i+1:]
		}
		b.WriteString(s)
	}
	return append(items, b.String()), true
}

// IsName reports whether s can name a result or a parameter: a letter or "_",
// then letters, digits and "_". Names of clusters such as c17 and the words of
// the grammar cannot.
func IsName(s string) bool {
	if s == "as" || s == "in" || isClusterName(s) {
		return false
	}
	return isIdentifier(s)
}

// nameHint says why text is no name, with an example of one.
func nameHint(text, example string) string {
	switch {
	case text == "as" || text == "in":
		return text + " is a word of the language: choose another name"
	case isClusterName(text):
		return text + " is written as a cluster: choose another name"
	}
	return "a name is letters, digits and _, as in " + example
}

func isIdentifier(s string) bool {
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			return false
		case r == '_' || unicode.IsLetter(r):
		case i > 0 && (unicode.IsDigit(r) || unicode.IsMark(r)):
		default:
			return false
		}
	}
	return s != ""
}

// isClusterName reports whether s is written as a cluster: c0, c17.
func isClusterName(s string) bool {
	if len(s) < 2 || s[0] != 'c' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Quote writes text so that Parse reads it back as one word of that text:
// bare when that is possible, else in double quotes. Bytes that are not UTF-8
// become U+FFFD.
func Quote(text string) string {
	if isPlain(text) {
		return text
	}
	return quoted(text)
}

// isPlain reports whether text needs no quotes anywhere a value can stand.
func isPlain(text string) bool {
	if text == "" || text == "as" || text == "in" || text == "-" || isClusterName(text) {
		return false
	}
	for i, r := range text {
		switch {
		case r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r):
			return false
		case strings.ContainsRune(`;|\"'{},`, r):
			return false
		case i == 0 && strings.ContainsRune("#-–—“”„‘’", r):
			return false
		}
	}
	return true
}

// quoted writes text in double quotes.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '{' || r == '}':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case !unicode.IsPrint(r) && r != '\u200d' && r != utf8.RuneError:
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
