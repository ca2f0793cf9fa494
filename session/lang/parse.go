package lang

import "slices"

// Script is a parsed source: statements in their order, and the mistakes of
// its syntax. Nothing in it is checked against the commands yet.
type Script struct {
	Source     string
	Statements []Statement
	// Diagnostics are the mistakes of syntax. Check gives them again.
	Diagnostics Diagnostics
	// Open says in the middle of what the source ends.
	Open Open

	toks []token
}

// Statement is steps joined by "|". A statement ends with its line, or at ";".
type Statement struct {
	Span  Span
	Steps []Step
}

// Step is one command with its words.
type Step struct {
	// Span reaches from the first word to the last, "as NAME" included.
	Span Span
	// Command is the command that the words begin with; nil when there is
	// none of that name.
	Command *Command
	// Verb is the place of the command's name: one word or two.
	Verb Span
	// Words are all words but "as NAME" and verbatim text, the verb first.
	Words []Lexeme
	// As is the name given to the result; its Parts are empty when there is
	// none.
	As Lexeme
	// Raw is the verbatim text of a command such as sql; nil without one.
	Raw *Lexeme
	// Param is the declaration when the step is "param NAME = ...".
	Param *ParamDecl

	src       string // the whole source
	verbWords int    // words of Words that are the verb
	bad       bool   // has a mistake of syntax: not checked further
	tok, end  int    // its tokens
}

// Text is the step as it is written.
func (s *Step) Text() string { return s.Span.in(s.src) }

// HasFlag reports whether the step is written with the flag --name, before
// its words are read.
func (s *Step) HasFlag(name string) bool {
	return slices.ContainsFunc(s.Words, func(w Lexeme) bool { return w.is("--" + name) })
}

// ParamDecl is "param NAME = default in a,b,c".
type ParamDecl struct {
	Name    Lexeme
	Default Lexeme
	// Choices are the words after "in"; nil when any value will do.
	Choices []Lexeme
}

// Parse reads src. It never fails and never panics: what cannot be read is
// left out of the statements and told in Diagnostics, each with a span inside
// src.
func (g *Grammar) Parse(src string) *Script {
	l := g.lex(src)
	s := &Script{Source: src, Open: l.open, Diagnostics: l.diags, toks: l.toks}
	p := parser{grammar: g, script: s, pipe: -1, step: Step{tok: -1}}
	for i := range s.toks {
		switch t := &s.toks[i]; t.kind {
		case tokWord, tokRaw:
			p.add(i)
		case tokPipe:
			if p.step.tok < 0 {
				p.fail("missing-step", t.word.Span, "no step stands before this |",
					"drop it: a step works on the result before it by itself")
			}
			p.endStep()
			p.pipe = i
		case tokSemi:
			p.endStatement()
		case tokNewline:
			if !t.soft {
				p.endStatement()
			}
		}
	}
	if p.pipe >= 0 && p.step.tok < 0 && s.Open == Closed {
		s.Open = OpenPipe
	}
	p.endStatement()
	s.Diagnostics = s.Diagnostics.sorted()
	p.markBad()
	return s
}

// Text is the piece of the source that span covers.
func (s *Script) Text(span Span) string { return span.in(s.Source) }

// parser gathers tokens into steps and statements.
type parser struct {
	grammar *Grammar
	script  *Script
	stmt    Statement
	step    Step // step.tok is -1 while it has no words
	pipe    int  // the token of the "|" before the step, -1 for none
}

func (p *parser) fail(code string, span Span, summary, hint string) {
	p.script.Diagnostics.add(Diagnostic{Code: code, Summary: summary, Hint: hint, Span: span})
}

// add puts the word of token i into the step.
func (p *parser) add(i int) {
	t := &p.script.toks[i]
	if p.step.tok < 0 {
		p.step.tok, p.step.Span = i, t.word.Span
	}
	p.step.end = i + 1
	p.step.Span = p.step.Span.join(t.word.Span)
	if t.kind == tokRaw {
		p.step.Raw = &t.word
		return
	}
	if p.step.Words == nil {
		p.step.Words = make([]Lexeme, 0, 8)
	}
	p.step.Words = append(p.step.Words, t.word)
}

// endStep finishes the step, if it has words.
func (p *parser) endStep() {
	if p.step.tok < 0 {
		return
	}
	st := &p.step
	st.src = p.script.Source
	p.takeAs(st)
	st.Command, st.verbWords = p.grammar.find(st.Words)
	st.Verb = st.Words[0].Span.join(st.Words[max(st.verbWords, 1)-1].Span)
	if len(st.Words) > 1 && st.Words[0].is("param") && !st.Words[1].isFlag() {
		p.takeParam(st)
	}
	if p.stmt.Steps == nil {
		p.stmt.Span = st.Span
	}
	p.stmt.Span = p.stmt.Span.join(st.Span)
	p.stmt.Steps = append(p.stmt.Steps, *st)
	p.step, p.pipe = Step{tok: -1}, -1
}

