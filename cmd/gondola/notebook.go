package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gondola/kernel"
	"gondola/pipeline/simd"
	"gondola/session"
	"gondola/session/lang"
	"gondola/session/notebook"
	"gondola/viz"
)

// isNotebook says whether a file is a notebook of Jupyter, by its name.
func isNotebook(path string) bool { return strings.EqualFold(filepath.Ext(path), ".ipynb") }

// readNotebook reads a notebook of gondola's.
func readNotebook(path string) (*notebook.Notebook, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	nb, err := notebook.Read(f)
	if err == nil {
		err = kernel.CheckLanguage(nb)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb, nil
}

// runNotebook is `gondola run x.ipynb`. With --to the notebook is written with
// what its cells show, whole, also when a cell fails: until there. Without, it
// runs as a script does.
func runNotebook(ctx context.Context, cmd *command, kernels *simd.Kernels, out *printer, stderr io.Writer) error {
	nb, err := readNotebook(cmd.file)
	if err != nil {
		return err
	}
	views := viewsOf(cmd)
	if cmd.to != "" {
		views = session.AllViews
	}
	config := session.Config{HistoryPath: historyPath(cmd), FrontEnd: "batch", Views: views, DryRun: cmd.dryRun}
	if cmd.assets != "" {
		config.Settings = map[string]string{"notebook.assets": cmd.assets}
	}
	s, err := newSession(kernels, config)
	if err != nil {
		return err
	}
	err = func() error {
		if err := kernel.Set(s.Grammar(), nb, cmd.set); err != nil {
			return &session.Failure{ExitCode: session.UsageError, Diagnostics: lang.Diagnostics{{Code: "unknown-param", Summary: err.Error()}}}
		}
		if cmd.to == "" {
			return execCells(ctx, cmd, s, nb, out)
		}
		return executeTo(ctx, cmd, s, nb, stderr)
	}()
	return errors.Join(err, s.Close())
}

// execCells runs the cells one after the other, as the pieces of a script.
func execCells(ctx context.Context, cmd *command, s *session.Session, nb *notebook.Notebook, out *printer) error {
	number := 0
	for i := range nb.Cells {
		if c := &nb.Cells[i]; c.Type == notebook.Code && strings.TrimSpace(c.Source) != "" {
			number++
			if err := s.Exec(ctx, session.Source{Name: fmt.Sprintf("%s, cell %d", cmd.file, number), Text: c.Source}, out.event); err != nil {
				return err
			}
		}
	}
	return nil
}

// executeTo runs the notebook and writes it with its outputs.
func executeTo(ctx context.Context, cmd *command, s *session.Session, nb *notebook.Notebook, stderr io.Writer) error {
	begun := time.Now()
	runner := kernel.NotebookRunner{Session: s}
	if !cmd.quiet && !cmd.noProgress {
		runner.Before = func(cell, cells int, source string) {
			first, _, _ := strings.Cut(strings.TrimSpace(source), "\n")
			fmt.Fprintf(stderr, "cell %d of %d: %s\n", cell, cells, viz.CleanLine(first))
		}
	}
	err := runner.Run(ctx, nb)
	parameters := notebook.Object{}
	for name, value := range cmd.set {
		parameters[name] = value
	}
	nb.SetRun(notebook.Run{
		Input: cmd.file, Output: cmd.to, Parameters: parameters, Start: begun, End: time.Now(), Failed: err != nil, Version: versionNumber(),
	})
	data, broken := nb.Bytes()
	if broken == nil {
		// What ran is kept, also after Ctrl-C.
		broken = writeFile(context.WithoutCancel(ctx), cmd.to, data, true)
	}
	if broken != nil {
		return errors.Join(err, fmt.Errorf("--to %s: %w", cmd.to, broken))
	}
	var cell *kernel.CellError
	var f *session.Failure
	if errors.As(err, &cell) && errors.As(err, &f) {
		named := *f
		if named.Source.Name == "" {
			named.Source.Name = fmt.Sprintf("%s, cell %d", cmd.file, cell.Cell)
		}
		return &named
	}
	return err
}

// convertUsage is how files become each other.
const convertUsage = "gondola convert IN OUT [--force]: a script (.gnd), a notebook (.ipynb) or a note of Zeppelin (.zpln) becomes a script or a notebook"

// runConvert is `gondola convert`.
func runConvert(args []string, stdout, stderr *os.File) int {
	force := false
	var files []string
	for _, a := range args {
		switch {
		case a == "--force":
			force = true
		case a == "--help" || a == "-h":
			fmt.Fprintln(stdout, convertUsage)
			return 0
		case strings.HasPrefix(a, "-"):
			complain(stderr, "convert: there is no flag "+a, convertUsage+"\n")
			return session.UsageError
		default:
			files = append(files, a)
		}
	}
	if len(files) != 2 {
		complain(stderr, "convert wants two files", convertUsage+"\n")
		return session.UsageError
	}
	if err := convert(files[0], files[1], force); err != nil {
		complain(stderr, err.Error(), "")
		return session.StepFailed
	}
	fmt.Fprintf(stdout, "wrote %s\n", viz.CleanLine(files[1]))
	return 0
}

// convert reads one file and writes the other, whole or not at all.
func convert(from, to string, force bool) error {
	s, err := newSession(nil, session.Config{FrontEnd: "batch"})
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // it has opened nothing
	scripts := notebook.Scripts{Whole: func(piece string) bool { return s.Grammar().Parse(piece).Open == lang.Closed }}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.Size() > notebook.MaxSize {
		return fmt.Errorf("%s: %d bytes are more than a notebook may have (%d)", from, info.Size(), notebook.MaxSize)
	}
	text, err := os.ReadFile(filepath.Clean(from))
	if err != nil {
		return err
	}
	var nb *notebook.Notebook
	switch ext := strings.ToLower(filepath.Ext(from)); ext {
	case ".gnd":
		nb, err = scripts.Read(string(text))
	case ".ipynb":
		nb, err = notebook.Read(bytes.NewReader(text))
	case ".zpln", ".json":
		nb, err = notebook.ReadZeppelin(bytes.NewReader(text), lang.Quote)
	default:
		return fmt.Errorf("%s: only .gnd, .ipynb and .zpln can be read", from)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	var data []byte
	switch ext := strings.ToLower(filepath.Ext(to)); ext {
	case ".gnd":
		data = []byte(scripts.Write(nb))
	case ".ipynb":
		if data, err = nb.Bytes(); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
	default:
		return fmt.Errorf("%s: only .gnd and .ipynb can be written", to)
	}
	err = writeFile(context.Background(), to, data, force)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there: --force replaces it", to)
	}
	return err
}
