//go:build unix

package lake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/lake"
)

// hostileChild names the folder that a child process reads file by file.
const hostileChild = "GONDOLA_LAKE_HOSTILE"

// verdict is what a child says of one file.
type verdict struct {
	File    string
	Rows    int64
	Err     string
	Panic   string
	Seconds float64
	Peak    uint64 // bytes of heap beyond those before
}

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(hostileChild) != "":
		os.Exit(readHostile(os.Getenv(hostileChild)))
	case os.Getenv(killChild) != "":
		os.Exit(writeAndDie(os.Getenv(killChild)))
	}
	os.Exit(m.Run())
}

// readHostile reads every file three times, the others having been read in
// between, and prints a verdict for each.
func readHostile(dir string) int {
	if err := limitMemory(3 << 30); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil {
		return 1
	}
	out := json.NewEncoder(os.Stdout)
	for range 3 {
		for _, name := range names {
			if err := out.Encode(judge(name)); err != nil {
				return 1
			}
		}
		slices.Reverse(names)
	}
	return 0
}

func judge(name string) (v verdict) {
	v.File = filepath.Base(name)
	b, err := os.ReadFile(name)
	if err != nil {
		v.Err = err.Error()
		return v
	}
	runtime.GC()
	before := heap()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				peak <- max(most, heap())
				return
			case <-tick.C:
				most = max(most, heap())
			}
		}
	}()
	start := time.Now()
	defer func() {
		v.Seconds = time.Since(start).Seconds()
		if p := recover(); p != nil {
			v.Panic = fmt.Sprint(p, string(debug.Stack()))
		}
		close(stop)
		if most := <-peak; most > before {
			v.Peak = most - before
		}
	}()
	v.Rows, err = readWhole(context.Background(), b, v.File, 1_000_000)
	if err != nil {
		v.Err = err.Error()
	}
	return v
}

func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64()
}

// readWhole reads every column of a file, up to most rows.
func readWhole(ctx context.Context, b []byte, name string, most int64) (int64, error) {
	f, err := lake.OpenParquet(ctx, bytes.NewReader(b), int64(len(b)), name, lake.Limits{})
	if err != nil {
		return 0, err
	}
	r, err := f.NewReader(nil)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var batch lake.Batch
	rows := int64(0)
	for rows < most {
		err := r.Next(ctx, &batch, 4096)
		if errors.Is(err, io.EOF) {
			if rows != f.NumRows() {
				return rows, fmt.Errorf("%d rows read, the footer says %d", rows, f.NumRows())
			}
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += int64(batch.Rows)
		for i := range batch.Columns {
			c := &batch.Columns[i]
			if c.Len() != batch.Rows || c.Valid != nil && len(c.Valid) != batch.Rows {
				panic(fmt.Sprintf("column %s has %d rows of %d", c.Name, c.Len(), batch.Rows))
			}
			for row := range batch.Rows {
				c.Value(row)
			}
		}
	}
	return rows, nil
}

// Bar D1: a hostile file is one line that names it, within 2 s and 256 MiB.
func TestD1HostileFiles(t *testing.T) {
	dir := need.Data(t, "hostile_parquet")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), hostileChild+"="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the child died: %v\n%s", err, stderr.String())
	}
	if stderr.Len() > 0 {
		t.Errorf("something was printed: %s", stderr.String())
	}
	seen := map[string]verdict{}
	errs := 0
	dec := json.NewDecoder(bytes.NewReader(out))
	for dec.More() {
		var v verdict
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if before, ok := seen[v.File]; ok && (before.Err != v.Err || before.Rows != v.Rows) {
			t.Errorf("%s: first %d rows and %q, then %d rows and %q", v.File, before.Rows, before.Err, v.Rows, v.Err)
		}
		seen[v.File] = v
		if v.Err != "" {
			errs++
		}
		switch {
		case v.Panic != "":
			t.Errorf("%s: panic: %s", v.File, v.Panic)
		case v.Err != "" && (!strings.HasPrefix(v.Err, v.File+": ") || strings.Contains(v.Err, "\n")):
			t.Errorf("%s: not one line that names the file: %s", v.File, v.Err)
		case strings.Contains(v.Err, "cannot be decoded: runtime error"):
			t.Errorf("%s: recovered from a panic: %s", v.File, v.Err)
		case v.Peak > 256<<20:
			t.Errorf("%s: %d MiB of heap", v.File, v.Peak>>20)
		}
		if v.Seconds > 2 {
			t.Errorf("%s: %.1f s", v.File, v.Seconds)
		}
	}
	if len(seen) < 245 {
		t.Errorf("%d files read, there are 245", len(seen))
	}
	t.Logf("%d files, three times each: %d errors", len(seen), errs)
}
