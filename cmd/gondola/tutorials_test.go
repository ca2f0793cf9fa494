//go:build !race

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/session/notebook"
)

// TestTutorials runs the notebooks that are read without being run: what their
// statements say is what is saved.
func TestTutorials(t *testing.T) {
	terminalEnv(t)
	files, err := filepath.Glob(filepath.Join("..", "..", "notebooks", "*.ipynb"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.ipynb")
			run := exec.CommandContext(t.Context(), program(t), "run", "-q", file, "--to", out, "--assets", "none")
			if text, err := run.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if d := cmp.Diff(linesOf(t, file), linesOf(t, out)); d != "" {
				t.Errorf("make notebooks writes it anew (-saved +now):\n%s", d)
			}
		})
	}
}

// linesOf are the lines of the statements of a notebook, cell by cell, without
// their times, and how many outputs each has.
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
	times := regexp.MustCompile(`\((cached, )?([0-9.]+ m?s|[0-9hm]+s)\)|[0-9.]+ m?s`)
	for _, c := range nb.Cells {
		var lines []string
		for _, o := range c.Outputs {
			text := o.Text
			if plain, ok := o.Data["text/plain"].(string); ok && o.Data["text/html"] == nil {
				text = plain + "\n" // a line in the place of the step's progress
			}
			if text != "" {
				lines = append(lines, times.ReplaceAllString(text, "TIME"))
			}
		}
		list = append(list, lines)
	}
	return list
}
