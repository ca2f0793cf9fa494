package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// File is the history file. The value may be copied; all methods may be
// called by several goroutines and processes at once.
type File struct {
	// Path of the file. Beside it lie Path.lock and, while the file is made
	// shorter, Path.tmp.
	Path string
	// MaxBytes is the size beyond which the older half is dropped; 0 means
	// DefaultMaxBytes.
	MaxBytes int64
}

// DefaultMaxBytes bounds the file: 64 MiB are some 200,000 statements.
const DefaultMaxBytes = 64 << 20

// How long to wait for other processes, which hold the lock for one write, and
// how often to look.
const (
	lockWait  = 5 * time.Second
	lockRetry = time.Millisecond
)

// Append adds a line. It waits for other writers a few seconds at most, also
// when ctx is done already: that a statement was cancelled is to be recorded.
func (f File) Append(ctx context.Context, r Record) error {
	line, err := r.line()
	if err != nil {
		return err
	}
	return f.locked(ctx, func() error {
		file, size, err := f.open()
		if err != nil {
			return err
		}
		if limit := f.limit(); size > 0 && size+int64(len(line)) > limit {
			if err := errors.Join(f.shorten(file, size), file.Close()); err != nil {
				return err
			}
			if file, size, err = f.open(); err != nil {
				return err
			}
		}
		if _, err := file.Write(line); err != nil { // a full disk: nothing of the line may stay
			return errors.Join(err, file.Truncate(size), file.Close())
		}
		return file.Close()
	})
}

// Repair cuts off what a killed writer left of its line, so that programs
// that know nothing of that can read the file. A missing file is no error.
func (f File) Repair(ctx context.Context) error {
	if _, err := os.Stat(f.Path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return f.locked(ctx, func() error {
		file, _, err := f.open()
		if err != nil {
			return err
		}
		return file.Close()
	})
}

// Clear removes all records.
func (f File) Clear(ctx context.Context) error {
	return f.locked(ctx, func() error {
		file, _, err := f.open()
		if err != nil {
			return err
		}
		return errors.Join(file.Truncate(0), file.Close())
	})
}

func (f File) limit() int64 {
	if f.MaxBytes > 0 {
		return f.MaxBytes
	}
	return DefaultMaxBytes
}

// locked calls do while no other writer is at work. The lock is a file of its
// own, since the history itself is replaced when it is made shorter.
func (f File) locked(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockWait)
	defer cancel()
	lock := flock.New(f.Path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%s: another process has held the lock for %s", f.Path, lockWait)
		}
		return err
	}
	return errors.Join(do(), lock.Unlock())
}

// open opens the file for appending, ends it behind its last whole line, and
// gives its size. The caller holds the lock.
func (f File) open() (*os.File, int64, error) {
	file, err := os.OpenFile(f.Path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	size := info.Size()
	end, err := lastLineEnd(file, size)
	if err == nil && end < size {
		err = file.Truncate(end)
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, end, nil
}

// lastLineEnd gives the offset behind the last newline before size.
func lastLineEnd(r io.ReaderAt, size int64) (int64, error) {
	block := make([]byte, 4096)
	for size > 0 {
		from := max(0, size-int64(len(block)))
		b := block[:size-from]
		if _, err := r.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		for i := len(b) - 1; i >= 0; i-- {
			if b[i] == '\n' {
				return from + int64(i) + 1, nil
			}
		}
		size = from
	}
	return 0, nil
}

// shorten keeps the newer half of the lines: a copy that takes the file's
// place whole. The caller holds the lock.
func (f File) shorten(file *os.File, size int64) error {
	end, err := lastLineEnd(file, size/2)
	if err != nil {
		return err
	}
	// The file under this name can only be one of a killed process.
	temp, err := os.OpenFile(f.Path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(temp, io.NewSectionReader(file, end, size-end))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), f.Path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return syncDir(filepath.Dir(f.Path))
}

// syncDir makes a rename durable. Systems that cannot sync a folder need not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
