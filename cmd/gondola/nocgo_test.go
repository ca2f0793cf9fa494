//go:build !race

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWithoutCgo builds the program without a C compiler: what needs DuckDB
// says so, all else works. It takes some seconds, for the build.
func TestWithoutCgo(t *testing.T) {
	program := filepath.Join(t.TempDir(), "gondola")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(script string) (stdout, stderr string, code int) {
		cmd := exec.CommandContext(t.Context(), program, "-q", "-o", "csv", "-c", script)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir(), "XDG_DATA_HOME="+t.TempDir())
		if err := os.WriteFile(filepath.Join(cmd.Dir, "t.csv"), []byte("id,title\n1,tea\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Run() // the code tells
		return out.String(), errs.String(), cmd.ProcessState.ExitCode()
	}
	const works = `load "sample:receipts?n=300" | write t.parquet
load t.parquet | preprocess | show -n 1 --columns tokens`
	if out, errs, code := run(works); code != 0 || !strings.HasPrefix(out, "tokens\n") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	for _, script := range []string{"sql SELECT 1", "load t.csv"} {
		if out, errs, code := run(script); code != 1 || out != "" || !strings.Contains(errs, "was built without cgo and so without DuckDB") {
			t.Errorf("%s: code %d\n%s%s", script, code, out, errs)
		}
	}
}
