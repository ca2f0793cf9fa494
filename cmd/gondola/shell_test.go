//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
)

// TestShellEndsWithGondola kills the program while a cell of shell runs: nothing
// of that is left.
func TestShellEndsWithGondola(t *testing.T) {
	terminalEnv(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "group")
	for range need.Size(5, 1) {
		cmd := exec.CommandContext(t.Context(), self, "-c", "%%bash\nsleep 1000 & (sleep 1000) & echo $$ > "+file+".tmp; mv "+file+".tmp "+file+"; sleep 1000")
		cmd.Env = append(os.Environ(), beGondola+"=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		group := 0
		waitFor(t, "the script's process id", func() bool {
			data, err := os.ReadFile(file)
			if err == nil {
				group, err = strconv.Atoi(strings.TrimSpace(string(data)))
			}
			return err == nil
		})
		if n := inGroup(t, group); n < 4 {
			t.Fatalf("%d processes of the script, want its three and what watches them", n)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // was killed
		waitFor(t, "end of the script", func() bool { return inGroup(t, group) == 0 })
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// inGroup counts the living processes of a group.
func inGroup(t *testing.T, group int) int {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		var state string
		var parent, pgrp int
		if _, err := fmt.Sscan(rest, &state, &parent, &pgrp); err == nil && pgrp == group && state != "Z" {
			n++
		}
	}
	return n
}

// waitFor waits until done, half a minute at most.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	end := time.NewTimer(30 * time.Second)
	defer end.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-end.C:
			t.Fatal("no " + what)
		}
	}
}
