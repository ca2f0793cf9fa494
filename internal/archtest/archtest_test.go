package archtest_test

import (
	"os"
	"testing"

	"gondola/internal/archtest"
	"gondola/internal/need"
)

// TestTree holds every rule over the module's own sources, one subtest a
// rule: docs/ARCHITECTURE.md names its invariants by them.
func TestTree(t *testing.T) {
	tree, err := archtest.Load(os.DirFS(need.Root(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) == 0 || tree.Module != "gondola" {
		t.Fatalf("read %d files of module %q; that is not the project", len(tree.Files), tree.Module)
	}
	for _, rule := range archtest.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, p := range rule.Problems(tree) {
				t.Error(p)
			}
		})
	}
}
