package lang

import (
	"strings"
)

// Bind turns one step of a script into a Call that can be run, with the
// parameters and defaults of now. It tells everything Check would tell about
// the step; call is nil when that includes an error. A step with a mistake of
// syntax gives no call either, and is told by Script.Diagnostics.
func (g *Grammar) Bind(step *Step, scope *Scope) (call *Call, diags Diagnostics) {
	b := binder{grammar: g, flow: newFlow(scope)}
	call = b.bind(step)
	if step.bad && call == nil && len(b.diags) == 0 {
		b.fail("syntax", step.Span, "this step cannot be read", "")
	}
	if b.diags.Failed() {
		call = nil
	}
	return call, b.diags.sorted()
}

// binder reads the arguments of steps, one step after the other.
type binder struct {
	grammar *Grammar
	flow    *flow
	diags   Diagnostics

	step    *Step
	call    *Call
	lost    bool // an unknown flag may have taken words with it
	errors  int  // diagnostics before the step
	ordered []Lexeme
	later   map[string]Span // all parameters of the script, for hints
}

func (b *binder) fail(code string, span Span, summary, hint string) {
	b.diags.add(Diagnostic{Code: code, Summary: summary, Hint: hint, Span: span})
}

// suggest tells a mistake for which a replacement of the span is known, or
// not: near is empty then.
func (b *binder) suggest(code string, span Span, summary, near, hint string) {
	d := Diagnostic{Code: code, Summary: summary, Hint: hint, Span: span}
	if near != "" {
		d.Suggestion = Suggestion{Span: span, Text: near}
		d.Hint = "did you mean " + near + "?"
		if hint != "" {
			d.Hint += " (" + hint + ")"
		}
	}
	b.diags.add(d)
}

// bind reads one step. It gives nil when the step has no command or cannot be
// read.
func (b *binder) bind(step *Step) *Call {
	b.step, b.call, b.lost, b.errors, b.ordered = step, nil, false, len(b.diags), b.ordered[:0]
	if step.bad {
		return nil
	}
	if step.Command == nil {
		b.unknownCommand()
		return nil
	}
	if b.mistaken() {
		return nil
	}
	b.call = &Call{Command: step.Command, Span: step.Span, Verb: step.Verb, values: map[string]Value{}}
	b.call.As, _ = step.As.bare()
	if step.Param != nil {
		b.bindParam()
		return b.call
	}
	b.readWords()
	if b.call.Help {
		return b.call
	}
	if !b.lost {
		b.placeArgs()
	}
	b.fillDefaults()
	b.readRaw()
	b.resolve()
	b.checkAs()
	return b.call
}

// readWords reads the flags of the step and gathers its positional words.
func (b *binder) readWords() {
	words := b.step.Words[b.step.verbWords:]
	for i := 0; i < len(words); i++ {
		w := words[i]
		if !w.isFlag() {
			b.ordered = append(b.ordered, w)
			continue
		}
		name, value, valued := w.split('=')
		spelling, _ := name.Literal()
		if spelling == "--help" && !valued {
			b.call.Help = true
			continue
		}
		f, negated := b.grammar.flag(b.step.Command, spelling)
		switch {
		case f == nil:
			b.unknownFlag(name, spelling)
			continue
		case f.Type == Bool && !valued:
			text := "on"
			if negated {
				text = "off"
			}
			b.setFlag(f, w.Span, name.Span, Lexeme{Span: w.Span, Parts: []Part{{Span: w.Span, Text: text}}})
			continue
		case negated:
			b.fail("bad-value", w.Span, spelling+" takes no value", "write --"+f.Name+"=on or --"+f.Name+"=off")
			continue
		case !valued && i+1 < len(words) && !words[i+1].isFlag():
			i++
			value, valued = words[i], true
		}
		if !valued || len(value.Parts) == 0 {
			b.fail("missing-value", name.Span, spelling+" wants a value ("+f.wants()+")", b.see(f.Summary))
			continue
		}
		b.setFlag(f, w.Span.join(value.Span), name.Span, value)
	}
}

// see is a hint of its own, or where help is.
func (b *binder) see(hint string) string {
	more := b.step.Command.Name + " --help"
	if hint == "" {
		return more
	}
	return strings.TrimSuffix(hint, ".") + " (" + more + ")"
}

