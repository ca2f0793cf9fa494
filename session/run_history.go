package session

import (
	"context"
	"strings"

	"gondola/pipeline"
	"gondola/session/history"
	"gondola/session/lang"
)

func runHistory(ctx context.Context, inv *invocation) error {
	file, on := inv.session.history()
	if !on {
		return errNoHistory
	}
	c := inv.call
	if c.Bool("clear") {
		return inv.clearHistory(ctx, file)
	}
	grep, run, n := strings.ToLower(c.String("grep")), c.String("run"), c.Int("n")
	var last []history.Record // the newest, 2n at most
	var total int64
	for r, err := range file.Records(ctx) {
		switch {
		case err != nil:
			return err
		case c.Bool("errors") && r.ExitCode == 0, !strings.HasPrefix(r.Run, run), !strings.Contains(strings.ToLower(r.Statement), grep):
			continue
		}
		total++
		if last = append(last, r); len(last) == 2*n {
			last = append(last[:0], last[n:]...)
		}
	}
	t := pipeline.NewTable("history", pipeline.Col("time", pipeline.Time), pipeline.Col("run", pipeline.String),
		pipeline.Col("statement", pipeline.String), pipeline.Col("name", pipeline.String), pipeline.Col("rows", pipeline.Int),
		pipeline.Col("seconds", pipeline.Float), pipeline.Col("exit_code", pipeline.Int), pipeline.Col("error", pipeline.String))
	for _, r := range last[max(0, len(last)-n):] {
		t.Add(r.Time, r.Run, r.Statement, textOrNil(r.Name), intOrNil(r.Rows), r.Seconds, int64(r.ExitCode), textOrNil(r.Error))
	}
	t.Total = total
	inv.table(t)
	return nil
}

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func intOrNil(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

func (inv *invocation) clearHistory(ctx context.Context, file history.File) error {
	inv.sink(offRecord{})
	if !inv.call.Bool("yes") {
		answer := ""
		inv.sink(Ask{
			Question: "Remove the history of all sessions, " + file.Path + "?", Default: "no", Choices: []string{"yes", "no"}, Flag: "-y",
			Answer: func(s string) { answer = s },
		})
		switch {
		case answer == "yes":
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case answer == "":
			return &pipeline.ParamError{Param: "clear", Value: "without -y", Reason: "nobody is there to be asked: -y clears the history of all sessions"}
		default:
			inv.end(lang.None, "", "the history is as it was", nil)
			return nil
		}
	}
	if err := file.Clear(ctx); err != nil {
		return err
	}
	inv.end(lang.None, "", "the history is empty", nil)
	return nil
}
