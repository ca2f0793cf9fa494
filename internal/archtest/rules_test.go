package archtest

import (
	"strings"
	"testing"
	"testing/fstest"
)

const gomod = "module gondola\n\ngo 1.26.0\n"

// TestRules proves that each rule can fail, and that it lets pass what looks
// alike: every case is a tree of its own, and want is what must be reported,
// "" for nothing.
func TestRules(t *testing.T) {
	home := "/ho" + "me/ann/x" // split, so that this file itself is clean
	tests := []struct {
		rule, name string
		files      map[string]string
		want       string
	}{
		{"parses", "half a file", tree("lake/a.go", "package lake\nfunc {"), "expected 'IDENT'"},
		{"parses", "fine", tree("lake/a.go", "package lake\n"), ""},

		{"arrows", "unknown package", tree("oven/a.go", "package oven\n"), "oven has no place in the import picture"},
		{"arrows", "against the arrow", tree("pipeline/a.go", "package pipeline\nimport _ \"gondola/session\"\n"), "pipeline must not import gondola/session"},
		{"arrows", "along the arrow", tree("session/a.go", "package session\nimport _ \"gondola/pipeline\"\n"), ""},
		{"arrows", "pure imports pure", tree("pipeline/tag/a.go", "package tag\nimport _ \"gondola/pipeline/text\"\n"), "pipeline/tag must not import gondola/pipeline/text"},
		{"arrows", "pure imports kernels", tree("pipeline/tag/a.go", "package tag\nimport _ \"gondola/pipeline/simd\"\n"), ""},
		{"arrows", "kernels import pure", tree("pipeline/simd/a.go", "package simd\nimport _ \"gondola/pipeline/tag\"\n"), "pipeline/simd must not import gondola/pipeline/tag"},
		{"arrows", "behind a build tag", tree("lake/a.go", "//go:build windows\n\npackage lake\nimport _ \"gondola/pipeline\"\n"), "lake must not import gondola/pipeline"},
		{"arrows", "session and engine", tree("session/a.go", "package session\nimport _ \"gondola/pipeline/local\"\n"), "session must not import gondola/pipeline/local"},
		{"arrows", "session's test and engine", tree("session/a_test.go", "package session_test\nimport _ \"gondola/pipeline/local\"\n"), ""},
		{"arrows", "a test and its own package", tree("lake/a_test.go", "package lake_test\nimport _ \"gondola/lake\"\nimport _ \"gondola/internal/need\"\n"), ""},
		{"arrows", "engine and suite", tree("pipeline/local/a.go", "package local\nimport _ \"gondola/pipeline/enginetest\"\n"), "must not import gondola/pipeline/enginetest"},
		{"arrows", "engine's test and suite", tree("pipeline/local/a_test.go", "package local_test\nimport _ \"gondola/pipeline/enginetest\"\n"), ""},
		{"arrows", "main imports all", tree("cmd/gondola/a.go", "package main\nimport _ \"gondola/pipeline/local\"\n"), ""},
		{"arrows", "main and suite", tree("cmd/gondola/a.go", "package main\nimport _ \"gondola/internal/need\"\n"), "must not import gondola/internal/need"},
		{"arrows", "main's test and suite", tree("cmd/gondola/a_test.go", "package main\nimport _ \"gondola/pipeline/enginetest\"\n"), ""},
		{"arrows", "cell beyond std", tree("cell/a.go", "package cell\nimport _ \"golang.org/x/text/width\"\n"), "standard library only"},
		{"arrows", "testdata is no package", tree("lake/testdata/a.go", "package x\nimport _ \"gondola/session\"\n"), ""},
		{"arrows", "nested module", map[string]string{"go.mod": gomod, "tools/go.mod": "module x\n", "tools/a.go": "package tools\n"}, ""},
		{"arrows", "ignored folder", map[string]string{"go.mod": gomod, ".gitignore": "/build/\n", "build/a.go": "package build\n"}, ""},
		{"arrows", "folder that ignores itself", map[string]string{"go.mod": gomod, "env/.gitignore": "*\n", "env/a.go": "package env\n"}, ""},

		{"libraries", "wrong package", tree("session/a.go", "package session\nimport _ \"github.com/parquet-go/parquet-go/format\"\n"), "belongs to lake/parquet*.go"},
		{"libraries", "wrong file", tree("lake/store.go", "package lake\nimport _ \"github.com/parquet-go/parquet-go\"\n"), "belongs to lake/parquet*.go"},
		{"libraries", "right file", tree("lake/parquet_write.go", "package lake\nimport _ \"github.com/parquet-go/parquet-go\"\n"), ""},
		{"libraries", "new", tree("lake/a.go", "package lake\nimport _ \"example.com/leftpad\"\n"), "example.com/leftpad is a new outside library"},
		{"libraries", "longer name", tree("lake/a.go", "package lake\nimport _ \"golang.org/x/textual\"\n"), "new outside library"},
		{"libraries", "test library", tree("lake/a.go", "package lake\nimport _ \"github.com/google/go-cmp/cmp\"\n"), "is for tests"},
		{"libraries", "test library in a test", tree("lake/a_test.go", "package lake\nimport _ \"github.com/google/go-cmp/cmp\"\n"), ""},
		{"libraries", "test library in a suite", tree("pipeline/enginetest/a.go", "package enginetest\nimport _ \"github.com/google/go-cmp/cmp\"\n"), ""},

		{"cgo", "no tag", tree("pipeline/local/a.go", "package local\nimport _ \"github.com/duckdb/duckdb-go/v2\"\n"), "must start with //go:build cgo"},
		{"cgo", "weak tag", tree("pipeline/local/a.go", "//go:build cgo || linux\n\npackage local\nimport _ \"github.com/duckdb/duckdb-go/v2\"\n"), "must start with //go:build cgo"},
		{"cgo", "tag", tree("pipeline/local/a.go", "//go:build cgo && linux\n\npackage local\nimport _ \"github.com/duckdb/duckdb-go/v2\"\n"), ""},

		{"calls", "chdir", tree("lake/a.go", "package lake\nimport \"os\"\nfunc f() { os.Chdir(\"x\") }\n"), "os.Chdir"},
		{"calls", "renamed import", tree("lake/a.go", "package lake\nimport sys \"os\"\nvar f = sys.Setenv\n"), "os.Setenv"},
		{"calls", "stdout", tree("viz/a.go", "package viz\nimport \"os\"\nvar f = os.Stdout\n"), "os.Stdout"},
		{"calls", "stdout of main", tree("cmd/gondola/a.go", "package main\nimport \"os\"\nfunc f() { os.Stdout.Sync(); os.Exit(1) }\n"), ""},
		{"calls", "print", tree("cmd/gondola/a.go", "package main\nimport \"fmt\"\nfunc f() { fmt.Println() }\n"), "fmt.Println"},
		{"calls", "print in an example", tree("lake/a_test.go", "package lake\nimport \"fmt\"\nfunc f() { fmt.Println() }\n"), ""},
		{"calls", "sleep in a test", tree("lake/a_test.go", "package lake\nimport \"time\"\nfunc f() { time.Sleep(1) }\n"), "time.Sleep"},
		{"calls", "another Sleep", tree("lake/a.go", "package lake\nfunc f(time clock) { time.Sleep(1) }\n"), ""},

		{"init", "init", tree("lake/a.go", "package lake\nfunc init() {}\n"), "func init"},
		{"init", "a method init", tree("lake/a.go", "package lake\ntype t int\nfunc (t) init() {}\n"), ""},

		{"state", "no value", tree("lake/a.go", "package lake\nvar n int\n"), "n has no value"},
		{"state", "map made", tree("lake/a.go", "package lake\nvar m = make(map[string]int)\n"), "m is made by make"},
		{"state", "pool", tree("lake/a.go", "package lake\nimport \"sync\"\nvar p = sync.Pool{}\n"), "p holds a sync.Pool"},
		{"state", "mutex inside", tree("lake/a.go", "package lake\nimport \"sync\"\nvar p = struct{ sync.Mutex }{}\n"), "p holds a sync.Mutex"},
		{"state", "channel", tree("lake/a.go", "package lake\nvar c chan int\n"), "c is a channel"},
		{"state", "client", tree("lake/a.go", "package lake\nimport \"net/http\"\nvar c = http.DefaultTransport.(*http.Transport).Clone()\n"), "c is made by"},
		{"state", "assigned", tree("lake/a.go", "package lake\nvar n = 1\nfunc f() { n = 2 }\n"), "lake/a.go:3: package variable n is changed here"},
		{"state", "counted in another file", map[string]string{"go.mod": gomod, "lake/a.go": "package lake\nvar n = 1\n", "lake/b.go": "package lake\nfunc f() { n++ }\n"}, "lake/b.go:2: package variable n"},
		{"state", "swapped by a test", map[string]string{"go.mod": gomod, "lake/a.go": "package lake\nimport \"time\"\nvar now = time.Now\n", "lake/a_test.go": "package lake\nfunc f() { now = nil }\n"}, "lake/a_test.go:2: package variable now"},
		{"state", "table filled", tree("lake/a.go", "package lake\nvar m = map[int]int{}\nfunc f() { m[1] = 2 }\n"), "m is changed here"},
		{"state", "entry deleted", tree("lake/a.go", "package lake\nvar m = map[int]int{}\nfunc f() { delete(m, 1) }\n"), "m is changed here"},
		{"state", "address taken", tree("lake/a.go", "package lake\nvar n = 1\nfunc f() *int { return &n }\n"), "n is changed here"},
		{"state", "pointer method", tree("lake/a.go", "package lake\ntype reg struct{}\nfunc (*reg) add() {}\nvar r = reg{}\nfunc f() { r.add() }\n"), "r is changed here"},
		{"state", "constants in all but name", tree("lake/a.go", `package lake
import ("embed"; "errors"; "io"; "math"; "regexp"; "time")
var ln2 = math.Log(2)
var ErrFull = errors.New("full")
var digits = regexp.MustCompile("[0-9]+")
//go:embed page.html
var page embed.FS
var _ io.Writer = (*T)(nil)
var names = []string{"a", "b"}
var magic = []byte("PAR1")
var now = time.Now
var table = build()
func build() [4]int { var t [4]int; t[0] = 1; return t }
type T struct{}
`), ""},
		{"state", "shadowed", tree("lake/a.go", "package lake\nvar n = 1\nfunc f() { n := 1; n = 2; _ = n }\nfunc g(n []int) { n[0] = 1 }\n"), ""},
		{"state", "in a test", tree("lake/a_test.go", "package lake\nimport \"flag\"\nvar update = flag.Bool(\"update\", false, \"\")\n"), ""},

		{"dot imports", "dot", tree("lake/a_test.go", "package lake_test\nimport . \"fmt\"\n"), "dot import of fmt"},
		{"dot imports", "blank", tree("lake/a_test.go", "package lake_test\nimport _ \"fmt\"\n"), ""},

		{"file length", "long", tree("lake/a.go", "package lake\n"+strings.Repeat("\n", maxLines)), "601 lines, of 600"},
		{"file length", "as long as may be", tree("lake/a.go", "package lake\n"+strings.Repeat("\n", maxLines-1)), ""},
		{"file length", "generated", tree("lake/a.go", "// Code generated by x. DO NOT EDIT.\n\npackage lake\n"+strings.Repeat("\n", maxLines)), ""},

		{"machine paths", "in a document", tree("docs/a.md", "one\nsee "+home+"\n"), "docs/a.md:2: the machine's own path " + home},
		{"machine paths", "in a string", tree("lake/a.go", "package lake\nconst p = \""+home+"\"\n"), "lake/a.go:2:"},
		{"machine paths", "part of a URL", tree("docs/a.md", "https://example.com"+home+" and ~/x\n"), ""},
		{"machine paths", "git worktree", tree(".git", "gitdir: "+home+"\n"), ""},
		{"machine paths", "binary", tree("a.bin", "\x00 "+home+"\n"), ""},
	}

	byName := map[string]Rule{}
	shown := map[string]bool{} // to fail, by a case below
	for _, r := range Rules() {
		byName[r.Name] = r
	}
	for _, tt := range tests {
		shown[tt.rule] = shown[tt.rule] || tt.want != ""
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for p, content := range tt.files {
				fsys[p] = &fstest.MapFile{Data: []byte(content)}
			}
			tree, err := Load(fsys)
			if err != nil {
				t.Fatal(err)
			}
			list := byName[tt.rule].Problems(tree)
			switch {
			case tt.want == "" && len(list) > 0:
				t.Errorf("want no problem, got %v", list)
			case tt.want == "":
			case len(list) != 1:
				t.Errorf("want one problem with %q, got %v", tt.want, list)
			case !strings.Contains(list[0].String(), tt.want):
				t.Errorf("want %q in\n%v", tt.want, list[0])
			case list[0].Why == "":
				t.Errorf("no reason given: %v", list[0])
			}
		})
	}
	for name := range byName {
		if !shown[name] {
			t.Errorf("no case shows rule %q failing", name)
		}
	}
}

