//go:build cgo && unix

package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gondola/internal/need"
	"gondola/pipeline"
)

// queryHostile asks for every file in several ways and prints a line for each.
func queryHostile(dir string) int {
	const limit = 4_000_000 << 10
	if err := unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	e, err := New(Options{CacheDir: filepath.Join(os.TempDir(), "cache"), Workers: 2})
	if err == nil {
		err = e.SetLimits(pipeline.Limits{Memory: 1 << 30})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = e.Close() }() // the process ends
	names, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil {
		return 1
	}
	for _, name := range names {
		file := quoteSQL(name)
		tables := map[string]pipeline.Dataset{}
		if ds, err := e.Load(context.Background(), pipeline.Load{URI: name}, nil); err == nil {
			tables["t"] = ds
		}
		for i, sql := range []string{
			"SELECT * FROM " + file,
			"SUMMARIZE SELECT * FROM " + file,
			"SELECT * FROM read_parquet([" + file + "], file_row_number=true, union_by_name=true) LIMIT 5",
			"SELECT * FROM parquet_metadata(" + file + ")",
			"SELECT * FROM t ORDER BY ALL",
			"SELECT * FROM " + resultFunction + "('t') -- t",
		} {
			if i > 3 && tables["t"] == nil {
				continue // refused by load
			}
			begun := time.Now()
			_, err := e.Query(context.Background(), pipeline.Query{SQL: sql, Tables: tables}, nil)
			said := "ok"
			var q *pipeline.QueryError
			switch {
			case errors.As(err, &q):
				said = "refused"
			case err != nil:
				said = "failed"
			}
			fmt.Printf("%s %d %s %d ms %q\n", filepath.Base(name), i, said, time.Since(begun).Milliseconds(), fmt.Sprint(err))
		}
	}
	fmt.Println("alive")
	return 0
}

// TestD1HostileParquetBySQL: no file ends the process, whatever way SQL reads
// it. The child may take 4 GB of address space.
func TestD1HostileParquetBySQL(t *testing.T) {
	t.Parallel() // most of it is the child's work
	dir := need.Data(t, "hostile_parquet")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), hostileChild+"="+dir, "TMPDIR="+t.TempDir())
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err = cmd.Run()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; err != nil || last != "alive" {
		t.Fatalf("the child ended after %s: %v\n%.2000s", last, err, stderr.String())
	}
	count := map[string]int{}
	for _, line := range lines[:len(lines)-1] {
		words := strings.Fields(line)
		count[words[2]]++
		if len(words[3]) > 4 {
			t.Errorf("slow: %s", line)
		}
		if strings.Contains(line, "INTERNAL") || strings.Contains(line, "runtime error") || strings.Contains(line, "goroutine ") {
			t.Errorf("a crash that was caught: %s", line)
		}
	}
	t.Logf("%d questions: %v", len(lines)-1, count)
}
