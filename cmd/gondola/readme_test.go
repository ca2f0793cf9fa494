//go:build !race

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestReadme runs the first example of the README and compares what it prints, by the
// kernels that round alike on every processor.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```console\n$ ")
	block, _, _ = strings.Cut(block, "```")
	command, want, found := strings.Cut(block, "\n")
	if !found {
		t.Fatal("README.md does not begin with an example")
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, "gondola", "\"$SELF\"", 1))
	cmd.Env = append(os.Environ(), "SELF="+program(t), "COLUMNS=120", "GONDOLA_CPU=go", "XDG_CACHE_HOME="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir(), "LC_ALL=C.UTF-8")
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
		t.Errorf("README.md does not show what the program prints:\n%s", got)
	}
}
