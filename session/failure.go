package session

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
)

// The exit codes of a process that runs statements. 3 and 5 are not used.
const (
	StepFailed  = 1   // a step failed
	UsageError  = 2   // parse or check failed: nothing was run
	Unreachable = 4   // an engine or machines do not answer
	Cancelled   = 130 // the user said stop
)

// Failure is why a source did not run to its end: diagnostics with places in
// the source, and the exit code of their kind.
type Failure struct {
	Source      Source
	Diagnostics lang.Diagnostics
	ExitCode    int
	Err         error // the cause; nil for a UsageError
}

// Error returns a line for each diagnostic.
func (f *Failure) Error() string { return f.Diagnostics.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// ExitCode returns the code for what Exec returned: 0 for nil.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	var f *Failure
	if errors.As(err, &f) {
		return f.ExitCode
	}
	return StepFailed
}

// errInternal marks a panic of ours.
var errInternal = errors.New("gondola made a mistake of its own")

// failure gives an error of a step its place in the text, a code and a hint.
func (inv *invocation) failure(ctx context.Context, err error) error {
	var known *Failure
	if errors.As(err, &known) {
		return known // of a script that the step ran
	}
	f := &Failure{Source: inv.source, ExitCode: StepFailed, Err: err}
	d := lang.Diagnostic{Code: "failed", Summary: oneLine(err), Span: inv.call.Verb}
	var param interface {
		error
		ParamName() string
	}
	var query *pipeline.QueryError
	switch {
	case ctx.Err() != nil && (errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err())):
		f.ExitCode = Cancelled
		d.Code, d.Summary, d.Hint = "cancelled", inv.call.Command.Name+" was cancelled", "nothing was changed by it"
	case errors.As(err, &query):
		d.Code, d.Summary, d.Hint = "sql", query.Message, query.Hint
		d.Span = inv.sqlPlace(query.Offset)
		if d.Hint == "" && strings.HasPrefix(inv.call.Raw[min(max(query.Offset, 0), len(inv.call.Raw)):], "|") {
			d.Hint = "the rest of the line is SQL: the next step goes on a line of its own"
		}
	case errors.As(err, &param):
		d.Code = "bad-value"
		d.Span = inv.call.SpanOf(strings.ReplaceAll(param.ParamName(), "_", "-"))
		d.Hint = inv.call.Command.Name + " --help says what it takes"
	case errors.Is(err, errInternal):
		d.Code, d.Hint = "internal", "the session goes on; please report it with the statement"
	case errors.Is(err, fs.ErrNotExist):
		d.Code, d.Hint = "not-found", "check the path; * and ** match files and folders"
	case errors.Is(err, fs.ErrExist):
		d.Code, d.Hint = "exists", "write --mode overwrite replaces it"
	case errors.Is(err, fs.ErrPermission):
		d.Code, d.Hint = "no-permission", "check who may read and write there"
	case errors.Is(err, errors.ErrUnsupported):
		d.Code = "unsupported"
	case errors.Is(err, pipeline.ErrTransient):
		f.ExitCode = Unreachable
		d.Code, d.Hint = "unreachable", "try again; the session is as it was"
	}
	switch d.Code {
	case "failed", "not-found", "exists", "no-permission", "unsupported": // the path is at fault, where there is one
		if args := inv.call.Command.Args; len(args) > 0 && args[0].Type == lang.Path {
			d.Span = inv.call.SpanOf(args[0].Name)
		}
	}
	f.Diagnostics = lang.Diagnostics{d}
	return f
}

// oneLine is the text of an error as one line: the first line of it.
func oneLine(err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return line
}
