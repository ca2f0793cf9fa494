package lang_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"gondola/session/lang"
)

// exported lets cmp look into the types of these tests.
var exported = cmp.Exporter(func(reflect.Type) bool { return true })

// seeds are sources with one of everything that the syntax knows, and with
// slips in all of it.
func seeds() []string {
	return []string{
		"",
		"\ufeff load a.csv --title name as raw\r\npreprocess --stopwords en --no-units |\r\n  train --dim=5 # five\r\n",
		"param k = 100 in 20,50, 100\ncluster -k {k} --seed 42 as groups\n\n\n\ntag --max 2 | write s3://x/{a,b}/ --partition dt,\"x y\"",
		"param t=\"a b\" in 'a b',c,\"d,e\"; explain {t} '{t} it' men's 12\"",
		"load x\n  # why\n  | preprocess \\\n  | train\nplot tags --as bar ; near \"burrito\" ;; inspect c17; show - ; inspect \"c17\"",
		"sql -o json as t SELECT '{k}', {{a}} -- x \\\n FROM y | z ; w # not a comment\nshow",
		"near \"never closed\nload y ' x\nnear 'two\nlines' ok",
		"cluster up; clustr; model svae m; compute; help compute launch; quit now; exit",
		"load \x00\xff\xfe | | show ; as x\nload as as as; param = ; param 1 = 2; param k 5",
		"train --vector-size abc --vector-size 5 --window -1 --alpha 2 --memory 4G --max-time 1x --hs=maybe --no-hs=1 -z --",
		"set charts off; set quiet maybe; show -n 1_000 --columns a,,b; run x.txt\nrun y.gnd | show never",
		"explain \\u \"\\u{1F600}\\q{{k}}{1}{a b}{a-b}\" “x” —title ΣΑΣ 日本語 e\u0301 👩‍👩‍👧 \u202e",
		"load a \\",
		"load a |",
		"\\\\", "\\;", "a\\w\\\n;\\\n\\\n|\\\r\\", "\n@ho;\n|", // each once broke Format
		"%%sql duckdb -o csv as t # why\n\nSELECT {k}, '{k}' ; x | y \\\n -- z\n\n%%bash\nfor i in ${a} {b}; do echo $i | cat; done \\\n\n# %% [markdown]\nshow; %%sql x\nSELECT 1\n# %%\n%%go\nfunc x() {}\n%%\nshow\n%%md | x \\\n y\n\n\n",
		"load a\\\n\n;\\\n\\\n|\nshow;\n;show",
	}
}

// shape is what a script means: the words of its steps without their places.
func shape(s *lang.Script) any {
	type part struct {
		text, param string
		quoted      bool
	}
	type step struct {
		words, choices [][]part
		as, def, raw   []part
		command        string
	}
	parts := func(w lang.Lexeme) []part {
		var ps []part
		for _, p := range w.Parts {
			ps = append(ps, part{p.Text, p.Param, p.Quoted})
		}
		return ps
	}
	var script [][]step
	for _, st := range s.Statements {
		var steps []step
		for _, x := range st.Steps {
			one := step{as: parts(x.As)}
			if x.Command != nil {
				one.command = x.Command.Name
			}
			if x.Raw != nil {
				one.raw = parts(*x.Raw)
			}
			if x.Param != nil {
				one.words, one.def = [][]part{parts(x.Param.Name)}, parts(x.Param.Default)
				for _, c := range x.Param.Choices {
					one.choices = append(one.choices, parts(c))
				}
			} else {
				for _, w := range x.Words {
					one.words = append(one.words, parts(w))
				}
			}
			steps = append(steps, one)
		}
		script = append(script, steps)
	}
	return script
}

// codes are the codes of diagnostics, sorted.
func codes(ds lang.Diagnostics) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Code)
	}
	slices.Sort(out)
	return out
}

