package session_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/session"
)

// TestExport writes a result in every format and reads it back: the same rows
// each time.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := newSession(t, nil)
	exec(t, s, trained+"cluster -k 5 as groups | tag as tags")
	want := exec(t, s, "show tags -n 5000 --columns item_id,product_title").asked()[0].Rows
	again := newSession(t, nil)
	for _, name := range []string{"a.parquet", "a.csv", "a.csv.gz", "a.tsv.zst", "a.jsonl", "a.json", "A.JSON", "folder/"} {
		exec(t, s, "export tags "+name+" --columns item_id,product_title")
		path := name
		if strings.HasSuffix(name, "JSON") { // load tells formats by lower case
			path = "b.json"
			if err := os.Rename(name, path); err != nil {
				t.Fatal(err)
			}
		}
		got := exec(t, again, "load "+path+" --title product_title --id item_id | show -n 5000 --columns item_id,product_title").asked()[0].Rows
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	exec(t, s, "export tags a.md\nexport tags all.json\nexport words words.json")
	text, err := os.ReadFile("a.md")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n| "); lines != len(want) {
		t.Errorf("%d rows in a.md, want %d", lines, len(want))
	}
	var rows []map[string]any
	if text, err = os.ReadFile("all.json"); err == nil {
		err = json.Unmarshal(text, &rows)
	}
	if err != nil || len(rows) != len(want) || rows[0]["tags"] == nil || rows[0]["tokens"] != nil {
		t.Errorf("%v, %d rows, the first %v", err, len(rows), rows[0])
	}
}

// TestExportRefuses checks what is no export, and that nothing is left of it.
func TestExportRefuses(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := newSession(t, nil)
	many := file(t, filepath.Join(t.TempDir(), "many.csv"), "id,title\n"+strings.Repeat("1,tea\n", 100_001))
	exec(t, s, trained+"load "+many+" as many\nexport words there.md")
	before, err := os.ReadFile("there.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, code, part string }{
		{"export many many.json", "bad-value", "100,001 rows are too many"},
		{"export many many.md", "bad-value", ".jsonl, .csv or .parquet"},
		{"export receipts receipts.xlsx", "bad-value", ".parquet, .csv"},
		{"export receipts receipts", "bad-value", ".parquet, .csv"},
		{"export receipts receipts.json.gz", "bad-value", ".parquet, .csv"},
		{"export words words.xlsx", "bad-value", ".bin (word2vec), .txt"},
		{"export receipts receipts.bin", "bad-value", ".parquet, .csv"},
		{"export receipts there.md", "exists", "there.md"},
		{"export receipts nowhere.json --columns no_such", "unknown-column", "no_such"},
		{"export nothing out.csv", "unknown-name", "nothing"},
		{"export receipts /dev/null/out.md", "failed", "/dev/null"},
	} {
		f := failure(t, s.Exec(t.Context(), session.Source{Text: c.text}, nil))
		if d := f.Diagnostics[0]; d.Code != c.code || !strings.Contains(d.Summary, c.part) {
			t.Errorf("%s: %v", c.text, f)
		}
	}
	if after, err := os.ReadFile("there.md"); err != nil || string(after) != string(before) {
		t.Errorf("there.md has changed (%v)", err)
	}
	if left, err := filepath.Glob("*"); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	exec(t, s, "export receipts there.md --mode overwrite")
	err = s.Exec(t.Context(), session.Source{Text: "export words there.md"}, func(e session.Event) {
		if q, ok := e.(session.Ask); ok {
			q.Answer("yes")
		}
	})
	if err != nil {
		t.Error(err)
	}
}
