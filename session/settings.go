package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
)

// setting is something of the session that `set` changes.
type setting struct {
	name, fallback, summary string
	choices                 []string // nil for a size
}

// settings is the one list of them.
func settings() []setting {
	return []setting{
		{"charts", "on", "show tables and charts of each step without being asked", []string{"on", "off"}},
		{"notebook.assets", string(viz.Inline), "where charts in a notebook take the chart library from: inline carries it with the first chart of a page, cdn asks a pinned address for it, none shows pictures", []string{string(viz.Inline), string(viz.CDN), string(viz.None)}},
		{"memory", "auto", "how much memory steps may take before they spill to disk or refuse; auto is GOMEMLIMIT, or else three quarters of the machine's", nil},
		{"cache", "auto", "how much disk the results that are kept between runs may take; auto is 20 GiB", nil},
	}
}

func settingNames() []string {
	var names []string
	for _, s := range settings() {
		names = append(names, s.name)
	}
	return names
}

// Setting returns the value of a setting as it is now, also while a statement
// runs; empty for a name that is none.
func (s *Session) Setting(name string) string { return s.state.Load().setting(name) }

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

func runSet(ctx context.Context, inv *invocation) error {
	name, value := inv.call.String("setting"), inv.call.String("value")
	if name != "" && inv.call.IsSet("value") {
		if err := checkSetting(name, value); err != nil {
			return &pipeline.ParamError{Param: "value", Value: value, Reason: err.Error()}
		}
		was := inv.state.setting(name)
		if was != value && (name == "memory" || name == "cache") { // the engine knows whether it can do with that
			if _, err := inv.engine(ctx); err != nil {
				return err
			}
		}
		inv.state.settings[name] = value
		if err := inv.limit(); err != nil {
			inv.state.settings[name] = was
			return &pipeline.ParamError{Param: "value", Value: value, Reason: err.Error()}
		}
		inv.end(lang.None, "", fmt.Sprintf("%s is %s", name, inv.spelled(ctx, name)), nil)
		if l, ok := inv.session.engines[LocalEngine].(pipeline.Limiter); ok && name == "memory" {
			if note := l.Limits().Note; note != "" {
				inv.warn("%s", note)
			}
		}
		return nil
	}
	t := pipeline.NewTable("settings", pipeline.Col("setting", pipeline.String), pipeline.Col("value", pipeline.String),
		pipeline.Col("choices", pipeline.String), pipeline.Col("what it does", pipeline.String))
	for _, x := range settings() {
		if name == "" || name == x.name {
			t.Add(x.name, inv.spelled(ctx, x.name), x.offered(), x.summary)
		}
	}
	inv.table(t)
	return nil
}

func (x setting) offered() string {
	if x.choices == nil {
		return "auto, or a size such as 4GiB"
	}
	return strings.Join(x.choices, ", ")
}

func checkSetting(name, value string) error {
	for _, x := range settings() {
		if x.name == name {
			return x.check(value)
		}
	}
	return errors.New("there is no such setting")
}

func (x setting) check(value string) error {
	if x.choices != nil {
		if !slices.Contains(x.choices, value) {
			return errors.New("must be " + strings.Join(x.choices, " or "))
		}
		return nil
	}
	if value == "auto" {
		return nil
	}
	_, err := lang.ParseSize(value)
	return err
}

// limits are the settings that an engine obeys; 0 leaves it to the engine.
func (s *state) limits() pipeline.Limits {
	size := func(name string) int64 {
		n, err := lang.ParseSize(s.setting(name))
		if err != nil { // auto
			return 0
		}
		return n
	}
	return pipeline.Limits{Memory: size("memory"), Kept: size("cache")}
}

// limit passes the limits on to the engine, if it is open; one that is opened
// later gets them then.
func (inv *invocation) limit() error {
	if l, ok := inv.session.engines[LocalEngine].(pipeline.Limiter); ok {
		return l.SetLimits(inv.state.limits())
	}
	return nil
}

// spelled is a setting as it is shown: behind auto stands what that is here.
func (inv *invocation) spelled(ctx context.Context, name string) string {
	value := inv.state.setting(name)
	if value != "auto" {
		return value
	}
	engine, err := inv.engine(ctx)
	l, ok := engine.(pipeline.Limiter)
	if err != nil || !ok {
		return value
	}
	now := l.Limits()
	switch name {
	case "memory":
		return "auto (" + pipeline.Size(now.Memory) + ")"
	case "cache":
		return "auto (" + pipeline.Size(now.Kept) + ")"
	}
	return value
}