func checkSpans(t *testing.T, src string, ds lang.Diagnostics) {
	t.Helper()
	for _, d := range ds {
		for _, s := range []lang.Span{d.Span, d.Suggestion.Span} {
			if s.Start < 0 || s.End < s.Start || s.End > len(src) {
				t.Errorf("%s: span %v outside the %d bytes of %q", d.Code, s, len(src), src)
			}
		}
		if d.Code == "" || d.Summary == "" {
			t.Errorf("empty diagnostic %+v", d)
		}
		for _, drawn := range []string{lang.Draw(src, d, lang.DrawOptions{File: "x.gnd", Width: 60}), lang.HTML(src, d)} {
			if i := strings.IndexFunc(drawn, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 || !utf8.ValidString(drawn) {
				t.Errorf("%s draws a control character: %q", d.Code, drawn)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	g := testGrammar(f)
	f.Fuzz(func(t *testing.T, src string) {
		s := g.Parse(src)
		checkSpans(t, src, s.Diagnostics)
		end := 0
		for _, st := range s.Statements {
			for _, x := range st.Steps {
				if x.Span.Start < end || x.Span.End <= x.Span.Start || x.Span.End > len(src) {
					t.Fatalf("step %v after byte %d of %q", x.Span, end, src)
				}
				end = x.Span.End
				for _, w := range x.Words {
					if w.Span.Start < x.Span.Start || w.Span.End > x.Span.End {
						t.Fatalf("word %v outside its step %v in %q", w.Span, x.Span, src)
					}
					for _, p := range w.Parts {
						if p.Span.Start < w.Span.Start || p.Span.End > w.Span.End || p.Span.End < p.Span.Start {
							t.Fatalf("part %v outside its word %v in %q", p.Span, w.Span, src)
						}
					}
				}
			}
		}
		once := g.Format(src)
		if twice := g.Format(once); twice != once {
			t.Fatalf("formatting is not stable\nsource %q\nonce   %q\ntwice  %q", src, once, twice)
		}
		again := g.Parse(once)
		if a, b := shape(s), shape(again); !cmp.Equal(a, b, exported) {
			t.Fatalf("formatting changed the meaning\nsource %q\nformat %q\n%s", src, once, cmp.Diff(a, b, exported))
		}
		if a, b := codes(s.Diagnostics), codes(again.Diagnostics); !slices.Equal(a, b) {
			t.Fatalf("formatting changed the mistakes\nsource %q %v\nformat %q %v", src, a, once, b)
		}
		g.IsComplete(src)
	})
}

func FuzzCheck(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, "k", "51")
	}
	g := testGrammar(f)
	f.Fuzz(func(t *testing.T, src, name, value string) {
		scope := testScope()
		scope.Set = map[string]string{name: value}
		s := g.Parse(src)
		ds := g.Check(s, scope)
		checkSpans(t, src, ds)
		if len(ds) < len(s.Diagnostics) {
			t.Fatalf("%d diagnostics of the syntax, %d of the check", len(s.Diagnostics), len(ds))
		}
		for _, st := range s.Statements {
			for i := range st.Steps {
				call, ds := g.Bind(&st.Steps[i], scope)
				checkSpans(t, src, ds)
				if (call == nil) != ds.Failed() {
					t.Fatalf("call %v with diagnostics %v for %q", call, ds, st.Steps[i].Text())
				}
				if call == nil {
					continue
				}
				call.Each(func(name string, v lang.Value) {
					if sp := call.SpanOf(name); sp.Start < 0 || sp.End > len(src) || sp.End < sp.Start {
						t.Fatalf("value %s at %v", name, sp)
					}
				})
			}
		}
	})
}

func FuzzComplete(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, len(s))
		f.Add(s, len(s)/2)
	}
	g := testGrammar(f)
	f.Fuzz(func(t *testing.T, src string, cursor int) {
		scope := testScope()
		c := g.Complete(src, cursor, scope)
		if c.Start < 0 || c.End < c.Start || c.End > len(src) {
			t.Fatalf("completion %d to %d of %q", c.Start, c.End, src)
		}
		for _, it := range c.Items {
			if it.Text == "" || it.Label == "" || it.Type == "" {
				t.Fatalf("empty item %+v at %d of %q", it, cursor, src)
			}
		}
		if in, found := g.Inspect(src, cursor, scope); found && (in.Text == "" || in.Markdown == "" || in.Span.End > len(src)) {
			t.Fatalf("inspection %+v at %d of %q", in, cursor, src)
		}
	})
}

// FuzzQuote holds that Quote gives one word of the same text, wherever a value
// can stand.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "a b", `a"b`, `\`, "{k}", "{{", "c17", "-", "--x", "as", "x,y", "#", "a\nb\r\n\x00", "日本", "\u202e", "k=v", "=", "men's", "\ufeff", "\xff"} {
		f.Add(s)
	}
	g := testGrammar(f)
	f.Fuzz(func(t *testing.T, text string) {
		want := string([]rune(text)) // U+FFFD for each byte that is no UTF-8
		for _, before := range []string{"near ", "near --minus=", "near x --minus ", "param p = "} {
			src := before + lang.Quote(text)
			s := g.Parse(src)
			if len(s.Diagnostics) > 0 || len(s.Statements) != 1 {
				t.Fatalf("%q: %v", src, s.Diagnostics)
			}
			st := s.Statements[0].Steps[0]
			got := ""
			if st.Param != nil {
				got, _ = st.Param.Default.Literal()
			} else {
				got, _ = st.Words[len(st.Words)-1].Literal()
				got = strings.TrimPrefix(got, "--minus=")
			}
			if got != want {
				t.Fatalf("%q is read back as %q, want %q", src, got, want)
			}
		}
	})
}
