package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gondola/pipeline"
	"gondola/session/history"
	"gondola/session/lang"
	"gondola/viz"
)

// Config is what a session is made with. It does not change afterwards.
type Config struct {
	// Engines open the engines by name; one must be called LocalEngine. An
	// engine is opened when a statement first needs it.
	Engines map[string]Opener
	// Set are values of parameters from outside, as of --set k=50: they win
	// over the defaults of param statements.
	Set map[string]string
	// DryRun plans every statement and runs none.
	DryRun bool
	// Models keeps models between sessions; nil keeps none.
	Models pipeline.ModelStore
	// ReadFile reads a script for `run` and `source`.
	ReadFile func(path string) ([]byte, error)
	// WriteFile writes a small file for `save` and `export`, whole or not at
	// all. Unless replace is set, a file that exists is an error that wraps
	// fs.ErrExist.
	WriteFile func(ctx context.Context, path string, data []byte, replace bool) error
	// WriteFolder writes small files into a folder of their own for `share`, all or
	// none. Unless replace is set, a folder that exists is an error that wraps
	// fs.ErrExist; replace puts the new folder in the place of an older one of the
	// same sort, and of no other.
	WriteFolder func(ctx context.Context, path string, files []File, replace bool) error
	// Shell runs a script of the shell and hands out what it prints, from one
	// goroutine at a time, until it and all that it started have ended. nil: there
	// is no shell here.
	Shell func(ctx context.Context, script string, out func(text string, stderr bool)) error
	// Version names the program in reports.
	Version string
	// HistoryPath is the file that every statement is recorded in, see
	// session/history; empty for no history.
	HistoryPath string
	// FrontEnd is what the history calls the front end: "batch", "repl" or
	// "notebook".
	FrontEnd string
	// Views says how much steps show of their own accord.
	Views Views
	// Settings are values that settings begin with in place of their defaults.
	Settings map[string]string
	// Files lists paths that begin with prefix, for completion; may be nil.
	Files func(prefix string) []string
}

// File is a small file of a folder.
type File struct {
	Name string // below the folder, with slashes
	Data []byte
}

// LocalEngine is the name of the engine in this process.
const LocalEngine = "local"

// Opener opens an engine.
type Opener func(ctx context.Context) (pipeline.Engine, error)

// Source is a piece of the language and what to call it in messages: a file
// name, or "" for a line that was typed.
type Source struct {
	Name string
	Text string
	// Unrecorded keeps the statements out of the history.
	Unrecorded bool
}

// Session runs statements and keeps their results. Exec may be called by one
// goroutine at a time; Complete, Inspect, IsComplete and Check may be called
// at any time, also while a statement runs.
type Session struct {
	config  Config
	grammar *lang.Grammar
	runs    map[string]runFunc
	running sync.Mutex
	state   atomic.Pointer[state]
	engines map[string]pipeline.Engine // opened ones; guarded by running

	run         string   // what the history calls this session
	log         []logged // what succeeded; guarded by running, as are the next two
	historyOpen bool     // the file was looked at
	historyOff  bool     // it could not be written

	pictures viz.Pictures
}

// New returns an empty session. The error tells of a mistake in Config.
func New(c Config) (*Session, error) {
	if c.Engines[LocalEngine] == nil {
		return nil, fmt.Errorf("session: no engine called %q", LocalEngine)
	}
	s := &Session{
		config: c, runs: map[string]runFunc{}, engines: map[string]pipeline.Engine{},
		run: history.NewRun(time.Now()),
	}
	var shapes []lang.Command
	for _, cmd := range commands() {
		shapes = append(shapes, cmd.Command)
		s.runs[cmd.Name] = cmd.run
	}
	var err error
	if s.grammar, err = lang.NewGrammar(shapes); err != nil {
		return nil, fmt.Errorf("session: the list of commands: %w", err)
	}
	st := newState()
	for name, value := range c.Settings {
		if err := checkSetting(name, value); err != nil {
			return nil, fmt.Errorf("session: %s %q: %w", name, value, err)
		}
		st.settings[name] = value
	}
	s.state.Store(st)
	return s, nil
}

// Grammar returns the language of the session, for front ends that draw help
// or highlight.
func (s *Session) Grammar() *lang.Grammar { return s.grammar }

// Close closes the engines. Results are lost.
func (s *Session) Close() error {
	s.running.Lock()
	defer s.running.Unlock()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.engines)) {
		errs = append(errs, s.engines[name].Close())
	}
	errs = append(errs, s.pictures.Close())
	clear(s.engines)
	s.state.Store(newState())
	return errors.Join(errs...)
}

// engine returns the open engine, or opens it with limits.
func (s *Session) engine(ctx context.Context, limits pipeline.Limits) (pipeline.Engine, error) {
	if e, ok := s.engines[LocalEngine]; ok {
		return e, nil
	}
	e, err := s.config.Engines[LocalEngine](ctx)
	if err != nil {
		return nil, fmt.Errorf("engine %s: %w", LocalEngine, err)
	}
	if l, ok := e.(pipeline.Limiter); ok {
		if err := l.SetLimits(limits); err != nil {
			return nil, errors.Join(fmt.Errorf("engine %s: %w", LocalEngine, err), e.Close())
		}
	}
	s.engines[LocalEngine] = e
	return e, nil
}

// Run is what the history calls this session.
func (s *Session) Run() string { return s.run }

// Param is the value of a parameter as it is now.
func (s *Session) Param(name string) (value string, ok bool) {
	for _, p := range s.state.Load().params {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// SVG draws a chart as viz.Pictures does, for front ends that show pictures. It
// may be called at any time until Close.
func (s *Session) SVG(ctx context.Context, c viz.Spec, o viz.PictureOptions) (string, error) {
	return s.pictures.SVG(ctx, c, o)
}

// PNG draws a chart as pixels; see SVG.
func (s *Session) PNG(ctx context.Context, c viz.Spec, o viz.PictureOptions) ([]byte, error) {
	return s.pictures.PNG(ctx, c, o)
}

// Check checks a whole source against the session and runs nothing.
func (s *Session) Check(src Source) lang.Diagnostics {
	return s.grammar.Check(s.grammar.Parse(src.Text), s.scope(s.state.Load()))
}

// scope is what the language may know of a state.
func (s *Session) scope(st *state) *lang.Scope {
	scope := &lang.Scope{Params: st.params, Set: s.config.Set, Files: s.config.Files}
	if st.last != nil {
		scope.Last = st.last.kind
	}
	for _, name := range slices.Sorted(maps.Keys(st.names)) {
		r := st.names[name]
		scope.Results = append(scope.Results, lang.Named{Name: name, Kind: r.kind, Detail: r.detail()})
	}
	scope.Columns = func(name string) []string {
		if r := st.result(name); r != nil && r.dataset != nil {
			return r.dataset.Schema().Names()
		}
		return nil
	}
	scope.Words = func(prefix string, limit int) []string {
		if st.last != nil && st.last.words != nil {
			return st.last.words.WordsByPrefix(prefix, limit)
		}
		return nil
	}
	scope.Clusters = func(name string) int {
		if r := st.result(name); r != nil && r.clusters != nil {
			return r.clusters.K()
		}
		return 0
	}
	return scope
}
