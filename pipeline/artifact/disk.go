package artifact

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// disk is what a Builder does to the file system, so that tests can make each
// call fail or be the last one of the process.
type disk interface {
	Mkdir(dir string) error
	Create(name string) (io.WriteCloser, error)
	// Sync makes the content of a file, or the names in a folder, durable.
	Sync(name string) error
	// Rename fails with fs.ErrExist when there is something at to.
	Rename(from, to string) error
	// Exchange lets two folders change places at once, or returns
	// errors.ErrUnsupported.
	Exchange(a, b string) error
	RemoveAll(name string) error
}

// realDisk is the disk of this machine.
type realDisk struct{}

func (realDisk) Mkdir(dir string) error { return os.Mkdir(dir, 0o777) }

func (realDisk) Create(name string) (io.WriteCloser, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

func (realDisk) Sync(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	flag := os.O_RDWR // some systems sync only what is open for writing
	if info.IsDir() {
		flag = os.O_RDONLY
	}
	f, err := os.OpenFile(name, flag, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if info.IsDir() && (errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported)) {
		err = nil // some file systems cannot sync folders, and need not
	}
	return errors.Join(err, f.Close())
}

func (realDisk) RemoveAll(name string) error { return os.RemoveAll(name) }

// renameIfAbsent looks first and renames then, where the system cannot do both
// at once. Between the two another process may come first; a folder in which
// there is something is not replaced even so.
func renameIfAbsent(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.Rename(from, to)
	if errors.Is(err, syscall.ENOTEMPTY) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return err
}
