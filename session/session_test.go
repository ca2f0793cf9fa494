package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/local"
	"gondola/session"
	"gondola/session/lang"
)

// newSession returns a session on the local engine.
func newSession(t testing.TB, set map[string]string) *session.Session {
	t.Helper()
	return newSessionAt(t, set, filepath.Join(t.TempDir(), "history.jsonl"))
}

// newSessionAt returns a session with that history.
func newSessionAt(t testing.TB, set map[string]string, historyPath string) *session.Session {
	t.Helper()
	s, err := session.New(session.Config{
		Engines: map[string]session.Opener{session.LocalEngine: func(context.Context) (pipeline.Engine, error) {
			return local.New(local.Options{CacheDir: filepath.Join(t.TempDir(), "cache"), Workers: 2})
		}},
		Set: set, ReadFile: os.ReadFile, WriteFile: writeFile, WriteFolder: writeFolder, HistoryPath: historyPath, FrontEnd: "batch",
		Shell: func(ctx context.Context, script string, out func(string, bool)) error {
			text, err := osexec.CommandContext(ctx, "bash", "-c", script).Output()
			out(string(text), false)
			return err
		},
		Models: artifact.Store{Dir: filepath.Join(t.TempDir(), "models")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// writeFolder is what a front end hands to a session for share.
func writeFolder(ctx context.Context, path string, files []session.File, replace bool) error {
	for _, f := range files {
		at := filepath.Join(path, f.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			return err
		}
		if err := writeFile(ctx, at, f.Data, replace); err != nil {
			return err
		}
	}
	return nil
}

// writeFile is what a front end hands to a session; that of the program writes
// whole files or none, which its scripts test.
func writeFile(_ context.Context, path string, data []byte, replace bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if !replace {
		flags |= os.O_EXCL
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// record collects events.
type record struct{ events []session.Event }

func (r *record) sink(e session.Event) { r.events = append(r.events, e) }

func (r *record) asked() []*pipeline.Table {
	var out []*pipeline.Table
	for _, e := range r.events {
		if x, ok := e.(session.Table); ok && !x.View {
			out = append(out, x.Table)
		}
	}
	return out
}

func exec(t testing.TB, s *session.Session, text string) *record {
	t.Helper()
	var r record
	if err := s.Exec(t.Context(), session.Source{Text: text}, r.sink); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return &r
}

func failure(t testing.TB, err error) *session.Failure {
	t.Helper()
	var f *session.Failure
	if !errors.As(err, &f) {
		t.Fatalf("%v is no *Failure", err)
	}
	return f
}

const trained = `load "sample:receipts?n=2000&seed=5" as receipts
preprocess as clean
train --vector-size 16 --epochs 2 --min-count 2 --seed 1 --workers 1 as words
`

// TestExamplesRun runs every example of every command as it stands, in a
// folder that holds what examples speak of.
func TestExamplesRun(t *testing.T) {
	dir := t.TempDir()
	s := newSession(t, nil)
	exec(t, s, fmt.Sprintf(`load "sample:receipts?n=%d&seed=1" | write %s/receipts/`, need.Size(1500, 600), dir))
	exec(t, s, `load "sample:receipts?n=200&seed=2" | write `+dir+`/titles.csv.gz`)
	if err := os.WriteFile(filepath.Join(dir, "hello.gnd"), []byte("param who = world\nset charts off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	orders := `{"order": 1, "items": [{"title": "green tea", "price": 2.5}, {"title": "oat milk", "price": 1.2}]}` + "\n" + `{"order": 2, "items": []}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "orders.jsonl"), []byte(orders), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, c := range s.Grammar().Commands() {
		if len(c.Examples) == 0 {
			t.Errorf("%s has no example", c.Name)
		}
		for i, example := range c.Examples {
			t.Run(c.Name, func(t *testing.T) {
				here := newSession(t, nil)
				if diags := here.Check(session.Source{Text: example.Code}); diags.Failed() {
					t.Fatalf("example %d: %v", i, diags)
				}
				removeOutputs(t, dir)
				exec(t, here, example.Code)
			})
		}
	}
}

// removeOutputs makes room for the next example that writes.
func removeOutputs(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{"receipts", "hello.gnd", "titles.csv.gz", "orders.jsonl"}, e.Name()) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestFailedStatementChangesNothing compares what a session knows before and
// after statements that fail at each step.
func TestFailedStatementChangesNothing(t *testing.T) {
	s := newSession(t, nil)
	exec(t, s, trained)
	before := snapshot(t, s)
	for _, text := range []string{
		"load nowhere.csv as receipts",
		`load "sample:receipts?n=10&seed=1" as receipts | preprocess as clean | train --min-count 1000`,
		"near no-such-word-anywhere as clean",
		"cluster -k 5 as groups | write /proc/nowhere/out.csv",
		`param k = 3 ; load nowhere.csv`,
	} {
		var r record
		err := s.Exec(t.Context(), session.Source{Text: text}, r.sink)
		if err == nil {
			t.Fatalf("%s: succeeded", text)
		}
		if !strings.HasPrefix(text, "param") { // there the first statement was committed
			if after := snapshot(t, s); after != before {
				t.Errorf("%s:\nbefore %s\nafter  %s", text, before, after)
			}
		}
	}
}

// snapshot is what can be seen of a session: its names, its last result, its
// parameters and settings.
func snapshot(t *testing.T, s *session.Session) string {
	t.Helper()
	var out []string
	for _, item := range s.Complete("show ", len("show ")).Items {
		out = append(out, item.Text+"="+item.Detail)
	}
	for _, statement := range []string{"show -n 2", "param", "set", "near cheese -n 2"} {
		for _, table := range exec(t, s, statement).asked() {
			for _, row := range table.Rows {
				for _, v := range row {
					out = append(out, pipeline.Thousands(int64(len(strings.TrimSpace(toString(v))))), toString(v))
				}
			}
		}
	}
	return strings.Join(out, "|")
}

func toString(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ",")
	case nil:
		return "null"
	}
	return "value"
}

// TestCancel cancels long steps at their first sign of progress and short ones
// before they begin: the answer is a cancelled Failure, and the session is as
// before. (That every step answers at every moment is pipeline/enginetest's.)
func TestCancel(t *testing.T) {
	s := newSession(t, nil)
	exec(t, s, `load "sample:receipts?n=3000&seed=5" as receipts
preprocess as clean
train --vector-size 16 --epochs 1 --min-count 2 as words
cluster -k 10 as groups
tag as tags`)
	before := snapshot(t, s)
	out := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct {
		text string
		long bool
	}{
		{`load "sample:receipts?n=500M"`, true},
		{"train clean --min-count 1 --epochs 10000", true},
		{"cluster words -k 1000 --max-iter 100000 --tol 0", true},
		{"preprocess receipts", false},
		{"tag groups --method title", false},
		{"write " + out + ".parquet --from tags", false},
		{"write " + out + "/ --from tags", false},
		{"profile receipts", false},
	} {
		t.Run(c.text, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if !c.long {
				cancel()
			}
			err := s.Exec(ctx, session.Source{Text: c.text}, func(e session.Event) {
				if _, ok := e.(session.Progress); ok {
					cancel()
				}
			})
			if err == nil {
				t.Fatal("it ran to its end")
			}
			if f := failure(t, err); f.ExitCode != session.Cancelled {
				t.Errorf("exit code %d: %v", f.ExitCode, err)
			}
			if after := snapshot(t, s); after != before {
				t.Errorf("before %s\nafter  %s", before, after)
			}
		})
	}
	if left, _ := filepath.Glob(out + "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestErrorsHaveTheirPlace checks that what a lower layer refuses points at
// the flag that said it.
func TestErrorsHaveTheirPlace(t *testing.T) {
	s := newSession(t, nil)
	exec(t, s, trained)
	for _, c := range []struct{ text, code, place string }{
		{"load nowhere.csv", "not-found", "nowhere.csv"},
		{`load "sample:receipts?n=10" --title product`, "bad-value", "--title product"},
		{"train clean --alpha 0.01 --min-alpha 0.1", "bad-value", "--min-alpha 0.1"},
		{"train clean --negative 0", "bad-value", "--negative 0"},
		{"preprocess receipts --stopwords nowhere.txt", "bad-value", "--stopwords nowhere.txt"},
		{"near zzzz", "bad-value", "zzzz"},
		{"write /dev/null/x.csv", "failed", "/dev/null/x.csv"},
	} {
		err := s.Exec(t.Context(), session.Source{Text: c.text}, nil)
		if err == nil {
			t.Errorf("%s: succeeded", c.text)
			continue
		}
		f := failure(t, err)
		d := f.Diagnostics[0]
		if got := c.text[d.Span.Start:d.Span.End]; d.Code != c.code || got != c.place {
			t.Errorf("%s: %s at %q, want %s at %q (%s)", c.text, d.Code, got, c.code, c.place, d.Summary)
		}
		if f.ExitCode != session.StepFailed || strings.Contains(d.Summary, "\n") {
			t.Errorf("%s: exit code %d, %q", c.text, f.ExitCode, d.Summary)
		}
	}
}

// TestCheckRunsNothing has a mistake in the last statement.
func TestCheckRunsNothing(t *testing.T) {
	s := newSession(t, nil)
	var r record
	err := s.Exec(t.Context(), session.Source{Text: "load \"sample:receipts?n=10\"\nshow\nclustr"}, r.sink)
	if f := failure(t, err); f.ExitCode != session.UsageError || len(r.events) != 0 {
		t.Errorf("exit code %d, %d events", f.ExitCode, len(r.events))
	}
}

// TestLanguageServesFrontEnds asks what a kernel and a terminal will ask, also
// while a statement runs.
func TestLanguageServesFrontEnds(t *testing.T) {
	s := newSession(t, nil)
	exec(t, s, trained)
	ask := func() {
		const near = "near che"
		items := s.Complete(near, len(near)).Items
		if !slices.ContainsFunc(items, func(i lang.Item) bool { return strings.HasPrefix(i.Text, "che") }) {
			t.Errorf("no word of the vocabulary completes %q: %v", near, items)
		}
		if in, found := s.Inspect("train --window 3", len("train --win")); !found || !strings.Contains(in.Text, "context") {
			t.Errorf("train --window explains nothing: %v", in)
		}
		for src, want := range map[string]lang.Status{"show": lang.StatusComplete, "show |": lang.StatusIncomplete, "show \"": lang.StatusIncomplete} {
			if got, _ := s.IsComplete(src); got != want {
				t.Errorf("%q is %v, want %v", src, got, want)
			}
		}
	}
	ask()
	asked := false
	if err := s.Exec(t.Context(), session.Source{Text: "preprocess receipts"}, func(session.Event) {
		if !asked {
			asked = true
			ask()
		}
	}); err != nil || !asked {
		t.Errorf("asked %v, %v", asked, err)
	}
}

// TestRun runs a script inside a session: all of it or nothing.
func TestRun(t *testing.T) {
	s := newSession(t, nil)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.gnd", "param n = 10\nload \"sample:receipts?n={n}\" as made\n")
	r := exec(t, s, "run "+good+" --set n=7\nshow made -o csv")
	if n := len(r.asked()[0].Rows); n != 7 {
		t.Errorf("%d rows, want 7", n)
	}
	// A script within a script has the parameters of the outer one.
	outer := write("outer.gnd", "source "+good+"\nrun "+good+"\n")
	for _, text := range []string{"run " + outer + " --set n=9", "param x = 1 | run " + outer + " --set n=9"} {
		r = exec(t, newSession(t, map[string]string{"x": "2"}), text+"\nparam x = 3\nshow made -o csv")
		if n := len(r.asked()[0].Rows); n != 9 {
			t.Errorf("%s: %d rows, want 9", text, n)
		}
	}
	bad := write("bad.gnd", "load \"sample:receipts?n=5\" as other\nload nowhere.csv\n")
	f := failure(t, s.Exec(t.Context(), session.Source{Text: "run " + bad}, nil))
	if f.Source.Name != bad || f.ExitCode != session.StepFailed {
		t.Errorf("%s, exit code %d", f.Source.Name, f.ExitCode)
	}
	if err := s.Exec(t.Context(), session.Source{Text: "show other"}, nil); err == nil {
		t.Error("a name of a script that failed is there")
	}
	self := write("self.gnd", "run "+filepath.Join(dir, "self.gnd")+"\n")
	if err := s.Exec(t.Context(), session.Source{Text: "run " + self}, nil); err == nil || !strings.Contains(err.Error(), "run itself") {
		t.Errorf("endless: %v", err)
	}
}

// TestNothingIsWrittenTwice walks the one list: every flag and argument is
// used by its command's function, and help, completion and docs know it.
func TestNothingIsWrittenTwice(t *testing.T) {
	s := newSession(t, nil)
	g := s.Grammar()
	markdown := g.Markdown()
	for _, c := range g.Commands() {
		help := g.Help(&c, 100)
		if !strings.Contains(help, c.Summary) || !strings.Contains(markdown, c.Summary) {
			t.Errorf("%s: summary not in help or docs", c.Name)
		}
		items := s.Complete(c.Name+" --", len(c.Name)+3).Items
		for _, f := range c.Flags {
			name := "--" + f.Name
			if !strings.Contains(help, name) || !strings.Contains(markdown, name) {
				t.Errorf("%s %s: not in help or docs", c.Name, name)
			}
			if !slices.ContainsFunc(items, func(i lang.Item) bool { return i.Text == name }) {
				t.Errorf("%s %s: not completed", c.Name, name)
			}
		}
	}
	// Outside the list no source of the package spells a flag.
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasPrefix(file, "commands") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range g.Commands() {
			if strings.Contains(string(text), `"`+c.Summary) {
				t.Errorf("%s repeats the summary of %s", file, c.Name)
			}
		}
	}
}

// TestCommandsDoc compares docs/commands.md with the list.
func TestCommandsDoc(t *testing.T) {
	have, err := os.ReadFile("../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := newSession(t, nil).Grammar().Markdown(); strings.TrimSpace(string(have)) != strings.TrimSpace(want) {
		t.Error("docs/commands.md is not what the commands say: run make generate")
	}
}
