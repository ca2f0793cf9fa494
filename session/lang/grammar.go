package lang

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Grammar is the list of commands made ready for look-up. It never changes
// after NewGrammar and may be used from several goroutines at once.
type Grammar struct {
	commands []Command
	byName   map[string]*Command
	seconds  map[string][]string // first words of two-word names to the second ones
	flags    map[*Command]map[string]*Flag
	groups   []string
	names    []string // of all commands, in order
}

// NewGrammar makes a grammar of the commands, in the order of help and docs.
// The error names every mistake in the list: two commands or flags of one
// name, a default outside its bounds or choices, a summary without a full
// stop, arguments in an order that cannot be read.
func NewGrammar(commands []Command) (*Grammar, error) {
	g := &Grammar{
		commands: slices.Clone(commands),
		byName:   map[string]*Command{},
		seconds:  map[string][]string{},
		flags:    map[*Command]map[string]*Flag{},
	}
	var errs []error
	for i := range g.commands {
		c := &g.commands[i]
		for _, err := range g.enter(c) {
			errs = append(errs, fmt.Errorf("command %q: %w", c.Name, err))
		}
	}
	for first := range g.seconds {
		if g.byName[first] != nil {
			errs = append(errs, fmt.Errorf("command %q: is also the first word of a name", first))
		}
	}
	return g, errors.Join(errs...)
}

// enter adds c to the look-up tables and gives what is wrong with it.
func (g *Grammar) enter(c *Command) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, name := range append([]string{c.Name}, c.Aliases...) {
		words := strings.Fields(name)
		switch {
		case len(words) == 0 || len(words) > 2 || strings.Join(words, " ") != name:
			bad("name %q is not one word or two", name)
			continue
		case g.byName[name] != nil:
			bad("name %q is taken", name)
		case isCell(name) && c.Verbatim && len(words) == 1 && isPlain(name[len(cellMark):]):
		case !slices.ContainsFunc(words, func(w string) bool { return !isPlain(w) || w != strings.ToLower(w) }):
		default:
			bad("name %q is not plain lower case", name)
		}
		g.byName[name] = c
		if len(words) == 2 {
			g.seconds[words[0]] = append(g.seconds[words[0]], words[1])
		}
	}
	g.names = append(g.names, c.Name)
	if !slices.Contains(g.groups, c.Group) {
		g.groups = append(g.groups, c.Group)
	}
	if c.Group == "" {
		bad("no group")
	}
	if err := checkSummary(c.Summary); err != nil {
		bad("%w", err)
	}
	if c.Known != "" && (!IsName(c.Known) || c.Gives == None) {
		bad("known %q names no result", c.Known)
	}
	if c.Verbatim && len(c.Args) > 0 && c.cellName() == "" {
		bad("verbatim text takes no arguments beside it, but in a cell")
	}
	taken := map[string]bool{}
	for i := range c.Args {
		a := &c.Args[i]
		if a.Variadic && i < len(c.Args)-1 {
			bad("argument %s: only the last one takes all further words", a.Name)
		}
		if c.Verbatim && !a.Optional {
			bad("argument %s: beside verbatim text it must be optional", a.Name)
		}
		if err := checkFlag(a.asFlag(), taken); err != nil {
			bad("argument %s: %w", a.Name, err)
		}
	}
	byFlag := map[string]*Flag{}
	g.flags[c] = byFlag
	for i := range c.Flags {
		f := &c.Flags[i]
		if err := checkFlag(f, taken); err != nil {
			bad("flag %s: %w", f.Name, err)
		}
		spellings := []string{"--" + f.Name}
		if f.Short != "" {
			spellings = append(spellings, "-"+f.Short)
			if !slices.Contains([]string{"k", "n", "o", "y"}, f.Short) {
				bad("flag %s: only -k, -n, -o and -y are short", f.Name)
			}
		}
		for _, alias := range f.Aliases {
			spellings = append(spellings, "--"+alias)
		}
		for _, s := range spellings {
			if byFlag[s] != nil || s == "--help" {
				bad("flag %s: %s is taken", f.Name, s)
			}
			byFlag[s] = f
		}
	}
	return errs
}

