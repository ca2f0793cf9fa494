//go:build !race

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/session/notebook"
)

// TestTutorials runs the notebooks that are read without being run: what their
// statements say is what is saved.
func TestTutorials(t *testing.T) {
	terminalEnv(t)
	for _, file := range tutorials(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			file, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir() // some write files beside themselves
			out := filepath.Join(dir, "out.ipynb")
			run := exec.CommandContext(t.Context(), program(t), "run", "-q", file, "--to", out, "--assets", "none")
			run.Dir = dir
			if text, err := run.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if d := cmp.Diff(linesOf(t, file), linesOf(t, out)); d != "" {
				t.Errorf("make notebooks writes it anew (-saved +now):\n%s", d)
			}
		})
	}
}

// TestTutorialsInJupyter runs the same notebooks by nbclient, as nbconvert and
// Jupyter do, with the kernel.
func TestTutorialsInJupyter(t *testing.T) {
	j := newJupyter(t)
	var names []string
	for _, file := range tutorials(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		j.Write(t, "root/"+filepath.Base(file), data)
		names = append(names, filepath.Base(file))
	}
	args := []string{"-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", "done"}
	if out, err := j.Run(t, append(args, names...)...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, file := range tutorials(t) {
		done := filepath.Join(j.Dir, "root", "done", filepath.Base(file))
		if d := cmp.Diff(linesOf(t, file), linesOf(t, done)); d != "" {
			t.Errorf("%s (-saved +now):\n%s", filepath.Base(file), d)
		}
	}
}

func tutorials(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "notebooks", "*.ipynb"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d notebooks: %v", len(files), err)
	}
	return files
}

// linesOf are the lines of the statements of a notebook, cell by cell, and its
// errors: without times and the sizes of files, and without what is said only
// where a machine took long.
func linesOf(t *testing.T, file string) (list [][]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was read
	nb, err := notebook.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	figures := regexp.MustCompile(`\((cached, )?([0-9.]+ m?s|[0-9hm]+s)\)|[0-9.]+ m?s|[0-9.]+ [KM]iB`)
	done := regexp.MustCompile(`^[a-z]+: done `)
	for _, c := range nb.Cells {
		var lines []string
		for _, o := range c.Outputs {
			text := o.Text + o.ErrorValue
			if plain, ok := o.Data["text/plain"].(string); ok && o.Data["text/html"] == nil {
				text = plain // a line in the place of the step's progress
			}
			for line := range strings.Lines(text) {
				if !done.MatchString(line) {
					lines = append(lines, figures.ReplaceAllString(strings.TrimSuffix(line, "\n"), "FIGURE"))
				}
			}
		}
		list = append(list, lines)
	}
	return list
}
