//go:build !race

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is the path of gondola as users have it, for tests of what other
// programs see of it. What runs inside of it has the tests of the packages, and
// testdata/script, also under the race detector.
func program(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.folder, built.err = os.MkdirTemp("", "gondola-test-"); built.err != nil {
			return
		}
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(built.folder, "gondola"), ".").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.folder, "gondola")
}
