package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// beGondola makes the test program be the program itself.
const beGondola = "GONDOLA_TEST_BE_GONDOLA"

// built is the program as users have it, built when the first test asks for it.
var built struct {
	once   sync.Once
	folder string
	err    error
}

func TestMain(m *testing.M) {
	if os.Getenv(beGondola) != "" {
		main()
		return
	}
	testscript.Main(afterwards{m}, map[string]func(){"gondola": main})
}

// afterwards removes what the tests built when they have run.
type afterwards struct{ *testing.M }

func (a afterwards) Run() int {
	code := a.M.Run()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder) // a temporary folder
	}
	return code
}

// program is the path of gondola built without the race detector, which
// multiplies memory and time, for tests of what other programs see of it. What
// runs inside of the program has the tests of the packages.
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
