// Package archtest holds the rules of the house as a test: which package may
// import which, which outside library lives where, and what no source file
// may do. It reads the sources themselves, so it sees every file whatever its
// build tags, needs no network and no build, and fails on a package that is
// missing from its table: the picture cannot lag behind the tree.
//
// It is no linter for style; that is golangci-lint's work. A rule belongs
// here when only this project knows it.
//
// The import picture is the table in arrows.go, the outside libraries are in
// libraries.go, the rest is in source.go, state.go and text.go.
package archtest

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
)

// Problem is one place that breaks a rule.
type Problem struct {
	Path string // slash-separated, from the module's root
	Line int    // from 1; 0 when the whole file is meant
	What string // what is there
	Why  string // why it must not be, and what to do instead
}

// String is the form compilers use, so that an editor can jump to the place.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s\n\twhy: %s", p.Path, max(p.Line, 1), p.What, p.Why)
}

// Rule is one thing that holds for the whole tree.
type Rule struct {
	Name  string // one word or two, the name of its subtest
	Why   string // the reason in a sentence
	Check func(*Tree) []Problem
}

// Rules returns every rule of the house.
func Rules() []Rule {
	return []Rule{
		{"parses", "a file that Go cannot read cannot be checked", checkParses},
		{"arrows", "a drawn import picture is how a newcomer finds where a thing belongs", checkArrows},
		{"libraries", "one outside library, one package: then it can be replaced, and its weight seen", checkLibraries},
		{"cgo", "the program builds without a C compiler, only without SQL over files", checkCgo},
		{"calls", "process-wide state and output belong to main, waiting belongs to a context", checkCalls},
		{"init", "what runs before main cannot be tested, ordered or refused", checkInit},
		{"state", "package state couples tests, sessions and goroutines that know nothing of each other", checkState},
		{"dot imports", "a reader must see where a name comes from", checkDotImports},
		{"file length", "a file is read in one sitting", checkLength},
		{"machine paths", "a path of one machine is wrong on every other", checkMachinePaths},
	}
}

// Check reads the tree below the module's root and returns what breaks the
// rules, sorted by place. The error is of reading, not of a rule.
func Check(root fs.FS) ([]Problem, error) {
	tree, err := Load(root)
	if err != nil {
		return nil, err
	}
	var all []Problem
	for _, r := range Rules() {
		all = append(all, r.Problems(tree)...)
	}
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return all, nil
}

// Problems runs the rule over the tree. A problem without a reason of its own
// gets the rule's.
func (r Rule) Problems(t *Tree) []Problem {
	list := r.Check(t)
	for i := range list {
		list[i].Why = cmp.Or(list[i].Why, r.Why)
	}
	return list
}
