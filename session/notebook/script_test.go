package notebook_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/session/lang"
	"gondola/session/notebook"
)

// whole is a stand-in for the language: nothing follows "|" or "\", and quotes
// are even.
func whole(piece string) bool {
	return !strings.HasSuffix(piece, "|") && !strings.HasSuffix(piece, `\`) && strings.Count(piece, `"`)%2 == 0
}

func scripts() map[string]notebook.Scripts {
	return map[string]notebook.Scripts{"plain": {}, "whole": {Whole: whole}}
}

// TestScript shows what cells a script has.
func TestScript(t *testing.T) {
	const (
		marked = `# %% [markdown] tags=["a", "b"]
# # Receipts
#
# What people bought.

# %% Defaults tags=["parameters"]
param k = 50

# %%
%%sql as top
select 1
%%bash
ls
# %% [raw]
# raw
load x

# %% {"any key": 1} lines=2
a
# %% b
`
		unmarked = "\ufeff\n# All\n# of it\n\n#!x\nload x |\n\npreprocess\ntrain \"a\n\nb\"\n# why\ncluster\n\n\n# end"
	)
	type cell struct{ Type, Source, Metadata string }
	for _, c := range []struct {
		text string
		s    notebook.Scripts
		want []cell
	}{
		{marked, notebook.Scripts{Whole: whole}, []cell{
			{"markdown", "# Receipts\n\nWhat people bought.", `{"tags":["a","b"]}`},
			{"code", "param k = 50", `{"tags":["parameters"],"title":"Defaults"}`},
			{"code", "%%sql as top\nselect 1", `{}`},
			{"code", "%%bash\nls", `{}`},
			{"raw", "raw", `{}`},
			{"code", "load x", `{}`},
			{"code", "a\n# %% b", `{"any key":1}`},
		}},
		{unmarked, notebook.Scripts{Whole: whole}, []cell{
			{"markdown", "All\nof it", `{}`},
			{"code", "#!x\nload x |\n\npreprocess\ntrain \"a\n\nb\"\n# why\ncluster", `{}`},
			{"markdown", "end", `{}`},
		}},
		{unmarked, notebook.Scripts{}, []cell{{"code", strings.TrimPrefix(unmarked, "\ufeff\n"), `{}`}}},
		{"", notebook.Scripts{}, nil},
		{"\n\n", notebook.Scripts{}, []cell{{"code", "", `{}`}}},
		{"\n# %%\n\nx\r\ny\r\n", notebook.Scripts{}, []cell{{"code", "x\r\ny\r", `{}`}}},
		{"# %% tags=[oops", notebook.Scripts{}, []cell{{"code", "", `{"title":"tags=[oops"}`}}},
		{"# %%\n# %%\n# %% [md]\n#x\n#  y\nz", notebook.Scripts{}, []cell{{"code", "", `{}`}, {"code", "", `{}`}, {"markdown", "x\n y", `{}`}, {"code", "z", `{}`}}},
		{"# %% [notebook] title=\"T\"\nload x\n# %% [notebook]\ny", notebook.Scripts{}, []cell{{"code", "load x", `{}`}, {"code", "y", `{"title":"[notebook]"}`}}},
		{"# %% [notebook] a=1\n# b", notebook.Scripts{}, []cell{{"code", "# b", `{}`}}},
		{"#!x\n\n# y\n", notebook.Scripts{Whole: whole}, []cell{{"code", "#!x", `{}`}, {"markdown", "y", `{}`}}},
		{"# %% [raw] lines=3\n# a\nload x", notebook.Scripts{}, []cell{{"raw", "a", `{}`}, {"code", "load x", `{}`}}},
	} {
		nb := fromScript(t, c.s, c.text)
		var got []cell
		for _, k := range nb.Cells {
			got = append(got, cell{k.Type, k.Source, lasting(t, k.Metadata)})
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
		if again := c.s.Write(nb); again != c.text {
			t.Errorf("%q comes back as %q", c.text, again)
		}
	}
	if nb := fromScript(t, notebook.Scripts{}, "# %% [notebook] title=\"T\"\n"); nb.Metadata["title"] != "T" || nb.Metadata["kernelspec"] == nil {
		t.Errorf("%v", nb.Metadata)
	}
	if _, err := (notebook.Scripts{}).Read("a\n\xff"); err == nil || !strings.Contains(err.Error(), "line 2: this script has bytes that are not UTF-8") {
		t.Error(err)
	}
}

// TestWholeByTheLanguage opens a script with the language saying what is
// whole: groups of statements become cells, and no statement is cut.
func TestWholeByTheLanguage(t *testing.T) {
	g, err := lang.NewGrammar([]lang.Command{{Name: "show", Group: "look", Summary: "Show."}})
	if err != nil {
		t.Fatal(err)
	}
	s := notebook.Scripts{Whole: func(piece string) bool { return g.Parse(piece).Open == lang.Closed }}
	const text = "# Receipts.\n\n# All.\nload x |\n\n preprocess\n\nnear \"a\n\nb\"\nnear 12\"\n\ntrain \\\n\ncluster\n"
	if got, want := sources(fromScript(t, s, text)), "Receipts.|# All.\nload x |\n\n preprocess|near \"a\n\nb\"\nnear 12\"|train \\\n\ncluster"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	thereAndBack(t, s, text)
}

// TestCanonicalScript shows how cells that are from no script are written.
func TestCanonicalScript(t *testing.T) {
	nb := notebook.New()
	nb.Metadata["title"] = "T"
	nb.Cells = []notebook.Cell{
		{Type: notebook.Markdown, Source: "# A\n\nb", Metadata: notebook.Object{"title": "not [a title]", "tags": []string{"x"}}},
		{Type: notebook.Code, Source: "load x", Metadata: notebook.Object{"title": "Load it"}},
		{Type: notebook.Code, Source: "a\n# %%\n%%sql\n", Metadata: notebook.Object{"b c": 1, "execution": notebook.Object{"x": "y"}, "papermill": notebook.Object{}}},
		{Type: notebook.Markdown, Source: "%% x", Attachments: notebook.Object{"a": notebook.Object{}}},
		{Type: notebook.Code, Source: "", Metadata: notebook.Object{"lines": 2}},
		{Type: notebook.Code, Source: "z"},
	}
	const want = `# %% T [notebook]

# %% not [a title] [markdown] tags=["x"]
# # A
#
# b

# %% Load it
load x

# %% {"b c": 1} lines=4
a
# %%
%%sql


# %% [markdown] attachments={"a": {}} lines=1
# %% x

# %% {"lines": 2}

# %%
z
`
	for name, s := range scripts() {
		if diff := cmp.Diff(want, s.Write(nb)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		backAndForth(t, s, nb)
	}
}

// TestEditedScript changes a notebook that was a script: what was not touched
// stays as it stood, and every statement stays.
func TestEditedScript(t *testing.T) {
	s := notebook.Scripts{Whole: whole}
	const text = "# About\n\nload x\n\n\n\n# %%  [md]\n#note\nshow\n\n#  end\n"
	nb := fromScript(t, s, text)
	nb.Cells[1].Source = "load y"
	const edited = "# About\n\n# %%\nload y\n\n\n\n# %%  [md]\n#note\nshow\n\n#  end\n"
	// It stands where it stood, so it needs no marker.
	if diff := cmp.Diff(strings.Replace(edited, "# %%\nload", "load", 1), s.Write(nb)); diff != "" {
		t.Error(diff)
	}
	nb.Cells[1].Source = "# load y" // would be Markdown without a marker
	if diff := cmp.Diff(strings.Replace(edited, "load", "# load", 1), s.Write(nb)); diff != "" {
		t.Error(diff)
	}
	backAndForth(t, s, nb)
	open := fromScript(t, s, "load x\n\n\n# %%\nshow") // no end of the last line
	open.Cells = append(open.Cells, notebook.Cell{Type: notebook.Code, Source: "tag"})
	if diff := cmp.Diff("load x\n\n\n# %%\nshow\n\n# %%\ntag\n", s.Write(open)); diff != "" {
		t.Error(diff)
	}
	for i := range nb.Cells { // any order
		nb.Cells[0], nb.Cells[i] = nb.Cells[i], nb.Cells[0]
		backAndForth(t, s, nb)
	}
	nb.Cells[2].Metadata = notebook.Object{"gondola.script": notebook.Object{"head": "rm -rf\n", "body": 7, "gap": "x"}}
	backAndForth(t, s, nb)
}

// TestScriptsAreLinear: no text costs more than its length.
func TestScriptsAreLinear(t *testing.T) {
	asked := 0
	s := notebook.Scripts{Whole: func(piece string) bool { asked += len(piece); return false }}
	text := strings.Repeat("load x\n\n", 1<<14)
	if got := s.Write(fromScript(t, s, text)); got != text {
		t.Error("another text")
	}
	if asked > 1000*len(text) {
		t.Errorf("asked about %d bytes of %d", asked, len(text))
	}
}

// TestRandom goes both ways with random scripts and notebooks made of what
// is special.
func TestRandom(t *testing.T) {
	parts := []string{
		"# %%", "# %% ", "# %% [markdown]", "# %% [md]", "# %% [raw]", "# %% [notebook] a=1", "# %% lines=2", "# %% [raw] lines=1", "# %% T [x]",
		` tags=["parameters"]`, ` {"k": 1}`, ` {"gondola.script": {"gap": "\n"}}`, ` attachments={"a":{"text/plain":["x"]}}`, " gondola.script=1", "%%sql", "%%", "#", "# ", "# a", "#!", "load x", "|", `\`, `"`,
		"\n", "\n", "\n", "\n\n", "\r\n", "\r", " ", "\t", "\ufeff", "\u2028", "\x00", "é",
	}
	rng := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range rng.IntN(14) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		return b.String()
	}
	for range 2_000 {
		for _, s := range scripts() {
			thereAndBack(t, s, text())
			nb := notebook.New()
			if rng.IntN(4) == 0 {
				nb.Metadata["title"] = text()
			}
			for range rng.IntN(4) {
				c := notebook.Cell{Type: []string{notebook.Code, notebook.Markdown, notebook.Raw}[rng.IntN(3)], Source: text(), Metadata: notebook.Object{}}
				if rng.IntN(3) == 0 {
					c.Metadata[text()] = text()
				}
				if rng.IntN(3) == 0 {
					c.Metadata["title"] = text()
				}
				if c.Type != notebook.Code && rng.IntN(3) == 0 {
					c.Attachments = notebook.Object{text(): notebook.Object{"text/plain": text()}}
				}
				nb.Cells = append(nb.Cells, c)
			}
			backAndForth(t, s, nb)
			if t.Failed() {
				return
			}
		}
	}
}

func FuzzScript(f *testing.F) {
	for _, s := range []string{"", "load x\n", "# %%\n\n%%sql\nselect 1\n# %% [md] a=1 lines=2\n#x\n\n", "\ufeff\n# a\n\nb |\n\nc", "# %% [notebook] {\"a b\": [1e5]}\r\n# %% T\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range scripts() {
			thereAndBack(t, s, text)
			nb := notebook.New()
			nb.Cells = []notebook.Cell{{Type: notebook.Raw, Source: text}, {Type: notebook.Code, Source: text, Metadata: notebook.Object{text: text}}}
			backAndForth(t, s, read(t, string(encode(t, nb))))
		}
	})
}

