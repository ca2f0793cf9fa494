package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Tree is the module's sources, read once for all rules.
type Tree struct {
	Module string // the module path in go.mod
	Fset   *token.FileSet
	Files  []*File // every Go file of the module, by path
	Texts  []Text  // every text file, Go or not, nested modules too
}

// File is one Go file.
type File struct {
	Path      string // slash-separated, from the module's root
	Dir       string // its folder; "." for the root
	Test      bool   // a _test.go file
	Generated bool   // says "Code generated ... DO NOT EDIT."
	Lines     int
	Syntax    *ast.File // what could be parsed; nil if nothing
	Err       error     // of the parser
	Build     constraint.Expr
	Imports   []Import
}

// Import is one line of an import declaration.
type Import struct {
	Path string
	Name string // the local name, "" when none is given
	Line int
}

// Text is the content of one text file.
type Text struct {
	Path    string
	Content []byte
}

// maxText bounds what is read of a file for the text rules: sources are
// smaller, and what is larger is data.
const maxText = 1 << 20

// Load reads the module below root. Folders that git ignores are left out,
// also those that ignore themselves with a .gitignore of "*".
func Load(root fs.FS) (*Tree, error) {
	gomod, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("archtest: the root must be the module's: %w", err)
	}
	t := &Tree{Module: moduleOf(gomod), Fset: token.NewFileSet()}
	ignored := ignoredFolders(root)
	nested := []string{}
	err = fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p == ".git" && !d.IsDir():
			return nil // of a git worktree: the path of its repository, and none of its files
		case d.IsDir() && (d.Name() == ".git" || slices.Contains(ignored, p) || ignoresItself(root, p)):
			return fs.SkipDir
		case d.IsDir():
			if _, err := fs.Stat(root, path.Join(p, "go.mod")); err == nil && p != "." {
				nested = append(nested, p)
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > maxText {
			return nil
		}
		content, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		if bytes.IndexByte(content[:min(len(content), 8000)], 0) < 0 {
			t.Texts = append(t.Texts, Text{p, content})
		}
		if isPackageFile(p) && !slices.ContainsFunc(nested, func(dir string) bool { return within(p, dir) }) {
			t.Files = append(t.Files, t.parse(p, content))
		}
		return nil
	})
	return t, err
}

func (t *Tree) parse(p string, content []byte) *File {
	f := &File{
		Path:  p,
		Dir:   path.Dir(p),
		Test:  strings.HasSuffix(p, "_test.go"),
		Lines: bytes.Count(content, []byte("\n")),
	}
	f.Syntax, f.Err = parser.ParseFile(t.Fset, p, content, parser.ParseComments|parser.SkipObjectResolution)
	if f.Syntax == nil {
		return f
	}
	f.Generated = ast.IsGenerated(f.Syntax)
	for _, spec := range f.Syntax.Imports {
		im := Import{Line: t.line(spec.Pos())}
		im.Path, _ = strconv.Unquote(spec.Path.Value)
		if spec.Name != nil {
			im.Name = spec.Name.Name
		}
		f.Imports = append(f.Imports, im)
	}
	for _, group := range f.Syntax.Comments {
		if group.Pos() > f.Syntax.Package {
			break
		}
		for _, c := range group.List {
			if x, err := constraint.Parse(c.Text); err == nil && constraint.IsGoBuild(c.Text) {
				f.Build = x
			}
		}
	}
	return f
}

func (t *Tree) line(pos token.Pos) int { return t.Fset.Position(pos).Line }

// product returns the files that are not tests.
func (t *Tree) product() []*File {
	return slices.DeleteFunc(slices.Clone(t.Files), func(f *File) bool { return f.Test })
}

// local returns the name by which f calls the standard package with this
// import path, "" when f does not import it.
func (f *File) local(importPath string) string {
	for _, im := range f.Imports {
		if im.Path != importPath {
			continue
		}
		if im.Name != "" {
			return im.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// isPackageFile reports whether the go command would count p to a package.
func isPackageFile(p string) bool {
	dir, name := path.Split(p)
	if !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return false
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if part == "testdata" || strings.HasPrefix(part, "_") || strings.HasPrefix(part, ".") {
			return false
		}
	}
	return true
}

func moduleOf(gomod []byte) string {
	for line := range strings.Lines(string(gomod)) {
		if rest, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// ignoredFolders returns the folders that the root's .gitignore names in the
// form "/folder/"; other patterns are for single files and not needed here.
func ignoredFolders(root fs.FS) []string {
	content, _ := fs.ReadFile(root, ".gitignore") // none is fine
	var dirs []string
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "/") && strings.HasSuffix(line, "/") {
			dirs = append(dirs, strings.Trim(line, "/"))
		}
	}
	return dirs
}

func ignoresItself(root fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	content, err := fs.ReadFile(root, path.Join(dir, ".gitignore"))
	return err == nil && strings.TrimSpace(string(content)) == "*"
}

// within reports whether p is dir or below it.
func within(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, dir+"/")
}

func checkParses(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.Files {
		if f.Err != nil {
			list = append(list, Problem{Path: f.Path, What: f.Err.Error()})
		}
	}
	return list
}
