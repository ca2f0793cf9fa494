package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// The names that Output uses beside its parts. All of them begin with an
// underscore, so that readers of folders pass over them.
const (
	manifestName = "_manifest.json"
	successName  = "_SUCCESS"
	temporaryDir = "_temporary"
	recordName   = "_commit.json"
	lockName     = "_lock"
)

// Manifest is what a committed run left in its folder: `_manifest.json`. A
// reader that follows it sees the whole output of exactly one run.
type Manifest struct {
	// Format is "gondola/manifest/1".
	Format string `json:"format"`
	// Run is the id of the run, which is also in the names of its parts.
	Run     string    `json:"run"`
	Created time.Time `json:"created"`
	Rows    int64     `json:"rows"`
	Bytes   int64     `json:"bytes"`
	// Schema holds the columns, those of the partition folders included.
	Schema    []ManifestField `json:"schema"`
	Partition []string        `json:"partition,omitempty"`
	Parts     []Part          `json:"parts"`
}

// ManifestField is a column as a manifest names it.
type ManifestField struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

// Part is one file of an output.
type Part struct {
	// Name is relative to the folder of the manifest.
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const manifestFormat = "gondola/manifest/1"

// maxManifest bounds the manifests that are read.
const maxManifest = 64 << 20

// ReadManifest reads the manifest of a folder. A folder without one wraps
// fs.ErrNotExist.
func ReadManifest(ctx context.Context, s Store, dir string) (*Manifest, error) {
	m := &Manifest{}
	if err := readJSON(ctx, s, joinName(dir, manifestName), m); err != nil {
		return nil, err
	}
	if m.Format != manifestFormat {
		return nil, fmt.Errorf("%s: format %q, this version reads %q: %w", joinName(dir, manifestName), m.Format, manifestFormat, errors.ErrUnsupported)
	}
	for _, p := range m.Parts {
		if !localName(p.Name) {
			return nil, fmt.Errorf("%s: %w: a part is called %q", joinName(dir, manifestName), ErrCorrupt, p.Name)
		}
	}
	return m, nil
}

// localName reports whether a name stays below its folder.
func localName(name string) bool {
	return name != "" && path.Clean(name) == name && name[0] != '/' && name != ".." && !strings.HasPrefix(name, "../")
}

func readJSON(ctx context.Context, s Store, name string, v any) error {
	b, _, err := readAll(ctx, s, name, maxManifest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w: %w", name, ErrCorrupt, err)
	}
	return nil
}

// outputFolders are folders that hold a manifest, or a run on its way to one.
type outputFolders map[string]bool

func (o outputFolders) add(dir string) {
	if dir == "." {
		dir = ""
	}
	o[dir] = true
}

// restrict removes from found what lies in an output folder and is no part of
// its committed run.
func (o outputFolders) restrict(ctx context.Context, s Store, found map[string]Info) error {
	for dir := range o {
		m, err := ReadManifest(ctx, s, dir)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			continue // a manifest of another program
		case errors.Is(err, fs.ErrNotExist):
			if err := dropUncommitted(ctx, s, dir, found); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		parts := make(map[string]bool, len(m.Parts))
		for _, p := range m.Parts {
			parts[joinName(dir, p.Name)] = true
		}
		prefix := joinName(dir, "")
		for name := range found {
			if strings.HasPrefix(name, prefix) && !parts[name] {
				delete(found, name)
			}
		}
	}
	return nil
}

// dropUncommitted removes the parts that a first run has begun to show.
func dropUncommitted(ctx context.Context, s Store, dir string, found map[string]Info) error {
	for info, err := range s.List(ctx, joinName(dir, temporaryDir), nil) {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if path.Base(info.Name) != recordName {
			continue
		}
		var r record
		err = readJSON(ctx, s, info.Name, &r)
		if errors.Is(err, fs.ErrNotExist) {
			continue // committed meanwhile
		}
		if err != nil {
			return err
		}
		for _, p := range r.Parts {
			delete(found, joinName(dir, p))
		}
	}
	return nil
}

// record is what a run notes before it shows its first part: which names it
// is about to make, and which it replaces.
type record struct {
	Run      string   `json:"run"`
	Parts    []string `json:"parts"`
	Replaces []string `json:"replaces"`
}