// endStatement finishes the statement, if it has steps.
func (p *parser) endStatement() {
	if p.step.tok < 0 && p.pipe >= 0 {
		p.fail("missing-step", p.script.toks[p.pipe].word.Span, "no step stands after this |", "name the next step, or drop the |")
	}
	p.endStep()
	p.pipe = -1
	if len(p.stmt.Steps) > 0 {
		p.script.Statements = append(p.script.Statements, p.stmt)
		p.stmt = Statement{}
	}
}

// takeAs takes "as NAME" off the end of the step.
func (p *parser) takeAs(st *Step) {
	for i := 1; i < len(st.Words); i++ {
		if !st.Words[i].is("as") || i == 1 && st.Words[0].is("param") {
			continue
		}
		as, rest := st.Words[i], st.Words[i+1:]
		st.Words = st.Words[:i]
		switch {
		case len(rest) == 0:
			p.fail("bad-name", as.Span, "as wants a name for the result", `as titles; for the word itself write "as"`)
			return
		case len(rest) > 1:
			p.fail("bad-name", rest[1].Span.join(rest[len(rest)-1].Span), "words after as NAME",
				`as NAME ends the step; for the word itself write "as"`)
		}
		name, _ := rest[0].bare()
		switch {
		case IsName(name):
			st.As = rest[0]
		case len(rest) == 1:
			p.fail("bad-name", rest[0].Span, excerpt(rest[0].Span.in(p.script.Source))+" cannot name a result",
				nameHint(name, "titles"))
		}
		return
	}
}

// takeParam reads "param NAME = default [in a,b,c]".
func (p *parser) takeParam(st *Step) {
	const form = "param k = 100 in 50,100,200"
	words := st.Words[1:]
	name, tail, found := words[0].split('=')
	words = words[1:]
	if !found && len(words) > 0 {
		var none Lexeme
		if none, tail, found = words[0].split('='); found && len(none.Parts[0].Text) > 0 {
			found = false
		} else if found {
			words = words[1:]
		}
	}
	text, _ := name.bare()
	switch {
	case !IsName(text):
		p.fail("bad-name", name.Span, excerpt(name.Span.in(p.script.Source))+" cannot name a parameter",
			nameHint(text, "param k = 100"))
		return
	case !found:
		p.fail("bad-param", st.Span, "param "+excerpt(text)+" has no default", form)
		return
	case len(tail.Parts) > 0:
		words = append([]Lexeme{tail}, words...)
	}
	if len(words) == 0 || words[0].is("in") {
		p.fail("bad-param", st.Span, "param "+excerpt(text)+" has no default", form)
		return
	}
	d := &ParamDecl{Name: name, Default: words[0]}
	st.Param = d
	if words = words[1:]; len(words) == 0 {
		return
	}
	all := words[0].Span.join(words[len(words)-1].Span)
	if !words[0].is("in") {
		p.fail("bad-param", all, "words after the default", `quote a default that has blanks; choices follow in: `+form)
		return
	}
	if len(words) == 1 {
		p.fail("bad-param", all, "in wants the choices", form)
		return
	}
	choices, ok := splitChoices(words[1:])
	if !ok {
		p.fail("bad-param", words[1].Span.join(all), "choices are parted by single commas", form)
		return
	}
	d.Choices = choices
}

// splitChoices splits words at their unquoted commas. Blanks beside a comma
// mean nothing.
func splitChoices(words []Lexeme) (choices []Lexeme, ok bool) {
	comma := true // a choice may begin
	for _, w := range words {
		for more := true; more; {
			var head, tail Lexeme
			head, tail, more = cutComma(w)
			if len(head.Parts) > 0 {
				if !comma {
					return nil, false
				}
				choices, comma = append(choices, head), false
			}
			if more {
				if comma {
					return nil, false
				}
				comma, w = true, tail
			}
		}
	}
	return choices, !comma
}

// cutComma cuts a word at its first unquoted comma.
func cutComma(w Lexeme) (head, tail Lexeme, found bool) {
	for i, p := range w.Parts {
		if p.Quoted || p.Param != "" {
			continue
		}
		rest := Lexeme{Span: Span{p.Span.Start, w.Span.End}, Parts: w.Parts[i:]}
		before, after, ok := rest.split(',')
		if !ok {
			continue
		}
		head = Lexeme{Span: Span{w.Span.Start, before.Span.End}, Parts: append([]Part(nil), w.Parts[:i]...)}
		if before.Parts[0].Text != "" {
			head.Parts = append(head.Parts, before.Parts...)
		}
		return head, after, true
	}
	return w, Lexeme{}, false
}

// markBad marks the steps that hold a mistake of syntax, so that Check does
// not tell the same mistake twice.
func (p *parser) markBad() {
	ds := p.script.Diagnostics
	for i := range p.script.Statements {
		steps := p.script.Statements[i].Steps
		for j := range steps {
			for len(ds) > 0 && ds[0].Span.Start < steps[j].Span.Start {
				ds = ds[1:]
			}
			steps[j].bad = len(ds) > 0 && ds[0].Span.Start < steps[j].Span.End
		}
	}
	if len(p.script.Diagnostics) == maxDiagnostics {
		// More was found than is told: check nothing that may be among it.
		for i := range p.script.Statements {
			for j := range p.script.Statements[i].Steps {
				p.script.Statements[i].Steps[j].bad = true
			}
		}
	}
}
