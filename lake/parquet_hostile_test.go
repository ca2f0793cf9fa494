//go:build unix

package lake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"gondola/internal/need"
	"gondola/lake"
)

// hostileChild names what a child process reads: a file, once, or all files
// below a folder, three times each.
const hostileChild = "GONDOLA_LAKE_HOSTILE"

// verdict is what a child says of one file.
type verdict struct {
	File    string
	Rows    int64
	Err     string
	Panic   string
	Seconds float64 // of work
	Peak    uint64  // bytes of heap beyond those before
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

// readHostile prints a verdict for each file that it reads: those of a folder
// three times, the others having been read in between.
func readHostile(path string) int {
	if err := limitMemory(3 << 30); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	out := json.NewEncoder(os.Stdout)
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		if out.Encode(judge(path)) != nil {
			return 1
		}
		return 0
	}
	names, err := hostileNames(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
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

// hostileNames lists the files below a folder: those of a fuzzer have no
// extension, or one that is none.
func hostileNames(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !slices.Contains([]string{".md", ".csv", ".json", ".txt", ".bin", ".py"}, filepath.Ext(name)) {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

func judge(name string) (v verdict) {
	v.File = name
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
	start := cpuTime()
	defer func() {
		v.Seconds = (cpuTime() - start).Seconds()
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
	rows, _, err := readOpened(ctx, b, name, most)
	return rows, err
}

// readOpened is readWhole, and says whether the footer was good. It reads twice,
// the second time with the dictionaries of the file, which must come to the same.
func readOpened(ctx context.Context, b []byte, name string, most int64) (rows int64, opened bool, err error) {
	f, err := lake.OpenParquet(ctx, bytes.NewReader(b), int64(len(b)), name, lake.Limits{})
	if err != nil {
		return 0, false, err
	}
	rows, err = readRows(ctx, f, most)
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapAlloc > 64<<20 {
		runtime.GC() // what the first reading left is not the second one's
	}
	again, dictErr := readRows(ctx, f, most, lake.WithDictionaries())
	if ctx.Err() == nil && ((err == nil) != (dictErr == nil) || err == nil && rows != again) {
		panic(fmt.Sprintf("%d rows, error %v; with dictionaries %d rows, error %v", rows, err, again, dictErr))
	}
	return rows, true, err
}

func readRows(ctx context.Context, f *lake.ParquetFile, most int64, options ...lake.ReaderOption) (rows int64, err error) {
	r, err := f.NewReader(nil, options...)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var batch lake.Batch
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
		batch.Materialise()
		checkBatch(&batch)
	}
	return min(rows, most), nil
}

// checkBatch looks at every value of a batch as a user would. Texts are not
// copied: the memory of a copy is not the reader's.
func checkBatch(b *lake.Batch) {
	for i := range b.Columns {
		c := &b.Columns[i]
		if c.Len() != b.Rows || c.Valid != nil && len(c.Valid) != b.Rows {
			panic(fmt.Sprintf("column %s has %d rows of %d", c.Name, c.Len(), b.Rows))
		}
		for row := range b.Rows {
			if c.Type.Kind == lake.String || c.Type.Kind == lake.Binary {
				_ = c.Str(row)
			} else {
				c.Value(row)
			}
		}
	}
}

// Bar D1: a hostile file is one line that names it, within 2 s and 256 MiB,
// whatever the process has read before. GONDOLA_TEST_PARQUET names a folder of
// more files.
func TestD1HostileFiles(t *testing.T) {
	dir := need.Data(t, "hostile_parquet")
	used := hostileVerdicts(t, dir)
	if len(used) < 245 {
		t.Errorf("%d files read, there are 245", len(used))
	}
	t.Run("fresh process", func(t *testing.T) {
		names, err := hostileNames(dir)
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		turns := make(chan struct{}, runtime.GOMAXPROCS(0))
		for i, name := range names {
			if i%need.Size(1, 10) != 0 {
				continue
			}
			group.Go(func() {
				turns <- struct{}{}
				defer func() { <-turns }()
				for file, v := range hostileVerdicts(t, name) {
					if before := used[file]; before.Err != v.Err || before.Rows != v.Rows {
						t.Errorf("%s: in a used process %d rows and %q, in a fresh one %d rows and %q", file, before.Rows, before.Err, v.Rows, v.Err)
					}
				}
			})
		}
		group.Wait()
	})
	if more := os.Getenv("GONDOLA_TEST_PARQUET"); more == "" {
		t.Log("GONDOLA_TEST_PARQUET is not set: bad_data and the corpus of OSS-Fuzz are not read")
	} else {
		t.Logf("%d more files in %s", len(hostileVerdicts(t, more)), more)
	}
}

// hostileVerdicts has a child read a file or a folder, and judges.
func hostileVerdicts(t *testing.T, path string) map[string]verdict {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Error(err)
		return nil
	}
	cmd := exec.CommandContext(t.Context(), exe)
	// The race detector's library waits a second in the end unless it is told.
	cmd.Env = append(os.Environ(), hostileChild+"="+path, "GORACE=atexit_sleep_ms=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("%s: the child ended by %v and printed %q", filepath.Base(path), err, stderr.String())
	}
	seen := map[string]verdict{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for dec.More() {
		var v verdict
		if err := dec.Decode(&v); err != nil {
			t.Error(err)
			break
		}
		if before, ok := seen[v.File]; ok && (before.Err != v.Err || before.Rows != v.Rows) {
			t.Errorf("%s: first %d rows and %q, then %d rows and %q", v.File, before.Rows, before.Err, v.Rows, v.Err)
		}
		seen[v.File] = v
		switch {
		case v.Panic != "":
			t.Errorf("%s: panic: %s", v.File, v.Panic)
		case v.Err != "" && (!strings.HasPrefix(v.Err, v.File+": ") || strings.IndexFunc(v.Err, unicode.IsControl) >= 0):
			t.Errorf("%s: not one line that names the file: %q", v.File, v.Err)
		case strings.HasPrefix(v.Err, v.File+": footer cannot"), strings.HasPrefix(v.Err, v.File+": a page cannot"):
			t.Errorf("%s: recovered from a panic: %s", v.File, v.Err)
		case v.Peak > 256<<20:
			t.Errorf("%s: %d MiB of heap", v.File, v.Peak>>20)
		}
		if v.Seconds > 2*slowdown {
			t.Errorf("%s: %.1f s", v.File, v.Seconds)
		}
	}
	return seen
}
