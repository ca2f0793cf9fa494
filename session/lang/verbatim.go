package lang

import (
	"fmt"
	"strings"
)

// rawPiece is a run of Call.Raw and where it comes from in the source.
type rawPiece struct {
	from, to int // bytes of Raw
	src      Span
	inserted bool // the value of a parameter
}

// RawPlace is where bytes from up to to of Raw stand in the source. What an
// inserted parameter brought in stands where its braces stand. Without a
// verbatim text it is the command's name.
func (c *Call) RawPlace(from, to int) Span {
	if len(c.pieces) == 0 {
		return c.Verb
	}
	place := Span{Start: c.placeOf(from).Start}
	place.End = max(c.placeOf(max(from, to-1)).End, place.Start)
	return place
}

// placeOf is where one byte of Raw stands.
func (c *Call) placeOf(at int) Span {
	for _, p := range c.pieces {
		switch {
		case at < p.from || at >= p.to:
		case p.inserted || p.to-p.from != p.src.End-p.src.Start: // doubled braces, joined lines
			return p.src
		default:
			start := p.src.Start + at - p.from
			return Span{start, start + 1}
		}
	}
	end := c.pieces[len(c.pieces)-1].src.End
	return Span{end, end}
}

// insertVerbatim puts the values of parameters into verbatim text. Its quotes
// and comments are read as those of SQL, so that a value cannot get out of the
// quotes around its braces: '{name}' stays one text, whatever the value holds.
// Outside quotes a value is inserted as it is.
func insertVerbatim(w Lexeme, values func(string) (string, bool)) (text string, pieces []rawPiece, err error) {
	var b strings.Builder
	var q sqlQuotes
	for _, p := range w.Parts {
		s := p.Text
		if p.Param != "" {
			value, ok := values(p.Param)
			if !ok {
				return "", nil, nil // told where it is declared
			}
			if s, err = q.escape(value); err != nil {
				return "", nil, fmt.Errorf("{%s}: %w", p.Param, err)
			}
		}
		q.read(s)
		pieces = append(pieces, rawPiece{b.Len(), b.Len() + len(s), p.Span, p.Param != ""})
		b.WriteString(s)
	}
	return b.String(), pieces, nil
}

// trimmed takes blanks off the end of the text and off its beginning.
func trimmed(text string, pieces []rawPiece) (string, []rawPiece) {
	rest := strings.TrimLeft(text, " \t\r\n\f\v")
	cut := len(text) - len(rest)
	for i := range pieces {
		p := &pieces[i]
		whole := p.to-p.from == p.src.End-p.src.Start && !p.inserted
		if lost := min(max(cut-p.from, 0), p.to-p.from); lost > 0 && whole {
			p.src.Start += lost
		}
		p.from, p.to = max(p.from-cut, 0), max(p.to-cut, 0)
	}
	return strings.TrimRight(rest, " \t\r\n\f\v"), pieces
}

// sqlQuotes follows the quotes and comments of SQL, as PostgreSQL and DuckDB
// read them, through a text that comes in pieces.
type sqlQuotes struct {
	in     byte   // 0, ' " for quotes, e for e'..', - for --, * for /* */, $ for $tag$
	depth  int    // of nested comments
	tag    string // of $tag$
	last   string // bytes that may begin something: "e", "-", "/", "*", "\\", "$ta"
	closed byte   // the quotes that the last byte closed: another one goes on
}

// escape makes a value fit for the place that was reached.
func (q *sqlQuotes) escape(value string) (string, error) {
	switch q.in {
	case '\'':
		return strings.ReplaceAll(value, "'", "''"), nil
	case 'e':
		return strings.NewReplacer("'", "''", `\`, `\\`).Replace(value), nil
	case '"':
		return strings.ReplaceAll(value, `"`, `""`), nil
	case '-':
		return strings.NewReplacer("\n", " ", "\r", " ").Replace(value), nil
	case '*':
		return strings.NewReplacer("*", " ", "/", " ").Replace(value), nil
	case '$':
		if strings.Contains(value, "$") {
			return "", fmt.Errorf("its value has a $, which could end the %s around it: use '...' quotes", q.tag)
		}
	}
	return value, nil
}

// read takes the next piece of the text.
func (q *sqlQuotes) read(text string) {
	for i := range len(text) {
		q.next(text[i])
	}
}

func (q *sqlQuotes) next(c byte) {
	closed := q.closed
	q.closed = 0
	switch q.in {
	case 0:
		q.outside(c, closed)
	case '\'', '"', 'e':
		quote := q.in
		if quote == 'e' {
			quote = '\''
		}
		switch {
		case q.last == `\`:
			q.last = ""
		case q.in == 'e' && c == '\\':
			q.last = `\`
		case c == quote:
			q.in, q.closed = 0, q.in
		}
	case '-':
		if c == '\n' {
			q.in = 0
		}
	case '*':
		switch q.last + string(c) {
		case "*/":
			q.last = ""
			if q.depth--; q.depth == 0 {
				q.in = 0
			}
		case "/*":
			q.depth++
			q.last = ""
		default:
			q.last = string(c)
		}
	case '$':
		q.last += string(c)
		if strings.HasSuffix(q.last, q.tag) {
			q.in, q.last = 0, ""
		} else if len(q.last) > len(q.tag) {
			q.last = q.last[1:]
		}
	}
}

// outside reads a byte that is in no quotes.
func (q *sqlQuotes) outside(c, closed byte) {
	last := q.last
	q.last = ""
	switch {
	case strings.HasPrefix(last, "$") && c == '$':
		q.in, q.tag = '$', last+"$"
	case strings.HasPrefix(last, "$") && (isWordByte(c) && (len(last) > 1 || c < '0' || c > '9')):
		q.last = last + string(c)
	case c == '\'' && (last == "e" || closed == 'e'):
		q.in = 'e'
	case c == '\'' || c == '"':
		q.in = c
	case last == "-" && c == '-':
		q.in = '-'
	case last == "/" && c == '*':
		q.in, q.depth = '*', 1
	case (c == 'e' || c == 'E') && last != "word":
		q.last = "e"
	case isWordByte(c):
		q.last = "word" // no e of e'..', and no $ of $tag$ follows it
	case c == '$' && last != "word" && last != "e":
		q.last = "$"
	case c == '-' || c == '/':
		q.last = string(c)
	}
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}
