package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
)

// maxDepth bounds scripts that run scripts.
const maxDepth = 16

func runRun(ctx context.Context, inv *invocation) error {
	own := map[string]string{}
	for _, pair := range inv.call.List("set") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return &pipeline.ParamError{Param: "set", Value: pair, Reason: "write name=value"}
		}
		own[name] = value
	}
	file, err := inv.script(ctx, own)
	if err != nil {
		return err
	}
	if err := file.within(ctx, inv); err != nil {
		return err
	}
	if s, ok := lineageChart(inv.state); ok && inv.planning == nil {
		inv.also(true, s)
	}
	file.end(inv)
	return nil
}

// runSource runs the statements of a file as if they were typed here: each
// commits. Inside of what counts as one statement they are part of it.
func runSource(ctx context.Context, inv *invocation) error {
	file, err := inv.script(ctx, nil)
	if err != nil {
		return err
	}
	if inv.one || inv.planning != nil {
		err = file.within(ctx, inv)
	} else {
		inv.sink(offRecord{})
		x := execution{session: inv.session, source: file.src, set: inv.session.config.Set, sink: inv.sink, depth: inv.depth + 1}
		err = x.each(ctx, file.parsed)
		*inv.state = *inv.session.state.Load().clone()
	}
	if err != nil {
		return err
	}
	file.end(inv)
	return nil
}

// scriptFile is a script that was read and checked.
type scriptFile struct {
	src    Source
	parsed *lang.Script
	set    map[string]string // values of its parameters from outside
}

// script reads and checks the file that the step names. own are values of its
// parameters that the step gives.
func (inv *invocation) script(ctx context.Context, own map[string]string) (*scriptFile, error) {
	s := inv.session
	path := inv.call.String("file")
	if inv.depth >= maxDepth {
		return nil, &pipeline.ParamError{Param: "file", Value: path, Reason: fmt.Sprintf("scripts run scripts %d deep: does one run itself?", maxDepth)}
	}
	if s.config.ReadFile == nil {
		return nil, fmt.Errorf("%s: this session reads no files", inv.call.Command.Name)
	}
	text, err := s.config.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &scriptFile{src: Source{Name: path, Text: string(text)}, set: map[string]string{}}
	maps.Copy(f.set, inv.set)
	maps.Copy(f.set, own)
	f.parsed = s.grammar.Parse(f.src.Text)
	scope := s.scope(inv.state)
	scope.Set = maps.Clone(f.set)
	maps.DeleteFunc(scope.Set, func(name, _ string) bool { // may be for another script
		_, given := own[name]
		return !given && !declares(f.parsed, name)
	})
	if diags := s.grammar.Check(f.parsed, scope); diags.Failed() {
		return nil, &Failure{Source: f.src, Diagnostics: diags, ExitCode: UsageError}
	}
	return f, nil
}

// declares says whether a script has a param statement of that name.
func declares(script *lang.Script, name string) bool {
	for _, stmt := range script.Statements {
		for _, step := range stmt.Steps {
			if step.Param == nil {
				continue
			}
			if text, _ := step.Param.Name.Literal(); text == name {
				return true
			}
		}
	}
	return false
}

// within runs the statements as part of the one that names the file.
func (f *scriptFile) within(ctx context.Context, inv *invocation) error {
	x := inv.execution
	x.source, x.set, x.depth, x.one = f.src, f.set, inv.depth+1, true
	for i := range f.parsed.Statements {
		st := inv.state.clone()
		commit, err := x.statement(ctx, &f.parsed.Statements[i], st)
		if err != nil {
			return err
		}
		if commit {
			*inv.state = *st
		}
	}
	return nil
}

func (f *scriptFile) end(inv *invocation) {
	inv.end(lang.None, "", fmt.Sprintf("%s of %s", plural(len(f.parsed.Statements), "statement"), f.src.Name), nil)
}

func runParam(_ context.Context, inv *invocation) error {
	if p := inv.call.Param; p != nil {
		inv.state.setParam(*p)
		line := fmt.Sprintf("%s = %s", p.Name, p.Value)
		if p.Value != inv.call.Default {
			line += " (set from outside; the default is " + inv.call.Default + ")"
		}
		row := pipeline.NewTable("", pipeline.Col("param", pipeline.String), pipeline.Col("value", pipeline.String))
		row.Add(p.Name, p.Value)
		inv.end(lang.None, "", line, row)
		return nil
	}
	t := pipeline.NewTable("parameters", pipeline.Col("param", pipeline.String), pipeline.Col("value", pipeline.String), pipeline.Col("choices", pipeline.Strings))
	for _, p := range inv.state.params {
		var choices any
		if p.Choices != nil {
			choices = p.Choices
		}
		t.Add(p.Name, p.Value, choices)
	}
	inv.table(t)
	return nil
}

// helpWidth is how wide help is filled.
const helpWidth = 100

func runHelp(_ context.Context, inv *invocation) error {
	g := inv.session.grammar
	topic := strings.Join(inv.call.List("topic"), " ")
	switch {
	case inv.call.String("output") == "md":
		inv.page(g.Markdown())
	case topic == "":
		inv.page(g.Overview(helpWidth))
	default:
		text, found := g.HelpOn(topic, helpWidth)
		if !found {
			return &pipeline.ParamError{Param: "topic", Value: topic, Reason: "there is no such command or group; help lists them"}
		}
		rich := ""
		if c, ok := g.Lookup(topic); ok {
			rich = g.CommandMarkdown(c)
		}
		inv.sink(Text{Text: text, Asked: true, Rich: rich})
	}
	return nil
}

// runBash runs a cell of shell.
func runBash(ctx context.Context, inv *invocation) error {
	if inv.session.config.Shell == nil {
		return fmt.Errorf("%s: there is no shell here: %w", inv.call.Command.Name, errors.ErrUnsupported)
	}
	err := inv.session.config.Shell(ctx, inv.call.Raw, func(text string, stderr bool) {
		inv.sink(Stream{Text: text, Stderr: stderr})
	})
	if err != nil {
		return err
	}
	inv.shown = true
	inv.end(lang.None, "", "done", nil)
	return nil
}

// runMarkdown shows a cell of Markdown.
func runMarkdown(_ context.Context, inv *invocation) error {
	inv.sink(Text{Text: inv.call.Raw, Asked: true, Markdown: true})
	return nil
}

// runClear clears what is shown.
func runClear(_ context.Context, inv *invocation) error {
	inv.sink(Clear{Wait: inv.call.Bool("wait")})
	return nil
}
