package local

import "strings"

// sqlToken is a piece of SQL that matters here: a text literal, a name, a
// semicolon. All else, comments included, is passed over.
type sqlToken struct {
	kind  sqlTokenKind
	text  string // what a literal or a name stands for
	start int    // bytes into the SQL
	end   int
}

type sqlTokenKind uint8

const (
	sqlLiteral sqlTokenKind = iota // 'text', e'text', $$text$$
	sqlName                        // name, "name"
	sqlEnd                         // ;
	sqlOther                       // anything else that is no blank and no comment
)

// sqlTokens cuts SQL as DuckDB's parser does, which is PostgreSQL's: comments
// nest, and a quote inside quotes is doubled. It fails at nothing: what is not
// closed reaches to the end, and the parser says so later.
func sqlTokens(text string) []sqlToken {
	var toks []sqlToken
	add := func(kind sqlTokenKind, value string, start, end int) {
		toks = append(toks, sqlToken{kind, value, start, end})
	}
	for i := 0; i < len(text); {
		start := i
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			i++
		case strings.HasPrefix(text[i:], "--"):
			i = endOr(text, i, "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i = endOfComment(text, i)
		case c == '\'':
			var s string
			s, i = quotedSQL(text, i, false)
			add(sqlLiteral, s, start, i)
		case (c == 'e' || c == 'E') && i+1 < len(text) && text[i+1] == '\'':
			var s string
			s, i = quotedSQL(text, i+1, true)
			add(sqlLiteral, s, start, i)
		case c == '"':
			var s string
			s, i = quotedSQL(text, i, false)
			add(sqlName, s, start, i)
		case c == '$' && dollarTag(text[i:]) != "":
			tag := dollarTag(text[i:])
			i = endOr(text, i+len(tag), tag)
			add(sqlLiteral, strings.TrimSuffix(text[start+len(tag):i], tag), start, i)
		case c == ';':
			i++
			add(sqlEnd, "", start, i)
		case isNameByte(c) && (c < '0' || c > '9'):
			for i < len(text) && (isNameByte(text[i]) || text[i] == '$') {
				i++
			}
			add(sqlName, text[start:i], start, i)
		default:
			i++
			for i < len(text) && text[i] >= '0' && text[i] <= '9' && c >= '0' && c <= '9' {
				i++
			}
			add(sqlOther, "", start, i)
		}
	}
	return toks
}

// isNameByte says whether a bare name may hold the byte; all bytes beyond
// ASCII are letters to DuckDB.
func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// endOr is the offset after the next end at or after i, or that of the end of
// the text.
func endOr(text string, i int, end string) int {
	at := strings.Index(text[i:], end)
	if at < 0 {
		return len(text)
	}
	return i + at + len(end)
}

func endOfComment(text string, i int) int {
	depth := 0
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(text[i:], "*/"):
			i += 2
			if depth--; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(text)
}

// quotedSQL reads what is quoted from i on, and gives the offset after it.
func quotedSQL(text string, i int, escapes bool) (string, int) {
	quote := text[i]
	var b strings.Builder
	for i++; i < len(text); i++ {
		switch c := text[i]; {
		case escapes && c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case c != quote:
			b.WriteByte(c)
		case i+1 < len(text) && text[i+1] == quote:
			i++
			b.WriteByte(c)
		default:
			return b.String(), i + 1
		}
	}
	return b.String(), len(text)
}

// dollarTag is the $tag$ that text begins with, "" when there is none.
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '$':
			return text[:i+1]
		case !isNameByte(c) || i == 1 && c >= '0' && c <= '9':
			return ""
		}
	}
	return ""
}

// sqlStatements parts SQL at its semicolons; pieces without content are left
// out.
func sqlStatements(text string) []sqlToken {
	var list []sqlToken
	start, empty := 0, true
	cut := func(end int) {
		if !empty {
			list = append(list, sqlToken{text: text[start:end], start: start, end: end})
		}
		empty = true
	}
	for _, t := range sqlTokens(text) {
		if t.kind == sqlEnd {
			cut(t.start)
			start = t.end
			continue
		}
		if empty {
			start, empty = t.start, false
		}
	}
	cut(len(text))
	return list
}
