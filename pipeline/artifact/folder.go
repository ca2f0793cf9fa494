package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is an artefact on disk: a folder with a manifest and the section
// files that it names. Its content never changes; who wants another puts a new
// folder in its place (see Create).
type Folder struct {
	dir      string
	manifest *Manifest
	sum      string // of the manifest
}

// OpenFolder reads and checks the manifest of dir: that it is whole, of a
// format that this version reads, and that every section is there with its
// size. What the sections hold is checked by Verify. A missing folder wraps
// fs.ErrNotExist, a damaged one lake.ErrCorrupt, one of a newer format is a
// *NewerError.
func OpenFolder(dir string) (*Folder, error) {
	f, err := openFolder(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	// Where folders cannot change places at once, a replacement that died
	// half-way leaves the old one beside.
	if f, old := openFolder(asideName(dir)); old == nil {
		return f, nil
	}
	return nil, err
}

func openFolder(dir string) (*Folder, error) {
	m, sum, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, manifest: m, sum: sum}
	for _, s := range m.Sections {
		info, err := os.Lstat(f.Path(s.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, corrupt(f.Path(s.Name), "the file is missing")
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			return nil, corrupt(f.Path(s.Name), "not a regular file")
		case info.Size() != s.Size:
			return nil, corrupt(f.Path(s.Name), "%d bytes, the manifest says %d", info.Size(), s.Size)
		}
	}
	return f, nil
}

// Dir is where the folder lies.
func (f *Folder) Dir() string { return f.dir }

// Manifest is what the folder says of itself. It must not be changed.
func (f *Folder) Manifest() *Manifest { return f.manifest }

// Path returns the path of a section.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, name) }

// Verify compares the checksums of the named sections, without names of all.
func (f *Folder) Verify(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		for _, s := range f.manifest.Sections {
			names = append(names, s.Name)
		}
	}
	for _, name := range names {
		if err := f.verify(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) verify(ctx context.Context, name string) (err error) {
	s, ok := f.manifest.section(name)
	if !ok {
		return fmt.Errorf("%s: no section %q", f.dir, name)
	}
	file, err := openRegular(f.Path(name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size, sum, err := sumFile(ctx, file)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path(name), err)
	}
	if size != s.Size || sum != s.SHA256 {
		return corrupt(f.Path(name), "its checksum is not the manifest's")
	}
	return nil
}