// thereAndBack makes a notebook file of a script, and the script again.
func thereAndBack(t *testing.T, s notebook.Scripts, text string) {
	t.Helper()
	nb, err := s.Read(text)
	if err != nil {
		return
	}
	file := encode(t, nb)
	if again := s.Write(read(t, string(file))); again != text {
		t.Errorf("%q comes back as %q by\n%s", text, again, file)
	}
}

// backAndForth makes a script of a notebook, and the notebook again.
func backAndForth(t *testing.T, s notebook.Scripts, nb *notebook.Notebook) {
	t.Helper()
	text := s.Write(nb)
	again, err := s.Read(text)
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return
	}
	cells(t, nb, again)
	if nb.Metadata["title"] != again.Metadata["title"] {
		t.Errorf("title %q, then %q", nb.Metadata["title"], again.Metadata["title"])
	}
	if t.Failed() {
		t.Logf("by %q", text)
	}
}

// cells compares the cells of two notebooks, but for their outputs.
func cells(t *testing.T, want, got *notebook.Notebook) {
	t.Helper()
	if len(want.Cells) != len(got.Cells) {
		t.Errorf("%d cells, want %d", len(got.Cells), len(want.Cells))
		return
	}
	for i, w := range want.Cells {
		g := got.Cells[i]
		if w.Type != g.Type || w.Source != g.Source || (w.Attachments == nil) != (g.Attachments == nil) ||
			asJSON(t, w.Attachments) != asJSON(t, g.Attachments) || lasting(t, w.Metadata) != lasting(t, g.Metadata) {
			t.Errorf("cell %d is %#v, want %#v", i+1, g, w)
		}
	}
}

