package lang_test

import (
	"strings"
	"testing"

	"gondola/session/lang"
)

func TestInspect(t *testing.T) {
	g := testGrammar(t)
	for _, tt := range []struct{ src, want, word string }{
		{"tr‸ain --epochs 5", "Train word2vec", "train"},
		{"‸train", "Train word2vec", "train"},
		{"train --ep‸ochs 5", "--epochs N\n  Passes over", "--epochs"},
		{"train --epochs 5‸ ", "--epochs N\n  Passes over", "5"},
		{"train --max-iter=5‸", "--epochs N\n  Passes over", "--max-iter=5"},
		{"cluster -k {k‸}", "param k = 50 in 50,100", "{k}"},
		{"param k = 7\ncluster -k {k‸}", "param k = 7", "{k}"},
		{"show o‸ld", "old: a table, 12 rows", "old"},
		{"load x as new\nshow n‸ew", "new: a table", "new"},
		{"load x | sh‸ow ; near", "Show rows", "show"},
		{"model sa‸ve x", "Save the model", "model save"},
		{"mode‸l", "model save", "model"},
		{"sql SELECT {k‸}", "param k = 50", "{k}"},
		{"sql SELECT‸ 1", "Query results by SQL", "sql"},
		{"explain some‸thing", "Explain the tags", "explain"},
		{"fr‸ob", "", ""},
		{"load x # com‸ment", "", ""},
		{"load x\n‸\nshow", "", ""},
	} {
		before, after, _ := strings.Cut(tt.src, "‸")
		in, found := g.Inspect(before+after, len(before), testScope())
		if found != (tt.want != "") || !strings.Contains(in.Text, tt.want) {
			t.Errorf("%s: %v %q, want %q", tt.src, found, in.Text, tt.want)
			continue
		}
		if word := (before + after)[in.Span.Start:in.Span.End]; found && (word != tt.word || in.Markdown == "") {
			t.Errorf("%s explains %q, want %q; Markdown %q", tt.src, word, tt.word, in.Markdown)
		}
	}
}

func TestIsComplete(t *testing.T) {
	g := testGrammar(t)
	for src, want := range map[string]lang.Status{
		"":                       lang.StatusComplete,
		"load x":                 lang.StatusComplete,
		"load x\n":               lang.StatusComplete,
		"frob":                   lang.StatusComplete, // more text repairs nothing; it fails when run
		"sql SELECT 'a":          lang.StatusComplete, // verbatim text is not read
		"load x \\":              lang.StatusIncomplete,
		"load x \\  ":            lang.StatusIncomplete,
		"load x \\\n":            lang.StatusComplete,
		"load x |":               lang.StatusIncomplete,
		"load x | # why\n\n":     lang.StatusIncomplete,
		"near \"piz":             lang.StatusIncomplete,
		"load x\nnear 'a\nshow":  lang.StatusIncomplete,
		"sql SELECT a \\":        lang.StatusIncomplete,
		"near \"a\nshow \"b\" x": lang.StatusInvalid,
		"near 'a'b":              lang.StatusInvalid,
		"| show":                 lang.StatusInvalid,
		"load x as":              lang.StatusInvalid,
		"%%sql":                  lang.StatusIncomplete,
		"%%sql\n":                lang.StatusIncomplete,
		"%%sql\nSELECT 1":        lang.StatusIncomplete,
		"%%sql\nSELECT 1\n":      lang.StatusComplete, // Enter in the empty line below
		"%%sql\nSELECT 1\n\n":    lang.StatusComplete,
		"%%sql\n1\n\n, 2":        lang.StatusIncomplete,
		"%%sql\n1\n%%bash\nls":   lang.StatusIncomplete,
		"%%sql\n1\n# %%":         lang.StatusComplete,
		"%%sql | x\n1":           lang.StatusInvalid,
		"param k":                lang.StatusInvalid,
	} {
		if got, _ := g.IsComplete(src); got != want {
			t.Errorf("%q is %s, want %s", src, got, want)
		}
	}
	if _, indent := g.IsComplete("load x |"); indent != "    " {
		t.Errorf("indent %q", indent)
	}
}

func TestHelpOn(t *testing.T) {
	g := testGrammar(t)
	for topic, want := range map[string]string{
		"train": "word2vec", "model": "model save", "model  load": "Load a model", "exit": "Also: exit", "look": "inspect",
	} {
		if text, found := g.HelpOn(topic, 80); !found || !strings.Contains(text, want) {
			t.Errorf("help %s: %v %q", topic, found, text)
		}
	}
	if text, found := g.HelpOn("nothing", 80); found {
		t.Errorf("help on nothing: %q", text)
	}
	for line := range strings.SplitSeq(g.Overview(80), "\n") {
		if len(line) > 80 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}
