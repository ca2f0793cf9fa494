package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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
		switch answer {
		case "yes":
		case "":
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

func runSave(ctx context.Context, inv *invocation) error {
	inv.sink(offRecord{})
	path := inv.call.String("file")
	if ext := filepath.Ext(path); ext != ".gnd" {
		return &pipeline.ParamError{Param: "file", Value: path, Reason: "give the script a name that ends in .gnd"}
	}
	var statements []string
	for _, l := range inv.session.log {
		if l.made || inv.call.Bool("all") {
			statements = append(statements, l.text)
		}
	}
	if len(statements) == 0 {
		return errors.New("there is nothing to save: no statement of this session has made anything")
	}
	text, err := inv.session.asScript(statements)
	if err != nil {
		return err
	}
	for i, s := range statements {
		if history.HasSecret(s) {
			inv.warn("statement %d of %s looks like it holds a secret", i+1, path)
		}
	}
	if err := inv.writeFile(ctx, path, []byte(text)); err != nil {
		return err
	}
	row := pipeline.NewTable("", pipeline.Col("path", pipeline.String), pipeline.Col("statements", pipeline.Int))
	row.Add(path, int64(len(statements)))
	inv.end(lang.None, "", fmt.Sprintf("%s to %s", plural(len(statements), "statement"), path), row)
	return nil
}

// asScript writes statements one below the other, and reads them again to see
// that they are the same.
func (s *Session) asScript(statements []string) (string, error) {
	var b strings.Builder
	for _, text := range statements {
		b.WriteString(text)
		if strings.HasSuffix(text, `\`) {
			b.WriteString(" ;") // the backslash is a letter and joins no lines
		}
		b.WriteByte('\n')
	}
	script := s.grammar.Parse(b.String())
	same := len(script.Statements) == len(statements) && len(script.Diagnostics) == 0
	for i := range statements {
		same = same && script.Text(script.Statements[i].Span) == statements[i]
	}
	if !same {
		return "", fmt.Errorf("%w: the script does not read as the statements that it was made of", errInternal)
	}
	return b.String(), nil
}
