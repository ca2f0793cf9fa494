package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// DataFile is a file that a pattern stands for.
type DataFile struct {
	Info
	// Partitions are the key=value folders on the way to the file.
	Partitions []Partition
}

// Expand returns the files that a pattern stands for, sorted by name: a file,
// all data files below a folder, or what a pattern of *, ?, [..], {a,b} and **
// (any number of folders) matches; a folder that matches stands for its files.
// Names that begin with _ or . are left out, unless the pattern begins so at
// that place. In a folder written by Output only the parts that its manifest
// names count, and none while its first run has not committed.
//
// A pattern that stands for no file is an error that wraps fs.ErrNotExist and
// says how far the path exists, and which name is close to a missing one.
func Expand(ctx context.Context, s Store, pattern string) ([]DataFile, error) {
	patterns, err := expandBraces(pattern)
	if err != nil {
		return nil, err
	}
	found := map[string]Info{}
	for _, p := range patterns {
		if err := expandOne(ctx, s, path.Clean(p), found); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, notFound(ctx, s, pattern, path.Clean(patterns[0]))
	}
	out := make([]DataFile, 0, len(found))
	for name, info := range found {
		out = append(out, DataFile{Info: info, Partitions: Partitions(name)})
	}
	slices.SortFunc(out, func(a, b DataFile) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func expandOne(ctx context.Context, s Store, pattern string, found map[string]Info) error {
	// A file may be called data[1].csv: what exists needs no pattern.
	if o, err := s.Open(ctx, pattern); err == nil {
		found[pattern] = o.Info()
		return o.Close()
	} else if context.Cause(ctx) != nil || errors.Is(err, fs.ErrPermission) {
		return err
	}
	g, err := newGlobber(pattern)
	if err != nil {
		return err
	}
	outputs := outputFolders{}
	for dir := g.base(); strings.Contains(path.Base(dir), "="); dir = path.Dir(dir) {
		outputs.add(path.Dir(dir)) // a partition folder: the manifest is above
	}
	here := map[string]Info{}
	skip := func(dir string) bool {
		if path.Base(dir) == temporaryDir {
			outputs.add(path.Dir(dir))
		}
		return !g.wants(dir) && !g.matchBelow(dir) || g.hidden(dir)
	}
	for info, err := range s.List(ctx, g.base(), skip) {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case path.Base(info.Name) == manifestName:
			outputs.add(path.Dir(info.Name))
		case g.wants(info.Name) && !g.hidden(info.Name):
			here[info.Name] = info
		}
	}
	if err := outputs.restrict(ctx, s, here); err != nil {
		return err
	}
	for name, info := range here {
		found[name] = info
	}
	return nil
}

// notFound says why a pattern stands for nothing. first is the pattern, or its
// first alternative.
func notFound(ctx context.Context, s Store, pattern, first string) error {
	segments := strings.Split(first, "/")
	dir := ""
	if segments[0] == "" {
		dir, segments = "/", segments[1:]
	}
	for len(segments) > 0 {
		files, folders, err := readFolder(ctx, s, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", pattern, err)
		}
		next := segments[0]
		if !hasMeta(next) && slices.Contains(folders, next) {
			dir, segments = joinName(dir, next), segments[1:]
			continue
		}
		where := "the folder " + dir
		if dir == "" {
			where = "this folder"
		}
		if hasMeta(next) || len(segments) == 0 {
			return say(fs.ErrNotExist, "%s: nothing in %s matches %s", pattern, where, path.Join(segments...))
		}
		missing := fmt.Sprintf("%s has no %s", where, next)
		if near := Nearest(next, append(files, folders...)); near != "" {
			missing += fmt.Sprintf("; did you mean %s?", joinName(dir, near))
		}
		return say(fs.ErrNotExist, "%s: %s", pattern, missing)
	}
	return say(fs.ErrNotExist, "%s: the folder holds no data files", pattern)
}

// readFolder lists one level: by refusing every folder it learns their names.
func readFolder(ctx context.Context, s Store, dir string) (files, folders []string, err error) {
	seen := map[string]bool{}
	skip := func(name string) bool {
		if b := path.Base(name); !seen[b] {
			seen[b] = true
			folders = append(folders, b)
		}
		return true
	}
	for info, err := range s.List(ctx, dir, skip) {
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		files = append(files, path.Base(info.Name))
	}
	return files, folders, nil
}

// Nearest returns the name that is most like a misspelt one, by the number of
// letters to change, add or drop, or "" when none is near.
func Nearest(name string, names []string) string {
	best, least := "", 1+len(name)/3
	for _, n := range names {
		if d := distance(name, n, least); d <= least && (best == "" || d < least) {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of letters to change, add or drop; more than limit
// need not be exact. Letters that differ in case alone count as equal.
func distance(a, b string, limit int) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
