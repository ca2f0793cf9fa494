package lake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/lake"
)

var runFields = []lake.Field{
	{Name: "run", Type: lake.StringType},
	{Name: "n", Type: lake.Int64Type},
	{Name: "day", Type: lake.StringType, Nullable: true},
}

const (
	runBatches   = 4
	rowsPerBatch = 50
)

// writeRun writes the rows of one run, in several parts.
func writeRun(ctx context.Context, s lake.Store, run string, mode lake.Mode, partition bool) (lake.Written, error) {
	options := lake.OutputOptions{Mode: mode, Run: run, PartBytes: 1, Format: lake.JSONL}
	if partition {
		options.Partition = []string{"day"}
	}
	o, err := lake.NewOutput(ctx, s, "lake/out/", runFields, options)
	if err != nil {
		return lake.Written{}, err
	}
	w, err := fill(ctx, o, run)
	if err != nil {
		return w, errors.Join(err, o.Abort())
	}
	return w, o.Abort()
}

func fill(ctx context.Context, o *lake.Output, run string) (lake.Written, error) {
	b := lake.NewBatch(runFields...)
	for k := range runBatches {
		b.Reset()
		for i := range rowsPerBatch {
			b.Columns[0].AppendString(run)
			b.Columns[1].AppendInt(int64(k*rowsPerBatch + i))
			if i == 7 {
				b.Columns[2].AppendNull()
			} else {
				b.Columns[2].AppendString(fmt.Sprintf("day %d/%d", k, i%3))
			}
			b.Rows++
		}
		if err := o.Write(b); err != nil {
			return lake.Written{}, err
		}
	}
	return o.Commit(ctx)
}

// checkOutput follows the manifest and fails the test unless it sees all rows
// of exactly one run; it returns that run, or "" when there is none.
func checkOutput(t *testing.T, s lake.Store) string {
	t.Helper()
	ctx := t.Context()
	m, err := lake.ReadManifest(ctx, s, "lake/out")
	files, expandErr := lake.Expand(ctx, s, "lake/out")
	if errors.Is(err, fs.ErrNotExist) {
		if !errors.Is(expandErr, fs.ErrNotExist) {
			t.Fatalf("no manifest, but Expand gives %v, %v", files, expandErr)
		}
		return ""
	}
	if err != nil || expandErr != nil {
		t.Fatal(err, expandErr)
	}
	if len(files) != len(m.Parts) {
		t.Fatalf("Expand gives %d files, the manifest names %d", len(files), len(m.Parts))
	}
	var seen []int64
	for i, p := range m.Parts {
		if files[i].Name != path.Join("lake/out", p.Name) {
			t.Fatalf("Expand gives %s, the manifest names %s", files[i].Name, p.Name)
		}
		object, err := s.Open(ctx, files[i].Name)
		if err != nil {
			t.Fatal(err)
		}
		data := make([]byte, object.Info().Size)
		if _, err := object.ReadAt(data, 0); err != nil {
			t.Fatal(err)
		}
		if err := object.Close(); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if int64(len(data)) != p.Bytes || hex.EncodeToString(sum[:]) != p.SHA256 {
			t.Fatalf("%s is not the part that the manifest describes", p.Name)
		}
		rows := 0
		for dec := json.NewDecoder(bytes.NewReader(data)); dec.More(); rows++ {
			var line struct {
				Run string
				N   int64
			}
			if err := dec.Decode(&line); err != nil {
				t.Fatal(err)
			}
			if line.Run != m.Run {
				t.Fatalf("a row of run %s in the output of %s", line.Run, m.Run)
			}
			seen = append(seen, line.N)
		}
		if int64(rows) != p.Rows {
			t.Fatalf("%s has %d rows, the manifest says %d", p.Name, rows, p.Rows)
		}
	}
	slices.Sort(seen)
	for i, n := range seen {
		if int64(i) != n {
			t.Fatalf("row %d is missing or there twice", i)
		}
	}
	if len(seen) != runBatches*rowsPerBatch || m.Rows != int64(len(seen)) {
		t.Fatalf("%d rows, the manifest says %d", len(seen), m.Rows)
	}
	return m.Run
}

