//go:build !race

package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gondola/internal/webtest"
)

// newJupyter is a Jupyter of its own in which this program is installed as the
// kernel gondola.
func newJupyter(t *testing.T) *webtest.Jupyter {
	t.Helper()
	j := webtest.NewJupyter(t)
	install := exec.CommandContext(t.Context(), program(t), "kernel", "install")
	install.Env = j.Env()
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return j
}

// TestJupyterKernelTest is jupyter_kernel_test with everything asked: all of it
// passes and nothing is skipped.
func TestJupyterKernelTest(t *testing.T) {
	j := newJupyter(t)
	script, err := filepath.Abs(filepath.Join("testdata", "jupyter", "kernel_test.py"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.Run(t, script)
	if err != nil || !regexp.MustCompile(`Ran 13 tests in .*\n\nOK\n`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNotebookClients runs notebooks by Jupyter's own programs: nbconvert,
// papermill and nbclient's format; a cell that fails makes them fail.
func TestNotebookClients(t *testing.T) {
	j := newJupyter(t)
	write := func(name string, cells ...string) {
		t.Helper()
		var list []webtest.Cell
		for _, c := range cells {
			list = append(list, webtest.Cell{Code: c})
		}
		j.Notebook(t, name, "gondola", "gondola", list...)
	}
	read := func(name string) string {
		t.Helper()
		return j.Read(t, "root/"+name)
	}
	write("good.ipynb", `load "sample:receipts?n=500" as receipts`, "plot receipts --as bar --x vendor", "%%sql\nSELECT count(*) AS n FROM receipts", "param last = 1")
	write("bad.ipynb", "param first = 1", "cluster -k 0", "param last = 1")

	if out, err := j.Run(t, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", "good.ipynb"); err != nil {
		t.Fatalf("nbconvert: %v\n%s", err, out)
	}
	done := read("done.ipynb")
	for _, want := range []string{`"output_type": "execute_result"`, "image/png", "data:image/svg+xml;base64", "param: last = 1", `"file_extension": ".gnd"`} {
		if !strings.Contains(done, want) {
			t.Errorf("the executed notebook has no %s", want)
		}
	}
	if out, err := j.Run(t, "-m", "nbconvert", "--to", "script", "done.ipynb"); err != nil || !strings.Contains(read("done.gnd"), "%%sql\nSELECT count(*)") {
		t.Errorf("--to script: %v\n%s", err, out)
	}
	if out, err := j.Run(t, "-m", "nbconvert", "--to", "latex", "done.ipynb"); err != nil || !strings.Contains(read("done.tex"), "includegraphics") {
		t.Errorf("--to latex: %v\n%s", err, out)
	}

	if out, err := j.Run(t, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "failed.ipynb", "bad.ipynb"); err == nil || !strings.Contains(out, "--k") {
		t.Errorf("a failing cell: %v\n%s", err, out)
	}
	if out, err := j.Run(t, "-m", "papermill", "--no-progress-bar", "good.ipynb", "paper.ipynb"); err != nil || !strings.Contains(read("paper.ipynb"), "param: last = 1") {
		t.Errorf("papermill: %v\n%s", err, out)
	}
	if out, err := j.Run(t, "-m", "papermill", "--no-progress-bar", "bad.ipynb", "paper-bad.ipynb"); err == nil || strings.Contains(read("paper-bad.ipynb"), "param: last") {
		t.Errorf("papermill and a failing cell: %v\n%s", err, out)
	}
}

// TestJupyterConsole types into jupyter console on a terminal: several lines,
// Tab, a question mark, Ctrl-C, and the history of the session before.
func TestJupyterConsole(t *testing.T) {
	j := newJupyter(t)
	script, err := filepath.Abs(filepath.Join("testdata", "jupyter", "console.py"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := j.Run(t, script); err != nil || !strings.HasSuffix(out, "all of it worked\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestK9Restart kills the kernel twenty times while it works, and Jupyter starts
// it again.
func TestK9Restart(t *testing.T) {
	j := newJupyter(t)
	script, err := filepath.Abs(filepath.Join("testdata", "jupyter", "restart.py"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := j.Run(t, script, "20"); err != nil || !strings.HasSuffix(out, "20 restarts\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
