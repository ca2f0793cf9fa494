package notebook_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/session/notebook"
)

// all is a notebook with everything that nbformat has, in texts that are hard
// to write as Python does.
func all() *notebook.Notebook {
	nb := notebook.New()
	nb.Metadata["title"] = "Naïve <b>café</b> & \u2028 日本 \U0001f600"
	nb.Metadata["odd"] = []any{
		json.Number("1"), json.Number("1.0"), json.Number("1e5"), json.Number("1E-7"), json.Number("0.0001"),
		json.Number("1e16"), json.Number("123456789012345678901234567890"), json.Number("-0"), json.Number("-0.0"), json.Number("1.10"),
		nil, true,
		notebook.Object{},
		[]any{},
		notebook.Object{"\u00e9": "a", "z": "b", "\uff5e": "c", "\U0001f600": "d", "": "e", "A": "f"},
		"\x00\x01\b\f\n\r\t\x1f\x7f\"\\/<>&",
	}
	n := int64(7)
	text := "a\nb\r\nc\rd\ve\ff\x1cg\x1dh\x1ei\u0085j\u2028k\u2029\n\nl"
	nb.Cells = []notebook.Cell{
		{Type: notebook.Markdown, Source: "# Title\n\n![a](attachment:a.png)", Attachments: notebook.Object{
			"a.png": notebook.Object{"image/png": "iVBORw0KGgo=", "text/plain": "a\nb"},
		}},
		{Type: notebook.Raw, Source: text, Metadata: notebook.Object{"format": "text/x-rst"}},
		{Type: notebook.Raw, Source: "", Attachments: notebook.Object{}},
		{
			Type: notebook.Code, ID: "an_id-1", Source: "load x\n", ExecutionCount: &n, Metadata: notebook.Object{"tags": []any{"parameters"}, "unknown": notebook.Object{"deep": []any{notebook.Object{"a": nil}}}},
			Outputs: []notebook.Output{
				notebook.Stream("stdout", text), notebook.Stream("stderr", ""),
				notebook.Display(notebook.Object{
					"text/html": "<b>\n</b>", "image/png": "iVBO\nRw0KGgo=\n", "image/svg+xml": "<svg>\n</svg>", "application/javascript": "a\nb",
					"application/json": notebook.Object{"list": []any{"a\n", "b"}}, "application/vnd.x+json": []any{"a", "b"}, "application/x-tex": "a\nb",
				}),
				{Type: notebook.ExecuteResult, ExecutionCount: &n, Data: notebook.Object{"text/plain": text}, Metadata: notebook.Object{"isolated": true}},
				{Type: notebook.ErrorOutput, ErrorName: "E", ErrorValue: "v\nw", Traceback: []string{"\x1b[31ma\nb\x1b[0m", ""}},
				{Type: notebook.ErrorOutput},
			},
		},
		{Type: notebook.Code},
		{Type: notebook.Code}, // alike: two ids
	}
	return nb
}

// TestNbformat compares with Python's nbformat: it takes what we write as
// valid, and writes the same bytes.
func TestNbformat(t *testing.T) {
	var files []string
	for _, nb := range []*notebook.Notebook{all(), notebook.New(), {}} {
		files = append(files, string(encode(t, nb)))
	}
	for i, want := range nbformat(t, files, make([][]string, len(files))) {
		if diff := cmp.Diff(want, files[i]); diff != "" {
			t.Errorf("nbformat writes notebook %d otherwise (-nbformat +ours):\n%s", i, diff)
		}
	}
}

// TestOlderFormats lets nbformat read and lift files of each minor version as
// well, and compares all but the ids, which nbformat draws by lot.
func TestOlderFormats(t *testing.T) {
	var files, got []string
	var ids [][]string
	for minor := range 5 {
		file := strings.ReplaceAll(`{"nbformat": 4, "nbformat_minor": N, "metadata": {"orig_nbformat": 3, "signature": "x", "kernelspec": {"name": "a", "display_name": "A"}},
"cells": [
 {"cell_type": "markdown", "metadata": {"trusted": true}, "source": ["# a\n", "b"]},
 {"cell_type": "raw", "metadata": {}, "source": "a\nb\n"},
 {"cell_type": "code", "metadata": {"collapsed": false}, "source": [], "execution_count": 1, "outputs": [
  {"output_type": "stream", "name": "stdout", "text": "a\nb"},
  {"output_type": "display_data", "metadata": {}, "data": {"image/png": ["iVBO\n", "Rw0K"], "text/plain": "x"}}]}]}`, "N", string(rune('0'+minor)))
		nb := read(t, file)
		var list []string
		for _, c := range nb.Cells {
			list = append(list, c.ID)
		}
		files, got, ids = append(files, file), append(got, string(encode(t, nb))), append(ids, list)
	}
	for minor, want := range nbformat(t, files, ids) {
		if diff := cmp.Diff(want, got[minor]); diff != "" {
			t.Errorf("4.%d (-nbformat +ours):\n%s", minor, diff)
		}
	}
}

