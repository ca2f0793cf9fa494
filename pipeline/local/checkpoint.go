package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/word2vec"
)

// A training saves its state now and then as <hash>.ckpt in the folder
// "checkpoints" of the cache folder, where the hash is that of its origin. A
// later run of the same step on the same titles goes on from it. A lock on
// <hash>.lock keeps two processes from sharing a state: the second trains
// without one. The state of a training that was cancelled or killed stays, for
// two weeks; one that ends well removes it.
const (
	checkpointFolder = "checkpoints"
	checkpointSuffix = ".ckpt"
	checkpointLock   = ".lock"
	checkpointLife   = 14 * 24 * time.Hour

	// defaultCheckpointEvery bounds what a kill can cost.
	defaultCheckpointEvery = 30 * time.Second
)

// checkpoint is the state of one training on disk.
type checkpoint struct {
	path   string // without suffix; "" when another process has it, or there is no folder
	corpus string
	every  time.Duration
	unlock func()
	resume *os.File               // the state to go on from, or nil
	fault  atomic.Pointer[string] // why the last state could not be saved
	dated  bool                   // the meter knows of the time before
}

// openCheckpoint finds the state of a training, whose hash stands for its titles
// too. It never fails: a training without checkpoints is as good, only not as
// safe.
func (e *Engine) openCheckpoint(ctx context.Context, training pipeline.Origin, force bool) *checkpoint {
	c := &checkpoint{corpus: training.Hash, every: e.checkpointEvery, unlock: func() {}}
	dir := filepath.Join(filepath.Dir(e.work.dir), checkpointFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		c.failed(err)
		return c
	}
	sweepCheckpoints(ctx, dir)
	path := filepath.Join(dir, training.Hash)
	unlock, err := lake.File{}.TryLock(ctx, path+checkpointLock)
	if err != nil {
		if !errors.Is(err, lake.ErrLocked) {
			c.failed(err)
		}
		return c
	}
	c.path, c.unlock = path, unlock
	if force {
		c.remove()
	}
	if f, err := os.Open(path + checkpointSuffix); err == nil {
		c.resume = f
	}
	return c
}

// sweepCheckpoints removes what nobody came back for.
func sweepCheckpoints(ctx context.Context, dir string) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < checkpointLife {
			continue
		}
		hash, _, _ := strings.Cut(strings.TrimPrefix(entry.Name(), "."), ".")
		lock := filepath.Join(dir, hash+checkpointLock)
		if unlock, err := (lake.File{}).TryLock(ctx, lock); err == nil {
			_ = os.Remove(filepath.Join(dir, entry.Name())) // best effort: the next training tries again
			_ = os.Remove(lock)
			unlock()
		}
	}
}

// train calls train with what says how it is saved: once, or again from the
// beginning where the state that was found is of no use.
func (c *checkpoint) train(ctx context.Context, train func(word2vec.Checkpoints) (*word2vec.Model, error)) (*word2vec.Model, error) {
	how := word2vec.Checkpoints{Corpus: c.corpus, Every: max(0, c.every)}
	if c.path != "" {
		how.Save = func(write func(io.Writer) error) error { return c.save(ctx, write) }
	}
	if c.resume != nil {
		how.From = c.resume
	}
	model, err := train(how)
	var unfit *word2vec.CheckpointError
	if errors.As(err, &unfit) {
		c.remove()
		how.From = nil
		model, err = train(how)
	}
	if err == nil {
		c.remove()
	}
	return model, err
}

// syncEvery is how much of a state is written between two waits for the disk,
// so that a cancel is heard in between.
const syncEvery = 32 << 20

// save writes a state beside the old one, and then takes its place. When the
// disk is full the training goes on without.
func (c *checkpoint) save(ctx context.Context, write func(io.Writer) error) error {
	err := c.write(ctx, write)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.fault.Store(nil)
	if err != nil {
		c.failed(err)
	}
	return nil
}

func (c *checkpoint) write(ctx context.Context, write func(io.Writer) error) error {
	out, err := lake.File{}.Create(ctx, c.path+checkpointSuffix, lake.CreateOptions{})
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(&syncWriter{Upload: out}, 1<<20)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = out.Commit(ctx)
	}
	return errors.Join(err, out.Abort())
}

type syncWriter struct {
	lake.Upload

	behind int // bytes that may not be on the disk
}

func (w *syncWriter) Write(b []byte) (int, error) {
	n, err := w.Upload.Write(b)
	if w.behind += n; err == nil && w.behind >= syncEvery {
		w.behind = 0
		if s, ok := w.Upload.(interface{ Sync() error }); ok {
			err = s.Sync()
		}
	}
	return n, err
}

// failed remembers for the progress why nothing is saved.
func (c *checkpoint) failed(err error) {
	var system syscall.Errno
	text := err.Error()
	if errors.As(err, &system) {
		text = system.Error()
	}
	c.fault.Store(&text)
}

// follow shows the progress of the training: where it went on, and when it is
// not saved, why.
func (c *checkpoint) follow(m *meter, now word2vec.Progress) {
	name := fmt.Sprintf("epoch %d of %d", now.Epoch, now.Epochs)
	switch now.Resumed {
	case 0:
	case now.Epoch:
		name = "resumed at " + name
	default:
		name += fmt.Sprintf(", resumed at %d", now.Resumed)
	}
	if fault := c.fault.Load(); fault != nil {
		name += ", no checkpoint (" + *fault + ")"
	}
	if now.Resumed > 0 && !c.dated {
		c.dated = true
		m.backdate(now.WordsTotal, now.Before)
	}
	m.follow(name, now.WordsDone, now.WordsTotal, now.Loss)
}

// remove removes the state. It is only called while the lock is held.
func (c *checkpoint) remove() {
	if c.path != "" {
		_ = os.Remove(c.path + checkpointSuffix) // what stays is swept in two weeks
	}
}

// close gives the state free.
func (c *checkpoint) close() {
	if c.resume != nil {
		_ = c.resume.Close() // only read
	}
	if c.path != "" {
		_ = os.Remove(c.path + checkpointLock)
	}
	c.unlock()
}
