//go:build unix

package lake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"testing"

	"gondola/internal/need"
	"gondola/lake"
)

// killChild makes this binary write an output and be killed on the way: see
// killTask.
const killChild = "GONDOLA_LAKE_KILL"

// killTask is what the child does, as JSON.
type killTask struct {
	Dir, Run  string
	Mode      lake.Mode
	Partition bool
	// At is the call of the store before which the child kills itself, or at
	// the end if there are fewer. 0 is none: then it tells of every call by a
	// byte on its standard output, and waits in the end until somebody kills it.
	At int
}

func writeAndDie(task string) int {
	var k killTask
	if err := json.Unmarshal([]byte(task), &k); err != nil {
		return 3
	}
	s := &killStore{faultStore: newFaultStore(lake.File{Dir: k.Dir}, k.At, true), file: lake.File{Dir: k.Dir}}
	s.fault = func(string) error {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it arrives
	}
	if k.At == 0 {
		s.tell = func() { _, _ = os.Stdout.WriteString(".") }
	}
	if _, err := writeRun(context.Background(), s, k.Run, k.Mode, k.Partition); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	if k.At > 0 {
		_ = s.fault("end")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done() // somebody kills it before
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

// killed has a child do the task, and kills it: before call task.At if that is
// not 0, otherwise from outside, as soon as it has told of so many calls.
func killed(t *testing.T, task killTask, calls int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), killChild+"="+string(raw))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if task.At == 0 {
		// Fewer come when the run is over before.
		if _, err := io.ReadFull(stdout, make([]byte, calls)); err != nil {
			t.Errorf("%+v: %v: %s", task, err, stderr.String())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%+v: the child ended by %v: %s", task, err, stderr.String())
	}
}

// Bar D13: kill -9 at 20 points, in 5 situations each. A reader that follows
// the manifest sees the whole output of exactly one run; the next run tidies
// up, and its parts are byte by byte those of a run that nothing happened to.
func TestD13Kill9(t *testing.T) {
	for name, c := range map[string]struct {
		old, dead, partition, outside bool
	}{
		"first run":            {},
		"overwrite":            {old: true},
		"overwrite partitions": {old: true, partition: true},
		"after another dead":   {old: true, dead: true, partition: true},
		"killed from outside":  {old: true, partition: true, outside: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			points := need.Size(20, 6)
			clean := lake.File{Dir: t.TempDir()}
			calls := callsOfRun(t, c.old, c.partition)
			if c.dead {
				calls += calls / 2 // tidying up after the dead one comes first
			}
			want, err := writeRun(t.Context(), clean, "next", lake.ModeOverwrite, c.partition)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for i := range points {
				s := lake.File{Dir: t.TempDir()}
				task := killTask{Dir: s.Dir, Run: "new", Mode: lake.ModeOverwrite, Partition: c.partition, At: 1 + i*(calls-1)/(points-1)}
				if c.old {
					if _, err := writeRun(t.Context(), s, "old", "", false); err != nil {
						t.Fatal(err)
					}
				}
				if c.dead {
					dead := task
					dead.Run, dead.At = "dead", 1+i*7%(calls/2)
					killed(t, dead, 0)
				}
				at := task.At
				if c.outside {
					task.At = 0
				}
				killed(t, task, at)
				run := checkOutput(t, s)
				seen[run]++
				if old := map[bool]string{true: "old"}[c.old]; run != old && run != "new" && (!c.dead || run != "dead") {
					t.Fatalf("call %d of %d: run %q is seen", at, calls, run)
				}
				got, err := writeRun(t.Context(), s, "next", lake.ModeOverwrite, c.partition)
				if err != nil {
					t.Fatalf("call %d of %d: the next run: %v", at, calls, err)
				}
				if run := checkOutput(t, s); run != "next" || !slices.Equal(got.Parts, want.Parts) {
					t.Fatalf("call %d of %d: then run %q is seen, parts %v instead of %v", at, calls, run, got.Parts, want.Parts)
				}
				if left := leftovers(t, s); left != nil {
					t.Fatalf("call %d of %d: left after the next run: %v", at, calls, left)
				}
			}
			t.Logf("killed at %d points of %d calls; then seen: %v", points, calls, seen)
			if seen["new"] == 0 || len(seen) < 2 {
				t.Error("all kills came before the commit, or all behind it")
			}
		})
	}
}

// callsOfRun counts the calls of the store that a run makes.
func callsOfRun(t *testing.T, old, partition bool) int {
	t.Helper()
	s := lake.File{Dir: t.TempDir()}
	if old {
		if _, err := writeRun(t.Context(), s, "old", "", false); err != nil {
			t.Fatal(err)
		}
	}
	counting := &killStore{faultStore: newFaultStore(s, -1, false), file: s}
	if _, err := writeRun(t.Context(), counting, "new", lake.ModeOverwrite, partition); err != nil {
		t.Fatal(err)
	}
	return counting.calls
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
