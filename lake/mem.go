package lake

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Mem is a Store in memory, for tests and for small things. It knows no
// folders: like a bucket it has names that contain slashes. Make it by NewMem.
type Mem struct {
	mu      sync.Mutex
	objects map[string]memObject
	locks   map[string]bool
	count   int
}

type memObject struct {
	info Info
	data []byte
}

// NewMem returns an empty store.
func NewMem() *Mem {
	return &Mem{objects: map[string]memObject{}, locks: map[string]bool{}}
}

func cleanName(name string) string { return strings.Trim(path.Clean("/"+name), "/") }

// List yields the objects below dir.
func (m *Mem) List(ctx context.Context, dir string, skip func(string) bool) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		prefix := cleanName(dir)
		if prefix != "" {
			prefix += "/"
		}
		m.mu.Lock()
		var infos []Info
		for name, o := range m.objects {
			if strings.HasPrefix(name, prefix) && !skipped(name, len(prefix), skip) {
				infos = append(infos, o.info)
			}
		}
		m.mu.Unlock()
		slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
		for _, info := range infos {
			if err := context.Cause(ctx); err != nil {
				yield(Info{}, err)
				return
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

// skipped tells whether one of the folders of name, from byte from on, is to
// be left out.
func skipped(name string, from int, skip func(string) bool) bool {
	if skip == nil {
		return false
	}
	for i := from; i < len(name); i++ {
		if name[i] == '/' && skip(name[:i]) {
			return true
		}
	}
	return false
}

type memReader struct {
	*bytes.Reader
	ctx  context.Context
	info Info
}

func (r *memReader) Info() Info   { return r.info }
func (r *memReader) Close() error { return nil }

func (r *memReader) ReadAt(b []byte, off int64) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.ReadAt(b, off)
}

// Open opens an object.
func (m *Mem) Open(ctx context.Context, name string) (Object, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[cleanName(name)]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memReader{Reader: bytes.NewReader(o.data), ctx: ctx, info: o.info}, nil
}

// Create begins an object.
func (m *Mem) Create(ctx context.Context, name string, options CreateOptions) (Upload, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return &memUpload{m: m, name: cleanName(name), ifAbsent: options.IfAbsent}, nil
}

type memUpload struct {
	m        *Mem
	name     string
	ifAbsent bool
	buf      bytes.Buffer
	staged   bool
	done     bool
}

func (u *memUpload) Write(b []byte) (int, error) {
	if u.staged {
		return 0, fmt.Errorf("write %s: %w", u.name, fs.ErrClosed)
	}
	return u.buf.Write(b)
}

func (u *memUpload) Stage() error { u.staged = true; return nil }

func (u *memUpload) Commit(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil || u.done {
		return err
	}
	u.m.mu.Lock()
	defer u.m.mu.Unlock()
	if _, ok := u.m.objects[u.name]; ok && u.ifAbsent {
		return &fs.PathError{Op: "create", Path: u.name, Err: fs.ErrExist}
	}
	u.m.count++
	info := Info{Name: u.name, Size: int64(u.buf.Len()), Version: strconv.Itoa(u.m.count), ModTime: time.Now()}
	u.m.objects[u.name] = memObject{info: info, data: u.buf.Bytes()}
	u.staged, u.done = true, true
	return nil
}

func (u *memUpload) Abort() error { u.staged, u.done = true, true; return nil }

// Remove removes an object.
func (m *Mem) Remove(ctx context.Context, name string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, cleanName(name))
	return nil
}

var _ Locker = (*Mem)(nil)

// TryLock takes a lock that lives in the store.
func (m *Mem) TryLock(ctx context.Context, name string) (unlock func(), err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locks[name] {
		return nil, ErrLocked
	}
	m.locks[name] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.locks, name)
	}, nil
}
