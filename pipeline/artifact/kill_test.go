//go:build unix

package artifact

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// killChild makes this binary replace an artefact and kill itself at some
// call, before it is carried out: "folder number".
const killChild = "GONDOLA_ARTIFACT_KILL"

func TestMain(m *testing.M) {
	if task := os.Getenv(killChild); task != "" {
		os.Exit(replaceAndDie(task))
	}
	os.Exit(m.Run())
}

func replaceAndDie(task string) int {
	dir, number, _ := strings.Cut(task, " ")
	at, err := strconv.Atoi(number)
	if err != nil {
		return 3
	}
	d := &faultDisk{disk: realDisk{}, at: at % 1000, two: at >= 1000, fault: func() error {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it arrives
	}}
	if err := replaceWith(context.Background(), d, dir, "new"); err != nil {
		return 3
	}
	return 0
}

// Bar T7: kill -9 at 100 points of a save; the path opens as the old or as the
// new, and the next sweep leaves nothing. The points are the calls that change
// the disk, where folders change places at once and where they do not, over
// and over until there are 100.
func TestT7Kill9(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	killed, seen := 0, map[string]int{}
	for round := 0; killed < 100; round++ {
		for at := 1; killed < 100; at++ {
			dir := filepath.Join(t.TempDir(), "m")
			commit(t, dir, "old")
			cmd := exec.CommandContext(t.Context(), exe)
			cmd.Env = append(os.Environ(), killChild+"="+dir+" "+strconv.Itoa(at+round%2*1000))
			out, err := cmd.CombinedOutput()
			if err == nil {
				break // the save made fewer calls
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("call %d: the child ended by %v: %s", at, err, out)
			}
			killed++
			got := content(t, dir)
			seen[got]++
			if err := SweepTemp(filepath.Dir(dir), 0); err != nil {
				t.Fatalf("call %d: sweep: %v", at, err)
			}
			if again := content(t, dir); again != got {
				t.Errorf("call %d: %q, after the sweep %q", at, got, again)
			}
			if left := names(t, filepath.Dir(dir)); !slices.Equal(left, []string{"m"}) {
				t.Errorf("call %d: left after the sweep: %q", at, left)
			}
		}
	}
	if seen["old"] == 0 || seen["new"] == 0 || len(seen) != 2 {
		t.Errorf("seen: %v", seen)
	}
	t.Logf("killed at %d points: %v", killed, seen)
}
