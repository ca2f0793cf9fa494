package lang_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"gondola/session/lang"
)

var update = flag.Bool("update", false, "write the files of testdata anew; read the diff")

// golden runs got over every testdata/<folder>/*.txtar and compares with its
// file "want". The comment above the first file may set the scope:
// "scope: session" takes testScope, "set: k=51" is --set.
func golden(t *testing.T, folder string, got func(src string, scope *lang.Scope) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/%s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			scope := &lang.Scope{}
			for line := range strings.SplitSeq(string(ar.Comment), "\n") {
				if line == "scope: session" {
					scope = testScope()
				}
				if set, ok := strings.CutPrefix(line, "set: "); ok {
					name, value, _ := strings.Cut(set, "=")
					scope.Set = map[string]string{name: value}
				}
			}
			var src, want string
			for _, f := range ar.Files {
				switch f.Name {
				case "in.gnd":
					src = string(f.Data)
				case "want":
					want = string(f.Data)
				default:
					t.Fatalf("file %q is neither in.gnd nor want", f.Name)
				}
			}
			have := got(src, scope)
			if *update {
				ar.Files = []txtar.File{{Name: "in.gnd", Data: []byte(src)}, {Name: "want", Data: []byte(have)}}
				if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, have); d != "" {
				t.Errorf("(-want +got; -update writes it anew)\n%s", d)
			}
		})
	}
}

func TestParseGolden(t *testing.T) {
	g := testGrammar(t)
	golden(t, "parse", func(src string, _ *lang.Scope) string {
		var b strings.Builder
		s := g.Parse(src)
		for i, st := range s.Statements {
			fmt.Fprintf(&b, "statement %d: %s\n", i+1, strings.ReplaceAll(s.Text(st.Span), "\n", "⏎"))
			for _, x := range st.Steps {
				dumpStep(&b, &x)
			}
		}
		for _, d := range s.Diagnostics {
			line, col := lang.Position(src, d.Span.Start)
			fmt.Fprintf(&b, "%d:%d %s: %s\n", line, col, d.Code, d.Summary)
		}
		return b.String()
	})
}

// dumpStep writes what a step means: [text], "quoted text", {parameter}.
func dumpStep(b *strings.Builder, x *lang.Step) {
	word := func(w lang.Lexeme) string {
		var s strings.Builder
		for _, p := range w.Parts {
			switch {
			case p.Param != "":
				s.WriteString("{" + p.Param + "}")
			case p.Quoted:
				fmt.Fprintf(&s, "%q", p.Text)
			default:
				s.WriteString("[" + p.Text + "]")
			}
		}
		return s.String()
	}
	name := "?"
	if x.Command != nil {
		name = x.Command.Name
	}
	fmt.Fprintf(b, "  %s:", name)
	if x.Param == nil {
		for _, w := range x.Words {
			b.WriteString(" " + word(w))
		}
	} else {
		fmt.Fprintf(b, " %s = %s", word(x.Param.Name), word(x.Param.Default))
		for _, c := range x.Param.Choices {
			b.WriteString(" | " + word(c))
		}
	}
	if len(x.As.Parts) > 0 {
		b.WriteString(" as " + word(x.As))
	}
	if x.Raw != nil {
		b.WriteString(" raw " + strings.ReplaceAll(word(*x.Raw), "\n", "⏎"))
	}
	b.WriteString("\n")
}

func TestCheckGolden(t *testing.T) {
	g := testGrammar(t)
	golden(t, "check", func(src string, scope *lang.Scope) string {
		return lang.DrawAll(src, g.Check(g.Parse(src), scope), lang.DrawOptions{File: "in.gnd", Width: 100})
	})
}

func TestFormatGolden(t *testing.T) {
	g := testGrammar(t)
	golden(t, "format", func(src string, _ *lang.Scope) string {
		once := g.Format(src)
		if twice := g.Format(once); twice != once {
			t.Errorf("formatted twice: %q, once: %q", twice, once)
		}
		return once
	})
}

// TestCompleteGolden completes at the sign ‸ of every line by itself; "⏎" in a
// line stands for a line end.
func TestCompleteGolden(t *testing.T) {
	g := testGrammar(t)
	golden(t, "complete", func(src string, scope *lang.Scope) string {
		var b strings.Builder
		for line := range strings.SplitSeq(strings.TrimRight(src, "\n"), "\n") {
			before, after, found := strings.Cut(strings.ReplaceAll(line, "⏎", "\n"), "‸")
			if !found {
				t.Fatalf("no ‸ in %q", line)
			}
			c := g.Complete(before+after, len(before), scope)
			fmt.Fprintf(&b, "%s\n", line)
			all := before + after
			fmt.Fprintf(&b, "  replaces %q\n", all[c.Start:c.End])
			for _, it := range c.Items {
				fmt.Fprintf(&b, "  %s", it.Text)
				if it.Label != it.Text {
					fmt.Fprintf(&b, " [%s]", it.Label)
				}
				fmt.Fprintf(&b, " (%s) %s\n", it.Type, it.Detail)
			}
		}
		return strings.ReplaceAll(b.String(), " \n", "\n")
	})
}

// TestHelpGolden compares help and the Markdown of the test's commands.
func TestHelpGolden(t *testing.T) {
	g := testGrammar(t)
	train, _ := g.Lookup("train")
	cluster, _ := g.Lookup("cluster")
	load, _ := g.Lookup("load")
	for name, have := range map[string]string{
		"train.txt": g.Help(train, 72), "cluster-narrow.txt": g.Help(cluster, 40), "load.txt": g.Help(load, 0),
		"overview.txt": g.Overview(80), "commands.md": g.Markdown(),
	} {
		file := filepath.Join("testdata", "help", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(have), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), have); d != "" {
			t.Errorf("%s (-want +got; -update writes it anew)\n%s", name, d)
		}
	}
}
