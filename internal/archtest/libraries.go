package archtest

import (
	"fmt"
	"go/build/constraint"
	"path"
	"slices"
	"strings"
)

// library is one outside library, or a family of them, and where it lives.
type library struct {
	path      string   // an import path; everything below it is meant too
	in        []string // path.Match patterns of the files that may import it; none is everywhere
	testsOnly bool     // only _test.go files and suites may import it
	cgo       bool     // needs a C compiler
	why       string
}

// libraries lists every outside library that the product may import. A new
// one needs a line here: what it is for, and which package keeps it.
var libraries = []library{
	{path: "github.com/parquet-go/parquet-go", in: []string{"lake/parquet*.go"}, why: "Parquet's quirks are met in one place, behind the lake's checks of hostile files"},
	{path: "github.com/andybalholm/brotli", in: []string{"lake/parquet*.go"}, why: "one of Parquet's codecs, for files that others wrote"},
	{path: "github.com/duckdb", in: []string{"pipeline/local/*.go"}, cgo: true, why: "DuckDB is how the local engine reads files and answers SQL; other engines have their own"},
	{path: "github.com/vbauerster/mpb/v8", in: []string{"cmd/gondola/*.go"}, why: "progress bars are one way to show the session's events"},
	{path: "github.com/go-echarts", in: []string{"viz/*.go"}, why: "a chart is a viz.Spec everywhere else"},
	{path: "gonum.org/v1/gonum", in: []string{"pipeline/projection/pca.go"}, why: "eigenvectors are for principal components; everything else that computes has its own kernels"},
	{path: "modernc.org/quickjs", in: []string{"viz/picture.go"}, why: "ECharts draws pictures in an engine that nothing else may run code in"},
	{path: "golang.org/x/image", in: []string{"viz/png*.go"}, why: "a picture becomes pixels and its texts letters in one place"},
	{path: "github.com/c-bata/go-prompt", in: []string{"repl/prompt.go"}, why: "line editing is behind one interface, so that tests and pipes need no terminal"},
	{path: "google.golang.org/grpc", in: []string{"pipeline/spark/connect/*.go"}, why: "Spark Connect is the only thing that speaks gRPC"},
	{path: "google.golang.org/protobuf", in: []string{"pipeline/spark/connect/*.go"}, why: "Spark Connect is the only thing that speaks Protocol Buffers"},
	{path: "github.com/apache/arrow-go/v18", in: []string{"pipeline/spark/connect/*.go", "lake/*_test.go"}, why: "Spark Connect sends rows as Arrow; the rest of the house has its own columns, which the tests of the lake compare with Arrow's reader of Parquet"},
	{path: "github.com/trinodb/trino-go-client", in: []string{"pipeline/trino/*.go"}, why: "a driver lives with its querier"},
	{path: "github.com/beltran/gohive", in: []string{"pipeline/hive/*.go"}, why: "a driver lives with its querier"},
	{path: "github.com/aws", in: []string{"lake/*.go", "cluster/ec2/*.go", "cluster/emr/*.go"}, why: "the AWS SDK is for storage and machines; nothing else knows the cloud"},
	{path: "github.com/janpfeifer/gonb", in: []string{"kernel/gocell/*.go"}, why: "gonb runs as a child process; only its bridge knows it"},
	{path: "github.com/gofrs/flock", in: []string{"session/history/*.go"}, why: "the history is appended to by several processes at once, on every system; the lake's locks belong to its commits"},
	{path: "github.com/shirou/gopsutil/v4", in: []string{"kernel/usage.go"}, why: "what a process and a machine use is told to Jupyter, each system in its own way"},
	{path: "golang.org/x/crypto", in: []string{"kernel/zmtp/curve*.go"}, why: "NaCl's boxes, of which CURVE is made; everything else is in the standard library"},
	{path: "golang.org/x/term", in: []string{"cmd/gondola/*.go", "repl/*.go"}, why: "only a front end may ask whether it has a terminal"},

	{path: "github.com/klauspost/compress", why: "zstd, which the standard library lacks"},
	{path: "github.com/mattn/go-runewidth", why: "the width of text in terminal cells"},
	{path: "github.com/rivo/uniseg", why: "text is cut between grapheme clusters, not inside them"},
	{path: "golang.org/x/sys", why: "system calls and processor features"},
	{path: "golang.org/x/text", why: "Unicode normalisation and case folding"},

	{path: "github.com/google/go-cmp", testsOnly: true, why: "differences in tests; its authors forbid it in products"},
	{path: "github.com/chromedp", testsOnly: true, why: "tests look at charts in a real browser"},
	{path: "github.com/creack/pty", testsOnly: true, why: "tests give the program a terminal"},
	{path: "github.com/hinshun/vt10x", testsOnly: true, why: "tests look at the screen of that terminal"},
	{path: "github.com/rogpeppe/go-internal", testsOnly: true, why: "testscript and txtar, for tests"},
}

func checkLibraries(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.Files {
		from, _ := layerOf(f.Dir)
		for _, im := range f.Imports {
			if !t.outside(im.Path) {
				continue
			}
			p := Problem{Path: f.Path, Line: im.Line}
			lib, known := libraryOf(im.Path)
			switch {
			case !known:
				p.What = im.Path + " is a new outside library"
				p.Why = "each is weight and risk: say what it is for, and which package keeps it, in internal/archtest/libraries.go"
			case lib.testsOnly && !f.Test && !from.suite:
				p.What = im.Path + " is for tests"
				p.Why = lib.why
			case len(lib.in) > 0 && !matchesAny(lib.in, f.Path):
				p.What = fmt.Sprintf("%s belongs to %s", im.Path, strings.Join(lib.in, ", "))
				p.Why = lib.why
			default:
				continue
			}
			list = append(list, p)
		}
	}
	return list
}

func checkCgo(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.Files {
		for _, im := range f.Imports {
			lib, _ := libraryOf(im.Path)
			if (lib.cgo || im.Path == "C") && !needsCgo(f.Build) {
				list = append(list, Problem{
					Path: f.Path, Line: im.Line,
					What: fmt.Sprintf("a file that imports %s must start with //go:build cgo", im.Path),
				})
			}
		}
	}
	return list
}

// needsCgo reports whether x is false wherever cgo is off.
func needsCgo(x constraint.Expr) bool {
	return x != nil && !x.Eval(func(tag string) bool { return tag != "cgo" })
}

func libraryOf(importPath string) (library, bool) {
	i := slices.IndexFunc(libraries, func(l library) bool { return within(importPath, l.path) })
	if i < 0 {
		return library{}, false
	}
	return libraries[i], true
}

func matchesAny(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, p)
		return ok && err == nil
	})
}
