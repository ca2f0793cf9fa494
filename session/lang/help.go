package lang

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Help is everything about a command for a terminal: usage, details, aligned
// arguments and flags, examples. Lines are at most width columns, 80 for 0,
// as far as words allow.
func (g *Grammar) Help(c *Command, width int) string {
	if width <= 0 {
		width = 80
	}
	var b strings.Builder
	b.WriteString(c.usage() + "\n")
	b.WriteString(fill(c.Summary, "  ", width))
	if c.Details != "" {
		b.WriteString("\n" + fill(c.Details, "  ", width))
	}
	if flow := c.flowText(); flow != "" {
		b.WriteString("\n" + fill(flow, "  ", width))
	}
	if len(c.Aliases) > 0 {
		b.WriteString("\n" + fill("Also: "+strings.Join(c.Aliases, ", ")+".", "  ", width))
	}
	if len(c.Args) > 0 {
		rows := make([][2]string, len(c.Args))
		for i := range c.Args {
			rows[i] = [2]string{strings.ToUpper(c.Args[i].Name), c.Args[i].summary()}
		}
		b.WriteString("\nArguments\n" + columns(rows, width))
	}
	rows := make([][2]string, 0, len(c.Flags)+1)
	for i := range c.Flags {
		rows = append(rows, [2]string{c.Flags[i].head(), c.Flags[i].summary()})
	}
	rows = append(rows, [2]string{"    --help", "Show this help."})
	b.WriteString("\nFlags\n" + columns(rows, width))
	if len(c.Examples) > 0 {
		b.WriteString("\nExamples\n")
		for _, e := range c.Examples {
			for line := range strings.SplitSeq(strings.TrimRight(e.Code, "\n"), "\n") {
				b.WriteString("  " + line + "\n")
			}
			if e.Note != "" {
				b.WriteString(fill(e.Note, "      ", width))
			}
		}
	}
	return b.String()
}

// Overview is the list of all commands by group, for a bare help.
func (g *Grammar) Overview(width int) string {
	var b strings.Builder
	for _, group := range g.groups {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(g.groupHelp(group, width))
	}
	return b.String()
}

// groupHelp is the list of the commands of a group.
func (g *Grammar) groupHelp(group string, width int) string {
	var rows [][2]string
	for i := range g.commands {
		if c := &g.commands[i]; c.Group == group {
			rows = append(rows, [2]string{c.Name, c.Summary})
		}
	}
	return group + "\n" + columns(rows, width)
}

// HelpOn is help on a topic: a command, the first word of some ("compute"), or
// a group. found is false when there is nothing of that name.
func (g *Grammar) HelpOn(topic string, width int) (text string, found bool) {
	topic = strings.Join(strings.Fields(topic), " ")
	if c := g.byName[topic]; c != nil {
		return g.Help(c, width), true
	}
	var rows [][2]string
	for i := range g.commands {
		c := &g.commands[i]
		if first, _, two := strings.Cut(c.Name, " "); two && first == topic {
			rows = append(rows, [2]string{c.Name, c.Summary})
		}
	}
	if len(rows) > 0 {
		return columns(rows, width), true
	}
	if text := g.groupHelp(topic, width); strings.Count(text, "\n") > 1 {
		return text, true
	}
	return "", false
}

// flowText says what the command works on and what it gives.
func (c *Command) flowText() string {
	var parts []string
	if c.Needs != None {
		parts = append(parts, "Works on "+c.Needs.String()+".")
	}
	if c.Gives != None {
		s := "Gives " + c.Gives.String()
		if c.Known != "" {
			s += ", named " + c.Known + " unless \"as NAME\" names it"
		}
		parts = append(parts, s+".")
	}
	return strings.Join(parts, " ")
}

// summary is the argument's summary with its type.
func (a *Arg) summary() string {
	s := a.Summary
	if len(a.Choices) > 0 {
		s += " One of " + strings.Join(a.Choices, ", ") + "."
	}
	if a.Optional {
		s += " Optional."
	}
	return s
}

// head is how the flag is written, short form first.
func (f *Flag) head() string {
	s := "    --" + f.Name
	if f.Short != "" {
		s = "-" + f.Short + ", --" + f.Name
	}
	if f.Type == Bool {
		return s
	}
	return s + " " + f.placeholder()
}

// summary is the flag's summary with its choices, bounds, default and
// aliases.
func (f *Flag) summary() string {
	s := f.Summary
	if f.Type == Choice && len(strings.Join(f.Choices, "|")) > 24 {
		s += " One of " + strings.Join(f.Choices, ", ") + "."
	}
	if bounds := f.bounds(); bounds != "" {
		s += " " + bounds
	}
	if f.Default != "" {
		s += " Default " + f.Default + "."
	}
	if f.Type == Bool && f.Default == "on" {
		s += " Off by --no-" + f.Name + "."
	}
	if len(f.Aliases) > 0 {
		s += " Also --" + strings.Join(f.Aliases, ", --") + "."
	}
	return s
}

// bounds is a sentence about Min and Max.
func (f *Flag) bounds() string {
	word := func(bound, strict, plain string) string {
		if strings.HasPrefix(bound, "<") || strings.HasPrefix(bound, ">") {
			return strict + bound[1:]
		}
		return plain + bound
	}
	switch {
	case f.Min != "" && f.Max != "":
		if f.Min[0] == '>' {
			return "Above " + f.Min[1:] + word(f.Max, ", below ", ", at most ") + "."
		}
		return "From " + f.Min + word(f.Max, " to below ", " to ") + "."
	case f.Min != "":
		return word(f.Min, "Above ", "At least ") + "."
	case f.Max != "":
		return word(f.Max, "Below ", "At most ") + "."
	}
	return ""
}

// flagText is help on one flag.
func flagText(f *Flag, width int) string {
	return strings.TrimSpace(f.head()) + "\n" + fill(f.summary(), "  ", width)
}

// columns writes rows as two aligned columns. A first cell that is too wide
// stands on a line of its own.
func columns(rows [][2]string, width int) string {
	if width <= 0 {
		width = 80
	}
	const widest = 30
	left := 0
	for _, r := range rows {
		if w := uniseg.StringWidth(r[0]); w <= widest {
			left = max(left, w)
		}
	}
	indent := strings.Repeat(" ", left+4)
	var b strings.Builder
	for _, r := range rows {
		text := fill(r[1], indent, max(width, left+24))
		w := uniseg.StringWidth(r[0])
		b.WriteString("  " + r[0])
		if w > left {
			b.WriteString("\n" + text)
			continue
		}
		b.WriteString(strings.Repeat(" ", left-w+2) + strings.TrimPrefix(text, indent))
	}
	return b.String()
}

// fill wraps paragraphs at width, each line after indent. Lines that begin
// with a blank are kept as they are.
func fill(text, indent string, width int) string {
	var b strings.Builder
	used := 0
	flush := func() {
		if used > 0 {
			b.WriteByte('\n')
			used = 0
		}
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case line == "":
			flush()
			b.WriteByte('\n')
			continue
		case line[0] == ' ' || line[0] == '\t':
			flush()
			b.WriteString(indent + line + "\n")
			continue
		}
		for _, word := range strings.Fields(line) {
			w := uniseg.StringWidth(word)
			if used > 0 && used+1+w > width {
				flush()
			}
			if used == 0 {
				b.WriteString(indent + word)
				used = len(indent) + w
				continue
			}
			b.WriteString(" " + word)
			used += 1 + w
		}
	}
	flush()
	return b.String()
}