// nbformat lets Python's nbformat read files, lift them to 4.5, check them by
// their schema, and write them. The cells of a file get ids where there are
// some.
func nbformat(t *testing.T, files []string, ids [][]string) []string {
	const code = `import json, os, sys, tempfile, nbformat
from nbformat.v4 import upgrade
files, ids = json.load(sys.stdin)
out = []
for text, names in zip(files, ids):
    nb = nbformat.reads(text, as_version=4)
    if names:
        nb = upgrade(nb)
        for c, id in zip(nb.cells, names): c.id = id
    assert nb.nbformat_minor == 5
    nbformat.validate(nb)
    path = os.path.join(sys.argv[1], 'x.ipynb')
    nbformat.write(nb, path)
    out.append(open(path, encoding='utf-8', newline='').read())
json.dump(out, sys.stdout)`
	cmd := exec.CommandContext(t.Context(), need.Jupyter(t), "-c", code, t.TempDir())
	cmd.Stdin = strings.NewReader(asJSON(t, []any{files, ids}))
	var log bytes.Buffer
	cmd.Stderr = &log
	b, err := cmd.Output()
	var out []string
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil || log.Len() > 0 || len(out) != len(files) {
		t.Fatalf("%v\n%s", err, log.String())
	}
	return out
}

// TestRoundTrip reads back what is written: the same notebook, ids too, and
// what nobody knows stays.
func TestRoundTrip(t *testing.T) {
	first := encode(t, all())
	nb := read(t, string(first))
	if diff := cmp.Diff(string(first), string(encode(t, nb))); diff != "" {
		t.Error(diff)
	}
	const strange = `{"nbformat": 4, "nbformat_minor": 5, "future": [1, {"a": "b"}], "metadata": {},
"cells": [{"cell_type": "code", "id": "x", "metadata": {"trusted": true}, "source": "", "execution_count": null, "later": {"k": 1.50},
"outputs": [{"output_type": "stream", "name": "stdout", "text": "", "extra": null}]}]}`
	const want = `{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "x",
   "later": {
    "k": 1.5
   },
   "metadata": {},
   "outputs": [
    {
     "extra": null,
     "name": "stdout",
     "output_type": "stream",
     "text": []
    }
   ],
   "source": []
  }
 ],
 "future": [
  1,
  {
   "a": "b"
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`
	nb = read(t, strange)
	if diff := cmp.Diff(want, string(encode(t, nb))); diff != "" {
		t.Error(diff)
	}
	if len(nb.Cells[0].Metadata) > 0 {
		t.Errorf("nobody is to trust a cell since its file says so: %v", nb.Cells[0].Metadata)
	}
}

// TestIDs: ids that are missing, bad or taken are made, the others stay, and
// they are the same each time; a cell that is added changes none.
func TestIDs(t *testing.T) {
	file := `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
 {"cell_type": "raw", "metadata": {}, "source": "a"}, {"cell_type": "raw", "metadata": {}, "source": "a"},
 {"cell_type": "raw", "metadata": {}, "source": "b", "id": "a b"}, {"cell_type": "raw", "metadata": {}, "source": "c", "id": ""},
 {"cell_type": "raw", "metadata": {}, "source": "d", "id": "same"}, {"cell_type": "raw", "metadata": {}, "source": "e", "id": "same"},
 {"cell_type": "raw", "metadata": {}, "source": "f", "id": "` + strings.Repeat("x", 65) + `"}, {"cell_type": "raw", "metadata": {}, "source": "g", "id": 7}]}`
	ids := func(nb *notebook.Notebook) (list []string) {
		for _, c := range nb.Cells {
			list = append(list, c.ID)
		}
		return list
	}
	nb := read(t, file)
	got := ids(nb)
	seen := map[string]bool{}
	for _, id := range got {
		if seen[id] || len(id) == 0 || len(id) > 64 || strings.Trim(id, "0123456789abcdefsm-") != "" {
			t.Errorf("id %q of %q", id, got)
		}
		seen[id] = true
	}
	if got[4] != "same" || got[5] == "same" {
		t.Errorf("%q", got)
	}
	if diff := cmp.Diff(got, ids(read(t, file))); diff != "" {
		t.Error("another time others:", diff)
	}
	nb.Cells = append([]notebook.Cell{{Type: notebook.Raw, Source: "new"}}, nb.Cells...)
	for i := range nb.Cells {
		nb.Cells[i].ID = ""
	}
	if after := ids(read(t, string(encode(t, nb)))); after[1] != got[0] || after[3] != got[2] {
		t.Errorf("%q, then %q", got, after)
	}
}

