//go:build unix

package lake_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gondola/lake"
)

// killChild makes this binary write an output and kill itself at some call:
// "folder number".
const killChild = "GONDOLA_LAKE_KILL"

func writeAndDie(task string) int {
	dir, number, _ := strings.Cut(task, " ")
	at, err := strconv.Atoi(number)
	if err != nil {
		return 3
	}
	s := &killStore{faultStore: newFaultStore(lake.File{Dir: dir}, at, true), file: lake.File{Dir: dir}}
	s.fault = func(string) error {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it arrives
	}
	if _, err := writeRun(context.Background(), s, "new", lake.ModeOverwrite, true); err != nil {
		return 3
	}
	return 0
}

// killStore has the locks of the file system, not those of faultStore.
type killStore struct {
	*faultStore
	file lake.File
}

func (s *killStore) TryLock(ctx context.Context, name string) (func(), error) {
	return s.file.TryLock(ctx, name)
}

// Bar D13: kill -9 at any point; a reader of the manifest sees one complete
// run.
func TestD13Kill9(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for at := 1; ; at += 6 {
		dir := t.TempDir()
		s := lake.File{Dir: dir}
		if _, err := writeRun(t.Context(), s, "old", "", false); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), killChild+"="+dir+" "+strconv.Itoa(at))
		out, err := cmd.CombinedOutput()
		if err == nil {
			break // the run made fewer calls
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("call %d: the child ended by %v: %s", at, err, out)
		}
		killed++
		if run := checkOutput(t, s); run != "old" && run != "new" {
			t.Fatalf("call %d: run %q is seen", at, run)
		}
		if _, err := writeRun(t.Context(), s, "next", lake.ModeOverwrite, false); err != nil {
			t.Fatalf("call %d: the next run: %v", at, err)
		}
		if run := checkOutput(t, s); run != "next" {
			t.Fatalf("call %d: then run %q is seen", at, run)
		}
		if left := leftovers(t, s); left != nil {
			t.Fatalf("call %d: left after the next run: %v", at, left)
		}
	}
	if killed < 10 {
		t.Errorf("only %d points", killed)
	}
	t.Logf("killed at %d points", killed)
}

// A killed run's half-written file is removed by the next one.
func TestKilledFileIsSwept(t *testing.T) {
	s := lake.File{Dir: t.TempDir()}
	put(t, s, ".tags.csv.00ff.tmp", "half")
	live, err := s.Create(t.Context(), "tags.csv", lake.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "tags.csv", "whole")
	var names []string
	for info, err := range s.List(t.Context(), "", nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, info.Name)
	}
	if len(names) != 2 || names[1] != "tags.csv" {
		t.Errorf("left: %v; one is being written", names)
	}
	if err := live.Commit(t.Context()); err != nil {
		t.Errorf("the live one was touched: %v", err)
	}
}
