// Package need is how a test asks for something outside the Go toolchain:
// a Python module, the real titles, a browser. What is missing skips the
// test with its reason, and fails it under CI=true, where everything that
// `make test` installs must be there. And it says how large a test may be.
//
// It is imported by tests only.
package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Skip skips the test with reason, or fails it when the environment has
// CI=true: on CI a skipped test is a hole in the net.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("would skip, and CI=true allows no skips: %s", reason)
	}
	t.Skip(reason)
}

// Size returns full, or short with -short. `make test` runs all tests by the
// race detector with -short, where everything takes ten times as long and the
// point is who touches what when, and then all of them at their full size
// without it.
func Size(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}

// Root returns the folder that holds the module's go.mod, found upwards from
// the working directory of the test.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

// Python returns a Python interpreter that can import every one of modules:
// $GONDOLA_PYTHON, or the environment that `make test` sets up in .venv.
func Python(t testing.TB, modules ...string) string {
	t.Helper()
	python := os.Getenv("GONDOLA_PYTHON")
	if python == "" {
		python = filepath.Join(Root(t), ".venv", "bin", "python")
	}
	if _, err := exec.LookPath(python); err != nil {
		Skip(t, "no Python environment at "+python+": run `make test`, or set GONDOLA_PYTHON")
	}
	code := "import sys"
	for _, m := range modules {
		code += "\nimport " + m
	}
	if out, err := exec.CommandContext(t.Context(), python, "-c", code).CombinedOutput(); err != nil {
		Skip(t, python+" cannot import "+strings.Join(modules, ", ")+": "+lastLine(string(out)))
	}
	return python
}

// Jupyter returns a Python interpreter that has JupyterLab, a Python kernel and
// nbconvert: $GONDOLA_JUPYTER_PYTHON, or the environment that `make test` sets up
// in .venv-jupyter.
func Jupyter(t testing.TB) string {
	t.Helper()
	python := os.Getenv("GONDOLA_JUPYTER_PYTHON")
	if python == "" {
		python = filepath.Join(Root(t), ".venv-jupyter", "bin", "python")
	}
	if _, err := exec.LookPath(python); err != nil {
		Skip(t, "no JupyterLab at "+python+": run `make test`, or set GONDOLA_JUPYTER_PYTHON")
	}
	// Found, not imported: JupyterLab takes seconds to import.
	const code = "from importlib.util import find_spec\nfor m in ('jupyterlab', 'ipykernel', 'nbconvert'): assert find_spec(m), 'no ' + m"
	if out, err := exec.CommandContext(t.Context(), python, "-c", code).CombinedOutput(); err != nil {
		Skip(t, python+" is not for notebooks: "+lastLine(string(out)))
	}
	return python
}

// Spark returns a Python interpreter with PySpark and its Java:
// $GONDOLA_SPARK_PYTHON, which SPARK=1 make test sets. It is half a gigabyte, so
// its tests are built with the tag spark only.
func Spark(t testing.TB) string {
	t.Helper()
	python := os.Getenv("GONDOLA_SPARK_PYTHON")
	if python == "" {
		t.Fatal("no PySpark: run SPARK=1 make test, or set GONDOLA_SPARK_PYTHON")
	}
	if out, err := exec.CommandContext(t.Context(), python, "-c", "import pyspark, numpy").CombinedOutput(); err != nil {
		t.Fatal(python + " cannot import pyspark: " + lastLine(string(out)))
	}
	return python
}

// Browser returns the path of Chromium, or of Chrome: $GONDOLA_BROWSER, or the one
// on the path, which `make test` installs where it may.
func Browser(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("GONDOLA_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Skip(t, "no browser: install chromium, or set GONDOLA_BROWSER")
	return ""
}

// Node returns the path of Node.js, and the folder of the packages that
// `make test` fetches for it: $GONDOLA_NODE, or the one on the path.
func Node(t testing.TB, modules ...string) (node, folder string) {
	t.Helper()
	node = os.Getenv("GONDOLA_NODE")
	if node == "" {
		node = "node"
	}
	path, err := exec.LookPath(node)
	if err != nil {
		Skip(t, "no Node.js: install it, or set GONDOLA_NODE")
	}
	folder = filepath.Join(Root(t), "build", "npm", "node_modules")
	for _, m := range modules {
		if _, err := os.Stat(filepath.Join(folder, m, "package.json")); err != nil {
			Skip(t, "no "+m+" in build/npm: run `make test`, or in tools: go run ./assets -dev ../viz/assets ../build/npm")
		}
	}
	return path, folder
}

// Data returns the path of a file of real titles beside the project
// (../shared/data, or $GONDOLA_DATA).
func Data(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("GONDOLA_DATA")
	if dir == "" {
		dir = filepath.Join(Root(t), "..", "shared", "data")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		Skip(t, "no real titles at "+path+": set GONDOLA_DATA to the folder that holds "+name)
	}
	return path
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
