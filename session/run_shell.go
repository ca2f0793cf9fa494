package session

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
)

// maxDepth bounds scripts that run scripts.
const maxDepth = 16

func runRun(ctx context.Context, inv *invocation) error {
	s := inv.session
	path := inv.call.String("file")
	if inv.depth >= maxDepth {
		return &pipeline.ParamError{Param: "file", Value: path, Reason: fmt.Sprintf("scripts run scripts %d deep: does one run itself?", maxDepth)}
	}
	if s.config.ReadFile == nil {
		return fmt.Errorf("run: this session reads no files")
	}
	text, err := s.config.ReadFile(path)
	if err != nil {
		return err
	}
	set := maps.Clone(s.config.Set)
	if set == nil {
		set = map[string]string{}
	}
	for _, pair := range inv.call.List("set") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return &pipeline.ParamError{Param: "set", Value: pair, Reason: "write name=value"}
		}
		set[name] = value
	}
	src := Source{Name: path, Text: string(text)}
	script := s.grammar.Parse(src.Text)
	scope := s.scope(inv.state)
	scope.Set = set
	if diags := s.grammar.Check(script, scope); diags.Failed() {
		return &Failure{Source: src, Diagnostics: diags, ExitCode: UsageError}
	}
	x := execution{session: s, source: src, set: set, sink: inv.sink, depth: inv.depth + 1, planning: inv.planning}
	for i := range script.Statements {
		st := inv.state.clone()
		commit, err := x.statement(ctx, &script.Statements[i], st)
		if err != nil {
			return err
		}
		if commit {
			*inv.state = *st
		}
	}
	inv.end(lang.None, "", fmt.Sprintf("%s of %s", plural(len(script.Statements), "statement"), path), nil)
	return nil
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
		inv.page(text)
	}
	return nil
}
