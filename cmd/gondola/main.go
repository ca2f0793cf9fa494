// Command gondola tags tables of product titles: it runs statements of the
// gondola language from the command line, from scripts and from standard
// input.
//
//	gondola run talk.gnd --set k=50
//	gondola -c 'load titles.tsv.gz | preprocess | train | cluster | tag | show'
//	echo 'help' | gondola -
//
// Results go to standard output and nothing else does; progress, notes and
// errors go to standard error. Exit codes: 0 ok, 1 a step failed, 2 usage
// (nothing was run), 4 engine or machines not reachable, 130 cancelled.
//
// The package is wiring: it parses its own flags, opens a session, and prints
// the session's events.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"gondola/pipeline"
	"gondola/pipeline/local"
	"gondola/pipeline/simd"
	"gondola/session"
	"gondola/viz"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program as a function of its arguments and streams. It returns
// the exit code.
func run(args []string, stdin *os.File, stdout, stderr *os.File) int {
	if len(args) > 0 && args[0] == "kernel" {
		return runKernel(args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "convert" {
		return runConvert(args[1:], stdout, stderr)
	}
	if len(args) == 1 && args[0] == "doctor" {
		return diagnose(stdout)
	}
	cmd, err := parseArgs(args, isTerminal(stdin))
	if err != nil {
		complain(stderr, err.Error(), usageHint)
		return session.UsageError
	}
	switch {
	case cmd.help:
		fmt.Fprint(stdout, usage)
		return 0
	case cmd.version:
		fmt.Fprintln(stdout, versionLine())
		return 0
	}
	if cmd.output == "parquet" && isTerminal(stdout) {
		complain(stderr, "-o parquet is not for a terminal: send it into a file, > out.parquet", "")
		return session.UsageError
	}
	kernels, err := kernelsOf(os.Getenv("GONDOLA_CPU"))
	if err != nil {
		complain(stderr, err.Error(), "")
		return session.UsageError
	}
	var src session.Source
	if !isNotebook(cmd.file) {
		if src, err = cmd.source(stdin); err != nil {
			complain(stderr, err.Error(), "")
			return session.UsageError
		}
	}
	ctx, stop := interruptible()
	defer stop()
	out := newPrinter(stdout, stderr, cmd)
	if isNotebook(cmd.file) {
		err = runNotebook(ctx, cmd, kernels, out, out.stderr)
	} else {
		err = execute(ctx, cmd, kernels, src, out.event)
	}
	if closed := out.finish(); err == nil {
		err = closed
	}
	if err != nil {
		out.fail(err)
	}
	return session.ExitCode(err)
}

// interruptible returns a context that ends at the first Ctrl-C or SIGTERM.
// The second one ends the process as if nobody listened.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// kernelsOf returns the vector kernels that GONDOLA_CPU names. Without a name
// they are the engine's to choose.
func kernelsOf(name string) (*simd.Kernels, error) {
	if name == "" {
		return nil, nil
	}
	k, err := simd.ByName(name)
	if err != nil {
		return nil, fmt.Errorf("GONDOLA_CPU: %w", err)
	}
	return k, nil
}

// newSession adds to a configuration what all front ends have: the engine, the
// files and the shell of this machine.
func newSession(kernels *simd.Kernels, c session.Config) (*session.Session, error) {
	c.Engines = map[string]session.Opener{
		session.LocalEngine: func(context.Context) (pipeline.Engine, error) {
			return local.New(local.Options{Kernels: kernels})
		},
	}
	c.Models = modelStore()
	c.ReadFile, c.WriteFile, c.WriteFolder = os.ReadFile, writeFile, writeFolder
	c.Shell = shell
	c.Version = versionLine()
	return session.New(c)
}

// execute runs the source in a new session.
func execute(ctx context.Context, cmd *command, kernels *simd.Kernels, src session.Source, sink session.Sink) error {
	s, err := newSession(kernels, session.Config{
		Set: cmd.set, DryRun: cmd.dryRun, HistoryPath: historyPath(cmd), FrontEnd: "batch", Views: viewsOf(cmd),
	})
	if err != nil {
		return err
	}
	err = s.Exec(ctx, src, sink)
	return errors.Join(err, s.Close())
}

// viewsOf is how much steps show: to a program, and when asked to be quiet,
// nothing.
func viewsOf(cmd *command) session.Views {
	if cmd.quiet || cmd.output != string(viz.Text) {
		return session.NoViews
	}
	return session.MainViews
}

// source reads what is to be run.
func (c *command) source(stdin io.Reader) (session.Source, error) {
	switch {
	case c.statements != "":
		return session.Source{Text: c.statements}, nil
	case c.file == "-":
		text, err := io.ReadAll(stdin)
		return session.Source{Name: "stdin", Text: string(text)}, err
	}
	text, err := os.ReadFile(c.file)
	return session.Source{Name: c.file, Text: string(text)}, err
}