// leftovers returns what is in the folder beside the output of its manifest.
func leftovers(t *testing.T, s lake.Store) []string {
	t.Helper()
	expected := map[string]bool{}
	if m, err := lake.ReadManifest(t.Context(), s, "lake/out"); err == nil {
		expected["lake/out/_manifest.json"], expected["lake/out/_SUCCESS"] = true, true
		for _, p := range m.Parts {
			expected[path.Join("lake/out", p.Name)] = true
		}
	}
	var left []string
	for info, err := range s.List(t.Context(), "lake", nil) {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if !expected[info.Name] {
			left = append(left, info.Name)
		}
		delete(expected, info.Name)
	}
	for name := range expected {
		left = append(left, "missing: "+name)
	}
	return left
}

func TestOutputFolder(t *testing.T) {
	for _, partition := range []bool{false, true} {
		t.Run(fmt.Sprint(partition), func(t *testing.T) {
			s := lake.File{Dir: t.TempDir()}
			w, err := writeRun(t.Context(), s, "one", "", partition)
			if err != nil {
				t.Fatal(err)
			}
			if !w.Folder || w.Rows != 200 || w.Run != "one" || len(w.Parts) < 4 {
				t.Errorf("written %+v", w)
			}
			if run := checkOutput(t, s); run != "one" {
				t.Errorf("run %q", run)
			}
			if _, err := writeRun(t.Context(), s, "two", lake.ModeError, partition); !errors.Is(err, fs.ErrExist) {
				t.Errorf("second run: %v, want fs.ErrExist", err)
			}
			if _, err := writeRun(t.Context(), s, "three", lake.ModeOverwrite, !partition); err != nil {
				t.Fatal(err)
			}
			if run := checkOutput(t, s); run != "three" {
				t.Errorf("run %q", run)
			}
			if left := leftovers(t, s); left != nil {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestPartitionFolders(t *testing.T) {
	s := lake.NewMem()
	if _, err := writeRun(t.Context(), s, "r", "", true); err != nil {
		t.Fatal(err)
	}
	files, err := lake.Expand(t.Context(), s, "lake/out")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]int{}
	for _, f := range files {
		p := f.Partitions[0]
		if p.Key != "day" || len(f.Partitions) != 1 {
			t.Errorf("partitions %v", f.Partitions)
		}
		values[fmt.Sprint(p.Value, p.Null)]++
	}
	if len(values) != runBatches*3+1 || values["true"] != 1 || values["day 0/2false"] != 1 {
		t.Errorf("values %v", values)
	}
	// The text of a partition pattern is that of the folder.
	files, err = lake.Expand(t.Context(), s, "lake/out/day=day 0%2F*/")
	if err != nil || len(files) != 3 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// Few parts are open at once, however many partitions there are, and no row is
// lost when one is closed and taken up again.
func TestPartitionsBeyondOpenParts(t *testing.T) {
	for name, o := range map[string]lake.OutputOptions{
		"open":   {MaxOpen: 2, PartitionBytes: 1 << 10},
		"memory": {MaxOpen: 3, PartitionBytes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := lake.NewMem()
			o.Partition, o.Run, o.Format = []string{"day"}, "r", lake.JSONL
			out, err := lake.NewOutput(t.Context(), s, "lake/out", runFields, o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fill(t.Context(), out, "r"); err != nil {
				t.Fatal(err)
			}
			if run := checkOutput(t, s); run != "r" {
				t.Errorf("run %q", run)
			}
		})
	}
	out, err := lake.NewOutput(t.Context(), lake.NewMem(), "x", runFields, lake.OutputOptions{Partition: []string{"n"}, MaxPartitions: 10})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fill(t.Context(), out, "r"); err == nil || !strings.Contains(err.Error(), "more than 10 partitions by [n]") {
		t.Errorf("got %v", err)
	}
	if err := out.Abort(); err != nil {
		t.Error(err)
	}
}

func TestOutputFile(t *testing.T) {
	for _, name := range []string{"tags.parquet", "d/tags.csv", "tags.jsonl.gz"} {
		s := lake.File{Dir: t.TempDir()}
		for i, mode := range []lake.Mode{lake.ModeError, lake.ModeOverwrite} {
			o, err := lake.NewOutput(t.Context(), s, name, runFields, lake.OutputOptions{Mode: mode})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Open(t.Context(), name); (err == nil) != (i == 1) {
				t.Errorf("%s before the commit: %v", name, err)
			}
			w, err := fill(t.Context(), o, "r")
			if err != nil || w.Rows != 200 || w.Folder || w.Parts[0].Bytes != w.Bytes {
				t.Fatalf("%+v, %v", w, err)
			}
			object, err := s.Open(t.Context(), name)
			if err != nil || object.Info().Size != w.Bytes {
				t.Fatalf("%s: %v", name, err)
			}
			if err := object.Close(); err != nil {
				t.Fatal(err)
			}
		}
		_, err := lake.NewOutput(t.Context(), s, name, runFields, lake.OutputOptions{})
		if !errors.Is(err, fs.ErrExist) || err.Error() != name+" is already there: choose another name, or overwrite" {
			t.Errorf("got %v", err)
		}
		n := 0
		for info, err := range s.List(t.Context(), "", nil) {
			if n++; err != nil || info.Name != name {
				t.Errorf("%s is there, %v", info.Name, err)
			}
		}
	}
}

func TestOutputRefusals(t *testing.T) {
	s := lake.File{Dir: t.TempDir()}
	put(t, s, "full/others.csv", "a")
	put(t, s, "folder.csv/x", "a")
	put(t, s, "file", "a")
	for _, c := range []struct {
		name string
		o    lake.OutputOptions
		want string
		is   error
	}{
		{"full", lake.OutputOptions{}, "full is not empty, it holds full/others.csv: choose another name", fs.ErrExist},
		{"full/", lake.OutputOptions{Mode: lake.ModeOverwrite}, "full holds full/others.csv, which no manifest names: only what gondola has written is overwritten", fs.ErrExist},
		{"folder.csv", lake.OutputOptions{}, "folder.csv is a folder: end the name in / to write parts into it", fs.ErrExist},
		{"file", lake.OutputOptions{}, "file is a file, not a folder", fs.ErrExist},
		{"x", lake.OutputOptions{Mode: "append"}, `x: mode "append": there are error and overwrite: unsupported operation`, errors.ErrUnsupported},
		{"x", lake.OutputOptions{Partition: []string{"week"}}, `x: no column "week" to partition by`, nil},
		{"x", lake.OutputOptions{Run: "../up"}, `x: run id "../up": letters, digits, - and _ only`, nil},
		{"x.csv", lake.OutputOptions{Format: "xlsx"}, `x.csv: format "xlsx": there are parquet, csv, tsv and jsonl: unsupported operation`, errors.ErrUnsupported},
	} {
		_, err := lake.NewOutput(t.Context(), s, c.name, runFields, c.o)
		if err == nil || err.Error() != c.want || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	for _, partition := range [][]string{nil, {"day"}} {
		s := lake.File{Dir: t.TempDir()}
		ctx, cancel := context.WithCancelCause(t.Context())
		o, err := lake.NewOutput(ctx, s, "lake/out", runFields, lake.OutputOptions{Partition: partition, PartBytes: 1, PartitionBytes: 1})
		if err != nil {
			t.Fatal(err)
		}
		b := lake.NewBatch(runFields...)
		for range 100 {
			b.AppendRow(row(t, runFields, "r", 1, "d"), 0)
		}
		if err := o.Write(b); err != nil {
			t.Fatal(err)
		}
		cause := errors.New("Ctrl-C")
		cancel(cause)
		if err := o.Write(b); !errors.Is(err, cause) {
			t.Errorf("write after the end: %v", err)
		}
		if _, err := o.Commit(ctx); !errors.Is(err, cause) {
			t.Errorf("commit after the end: %v", err)
		}
		for range 2 {
			if err := o.Abort(); err != nil {
				t.Error(err)
			}
		}
		if left := leftovers(t, s); left != nil {
			t.Errorf("left: %v", left)
		}
	}
}

// Bar D13 in the process: a fault at every single call, as an error and as the
// death of the process, leaves the whole of one run to be seen, and the next
// run tidies up.
func TestD13FaultAtEveryCall(t *testing.T) {
	stores := map[string]func() lake.Store{
		"mem":  func() lake.Store { return lake.NewMem() },
		"file": func() lake.Store { return lake.File{Dir: t.TempDir()} },
	}
	for name, create := range stores {
		for _, crash := range []bool{false, true} {
			for _, before := range []bool{false, true} {
				for _, partition := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/crash=%v/overwrite=%v/partition=%v", name, crash, before, partition), func(t *testing.T) {
						// Every call in memory, where it costs nothing; on disk
						// as many as time allows.
						step, points := need.Size(1, 3), 0
						if name == "file" {
							step = need.Size(4, 8)
						}
						for at := 1; faultAt(t, create(), at, crash, before, partition); at += step {
							points++
						}
						if points < 5 {
							t.Errorf("only %d points", points)
						}
					})
				}
			}
		}
	}
}

// faultAt lets the at-th call of a run fail; false means that the run made
// fewer calls.
func faultAt(t *testing.T, s lake.Store, at int, crash, before, partition bool) bool {
	t.Helper()
	old, mode := "", lake.ModeError
	if before {
		old, mode = "old", lake.ModeOverwrite
		if _, err := writeRun(t.Context(), s, old, "", false); err != nil {
			t.Fatal(err)
		}
	}
	f := newFaultStore(s, at, crash)
	w, err := writeRun(t.Context(), f, "new", mode, partition)
	if f.calls < at {
		if err != nil {
			t.Fatal(err)
		}
		return false
	}
	seen := checkOutput(t, s)
	switch {
	case seen != old && seen != "new":
		t.Fatalf("call %d: run %q is seen", at, seen)
	case w.Run != "" && seen != "new":
		t.Fatalf("call %d: the run says that it has committed, %q is seen: %v", at, seen, err)
	case err == nil && seen != "new":
		t.Fatalf("call %d: no error, but %q is seen", at, seen)
	case !crash && w.Run == "" && seen != old:
		t.Fatalf("call %d: the run has failed (%v), but %q is seen", at, err, seen)
	}
	if _, err := writeRun(t.Context(), s, "next", lake.ModeOverwrite, partition); err != nil {
		t.Fatalf("call %d: the next run: %v", at, err)
	}
	if seen := checkOutput(t, s); seen != "next" {
		t.Fatalf("call %d: then run %q is seen", at, seen)
	}
	if left := leftovers(t, s); left != nil {
		t.Fatalf("call %d: left after the next run: %v", at, left)
	}
	return true
}

// Two runs at once: both keep their parts apart, and the later commit wins.
func TestRunsSideBySide(t *testing.T) {
	s := lake.File{Dir: t.TempDir()}
	a, err := lake.NewOutput(t.Context(), s, "lake/out", runFields, lake.OutputOptions{Run: "a", Mode: lake.ModeOverwrite, PartBytes: 1, Format: lake.JSONL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writeRun(t.Context(), s, "b", lake.ModeError, false); err != nil {
		t.Fatal(err)
	}
	if run := checkOutput(t, s); run != "b" {
		t.Errorf("run %q", run)
	}
	if _, err := fill(t.Context(), a, "a"); err != nil {
		t.Fatal(err)
	}
	if run := checkOutput(t, s); run != "a" {
		t.Errorf("run %q", run)
	}
	if left := leftovers(t, s); left != nil {
		t.Errorf("left: %v", left)
	}
	late, err := lake.NewOutput(t.Context(), lake.NewMem(), "lake/out", runFields, lake.OutputOptions{Run: "late"})
	if err != nil {
		t.Fatal(err)
	}
	if err := late.Abort(); err != nil {
		t.Error(err)
	}
}
