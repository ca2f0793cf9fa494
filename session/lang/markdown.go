package lang

import (
	"strings"
)

// Markdown is the whole of docs/commands.md below its title: all commands by
// group, in the order of the list.
func (g *Grammar) Markdown() string {
	var b strings.Builder
	for _, group := range g.groups {
		b.WriteString("- **" + group + "**:")
		sep := " "
		for i := range g.commands {
			if c := &g.commands[i]; c.Group == group {
				b.WriteString(sep + "[" + c.Name + "](#" + strings.NewReplacer(" ", "-", "%", "").Replace(c.Name) + ")")
				sep = ", "
			}
		}
		b.WriteString("\n")
	}
	for _, group := range g.groups {
		b.WriteString("\n## " + strings.ToUpper(group[:1]) + group[1:] + "\n")
		for i := range g.commands {
			if c := &g.commands[i]; c.Group == group {
				b.WriteString("\n" + g.CommandMarkdown(c))
			}
		}
	}
	return b.String()
}

// CommandMarkdown is the part of Markdown about one command.
func (g *Grammar) CommandMarkdown(c *Command) string {
	var b strings.Builder
	b.WriteString("### " + c.Name + "\n\n" + escapeMarkdown(c.Summary) + "\n\n```text\n" + c.usage() + "\n```\n")
	if c.Details != "" {
		b.WriteString("\n" + detailsMarkdown(c.Details) + "\n")
	}
	if flow := c.flowText(); flow != "" {
		b.WriteString("\n" + escapeMarkdown(flow) + "\n")
	}
	if len(c.Aliases) > 0 {
		b.WriteString("\nAlso: `" + strings.Join(c.Aliases, "`, `") + "`.\n")
	}
	if len(c.Args) > 0 {
		b.WriteString("\n| argument | type | |\n|---|---|---|\n")
		for i := range c.Args {
			a := &c.Args[i]
			b.WriteString("| " + codeMarkdown(strings.ToUpper(a.Name)) + " | " + typeText(a.Type, a.Of) + " | " + cell(a.summary()) + " |\n")
		}
	}
	if len(c.Flags) > 0 {
		b.WriteString("\n| flag | type | default | |\n|---|---|---|---|\n")
		for i := range c.Flags {
			b.WriteString(flagRow(&c.Flags[i]))
		}
	}
	if len(c.Examples) > 0 {
		b.WriteString("\n```gondola\n")
		for _, e := range c.Examples {
			if e.Note != "" {
				b.WriteString("# " + strings.ReplaceAll(e.Note, "\n", " ") + "\n")
			}
			b.WriteString(strings.TrimRight(e.Code, "\n") + "\n")
		}
		b.WriteString("```\n")
	}
	return b.String()
}

// flagRow is a line of the table of flags.
func flagRow(f *Flag) string {
	name := codeMarkdown("--" + f.Name)
	if f.Short != "" {
		name = codeMarkdown("-"+f.Short) + ", " + name
	}
	for _, alias := range f.Aliases {
		name += ", " + codeMarkdown("--"+alias)
	}
	def := ""
	if f.Default != "" {
		def = strings.ReplaceAll(codeMarkdown(f.Default), "|", `\|`)
	}
	s := f.Summary
	if len(f.Choices) > 0 {
		s += " One of " + strings.Join(f.Choices, ", ") + "."
	}
	if bounds := f.bounds(); bounds != "" {
		s += " " + bounds
	}
	return "| " + name + " | " + typeText(f.Type, f.Of) + " | " + def + " | " + cell(s) + " |\n"
}

// flagMarkdown is what a notebook shows about one flag.
func flagMarkdown(c *Command, f *Flag) string {
	return codeMarkdown(c.Name+" "+strings.TrimSpace(f.head())) + "\n\n" + escapeMarkdown(f.summary()) + "\n"
}

func typeText(t, of Type) string {
	if t == List && of != String {
		return "list of " + of.String() + "s"
	}
	return t.String()
}

// detailsMarkdown keeps paragraphs and turns lines that begin with blanks into
// code blocks, as Markdown reads four blanks.
func detailsMarkdown(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != line && trimmed != "" {
			lines[i] = "    " + strings.TrimPrefix(line, "    ")
			continue
		}
		lines[i] = escapeMarkdown(line)
	}
	return strings.Join(lines, "\n")
}

// codeMarkdown sets text in backquotes, as many as it needs.
func codeMarkdown(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// escapeMarkdown makes text mean itself in Markdown.
func escapeMarkdown(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_{}[]<>#|~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cell is text inside a table.
func cell(text string) string {
	return escapeMarkdown(strings.Join(strings.Fields(text), " "))
}
