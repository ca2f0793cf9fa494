package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"gondola/pipeline"
	"gondola/session/history"
	"gondola/session/lang"
	"gondola/viz"
)

// logged is a statement that succeeded in this session, for save and report.
type logged struct {
	text    string
	made    bool // it made or changed something, and did not only look
	private bool // not to be written anywhere but into a script
	line    string
	took    time.Duration
	results []*result  // that it made
	asked   []viz.Spec // charts and tables that it was run for
	shown   []viz.Spec // charts, also those that its steps showed by themselves
}

// madeResult is a result that a step of the statement made. It goes no further
// than to the note.
type madeResult struct{ *result }

func (madeResult) event() {}

// offRecord is what a step sends that is no part of what the session did:
// save leaves its statement out. It goes no further than to the note.
type offRecord struct{}

func (offRecord) event() {}

// note watches the events of one statement on their way to the front end, for
// the history and for save. Its fields belong to the statement's goroutine;
// progress, which comes from others, passes by.
type note struct {
	session *Session
	text    string // of the statement, with a blank before it if its line begins with one
	begun   time.Time
	next    Sink

	steps  int // that ended with a Result
	name   string
	rows   *int64
	cached bool
	off    bool
	// unrecorded keeps it out of the history.
	unrecorded bool

	line    string
	results []*result
	asked   []viz.Spec
	shown   []viz.Spec
}

// Bounds of what a session keeps of what it showed.
const (
	keptRows   = 1000 // of a table
	keptCharts = 500
)

func (s *Session) note(src Source, span lang.Span, next Sink) *note {
	text := src.Text[span.Start:span.End]
	if line := src.Text[strings.LastIndexByte(src.Text[:span.Start], '\n')+1:]; strings.IndexAny(line, " \t") == 0 {
		text = " " + text
	}
	return &note{session: s, text: text, begun: time.Now(), next: next, unrecorded: src.Unrecorded}
}

// sink is the Sink of the statement.
func (n *note) sink(e Event) {
	switch e := e.(type) {
	case offRecord:
		n.off = true
		return
	case madeResult:
		n.results = append(n.results, e.result)
		return
	case Chart:
		n.shown = append(n.shown, e.Spec)
		if e.Asked {
			n.asked = append(n.asked, e.Spec)
		}
	case Result:
		n.line = e.Line
		n.name = e.Name
		n.cached = (n.cached || n.steps == 0) && inRow(e.Row, "cached") == true
		n.steps++
		if rows, ok := inRow(e.Row, "rows").(int64); ok {
			n.rows = &rows
		}
	case Table:
		if rows := e.Count(); !e.View {
			n.rows = &rows
			n.asked = append(n.asked, viz.Spec{Kind: viz.Grid, Title: e.Title, Data: cutTable(e.Table, keptRows)})
		}
	}
	n.next(e)
}

// cutTable returns the table with so many rows at most.
func cutTable(t *pipeline.Table, rows int) *pipeline.Table {
	if len(t.Rows) <= rows {
		return t
	}
	some := *t
	some.Rows, some.Total = t.Rows[:rows:rows], t.Count()
	return &some
}

// forget drops the charts that were shown longest ago, beyond so many.
func (s *Session) forget() {
	left := keptCharts
	for i := len(s.log) - 1; i >= 0; i-- {
		l := &s.log[i]
		if left -= len(l.shown) + len(l.asked); left < 0 {
			l.shown, l.asked = nil, nil
		}
	}
}

// lastChart is the chart that was shown last, or so many before it.
func (inv *invocation) lastChart(back int) (viz.Spec, bool) {
	lists := [][]viz.Spec{}
	if inv.note != nil {
		lists = append(lists, inv.note.shown)
	}
	for i := len(inv.session.log) - 1; i >= 0; i-- {
		lists = append(lists, inv.session.log[i].shown)
	}
	for _, list := range lists {
		if back < len(list) {
			return list[len(list)-1-back], true
		}
		back -= len(list)
	}
	return viz.Spec{}, false
}

