package lang_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/session/lang"
)

// bindOne binds the only step of src, which must have no mistake.
func bindOne(t *testing.T, src string, scope *lang.Scope) *lang.Call {
	t.Helper()
	g := testGrammar(t)
	call, diags := g.Bind(&g.Parse(src).Statements[0].Steps[0], scope)
	if call == nil || len(diags) > 0 {
		t.Fatalf("%s: %v", src, diags)
	}
	return call
}

func TestBindFlags(t *testing.T) {
	c := bindOne(t, `train --dim 50 --alpha=0.5 --batch 1.5M --memory 2GiB --max-time 1d2h --no-hs as w`, &lang.Scope{Last: lang.Tokens})
	if c.Int("vector-size") != 50 || !c.IsSet("vector-size") {
		t.Errorf("an alias gives vector-size %d, set %v", c.Int("vector-size"), c.IsSet("vector-size"))
	}
	if c.Int("epochs") != 5 || c.IsSet("epochs") || !c.Has("epochs") {
		t.Errorf("the default gives epochs %d, set %v, has %v", c.Int("epochs"), c.IsSet("epochs"), c.Has("epochs"))
	}
	if c.Float("alpha") != 0.5 || c.Int64("batch") != 1_500_000 || c.Size("memory") != 2<<30 || c.Duration("max-time") != 26*time.Hour {
		t.Errorf("values: %v %v %v %v", c.Float("alpha"), c.Int64("batch"), c.Size("memory"), c.Duration("max-time"))
	}
	if c.Bool("hs") || !c.IsSet("hs") || c.Bool("force") || c.IsSet("force") || c.Has("force") {
		t.Error("--no-hs, or a switch that was not given, is wrong")
	}
	if c.As != "w" || c.Input != "" || c.Command.Name != "train" || c.Help {
		t.Errorf("call: %+v", c)
	}
	var names []string
	c.Each(func(name string, v lang.Value) { names = append(names, name+"="+v.Text) })
	want := []string{"vector-size=50", "window=5", "epochs=5", "alpha=0.5", "batch=1.5M", "memory=2GiB", "max-time=1d2h", "hs=off", "seed=1"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("Each (-want +got)\n%s", d)
	}
}

func TestBindArgs(t *testing.T) {
	scope := testScope()
	c := bindOne(t, "write old s3://x/ -y --partition dt,'unit price'", scope)
	if c.Input != "old" || c.String("path") != "s3://x/" || !c.Bool("overwrite") {
		t.Errorf("write: input %q, path %q", c.Input, c.String("path"))
	}
	if d := cmp.Diff([]string{"dt", "unit price"}, c.List("partition")); d != "" {
		t.Error(d)
	}
	if c = bindOne(t, "write s3://x/", scope); c.Input != "" || c.String("path") != "s3://x/" || c.IsSet("result") {
		t.Errorf("write without a result: input %q, path %q", c.Input, c.String("path"))
	}
	if c = bindOne(t, "write - {path}", scope); c.Input != "" || c.String("path") != "s3://lake/x y" {
		t.Errorf("write -: input %q, path %q", c.Input, c.String("path"))
	}
	c = bindOne(t, "explain Buffalo  'Chicken Sandwich'", scope)
	if c.String("title") != "Buffalo Chicken Sandwich" || len(c.List("title")) != 2 {
		t.Errorf("explain: %q %q", c.String("title"), c.List("title"))
	}
	if c = bindOne(t, "near pizza --model w2v", scope); c.Input != "w2v" {
		t.Errorf("a flag that names a result gives the input %q", c.Input)
	}
	if c = bindOne(t, "centre c7", scope); c.Int("cluster") != 7 {
		t.Errorf("cluster %d", c.Int("cluster"))
	}
	if c = bindOne(t, "load x --sample 2.5%", nil); c.Sample("sample") != (lang.SampleSize{Share: 0.025}) || c.Sample("sample").String() != "2.5%" {
		t.Errorf("sample %+v", c.Sample("sample"))
	}
	if c = bindOne(t, "load x --sample 100k", nil); c.Sample("sample").String() != "100000" || c.Sample("sample").All() {
		t.Errorf("sample %+v", c.Sample("sample"))
	}
	if c = bindOne(t, "sql -o json as t SELECT {k} \\\n  FROM x ; y", scope); c.Raw != "SELECT 50 \n  FROM x ; y" || c.As != "t" || c.String("output") != "json" {
		t.Errorf("sql: raw %q, as %q", c.Raw, c.As)
	}
	if c = bindOne(t, "write --help", nil); !c.Help {
		t.Error("--help asks for no help")
	}
}

func TestBindRef(t *testing.T) {
	for _, tt := range []struct {
		src     string
		to      lang.RefTo
		text    string
		cluster int
		input   string
	}{
		{"inspect c17", lang.RefCluster, "c17", 17, ""},
		{`inspect "c17"`, lang.RefWord, "c17", 0, ""},
		{"inspect old", lang.RefResult, "old", 0, "old"},
		{`inspect "old"`, lang.RefWord, "old", 0, ""},
		{"inspect -", lang.RefLast, "-", 0, ""},
		{"inspect pizza", lang.RefWord, "pizza", 0, ""},
	} {
		c := bindOne(t, tt.src, testScope())
		to, text, cluster := c.Ref("what")
		if to != tt.to || text != tt.text || cluster != tt.cluster || c.Input != tt.input {
			t.Errorf("%s: %v %q %d, input %q", tt.src, to, text, cluster, c.Input)
		}
	}
}

