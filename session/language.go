package session

import "gondola/session/lang"

// Complete offers what can stand at the cursor, a byte offset in src. It runs
// nothing and may be called while a statement runs.
func (s *Session) Complete(src string, cursor int) lang.Completion {
	return s.grammar.Complete(src, cursor, s.scope(s.state.Load()))
}

// Inspect explains what stands at the cursor, a byte offset in src; false when
// there is nothing to say.
func (s *Session) Inspect(src string, cursor int) (lang.Inspection, bool) {
	return s.grammar.Inspect(src, cursor, s.scope(s.state.Load()))
}

// IsComplete says whether src can be run as it is, needs more lines, or is
// wrong; and by what the next line is to be indented.
func (s *Session) IsComplete(src string) (lang.Status, string) {
	return s.grammar.IsComplete(src)
}