// setFlag gives a flag its value, once.
func (b *binder) setFlag(f *Flag, span, name Span, value Lexeme) {
	if b.call.values[f.Name].isSet {
		b.fail("duplicate-flag", name, f.spelled()+" is given twice", "drop one of them; several values are written a,b,c")
		return
	}
	v, ok := b.value(f, f.spelled(), value)
	v.Span, v.isSet = span, true
	if !ok {
		v.Text = ""
	}
	b.call.values[f.Name] = v
}

// value reads a word as a value of f. ok is false when that is not possible,
// which then has been told.
func (b *binder) value(f *Flag, called string, w Lexeme) (v Value, ok bool) {
	if !b.inserted(w) {
		return Value{}, false
	}
	text, ok := w.Insert(b.flow.value)
	if !ok {
		return Value{}, false // a parameter without a value, told where it is declared
	}
	v = Value{Text: text, Quoted: w.Quoted()}
	if f.Type == List {
		v.list, _ = w.items(b.flow.value)
	}
	if err := v.fill(f); err != nil {
		near := ""
		if f.Type == Choice || f.Type == List && f.Of == Choice {
			near = nearest(text, f.Choices)
		}
		b.suggest("bad-value", w.Span, called+": "+err.Error(), near, b.seeIf(near == "", f))
		return v, false
	}
	return v, true
}

// seeIf is where to read on about f, when wanted.
func (b *binder) seeIf(wanted bool, f *Flag) string {
	if !wanted || b.step.Command == nil {
		return ""
	}
	return b.see(f.Summary)
}

// inserted checks that the parameters of a word exist.
func (b *binder) inserted(w Lexeme) bool {
	ok := true
	for _, p := range w.Parts {
		if p.Param == "" {
			continue
		}
		if _, known := b.flow.params[p.Param]; known {
			continue
		}
		ok = false
		if b.flow.open {
			continue
		}
		hint := "declare it first: param " + p.Param + " = 100; for braces themselves write {{" + p.Param + "}}"
		if _, later := b.later[p.Param]; later {
			hint = "it is declared further down; move that line up"
		}
		near := nearest(p.Param, b.flow.paramNames())
		if near != "" {
			near = "{" + near + "}"
			hint = ""
		}
		b.suggest("unknown-param", p.Span, "there is no parameter "+excerpt(p.Param), near, hint)
	}
	return ok
}

// placeArgs gives the positional words to the arguments: optional ones get
// theirs, from left to right, when more words are there than required.
func (b *binder) placeArgs() {
	c := b.step.Command
	required := 0
	for i := range c.Args {
		if !c.Args[i].Optional {
			required++
		}
	}
	spare := len(b.ordered) - required
	words := b.ordered
	for i := range c.Args {
		a := &c.Args[i]
		if a.Optional && spare <= 0 {
			continue
		}
		if len(words) == 0 {
			b.missingArg(a)
			return
		}
		take := 1
		if a.Variadic {
			take = len(words)
		}
		if a.Optional {
			spare--
		}
		b.setArg(a, words[:take])
		words = words[take:]
	}
	if len(words) > 0 && len(b.diags) == b.errors {
		b.extraArgs(words)
	}
}

func (b *binder) setArg(a *Arg, words []Lexeme) {
	f := a.asFlag()
	var vs []Value
	for _, w := range words {
		v, ok := b.value(f, strings.ToUpper(a.Name), w)
		v.Span, v.isSet = w.Span, true
		if !ok {
			v.Text = ""
			b.call.values[a.Name] = v
			return
		}
		vs = append(vs, v)
	}
	v := vs[0]
	if a.Variadic {
		v = joined(vs)
	}
	b.call.values[a.Name] = v
}

func (b *binder) missingArg(a *Arg) {
	if len(b.diags) > b.errors {
		return
	}
	c := b.step.Command
	hint := c.usageAs(b.step.Verb.in(b.step.src))
	if len(c.Examples) > 0 {
		first, _, _ := strings.Cut(c.Examples[0].Code, "\n")
		hint = "for example " + first
	}
	b.fail("missing-argument", b.step.Verb, c.Name+" wants "+strings.ToUpper(a.Name)+": "+
		strings.TrimSuffix(a.Summary, "."), hint+" ("+c.Name+" --help)")
}

