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
	x := execution{session: s, source: src, set: s.config.Set, sink: sink}
	if s.config.DryRun {
		x.planning = newPlanning()
		defer x.showPlan()
	}
	return x.each(ctx, script)
}

// execution is a source on its way.
type execution struct {
	session  *Session
	source   Source
	set      map[string]string // values of parameters from outside
	sink     Sink
	depth    int       // of `run` within `run`
	one      bool      // what runs is part of one statement, and commits nothing by itself
	planning *planning // nil but in a dry run
	note     *note     // of the statement that is recorded
}

func (x *execution) showPlan() {
	if len(x.planning.table.Rows) > 0 {
		x.sink(Table{Table: x.planning.table})
	}
}

// each runs the statements of a script one after the other. Each is committed
// and recorded.
func (x *execution) each(ctx context.Context, script *lang.Script) error {
	s := x.session
	for i := range script.Statements {
		stmt := &script.Statements[i]
		st := s.state.Load().clone()
		note := s.note(x.source, stmt.Span, x.sink)
		here := *x
		here.sink, here.note = note.sink, note
		commit, err := here.statement(ctx, stmt, st)
		if !commit || x.planning != nil {
			note.off = true
		}
		note.end(ctx, st, stmt, err)
		if err != nil {
			return err
		}
		if commit {
			s.state.Store(st)
		}
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

// statement runs one statement on st, which is of no use after an error, and
// not to be kept when only a plan of this statement was asked for.
func (x *execution) statement(ctx context.Context, stmt *lang.Statement, st *state) (commit bool, err error) {
	s := x.session
	here := *x
	here.one = here.one || len(stmt.Steps) > 1
	if here.planning == nil && dryRun(stmt) {
		here.planning = newPlanning()
		defer func() {
			if err == nil {
				here.showPlan()
			}
		}()
	}
	for i := range stmt.Steps {
		step := &stmt.Steps[i]
		scope := s.scope(st)
		scope.Set = x.set
		call, diags := s.grammar.Bind(step, scope)
		if diags.Failed() {
			return false, &Failure{Source: x.source, Diagnostics: diags, ExitCode: UsageError}
		}
		inv := &invocation{
			execution: here, state: st, call: call,
			text: strings.TrimSpace(step.Text()), lastStep: i == len(stmt.Steps)-1, begun: time.Now(),
		}
		if call.Help {
			inv.sink(Text{Text: s.grammar.Help(call.Command, helpWidth), Asked: true, Rich: s.grammar.CommandMarkdown(call.Command)})
			continue
		}
		if inv.planning != nil && !runsDry(call.Command) {
			inv.skip()
			continue
		}
		if err := inv.run(ctx, s.runs[call.Command.Name]); err != nil {
			return false, inv.failure(ctx, err)
		}
	}
	return here.planning == x.planning, nil
}

// runFunc runs a command. What it changes it changes in inv.state.
type runFunc func(ctx context.Context, inv *invocation) error

// invocation is one step on its way: what a runFunc works with.
type invocation struct {
	execution
	state    *state
	call     *lang.Call
	text     string // of the step
	lastStep bool   // of its statement
	cached   bool   // the step was served from what an earlier run left
	begun    time.Time
	shown    bool // a table that was asked for
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
	if r == nil || !r.kind.Includes(inv.call.Needs()) {
		return nil, fmt.Errorf("%s needs %s", inv.call.Command.Name, inv.call.Needs())
	}
	return r, nil
}

// begin returns the input, which has rows, and the engine.
func (inv *invocation) begin(ctx context.Context) (*result, pipeline.Engine, error) {
	r, err := inv.input()
	if err == nil {
		err = r.hasRows()
	}
	if err != nil {
		return nil, nil, err
	}
	engine, err := inv.engine(ctx)
	return r, engine, err
}

func (inv *invocation) engine(ctx context.Context) (pipeline.Engine, error) {
	return inv.session.engine(ctx, inv.state.limits())
}

// report passes progress on to the sink, as that of the command that was typed:
// an engine calls the work of several commands select.
func (inv *invocation) report(p pipeline.Progress) {
	p.Step = inv.call.Command.Name
	inv.sink(Progress{p})
}

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
	inv.shown = true
	inv.sink(Table{Table: t, Format: inv.format()})
}

func (inv *invocation) format() string {
	if hasFlag(inv.call.Command, "output") {
		return inv.call.String("output")
	}
	return ""
}

// isStep says whether a command is a step of the pipeline: its result can be
// kept, and computed anew.
func isStep(c *lang.Command) bool { return hasFlag(c, "force") }

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
	name := inv.keep(r)
	inv.sink(madeResult{r})
	inv.cached = r.origin().Cached
	inv.end(r.kind, name, line, row)
}

// keep makes r the last result and returns the name that it is stored under.
func (inv *invocation) keep(r *result) string {
	r.name = inv.call.As
	if r.name == "" {
		r.name = inv.call.Command.Known
	}
	if r.kind != lang.None {
		inv.state.last = r
		if r.name != "" {
			inv.state.names[r.name] = r
		}
	}
	return r.name
}

// end sends the Result of a step that leaves no result behind.
func (inv *invocation) end(kind lang.Kind, name, line string, row *pipeline.Table) {
	if inv.planning != nil {
		return // the plan is what a dry run tells
	}
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
	if isStep(inv.call.Command) { // what can be served from an earlier run
		whole.Columns = append(whole.Columns, pipeline.Col("cached", pipeline.Bool))
		values = append(values, inv.cached)
	}
	whole.Columns = append(whole.Columns, pipeline.Col("seconds", pipeline.Float))
	whole.Rows = [][]any{append(values, elapsed.Seconds())}
	inv.sink(Result{
		Verb: inv.call.Command.Name, Name: name, Kind: kind, Line: line, Elapsed: elapsed,
		Row: whole, Format: inv.format(), Last: inv.lastStep, Cached: inv.cached, Shown: inv.shown,
	})
}
