//go:build unix

package lake

import (
	"context"
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

var _ Locker = File{}

// TryLock locks a file of that name, which is made if it is missing, by
// flock(2): the system ends the lock when the process dies.
func (s File) TryLock(ctx context.Context, name string) (unlock func(), err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.path(path.Dir(name)), 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.path(name), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	err = flock(f)
	if err == nil && !sameFile(f, s.path(name)) {
		err = ErrLocked // removed by its holder since it was opened
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// canFlock says whether flock means anything.
const canFlock = true

// flock locks an open file until it is closed, or returns ErrLocked.
func flock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}