func fromScript(t *testing.T, s notebook.Scripts, text string) *notebook.Notebook {
	t.Helper()
	nb, err := s.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

// TestInject puts the parameters where papermill puts them.
func TestInject(t *testing.T) {
	code := func(source string, tags ...string) notebook.Cell {
		return notebook.Cell{Type: notebook.Code, Source: source, Metadata: notebook.Object{"tags": tags}}
	}
	title := notebook.Cell{Type: notebook.Markdown, Source: "t", Metadata: notebook.Object{"tags": []string{"parameters"}}}
	for _, c := range []struct {
		cells []notebook.Cell
		want  string
	}{
		{nil, "new"},
		{[]notebook.Cell{title, code("a")}, "new|t|a"},
		{[]notebook.Cell{title, code("a", "x", "parameters"), code("b")}, "t|a|new|b"},
		{[]notebook.Cell{code("a", "parameters"), code("b"), code("old", "injected-parameters"), code("c"), code("older", "injected-parameters")}, "a|b|new|c"},
	} {
		nb := notebook.New()
		nb.Cells = c.cells
		for range 2 { // the second time in place of the first
			nb.Inject([]string{"old"})
			nb.Inject([]string{"new"})
			if got := sources(nb); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		}
		for _, k := range nb.Cells {
			if (k.Source == "new") != k.Tagged("injected-parameters") || k.Source == "new" && k.Type != notebook.Code {
				t.Errorf("%v", k)
			}
		}
		nb.Inject(nil)
		if got := sources(nb); strings.Contains(got, "new") {
			t.Error(got)
		}
	}
	nb := notebook.New()
	nb.Inject([]string{"param k = 1", "param l = 2"})
	if got := read(t, string(encode(t, nb))).Cells[0]; got.Source != "param k = 1\nparam l = 2" || !got.Tagged("injected-parameters") {
		t.Errorf("%v", got)
	}
}

func sources(nb *notebook.Notebook) string {
	var list []string
	for _, c := range nb.Cells {
		list = append(list, c.Source)
	}
	return strings.Join(list, "|")
}

// TestRun writes and removes what a run leaves in the metadata.
func TestRun(t *testing.T) {
	start := time.Date(2026, 11, 22, 18, 5, 0, 1500, time.FixedZone("", 3600))
	end := start.Add(1500 * time.Millisecond)
	nb := notebook.New()
	nb.Cells = []notebook.Cell{{Type: notebook.Code, Outputs: []notebook.Output{notebook.Stream("stdout", "x")}}}
	before := string(encode(t, &notebook.Notebook{Cells: []notebook.Cell{{Type: notebook.Code}}, Metadata: nb.Metadata}))
	nb.SetRun(notebook.Run{Input: "a.ipynb", Output: "b.ipynb", Start: start, End: end, Failed: true, Version: "1", Parameters: notebook.Object{"k": "50"}})
	nb.Cells[0].SetRun(start, end, true)
	got := asJSON(t, nb.Metadata["papermill"]) + "\n" + asJSON(t, nb.Cells[0].Metadata)
	const want = `{"default_parameters":{},"duration":1.5,"end_time":"2026-11-22T17:05:01.500001+00:00","environment_variables":{},"exception":true,"input_path":"a.ipynb","output_path":"b.ipynb","parameters":{"k":"50"},"start_time":"2026-11-22T17:05:00.000001+00:00","version":"1"}
{"execution":{"iopub.execute_input":"2026-11-22T17:05:00.000001Z","iopub.status.busy":"2026-11-22T17:05:00.000001Z","iopub.status.idle":"2026-11-22T17:05:01.500001Z","shell.execute_reply":"2026-11-22T17:05:01.500001Z"},"papermill":{"duration":1.5,"end_time":"2026-11-22T17:05:01.500001+00:00","exception":true,"start_time":"2026-11-22T17:05:00.000001+00:00","status":"failed"}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	nb.ClearRuns()
	if diff := cmp.Diff(before, string(encode(t, nb))); diff != "" {
		t.Error(diff)
	}
}
