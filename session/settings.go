package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
)

// setting is something of the session that `set` changes.
type setting struct {
	name, fallback, summary string
	choices                 []string
}

// settings is the one list of them.
func settings() []setting {
	return []setting{
		{"charts", "on", "show tables and charts of each step without being asked", []string{"on", "off"}},
	}
}

func settingNames() []string {
	var names []string
	for _, s := range settings() {
		names = append(names, s.name)
	}
	return names
}

// setting returns the value of a setting.
func (s *state) setting(name string) string {
	if v, ok := s.settings[name]; ok {
		return v
	}
	for _, x := range settings() {
		if x.name == name {
			return x.fallback
		}
	}
	return ""
}

func runSet(_ context.Context, inv *invocation) error {
	name, value := inv.call.String("setting"), inv.call.String("value")
	if name != "" && inv.call.IsSet("value") {
		for _, x := range settings() {
			if x.name == name && !slices.Contains(x.choices, value) {
				return &pipeline.ParamError{Param: "value", Value: value, Reason: "must be " + strings.Join(x.choices, " or ")}
			}
		}
		inv.state.settings[name] = value
		inv.end(lang.None, "", fmt.Sprintf("%s is %s", name, value), nil)
		return nil
	}
	t := pipeline.NewTable("settings", pipeline.Col("setting", pipeline.String), pipeline.Col("value", pipeline.String),
		pipeline.Col("choices", pipeline.String), pipeline.Col("what it does", pipeline.String))
	for _, x := range settings() {
		if name == "" || name == x.name {
			t.Add(x.name, inv.state.setting(x.name), strings.Join(x.choices, ", "), x.summary)
		}
	}
	inv.table(t)
	return nil
}
