package history_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/session/history"
)

// beWriter makes the test program append to a history: PATH,MAXBYTES,NAME,COUNT.
const beWriter = "GONDOLA_TEST_BE_WRITER"

func TestMain(m *testing.M) {
	if os.Getenv(beWriter) == "" {
		os.Exit(m.Run())
	}
	if err := write(strings.Split(os.Getenv(beWriter), ",")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write appends lines and says on standard output how many are in the file.
func write(args []string) error {
	limit, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	f := history.File{Path: args[0], MaxBytes: limit}
	for i := range count {
		r := record(args[2] + " " + strconv.Itoa(i) + strings.Repeat(" x", i%300))
		r.Run = args[2]
		if err := f.Append(context.Background(), r); err != nil {
			return err
		}
		if _, err := fmt.Println(i + 1); err != nil {
			return err
		}
	}
	return nil
}

func writer(t *testing.T, f history.File, name string, count int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s,%d,%s,%d", beWriter, f.Path, f.MaxBytes, name, count), "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

func newFile(t *testing.T, limit int64) history.File {
	return history.File{Path: filepath.Join(t.TempDir(), "state", "gondola", "history.jsonl"), MaxBytes: limit}
}

func record(statement string) history.Record {
	rows := int64(12)
	return history.Record{
		Time: time.Date(2026, 11, 22, 18, 5, 0, 120, time.UTC), Run: "20261122T180500-ab12cd", Statement: statement,
		FrontEnd: "batch", Engine: "local", Rows: &rows, Seconds: 0.5, ExitCode: 1, Error: "it broke", Name: "titles", Cached: true,
	}
}

func records(t *testing.T, f history.File) []history.Record {
	t.Helper()
	var list []history.Record
	for r, err := range f.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func statements(t *testing.T, f history.File) []string {
	t.Helper()
	var list []string
	for _, r := range records(t, f) {
		list = append(list, r.Statement)
	}
	return list
}

func appendAll(t *testing.T, f history.File, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := f.Append(t.Context(), record(s)); err != nil {
			t.Fatal(err)
		}
	}
}

// allParse reads the file as a program does that knows JSON lines and nothing
// of ours.
func allParse(t *testing.T, f history.File) int {
	t.Helper()
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		t.Errorf("the file ends in half a line: %q", b[max(0, len(b)-80):])
	}
	lines := bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
	for i, line := range lines {
		if !json.Valid(line) {
			t.Errorf("line %d is no JSON: %q", i+1, line)
		}
	}
	return len(lines)
}

// TestRecord writes one record and reads it back; its line is the format.
func TestRecord(t *testing.T) {
	f := newFile(t, 0)
	want := []history.Record{record(`load "crêpes|\"饺子\".csv" as titles`), record("a\nb\x7f\u009b2J\u202e\U000e0041\u2028\x1b[2J<&>")}
	want[1].Rows = nil
	for _, r := range want {
		if err := f.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, records(t, f)); diff != "" {
		t.Error(diff)
	}
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	wantText := `{"time":"2026-11-22T18:05:00.000000120Z","run":"20261122T180500-ab12cd","statement":"load \"crêpes|\\\"饺子\\\".csv\" as titles",` +
		`"front_end":"batch","engine":"local","rows":12,"seconds":0.5,"exit_code":1,"error":"it broke","name":"titles","cached":true}` + "\n" +
		`{"time":"2026-11-22T18:05:00.000000120Z","run":"20261122T180500-ab12cd","statement":"a\nb\u007f\u009b2J\u202e\udb40\udc41\u2028\u001b[2J\u003c\u0026\u003e",` +
		`"front_end":"batch","engine":"local","rows":null,"seconds":0.5,"exit_code":1,"error":"it broke","name":"titles","cached":true}` + "\n"
	if diff := cmp.Diff(wantText, string(b)); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]os.FileMode{f.Path: 0o600, f.Path + ".lock": 0o600, filepath.Dir(f.Path): 0o700 | os.ModeDir} {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, want %v (%v)", path, info.Mode(), want, err)
		}
	}
}

func TestNewRun(t *testing.T) {
	at := time.Date(2026, 11, 22, 19, 5, 0, 0, time.FixedZone("", 3600))
	a, b := history.NewRun(at), history.NewRun(at.Add(time.Second))
	if !regexp.MustCompile(`^20261122T180500-[0-9a-f]{6}$`).MatchString(a) || a >= b || a == history.NewRun(at) {
		t.Errorf("%s, %s", a, b)
	}
}