// checkFlag checks one flag, or argument, by itself.
func checkFlag(f *Flag, taken map[string]bool) error {
	switch {
	case strings.Trim(f.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
		strings.Trim(f.Name, "-") != f.Name || f.Name == "" || strings.HasPrefix(f.Name, "no-"):
		return errors.New("the name is not plain lower case, or begins with no-")
	case taken[f.Name]:
		return errors.New("the name is taken")
	case f.Type == Choice && len(f.Choices) == 0:
		return errors.New("no choices")
	}
	taken[f.Name] = true
	if err := checkSummary(f.Summary); err != nil {
		return err
	}
	for _, bound := range []string{f.Min, f.Max} {
		if bound == "" {
			continue
		}
		if _, err := measure(f.Type, strings.TrimLeft(bound, "<>")); err != nil {
			return fmt.Errorf("bound %q: %w", bound, err)
		}
	}
	if f.Default != "" {
		if _, err := parseValue(f, f.Default, false); err != nil {
			return fmt.Errorf("default: %w", err)
		}
	}
	return nil
}

func checkSummary(s string) error {
	if s == "" || !strings.HasSuffix(s, ".") || strings.Contains(s, "\n") {
		return fmt.Errorf("summary %q is not one sentence with a full stop", s)
	}
	return nil
}

// Commands gives the commands in their order. Do not change them.
func (g *Grammar) Commands() []Command { return g.commands }

// Lookup finds a command by its name, one word or two, or by an alias.
func (g *Grammar) Lookup(name string) (*Command, bool) {
	c, ok := g.byName[strings.Join(strings.Fields(name), " ")]
	return c, ok
}

// exact finds the command of which words are the whole name.
func (g *Grammar) exact(words []string) *Command {
	switch len(words) {
	case 1:
		return g.byName[words[0]]
	case 2:
		if len(g.seconds[words[0]]) > 0 {
			return g.byName[words[0]+" "+words[1]]
		}
	}
	return nil
}

// find finds the command that words begin with, and how many of them are its
// name.
func (g *Grammar) find(words []Lexeme) (*Command, int) {
	first, ok := words[0].bare()
	if !ok {
		return nil, 0
	}
	if len(g.seconds[first]) > 0 && len(words) > 1 {
		if second, ok := words[1].bare(); ok {
			if c := g.byName[first+" "+second]; c != nil {
				return c, 2
			}
		}
	}
	if c := g.byName[first]; c != nil {
		return c, 1
	}
	return nil, 0
}

// flag finds a flag of c by its spelling with dashes. negated says that it is
// the --no- form of a Bool.
func (g *Grammar) flag(c *Command, spelling string) (f *Flag, negated bool) {
	if f = g.flags[c][spelling]; f != nil {
		return f, false
	}
	if name, ok := strings.CutPrefix(spelling, "--no-"); ok {
		if f = g.flags[c]["--"+name]; f != nil && f.Type == Bool {
			return f, true
		}
	}
	return nil, false
}

// isTopic reports whether help has something to say about name: a command, the
// first word of some, or a group.
func (g *Grammar) isTopic(name string) bool {
	return g.byName[name] != nil || len(g.seconds[name]) > 0 || slices.Contains(g.groups, name)
}

// topics are all names that isTopic knows.
func (g *Grammar) topics() []string {
	topics := slices.Clone(g.names)
	for _, c := range g.commands {
		if first, _, two := strings.Cut(c.Name, " "); two && !slices.Contains(topics, first) {
			topics = append(topics, first)
		}
	}
	return append(topics, g.groups...)
}

// verbs are the words a statement can begin with, in the order of the list.
func (g *Grammar) verbs() []string {
	var verbs []string
	for _, name := range g.names {
		first, _, _ := strings.Cut(name, " ")
		if !slices.Contains(verbs, first) {
			verbs = append(verbs, first)
		}
	}
	return verbs
}

// cells are the words that a cell of another language can begin with.
func (g *Grammar) cells() []string {
	var names []string
	for i := range g.commands {
		if name := g.commands[i].cellName(); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// route names the commands that lead from a result of kind have to one of
// kind need, first to last: for each kind between them the first command of
// the list that gives it.
func (g *Grammar) route(have, need Kind) []string {
	var route []string
	for k := have + 1; k <= need; k++ {
		for i := range g.commands {
			if c := &g.commands[i]; c.Gives == k && c.Needs < k && c.Needs >= k-1 {
				route = append(route, c.Name)
				break
			}
		}
	}
	return route
}
