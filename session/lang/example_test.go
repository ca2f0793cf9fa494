package lang_test

import (
	"fmt"

	"gondola/session/lang"
)

// exampleCommands is a language of three commands.
func exampleCommands() []lang.Command {
	return []lang.Command{
		{
			Name: "load", Group: "steps", Gives: lang.Table, Summary: "Load titles.",
			Args: []lang.Arg{{Name: "path", Type: lang.Path, Summary: "File to load."}},
		},
		{
			Name: "preprocess", Group: "steps", Needs: lang.Table, Gives: lang.Tokens, Summary: "Cut titles into tokens.",
			Flags: []lang.Flag{{Name: "stopwords", Type: lang.String, Default: "en", Summary: "Words to drop."}},
		},
		{Name: "param", Group: "runs", Summary: "Declare a parameter."},
	}
}

func Example() {
	g, err := lang.NewGrammar(exampleCommands())
	if err != nil {
		fmt.Println(err)
		return
	}
	script := g.Parse("param lang = de\nload titles.csv\npreprocess --stopwords {lang} as clean")
	if diags := g.Check(script, nil); diags.Failed() {
		fmt.Print(lang.DrawAll(script.Source, diags, lang.DrawOptions{}))
		return
	}
	scope := &lang.Scope{Last: lang.Table, Params: []lang.Param{{Name: "lang", Value: "de"}}}
	call, _ := g.Bind(&script.Statements[2].Steps[0], scope)
	fmt.Println(call.Command.Name, call.String("stopwords"), call.As)
	// Output: preprocess de clean
}

func ExampleDraw() {
	g, err := lang.NewGrammar(exampleCommands())
	if err != nil {
		fmt.Println(err)
		return
	}
	src := "load titles.csv\n\npreprocess --stopword en\n"
	for _, d := range g.Check(g.Parse(src), nil) {
		fmt.Print(lang.Draw(src, d, lang.DrawOptions{File: "pipeline.gnd"}))
	}
	// Output:
	// error[unknown-flag]: unknown flag --stopword for preprocess
	//   pipeline.gnd:3:12
	//    3 | preprocess --stopword en
	//      |            ^^^^^^^^^^
	// hint: did you mean --stopwords? (preprocess --help)
}

func ExampleGrammar_Complete() {
	g, err := lang.NewGrammar(exampleCommands())
	if err != nil {
		fmt.Println(err)
		return
	}
	src := "load titles.csv | pre"
	c := g.Complete(src, len(src), nil)
	fmt.Println(src[c.Start:c.End], "->", c.Items[0].Text)
	// Output: pre -> preprocess
}

func ExampleGrammar_Format() {
	g, err := lang.NewGrammar(exampleCommands())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(g.Format("load  'my titles.csv'|preprocess --stopwords=off;# done"))
	// Output: load "my titles.csv" | preprocess --stopwords=off  # done
}
