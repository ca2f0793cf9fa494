package notebook_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/session/lang"
	"gondola/session/notebook"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestZeppelin reads a note with everything that notes have, and compares
// with the notebook of testdata.
func TestZeppelin(t *testing.T) {
	note, err := os.ReadFile("testdata/note.zpln")
	if err != nil {
		t.Fatal(err)
	}
	nb, err := notebook.ReadZeppelin(strings.NewReader(string(note)), lang.Quote)
	if err != nil {
		t.Fatal(err)
	}
	got := encode(t, nb)
	if *update {
		if err := os.WriteFile("testdata/note.ipynb", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/note.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
	for name, s := range scripts() {
		backAndForth(t, s, nb)
		if t.Failed() {
			t.Log(name)
		}
	}
}

// TestZeppelinForms reads forms one by one: what is declared, and what stands
// in their place.
func TestZeppelinForms(t *testing.T) {
	for _, c := range []struct{ text, params, place string }{
		{"${a}", `param a = ""`, "{a}"},
		{"${a=}", `param a = ""`, "{a}"},
		{"${a=3}", `param a = 3`, "{a}"},
		{"${a=b c;d}", `param a = "b c;d"`, "{a}"},
		{"${a b(Shown\u0007)=x,x|y (Z)|}", `param a_b = x in x,y,""  # Shown`, "{a_b}"},
		{"${a=z,x|y}", `param a = z in z,x,y`, "{a}"},
		{"${a=,x|y}", `param a = "" in "",x,y`, "{a}"},
		{"${checkbox:a=x|y,x|y|z}", `param a = "x,y"  # any of x, y, z`, "{a}"},
		{"${checkbox( or ):a=x|y,x(X)|y}", `param a = "x or y"  # any of x, y`, "{a}"},
		{"${password:a}", `param a = ""  # a password`, "{a}"},
		{"$${a=1} _${b=2}", "param a = 1\nparam b = 2", "{a} {b}"},
		{"${a=1} ${a=2} ${a=1} ${a} ${a_2=5} ${a=3}", "param a = 1\nparam a_2 = 2\nparam a_2_2 = 5\nparam a_3 = 3", "{a} {a_2} {a} {a} {a_2_2} {a_3}"},
		{"${a} ${a=2} ${a=2}", "param a = 2", "{a} {a} {a}"},
		{"${in=1} ${as=1} ${c17=1} ${9=1} ${日本=1} ${-=1}", "param p_in = 1\nparam p_as = 1\nparam p_c17 = 1\nparam p_9 = 1\nparam 日本 = 1\nparam _ = 1", "{p_in} {p_as} {p_c17} {p_9} {日本} {_}"},
		{"${odd:a=1} ${} $a {a} ${a", "", "${odd:a=1} ${} $a {a} ${a"},
	} {
		note := `{"paragraphs": [{"text": ` + asJSON(t, "%sql "+c.text) + `}]}`
		nb, err := notebook.ReadZeppelin(strings.NewReader(note), lang.Quote)
		if err != nil {
			t.Fatal(err)
		}
		params := ""
		if len(nb.Cells) == 2 {
			params = nb.Cells[0].Source
		}
		if place := nb.Cells[len(nb.Cells)-1].Source; params != c.params || place != "%%sql\n"+c.place {
			t.Errorf("%s becomes\n%s\nand %s, want\n%s\nand %s", c.text, params, place, c.params, c.place)
		}
		declares(t, params)
	}
}

// declares says that the language reads the statements: declarations of
// parameters with a default that is one of the choices, and nothing else.
func declares(t *testing.T, statements string) {
	t.Helper()
	g, err := lang.NewGrammar([]lang.Command{{
		Name: "param", Group: "runs", Summary: "Declare a parameter.",
		Args: []lang.Arg{{Name: "declaration", Type: lang.String, Summary: "NAME = default in a,b,c."}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	script := g.Parse(statements)
	if diags := append(script.Diagnostics, g.Check(script, &lang.Scope{})...); len(diags) > 0 {
		t.Errorf("%q: %v", statements, diags)
	}
	for _, st := range script.Statements {
		if len(st.Steps) != 1 || st.Steps[0].Param == nil {
			t.Errorf("%q is more than parameters", statements)
		}
	}
}

// TestZeppelinRunsNothing: what does not run here stays a comment, whatever
// it is called.
func TestZeppelinRunsNothing(t *testing.T) {
	nb, err := notebook.ReadZeppelin(strings.NewReader(`{"defaultInterpreterGroup": "x\nquit\rquit", "paragraphs": [{"text": "a\nb\r\n%sh\n\n# c"}]}`), lang.Quote)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sources(nb), "# %x quit quit does not run here; this is its text\n# a\n# b\n# %sh\n#\n# # c"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestZeppelinRefuses(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{`{"nbformat": 4}`, "a notebook of Jupyter, no note of Zeppelin: give it the name x.ipynb"},
		{`{}`, "no note of Zeppelin: it has no list paragraphs"},
		{`{"paragraphs": [{}, 1]}`, "paragraph 2: it must be a JSON object"},
		{`{"paragraphs": [`, "this note of Zeppelin ends in the middle"},
	} {
		_, err := notebook.ReadZeppelin(strings.NewReader(c.file), lang.Quote)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.file, err, c.want)
		}
	}
}

// FuzzZeppelin reads anything. What it takes is a notebook that is written and
// read, whose parameters the language reads, and that lost no word of a
// language that does not run.
func FuzzZeppelin(f *testing.F) {
	f.Add(`{"paragraphs":[{"text":"x","title":"y","config":{"enabled":false}}],"defaultInterpreterGroup":"a\nb","name":"n"}`, "%sh ${a}")
	f.Add(`{"paragraphs":[{"text":"%a.b(c) d","results":{"msg":[{"type":"IMG","data":"R0lGOD"}]}}]}`, "${checkbox(:):a(b)=c|d,e|f(g)}")
	f.Add(`{"name": 1, "paragraphs": [{"text": "%md ${a=b,c|d}", "title": 7, "config": [], "results": {"msg": [1, {"type": "TABLE", "data": "\t\n"}]}}]}`, "%spark\n%%x\n# %%")
	f.Fuzz(func(t *testing.T, file, text string) {
		for _, file := range []string{file, `{"paragraphs": [{"text": ` + asJSON(t, text) + `}]}`, `{"paragraphs": [{"text": ` + asJSON(t, "%sql "+text) + `}]}`} {
			nb, err := notebook.ReadZeppelin(strings.NewReader(file), lang.Quote)
			if err != nil {
				continue
			}
			again := read(t, string(encode(t, nb)))
			cells(t, nb, again)
			backAndForth(t, notebook.Scripts{Whole: whole}, nb)
			for _, c := range nb.Cells {
				if c.Tagged(notebook.ParametersTag) {
					declares(t, c.Source)
				}
				if strings.Contains(c.Source, " does not run here") {
					for line := range strings.Lines(c.Source) {
						if !strings.HasPrefix(line, "#") {
							t.Errorf("%q would run", line)
						}
					}
				}
			}
		}
	})
}
