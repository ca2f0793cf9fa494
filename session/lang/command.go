package lang

import "strings"

// Command is the shape of one command of the language: everything about it
// but the function that runs it. Parsing of arguments, checks, completion,
// help and docs/commands.md are made from it and from nothing else, so that
// nothing about a command is written twice.
type Command struct {
	// Name is one word ("train") or two ("model save", "compute launch").
	Name string
	// Aliases are other spellings of the whole name, such as "exit" of "quit".
	Aliases []string
	// Group is the heading under which help and docs list the command. Groups
	// appear in the order of the first command that names them.
	Group string
	// Summary is one sentence: a capital first, a full stop last.
	Summary string
	// Details are further paragraphs, parted by blank lines. Lines that begin
	// with blanks are kept as they are, all others are filled.
	Details string
	// Args are the positional arguments in their order.
	Args []Arg
	// Flags are in the order of help. --help belongs to every command by
	// itself and is not listed.
	Flags []Flag
	// Examples run as they stand.
	Examples []Example
	// Needs is the least kind of the result that the command works on.
	Needs Kind
	// Gives is the kind of its result. With None the result before it stays
	// the last one.
	Gives Kind
	// Known is the name of the result when the statement has no "as NAME",
	// such as "tags" for tag; empty when such a result has no name.
	Known string
	// Verbatim says that the rest of the line is not read as arguments but
	// taken as it stands (sql). Flags and "as NAME" come before that text.
	// Parameters are inserted; in quotes, which are read as those of SQL, a
	// value is escaped, so that it cannot end them. A name or an alias that
	// begins with %% is that of a cell: there the text are the lines below, and
	// arguments may stand beside the name.
	Verbatim bool
	// Literal says that no parameters are inserted into the verbatim text.
	Literal bool
	// Opaque says that nobody can tell before the run which names, parameters
	// and kinds the command leaves behind (source). Checks of those are off
	// for what follows it.
	Opaque bool
	// Mistaken maps first arguments that can never be valid to the command
	// that was meant, such as "up" of cluster to "compute launch".
	Mistaken map[string]string
}

// Arg is a positional argument of a command.
type Arg struct {
	// Name in lower case; help shows it in capitals. It shares one name space
	// with the flags of the command, since Call finds both by name.
	Name string
	// Type says which texts are values, and what completion offers.
	Type Type
	// Of is the type of the items when Type is List.
	Of Type
	// Kind is the least kind of the named result when Type is Result; None
	// stands for what the command needs.
	Kind Kind
	// Optional arguments are filled from left to right, after every required
	// one has got its word.
	Optional bool
	// Variadic, on the last argument only, takes all further words: one at
	// least, or none when it is optional.
	Variadic bool
	// Choices are the only values when Type is Choice.
	Choices []string
	// Summary is one sentence for help.
	Summary string
	// Check is asked after the type is known to be right. Its error does not
	// repeat the argument's name: the language puts that in.
	Check func(value string) error
}

// Flag is a named option of a command, written --name value or --name=value.
// A Bool is written --name, --no-name or --name=off.
type Flag struct {
	// Name is the long name without dashes: "vector-size".
	Name string
	// Short is "", "k", "n", "o" or "y": no other letters are used anywhere.
	Short string
	// Aliases are other long names, such as Spark ML's "max-iter".
	Aliases []string
	// Type says which texts are values, and what completion offers.
	Type Type
	// Of is the type of the items when Type is List.
	Of Type
	// Kind is the least kind of the named result when Type is Result; None
	// stands for what the command needs.
	Kind Kind
	// Default is written as a user would write it; empty for none. A Bool
	// without a default is off.
	Default string
	// Choices are the only values when Type is Choice. With other types they
	// are offered by completion and do not bind.
	Choices []string
	// Min and Max bound a number, count, size or duration, both inclusive,
	// and are written as a user would write the value. A leading ">" or "<"
	// leaves the bound itself out: Min ">0".
	Min, Max string
	// Needs, when the flag is given, stands in for what the command needs: a
	// flag may bring what the result would have to hold. None changes nothing.
	Needs Kind
	// Summary is one sentence for help.
	Summary string
	// Check is asked after type and bounds are known to be right. Its error
	// does not repeat the flag's name: the language puts that in.
	Check func(value string) error
}

// Example is a piece of script that shows a command, and what it does.
type Example struct {
	// Code is one or more statements, run by a test as they stand.
	Code string
	// Note says what the reader sees; may be empty.
	Note string
}

// Kind says how far a result has come. Each kind includes what it was derived
// from: clusters hold the vectors, the tokens and the table below them.
type Kind int

// The kinds in their order.
const (
	// None is no result at all.
	None Kind = iota
	// Table is a dataset: rows with a title column.
	Table
	// Tokens is a preprocessed dataset.
	Tokens
	// Vectors is a trained model over such a dataset.
	Vectors
	// Clusters is that model with its title vectors clustered.
	Clusters
	// Tags is a table of tags, with all of the above.
	Tags
)

// Includes reports whether a result of kind k serves a command that needs
// need.
func (k Kind) Includes(need Kind) bool { return k >= need }