// extraArgs tells of words that no argument takes, and knows the slips that
// lead there.
func (b *binder) extraArgs(words []Lexeme) {
	c := b.step.Command
	span := words[0].Span.join(words[len(words)-1].Span)
	hint := c.usageAs(b.step.Verb.in(b.step.src))
	text, _ := words[0].bare()
	if n := len(c.Args); n > 0 && !c.Args[n-1].Variadic && (c.Args[n-1].Type == String || c.Args[n-1].Type == Path) {
		hint = `quote a value that has blanks: "` + excerpt(b.text(c.Args[n-1].Name)+" "+text) + `"`
	}
	if slip := b.boolSlip(text, words[0].Span); slip != "" {
		hint = slip
	}
	b.fail("extra-argument", span, c.Name+" takes no further argument", hint+" ("+c.Name+" --help)")
}

// boolSlip is the hint for "--units off": the value of a switch written as a
// word of its own, which reads as an argument.
func (b *binder) boolSlip(text string, span Span) string {
	if _, err := parseBool(text); err != nil {
		return ""
	}
	for _, w := range b.step.Words {
		name, _ := w.Literal()
		f, negated := b.grammar.flag(b.step.Command, name)
		if f != nil && f.Type == Bool && !negated && w.Span.End < span.Start && span.Start-w.Span.End < 4 {
			return "write " + name + "=" + text
		}
	}
	return ""
}

func (b *binder) text(name string) string { return b.call.values[name].Text }

// fillDefaults gives the flags that were not given their defaults.
func (b *binder) fillDefaults() {
	for i := range b.step.Command.Flags {
		f := &b.step.Command.Flags[i]
		if f.Default == "" || b.call.values[f.Name].isSet {
			continue
		}
		// NewGrammar has read the default already.
		if v, err := parseValue(f, f.Default, false); err == nil {
			b.call.values[f.Name] = v
		}
	}
}

// readRaw takes the verbatim text.
func (b *binder) readRaw() {
	c := b.step.Command
	if !c.Verbatim {
		return
	}
	if b.step.Raw == nil {
		name, where := b.step.Verb.in(b.step.src), "on the same line"
		if isCell(name) {
			where = "on the lines below it"
		}
		b.fail("missing-argument", b.step.Verb, name+" wants its text "+where, c.usageAs(name)+" ("+c.Name+" --help)")
		return
	}
	b.call.RawSpan = b.step.Raw.Span
	if !b.inserted(*b.step.Raw) {
		return
	}
	text, pieces, err := insertVerbatim(*b.step.Raw, b.flow.value)
	if err != nil {
		b.fail("bad-value", b.step.Raw.Span, err.Error(), "")
		return
	}
	b.call.Raw, b.call.pieces = trimmed(text, pieces)
}

// bindParam reads a param statement.
func (b *binder) bindParam() {
	d := b.step.Param
	name, _ := d.Name.bare()
	before := len(b.diags)
	ok := b.inserted(d.Default)
	for _, c := range d.Choices {
		ok = b.inserted(c) && ok
	}
	b.noResult()
	if !ok || len(b.diags) > before {
		return
	}
	probe := &flow{scope: b.flow.scope, params: map[string]Param{}, broken: map[string]bool{}}
	for n, p := range b.flow.params {
		probe.params[n] = p
	}
	for n := range b.flow.broken {
		probe.broken[n] = true
	}
	probe.declare(d)
	p := probe.params[name]
	if probe.broken[name] {
		return
	}
	b.call.Param = &p
	b.call.Default, _ = d.Default.Insert(b.flow.value)
	check := func(called, value string, span Span) {
		if err := inChoices(value, p.Choices); err != nil && len(p.Choices) > 0 {
			b.suggest("bad-value", span, called+": "+err.Error(), "", "name one of the choices, or add it to them")
		}
	}
	check("param "+name, b.call.Default, d.Default.Span)
	if set, from := b.flow.scope.Set[name]; from {
		check("--set "+name, set, d.Name.Span)
	}
}
