package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gondola/lake"
)

// Names beside artefacts, in the folder that holds them. Listings pass over
// names that begin with a dot.
const (
	tempPrefix  = ".tmp-" // a folder that is being made; 16 hex digits follow
	asidePrefix = ".old-" // an artefact that is being replaced; its name follows
	lockName    = ".lock" // in a folder that is being made: held by its maker
)

// Builder makes an artefact folder under a temporary name beside its place.
// Until Commit nothing can be seen of it, and afterwards all of it.
type Builder struct {
	disk   disk
	dir    string // where it goes
	temp   string // where it grows
	unlock func()
	staged bool // has a manifest, of a Commit that failed
	done   bool
}

// Create begins an artefact at dir, whose parent is made when it is missing.
// Call Abort when it is not committed; after a Commit that does nothing:
//
//	b, err := artifact.Create(dir)
//	if err != nil { ... }
//	defer b.Abort()
//	write(b.Path("words.bin"))
//	return b.Commit(ctx, artifact.Manifest{Kind: "words", Origin: origin})
func Create(dir string) (*Builder, error) { return create(realDisk{}, dir) }

func create(d disk, dir string) (*Builder, error) {
	dir = filepath.Clean(dir)
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return nil, err
	}
	for {
		b := &Builder{disk: d, dir: dir, temp: filepath.Join(parent, fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64()))}
		if err := d.Mkdir(b.temp); err != nil {
			return nil, err
		}
		var err error
		b.unlock, err = lockFolder(context.Background(), b.temp)
		if errors.Is(err, lake.ErrLocked) {
			continue // a sweep took the new folder for an old one
		}
		if err != nil {
			return nil, errors.Join(err, d.RemoveAll(b.temp))
		}
		return b, nil
	}
}

// lockFolder takes the lock of a folder that is being made, or returns
// lake.ErrLocked. The system ends it when the process dies.
func lockFolder(ctx context.Context, dir string) (unlock func(), err error) {
	if l, ok := any(lake.File{}).(lake.Locker); ok {
		return l.TryLock(ctx, filepath.ToSlash(filepath.Join(dir, lockName)))
	}
	return func() {}, nil
}

// Path returns where to write the section of that name.
func (b *Builder) Path(name string) string { return filepath.Join(b.temp, name) }

// Create begins the section of that name for writing.
func (b *Builder) Create(name string) (io.WriteCloser, error) { return b.disk.Create(b.Path(name)) }

// Commit makes everything durable and puts the folder in its place: checksums
// of all sections, their fsync, the manifest, the rename, the fsync of the
// parent. A dir that exists is fs.ErrExist, and CommitReplacing may follow.
// After any error the artefact is whole and in place or not there at all.
func (b *Builder) Commit(ctx context.Context, m Manifest) error {
	if err := b.stage(ctx, m); err != nil {
		return err
	}
	if err := b.disk.Rename(b.temp, b.dir); err != nil {
		return fmt.Errorf("%s: %w", b.dir, err)
	}
	return b.shown()
}

// CommitReplacing is Commit, and takes the place of an artefact that is
// there. Where the system can, both change places at once; elsewhere a process
// that dies in between leaves the old one under another name, where OpenFolder
// finds it. A folder that is no artefact is not replaced.
func (b *Builder) CommitReplacing(ctx context.Context, m Manifest) error {
	if err := b.stage(ctx, m); err != nil {
		return err
	}
	// Others may commit and remove at the same time, so look again.
	var err error
	for range 10 {
		if err = b.disk.Rename(b.temp, b.dir); err == nil {
			return b.shown()
		}
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		if err = replaceable(b.dir); err != nil {
			break
		}
		err = b.disk.Exchange(b.temp, b.dir)
		if err == nil {
			// temp now holds the old one.
			err = b.shown()
			return errors.Join(err, b.disk.RemoveAll(b.temp))
		}
		if errors.Is(err, errors.ErrUnsupported) {
			return b.replaceInTwo()
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return fmt.Errorf("%s: %w", b.dir, err)
}

// replaceInTwo replaces where folders cannot change places at once.
func (b *Builder) replaceInTwo() error {
	aside := asideName(b.dir)
	if err := b.disk.RemoveAll(aside); err != nil {
		return err
	}
	if err := b.disk.Rename(b.dir, aside); err != nil {
		return fmt.Errorf("%s: %w", b.dir, err)
	}
	if err := b.disk.Rename(b.temp, b.dir); err != nil {
		return fmt.Errorf("%s: %w", b.dir, errors.Join(err, b.disk.Rename(aside, b.dir)))
	}
	err := b.shown()
	return errors.Join(err, b.disk.RemoveAll(aside))
}

func asideName(dir string) string {
	dir = filepath.Clean(dir)
	return filepath.Join(filepath.Dir(dir), asidePrefix+filepath.Base(dir))
}

// replaceable refuses to replace what is neither an artefact, even a damaged
// one, nor an empty folder: somebody may have mistaken the path.
func replaceable(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, manifestName)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("it is no gondola artefact, so it is not replaced: %w", fs.ErrExist)
	}
	return nil
}

