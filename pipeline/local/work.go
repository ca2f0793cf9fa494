package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// workFolder is a folder of this engine alone, for converted tables, token
// files and tag columns. A lock on its file "lock" says that its process
// lives; what a killed process left is removed by the next engine.
type workFolder struct {
	dir  string
	lock *os.File
	mu   sync.Mutex
	next int
}

const workPrefix = "work-"

func newWorkFolder(cache string) (*workFolder, error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, fmt.Errorf("no folder for intermediate results: %w", err)
	}
	sweep(cache)
	dir, err := os.MkdirTemp(cache, workPrefix)
	if err != nil {
		return nil, fmt.Errorf("no folder for intermediate results: %w", err)
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: cannot lock: %w", dir, err), os.RemoveAll(dir))
	}
	return &workFolder{dir: dir, lock: lock}, nil
}

// sweep removes the work folders whose process is gone. A folder without a
// lock file is being made at this moment or is broken: it is left alone when
// it is young.
func sweep(cache string) {
	dirs, _ := filepath.Glob(filepath.Join(cache, workPrefix+"*"))
	for _, dir := range dirs {
		lock, err := os.Open(filepath.Join(dir, "lock"))
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(dir) // best effort: the next start tries again
		}
		_ = lock.Close()
	}
}

// path returns a new path in the folder. suffix names what it will hold.
func (w *workFolder) path(suffix string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next++
	return filepath.Join(w.dir, fmt.Sprintf("%04d-%s", w.next, suffix))
}

func (w *workFolder) close() error {
	err := os.RemoveAll(w.dir)
	return errors.Join(err, w.lock.Close())
}
