package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"time"
)

// Info describes one object of a Store.
type Info struct {
	// Name is the slash-separated path of the object in its store.
	Name string
	// Size in bytes.
	Size int64
	// Version changes whenever the content does: an ETag, or what the file
	// system knows.
	Version string
	// ModTime is when the object was written.
	ModTime time.Time
}

// Object is an opened object. Its bytes are those of one version, whatever
// happens to the name in the meantime; a store that cannot keep that promise
// returns an error from ReadAt when the object was replaced.
type Object interface {
	io.ReaderAt
	io.Closer
	Info() Info
}

// Upload is an object that is being written. Nobody sees it before Commit.
type Upload interface {
	io.Writer
	// Stage makes what was written durable, without showing it. No Write may
	// follow.
	Stage() error
	// Commit stages the object if that was not done, and shows it under its
	// name in one step: a reader finds the old object or the new one, whole.
	Commit(ctx context.Context) error
	// Abort removes what was written. Behind a Commit it does nothing, so that
	// it can be deferred.
	Abort() error
}

// CreateOptions says how an object is made.
type CreateOptions struct {
	// IfAbsent makes Commit fail, with an error that wraps fs.ErrExist, when
	// there is an object of that name.
	IfAbsent bool
	// Staging is the folder that holds the object until its Commit, on stores
	// that have folders; it must be in the same file system. "" means the
	// folder of the object itself.
	Staging string
}

// Store is a place for objects: a file system, a bucket, memory. Names are
// slash-separated paths. All methods may be called from several goroutines.
type Store interface {
	// List yields all objects below the folder dir, in the byte order of their
	// names. Folders for which skip is true are left out; it may be nil. It
	// yields an error and ends when the listing breaks off, so that a listing
	// without error is complete. A folder that is not there wraps
	// fs.ErrNotExist on stores that know folders, and is empty on the others.
	List(ctx context.Context, dir string, skip func(dir string) bool) iter.Seq2[Info, error]
	// Open opens an object for reading by ranges. The context holds for all
	// reads. A missing object wraps fs.ErrNotExist.
	Open(ctx context.Context, name string) (Object, error)
	// Create begins an object. Missing folders are made.
	Create(ctx context.Context, name string, options CreateOptions) (Upload, error)
	// Remove removes an object; a missing one is no error.
	Remove(ctx context.Context, name string) error
}

// Locker is what a Store can do beside: keep others out while a process lives.
type Locker interface {
	// TryLock takes the lock of that name, or returns ErrLocked at once when
	// another holds it. The lock ends with unlock or with the process, however
	// that dies. An object of that name may appear in listings.
	TryLock(ctx context.Context, name string) (unlock func(), err error)
}

// ErrLocked says that another process, or another part of this one, holds a
// lock.
var ErrLocked = errors.New("locked by another run")

// readAll reads a small object whole.
func readAll(ctx context.Context, s Store, name string, most int64) ([]byte, Info, error) {
	o, err := s.Open(ctx, name)
	if err != nil {
		return nil, Info{}, err
	}
	defer o.Close()
	info := o.Info()
	if info.Size > most {
		return nil, info, corrupt("%s has %d bytes, the limit is %d", name, info.Size, most)
	}
	b := make([]byte, info.Size)
	if err := readFullAt(o, b, 0); err != nil {
		return nil, info, err
	}
	return b, info, nil
}

// writeAll writes a small object whole, in one step.
func writeAll(ctx context.Context, s Store, name string, b []byte, options CreateOptions) error {
	u, err := s.Create(ctx, name, options)
	if err != nil {
		return err
	}
	if _, err := u.Write(b); err != nil {
		return errors.Join(err, u.Abort())
	}
	if err := u.Commit(ctx); err != nil {
		return errors.Join(err, u.Abort())
	}
	return nil
}

// exists reports whether there is an object of that name.
func exists(ctx context.Context, s Store, name string) (bool, error) {
	o, err := s.Open(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, o.Close()
}

// saying is an error whose text says it all, and which is still known as the
// standard one that it wraps.
type saying struct {
	text string
	is   error
}

func (e *saying) Error() string { return e.text }
func (e *saying) Unwrap() error { return e.is }

func say(is error, format string, args ...any) error {
	return &saying{text: fmt.Sprintf(format, args...), is: is}
}