// stage completes the folder under its temporary name.
func (b *Builder) stage(ctx context.Context, m Manifest) error {
	if b.done {
		return fmt.Errorf("%s: committed or aborted already", b.dir)
	}
	if b.staged {
		if err := errors.Join(b.disk.RemoveAll(b.Path(manifestName)), b.disk.RemoveAll(b.Path(checksumName))); err != nil {
			return err
		}
	}
	b.staged = true
	m.Magic, m.Major, m.Minor = manifestMagic, formatMajor, formatMinor
	m.Gondola, m.Needs = programVersion(), formatNeeds
	var err error
	if m.Sections, err = b.sections(ctx); err != nil {
		return err
	}
	text, checksum, err := encodeManifest(&m)
	if err != nil {
		return fmt.Errorf("%s: %w", b.dir, err)
	}
	if err := m.check(b.dir); err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		text []byte
	}{{manifestName, text}, {checksumName, checksum}} {
		if err := b.write(file.name, file.text); err != nil {
			return err
		}
	}
	if err := b.disk.Sync(b.temp); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func (b *Builder) write(name string, text []byte) error {
	f, err := b.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return b.disk.Sync(b.Path(name))
}

// sections makes the files that were written durable and lists them.
func (b *Builder) sections(ctx context.Context) ([]Section, error) {
	entries, err := os.ReadDir(b.temp)
	if err != nil {
		return nil, err
	}
	list := []Section{}
	for _, e := range entries {
		if e.Name() == lockName {
			continue
		}
		if !e.Type().IsRegular() || !sectionName(e.Name()) {
			return nil, fmt.Errorf("%s: %q cannot be a section: sections are plain files", b.dir, e.Name())
		}
		s, err := b.seal(ctx, e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(x, y Section) int { return strings.Compare(x.Name, y.Name) })
	return list, nil
}

func (b *Builder) seal(ctx context.Context, name string) (Section, error) {
	if err := b.disk.Sync(b.Path(name)); err != nil {
		return Section{}, err
	}
	f, err := os.Open(b.Path(name))
	if err != nil {
		return Section{}, err
	}
	size, sum, err := sumFile(ctx, f)
	return Section{Name: name, Size: size, SHA256: sum}, errors.Join(err, f.Close())
}

// shown ends the work when the folder has its name.
func (b *Builder) shown() error {
	b.done = true
	err := b.disk.Sync(filepath.Dir(b.dir))
	_ = os.Remove(filepath.Join(b.dir, lockName)) // a lock that stays does no harm
	b.unlock()
	return err
}

// Abort removes what was written, unless it was committed.
func (b *Builder) Abort() error {
	if b.done {
		return nil
	}
	b.done = true
	err := b.disk.RemoveAll(b.temp)
	b.unlock()
	return err
}

// SweepTemp removes what dead processes left in parent: folders that were
// being made, and old artefacts that had been replaced. Who is alive holds a
// lock; olderThan (a minute is plenty) covers the moment before it is taken,
// and systems without locks. A parent that is missing has nothing to sweep.
func SweepTemp(parent string, olderThan time.Duration) error {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, e := range entries {
		path := filepath.Join(parent, e.Name())
		if rest, ok := strings.CutPrefix(e.Name(), asidePrefix); ok && e.IsDir() {
			errs = append(errs, sweepAside(path, filepath.Join(parent, rest)))
			continue
		}
		info, err := e.Info()
		if err != nil || !e.IsDir() || !strings.HasPrefix(e.Name(), tempPrefix) || time.Since(info.ModTime()) < olderThan {
			continue
		}
		unlock, err := lockFolder(context.Background(), path)
		if errors.Is(err, lake.ErrLocked) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, os.RemoveAll(path))
		unlock()
	}
	return errors.Join(append(errs, err)...)
}

// sweepAside ends a replacement in two steps that died: with the old artefact
// back in its place when the new one did not get there.
func sweepAside(aside, dir string) error {
	err := realDisk{}.Rename(aside, dir)
	if errors.Is(err, fs.ErrExist) {
		return os.RemoveAll(aside)
	}
	return err
}

// Remove removes an artefact: first its name, then its files, so that nobody
// opens half of it.
func Remove(dir string) error {
	temp := filepath.Join(filepath.Dir(filepath.Clean(dir)), fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64()))
	if err := os.Rename(dir, temp); err != nil {
		return err
	}
	return os.RemoveAll(temp)
}
