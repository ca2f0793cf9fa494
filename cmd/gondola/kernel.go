package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"gondola/kernel"
	"gondola/kernel/wire"
	"gondola/session"
)

const kernelUsage = `gondola kernel is gondola in Jupyter.

  gondola kernel install [flags]     make it known to Jupyter
  gondola kernel uninstall [flags]   take it away again
  gondola kernel list                where it is installed
  gondola kernel doctor [--name N]   start it, talk to it, and tell what is wrong
  gondola kernel --connection-file F what Jupyter calls

Flags of install and uninstall:
  --user                             for this user (the default)
  --prefix DIR                       below DIR/share/jupyter, such as a Python environment
  --sys-prefix                       in the Python environment that is active
  --system                           for all users: --prefix /usr/local
  --name NAME                        name of the kernel; gondola by default
  --display-name NAME                what Jupyter shows; Gondola by default
`

// kernelCommand is what `gondola kernel` is asked for.
type kernelCommand struct {
	verb        string // "", install, uninstall, list, doctor
	connection  string
	spec        string
	place       kernel.Place
	name        string
	displayName string
}

func parseKernelArgs(args []string, env func(string) (string, bool)) (*kernelCommand, error) {
	c := &kernelCommand{place: kernel.Place{Env: env}}
	if len(args) > 0 && len(args[0]) > 0 && args[0][0] != '-' {
		c.verb, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("gondola kernel", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	var user, system, sysPrefix bool
	switch c.verb {
	case "":
		flags.StringVar(&c.connection, "connection-file", "", "")
		flags.StringVar(&c.connection, "f", "", "")
		flags.StringVar(&c.spec, "kernelspec", "", "")
	case "install", "uninstall":
		flags.BoolVar(&user, "user", false, "")
		flags.BoolVar(&system, "system", false, "")
		flags.BoolVar(&sysPrefix, "sys-prefix", false, "")
		flags.StringVar(&c.place.Prefix, "prefix", "", "")
		flags.StringVar(&c.name, "name", kernel.DefaultName, "")
		if c.verb == "install" {
			flags.StringVar(&c.displayName, "display-name", "Gondola", "")
		}
	case "doctor":
		flags.StringVar(&c.name, "name", "", "")
	case "list":
	default:
		return nil, fmt.Errorf("kernel %s: there are install, uninstall, list and doctor", c.verb)
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("kernel %s: %q is too much", c.verb, flags.Arg(0))
	}
	places := 0
	for _, given := range []bool{user, system, sysPrefix, c.place.Prefix != ""} {
		if given {
			places++
		}
	}
	switch {
	case c.verb == "" && c.connection == "":
		return nil, errors.New("kernel wants --connection-file, or one of install, uninstall, list and doctor")
	case places > 1:
		return nil, errors.New("--user, --prefix, --sys-prefix and --system: give one of them")
	case system:
		c.place.Prefix = kernel.SystemPrefix
	case sysPrefix:
		for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
			if dir, ok := env(name); ok && dir != "" && c.place.Prefix == "" {
				c.place.Prefix = dir
			}
		}
		if c.place.Prefix == "" {
			return nil, errors.New("--sys-prefix: no Python environment is active (VIRTUAL_ENV and CONDA_PREFIX are not set); name it with --prefix")
		}
	}
	return c, nil
}

// runKernel is `gondola kernel`.
func runKernel(args []string, stdout, stderr *os.File) int {
	c, err := parseKernelArgs(args, os.LookupEnv)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, kernelUsage)
		return 0
	}
	if err != nil {
		complain(stderr, err.Error(), "Try gondola kernel --help.\n")
		return session.UsageError
	}
	switch c.verb {
	case "install":
		err = c.install(stdout, stderr)
	case "uninstall":
		var folder string
		if folder, err = kernel.Uninstall(c.place, c.name); err == nil {
			fmt.Fprintf(stdout, "removed %s\n", folder)
		}
	case "list":
		err = listKernels(stdout)
	case "doctor":
		return diagnoseKernel(c.name, stdout)
	default:
		err = c.serve(stderr)
	}
	if err != nil {
		complain(stderr, err.Error(), "")
		return session.StepFailed
	}
	return 0
}

func (c *kernelCommand) install(stdout, stderr io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	folder, notes, err := kernel.Installation{Place: c.place, Name: c.name, DisplayName: c.displayName, Executable: program}.Install()
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "installed %s\n", folder)
	for _, note := range notes {
		fmt.Fprintf(stderr, "note: %s\n", note)
	}
	return nil
}

func listKernels(stdout io.Writer) error {
	list, err := kernel.List(os.LookupEnv)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(stdout, "no kernel is installed: gondola kernel install")
	}
	for _, k := range list {
		note := ""
		if k.Hidden {
			note = "  (hidden by another of this name)"
		}
		fmt.Fprintf(stdout, "%-16s %s%s\n", k.Name, k.Folder, note)
	}
	return nil
}

// serve runs the kernel until Jupyter ends it.
func (c *kernelCommand) serve(stderr io.Writer) error {
	connection, warning, err := wire.ReadConnection(c.connection)
	if err != nil {
		return err
	}
	if warning != "" {
		fmt.Fprintf(stderr, "warning: %s\n", warning)
	}
	kernels, err := kernelsOf(os.Getenv("GONDOLA_CPU"))
	if err != nil {
		return err
	}
	history := historyPath(&command{})
	s, err := newSession(kernels, session.Config{
		HistoryPath: history, FrontEnd: "notebook", Views: session.AllViews, Files: filesBelow,
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ctx, orphaned := context.WithCancelCause(ctx)
	defer orphaned(nil)
	go watchParent(ctx, orphaned)
	err = kernel.Run(ctx, kernel.Options{
		Connection: connection, Session: s, HistoryPath: history, Version: versionNumber(),
		KernelSpec: c.spec, Interrupts: interrupts(ctx), Log: stderr,
	})
	if errors.Is(err, context.Canceled) || errors.Is(err, errOrphaned) {
		err = nil // asked to end
	}
	return errors.Join(err, s.Close())
}

// interrupts gives a value for each SIGINT until ctx ends.
func interrupts(ctx context.Context) <-chan struct{} {
	signals, out := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt)
	go func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			}
			select {
			case <-ctx.Done():
				return
			case out <- struct{}{}:
			}
		}
	}()
	return out
}

// filesBelow lists paths that begin with prefix, for completion: folders end in
// a slash, hidden files are left out unless they are asked for.
func filesBelow(prefix string) []string {
	const most = 200
	dir, base := filepath.Split(prefix)
	if dir == "" {
		dir = "."
	}
	f, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // it was only read
	var paths []string
	for len(paths) < most {
		entries, err := f.ReadDir(most)
		for _, e := range entries {
			name := e.Name()
			if len(name) < len(base) || name[:len(base)] != base || name[0] == '.' && base == "" {
				continue
			}
			if e.IsDir() {
				name += "/"
			}
			paths = append(paths, prefix[:len(prefix)-len(base)]+name)
		}
		if err != nil {
			break
		}
	}
	return paths
}
