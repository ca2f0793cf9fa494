package session

import (
	"time"

	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
)

// Event is something a statement has to tell: Text, Stream, Table, Chart, Clear,
// Progress, Ask or Result.
type Event interface{ event() }

// Sink receives the events of a statement, in order and from one goroutine at
// a time. A front end shows what it can and degrades the rest; it drops
// nothing silently.
type Sink func(Event)

// Text is a line or a few for a person.
type Text struct {
	Text string
	Warn bool // worth noticing: something left out, a smaller number than asked for
	// Asked marks what the statement was run for: help. Other text is a note.
	Asked bool
	// Markdown says that the text is Markdown, of the user's own.
	Markdown bool
	// Rich is the same as Markdown, for those who can show it; may be empty.
	Rich string
}

// Stream is what a program of the user's has printed: a piece of bytes, which
// may end in the middle of a line and hold what steers a terminal.
type Stream struct {
	Text   string
	Stderr bool
}

// Table is a small table.
type Table struct {
	*pipeline.Table
	// View marks a table that a step shows of its own accord, as it shows a
	// chart. A table without it is what the statement asked for.
	View bool
	// Format is set by -o at the statement; empty means the front end's own.
	Format string
}

// Chart is a picture of an intermediate result.
type Chart struct {
	Spec viz.Spec
	// Asked marks a chart that the statement was run for: plot. Others are what
	// a step shows of its own accord.
	Asked bool
	// Format of the data of a chart that was asked for, set by -o at the
	// statement; empty means the front end's own.
	Format string
}

// Clear takes away what was shown so far: the screen, or the output of a cell,
// with Wait not before there is something new.
type Clear struct{ Wait bool }

// Progress is one look at long work.
type Progress struct {
	pipeline.Progress
}

// Ask is a question. The front end calls Answer before it returns from the
// sink; if it does not, the default is taken, or the statement fails with the
// flag that answers it.
type Ask struct {
	Question string
	Default  string
	Choices  []string
	Flag     string // what answers the question without a person: "--mode overwrite"
	Answer   func(string)
}

// Result ends a step: one line for a person, one row for a program.
type Result struct {
	Verb    string
	Name    string // given by `as`; may be empty
	Kind    lang.Kind
	Line    string // "314,654 rows, 4 columns; title: title, id: id"
	Elapsed time.Duration
	Row     *pipeline.Table // one row: step, name, rows, seconds and what the step counts
	Format  string          // set by -o at the statement
	// Cached says that an earlier run left the result.
	Cached bool
	// Last says that this is the last step of its statement.
	Last bool
	// Shown says that the statement has shown what it was asked for, as a
	// Table before: a program wants no row of figures beside it.
	Shown bool
}

func (Text) event()     {}
func (Stream) event()   {}
func (Clear) event()    {}
func (Table) event()    {}
func (Chart) event()    {}
func (Progress) event() {}
func (Ask) event()      {}
func (Result) event()   {}
