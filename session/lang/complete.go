package lang

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Completion is what can stand at a cursor: each item's Text replaces the
// bytes Start to End of the source. RuneOffset turns both into code points.
type Completion struct {
	Start, End int
	Items      []Item
}

// Item is one completion.
type Item struct {
	// Text is put into the source, quoted where needed.
	Text string
	// Label is what a list shows.
	Label string
	// Type is one of command, flag, choice, result, column, cluster, word,
	// param, path, keyword and value: a word for Jupyter's
	// _jupyter_types_experimental.
	Type string
	// Detail is a few words beside the label; may be empty.
	Detail string
}

// maxItems bounds a list of completions.
const maxItems = 100

// Complete tells what can stand at cursor, a byte offset in src: commands,
// flags not yet given, values by their type, names, parameters. It looks at
// the text before the cursor only, and asks scope for what the session holds.
func (g *Grammar) Complete(src string, cursor int, scope *Scope) Completion {
	cursor = min(max(cursor, 0), len(src))
	for cursor > 0 && cursor < len(src) && !utf8.RuneStart(src[cursor]) {
		cursor--
	}
	p := g.pointAt(src, cursor, scope)
	c := Completion{Start: p.start, End: cursor}
	if p.dead {
		return c
	}
	if i := p.brace(); i >= 0 {
		c.Start = i
		p.prefix, p.quoted = src[i:cursor], false
		c.Items = p.filter(p.params(!strings.HasPrefix(src[cursor:], "}")))
		return c
	}
	switch {
	case p.raw:
		c.Items = p.filter(p.inText())
	case len(p.words) == 0:
		c.Items = p.filter(p.commands())
	default:
		c.Items = p.filter(p.inStep())
	}
	c.Start = p.start // values of a list begin after its last comma
	if p.quote != 0 && strings.HasPrefix(src[cursor:], string(p.quote)) {
		c.End++ // the items bring their own closing quote
	}
	return c
}

// point is a cursor with what stands before it.
type point struct {
	grammar *Grammar
	flow    *flow
	src     string // to the cursor

	words  []Lexeme // of the step, without the one at the cursor
	start  int      // where the word at the cursor begins
	prefix string   // that word as it is meant
	quoted bool     // it begins in quotes
	quote  byte     // the quote that is still open
	raw    bool     // in verbatim text
	cell   bool     // of a step that is a cell
	dead   bool     // in a comment
	given  []string // items of the list before the one at the cursor
}

// pointAt reads src up to the cursor.
func (g *Grammar) pointAt(src string, cursor int, scope *Scope) *point {
	script := g.Parse(src[:cursor])
	p := &point{grammar: g, flow: newFlow(scope), src: src[:cursor], start: cursor}
	toks := script.toks
	below := false // below the first line of a cell, if it is one
	i := len(toks)
back:
	for ; i > 0; i-- {
		switch t := &toks[i-1]; t.kind {
		case tokPipe, tokSemi:
			break back
		case tokComment:
			p.dead = p.dead || t.word.Span.End == cursor
		case tokNewline:
			if !t.soft {
				break back
			}
			below = true
		case tokWord:
			p.words = append(p.words, t.word)
		case tokRaw:
			p.raw = true
			p.start = t.word.Span.Start
		}
	}
	slices.Reverse(p.words)
	if name := ""; len(p.words) > 0 {
		name, _ = p.words[0].bare()
		p.cell = isCell(name)
		p.raw = p.raw || p.cell && below
	}
	steps := allSteps(script)
	if len(p.words) > 0 {
		steps = steps[:len(steps)-1]
	}
	for _, st := range steps {
		p.flow.advance(st)
	}
	switch {
	case len(p.words) == 0:
	case p.raw && !p.cell && strings.HasPrefix(p.src[p.start:], "-") && strings.IndexFunc(p.src[p.start:], unicode.IsSpace) < 0:
		p.raw, p.prefix = false, p.src[p.start:] // a flag that is not finished
	case p.raw:
		p.start = len(strings.TrimRightFunc(p.src, isIdentifierRune))
		p.prefix = p.src[p.start:]
	case toks[len(toks)-1].kind == tokWord:
		p.takeWord(script.Open == OpenQuote)
	}
	if !p.raw && !p.cell && len(p.words) > 0 {
		c, n := g.find(p.words)
		p.raw = c != nil && c.Verbatim && len(p.words) == n && !strings.HasPrefix(p.prefix, "-") && p.quote == 0
	}
	return p
}

func isIdentifierRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// takeWord takes the last word as the one at the cursor, if it reaches there.
func (p *point) takeWord(open bool) {
	last := p.words[len(p.words)-1]
	cursor := len(p.src)
	inQuote := open && len(last.Parts) > 0 && last.Parts[len(last.Parts)-1].Quoted
	if last.Span.End != cursor && !inQuote {
		return
	}
	p.words = p.words[:len(p.words)-1]
	p.start, p.quoted = last.Span.Start, last.Quoted()
	p.prefix, _ = last.Insert(func(string) (string, bool) { return "", true })
	if inQuote {
		inner := last.Parts[len(last.Parts)-1].Span.Start
		if first := last.Parts[0]; first.Quoted {
			inner = first.Span.Start
		}
		p.quote = p.src[max(inner-1, 0)]
		// What an unclosed quote loses are the blanks at its end.
		p.prefix += p.src[last.Span.End:cursor]
	}
}

func allSteps(script *Script) []*Step {
	var steps []*Step
	for i := range script.Statements {
		for j := range script.Statements[i].Steps {
			steps = append(steps, &script.Statements[i].Steps[j])
		}
	}
	return steps
}

// brace gives the offset after an open "{" in which the cursor stands, -1
// without one.
func (p *point) brace() int {
	text := p.src[p.start:]
	if p.raw {
		text = p.src[lineAt(p.src, len(p.src)).Start:]
	}
	i := strings.LastIndexByte(text, '{')
	if i < 0 || len(p.words) == 0 {
		return -1
	}
	name := text[i+1:]
	if name != "" && !isIdentifier(name) || strings.HasSuffix(text[:i], "{") {
		return -1
	}
	return len(p.src) - len(name)
}

// filter keeps the items that begin with the prefix, or else those that hold
// it, and quotes their texts where they need it.
func (p *point) filter(items []Item) []Item {
	prefix := strings.ToLower(p.prefix)
	var begin, hold []Item
	for _, it := range items {
		if it.Label == "" {
			it.Label = it.Text
		}
		label := strings.ToLower(it.Label)
		switch {
		case slices.Contains(p.given, it.Label):
			continue
		case strings.HasPrefix(label, prefix):
			begin = append(begin, it)
		case len(prefix) > 1 && strings.Contains(label, prefix):
			hold = append(hold, it)
		}
	}
	if len(begin) == 0 {
		begin = hold
	}
	return begin[:min(len(begin), maxItems)]
}

// commands are the words a step can begin with. Those that can work on the
// last result come first.
func (p *point) commands() []Item {
	var now, later []Item
	for _, verb := range p.grammar.verbs() {
		if isCell(verb) {
			continue
		}
		it := Item{Text: verb, Type: "command"}
		c := p.grammar.byName[verb]
		if c == nil {
			it.Detail = strings.Join(p.grammar.seconds[verb], ", ")
			later = append(later, it)
			continue
		}
		it.Detail = c.Summary
		if p.flow.last.Includes(c.Needs) {
			now = append(now, it)
		} else {
			later = append(later, it)
		}
	}
	if strings.HasPrefix(p.prefix, "%") {
		for _, name := range p.grammar.cells() {
			later = append(later, Item{Text: name, Type: "command", Detail: p.grammar.byName[name].Summary})
		}
	}
	return append(now, later...)
}

// inText is what can stand in verbatim text: tables and columns in SQL, else
// files.
func (p *point) inText() []Item {
	if c, _ := p.grammar.find(p.words); c == nil || !c.Literal {
		return p.inSQL()
	}
	p.start = 1 + strings.LastIndexAny(p.src, " \t\n='\"`$(<>|&;")
	p.prefix = p.src[p.start:]
	return p.fileItems()
}

// params are the parameters, for the inside of braces.
func (p *point) params(closing bool) []Item {
	var items []Item
	for _, name := range p.flow.paramNames() {
		it := Item{Text: name, Label: name, Type: "param", Detail: "= " + excerpt(p.flow.params[name].Value)}
		if closing {
			it.Text += "}"
		}
		items = append(items, it)
	}
	return items
}

// inSQL are the results and their columns, those of the last one first.
func (p *point) inSQL() []Item {
	items := p.results(Table)
	seen := map[string]bool{}
	for _, result := range append([]string{""}, p.flow.order...) {
		for _, c := range p.flow.columns(result) {
			if seen[c] {
				continue
			}
			seen[c] = true
			it := Item{Text: c, Type: "column"}
			if !isIdentifier(c) {
				it.Text, it.Label = `"`+strings.ReplaceAll(c, `"`, `""`)+`"`, c
			}
			items = append(items, it)
		}
	}
	return items
}

