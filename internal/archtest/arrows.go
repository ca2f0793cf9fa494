package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// layer is one package and its place in the picture.
type layer struct {
	dir   string   // its folder from the module's root
	may   []string // the folders of ours that it may import; everything is all of them
	tests []string // the folders that its test files may import as well
	suite bool     // made for tests: no product file may import it
	std   bool     // imports the standard library only
	why   string
}

// everything in layer.may allows every package that is not a suite.
const everything = "*"

// pure are the packages that compute and know nothing of ours, so that they
// can be read, tested and measured alone, and reused by any engine.
var pure = []string{
	"pipeline/text", "pipeline/word2vec", "pipeline/kmeans", "pipeline/tag", "pipeline/projection", "pipeline/receipts",
}

// simd has the loops that the pure packages share. Which of its kernels run is
// handed down from main, so every package on the way may name them.
const simd = "pipeline/simd"

// engine is what an implementation of pipeline.Engine or Querier may import.
var engine = append([]string{"pipeline", "pipeline/artifact", "lake", simd}, pure...)

// layers is the picture. A package of the plan stands here before it exists,
// so that its arrows hold from its first file.
var layers = append([]layer{
	{dir: "cmd/gondola", may: []string{everything}, why: "main wires everything and decides nothing"},
	{dir: "cmd/gondola-node", may: []string{everything}, why: "main wires everything and decides nothing"},
	{dir: "cell", std: true, why: "its source is embedded and written into the user's module, which has nothing else of ours"},

	{
		dir: "session", may: []string{"session/lang", "session/history", "session/notebook", "pipeline", "viz", "cluster"},
		tests: []string{"pipeline/artifact", "pipeline/enginetest", "pipeline/local", "pipeline/receipts"},
		why:   "the session knows no front end, no engine and no cloud: it gets them as interfaces. Its tests run the examples of the commands on the local engine",
	},
	{dir: "session/lang", why: "the language is text in, statements and diagnostics out; an editor could use it alone"},
	{
		dir: "session/notebook", tests: []string{"session/lang"},
		why: "a notebook is a file, whoever runs it; what it must know of the language is given to it. Its tests read the declarations that it writes",
	},
	{dir: "session/history", why: "the history is a file of lines, whoever writes them; other programs read it too"},

	{dir: "pipeline", why: "the domain declares the interfaces that others implement, so it depends on none of them"},
	{
		dir: "pipeline/artifact", may: append([]string{"pipeline", "lake", simd}, pure...),
		why: "a model on disk is the pure packages' values in the lake's files, the same for every engine",
	},
	{
		dir: "pipeline/local", may: engine, tests: []string{"pipeline/enginetest"},
		why: "an engine knows the domain and not who drives it",
	},
	{
		dir: "pipeline/spark", may: append([]string{"pipeline/spark/connect"}, engine...),
		tests: []string{"pipeline/enginetest", "pipeline/spark/internal/connecttest"},
		why:   "an engine knows the domain and not who drives it",
	},
	{
		dir: "pipeline/spark/connect", tests: []string{"pipeline/spark/internal/connecttest"},
		why: "a client of the Spark Connect protocol knows the protocol, not what we do with it",
	},
	{
		dir: "pipeline/spark/internal/connecttest", may: []string{"pipeline", "pipeline/local", "pipeline/spark/connect"}, suite: true,
		why: "the fake server answers with the local engine, for tests only",
	},
	{
		dir: "pipeline/trino", may: engine, tests: []string{"pipeline/enginetest"},
		why: "a querier knows the domain and not who drives it",
	},
	{
		dir: "pipeline/hive", may: engine, tests: []string{"pipeline/enginetest"},
		why: "a querier knows the domain and not who drives it",
	},
	{
		dir: "pipeline/enginetest", may: append([]string{"pipeline", "internal/need", simd}, pure...), suite: true,
		why: "every engine passes one suite, which therefore knows no engine",
	},

	{dir: simd, why: "vector kernels know rows of floats and nothing of words; they are tested and measured alone, against plain Go"},

	{dir: "lake", tests: []string{"lake/laketest"}, why: "storage moves bytes and rows and knows nothing of titles"},
	{dir: "lake/laketest", may: []string{"lake"}, suite: true, why: "every store passes one suite"},
	{
		dir: "viz", may: []string{"pipeline", "viz/assets"}, tests: []string{"session/lang"},
		why: "a chart is drawn from plain values; who asked for it and where it is shown is not its business. Its tests compare the statements that a page shows with the language",
	},
	{dir: "viz/assets", why: "the chart library is bytes, which the kernel's installer hands out too"},

	{
		dir: "kernel", may: []string{"session", "session/lang", "session/history", "session/notebook", "pipeline", "viz", "viz/assets", "kernel/wire", "kernel/zmtp", "kernel/gocell"},
		tests: []string{"pipeline/local"},
		why:   "a front end translates between its protocol and the session, and decides nothing. Its tests interrupt the engine",
	},
	{dir: "kernel/wire", why: "Jupyter's messages and their signatures are a format, used from both sides"},
	{dir: "kernel/zmtp", why: "sockets carry frames and know no Jupyter"},
	{
		dir: "kernel/gocell", may: []string{"cell", "kernel/wire", "kernel/zmtp"},
		why: "Go cells run in a child kernel that is spoken to over the wire, never in our process",
	},
	{dir: "repl", may: []string{"session", "session/lang"}, why: "a front end translates between its terminal and the session, and decides nothing"},
	{
		dir: "serve", may: append([]string{"pipeline/artifact", simd}, pure...),
		why: "serving needs a trained model and nothing of how it was trained",
	},

	{dir: "cluster", why: "machines do not know what runs on them: they meet the pipeline in the session, as an address"},
	{dir: "cluster/ec2", may: []string{"cluster"}, why: "a provider knows machines only"},
	{dir: "cluster/emr", may: []string{"cluster"}, why: "a provider knows machines only"},
	{dir: "cluster/local", may: []string{"cluster"}, why: "a provider knows machines only"},

	{dir: "notebooks", suite: true, why: "the tutorial notebooks are run by tests, as files"},
	{dir: "internal/need", suite: true, why: "it asks a test's machine for what the test needs"},
	{dir: "internal/webtest", may: []string{"internal/need"}, suite: true, why: "it looks at pages, whosever they are"},
	{dir: "internal/archtest", suite: true, why: "it reads the sources and runs none of them"},
	{dir: "internal/tageval", may: append([]string{simd}, pure...), why: "the measurements of tag quality stand on the packages they measure"},
	{
		dir: "internal/tageval/product", may: append([]string{"internal/tageval", "pipeline", "pipeline/artifact", "pipeline/local", simd}, pure...),
		why: "vectors are measured through the engine that users run, whoever trained them",
	},
	{dir: "internal/gallery", may: []string{"session", "pipeline", "pipeline/local", "viz"}, why: "the program behind make gallery asks a session for charts and draws them"},
	{dir: "internal/speed", may: []string{everything}, why: "the program behind make bench runs the product and its parts beside their peers"},
	{dir: "internal/tageval/eval", may: []string{everything}, why: "the program behind make eval measures the product as a user runs it"},
}, pureLayers()...)

