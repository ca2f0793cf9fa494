package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// File is the local file system as a Store. Names are paths, relative ones
// from Dir; an empty Dir is the working directory.
type File struct {
	Dir string
}

func (s File) path(name string) string {
	p := filepath.FromSlash(name)
	if s.Dir == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(s.Dir, p)
}

// List walks the folder. Symbolic links to files and to folders are followed,
// those that lead back to a folder above are not.
func (s File) List(ctx context.Context, dir string, skip func(string) bool) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		root := dir
		if root == "" {
			root = "."
		}
		if _, err := os.ReadDir(s.path(root)); err != nil {
			yield(Info{}, missing(err))
			return
		}
		s.walk(ctx, dir, skip, nil, yield)
	}
}

// walk yields what lies below dir, the way there being above. Names are sorted
// as if folders ended in a slash, which gives the byte order of whole names.
func (s File) walk(ctx context.Context, dir string, skip func(string) bool, above []fs.FileInfo, yield func(Info, error) bool) bool {
	if err := context.Cause(ctx); err != nil {
		return yield(Info{}, err)
	}
	local := s.path(dir)
	if dir == "" {
		local = s.path(".")
	}
	here, err := os.Stat(local)
	if err != nil {
		yield(Info{}, err)
		return false
	}
	for _, up := range above {
		if os.SameFile(up, here) {
			return true
		}
	}
	entries, err := os.ReadDir(local)
	if err != nil {
		yield(Info{}, err)
		return false
	}
	infos := make(map[string]fs.FileInfo, len(entries))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(local, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since, or a link to nowhere
		}
		if err != nil {
			yield(Info{}, err)
			return false
		}
		name := e.Name()
		if info.IsDir() {
			name += "/"
		}
		infos[name] = info
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		info := infos[name]
		full := joinName(dir, strings.TrimSuffix(name, "/"))
		if info.IsDir() {
			if skip != nil && skip(full) {
				continue
			}
			if !s.walk(ctx, full, skip, append(above[:len(above):len(above)], here), yield) {
				return false
			}
			continue
		}
		if !yield(fileInfo(full, info), nil) {
			return false
		}
	}
	return true
}

// joinName joins a folder and a name without touching the folder.
func joinName(dir, name string) string {
	switch {
	case dir == "":
		return name
	case strings.HasSuffix(dir, "/"):
		return dir + name
	}
	return dir + "/" + name
}

func fileInfo(name string, info fs.FileInfo) Info {
	return Info{
		Name:    name,
		Size:    info.Size(),
		ModTime: info.ModTime(),
		Version: fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size()),
	}
}

type fileObject struct {
	*os.File
	ctx  context.Context
	info Info
}

func (o *fileObject) Info() Info { return o.info }

func (o *fileObject) ReadAt(b []byte, off int64) (int, error) {
	if err := context.Cause(o.ctx); err != nil {
		return 0, err
	}
	return o.File.ReadAt(b, off)
}

// Open opens a file. A folder wraps fs.ErrInvalid.
func (s File) Open(ctx context.Context, name string) (Object, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	f, err := os.Open(s.path(name))
	if err != nil {
		return nil, missing(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("not a file: %w", fs.ErrInvalid)}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &fileObject{File: f, ctx: ctx, info: fileInfo(name, info)}, nil
}

// missing makes "not a directory", which the system says of a/b where a is a
// file, what it means here: there is no a/b.
func missing(err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return say(fs.ErrNotExist, "%s", err)
	}
	return err
}

// tempSuffix ends the names of files that are being written.
const tempSuffix = ".tmp"

// Create begins a file, under a name that begins with a dot and ends in .tmp,
// until its Commit.
func (s File) Create(ctx context.Context, name string, options CreateOptions) (Upload, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	dir := path.Dir(name)
	staging := options.Staging
	if staging == "" {
		staging = dir
	}
	for _, d := range []string{dir, staging} {
		if err := os.MkdirAll(s.path(d), 0o777); err != nil {
			return nil, err
		}
	}
	if options.Staging == "" {
		s.sweepTemp(dir, path.Base(name))
	}
	// Not os.CreateTemp: that makes files for their owner alone.
	temp := fmt.Sprintf("%s%016x%s", tempPrefix(path.Base(name)), rand.Uint64(), tempSuffix)
	f, err := os.OpenFile(s.path(joinName(staging, temp)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	u := &fileUpload{f: f, to: s.path(name), ifAbsent: options.IfAbsent}
	if err := flock(f); err != nil {
		return nil, errors.Join(err, u.Abort())
	}
	return u, nil
}

func tempPrefix(base string) string { return "." + base + "." }

// sweepTemp removes what killed runs left of the same file: a live one holds a
// lock on its file. It is no matter if that fails.
func (s File) sweepTemp(dir, base string) {
	if !canFlock {
		return
	}
	entries, err := os.ReadDir(s.path(dir))
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix(base)) || !strings.HasSuffix(e.Name(), tempSuffix) {
			continue
		}
		name := s.path(joinName(dir, e.Name()))
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if flock(f) == nil && sameFile(f, name) {
			_ = os.Remove(name)
		}
		_ = f.Close()
	}
}

// fileUpload is a file under a temporary name.
type fileUpload struct {
	f        *os.File
	to       string
	ifAbsent bool
	staged   bool // synced and closed
	done     bool // committed or aborted
	err      error
}

func (u *fileUpload) Write(b []byte) (int, error) {
	n, err := u.f.Write(b)
	if err != nil {
		u.err = err
	}
	return n, err
}

// Sync waits until what was written so far is on the disk, so that a Commit of
// much does not take long.
func (u *fileUpload) Sync() error {
	if u.err == nil {
		u.err = u.f.Sync()
	}
	return u.err
}

func (u *fileUpload) Stage() error {
	if u.staged || u.err != nil {
		return u.err
	}
	u.staged = true
	u.err = errors.Join(u.f.Sync(), u.f.Close())
	return u.err
}

// Commit renames. A file that was not staged stays open, and so locked, until
// it has its name.
func (u *fileUpload) Commit(ctx context.Context) error {
	if u.done || u.err != nil {
		return u.err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if !u.staged {
		if u.err = u.f.Sync(); u.err != nil {
			return u.err
		}
	}
	if err := u.show(); err != nil {
		return err
	}
	u.done = true
	if !u.staged {
		u.staged = true
		if err := u.f.Close(); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(u.to))
}

func (u *fileUpload) show() error {
	if !u.ifAbsent {
		return os.Rename(u.f.Name(), u.to)
	}
	// A link, unlike a rename, does not replace.
	if err := os.Link(u.f.Name(), u.to); err != nil {
		return err
	}
	return os.Remove(u.f.Name())
}

func (u *fileUpload) Abort() error {
	if u.done {
		return nil
	}
	u.done = true
	var err error
	if !u.staged {
		u.staged = true
		err = u.f.Close()
	}
	if e := os.Remove(u.f.Name()); e != nil && !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return err
}

// syncDir makes the names in a folder durable. Some file systems cannot, and
// need not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// Remove removes a file, or a folder that is empty.
func (s File) Remove(ctx context.Context, name string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	err := os.Remove(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sameFile reports whether the name still stands for the opened file.
func sameFile(f *os.File, name string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(name)
	return err == nil && os.SameFile(a, b)
}