// inRow is the value of a column in the first row; nil when there is none.
func inRow(t *pipeline.Table, column string) any {
	if t == nil || len(t.Rows) == 0 {
		return nil
	}
	for i, c := range t.Columns {
		if c.Name == column {
			return t.Rows[0][i]
		}
	}
	return nil
}

// end writes the statement into the history, and when it succeeded into the
// log of the session.
func (n *note) end(ctx context.Context, st *state, stmt *lang.Statement, err error) {
	if err == nil && !n.off {
		n.session.log = append(n.session.log, logged{
			text: n.session.again(st, stmt, n.text), made: n.steps > 0, private: history.Private(n.text),
			line: n.line, took: time.Since(n.begun), results: n.results, asked: n.asked, shown: n.shown,
		})
		n.session.forget()
	}
	n.write(ctx, err)
}

// again is the text of a statement as it has to be run for the same result. A
// parameter that was set from outside is declared with that value.
func (s *Session) again(st *state, stmt *lang.Statement, text string) string {
	p := st.param(stmt)
	if p == nil {
		return strings.TrimSpace(text)
	}
	if _, outside := s.config.Set[p.Name]; !outside {
		return strings.TrimSpace(text)
	}
	line := "param " + p.Name + " = " + lang.Quote(p.Value)
	mark := " in "
	for _, c := range p.Choices {
		line += mark + lang.Quote(c)
		mark = ","
	}
	return line
}

// param is the parameter that the statement has declared; nil when it is
// another statement.
func (s *state) param(stmt *lang.Statement) *lang.Param {
	if len(stmt.Steps) != 1 || stmt.Steps[0].Param == nil {
		return nil
	}
	name, _ := stmt.Steps[0].Param.Name.Literal()
	for i := range s.params {
		if s.params[i].Name == name {
			return &s.params[i]
		}
	}
	return nil
}

// write writes the history's line. A statement never fails by that: the first
// trouble is told, and ends the history of this session.
func (n *note) write(ctx context.Context, err error) {
	s := n.session
	file, on := s.history()
	if !on || n.unrecorded || history.Private(n.text) {
		return
	}
	r := history.Record{
		Time: n.begun, Run: s.run, Statement: n.text, FrontEnd: s.config.FrontEnd, Engine: LocalEngine,
		Rows: n.rows, Seconds: time.Since(n.begun).Seconds(), ExitCode: ExitCode(err), Name: n.name, Cached: n.cached,
	}
	if err != nil {
		r.Error = oneLine(err)
		if history.HasSecret(r.Error) { // one that a parameter brought in
			r.Error = "(not recorded: looks like a secret)"
		}
	}
	s.historyFailed(file.Append(ctx, r), n.next)
}

// history is the file, and whether there is one.
func (s *Session) history() (file history.File, on bool) {
	return history.File{Path: s.config.HistoryPath}, s.config.HistoryPath != "" && !s.historyOff
}

// openHistory makes the file whole, once: sql may read it, which knows nothing
// of killed writers.
func (s *Session) openHistory(ctx context.Context, sink Sink) {
	if file, on := s.history(); on && !s.historyOpen {
		s.historyOpen = true
		s.historyFailed(file.Repair(ctx), sink)
	}
}

func (s *Session) historyFailed(err error, sink Sink) {
	if err == nil {
		return
	}
	s.historyOff = true
	sink(Text{Warn: true, Text: "no history is kept of this session: " + oneLine(err)})
}

// refused records what was typed and not run. A script file is no statement:
// of one that is refused nothing is recorded.
func (s *Session) refused(ctx context.Context, src Source, err error, sink Sink) {
	if text := strings.TrimRight(strings.Trim(src.Text, "\r\n"), " \t\r\n"); src.Name == "" && text != "" {
		s.note(Source{Text: text, Unrecorded: src.Unrecorded}, lang.Span{End: len(text)}, sink).write(ctx, err)
	}
}

// errNoHistory is why the history cannot be shown.
var errNoHistory = errors.New("this session keeps no history: it is off, or there is no folder for it")
