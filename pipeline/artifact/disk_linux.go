package artifact

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Rename uses renameat2(2), which looks and renames in one step.
func (realDisk) Rename(from, to string) error {
	err := renameat2(from, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, errors.ErrUnsupported) {
		return renameIfAbsent(from, to)
	}
	return err
}

// Exchange uses renameat2(2).
func (realDisk) Exchange(a, b string) error { return renameat2(a, b, unix.RENAME_EXCHANGE) }

func renameat2(from, to string, flags uint) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, flags)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP):
		return errors.ErrUnsupported // by this file system, or this kernel
	}
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
}
