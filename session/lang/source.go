package lang

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Span is a piece of a source: bytes Start to End, End excluded. The zero
// Span is no place at all, as for a parameter that --set names.
type Span struct{ Start, End int }

// IsZero reports whether s is no place in the source.
func (s Span) IsZero() bool { return s == Span{} }

// Len is the length of the span in bytes.
func (s Span) Len() int { return s.End - s.Start }

// Contains reports whether the byte offset lies in s or right at its end.
func (s Span) Contains(offset int) bool { return s.Start <= offset && offset <= s.End }

// join is the smallest span that holds both.
func (s Span) join(t Span) Span { return Span{min(s.Start, t.Start), max(s.End, t.End)} }

// in is the text of the span, cut to what src holds.
func (s Span) in(src string) string {
	start := min(max(s.Start, 0), len(src))
	return src[start:min(max(s.End, start), len(src))]
}

// Position gives line and column of a byte offset in src. Both count from 1;
// a column is a code point, not a byte and not a cell of the screen. Lines end
// at "\n". An offset outside src is moved to its nearest end.
func Position(src string, offset int) (line, col int) {
	offset = min(max(offset, 0), len(src))
	before := src[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// RuneOffset turns a byte offset in src into a count of code points, as
// Jupyter's cursor_pos counts.
func RuneOffset(src string, offset int) int {
	return utf8.RuneCountInString(src[:min(max(offset, 0), len(src))])
}

// ByteOffset turns a count of code points into a byte offset in src, and is
// the inverse of RuneOffset. Counts past the end give len(src).
func ByteOffset(src string, runes int) int {
	offset := 0
	for ; runes > 0 && offset < len(src); runes-- {
		_, size := utf8.DecodeRuneInString(src[offset:])
		offset += size
	}
	return offset
}

// lineAt gives the bytes of the line that holds offset, without its "\n" and
// the "\r" before it.
func lineAt(src string, offset int) Span {
	offset = min(max(offset, 0), len(src))
	start := strings.LastIndexByte(src[:offset], '\n') + 1
	end := len(src)
	if i := strings.IndexByte(src[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	for end > start && src[end-1] == '\r' {
		end--
	}
	return Span{start, end}
}

// Severity says whether a diagnostic stops the script.
type Severity int

// The severities.
const (
	// Error stops the script before anything of it runs.
	Error Severity = iota
	// Warning is shown and stops nothing.
	Warning
)

// String is "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one mistake in a source, as data: what, where, what to do.
// Code is a word and stays the same from release to release; Summary and Hint
// are for people and do not end in a full stop. Both may quote the source:
// Draw and HTML clean them, other writers must.
type Diagnostic struct {
	Code     string
	Severity Severity
	Summary  string
	Hint     string
	Span     Span
	// Suggestion is the change that would repair it, if one is known.
	Suggestion Suggestion
}

// Suggestion is a change of the source: Text in place of Span. The zero value
// is no suggestion.
type Suggestion struct {
	Span Span
	Text string
}

// Error is the code and the summary on one line.
func (d Diagnostic) Error() string { return d.Severity.String() + "[" + d.Code + "]: " + d.Summary }

// Record is a diagnostic as -o json writes it. Line and Col are those of
// Position, and 0 when the diagnostic has no place.
type Record struct {
	Code    string `json:"code"`
	Summary string `json:"summary"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Hint    string `json:"hint"`
}

// Record gives the diagnostic as -o json writes it, with its place in src.
func (d Diagnostic) Record(src string) Record {
	r := Record{Code: d.Code, Summary: d.Summary, Hint: d.Hint}
	if !d.Span.IsZero() {
		r.Line, r.Col = Position(src, d.Span.Start)
	}
	return r
}

// Diagnostics is a list of them, in the order of the source.
type Diagnostics []Diagnostic

// maxDiagnostics bounds what one source can give, so that a binary file read
// by mistake does not fill the screen.
const maxDiagnostics = 100

// Failed reports whether one of them is an error.
func (ds Diagnostics) Failed() bool {
	for i := range ds {
		if ds[i].Severity == Error {
			return true
		}
	}
	return false
}

// Err gives the diagnostics as an error, or nil when none of them is one.
func (ds Diagnostics) Err() error {
	if !ds.Failed() {
		return nil
	}
	return ds
}

// Error is one line for each diagnostic.
func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// add appends d unless there are too many already.
func (ds *Diagnostics) add(d Diagnostic) {
	if len(*ds) < maxDiagnostics {
		*ds = append(*ds, d)
	}
}

// sorted orders by place, and is stable for several at one place.
func (ds Diagnostics) sorted() Diagnostics {
	sort.SliceStable(ds, func(i, j int) bool { return ds[i].Span.Start < ds[j].Span.Start })
	return ds
}
