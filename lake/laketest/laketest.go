// Package laketest is the suite that every lake.Store passes. A new store
// calls Run from its test; what the suite does not demand, no caller of a
// Store may rely on.
package laketest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"gondola/lake"
)

// Run runs the suite against stores made by create, each empty.
func Run(t *testing.T, create func(t *testing.T) lake.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, lake.Store)
	}{
		{"ReadsWhatWasCommitted", readsWhatWasCommitted},
		{"RangesOfOneVersion", rangesOfOneVersion},
		{"NothingBeforeCommit", nothingBeforeCommit},
		{"StageThenCommit", stageThenCommit},
		{"AbortLeavesNothing", abortLeavesNothing},
		{"CommitReplaces", commitReplaces},
		{"IfAbsent", ifAbsent},
		{"IfAbsentRace", ifAbsentRace},
		{"ListIsSortedAndComplete", listIsSorted},
		{"ListSkips", listSkips},
		{"ListStops", listStops},
		{"MissingObject", missingObject},
		{"RemoveTwice", removeTwice},
		{"OddNames", oddNames},
		{"Cancelled", cancelled},
		{"Locks", locks},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, create(t)) })
	}
}

func write(t *testing.T, s lake.Store, name, text string, o lake.CreateOptions) error {
	t.Helper()
	u, err := s.Create(t.Context(), name, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(u, text); err != nil {
		t.Fatal(err)
	}
	err = u.Commit(t.Context())
	if e := u.Abort(); e != nil {
		t.Errorf("abort after commit: %v", e)
	}
	return err
}

func put(t *testing.T, s lake.Store, name, text string) {
	t.Helper()
	if err := write(t, s, name, text, lake.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s lake.Store, name string) (string, lake.Info) {
	t.Helper()
	o, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	b, err := io.ReadAll(io.NewSectionReader(o, 0, o.Info().Size))
	if err != nil {
		t.Fatal(err)
	}
	return string(b), o.Info()
}

func list(t *testing.T, s lake.Store, dir string, skip func(string) bool) []string {
	t.Helper()
	var names []string
	for info, err := range s.List(t.Context(), dir, skip) {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, info.Name)
	}
	return names
}

func readsWhatWasCommitted(t *testing.T, s lake.Store) {
	text := string(bytes.Repeat([]byte("0123456789"), 100_000))
	put(t, s, "a/b/data.bin", text)
	got, info := get(t, s, "a/b/data.bin")
	if got != text {
		t.Errorf("%d bytes read back, not those that were written", len(got))
	}
	if info.Name != "a/b/data.bin" || info.Size != int64(len(text)) || info.Version == "" || info.ModTime.IsZero() {
		t.Errorf("info %+v", info)
	}
	put(t, s, "empty", "")
	if got, info := get(t, s, "empty"); got != "" || info.Size != 0 {
		t.Errorf("empty object reads as %q, size %d", got, info.Size)
	}
}

func rangesOfOneVersion(t *testing.T, s lake.Store) {
	put(t, s, "x", "old old old")
	o, err := s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	b := make([]byte, 3)
	if n, err := o.ReadAt(b, 4); n != 3 || err != nil && !errors.Is(err, io.EOF) || string(b) != "old" {
		t.Errorf("read %d bytes %q, %v", n, b, err)
	}
	if n, err := o.ReadAt(b, 9); n != 2 || !errors.Is(err, io.EOF) {
		t.Errorf("across the end: %d bytes, %v", n, err)
	}
	put(t, s, "x", "new new new")
	if _, err := o.ReadAt(b, 0); err == nil && string(b) != "old" {
		t.Errorf("an opened object changed to %q", b)
	}
	_, before := get(t, s, "x")
	if before.Version == o.Info().Version {
		t.Error("the version is the same after the content has changed")
	}
}

func nothingBeforeCommit(t *testing.T, s lake.Store) {
	u, err := s.Create(t.Context(), "dir/x", lake.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(u, "half"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), "dir/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open before the commit: %v", err)
	}
	for _, name := range list(t, s, "dir", nil) {
		if name == "dir/x" {
			t.Error("listed before the commit")
		}
	}
	if err := u.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := get(t, s, "dir/x"); got != "half" {
		t.Errorf("got %q", got)
	}
}

