package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"gondola/lake"
)

// historyPath is the file of the history, below the folder that the XDG base
// directory specification names for state; empty when the history is off or
// the user has no home.
func historyPath(cmd *command) string {
	if cmd.noHistory || os.Getenv("GONDOLA_HISTORY") == "off" {
		return ""
	}
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the specification: relative paths are ignored
		home, err := os.UserHomeDir()
		if err != nil || !filepath.IsAbs(home) {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "gondola", "history.jsonl")
}

// writeFile writes a small file, whole or not at all.
func writeFile(ctx context.Context, path string, data []byte, replace bool) error {
	u, err := lake.File{}.Create(ctx, filepath.ToSlash(path), lake.CreateOptions{IfAbsent: !replace})
	if err != nil {
		return err
	}
	if _, err = u.Write(data); err == nil {
		err = u.Commit(ctx)
	}
	return errors.Join(err, u.Abort())
}
