//go:build linux && !race

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
)

// TestD7BoundedMemory runs all steps on a table and on one of ten times the
// rows under the same limit. What the steps hold grows with the vocabulary and
// not with the rows: the kernel's high-water mark of the second is at most 56
// MiB above that of the first, most of it one full row group on its way into a
// file, and below one and a half times the limit. A title kept in memory with
// its words would take more. The run of 20 million titles is `make scale`.
func TestD7BoundedMemory(t *testing.T) {
	const limit, rows = 128 << 20, 40_000
	folder := t.TempDir()
	gondola := program(t)
	peaks := map[int]int64{}
	for _, n := range []int{rows, 10 * rows} {
		// The receipts are made outside of what is measured, under the same limit.
		table := filepath.Join(folder, fmt.Sprintf("%d.parquet", n))
		made := runLimited(t, gondola, limit, fmt.Sprintf(`load "sample:receipts?n=%d&seed=1" | write %s`, n, table))
		steps := fmt.Sprintf("load %s --title product_title --id item_id\npreprocess --stopwords en\ntrain --vector-size 20 --epochs 1\n"+
			"cluster -k 20 --max-iter 2\ntag\nwrite %s\n", table, filepath.Join(folder, fmt.Sprintf("%d-tags.parquet", n)))
		peaks[n] = runLimited(t, gondola, limit, steps)
		t.Logf("%d rows: peak %d MiB, %d MiB to make them", n, peaks[n]>>20, made>>20)
		if peaks[n] > limit/2*3 || made > limit/2*3 {
			t.Errorf("%d rows: peak %d MiB, and %d MiB to make them, of a limit of %d", n, peaks[n]>>20, made>>20, limit>>20)
		}
	}
	if grown := peaks[10*rows] - peaks[rows]; grown > 56<<20 {
		t.Errorf("%d rows took %d MiB more than %d", 10*rows, grown>>20, rows)
	}
	// Everything is there, by another reader.
	python := need.Python(t, "duckdb")
	out, err := exec.CommandContext(t.Context(), python, "-c", `
import duckdb, sys
folder, n = sys.argv[1:]
print(*duckdb.execute(f"""SELECT count(*), count(*) FILTER (a.item_id IS DISTINCT FROM b.item_id), count(*) FILTER (b.tags IS NULL AND a.product_title IS NOT NULL)
	FROM '{folder}/{n}.parquet' a POSITIONAL JOIN '{folder}/{n}-tags.parquet' b""").fetchone())`, folder, strconv.Itoa(10*rows)).CombinedOutput()
	if want := fmt.Sprintf("%d 0 0", 10*rows); err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("rows, other keys, titles without tags: %s, error %v; want %s", out, err, want)
	}
}

// runLimited runs statements under a memory limit and returns the most memory
// that was resident: VmHWM of /proc/PID/status, which only grows, looked at until
// the process ends. (The figure of wait4 contains that of the parent.)
func runLimited(t *testing.T, gondola string, limit int64, statements string) int64 {
	t.Helper()
	c := exec.CommandContext(t.Context(), gondola, "-", "--no-progress", "--no-history", "-q")
	c.Env = append(os.Environ(), fmt.Sprintf("GOMEMLIMIT=%d", limit), "XDG_CACHE_HOME="+t.TempDir(),
		"GOGC=20", // little garbage: the mark follows what is held
		"GOMAXPROCS=2")
	c.Stdin = strings.NewReader(statements)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	peak := int64(0)
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v: %s", err, out.String())
			}
			if peak == 0 {
				t.Fatal("no VmHWM was read")
			}
			return peak
		case <-look.C:
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid)) // it may have ended
			for line := range strings.Lines(string(status)) {
				if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
					kib, _ := strconv.ParseInt(fields[1], 10, 64)
					peak = max(peak, kib<<10)
				}
			}
		}
	}
}
