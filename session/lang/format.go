package lang

import (
	"strings"
)

// Format writes src in the one way scripts are written: single blanks, " | "
// and " ; " around the marks, continued lines indented by four, comments after
// two blanks, no blank line twice, double quotes where nothing has to be
// escaped for it, "\n" at the ends of lines. Where lines break stays as the
// author chose. Comments and the meaning of every statement are kept, and what
// is formatted already comes back unchanged.
//
// A source with a mistake of syntax comes back unchanged: what its author
// meant is not known.
func (g *Grammar) Format(src string) string {
	script := g.Parse(src)
	if len(script.Diagnostics) > 0 {
		return src
	}
	f := formatter{script: script, params: map[int]*Step{}}
	for _, st := range allSteps(script) {
		if st.Param != nil {
			f.params[st.tok] = st
		}
	}
	f.run()
	return f.b.String()
}

// formatter writes the tokens of a script.
type formatter struct {
	script *Script
	params map[int]*Step // declarations, by their first token
	b      strings.Builder
	blank  int // line ends since the last text
}

// run writes one run of joined lines after the other.
func (f *formatter) run() {
	toks := f.script.toks
	for from := 0; from < len(toks); {
		to := from
		for to < len(toks) && (toks[to].kind != tokNewline || toks[to].soft) {
			to++
		}
		last := to
		for last > from && (toks[last-1].kind == tokJoin || toks[last-1].kind == tokNewline) {
			last--
		}
		text := ""
		if last > from {
			text = f.line(toks[from:last], from)
		}
		if strings.HasSuffix(text, `\`) && !strings.HasSuffix(text, `\\`) && toks[last-1].kind != tokComment && !toks[last-1].cell {
			text += " ;" // keeps a backslash that is a letter from joining lines
		}
		f.put(text)
		from = to + 1
	}
}

// put writes the text of one run of joined lines, an empty one too.
func (f *formatter) put(text string) {
	if text == "" {
		f.blank++
		return
	}
	if f.b.Len() > 0 && f.blank > 0 {
		f.b.WriteByte('\n')
	}
	f.blank = 0
	f.b.WriteString(text + "\n")
}

// line writes tokens that have no hard line end among them; the first is
// token number from of the script.
func (f *formatter) line(toks []token, from int) string {
	const indent = "\n    "
	var b strings.Builder
	gap := "" // stands before the next text, when there is text before it
	semi := false
	put := func(text string) {
		if b.Len() > 0 {
			b.WriteString(gap)
		}
		b.WriteString(text)
		gap = " "
	}
	for i := 0; i < len(toks); i++ {
		t := &toks[i]
		if semi && (t.kind == tokWord || t.kind == tokRaw) {
			semi = false
			if b.Len() > 0 {
				put(";")
			}
		}
		if st := f.params[from+i]; st != nil {
			put(f.param(st))
			i = st.end - 1 - from
			continue
		}
		switch t.kind {
		case tokWord:
			put(f.word(t.word))
		case tokRaw:
			if t.cell {
				gap = "\n"
			}
			put(unixLines(f.script.Text(t.word.Span)))
		case tokPipe:
			put("|")
		case tokSemi:
			semi, gap = true, " "
		case tokComment:
			if gap == " " {
				gap = "  "
			}
			put(strings.TrimRight(strings.ReplaceAll(f.script.Text(t.word.Span), "\r", " "), " \t"))
		case tokJoin:
			if gap == " " && !semi {
				gap = ` \` + indent
			}
		case tokNewline: // soft
			gap = indent
		}
	}
	return b.String()
}

// word writes a word with its quotes in the one way.
func (f *formatter) word(w Lexeme) string {
	text := f.script.Text(w.Span)
	if strings.IndexByte(text, '\r') >= 0 && w.hasQuotes() {
		text = unixLines(text)
	}
	if len(text) < 2 || strings.ContainsAny(text, "\"\\") || strings.Count(text, "'") != 2 {
		return text
	}
	// Exactly one pair of single quotes, and nothing that double quotes would
	// have to escape.
	for _, p := range w.Parts {
		if p.Quoted {
			return strings.ReplaceAll(text, "'", `"`)
		}
	}
	return text
}

func (w Lexeme) hasQuotes() bool {
	for _, p := range w.Parts {
		if p.Quoted {
			return true
		}
	}
	return false
}

// unixLines turns any run of "\r" before "\n" into nothing.
func unixLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines[:len(lines)-1] {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return strings.Join(lines, "\n")
}

// param writes a declaration on one line.
func (f *formatter) param(st *Step) string {
	d := st.Param
	var b strings.Builder
	b.WriteString("param " + f.word(d.Name) + " = " + f.word(d.Default))
	for i, c := range d.Choices {
		if i == 0 {
			b.WriteString(" in ")
		} else {
			b.WriteByte(',')
		}
		b.WriteString(f.word(c))
	}
	if name, ok := st.As.bare(); ok && name != "" {
		b.WriteString(" as " + name)
	}
	return b.String()
}
