package lang

import (
	"slices"
	"strings"
)

// Check checks a whole script and runs nothing: syntax, commands, flags, types
// and bounds of values with their parameters in place, names, and whether each
// step finds the kind of result it works on. One mistake gives one diagnostic,
// and what follows a mistake is checked as if it had not been made. The
// diagnostics of the syntax are among the result, in the order of the source.
func (g *Grammar) Check(script *Script, scope *Scope) Diagnostics {
	b := binder{grammar: g, flow: newFlow(scope), later: map[string]Span{}}
	b.diags = append(b.diags, script.Diagnostics...)
	b.eachStep(script, func(st *Step) {
		if st.Param != nil {
			name, _ := st.Param.Name.bare()
			b.later[name] = st.Param.Name.Span
		}
	})
	b.eachStep(script, func(st *Step) {
		b.bind(st)
		b.flow.advance(st)
	})
	b.unusedSet()
	return b.diags.sorted()
}

func (b *binder) eachStep(script *Script, f func(*Step)) {
	for i := range script.Statements {
		for j := range script.Statements[i].Steps {
			f(&script.Statements[i].Steps[j])
		}
	}
}

// unusedSet tells of values from outside that set no parameter.
func (b *binder) unusedSet() {
	if b.flow.open {
		return
	}
	names := make([]string, 0, len(b.flow.scope.Set))
	for name := range b.flow.scope.Set {
		if _, ok := b.flow.params[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		known := b.flow.paramNames()
		hint := "the script declares no parameter"
		if near := nearest(name, known); near != "" {
			hint = "did you mean " + near + "?"
		} else if len(known) > 0 {
			hint = "the script has " + strings.Join(known, ", ")
		}
		b.fail("unknown-param", Span{}, "--set "+excerpt(name)+": there is no parameter of this name", hint)
	}
}

// unknownCommand tells what the verb of the step may have been.
func (b *binder) unknownCommand() {
	first := b.step.Words[0]
	text, _ := first.Literal()
	g := b.grammar
	if bare, ok := first.bare(); ok && len(g.seconds[bare]) > 0 {
		seconds := strings.Join(g.seconds[bare], ", ")
		if len(b.step.Words) < 2 {
			b.fail("unknown-command", first.Span, bare+" wants one of: "+seconds, "help "+bare)
			return
		}
		second, _ := b.step.Words[1].Literal()
		d := Diagnostic{
			Code: "unknown-command", Span: b.step.Words[1].Span,
			Summary: "unknown command " + mention(bare+" "+second), Hint: bare + " goes with one of: " + seconds,
		}
		if near := nearest(second, g.seconds[bare]); near != "" {
			d.Hint = "did you mean " + bare + " " + near + "?"
			d.Suggestion = Suggestion{Span: d.Span, Text: near}
		}
		b.diags.add(d)
		return
	}
	near := nearest(text, append(g.verbs(), g.aliases()...))
	if isCell(text) != isCell(near) {
		near = ""
	}
	hint := ""
	switch {
	case near != "":
	case strings.HasPrefix(text, "%"):
		hint = "a cell of another language begins with " + strings.Join(g.cells(), ", ")
	case text == "cluster" || first.isFlag():
		hint = "a statement begins with a command; a backslash at the end of a line joins it to the next"
	default:
		hint = "help lists the commands"
	}
	b.suggest("unknown-command", first.Span, "unknown command "+mention(first.Span.in(b.step.src)), near, hint)
}

// unless is a hint for when no near name is known.
func unless(near, hint string) string {
	if near != "" {
		return ""
	}
	return hint
}

// mistaken answers first arguments that can never be valid.
func (b *binder) mistaken() bool {
	st := b.step
	if st.Command == nil || len(st.Words) <= st.verbWords {
		return false
	}
	word := st.Words[st.verbWords]
	text, ok := word.bare()
	if !ok {
		return false
	}
	meant := st.Command.Mistaken[text]
	if meant == "" {
		return false
	}
	span := st.Verb.join(word.Span)
	b.diags.add(Diagnostic{
		Code: "wrong-command", Span: span,
		Summary:    "there is no command " + mention(st.Command.Name+" "+text),
		Hint:       "did you mean " + meant + "? (" + st.Command.Name + ": " + strings.TrimSuffix(st.Command.Summary, ".") + ")",
		Suggestion: Suggestion{Span: span, Text: meant},
	})
	return true
}

// unknownFlag tells what a flag may have been.
func (b *binder) unknownFlag(name Lexeme, spelling string) {
	b.lost = true
	c := b.step.Command
	var known []string
	for i := range c.Flags {
		f := &c.Flags[i]
		known = append(known, f.spelled())
		if f.Type == Bool {
			known = append(known, "--no-"+f.Name)
		}
		for _, alias := range f.Aliases {
			known = append(known, "--"+alias)
		}
		if f.Short != "" && len(spelling) == 2 && spelling[0] == '-' {
			known = append(known, "-"+f.Short)
		}
	}
	known = append(known, "--help")
	typed := spelling
	if !strings.HasPrefix(typed, "--") && len(typed) > 2 {
		typed = "-" + typed // -window
	}
	hint := c.Name + " --help"
	near := ""
	switch spelling {
	case "--":
		hint = "a value that begins with a dash is quoted: \"--x\""
	case "-h":
		near = "--help"
	default:
		if near = nearest(typed, known); near == "" && len(spelling) > 2 && b.grammar.flags[c][spelling[:2]] != nil {
			hint = "write " + spelling[:2] + " " + excerpt(spelling[2:]) // -k5
		}
	}
	b.suggest("unknown-flag", name.Span, "unknown flag "+excerpt(spelling)+" for "+c.Name, near, hint)
}

// resolve looks up the results, clusters and columns that the values name, and
// finds the result the step works on.
func (b *binder) resolve() {
	c, needs := b.step.Command, b.call.Needs()
	found := false
	for i := range c.Args {
		found = b.resolveOne(c.Args[i].asFlag(), found) || found
	}
	for i := range c.Flags {
		found = b.resolveOne(&c.Flags[i], found) || found
	}
	if !found && !b.lost && !b.flow.last.Includes(needs) {
		have := "there is no result yet"
		if b.flow.last != None {
			have = "the result before it has none"
		}
		b.fail("wrong-kind", b.step.Verb, c.Name+" works on "+needs.String()+", and "+have, b.routeHint(b.flow.last, needs))
		return
	}
	for i := range c.Args {
		b.resolveInside(c.Args[i].asFlag())
	}
	for i := range c.Flags {
		b.resolveInside(&c.Flags[i])
	}
}

// routeHint says which steps lead to a kind.
func (b *binder) routeHint(have, need Kind) string {
	route := b.grammar.route(have, need)
	if len(route) == 0 {
		return b.see("")
	}
	return "first run " + strings.Join(route, ", then ")
}

// resolveOne looks up a value that names a result. It reports whether the
// value stands in for the last result.
func (b *binder) resolveOne(f *Flag, already bool) (input bool) {
	v, ok := b.call.values[f.Name]
	if !ok || !v.isSet || v.Text == "" || f.Type != Result && f.Type != Ref {
		// A result that could not be read is still the one meant.
		return v.isSet && f.Type == Result && f.Kind == None
	}
	need := f.Kind
	if f.Type == Result && need == None {
		need = b.call.Needs()
	}
	kind, known := b.flow.kinds[v.Text]
	switch {
	case v.Text == "-" && !v.Quoted:
		v.ref, kind, known = RefLast, b.flow.last, true
	case f.Type == Ref && v.Quoted:
		return false
	case f.Type == Ref && isClusterName(v.Text):
		v.ref = RefCluster
		b.call.values[f.Name] = v
		return false
	case f.Type == Ref && !known:
		return false
	default:
		v.ref = RefResult
	}
	b.call.values[f.Name] = v
	input = f.Type == Ref || f.Kind == None
	if input && !already && v.ref == RefResult {
		b.call.Input = v.Text
	}
	switch {
	case !known && !b.flow.open:
		near := nearest(v.Text, b.flow.order)
		hint := "no result has a name yet; as NAME at the end of a step gives one"
		if len(b.flow.order) > 0 {
			hint = "there are " + strings.Join(b.flow.order[:min(len(b.flow.order), 8)], ", ")
		}
		hint = unless(near, hint)
		if slip := b.boolSlip(v.Text, v.Span); slip != "" {
			near, hint = "", slip
		}
		b.suggest("unknown-name", b.valueSpan(v), "there is no result "+mention(v.Text), near, hint)
	case known && !kind.Includes(need):
		if v.ref == RefLast && kind == None {
			b.fail("wrong-kind", b.valueSpan(v), "there is no last result yet", b.routeHint(None, need))
			break
		}
		b.fail("wrong-kind", b.valueSpan(v), b.step.Command.Name+" works on "+need.String()+", and "+mention(v.Text)+" has none",
			b.routeHint(kind, need))
	}
	return input
}

// valueSpan is the part of a value's span that is the value itself: flags
// stand before their values.
func (b *binder) valueSpan(v Value) Span {
	for _, w := range b.step.Words {
		if w.Span.End == v.Span.End && w.Span.Start >= v.Span.Start {
			if _, value, ok := w.split('='); ok && w.isFlag() {
				return value.Span
			}
			return w.Span
		}
	}
	return v.Span
}

// resolveInside looks up clusters and columns of the result worked on.
func (b *binder) resolveInside(f *Flag) {
	v, ok := b.call.values[f.Name]
	if !ok || !v.isSet || v.Text == "" {
		return
	}
	switch {
	case f.Type == Topic && !b.grammar.isTopic(v.Text):
		near := nearest(v.Text, b.grammar.topics())
		b.suggest("unknown-topic", v.Span, "there is no help on "+mention(v.Text), near, unless(near, "help lists the commands"))
	case f.Type == Cluster || f.Type == Ref && v.ref == RefCluster:
		if k := b.flow.clusters(b.call.Input); k > 0 && v.whole >= int64(k) {
			b.fail("unknown-cluster", b.valueSpan(v), "there is no cluster "+excerpt(v.Text),
				"there are c0 to c"+itoa(k-1))
		}
	case (f.Type == Column || f.Type == List && f.Of == Column) && b.step.Command.Needs != None:
		columns := b.flow.columns(b.call.Input)
		names := v.list
		if f.Type == Column {
			names = []string{v.Text}
		}
		for _, name := range names {
			if len(columns) == 0 || slices.Contains(columns, name) {
				continue
			}
			near := nearest(name, columns)
			hint := unless(near, "one of: "+strings.Join(columns[:min(len(columns), 8)], ", "))
			if f.Type == List && near != "" {
				near, hint = "", "did you mean "+near+"?" // the span is the whole list: no replacement for it
			}
			b.suggest("unknown-column", b.valueSpan(v), "there is no column "+mention(name), near, hint)
			return
		}
	}
}

// checkAs checks the name given to the result.
func (b *binder) checkAs() {
	name := b.call.As
	switch {
	case name == "":
	case b.step.Command.Gives == None && !b.step.Command.Opaque:
		b.noResult()
	case slices.Contains(b.grammar.verbs(), name):
		b.suggest("shadows-verb", b.step.As.Span, name+" is a command and cannot name a result", "",
			"take another name, such as "+name+"_1")
	}
}

// noResult tells of a name for a step that gives nothing.
func (b *binder) noResult() {
	if b.call.As != "" {
		b.fail("no-result", b.step.As.Span, "this step gives no result that could be named",
			"put as NAME after the step that gives it")
	}
}
