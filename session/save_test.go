package session_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/session/notebook"
)

// TestSaveNotebook saves a session as a script and as a notebook: the same
// statements, one in each cell, which run to the same results.
func TestSaveNotebook(t *testing.T) {
	t.Chdir(t.TempDir())
	s := newSession(t, nil)
	exec(t, s, `param k = 3 ; param dir = 'a\\' in 'a\\',b
load "sample:receipts?n=300" as receipts
 preprocess receipts as clean
show receipts -n 2
param password = "pizza"
train clean --vector-size 8 --epochs 1 \
  --min-count 2 --seed 1 --workers 1 as words | cluster -k {k} --seed 2 as groups`)
	exec(t, s, "save one.gnd\nsave my.one.ipynb")
	script, err := os.ReadFile("one.gnd")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("my.one.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	nb, err := notebook.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var sources, outputs []string
	for i, c := range nb.Cells {
		if c.Tagged(notebook.ParametersTag) != (i == 1) || (c.Type == notebook.Markdown) != (i == 0) {
			t.Errorf("cell %d: %v", i, c)
		}
		if c.Type == notebook.Code {
			sources = append(sources, c.Source)
			text := ""
			for _, out := range c.Outputs {
				text += out.Text
			}
			outputs = append(outputs, text)
		}
	}
	if diff := cmp.Diff(string(script), strings.Join(sources, "\n")+"\n"); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(nb.Cells[0].Source, "# my.one\n") || len(sources) != 5 {
		t.Errorf("%q, %q", nb.Cells[0].Source, sources)
	}
	// Of parameters there is nothing to say; what begins with a blank, or
	// may be a secret, is private.
	if !strings.HasPrefix(outputs[1], "300 rows") || outputs[0]+outputs[2]+outputs[3] != "" || !strings.HasSuffix(outputs[4], "\n") {
		t.Errorf("%q", outputs)
	}
	again := newSession(t, nil)
	if err := os.WriteFile("two.gnd", []byte(notebook.Scripts{}.Write(nb)), 0o600); err != nil {
		t.Fatal(err)
	}
	exec(t, again, "run two.gnd")
	names := []string{"receipts", "clean", "words", "groups"}
	if diff := cmp.Diff(hashes(t, s, names...), hashes(t, again, names...)); diff != "" {
		t.Error(diff)
	}
}
