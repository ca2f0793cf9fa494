package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// A package variable is allowed when it is a constant that Go cannot write as
// one: a sentinel error, a compiled expression, an embedded file, a table, an
// interface guard. That is checked in two halves: what it starts as, and that
// nothing in the package, its tests included, changes it.

// constantCalls are functions whose result nobody can change, or nobody has
// reason to: they stand for constants. All of package math is meant as well.
var constantCalls = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer", "crc32.MakeTable",
	"template.Must", "reflect.TypeFor", "sync.OnceValue", "sync.OnceValues", "cmp.Or",
}

// checkState looks at each package as a whole: types tell a package variable
// from a local one of the same name.
func checkState(t *Tree) []Problem {
	packages := map[string][]*File{}
	for _, f := range t.Files {
		if f.Syntax != nil {
			key := path.Join(f.Dir, f.Syntax.Name.Name)
			packages[key] = append(packages[key], f)
		}
	}
	var list []Problem
	for _, key := range slices.Sorted(maps.Keys(packages)) {
		list = append(list, t.stateOf(packages[key])...)
	}
	return list
}

func (t *Tree) stateOf(files []*File) []Problem {
	info, pkg := t.resolve(files)
	var list []Problem
	for _, f := range files {
		if f.Test {
			continue
		}
		for name, spec := range packageVars(f.Syntax) {
			if what := startsAsState(name.Name, spec, info); what != "" {
				list = append(list, Problem{
					Path: f.Path, Line: t.line(name.Pos()),
					What: fmt.Sprintf("package variable %s %s", name.Name, what),
				})
			}
		}
	}
	product := map[types.Object]bool{}
	for _, f := range files {
		for name := range packageVars(f.Syntax) {
			product[info.Defs[name]] = !f.Test
		}
	}
	for _, f := range files {
		for node, name := range writes(f.Syntax, info) {
			if obj := info.Uses[name]; obj != nil && obj.Parent() == pkg.Scope() && product[obj] {
				list = append(list, Problem{
					Path: f.Path, Line: t.line(node.Pos()),
					What: fmt.Sprintf("package variable %s is changed here", name.Name),
				})
			}
		}
	}
	return list
}

// resolve gives every identifier of one package its declaration. It loads no
// other package, so types from outside stay unknown; the errors that this
// causes are not ours to report.
func (t *Tree) resolve(files []*File) (*types.Info, *types.Package) {
	info := &types.Info{
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Types:      map[ast.Expr]types.TypeAndValue{},
	}
	conf := types.Config{Importer: noPackages{}, Error: func(error) {}, FakeImportC: true}
	var syntax []*ast.File
	for _, f := range files {
		syntax = append(syntax, f.Syntax)
	}
	pkg, _ := conf.Check(files[0].Dir, t.Fset, syntax, info)
	return info, pkg
}

type noPackages struct{}

func (noPackages) Import(string) (*types.Package, error) {
	return nil, errors.New("one package is looked at alone")
}

// packageVars yields the names of f's package variables with their specs.
func packageVars(f *ast.File) func(yield func(*ast.Ident, *ast.ValueSpec) bool) {
	return func(yield func(*ast.Ident, *ast.ValueSpec) bool) {
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.ValueSpec)
				if spec.Doc == nil {
					spec.Doc = gen.Doc
				}
				for _, name := range spec.Names {
					if name.Name != "_" && !yield(name, spec) {
						return
					}
				}
			}
		}
	}
}

// startsAsState says what makes the declaration one of state, "" if nothing.
func startsAsState(name string, spec *ast.ValueSpec, info *types.Info) string {
	if isEmbed(spec.Doc) {
		return ""
	}
	if kind := stateType(spec.Type); kind != "" {
		return "is a " + kind
	}
	if len(spec.Values) == 0 {
		return "has no value: it is of use only if something sets it"
	}
	what := ""
	for _, value := range spec.Values {
		ast.Inspect(value, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false // what a function does is no state until it is called
			case *ast.CompositeLit:
				if kind := stateType(n.Type); kind != "" {
					what = "holds a " + kind
				}
			case *ast.CallExpr:
				if !constantCall(n, info) {
					what = fmt.Sprintf("is made by %s", types.ExprString(n.Fun))
				}
			}
			return what == ""
		})
	}
	return what
}

// stateType names the part of a type expression that exists to be changed.
func stateType(x ast.Expr) string {
	kind := ""
	if x == nil {
		return ""
	}
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			return false
		case *ast.ChanType:
			kind = "channel"
		case *ast.SelectorExpr:
			if isName(n.X, "sync") || isName(n.X, "atomic") || isName(n.X, "rand") {
				kind = types.ExprString(n)
			}
		}
		return kind == ""
	})
	return kind
}

// constantCall reports whether a call may stand in a package variable: a
// conversion, a function of constantCalls, or a function of this package,
// which then builds a table.
func constantCall(call *ast.CallExpr, info *types.Info) bool {
	if info.Types[call.Fun].IsType() {
		return true
	}
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return fun.Name != "make" && fun.Name != "new"
	case *ast.FuncLit, *ast.ArrayType, *ast.MapType:
		return true
	case *ast.IndexExpr: // a type argument
		return slices.Contains(constantCalls, types.ExprString(fun.X))
	default:
		name := types.ExprString(fun)
		return slices.Contains(constantCalls, name) || strings.HasPrefix(name, "math.")
	}
}

func isEmbed(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

// writes yields every place in f where a variable is changed, with the
// identifier that stands at its root: x in x = 1, x[i]++, x.f = 2, &x,
// delete(x, k), and x.M() where M has a pointer receiver.
func writes(f *ast.File, info *types.Info) func(yield func(ast.Node, *ast.Ident) bool) {
	return func(yield func(ast.Node, *ast.Ident) bool) {
		more := true
		report := func(n ast.Node, x ast.Expr) {
			if name := rootOf(x); name != nil && more {
				more = yield(n, name)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, x := range n.Lhs {
					report(n, x)
				}
			case *ast.IncDecStmt:
				report(n, n.X)
			case *ast.RangeStmt:
				report(n, n.Key)
				report(n, n.Value)
			case *ast.UnaryExpr:
				if _, whole := n.X.(*ast.Ident); n.Op == token.AND && whole {
					report(n, n.X)
				}
			case *ast.CallExpr:
				report(n, changedBy(n, info))
			}
			return more
		})
	}
}

// changedBy returns the operand that a call changes, nil if it is none that
// can be told without other packages.
func changedBy(call *ast.CallExpr, info *types.Info) ast.Expr {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		if len(call.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, fun.Name) {
			return call.Args[0]
		}
	case *ast.SelectorExpr:
		method, ok := info.Selections[fun]
		if !ok || method.Kind() != types.MethodVal {
			return nil
		}
		recv := method.Obj().(*types.Func).Signature().Recv()
		if _, pointer := recv.Type().(*types.Pointer); pointer {
			return fun.X
		}
	}
	return nil
}

// rootOf returns the identifier that an operand starts with.
func rootOf(x ast.Expr) *ast.Ident {
	for {
		switch y := x.(type) {
		case *ast.Ident:
			return y
		case *ast.IndexExpr:
			x = y.X
		case *ast.SelectorExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		case *ast.ParenExpr:
			x = y.X
		case *ast.SliceExpr:
			x = y.X
		default:
			return nil
		}
	}
}
