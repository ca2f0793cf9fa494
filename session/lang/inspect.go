package lang

import (
	"strings"
)

// Inspection is what is known about the word at a cursor.
type Inspection struct {
	// Span is the word.
	Span Span
	// Text is for a terminal, 80 columns wide; Markdown for a notebook.
	Text, Markdown string
}

// Inspect explains what stands at cursor, a byte offset in src: a flag, a
// parameter, a named result, or else the command of the step. found is false
// when nothing known stands there.
func (g *Grammar) Inspect(src string, cursor int, scope *Scope) (in Inspection, found bool) {
	script := g.Parse(src)
	f := newFlow(scope)
	for _, st := range allSteps(script) {
		if st.Span.End < cursor {
			f.advance(st)
			continue
		}
		if !st.Span.Contains(cursor) {
			break
		}
		return g.inspectStep(st, f, cursor)
	}
	return Inspection{}, false
}

// inspectStep explains the word of the step at cursor.
func (g *Grammar) inspectStep(st *Step, f *flow, cursor int) (Inspection, bool) {
	words := st.Words
	if st.Raw != nil {
		words = append(words[:len(words):len(words)], *st.Raw)
	}
	var waiting *Flag
	for i, w := range words {
		flag := waiting
		waiting = nil
		name, _, valued := w.split('=')
		if st.Command != nil && i >= st.verbWords && w.isFlag() {
			spelling, _ := name.Literal()
			if flag, _ = g.flag(st.Command, spelling); flag != nil && flag.Type != Bool && !valued {
				waiting = flag
			}
		}
		if !w.Span.Contains(cursor) {
			continue
		}
		for _, p := range w.Parts {
			if known, ok := f.params[p.Param]; ok && p.Param != "" && p.Span.Contains(cursor) {
				return inspectParam(p.Span, known), true
			}
		}
		if text, ok := w.bare(); ok && i >= st.verbWords {
			if kind, ok := f.kinds[text]; ok {
				return f.inspectResult(w.Span, text, kind), true
			}
		}
		if flag != nil {
			return Inspection{w.Span, flagText(flag, 80), flagMarkdown(st.Command, flag)}, true
		}
		break
	}
	if st.Command != nil {
		return Inspection{st.Verb, g.Help(st.Command, 80), g.CommandMarkdown(st.Command)}, true
	}
	first, ok := st.Words[0].bare()
	if text, found := g.HelpOn(first, 80); ok && found && len(st.Words) == 1 {
		return Inspection{st.Verb, text, "```text\n" + text + "```\n"}, true
	}
	return Inspection{}, false
}

func inspectParam(span Span, p Param) Inspection {
	text := "param " + p.Name + " = " + clean(p.Value)
	if len(p.Choices) > 0 {
		text += " in " + clean(strings.Join(p.Choices, ","))
	}
	return Inspection{span, text + "\n", codeMarkdown(text) + "\n"}
}

func (f *flow) inspectResult(span Span, name string, kind Kind) Inspection {
	what := kind.String()
	for _, r := range f.scope.Results {
		if r.Name == name && !f.made[name] && r.Detail != "" {
			what += ", " + clean(r.Detail)
		}
	}
	return Inspection{span, name + ": " + what + "\n", codeMarkdown(name) + ": " + escapeMarkdown(what) + "\n"}
}

// Status says whether a source can be run as it stands.
type Status string

// The answers of IsComplete, as Jupyter spells them.
const (
	// StatusComplete can be run, or fails in a way that more text cannot
	// repair.
	StatusComplete Status = "complete"
	// StatusIncomplete wants at least one more line.
	StatusIncomplete Status = "incomplete"
	// StatusInvalid has a mistake of syntax.
	StatusInvalid Status = "invalid"
)

// IsComplete tells whether src can be run or wants another line, and then the
// blanks to begin that line with. Wanting one are a backslash or a "|" at the
// end, a quote that nothing closes, and the text of a cell before an empty line at
// its end. The line with the cursor comes without a line feed, as Jupyter's front
// ends send it.
func (g *Grammar) IsComplete(src string) (status Status, indent string) {
	script := g.Parse(src)
	switch {
	case script.Open == OpenQuote, script.Open == OpenCell && !script.Diagnostics.Failed():
		return StatusIncomplete, "" // blanks would go into the text
	case script.Open != Closed && script.Open != OpenCell:
		return StatusIncomplete, "    "
	case script.Diagnostics.Failed():
		return StatusInvalid, ""
	}
	return StatusComplete, ""
}