// String names the kind as messages do: "nothing", "a table", "vectors".
func (k Kind) String() string {
	switch k {
	case None:
		return "nothing"
	case Table:
		return "a table"
	case Tokens:
		return "tokens"
	case Vectors:
		return "vectors"
	case Clusters:
		return "clusters"
	case Tags:
		return "tags"
	}
	return "something"
}

// Type is the type of an argument or of a flag's value.
type Type int

// The types. The text in brackets is how a value is written.
const (
	// String is any text.
	String Type = iota
	// Int is a whole number [5, -1, 1_000_000].
	Int
	// Count is a whole number that may be shortened by k, M or G for
	// thousands, millions, milliards [20, 100k, 1.5M].
	Count
	// Float is a number [0.025, 1e-4].
	Float
	// Bool is on or off [on, off, true, false, yes, no, 1, 0].
	Bool
	// Choice is one of Choices.
	Choice
	// Size is a number of bytes [512, 64MB, 4GiB].
	Size
	// Sample is a share of the rows or a number of them [1%, 100k, 5000].
	Sample
	// Duration is a length of time [500ms, 10m, 1h30m, 2d].
	Duration
	// Path is a file, a folder, a glob or a URL [a.csv, s3://lake/x/*].
	Path
	// Result is the name of a result, or "-" for the last one [titles].
	Result
	// Ref is what can be looked at: the name of a result, "-", a cluster, or
	// else a word of the vocabulary; a quoted one is always a word
	// [titles, -, c17, "burrito"].
	Ref
	// Word is a word of the vocabulary [pizza].
	Word
	// Cluster is a cluster of the data by its number [c17].
	Cluster
	// Column is a column of the table worked on [product_title].
	Column
	// List is values parted by commas [a,b,"c d"].
	List
	// Parameter is the name of a parameter [k].
	Parameter
	// Topic is the name of a command or a group of commands, for help.
	Topic
)

// String names the type as docs do: "whole number", "size".
func (t Type) String() string {
	names := [...]string{
		String: "text", Int: "whole number", Count: "count", Float: "number", Bool: "on or off", Choice: "choice",
		Size: "size", Sample: "sample", Duration: "duration", Path: "path", Result: "result", Ref: "reference",
		Word: "word", Cluster: "cluster", Column: "column", List: "list", Parameter: "parameter", Topic: "command",
	}
	if t < 0 || int(t) >= len(names) {
		return "text"
	}
	return names[t]
}

// placeholder is what help shows for a value of the type.
func (t Type) placeholder() string {
	names := [...]string{
		String: "TEXT", Int: "N", Count: "N", Float: "X", Bool: "on|off", Choice: "CHOICE", Size: "SIZE",
		Sample: "1%|100k", Duration: "TIME", Path: "PATH", Result: "RESULT", Ref: "REF", Word: "WORD", Cluster: "C",
		Column: "COLUMN", List: "A,B", Parameter: "PARAM", Topic: "COMMAND",
	}
	if t < 0 || int(t) >= len(names) {
		return "TEXT"
	}
	return names[t]
}

// placeholder is what help shows for the flag's value: its choices when they
// are few and short.
func (f *Flag) placeholder() string {
	if f.Type == Choice {
		if s := strings.Join(f.Choices, "|"); len(s) <= 24 {
			return s
		}
	}
	if f.Type == List && f.Of != String {
		return f.Of.placeholder() + ",..."
	}
	return f.Type.placeholder()
}

// wants names the values of the flag for messages: its choices or its type.
func (f *Flag) wants() string {
	if f.Type == Choice {
		return strings.Join(f.Choices, ", ")
	}
	return f.Type.String()
}

// spelled is how a bound message calls the flag: "--vector-size".
func (f *Flag) spelled() string { return "--" + f.Name }

// asFlag is the argument as a flag without dashes, so that values of both are
// read by the same code.
func (a *Arg) asFlag() *Flag {
	return &Flag{Name: a.Name, Type: a.Type, Of: a.Of, Kind: a.Kind, Choices: a.Choices, Summary: a.Summary, Check: a.Check}
}

// usage is the command as it is written, "load PATH [--flags]", a line for each
// of the two ways of writing verbatim text.
func (c *Command) usage() string {
	text := c.usageAs(c.Name)
	if cell := c.cellName(); cell != "" && cell != c.Name {
		text += "\n" + c.usageAs(cell)
	}
	return text
}

// cellName is the name that begins a cell; empty when none does.
func (c *Command) cellName() string {
	for _, name := range append([]string{c.Name}, c.Aliases...) {
		if isCell(name) {
			return name
		}
	}
	return ""
}

// usageAs is a line: the usage under one of the command's names.
func (c *Command) usageAs(name string) string {
	var b strings.Builder
	b.WriteString(name)
	for i := range c.Args {
		if c.Verbatim && !isCell(name) {
			break
		}
		a := &c.Args[i]
		s := strings.ToUpper(a.Name)
		if a.Variadic {
			s += "..."
		}
		if a.Optional {
			s = "[" + s + "]"
		}
		b.WriteString(" " + s)
	}
	if len(c.Flags) > 0 {
		b.WriteString(" [--flags]")
	}
	switch {
	case isCell(name):
		b.WriteString(", TEXT ON THE LINES BELOW")
	case c.Verbatim:
		b.WriteString(" TEXT TO THE END OF THE LINE")
	}
	return b.String()
}
