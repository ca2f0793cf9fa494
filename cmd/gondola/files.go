package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gondola/lake"
	"gondola/session"
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

// writeFolder writes a folder of small files, whole or not at all: they are
// written beside it and then take its name. It replaces nothing but a folder
// that it wrote before, of an index.html and charts.
func writeFolder(ctx context.Context, path string, files []session.File, replace bool) (err error) {
	path = filepath.Clean(path)
	if _, err := os.Lstat(path); err == nil {
		switch {
		case !replace:
			return fmt.Errorf("%s: %w", path, fs.ErrExist)
		case !isShared(path):
			return fmt.Errorf("%s holds more than share writes: name another folder", path)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(path), ".gondola-share-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	fresh := filepath.Join(made, "new")
	for _, f := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			return fmt.Errorf("%q is no name within a folder", f.Name)
		}
		at := filepath.Join(fresh, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := writeFile(ctx, at, f.Data, false); err != nil {
			return err
		}
	}
	if replace {
		if err := os.Rename(path, filepath.Join(made, "old")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(fresh, path)
}

// isShared says whether a folder holds what share writes, and nothing else.
func isShared(path string) bool {
	entries, err := os.ReadDir(path)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if e.Name() != "index.html" && e.Name() != "charts" {
			return false
		}
	}
	charts, err := os.ReadDir(filepath.Join(path, "charts"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	for _, e := range charts {
		if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".html" && ext != ".svg" {
			return false
		}
	}
	return true
}