func stageThenCommit(t *testing.T, s lake.Store) {
	u, err := s.Create(t.Context(), "out/p=1/x", lake.CreateOptions{Staging: "out/_temporary/run", IfAbsent: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(u, "staged"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := u.Stage(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := u.Write([]byte("more")); err == nil {
		t.Error("a write after Stage is accepted")
	}
	if names := list(t, s, "out/p=1", nil); len(names) > 0 {
		t.Errorf("listed before the commit: %v", names)
	}
}

func abortLeavesNothing(t *testing.T, s lake.Store) {
	put(t, s, "x", "old")
	for _, stage := range []bool{false, true} {
		u, err := s.Create(t.Context(), "x", lake.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(u, "new"); err != nil {
			t.Fatal(err)
		}
		if stage {
			if err := u.Stage(); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := u.Abort(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, _ := get(t, s, "x"); got != "old" {
		t.Errorf("got %q", got)
	}
	if names := list(t, s, "", nil); !slices.Equal(names, []string{"x"}) {
		t.Errorf("left: %v", names)
	}
}

func commitReplaces(t *testing.T, s lake.Store) {
	put(t, s, "x", "one")
	put(t, s, "x", "two, longer")
	if got, _ := get(t, s, "x"); got != "two, longer" {
		t.Errorf("got %q", got)
	}
	if names := list(t, s, "", nil); !slices.Equal(names, []string{"x"}) {
		t.Errorf("listed %v", names)
	}
}

func ifAbsent(t *testing.T, s lake.Store) {
	if err := write(t, s, "x", "first", lake.CreateOptions{IfAbsent: true}); err != nil {
		t.Fatal(err)
	}
	if err := write(t, s, "x", "second", lake.CreateOptions{IfAbsent: true}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second commit: %v, want fs.ErrExist", err)
	}
	if got, _ := get(t, s, "x"); got != "first" {
		t.Errorf("got %q", got)
	}
	if names := list(t, s, "", nil); !slices.Equal(names, []string{"x"}) {
		t.Errorf("listed %v", names)
	}
}

func ifAbsentRace(t *testing.T, s lake.Store) {
	const n = 20
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		u, err := s.Create(t.Context(), "x", lake.CreateOptions{IfAbsent: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprint(u, i); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() { errs[i] = errors.Join(u.Commit(t.Context()), u.Abort()) })
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won >= 0:
			t.Errorf("%d and %d both won", won, i)
		case err == nil:
			won = i
		case !errors.Is(err, fs.ErrExist):
			t.Error(err)
		}
	}
	if got, _ := get(t, s, "x"); got != fmt.Sprint(won) {
		t.Errorf("%s is there, %d won", got, won)
	}
}

func listIsSorted(t *testing.T, s lake.Store) {
	want := []string{"d/a-b/x", "d/a/x", "d/a/y/z", "d/a0", "d/b"}
	for i := range 300 {
		want = append(want, fmt.Sprintf("d/many/%04d", i))
	}
	for _, name := range slices.Backward(want) {
		put(t, s, name, name)
	}
	put(t, s, "dd/other", "")
	slices.Sort(want)
	for _, dir := range []string{"d", "d/"} {
		if got := list(t, s, dir, nil); !slices.Equal(got, want) {
			t.Errorf("%s: %d names, want %d: %.300v", dir, len(got), len(want), got)
		}
	}
	for info, err := range s.List(t.Context(), "d", nil) {
		if err != nil || info.Size != int64(len(info.Name)) {
			t.Fatalf("%+v, %v", info, err)
		}
	}
	if got := list(t, s, "nowhere", nil); len(got) > 0 {
		t.Errorf("a missing folder lists as %v", got)
	}
}

func listSkips(t *testing.T, s lake.Store) {
	for _, name := range []string{"d/a", "d/no/b", "d/yes/c", "d/yes/no/d", "d/no.txt"} {
		put(t, s, name, "")
	}
	var asked []string
	got := list(t, s, "d", func(dir string) bool {
		if !slices.Contains(asked, dir) {
			asked = append(asked, dir)
		}
		return dir == "d/no" || dir == "d/yes/no"
	})
	if want := []string{"d/a", "d/no.txt", "d/yes/c"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	slices.Sort(asked)
	if want := []string{"d/no", "d/yes", "d/yes/no"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
}

func listStops(t *testing.T, s lake.Store) {
	for i := range 5 {
		put(t, s, fmt.Sprintf("d/%d", i), "")
	}
	n := 0
	for _, err := range s.List(t.Context(), "d", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d objects", n)
	}
}

func missingObject(t *testing.T, s lake.Store) {
	if _, err := s.Open(t.Context(), "no/such"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func removeTwice(t *testing.T, s lake.Store) {
	put(t, s, "d/x", "")
	for range 2 {
		if err := s.Remove(t.Context(), "d/x"); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, s, "d", nil); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func oddNames(t *testing.T, s lake.Store) {
	names := []string{"d/a b", "d/a%20b", "d/dt=2017-01/x", "d/crème", "d/[1]{2}*?", "d/'quoted'", "d/#&+;"}
	for _, name := range names {
		put(t, s, name, name)
	}
	slices.Sort(names)
	if got := list(t, s, "d", nil); !slices.Equal(got, names) {
		t.Errorf("got %q, want %q", got, names)
	}
	for _, name := range names {
		if got, _ := get(t, s, name); got != name {
			t.Errorf("%q reads as %q", name, got)
		}
	}
}

func cancelled(t *testing.T, s lake.Store) {
	put(t, s, "x", "text")
	cause := errors.New("the user has pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	o, err := s.Open(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	u, err := s.Create(ctx, "y", lake.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cancel(cause)
	if _, err := o.ReadAt(make([]byte, 1), 0); !errors.Is(err, cause) {
		t.Errorf("ReadAt: %v", err)
	}
	if err := u.Commit(ctx); !errors.Is(err, cause) {
		t.Errorf("Commit: %v", err)
	}
	if err := u.Abort(); err != nil {
		t.Errorf("Abort: %v", err)
	}
	if _, err := s.Open(ctx, "x"); !errors.Is(err, cause) {
		t.Errorf("Open: %v", err)
	}
	if _, err := s.Create(ctx, "z", lake.CreateOptions{}); !errors.Is(err, cause) {
		t.Errorf("Create: %v", err)
	}
	if err := s.Remove(ctx, "x"); !errors.Is(err, cause) {
		t.Errorf("Remove: %v", err)
	}
	for _, err := range s.List(ctx, "", nil) {
		if !errors.Is(err, cause) {
			t.Errorf("List: %v", err)
		}
	}
}

func locks(t *testing.T, s lake.Store) {
	l, ok := s.(lake.Locker)
	if !ok {
		return // locks are an optional ability
	}
	unlock, err := l.TryLock(t.Context(), "d/lock")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.TryLock(t.Context(), "d/lock"); !errors.Is(err, lake.ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	other, err := l.TryLock(t.Context(), "d/other")
	if err != nil {
		t.Errorf("another lock: %v", err)
	} else {
		other()
	}
	unlock()
	unlock, err = l.TryLock(t.Context(), "d/lock")
	if err != nil {
		t.Fatalf("after unlock: %v", err)
	}
	unlock()
}
