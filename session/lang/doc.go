// Package lang is the command language of gondola: one parser that serves the
// kernel, the terminal and scripts, and with it checks, completion,
// inspection, formatting and help. All of that is made from one list of
// commands, which package session writes down as values of [Command].
//
// The package runs nothing, opens nothing and knows neither engine nor front
// end. Its functions take text and give data, never panic on any text, and
// are fast enough to be called at every key.
//
// # Use
//
// A [Grammar] is made once from the list. A source is parsed, checked whole,
// and then bound and run step by step:
//
//	g, err := lang.NewGrammar(commands())
//	script := g.Parse(src)
//	diags := g.Check(script, scope) // nothing runs when diags.Failed()
//	for _, st := range script.Statements {
//		for i := range st.Steps {
//			call, diags := g.Bind(&st.Steps[i], scopeOfNow)
//			// call.Int("epochs"), call.String("path"), call.Input, call.As
//		}
//	}
//
// When a lower layer refuses a value, [Call.Refuse] gives the diagnostic with
// the place where the user wrote it. [Draw] and [HTML] show diagnostics, and
// [Diagnostic.Record] is their JSON form.
//
// # Syntax
//
//	script    = { line }
//	line      = [ statement { ";" statement } ] [ "#" comment ] NEWLINE
//	statement = step { "|" step }
//	step      = VERB { argument | --flag [value] } [ "as" NAME ]
//	          | "param" NAME "=" default [ "in" a,b,c ]
//	          | VERBATIM-VERB { --flag [value] } [ "as" NAME ] rest of the line
//
// Lines. A single backslash at the end of a line joins it to the next. A step goes on
// after a line that ends in "|", and before a line that begins with "|": no
// statement begins so, hence nothing else can be meant. Lines of comments may
// stand between, blank lines only after a "|" at the end of a line. Inside
// verbatim text only the backslash at the end of the line is special; it
// stands for a line break there.
//
// Words are parted by blanks. "#" begins a comment at the beginning of a word
// only. Quotes, "..." and '...' alike, quote at the beginning of a word, after
// its first "=" and after a comma; elsewhere they are letters, as in men's or
// 12". Inside quotes \n \t \r \" \' \\ \{ \} and \u{e9} are escapes, and a line
// may end. Quotes also tell what is meant: "c17" and "-" are words, where c17
// is a cluster and - the last result, and "--x" is no flag.
//
// Parameters. {name} inserts a parameter, in words, in quotes and in verbatim
// text. "{{", and the "}}" after it, stand for braces. Braces are letters when
// what they enclose is empty, begins with a digit, or has a comma, a blank, a
// quote, a slash or a brace: {a,b} in a path is a glob and \d{2} a pattern. Any
// other {...} is a mistake, as is the name of a parameter that is not there.
// In verbatim text it is left alone. There a value between quotes of SQL is
// escaped ('{name}' stays one text), and one outside quotes is inserted as it
// is.
//
// Names of results and parameters are letters of any script, digits and "_",
// no digit first. as, in and the names of clusters (c17) are taken.
//
// Results. A step works on the last result, or on the one that an argument or
// a flag of type [Result] names. Results come in kinds, each including those
// before it: table, tokens, vectors, clusters, tags; see [Kind].
//
// # Places
//
// A [Span] counts bytes, as do all cursors. Lines and columns count from 1,
// columns in code points ([Position]). [RuneOffset] and [ByteOffset] convert
// for Jupyter, which counts code points.
package lang
