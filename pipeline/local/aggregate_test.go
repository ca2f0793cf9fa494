//go:build unix

package local

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"gondola/pipeline"
)

// TestSpilledSelections asks the same with much memory and with little: what
// spills gives the same groups, in the same order, with the same figures.
func TestSpilledSelections(t *testing.T) {
	e, err := New(Options{CacheDir: t.TempDir(), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	ds, err := e.Load(t.Context(), pipeline.Load{URI: "sample:receipts?n=10000&seed=3", Title: "product_title"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	clean, err := e.Transform(t.Context(), ds, pipeline.Preprocess{StopWords: "en", Numbers: "drop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	every := []pipeline.Measure{
		{Func: pipeline.Count},
		{Func: pipeline.Distinct, Column: "product_title"},
		{Func: pipeline.Median, Column: "price"},
		{Func: pipeline.P99, Column: "price"},
		{Func: pipeline.P99, Column: "product_title"},
		{Func: pipeline.Distinct, Column: "price"},
		{Func: pipeline.Min, Column: "dt"},
		{Func: pipeline.Max, Column: "price"},
		{Func: pipeline.Mean, Column: "price"},
		{Func: pipeline.Sum, Column: "quantity"},
		{Func: pipeline.Nulls, Column: "brand"},
		{Func: pipeline.Empty, Column: "brand"},
	}
	for name, s := range map[string]pipeline.Selection{
		"one group":     {Measures: every},
		"a few groups":  {By: []string{"department"}, Measures: every},
		"many groups":   {By: []string{"product_title"}, Measures: every, Limit: 5000},
		"three columns": {By: []string{"brand", "price", "dt"}, Measures: every[:3], Limit: 5000},
		"by a rank":     {By: []string{"product_title"}, Measures: every, Sort: []pipeline.Order{{Column: "median_price", Desc: true}}, Limit: 50},
		"by a key":      {By: []string{"item_id"}, Measures: every[:2], Sort: []pipeline.Order{{Column: "item_id"}}, Limit: 1000},
		"words":         {Explode: "tokens", By: []string{"tokens"}, Measures: every[:5], Limit: 3000},
		"a sample":      {By: []string{"product_title"}, Measures: every[:4], Sample: pipeline.Share{Fraction: 0.5}, Seed: 9},
		"some rows":     {By: []string{"receipt_id"}, Measures: every[:4], Where: &pipeline.Equal{Column: "department", Value: "Grocery"}},
	} {
		t.Run(name, func(t *testing.T) {
			auto := e.memoryLimit.Load()
			want, err := e.Select(t.Context(), clean, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			phases := map[string]bool{}
			e.memoryLimit.Store(512 << 10) // less than SetLimits allows: 64 KiB of groups, 32 KiB of values
			defer e.memoryLimit.Store(auto)
			got, err := e.Select(t.Context(), clean, s, func(p pipeline.Progress) { phases[p.Phase] = true })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("with little memory (-much +little):\n%.4000s", diff)
			}
			spilled := false
			for phase := range phases { // the last one is always reported
				spilled = spilled || strings.HasPrefix(phase, "spilled ")
			}
			if !spilled && want.Total > 0 {
				t.Errorf("nothing was spilled, or it was not said: phases %v", phases)
			}
			noSpill(t, e.work)
		})
	}
}

func noSpill(t *testing.T, work *workFolder) {
	t.Helper()
	files, err := os.ReadDir(work.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "-rows") || strings.HasSuffix(f.Name(), "-tally") {
			t.Errorf("%s is left", f.Name())
		}
	}
}

// newGrouping groups rows of a number and a text by the text, with little memory.
func newGrouping(t *testing.T) (*grouping, *workFolder) {
	t.Helper()
	work := testWork(t)
	m := startMeter(nil, "", "", 0)
	t.Cleanup(m.end)
	a := &aggregation{
		work: work, by: []int{1}, of: []int{0}, measures: []pipeline.Measure{{Func: pipeline.Distinct, Column: "n"}},
		groupBytes: 1000, tallyBytes: 1000, meter: m,
	}
	return a.level(0), work
}

func TestCancelledSpillLeavesNothing(t *testing.T) {
	errStop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	g, work := newGrouping(t)
	for i := range 5000 {
		if err := g.add(int64(i), []any{int64(i), strings.Repeat("x", i%100)}); err != nil {
			t.Fatal(err)
		}
	}
	if g.rest == nil || len(g.tally.runs) == 0 {
		t.Fatal("nothing was spilled")
	}
	cancel(errStop)
	if err := g.finish(ctx, func([]any, int64) {}); !errors.Is(err, errStop) {
		t.Errorf("error %v, want %v", err, errStop)
	}
	g.close()
	noSpill(t, work)
}

// TestSpillToFullDisk lets no file grow beyond 4 KiB, which to a program is like a disk
// that is full.
func TestSpillToFullDisk(t *testing.T) {
	const child = "GONDOLA_TEST_FULL_DISK" // the limit is one of the process
	if os.Getenv(child) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSpillToFullDisk$", "-test.v")
		c.Env = append(os.Environ(), child+"=1")
		out, err := c.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestSpillToFullDisk") {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 4 << 10, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
	}()
	for name, row := range map[string]func(i int) []any{
		"rows":   func(i int) []any { return []any{int64(1), strings.Repeat("x", i)} },
		"counts": func(i int) []any { return []any{int64(i), ""} },
	} {
		g, work := newGrouping(t)
		var err error
		for i := 0; i < 5000 && err == nil; i++ {
			err = g.add(int64(i), row(i))
		}
		if err == nil {
			err = g.finish(t.Context(), func([]any, int64) {})
		}
		g.close()
		if !errors.Is(err, syscall.EFBIG) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "set memory") {
			t.Errorf("%s: error %v", name, err)
		}
		noSpill(t, work)
	}
}

// TestValuesOnDisk writes values and reads them.
func TestValuesOnDisk(t *testing.T) {
	old := time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC) // its nanoseconds since 1970 have more than 64 bits
	row := []any{
		nil, "", "a\x00b", int64(math.MinInt64), int64(-1), math.Inf(-1), math.Copysign(0, -1), true, false, pipeline.Day("2017-01-31"),
		time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), old,
		[]byte{},
		[]byte{0, 255},
		[]string{},
		[]string{"", "x", "é"},
		[]any{},
		[]any{int64(1), nil, math.Copysign(0, -1), "x", time.Unix(1, 2).UTC()},
	}
	var b []byte
	for _, v := range row {
		b = appendValue(b, v)
	}
	number, got, err := readRow(append([]byte{200, 1}, b...))
	if err != nil || number != 200 {
		t.Fatal(number, err)
	}
	if diff := cmp.Diff(row, got); diff != "" {
		t.Error(diff)
	}
	if !math.Signbit(got[6].(float64)) {
		t.Error("-0 came back as 0")
	}
	for i := range b {
		if _, _, err := readRow(append([]byte{1}, b[:i]...)); err != nil && !errors.Is(err, errCutRow) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
}

// TestQuantileNumbers: the numbers have the order of the values.
func TestQuantileNumbers(t *testing.T) {
	values := []float64{math.Inf(-1), -math.MaxFloat64, -2.5, -1, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1, 2.5, math.MaxFloat64, math.Inf(1)}
	q := &quantile{q: 0.5}
	last := uint64(0)
	for i, v := range values {
		n, ok := q.number(v)
		if !ok || i > 0 && n <= last {
			t.Errorf("%v: number %x after %x", v, n, last)
		}
		last = n
		single := &quantile{q: 0.99, n: 1}
		single.take(n, 1)
		if single.low != v || single.high != v {
			t.Errorf("%v came back as %v, %v", v, single.low, single.high)
		}
	}
	zero, _ := q.number(0.0)
	if minus, _ := q.number(math.Copysign(0, -1)); minus != zero {
		t.Error("-0 and 0 have other numbers")
	}
	if _, ok := q.number(math.NaN()); ok {
		t.Error("NaN counts")
	}
}

// TestTopRows keeps the first by bytes as well as by number, in whatever order
// they come.
func TestTopRows(t *testing.T) {
	columns := []pipeline.TableColumn{pipeline.Col("n", pipeline.Int), pipeline.Col("text", pipeline.String)}
	text := strings.Repeat("x", 1<<10)
	for _, s := range []pipeline.Selection{{Limit: 1 << 30}, {Limit: 1 << 30, Sort: []pipeline.Order{{Column: "n", Desc: true}}}} {
		top, err := newTopRows(s, columns, 10<<10)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5000 {
			i = i * 7 % 5000
			top.add([]any{int64(-i), text}, int64(i))
			if top.bytes > 40<<10 {
				t.Fatalf("%d bytes are held", top.bytes)
			}
		}
		rows := top.sorted()
		if len(rows) != 8 { // of 1,152 bytes with what Go adds
			t.Fatalf("%d rows", len(rows))
		}
		for i, row := range rows {
			if row[0] != int64(-i) {
				t.Errorf("%v: row %d is %v", s.Sort, i, row[0])
			}
		}
	}
}