// TestTables keeps the tables themselves in order: an arrow to a folder that
// is not in the picture would allow nothing and hide a slip of the pen.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range layers {
		if seen[l.dir] {
			t.Errorf("%s stands twice in layers", l.dir)
		}
		seen[l.dir] = true
		if l.why == "" {
			t.Errorf("%s has no reason", l.dir)
		}
		for _, dir := range append(append([]string{}, l.may...), l.tests...) {
			if _, known := layerOf(dir); !known && dir != everything {
				t.Errorf("%s may import %s, which is not in layers", l.dir, dir)
			}
			if to, _ := layerOf(dir); to.suite && !l.suite && !contains(l.tests, dir) {
				t.Errorf("%s may import %s, which is for tests", l.dir, dir)
			}
		}
	}
	for _, l := range libraries {
		if l.why == "" {
			t.Errorf("%s has no reason", l.path)
		}
	}
}

// TestCheck sorts what several rules say by place.
func TestCheck(t *testing.T) {
	list, err := Check(fstest.MapFS{
		"go.mod":    {Data: []byte(gomod)},
		"lake/b.go": {Data: []byte("package lake\nfunc init() {}\n")},
		"lake/a.go": {Data: []byte("package lake\n\nvar n int\n\nfunc init() {}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range list {
		place, _, _ := strings.Cut(p.String(), ": ")
		got = append(got, place)
	}
	if want := "lake/a.go:3 lake/a.go:5 lake/b.go:2"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func tree(p, content string) map[string]string {
	return map[string]string{"go.mod": gomod, p: content}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
