package main

import (
	"os"
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
