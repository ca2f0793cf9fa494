package lake_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"gondola/lake"
)

// faultStore lets one call fail, the at-th. What then happens is up to fault:
// an error, or never to return.
type faultStore struct {
	lake.Store
	at    int
	crash bool // every later call fails too, as in a process that is gone
	fault func(call string) error
	tell  func() // of every call, before it; may be nil

	mu    sync.Mutex
	calls int
	gone  bool
	locks map[string]bool
}

var errFault = errors.New("injected fault")

func newFaultStore(s lake.Store, at int, crash bool) *faultStore {
	return &faultStore{
		Store: s, at: at, crash: crash, locks: map[string]bool{},
		fault: func(call string) error { return fmt.Errorf("%s: %w", call, errFault) },
	}
}

func (s *faultStore) call(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return errFault
	}
	s.calls++
	if s.tell != nil {
		s.tell()
	}
	if s.calls == s.at {
		s.gone = s.crash
		return s.fault(what)
	}
	return nil
}

func (s *faultStore) List(ctx context.Context, dir string, skip func(string) bool) iter.Seq2[lake.Info, error] {
	return func(yield func(lake.Info, error) bool) {
		if err := s.call("list " + dir); err != nil {
			yield(lake.Info{}, err)
			return
		}
		s.Store.List(ctx, dir, skip)(yield)
	}
}

func (s *faultStore) Open(ctx context.Context, name string) (lake.Object, error) {
	if err := s.call("open " + name); err != nil {
		return nil, err
	}
	return s.Store.Open(ctx, name)
}

func (s *faultStore) Create(ctx context.Context, name string, o lake.CreateOptions) (lake.Upload, error) {
	if err := s.call("create " + name); err != nil {
		return nil, err
	}
	u, err := s.Store.Create(ctx, name, o)
	return &faultUpload{Upload: u, s: s, name: name}, err
}

func (s *faultStore) Remove(ctx context.Context, name string) error {
	if err := s.call("remove " + name); err != nil {
		return err
	}
	return s.Store.Remove(ctx, name)
}

// TryLock keeps its locks itself: they end with the process that it plays.
func (s *faultStore) TryLock(_ context.Context, name string) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks[name] {
		return nil, lake.ErrLocked
	}
	s.locks[name] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.locks, name)
	}, nil
}

type faultUpload struct {
	lake.Upload
	s    *faultStore
	name string
}

func (u *faultUpload) Write(b []byte) (int, error) {
	if err := u.s.call("write " + u.name); err != nil {
		return 0, err
	}
	return u.Upload.Write(b)
}

func (u *faultUpload) Stage() error {
	if err := u.s.call("stage " + u.name); err != nil {
		return err
	}
	return u.Upload.Stage()
}

func (u *faultUpload) Commit(ctx context.Context) error {
	if err := u.s.call("commit " + u.name); err != nil {
		return err
	}
	return u.Upload.Commit(ctx)
}

func (u *faultUpload) Abort() error {
	if err := u.s.call("abort " + u.name); err != nil {
		return err
	}
	return u.Upload.Abort()
}