// TestProcesses: eight processes append 500 lines each at once.
func TestProcesses(t *testing.T) {
	const writers, lines = 8, 500
	f := newFile(t, 0)
	var running []*exec.Cmd
	for i := range writers {
		cmd := writer(t, f, fmt.Sprintf("w%d", i), lines)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if n := allParse(t, f); n != writers*lines {
		t.Errorf("%d lines, want %d", n, writers*lines)
	}
	inOrder(t, f, slices.Repeat([]int{lines}, writers))
}

// inOrder checks that of each writer there are the lines 0, 1, 2, ..., at least
// as many as it has said.
func inOrder(t *testing.T, f history.File, said []int) {
	t.Helper()
	next := make([]int, len(said))
	for _, r := range records(t, f) {
		var who, i int
		if _, err := fmt.Sscanf(r.Statement, "w%d %d", &who, &i); err != nil {
			t.Fatalf("%q: %v", r.Statement, err)
		}
		if i != next[who] {
			t.Errorf("writer %d: line %d stands where %d is due", who, i, next[who])
		}
		next[who] = i + 1
	}
	for who, n := range next {
		if n < said[who] {
			t.Errorf("writer %d has said %d lines, and %d are there", who, said[who], n)
		}
	}
}

// TestKilled ends eight writers by kill -9 in the middle of their work, again
// and again: what they have said is there, in order, and nothing is torn for
// the next one.
func TestKilled(t *testing.T) {
	const writers = 8
	f := newFile(t, 0)
	said := make([]int, writers)
	done := make(chan error)
	for who := range writers {
		go func() {
			cmd := writer(t, f, fmt.Sprintf("w%d", who), 1_000_000)
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				done <- err
				return
			}
			for in := bufio.NewScanner(out); in.Scan(); {
				if said[who], _ = strconv.Atoi(in.Text()); said[who] == 20+10*who {
					_ = cmd.Process.Kill() // the system's SIGKILL
					rest, _ := io.ReadAll(out)
					if all := strings.Fields(string(rest)); len(all) > 0 {
						// The last number may itself be torn.
						said[who] += max(0, len(all)-1)
					}
					break
				}
			}
			if err := cmd.Wait(); err == nil {
				done <- fmt.Errorf("writer %d was not killed", who)
				return
			}
			done <- nil
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	allParse(t, f)
	inOrder(t, f, said)
}

// TestTorn cuts the last line at every byte: it is skipped when read, and gone
// with the next write.
func TestTorn(t *testing.T) {
	f := newFile(t, 0)
	appendAll(t, f, "one", "two")
	whole, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.IndexByte(whole, '\n') + 1
	for cut := second + 1; cut < len(whole); cut++ {
		if err := os.WriteFile(f.Path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if got := statements(t, f); !slices.Equal(got, []string{"one"}) {
			t.Fatalf("cut at %d: %q", cut, got)
		}
		if err := f.Repair(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(f.Path); !bytes.Equal(b, whole[:second]) {
			t.Fatalf("cut at %d: repaired to %q", cut, b)
		}
		if err := os.WriteFile(f.Path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		appendAll(t, f, "three")
		if got := statements(t, f); !slices.Equal(got, []string{"one", "three"}) {
			t.Fatalf("cut at %d: %q", cut, got)
		}
	}
}

// TestForeignLines: no line makes the file unreadable.
func TestForeignLines(t *testing.T) {
	f := newFile(t, 0)
	appendAll(t, f, "one")
	file, err := os.OpenFile(f.Path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	long := `{"statement":"` + strings.Repeat("x", 3<<20) + `"}`
	_, err = file.WriteString("\n{\nnull\n5\n[]\n{}\n\x00\x00\xff\n{\"statement\":7}\n{\"statement\":\"no time\"}\n" + long + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, f, "two", strings.Repeat("\u200b", history.MaxStatement/3))
	got := statements(t, f)
	if len(got) != 3 || got[0] != "one" || got[1] != "two" || len(got[2]) != history.MaxStatement/3*3 {
		t.Errorf("%d statements: %.80q", len(got), got)
	}
}

// TestShorten lets several processes write beyond the cap: the file stays
// below it, and holds the newest lines without a gap.
func TestShorten(t *testing.T) {
	const limit = 20_000
	f := newFile(t, limit)
	var running []*exec.Cmd
	for i := range 4 {
		cmd := writer(t, f, fmt.Sprintf("w%d", i), 150)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(f.Path+".tmp", []byte("of a killed process"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		appendAll(t, f, strconv.Itoa(i))
	}
	lines := allParse(t, f)
	info, err := os.Stat(f.Path)
	if err != nil || info.Size() > limit || info.Size() < limit/3 || info.Mode() != 0o600 {
		t.Errorf("%d bytes of %d, mode %v, %v", info.Size(), limit, info.Mode(), err)
	}
	got := statements(t, f)
	if len(got) != lines {
		t.Errorf("%d records in %d lines", len(got), lines)
	}
	for i, s := range got {
		if s != strconv.Itoa(300-len(got)+i) {
			t.Fatalf("%q stands at %d of %d", s, i, len(got))
		}
	}
	if _, err := os.Stat(f.Path + ".tmp"); !os.IsNotExist(err) {
		t.Errorf("left behind: %v", err)
	}
}

func TestClear(t *testing.T) {
	f := newFile(t, 0)
	if got := statements(t, f); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if err := f.Repair(t.Context()); err != nil {
		t.Error(err)
	}
	appendAll(t, f, "one")
	if err := f.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	appendAll(t, f, "two")
	if got := statements(t, f); !slices.Equal(got, []string{"two"}) {
		t.Errorf("%q", got)
	}
}

// TestNoPlace: a folder that cannot be made is an error and not a panic.
func TestNoPlace(t *testing.T) {
	f := history.File{Path: "/dev/null/history.jsonl"}
	if err := f.Append(t.Context(), record("one")); err == nil {
		t.Error("appended")
	}
	if err := f.Clear(t.Context()); err == nil {
		t.Error("cleared")
	}
}
