package enginetest

import (
	"math"
	"sync/atomic"
	"testing"
	"time"

	"gondola/pipeline"
)

// progress checks what every method reports: never more than there is to do,
// never backwards within a phase, from one goroutine, not too often, and
// nothing after it has returned.
func (s *suite) progress(t *testing.T) {
	for _, w := range s.works(t) {
		t.Run(w.name, func(t *testing.T) {
			watch := &watch{t: t, work: w}
			begun := time.Now()
			if _, err := w.call(s.ctx(t), watch.report); err != nil {
				t.Fatal(err)
			}
			watch.over.Store(true)
			seconds := time.Since(begun).Seconds()
			if watch.n == 0 && !w.lazy {
				t.Error("reported nothing, not even its end")
			}
			if limit := 20 + int(11*seconds); watch.n > limit {
				t.Errorf("%d reports in %.1f s, at most ten a second", watch.n, seconds)
			}
		})
	}
}

// watch checks reports as they come.
type watch struct {
	t    *testing.T
	work work
	busy atomic.Bool
	over atomic.Bool
	n    int
	last pipeline.Progress
}

func (w *watch) report(p pipeline.Progress) {
	if w.busy.Swap(true) {
		w.t.Error("two reports at the same time")
		return
	}
	defer w.busy.Store(false)
	if w.over.Load() {
		return // the test may be over too: nothing can be said any more
	}
	w.n++
	switch {
	case p.Step != w.work.verb:
		w.t.Errorf("reports step %q, want %q", p.Step, w.work.verb)
	case p.Done < 0 || p.Total < 0 || p.Total > 0 && p.Done > p.Total:
		w.t.Errorf("%q: %d of %d %s are done", p.Phase, p.Done, p.Total, p.Unit)
	case p.Unit == "":
		w.t.Errorf("%+v does not say what is counted", p)
	case p.Spent < 0:
		w.t.Errorf("%q: has taken %v", p.Phase, p.Spent)
	case p.HasLoss && (math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0)):
		w.t.Errorf("%q: loss %v", p.Phase, p.Loss)
	case w.n > 1 && p.Phase == w.last.Phase && p.Done < w.last.Done:
		w.t.Errorf("%q: %d are done, and there were %d before", p.Phase, p.Done, w.last.Done)
	}
	w.last = p
}
