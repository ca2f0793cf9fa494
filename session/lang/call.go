package lang

import (
	"fmt"
	"strings"
	"time"
)

// Call is one step made ready to run: the command and its arguments and flags
// by name, read by their types, parameters inserted, defaults filled in.
//
// The accessors panic when the command has no argument or flag of that name,
// or one of another type: that is a mistake of the program and not of its
// user.
type Call struct {
	// Command is the command to run.
	Command *Command
	// Span is the whole step, Verb the name of its command.
	Span, Verb Span
	// As is the name the step gives to its result; empty without "as NAME".
	As string
	// Input is the name of the result that the step works on; empty for the
	// last one.
	Input string
	// Help says that the step asks for help and not for a run.
	Help bool
	// Raw is the verbatim text of a command such as sql, parameters inserted,
	// and RawSpan its place. RawPlace finds the place of a part of it.
	Raw     string
	RawSpan Span
	// Param is what a param statement declares; nil for other steps.
	Param *Param
	// Default is the default of that parameter as the script writes it. Its
	// value differs when the scope sets one.
	Default string

	values map[string]Value
	pieces []rawPiece // of Raw
}

// Needs is the least kind of the result that the step works on: what the
// command needs, or a flag of the step instead.
func (c *Call) Needs() Kind {
	for i := range c.Command.Flags {
		if f := &c.Command.Flags[i]; f.Needs != None && c.values[f.Name].isSet {
			return f.Needs
		}
	}
	return c.Command.Needs
}

// IsSet reports whether the user gave the argument or flag.
func (c *Call) IsSet(name string) bool { return c.at(name).isSet }

// Has reports whether the argument or flag has a value: one of the user or a
// default.
func (c *Call) Has(name string) bool {
	v := c.at(name)
	return v.isSet || v.Text != ""
}

// SpanOf says where the argument or flag is written; the command's name when it
// is not.
func (c *Call) SpanOf(name string) Span {
	if v := c.values[name]; v.isSet {
		return v.Span
	}
	return c.Verb
}

// String gives the text of an argument or flag of any type; "" without one.
// The words of a variadic argument are joined by blanks.
func (c *Call) String(name string) string { return c.at(name).Text }

// Int gives an Int, Count or Cluster; 0 without a value.
func (c *Call) Int(name string) int { return int(c.Int64(name)) }

// Int64 gives an Int, Count, Cluster or Size (bytes); 0 without a value.
func (c *Call) Int64(name string) int64 { return c.at(name, Int, Count, Cluster, Size).whole }

// Size gives a number of bytes; 0 without a value.
func (c *Call) Size(name string) int64 { return c.at(name, Size).whole }

// Float gives a Float, Int or Count; 0 without a value.
func (c *Call) Float(name string) float64 { return c.at(name, Float, Int, Count).real }

// Bool gives a Bool; false without a value.
func (c *Call) Bool(name string) bool { return c.at(name, Bool).whole == 1 }

// Sample gives a sample of rows; all rows without a value.
func (c *Call) Sample(name string) SampleSize { return c.at(name, Sample).rows }

// Duration gives a length of time; 0 without a value.
func (c *Call) Duration(name string) time.Duration {
	return time.Duration(c.at(name, Duration).whole)
}

// List gives the items of a List, or the words of a variadic argument.
func (c *Call) List(name string) []string { return c.at(name).list }

// Ref says what a Ref means. text is the word, or the name of the result;
// cluster is the number of the cluster.
func (c *Call) Ref(name string) (to RefTo, text string, cluster int) {
	v := c.at(name, Ref)
	return v.ref, v.Text, int(v.whole)
}

// Each calls f for every argument and flag that has a value, in the order of
// the command.
func (c *Call) Each(f func(name string, v Value)) {
	each := func(name string) {
		if v := c.values[name]; v.isSet || v.Text != "" {
			f(name, v)
		}
	}
	for i := range c.Command.Args {
		each(c.Command.Args[i].Name)
	}
	for i := range c.Command.Flags {
		each(c.Command.Flags[i].Name)
	}
}

// Refuse makes a diagnostic of what a lower layer said about the value of an
// argument or flag, with the place where the user wrote it. reason does not
// repeat the name. A name the command does not have puts it at the verb.
func (c *Call) Refuse(name, reason string) Diagnostic {
	what := name
	for i := range c.Command.Flags {
		if c.Command.Flags[i].Name == name {
			what = c.Command.Flags[i].spelled()
		}
	}
	return Diagnostic{
		Code: "bad-value", Summary: what + ": " + reason, Span: c.SpanOf(name),
		Hint: c.Command.Name + " --help says what it takes",
	}
}

// at gives the value of a name and checks that the program asks for the right
// one.
func (c *Call) at(name string, types ...Type) Value {
	t, ok := c.Command.typeOf(name)
	if !ok {
		panic(fmt.Sprintf("lang: command %s has no argument or flag %q", c.Command.Name, name))
	}
	for _, want := range types {
		if t == want {
			return c.values[name]
		}
	}
	if len(types) > 0 {
		panic(fmt.Sprintf("lang: %s of command %s is a %s", name, c.Command.Name, t))
	}
	return c.values[name]
}

// typeOf is the type of an argument or flag.
func (c *Command) typeOf(name string) (t Type, ok bool) {
	for i := range c.Args {
		if c.Args[i].Name == name {
			return c.Args[i].Type, true
		}
	}
	for i := range c.Flags {
		if c.Flags[i].Name == name {
			return c.Flags[i].Type, true
		}
	}
	return String, false
}

// joined makes one value of the words of a variadic argument.
func joined(vs []Value) Value {
	v := vs[0]
	v.list = nil
	texts := make([]string, len(vs))
	for i := range vs {
		texts[i] = vs[i].Text
		v.Span = v.Span.join(vs[i].Span)
	}
	v.Text, v.list = strings.Join(texts, " "), texts
	return v
}
