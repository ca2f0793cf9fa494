package enginetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
)

// errStop is why the suite cancels.
var errStop = errors.New("the user pressed Ctrl-C")

// cancel ends every method before it begins, where it looks at its context,
// from its own progress and at random moments: it answers with the cause of the
// context or with its result, and leaves neither files nor goroutines.
func (s *suite) cancel(t *testing.T) {
	for _, w := range s.works(t) {
		t.Run(w.name, func(t *testing.T) {
			t.Run("Before", func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(s.ctx(t))
				cancel(errStop)
				if got, err := w.call(ctx, nil); got || !errors.Is(err, errStop) {
					t.Errorf("a result (%v) and error %v, want the cause of the cancelled context", got, err)
				}
				w.checkNothingLeft(t)
			})
			t.Run("Report", func(t *testing.T) { s.cancelFromReport(t, w) })
			t.Run("Look", func(t *testing.T) { s.cancelAtLook(t, w) })
		})
	}
	for _, w := range s.worksOn(t, s.rounds(4_500, 5_000, 1_000_000)) { // that take a while
		t.Run("During"+w.name, func(t *testing.T) { s.cancelDuring(t, w) })
	}
	t.Run("LongTrain", func(t *testing.T) { // would take an hour
		m := s.trained(t)
		ctx, cancel := context.WithCancelCause(s.ctx(t))
		defer cancel(nil)
		step := smallWord2Vec()
		step.Epochs = 100_000
		model, err := s.engine.Fit(ctx, m.clean, step, func(pipeline.Progress) { cancel(errStop) })
		if model != nil || !errors.Is(err, errStop) {
			t.Errorf("model %v and error %v, want the cause of the cancelled context", model, err)
		}
	})
	t.Run("StillGood", func(t *testing.T) { // after all this the datasets answer as before
		m := s.trained(t)
		if n := len(s.rows(t, m.clean, pipeline.TokensColumn)); n != len(m.corpus.titles) {
			t.Errorf("%d rows, want %d", n, len(m.corpus.titles))
		}
	})
}

func (s *suite) cancelFromReport(t *testing.T, w work) {
	r := rand.New(rand.NewPCG(11, 0))
	for range s.rounds(1, 1, 10) {
		ctx, cancel := context.WithCancelCause(s.ctx(t))
		at, calls := int64(1+r.IntN(3)), atomic.Int64{}
		got, err := w.call(ctx, func(pipeline.Progress) {
			if calls.Add(1) == at {
				cancel(errStop)
			}
		})
		cancel(nil)
		w.checkAnswer(t, got, err)
	}
}

// fuse is a context that ends when it is looked at for the n-th time. So a call
// is cancelled where it asks, also where no clock would hit: between the last
// row and the last file.
type fuse struct {
	context.Context
	left   *atomic.Int64
	cancel context.CancelCauseFunc
}

func (f fuse) look() {
	if f.left.Add(-1) == 0 {
		f.cancel(errStop)
	}
}

// Err returns the error of the context, after a look.
func (f fuse) Err() error {
	f.look()
	return f.Context.Err()
}

// Done returns the channel of the context, after a look.
func (f fuse) Done() <-chan struct{} {
	f.look()
	return f.Context.Done()
}

// cancelAtLook counts how often a call looks at its context, then ends it at
// some of these looks, and at each of the last.
func (s *suite) cancelAtLook(t *testing.T, w work) {
	const many = 1 << 40
	run := func(n int64) (looks int64, got bool, err error) {
		ctx, cancel := context.WithCancelCause(s.ctx(t))
		defer cancel(nil)
		f := fuse{ctx, &atomic.Int64{}, cancel}
		f.left.Store(n)
		got, err = w.call(f, nil)
		return n - f.left.Load(), got, err
	}
	looks, _, err := run(many)
	if err != nil {
		t.Fatal(err)
	}
	w.removeOutput(t)
	end := int64(3)
	if w.out != "" {
		end = 15 // the commit
	}
	for i := range looks {
		last := looks-i <= end
		if spread := looks / int64(s.rounds(2, 4, 40)); last || spread == 0 || i%spread == 0 {
			_, got, err := run(i + 1)
			w.checkAnswer(t, got, err)
			if t.Failed() {
				t.Fatalf("when cancelled at look %d of %d", i+1, looks)
			}
		}
	}
}

// cancelDuring ends a call at twenty random moments, with -short at four: it answers with the cause,
// no goroutine is left, and no file of the work folder is another. How long the
// slowest answer took is logged; the bar is 500 ms, and only what hangs fails.
func (s *suite) cancelDuring(t *testing.T, w work) {
	begun := time.Now()
	if _, err := w.call(s.ctx(t), nil); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(begun)
	w.removeOutput(t)
	r := rand.New(rand.NewPCG(12, 0))
	stopped, slowest := 0, time.Duration(0)
	rounds := s.rounds(4, 20, 20)
	for range rounds {
		files, goroutines := s.workFiles(t), runtime.NumGoroutine()
		ctx, cancel := context.WithCancelCause(s.ctx(t))
		var at atomic.Int64
		timer := time.AfterFunc(time.Duration(r.Float64()*float64(whole)), func() {
			at.Store(int64(time.Since(begun)))
			cancel(errStop)
		})
		got, err := w.call(ctx, nil)
		answer := time.Since(begun)
		timer.Stop()
		cancel(nil)
		w.checkAnswer(t, got, err)
		if err == nil {
			continue
		}
		stopped++
		slowest = max(slowest, answer-time.Duration(at.Load()))
		checkGoroutines(t, goroutines)
		if diff := cmp.Diff(files, s.workFiles(t)); diff != "" {
			t.Errorf("a cancelled call changed the work folder (-before +after):\n%s", diff)
		}
	}
	if slowest > 30*time.Second {
		t.Errorf("the slowest answer came after %v", slowest)
	}
	t.Logf("takes %v; %d of %d were stopped in time, the slowest answer came after %v", whole, stopped, rounds, slowest)
}

// workFiles returns the files of the work folder with their sizes and times.
func (s *suite) workFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	if s.Work == nil {
		return files
	}
	err := filepath.WalkDir(s.Work(), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			files[path] = fmt.Sprint(info.Size(), " bytes, ", info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkGoroutines checks that there are no more goroutines than before. Those
// of timers and of the runtime may need a moment to end.
func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		<-tick.C
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	t.Errorf("%d goroutines, %d before the call:\n%s", runtime.NumGoroutine(), before, stacks)
}

// checkAnswer checks what came back from a call that was cancelled at some
// time: its result or the cause.
func (w work) checkAnswer(t *testing.T, got bool, err error) {
	t.Helper()
	switch {
	case err == nil:
		if !got {
			t.Error("no result and no error")
		}
		w.removeOutput(t)
	case got:
		t.Errorf("both a result and the error %v", err)
	case !errors.Is(err, errStop):
		t.Errorf("error %v, want the cause of the cancelled context", err)
	default:
		w.checkNothingLeft(t)
	}
}

// checkNothingLeft checks that no file is where the work writes.
func (w work) checkNothingLeft(t *testing.T) {
	t.Helper()
	if w.out == "" {
		return
	}
	left := tree(t, w.out)
	maps.DeleteFunc(left, func(name, _ string) bool { return strings.HasSuffix(name, "/") })
	if len(left) > 0 {
		t.Errorf("a cancelled write left %q", slices.Sorted(maps.Keys(left)))
		w.removeOutput(t)
	}
}

func (w work) removeOutput(t *testing.T) {
	t.Helper()
	if w.out == "" {
		return
	}
	entries, err := os.ReadDir(w.out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(w.out, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}
