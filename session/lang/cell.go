package lang

import (
	"strings"
	"unicode"
)

// A cell of another language is a line such as "%%sql as top" and the lines
// after it, to a line that begins with "%%" or with "# %%", which parts the
// cells of a notebook that is kept as a script (Jupytext's percent format), or
// to the end. The first line is a step of its own: the command, its arguments
// and flags, "as NAME". The rest is the command's verbatim text.

// cellMark begins the first word of a cell.
const cellMark = "%%"

// isCell reports whether a name or a word is that of a cell.
func isCell(name string) bool { return len(name) > len(cellMark) && strings.HasPrefix(name, cellMark) }

// cellEnd gives where the cell ends of which the text begins at offset i, the
// beginning of a line.
func cellEnd(src string, i int) int {
	for i < len(src) && !strings.HasPrefix(src[i:], cellMark) && !strings.HasPrefix(src[i:], "# "+cellMark) {
		i = min(lineAt(src, i).End+1, len(src))
	}
	return i
}

// cell reads a cell whose first word was read. c is nil when no command has
// its name; its text is taken all the same, since it is no statements of ours.
func (l *lexer) cell(c *Command) {
	if start := l.toks[len(l.toks)-1].word.Span.Start; strings.TrimSpace(l.src[lineAt(l.src, start).Start:start]) != "" {
		l.fail("bad-cell", Span{start, l.pos}, "a cell begins on a line of its own", "put "+l.src[start:l.pos]+" on a new line")
	}
	for {
		l.blanks()
		switch {
		case l.pos >= len(l.src):
			l.open = OpenCell
			return
		case l.src[l.pos] == '\n':
			l.cellText(c)
			return
		case l.src[l.pos] == '\\' && l.joinAt(l.pos) > 0:
			l.join()
		case l.src[l.pos] == '#':
			start := l.pos
			l.pos = lineAt(l.src, l.pos).End
			l.mark(tokComment, start)
		case l.src[l.pos] == ';' || l.src[l.pos] == '|':
			l.pos++
			l.mark(tokComment, l.pos-1)
			l.fail("bad-cell", Span{l.pos - 1, l.pos}, "a cell is a statement by itself", "the text of the cell begins on the next line")
		default:
			l.push(l.scanWord())
		}
	}
}

// cellText takes the end of the first line of a cell, and its text without the
// blank lines at its end.
func (l *lexer) cellText(c *Command) {
	l.pos++
	l.mark(tokNewline, l.pos-1)
	end := cellEnd(l.src, l.pos)
	span := Span{l.pos, l.pos + len(strings.TrimRightFunc(l.src[l.pos:end], unicode.IsSpace))}
	blank := strings.TrimRight(l.src[span.End:end], " \t\r")
	if end == len(l.src) && (span.Start == span.End || !strings.Contains(blank, "\n")) {
		l.open = OpenCell
	}
	if span.Start == span.End {
		l.endStep(false)
		return
	}
	l.toks[len(l.toks)-1].soft = true
	l.pos = span.End
	w := Lexeme{Span: span}
	switch text := span.in(l.src); {
	case c != nil && !c.Literal:
		w.Parts = l.parts(span, rawText)
	default:
		w.Parts = []Part{{Span: span, Text: unixLines(text)}}
	}
	l.checkText(span)
	l.toks = append(l.toks, token{kind: tokRaw, cell: true, word: w})
	l.step++
}
