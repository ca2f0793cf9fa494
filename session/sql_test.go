package session_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gondola/pipeline"
	"gondola/pipeline/local"
	"gondola/session"
)

// openSession returns a session with a history file on an engine.
func openSession(t *testing.T, history string, wrap func(pipeline.Engine) pipeline.Engine) *session.Session {
	t.Helper()
	s, err := session.New(session.Config{
		Engines: map[string]session.Opener{session.LocalEngine: func(context.Context) (pipeline.Engine, error) {
			e, err := local.New(local.Options{CacheDir: filepath.Join(t.TempDir(), "cache"), Workers: 2})
			if err != nil {
				return nil, err
			}
			return wrap(e), nil
		}},
		HistoryPath: history,
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

func itself(e pipeline.Engine) pipeline.Engine { return e }

// TestSQLHistory: the history is a table when the SQL names it.
func TestSQLHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	if err := os.WriteFile(path, []byte(`{"statement":"load a.csv","rows":3}`+"\n"+`{"statement":"show","rows":null}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openSession(t, path, itself)
	r := exec(t, s, "sql SELECT statement, rows FROM History WHERE rows = 3")
	if rows := r.asked()[0].Rows; len(rows) != 1 || rows[0][0] != "load a.csv" {
		t.Errorf("rows %v", rows)
	}
	none := openSession(t, filepath.Join(t.TempDir(), "none.jsonl"), itself)
	f := failure(t, none.Exec(t.Context(), session.Source{Text: "sql FROM history"}, nil))
	if !strings.Contains(f.Error(), "history does not exist") {
		t.Errorf("without a file: %v", f)
	}
}

// TestSQLNeedsQuerier: an engine need not answer SQL.
func TestSQLNeedsQuerier(t *testing.T) {
	s := openSession(t, "", func(e pipeline.Engine) pipeline.Engine { return struct{ pipeline.Engine }{e} })
	f := failure(t, s.Exec(t.Context(), session.Source{Text: "sql SELECT 1"}, nil))
	if f.ExitCode != session.StepFailed || f.Diagnostics[0].Code != "unsupported" || !strings.Contains(f.Error(), "answers no SQL") {
		t.Errorf("%d %v", f.ExitCode, f)
	}
}

// TestSQLStatements: a statement without rows leaves the last result, and so
// does one that fails.
func TestSQLStatements(t *testing.T) {
	s := openSession(t, "", itself)
	r := exec(t, s, "sql as tea SELECT 'red tea' AS title\nsql as nothing CREATE TABLE t AS SELECT 7 AS n\nshow")
	if got := r.asked(); len(got) != 2 || got[1].Rows[0][0] != "red tea" {
		t.Errorf("the last result is not that of the SELECT: %v", got)
	}
	var warned bool
	for _, e := range r.events {
		if x, ok := e.(session.Text); ok && x.Warn && strings.Contains(x.Text, "nothing is called nothing") {
			warned = true
		}
		if x, ok := e.(session.Result); ok && x.Line == "CREATE TABLE, 1 row" && x.Shown {
			t.Error("a statement without rows has shown nothing")
		}
	}
	if !warned {
		t.Error("as NAME names nothing, and nothing is said")
	}
	if f := failure(t, s.Exec(t.Context(), session.Source{Text: "sql INSERT INTO t VALUES (8); SELECT * FROM nowhere"}, nil)); f.Diagnostics[0].Code != "sql" {
		t.Error(f)
	}
	r = exec(t, s, "show tea\nsql SELECT sum(n) AS n FROM t\nprofile")
	if got := r.asked(); got[0].Rows[0][0] != "red tea" || got[1].Rows[0][0] != int64(7) {
		t.Errorf("after a failure: %v and %v", got[0].Rows, got[1].Rows)
	}
	const nasty = "x'); DROP TABLE t; --"
	r = exec(t, s, `param p = "`+nasty+`"`+"\nsql SELECT '{p}' AS title\nsql SELECT count(*) AS n FROM t")
	if got := r.asked(); got[0].Rows[0][0] != nasty || got[1].Rows[0][0] != int64(1) {
		t.Errorf("a hostile parameter: %v and %v", got[0].Rows, got[1].Rows)
	}
}

// TestSQLCompletion: names of results and of their columns, quoted for SQL.
func TestSQLCompletion(t *testing.T) {
	s := openSession(t, "", itself)
	exec(t, s, `sql as tea SELECT 'red tea' AS title, 1 AS "a b"`+"\nsql as other SELECT 2 AS number")
	for text, want := range map[string]string{
		"sql SELECT * FROM te":       "tea",
		"sql SELECT tit":             "title",
		"sql -o json SELECT a, numb": "number",
		"sql SELECT ":                `"a b"`,
	} {
		var got []string
		for _, item := range s.Complete(text, len(text)).Items {
			got = append(got, item.Text)
		}
		if !strings.Contains("\n"+strings.Join(got, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("%s: %q, want %s among them", text, got, want)
		}
	}
}