// TestRefuses gives each error in one line that says what to do.
func TestRefuses(t *testing.T) {
	cell := func(c string) string {
		return `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "raw", "metadata": {}, "source": ""}, ` + c + `]}`
	}
	for _, c := range []struct{ file, want string }{
		{`{"nbformat": 3, "worksheets": []}`, "nbformat 3, and 4 is read: convert it with jupyter nbconvert --to notebook --nbformat 4"},
		{`{"nbformat": 5}`, "nbformat 5, and 4 is read: save it as nbformat 4"},
		{`{"nbformat": "4"}`, "no notebook: it has no number nbformat"},
		{`{"paragraphs": []}`, "a note of Zeppelin, no notebook of Jupyter: give it the name x.zpln"},
		{`[]`, "the file must be a JSON object"},
		{`null`, "the file must be a JSON object"},
		{"", "line 1: this notebook ends in the middle"},
		{"{\n\"nbformat\": 4,\n", "line 3: this notebook ends in the middle"},
		{"{\n\"nbformat\" 4}", "line 2: this is no notebook, as it is no JSON"},
		{"{\"nbformat\": 4}\n\nx", "line 3: text after the end of the notebook"},
		{"{\n\"a\": \"\xff\"}", "line 2: this notebook has bytes that are not UTF-8: save it as UTF-8"},
		{`{"nbformat": 4, "cells": {}}`, "its cells must be a list"},
		{`{"nbformat": 4, "metadata": 1}`, "its metadata must be a JSON object"},
		{cell(`1`), "cell 2: it must be a JSON object"},
		{cell(`{"cell_type": "heading"}`), `cell 2: its cell_type is "heading", not code, markdown or raw`},
		{cell(`{"cell_type": "code", "source": [1]}`), "cell 2: its source must be a string or a list of strings"},
		{cell(`{"cell_type": "code", "execution_count": 1.5}`), "cell 2: its execution_count must be a whole number or null"},
		{cell(`{"cell_type": "code", "outputs": [{"output_type": "pyout"}]}`), `cell 2: output 1: its output_type is "pyout"`},
		{cell(`{"cell_type": "code", "outputs": [{"output_type": "error", "traceback": [1]}]}`), "cell 2: output 1: its traceback must be a list of strings"},
		{`{"nbformat": 4, "x": [` + strings.Repeat("[],", 5<<20) + `[]]}`, "more than 8 million values"},
		{strings.Repeat(" ", 256<<20+1), "larger than 256 MiB: clear its outputs first"},
	} {
		_, err := notebook.Read(strings.NewReader(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: %v, want %s", c.file, err, c.want)
		}
	}
	for _, nb := range []*notebook.Notebook{
		{Cells: []notebook.Cell{{}}},
		{Cells: []notebook.Cell{{Type: notebook.Code, Outputs: []notebook.Output{{}}}}},
		{Metadata: notebook.Object{"x": struct{}{}}},
	} {
		if b, err := nb.Bytes(); err == nil {
			t.Errorf("written as %s", b)
		}
	}
}

func read(t testing.TB, file string) *notebook.Notebook {
	t.Helper()
	nb, err := notebook.Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

func encode(t testing.TB, nb *notebook.Notebook) []byte {
	t.Helper()
	b, err := nb.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzRead reads anything. What it takes it writes, and reads as the same.
func FuzzRead(f *testing.F) {
	// Short ones: what is long is made shorter for minutes before it is changed.
	f.Add([]byte(`{"nbformat":4,"cells":[{"cell_type":"code","outputs":[{"output_type":"stream","text":["a"]},{"output_type":"error","traceback":["b"]}]}]}`))
	f.Add([]byte(`{"nbformat":4,"metadata":{"a":[1.5e3,null]},"cells":[{"cell_type":"markdown","attachments":{"a":{"b":"c"}},"id":"x"}]}`))
	f.Add([]byte(`{"nbformat":4,"cells":[{"cell_type":"code","outputs":[{"output_type":"display_data","data":{"text/x":["a","b"],"application/json":{}}}]}]}`))
	f.Add([]byte(`{"nbformat": 4, "nbformat_minor": 0, "cells": [{"cell_type": "code", "source": ["a\n"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := notebook.Read(bytes.NewReader(data))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q", err)
			}
			return
		}
		first := encode(t, nb)
		again := read(t, string(first))
		if diff := cmp.Diff(string(first), string(encode(t, again))); diff != "" {
			t.Fatal(diff)
		}
		cells(t, nb, again)
		backAndForth(t, notebook.Scripts{}, nb)
		backAndForth(t, notebook.Scripts{Whole: whole}, nb)
	})
}