// inStep is what can stand after the verb.
func (p *point) inStep() []Item {
	g := p.grammar
	c, n := g.find(p.words)
	if c == nil {
		first, _ := p.words[0].bare()
		if len(p.words) > 1 {
			return nil
		}
		var items []Item
		for _, second := range g.seconds[first] {
			items = append(items, Item{Text: second, Type: "command", Detail: g.byName[first+" "+second].Summary})
		}
		return items
	}
	if p.words[len(p.words)-1].is("as") && len(p.words) > n {
		return nil
	}
	if c.Name == "param" && n == len(p.words) && !strings.HasPrefix(p.prefix, "-") {
		return p.params(false)
	}
	given, positional, waiting, input := p.read(c, n)
	if waiting != nil {
		return p.values(c, waiting, input)
	}
	if name, value, ok := strings.Cut(p.prefix, "="); ok && !p.quoted && strings.HasPrefix(name, "-") {
		f, _ := g.flag(c, name)
		if f == nil {
			return nil
		}
		p.start += strings.IndexByte(p.src[p.start:], '=') + 1
		p.prefix = value
		return p.values(c, f, input)
	}
	if !p.quoted && strings.HasPrefix(p.prefix, "-") && p.prefix != "-" {
		return flagItems(c, given, p.prefix)
	}
	var items []Item
	for i := range c.Args {
		if least, most := places(c.Args, i); least <= positional && positional <= most {
			items = append(items, p.values(c, c.Args[i].asFlag(), input)...)
		}
	}
	if p.quoted {
		return items
	}
	if c.Gives != None && (!c.Verbatim || p.cell) {
		items = append(items, Item{Text: "as", Type: "keyword", Detail: "Name the result."})
	}
	return append(items, flagItems(c, given, p.prefix)...)
}

// read goes through the words after the verb as far as the cursor: the flags
// given, how many positional words, the flag that waits for its value, and the
// result that is named.
func (p *point) read(c *Command, n int) (given map[string]bool, positional int, waiting *Flag, input string) {
	given = map[string]bool{}
	for _, w := range p.words[n:] {
		if waiting == nil && w.isFlag() {
			name, _, valued := w.split('=')
			spelling, _ := name.Literal()
			f, _ := p.grammar.flag(c, spelling)
			if f != nil {
				given[f.Name] = true
				if f.Type != Bool && !valued {
					waiting = f
				}
			}
			continue
		}
		if text, ok := w.bare(); ok && input == "" {
			result := waiting != nil && waiting.Type == Result
			for i := range c.Args {
				result = result || waiting == nil && c.Args[i].Type == Result
			}
			if _, known := p.flow.kinds[text]; known && result {
				input = text
			}
		}
		if waiting == nil {
			positional++
		}
		waiting = nil
	}
	return given, positional, waiting, input
}

// places gives the least and the most positional words before argument i.
func places(args []Arg, i int) (least, most int) {
	for j := range args[:i] {
		most++
		if !args[j].Optional {
			least++
		}
	}
	if args[i].Variadic {
		most = 1 << 30
	}
	return least, most
}

// flagItems are the flags of c that are not given yet. --no- forms are offered
// for what is on by default, and when asked for.
func flagItems(c *Command, given map[string]bool, prefix string) []Item {
	var items []Item
	for i := range c.Flags {
		f := &c.Flags[i]
		if given[f.Name] {
			continue
		}
		detail := f.Summary
		var notes []string
		if f.Short != "" {
			notes = append(notes, "-"+f.Short)
		}
		if f.Default != "" {
			notes = append(notes, f.Default)
		}
		if len(notes) > 0 {
			detail = strings.TrimSuffix(detail, ".") + " (" + strings.Join(notes, ", ") + ")."
		}
		text := f.spelled()
		if f.Type == Bool {
			if v, err := parseBool(f.Default); err == nil && v == 1 || strings.HasPrefix(prefix, "--n") {
				items = append(items, Item{Text: "--no-" + f.Name, Type: "flag", Detail: "Turn off: " + detail})
			}
		}
		items = append(items, Item{Text: text, Type: "flag", Detail: detail})
		if len(prefix) > 2 {
			for _, alias := range f.Aliases {
				items = append(items, Item{Text: "--" + alias, Type: "flag", Detail: "Same as " + text + ". " + detail})
			}
		}
	}
	return append(items, Item{Text: "--help", Type: "flag", Detail: "Help on " + c.Name + "."})
}
