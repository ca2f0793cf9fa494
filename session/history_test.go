package session_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/session"
	"gondola/session/history"
)

func recorded(t *testing.T, path string) []history.Record {
	t.Helper()
	var list []history.Record
	for r, err := range (history.File{Path: path}).Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func file(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHistory looks at what is recorded of statements of each sort.
func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	s := newSessionAt(t, nil, path)
	exec(t, s, `load "sample:receipts?n=50&seed=5" as raw ; show -n 3
preprocess \
  as clean
  show -n 2
param password = hunter2
param place = "https://ann:{password}@example.org/x.csv"
help`)
	for _, text := range []string{"load {place}", "lod x.csv", "  lod secretly.csv", "near zzz"} {
		if err := s.Exec(t.Context(), session.Source{Text: text}, nil); err == nil {
			t.Errorf("%s: succeeded", text)
		}
	}
	if err := s.Exec(t.Context(), session.Source{Name: "x.gnd", Text: "help\nlod x.csv"}, nil); err == nil {
		t.Error("succeeded")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Exec(ctx, session.Source{Text: "profile raw"}, nil); err == nil {
		t.Error("succeeded")
	}
	var got []string
	var run string
	for _, r := range recorded(t, path) {
		rows := "-"
		if r.Rows != nil {
			rows = fmt.Sprint(*r.Rows)
		}
		got = append(got, fmt.Sprintf("%q %s %d %q %q", r.Statement, rows, r.ExitCode, r.Name, r.Error))
		if run == "" {
			run = r.Run
		}
		if r.Run != run || r.FrontEnd != "batch" || r.Engine != session.LocalEngine || r.Seconds < 0 || r.Time.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	want := []string{
		`"load \"sample:receipts?n=50&seed=5\" as raw" 50 0 "raw" ""`,
		`"show -n 3" 50 0 "" ""`,
		`"preprocess \\\n  as clean" 50 0 "clean" ""`,
		`"param place = \"https://ann:{password}@example.org/x.csv\"" - 0 "" ""`,
		`"help" - 0 "" ""`,
		`"load {place}" - 1 "" "(not recorded: looks like a secret)"`,
		`"lod x.csv" - 2 "" "error[unknown-command]: unknown command \"lod\""`,
		`"near zzz" - 2 "" "error[wrong-kind]: near works on vectors, and the result before it has none"`,
		`"profile raw" - 130 "" "error[cancelled]: profile was cancelled"`,
	}
	want = slices.Delete(want, 3, 4) // the declaration itself looks like a secret
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	for _, c := range []struct {
		text string
		want []string
	}{
		{"history -n 2 --grep a", []string{"near zzz", "profile raw"}},
		{"history --grep SHOW", []string{"show -n 3"}},
		{"history --errors --grep lo", []string{"load {place}", "lod x.csv"}},
		{"history --run " + run[:9] + " --grep preproc", []string{"preprocess \\\n  as clean"}},
		{"history --run nobody", nil},
	} {
		table := exec(t, s, c.text).asked()[0]
		var got []string
		for _, row := range table.Rows {
			got = append(got, row[2].(string))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestHistoryClear asks first.
func TestHistoryClear(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	s := newSessionAt(t, nil, path)
	exec(t, s, "help")
	clear := func(answer string) error {
		return s.Exec(t.Context(), session.Source{Text: "history --clear"}, func(e session.Event) {
			if q, ok := e.(session.Ask); ok && answer != "" {
				q.Answer(answer)
			}
		})
	}
	if f := failure(t, clear("")); !strings.Contains(f.Error(), "-y") {
		t.Errorf("%v", f)
	}
	if err := clear("no"); err != nil {
		t.Error(err)
	}
	if n := len(recorded(t, path)); n != 3 {
		t.Errorf("%d statements, want 3", n)
	}
	if err := clear("yes"); err != nil {
		t.Error(err)
	}
	if got := recorded(t, path); len(got) != 1 || got[0].Statement != "history --clear" {
		t.Errorf("%v", got)
	}
	exec(t, s, "history --clear -y")
	if n := len(recorded(t, path)); n != 1 {
		t.Errorf("%d statements, want 1", n)
	}
}

// TestHistoryFails: where the file cannot be written there is one warning, and
// statements go on.
func TestHistoryFails(t *testing.T) {
	s := newSessionAt(t, nil, "/dev/null/gondola/history.jsonl")
	warnings := 0
	for range 3 {
		for _, e := range exec(t, s, "help").events {
			if x, ok := e.(session.Text); ok && x.Warn {
				warnings++
			}
		}
	}
	if warnings != 1 {
		t.Errorf("%d warnings, want 1", warnings)
	}
	off := newSessionAt(t, nil, "")
	exec(t, off, "help")
	if err := off.Exec(t.Context(), session.Source{Text: "history"}, nil); err == nil || !strings.Contains(err.Error(), "keeps no history") {
		t.Error(err)
	}
}

// TestSource: statements of a sourced file commit one by one, but not inside
// of what is one statement.
func TestSource(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.jsonl")
	s := newSessionAt(t, map[string]string{"n": "7", "later": "1"}, path)
	good := file(t, filepath.Join(dir, "good.gnd"), "param n = 10\nload \"sample:receipts?n={n}\" as made\n")
	bad := file(t, filepath.Join(dir, "bad.gnd"), "load \"sample:receipts?n=5\" as other\nload nowhere.csv\nhelp\n")
	outer := file(t, filepath.Join(dir, "outer.gnd"), "source "+good+"\nset charts off\n")
	runs := file(t, filepath.Join(dir, "runs.gnd"), "source "+bad+"\n")
	self := file(t, filepath.Join(dir, "self.gnd"), "source "+filepath.Join(dir, "self.gnd")+"\n")
	wrong := file(t, filepath.Join(dir, "wrong.gnd"), "set charts on\nnonsense\n")

	r := exec(t, s, "source "+outer+"\nparam later = 2\nshow made")
	if n := len(r.asked()[0].Rows); n != 7 {
		t.Errorf("%d rows, want 7", n)
	}
	var got []string
	for _, r := range recorded(t, path) {
		got = append(got, r.Statement)
	}
	want := []string{"param n = 10", `load "sample:receipts?n={n}" as made`, "source " + good, "set charts off", "source " + outer, "param later = 2", "show made"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	known := func(name string) bool {
		return s.Exec(t.Context(), session.Source{Text: "show " + name}, nil) == nil
	}
	for _, text := range []string{"run " + runs, "load \"sample:receipts?n=5\" | source " + bad} {
		if err := s.Exec(t.Context(), session.Source{Text: text}, nil); err == nil || known("other") {
			t.Errorf("%s: %v, other is there: %v", text, err, known("other"))
		}
	}
	f := failure(t, s.Exec(t.Context(), session.Source{Text: "source " + bad}, nil))
	if f.Source.Name != bad || f.ExitCode != session.StepFailed || !known("other") {
		t.Errorf("%v in %s, other is there: %v", f, f.Source.Name, known("other"))
	}
	if err := s.Exec(t.Context(), session.Source{Text: "source " + self}, nil); err == nil || !strings.Contains(err.Error(), "run itself") {
		t.Errorf("endless: %v", err)
	}
	before := len(recorded(t, path))
	if f := failure(t, s.Exec(t.Context(), session.Source{Text: "source " + wrong}, nil)); f.ExitCode != session.UsageError || f.Source.Name != wrong {
		t.Errorf("%v", f)
	}
	if n := len(recorded(t, path)) - before; n != 1 {
		t.Errorf("%d statements recorded, want that of source", n)
	}
}

// hashes are those of all rows of the named results, and what else can be
// seen of a session.
func hashes(t *testing.T, s *session.Session, names ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range names {
		h := sha256.New()
		for _, table := range exec(t, s, "show "+name+" -n 100000").asked() {
			fmt.Fprintf(h, "%v %v\n", table.Columns, table.Rows)
		}
		out[name] = hex.EncodeToString(h.Sum(nil))
	}
	for _, text := range []string{"param", "set", "near cheese -n 5 --from words"} {
		out[text] = fmt.Sprint(exec(t, s, text).asked()[0].Rows)
	}
	return out
}

// TestSave saves a session and runs the script in a fresh one: every name has
// the same rows there.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	file(t, "more.gnd", "preprocess receipts as clean   # here\nhistory\n")
	file(t, "whole.gnd", "param j = 3\nload \"sample:receipts?n=20&seed={j}\" as small\n")
	s := newSession(t, map[string]string{"k": "7", "who": "ann, bob"})
	exec(t, s, `param k = 5 in 5,7,9 ; param seed = 4
param who = "nobody"
set charts off
load "sample:receipts?n=600&seed={seed}" as receipts; show -n 1 # look
 source more.gnd
train --vector-size 16 --epochs 2 \
   --min-count 2 --seed 1 --workers 1 as words
run whole.gnd --set j=6
load small.csv --help
near cheese --from words
cluster words -k {k} --seed 3 as groups |
   tag --max 2   # twice
help
history
param
set`)
	if err := s.Exec(t.Context(), session.Source{Text: "train clean --min-count 100000 as words"}, nil); err == nil {
		t.Fatal("succeeded")
	}
	exec(t, s, "save one.gnd\nsave all.gnd --all")
	text, err := os.ReadFile("one.gnd")
	if err != nil {
		t.Fatal(err)
	}
	want := `param k = 7 in 5,7,9
param seed = 4
param who = "ann, bob"
set charts off
load "sample:receipts?n=600&seed={seed}" as receipts
preprocess receipts as clean
train --vector-size 16 --epochs 2 \
   --min-count 2 --seed 1 --workers 1 as words
run whole.gnd --set j=6
cluster words -k {k} --seed 3 as groups |
   tag --max 2
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	names := []string{"receipts", "clean", "words", "small", "groups", "tags"}
	first := hashes(t, s, names...)
	for _, script := range []string{"run one.gnd", "run all.gnd", "source one.gnd"} {
		again := newSession(t, nil)
		exec(t, again, script)
		if diff := cmp.Diff(first, hashes(t, again, names...)); diff != "" {
			t.Errorf("%s:\n%s", script, diff)
		}
		// What was sourced is saved as the same script.
		if strings.HasPrefix(script, "source") {
			exec(t, again, "save two.gnd")
			if two, err := os.ReadFile("two.gnd"); err != nil || string(two) != want {
				t.Errorf("saved again: %v\n%s", err, two)
			}
		}
	}
	for text, code := range map[string]string{
		"save one.gnd": "exists", "save one.txt": "bad-value", "save nowhere/one.gnd": "not-found",
	} {
		if f := failure(t, s.Exec(t.Context(), session.Source{Text: text}, nil)); f.Diagnostics[0].Code != code {
			t.Errorf("%s: %v, want %s", text, f, code)
		}
	}
	exec(t, s, "save one.gnd --mode overwrite")
	if err := newSession(t, nil).Exec(t.Context(), session.Source{Text: "help ; save empty.gnd"}, nil); err == nil {
		t.Error("saved nothing")
	}
}

// TestSaveOddTexts saves statements whose text could read as another.
func TestSaveOddTexts(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := newSession(t, nil)
	exec(t, s, "param a = b\\ ;;; param c = 'x\ny' ; param d = '#no comment' # comment\r\nparam password = \"pizza\"\r\n\tparam e = \"\\u{1b}[2J\"")
	var warned bool
	for _, e := range exec(t, s, "save odd.gnd").events {
		x, ok := e.(session.Text)
		warned = warned || ok && x.Warn
	}
	if !warned {
		t.Error("no word of the secret")
	}
	again := newSession(t, nil)
	exec(t, again, "run odd.gnd")
	if diff := cmp.Diff(exec(t, s, "param").asked()[0].Rows, exec(t, again, "param").asked()[0].Rows); diff != "" {
		t.Error(diff)
	}
}