func pureLayers() []layer {
	var list []layer
	for _, dir := range pure {
		list = append(list, layer{
			dir: dir, may: []string{simd},
			why: "pure: it computes from its arguments and imports nothing of ours but the vector kernels, so it can be read and tested alone",
		})
	}
	return list
}

// anyTest are the folders that every test file may import.
var anyTest = []string{"internal/need", "internal/webtest"}

func checkArrows(t *Tree) []Problem {
	var list []Problem
	for _, f := range t.Files {
		from, known := layerOf(f.Dir)
		if !known {
			list = append(list, Problem{
				Path: f.Path,
				What: fmt.Sprintf("package %s has no place in the import picture", f.Dir),
				Why:  "add it to layers in internal/archtest/arrows.go, with what it may import and the reason",
			})
			continue
		}
		for _, im := range f.Imports {
			dir, ours := t.ours(im.Path)
			if !ours || from.allows(dir, f.Test) {
				continue
			}
			list = append(list, Problem{
				Path: f.Path, Line: im.Line,
				What: fmt.Sprintf("%s must not import %s", f.Dir, im.Path),
				Why:  from.why,
			})
		}
		if from.std && !f.Test {
			list = append(list, t.onlyStd(f, from)...)
		}
	}
	return list
}

// allows reports whether a file of l may import the package in dir.
func (l layer) allows(dir string, test bool) bool {
	if test && (dir == l.dir || slices.Contains(l.tests, dir) || slices.Contains(anyTest, dir)) {
		return true
	}
	if slices.Contains(l.may, dir) {
		return true
	}
	to, known := layerOf(dir)
	return slices.Contains(l.may, everything) && known && (!to.suite || test)
}

func (t *Tree) onlyStd(f *File, l layer) []Problem {
	var list []Problem
	for _, im := range f.Imports {
		if t.outside(im.Path) {
			list = append(list, Problem{
				Path: f.Path, Line: im.Line,
				What: fmt.Sprintf("%s must import the standard library only, not %s", f.Dir, im.Path),
				Why:  l.why,
			})
		}
	}
	return list
}

func layerOf(dir string) (layer, bool) {
	i := slices.IndexFunc(layers, func(l layer) bool { return l.dir == dir })
	if i < 0 {
		return layer{}, false
	}
	return layers[i], true
}

// ours returns the folder of an import path of this module.
func (t *Tree) ours(importPath string) (dir string, ok bool) {
	if importPath == t.Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, t.Module+"/")
}

// outside reports whether the import path is neither ours nor the standard
// library's, whose first element has no dot.
func (t *Tree) outside(importPath string) bool {
	if _, ours := t.ours(importPath); ours {
		return false
	}
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".")
}
