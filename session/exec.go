package session

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"gondola/pipeline"
	"gondola/session/lang"
)

// Exec checks the whole source and then runs its statements, one after the
// other; each is committed when it has succeeded. The first failure ends the
// run. Errors: *Failure, whose ExitCode says what kind it is; with UsageError
// nothing was run.
func (s *Session) Exec(ctx context.Context, src Source, sink Sink) error {
	s.running.Lock()
	defer s.running.Unlock()
	sink = oneAtATime(sink)
	s.openHistory(ctx, sink)
	script := s.grammar.Parse(src.Text)
	if diags := s.grammar.Check(script, s.scope(s.state.Load())); diags.Failed() {
		err := &Failure{Source: src, Diagnostics: diags, ExitCode: UsageError}
		s.refused(ctx, src, err, sink)
		return err
	}
	return s.each(ctx, src, script, sink, 0)
}

// each runs the statements of a script one after the other. Each is committed
// and recorded.
func (s *Session) each(ctx context.Context, src Source, script *lang.Script, sink Sink, depth int) error {
	for i := range script.Statements {
		stmt := &script.Statements[i]
		st := s.state.Load().clone()
		note := s.note(src, stmt.Span, sink)
		err := s.statement(ctx, src, stmt, st, s.config.Set, note.sink, depth)
		note.end(ctx, st, stmt, err)
		if err != nil {
			return err
		}
		s.state.Store(st)
	}
	return nil
}

// oneAtATime lets progress, which comes from a goroutine of its own, and the
// other events go to the sink one by one.
func oneAtATime(sink Sink) Sink {
	if sink == nil {
		return func(Event) {}
	}
	var mu sync.Mutex
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		sink(e)
	}
}

// statement runs one statement on st, which is of no use after an error.
func (s *Session) statement(ctx context.Context, src Source, stmt *lang.Statement, st *state, set map[string]string, sink Sink, depth int) error {
	if len(stmt.Steps) > 1 {
		ctx = asOne(ctx, set)
	}
	for i := range stmt.Steps {
		step := &stmt.Steps[i]
		scope := s.scope(st)
		scope.Set = set
		call, diags := s.grammar.Bind(step, scope)
		if diags.Failed() {
			return &Failure{Source: src, Diagnostics: diags, ExitCode: UsageError}
		}
		inv := &invocation{
			session: s, state: st, call: call, sink: sink, source: src, depth: depth,
			text: strings.TrimSpace(step.Text()), lastStep: i == len(stmt.Steps)-1, begun: time.Now(),
		}
		if call.Help {
			inv.page(s.grammar.Help(call.Command, helpWidth))
			continue
		}
		if err := inv.run(ctx, s.runs[call.Command.Name]); err != nil {
			return inv.failure(ctx, err)
		}
	}
	return nil
}

// runFunc runs a command. What it changes it changes in inv.state.
type runFunc func(ctx context.Context, inv *invocation) error

// invocation is one step on its way: what a runFunc works with.
type invocation struct {
	session  *Session
	state    *state
	call     *lang.Call
	sink     Sink
	source   Source
	text     string // of the step
	lastStep bool   // of its statement
	begun    time.Time
	depth    int // of `run` within `run`
}

// run calls fn. A panic of ours costs the statement and not the session.
func (inv *invocation) run(ctx context.Context, fn runFunc) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errInternal, p, debug.Stack())
		}
	}()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fn(ctx, inv)
}

// input returns the result that the step works on. The language has checked
// that there is one of the right kind.
func (inv *invocation) input() (*result, error) {
	r := inv.state.result(inv.call.Input)
	if r == nil || !r.kind.Includes(inv.call.Command.Needs) {
		return nil, fmt.Errorf("%s needs %s", inv.call.Command.Name, inv.call.Command.Needs)
	}
	return r, nil
}

// begin returns the input and the engine.
func (inv *invocation) begin(ctx context.Context) (*result, pipeline.Engine, error) {
	r, err := inv.input()
	if err != nil {
		return nil, nil, err
	}
	engine, err := inv.engine(ctx)
	return r, engine, err
}

func (inv *invocation) engine(ctx context.Context) (pipeline.Engine, error) {
	return inv.session.engine(ctx)
}

// report passes progress on to the sink.
func (inv *invocation) report(p pipeline.Progress) { inv.sink(Progress{p}) }

func (inv *invocation) say(format string, args ...any) {
	inv.sink(Text{Text: fmt.Sprintf(format, args...)})
}

// page shows text that the statement asked for.
func (inv *invocation) page(text string) { inv.sink(Text{Text: text, Asked: true}) }

func (inv *invocation) warn(format string, args ...any) {
	inv.sink(Text{Text: fmt.Sprintf(format, args...), Warn: true})
}

// view shows a table that nobody asked for, unless charts are off.
func (inv *invocation) view(t *pipeline.Table) {
	if inv.state.setting("charts") == "on" {
		inv.sink(Table{Table: t, View: true})
	}
}

// table shows what the statement asked for.
func (inv *invocation) table(t *pipeline.Table) {
	inv.sink(Table{Table: t, Format: inv.format()})
}

func (inv *invocation) format() string {
	if hasFlag(inv.call.Command, "output") {
		return inv.call.String("output")
	}
	return ""
}

func hasFlag(c *lang.Command, name string) bool {
	for i := range c.Flags {
		if c.Flags[i].Name == name {
			return true
		}
	}
	return false
}

// finish makes r the last result, names it, and sends the step's Result. The
// row's columns come in pairs of a column and its value.
func (inv *invocation) finish(r *result, line string, row *pipeline.Table) {
	r.source = inv.text
	name := inv.call.As
	if name == "" {
		name = inv.call.Command.Known
	}
	if r.kind != lang.None {
		inv.state.last = r
		if name != "" {
			inv.state.names[name] = r
		}
	}
	inv.end(r.kind, name, line, row)
}

// end sends the Result of a step that leaves no result behind.
func (inv *invocation) end(kind lang.Kind, name, line string, row *pipeline.Table) {
	elapsed := time.Since(inv.begun)
	whole := pipeline.NewTable("", pipeline.Col("step", pipeline.String), pipeline.Col("name", pipeline.String))
	values := []any{inv.call.Command.Name, nil}
	if name != "" {
		values[1] = name
	}
	if row != nil && len(row.Rows) > 0 {
		whole.Columns = append(whole.Columns, row.Columns...)
		values = append(values, row.Rows[0]...)
	}
	whole.Columns = append(whole.Columns, pipeline.Col("seconds", pipeline.Float))
	whole.Rows = [][]any{append(values, elapsed.Seconds())}
	inv.sink(Result{
		Verb: inv.call.Command.Name, Name: name, Kind: kind, Line: line, Elapsed: elapsed,
		Row: whole, Format: inv.format(), Last: inv.lastStep,
	})
}
