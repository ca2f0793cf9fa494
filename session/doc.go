// Package session is the heart of gondola: state, statements and results.
//
// A [Session] reads source text, checks all of it with session/lang against
// the one list of commands, and then runs it statement by statement. A
// statement works on a copy of the state, which is committed when it
// succeeded: what failed or was cancelled changed nothing. What happens is
// told to a [Sink] as events: [Text], [Table], [Chart], [Progress], [Ask] and
// [Result].
//
// The package knows no Jupyter, no terminal, no engine and no cloud. Front
// ends translate events; engines come as openers in [Config].
package session