func TestBindParam(t *testing.T) {
	c := bindOne(t, "param k = 100 in 50,100", &lang.Scope{Set: map[string]string{"k": "50"}})
	want := &lang.Param{Name: "k", Value: "50", Choices: []string{"50", "100"}}
	if d := cmp.Diff(want, c.Param); d != "" || c.Default != "100" {
		t.Errorf("default %q, param (-want +got)\n%s", c.Default, d)
	}
	if c = bindOne(t, "param a = 'x {k}'", testScope()); c.Param.Value != "x 50" {
		t.Errorf("a default with a parameter: %+v", c.Param)
	}
	if c = bindOne(t, "param", nil); c.Param != nil {
		t.Error("a bare param declares something")
	}
}

func TestBindRefusesBadSteps(t *testing.T) {
	g := testGrammar(t)
	for _, src := range []string{`near "x`, "frob", "param k", "load", "tag"} {
		call, diags := g.Bind(&g.Parse(src).Statements[0].Steps[0], nil)
		if call != nil || !diags.Failed() || diags.Err() == nil {
			t.Errorf("%s: call %v, diagnostics %v", src, call, diags)
		}
	}
}

func TestRefusePointsAtTheValue(t *testing.T) {
	src := "load x.csv ; train --window 3 --vector-size {k}"
	g := testGrammar(t)
	scope := testScope()
	scope.Last = lang.Tokens
	call, diags := g.Bind(&g.Parse(src).Statements[1].Steps[0], scope)
	if diags.Failed() {
		t.Fatal(diags)
	}
	d := call.Refuse("vector-size", "more than the memory holds")
	if got := src[d.Span.Start:d.Span.End]; got != "--vector-size {k}" || d.Summary != "--vector-size: more than the memory holds" {
		t.Errorf("%q at %q", d.Summary, got)
	}
	if d = call.Refuse("epochs", "too few"); src[d.Span.Start:d.Span.End] != "train" {
		t.Errorf("a default is shown at %v", d.Span)
	}
	if d = call.Refuse("no such", "odd"); src[d.Span.Start:d.Span.End] != "train" {
		t.Errorf("an unknown name is shown at %v", d.Span)
	}
}

func TestAccessorsPanicOnWrongNames(t *testing.T) {
	c := bindOne(t, "train", &lang.Scope{Last: lang.Tokens})
	for name, f := range map[string]func(){
		"unknown": func() { c.Int("epoch") },
		"type":    func() { c.Bool("epochs") },
	} {
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, "train") {
					t.Errorf("%s: panic %q does not name the command", name, p)
				}
			}()
			f()
		}()
	}
}

func TestGrammarIsShared(t *testing.T) {
	g := testGrammar(t)
	src := strings.Join(seeds(), "\n")
	want := codes(g.Check(g.Parse(src), testScope()))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := codes(g.Check(g.Parse(src), testScope())); !slices.Equal(got, want) {
				t.Errorf("codes %v, want %v", got, want)
			}
			g.Complete(src, len(src), testScope())
			g.Format(src)
		})
	}
	wg.Wait()
}

func TestNewGrammarFindsMistakes(t *testing.T) {
	ok := lang.Command{Name: "ok", Group: "g", Summary: "Fine."}
	flag := func(f lang.Flag) lang.Command {
		c := ok
		f.Summary = "Fine."
		c.Flags = []lang.Flag{f}
		return c
	}
	for want, cs := range map[string][]lang.Command{
		"taken":                {ok, ok},
		"not one word or two":  {{Name: "a b c", Group: "g", Summary: "Fine."}},
		"plain lower case":     {{Name: "Train", Group: "g", Summary: "Fine."}},
		"no group":             {{Name: "a", Summary: "Fine."}},
		"full stop":            {{Name: "a", Group: "g", Summary: "Fine"}},
		"first word of a name": {ok, {Name: "ok go", Group: "g", Summary: "Fine."}},
		"are short":            {flag(lang.Flag{Name: "x", Short: "x"})},
		"no choices":           {flag(lang.Flag{Name: "x", Type: lang.Choice})},
		"not one of":           {flag(lang.Flag{Name: "x", Type: lang.Choice, Choices: []string{"a"}, Default: "b"})},
		"below the least":      {flag(lang.Flag{Name: "x", Type: lang.Int, Min: "5", Default: "1"})},
		"bound":                {flag(lang.Flag{Name: "x", Type: lang.Int, Min: "five"})},
		"begins with no-":      {flag(lang.Flag{Name: "no-x"})},
		"--help is taken":      {flag(lang.Flag{Name: "help"})},
		"the name is taken":    {{Name: "a", Group: "g", Summary: "Fine.", Args: []lang.Arg{{Name: "x", Summary: "X."}}, Flags: []lang.Flag{{Name: "x", Summary: "X."}}}},
		"takes all":            {{Name: "a", Group: "g", Summary: "Fine.", Args: []lang.Arg{{Name: "x", Summary: "X.", Variadic: true}, {Name: "y", Summary: "Y."}}}},
		"names no result":      {{Name: "a", Group: "g", Summary: "Fine.", Known: "c1", Gives: lang.Table}},
		"no arguments beside":  {{Name: "a", Group: "g", Summary: "Fine.", Verbatim: true, Args: []lang.Arg{{Name: "x", Summary: "X."}}}},
	} {
		if _, err := lang.NewGrammar(cs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
