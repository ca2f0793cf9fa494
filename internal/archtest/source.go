package archtest

import (
	"fmt"
	"go/ast"
	"slices"
)

// ban is a name of the standard library that the product does not use.
type ban struct {
	pkg    string
	names  []string
	mainOK bool // allowed in a main package
	tests  bool // not even tests may use it
	why    string
}

var bans = []ban{
	{pkg: "os", names: []string{"Chdir", "Setenv", "Unsetenv", "Clearenv"}, why: "the folder and the environment belong to the whole process: pass them as arguments"},
	{pkg: "os", names: []string{"Stdin", "Stdout", "Stderr"}, mainOK: true, why: "main hands out the streams: take an io.Reader or io.Writer, so that a test or a notebook can"},
	{pkg: "os", names: []string{"Exit"}, mainOK: true, why: "only main ends the process: return an error, so that deferred clean-up runs"},
	{pkg: "log", names: []string{"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"}, why: "it ends the process past every deferred clean-up: return an error"},
	{pkg: "fmt", names: []string{"Print", "Printf", "Println"}, why: "it writes to the process's standard output: use fmt.Fprint on a writer that was passed in"},
	{pkg: "time", names: []string{"Sleep"}, tests: true, why: "a sleep can't be cancelled, and in a test it is a guess: wait on a channel, a timer in a select, or testing/synctest"},
}

func checkCalls(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.Files {
		if f.Syntax == nil {
			continue
		}
		for _, b := range bans {
			local := f.local(b.pkg)
			if local == "" || f.Test && !b.tests || b.mainOK && f.Syntax.Name.Name == "main" {
				continue
			}
			ast.Inspect(f.Syntax, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok || !isName(sel.X, local) || !slices.Contains(b.names, sel.Sel.Name) {
					return true
				}
				list = append(list, Problem{
					Path: f.Path, Line: t.line(sel.Pos()),
					What: fmt.Sprintf("%s.%s", b.pkg, sel.Sel.Name),
					Why:  b.why,
				})
				return true
			})
		}
	}
	return list
}

func checkInit(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.product() {
		if f.Syntax == nil {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.Name == "init" {
				list = append(list, Problem{Path: f.Path, Line: t.line(fn.Pos()), What: "func init"})
			}
		}
	}
	return list
}

func checkDotImports(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.Files {
		for _, im := range f.Imports {
			if im.Name == "." {
				list = append(list, Problem{Path: f.Path, Line: im.Line, What: "dot import of " + im.Path})
			}
		}
	}
	return list
}

// maxLines is a hard stop; a file should be split well before it.
const maxLines = 600

func checkLength(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.Files {
		if f.Generated || f.Lines <= maxLines {
			continue
		}
		list = append(list, Problem{
			Path: f.Path, Line: maxLines + 1,
			What: fmt.Sprintf("%d lines, of %d: split it by what it holds", f.Lines, maxLines),
		})
	}
	return list
}

func isName(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}
