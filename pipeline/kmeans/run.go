package kmeans

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Phases of Progress, in the order in which Fit goes through them. With few
// clusters PhaseInit and PhaseWarmUp take turns.
const (
	PhaseSample  = "sample"  // one pass: count and variance
	PhaseDraw    = "draw"    // a sample of the points: one pass if they are not in memory
	PhaseInit    = "init"    // choosing the first centres from the sample
	PhaseWarmUp  = "warm-up" // passes over the sample alone
	PhaseIterate = "iterate" // passes over all points
	PhaseFinish  = "finish"  // one pass: sizes and inertia of the final centres
	PhaseDone    = "done"    // the last report
)

// Progress is how far Fit is.
type Progress struct {
	Phase string
	// Iteration is the pass under way, from 1, in PhaseWarmUp and PhaseIterate,
	// and MaxIter the most there will be.
	Iteration, MaxIter int
	// PointsDone of PointsTotal points are done in this pass; in PhaseInit they
	// count centres.
	PointsDone, PointsTotal int64
	// Inertia and Shift (the left side of the test of Params.Tol) are those of
	// the pass before; 0 until there is one.
	Inertia, Shift float64
}

// run is what all phases share: the number of workers and the reports, which
// are made by the goroutine that called Fit while it waits for its workers.
type run struct {
	workers int
	report  func(Progress)
	tick    <-chan time.Time
	state   Progress     // owned by the calling goroutine
	done    atomic.Int64 // points done in this pass, counted by the workers
}

func newRun(workers int, report func(Progress)) (r *run, end func()) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	r = &run{workers: workers, report: report}
	if report == nil {
		return r, func() {}
	}
	ticker := time.NewTicker(time.Second / 10)
	r.tick = ticker.C
	return r, ticker.Stop
}

// phase starts to count a new pass over total points.
func (r *run) phase(name string, iteration, maxIter int, total int64) {
	r.state.Phase, r.state.Iteration, r.state.MaxIter, r.state.PointsTotal = name, iteration, maxIter, total
	r.done.Store(0)
}

// tell reports the state as it is now.
func (r *run) tell() {
	if r.report != nil {
		r.state.PointsDone = min(r.done.Load(), r.state.PointsTotal)
		r.report(r.state)
	}
}

// Work over n items is cut into shards by n alone, and the results of the
// shards are merged in their order, so that sums in floating point do not
// depend on how many workers there are or which of them was first.
const (
	maxShards = 128
	minShard  = 512 // items
)

func shardCount(n int64) int64 {
	return max(1, min(maxShards, n/minShard))
}

// span is one shard: the items from <= i < to.
type span struct {
	shard    int
	from, to int64
}

// errStopped ends the other workers after one has failed; it is never
// returned.
var errStopped = errors.New("kmeans: stopped")

// inShards runs work over the shards of n items on r.workers goroutines. Each
// worker has one part, made by newPart and used for one shard after the other;
// merge takes the part in, in the order of the shards, one at a time. work
// calls stop often and gives its error back. inShards returns the first error
// when all workers have ended.
func inShards[T any](ctx context.Context, r *run, n int64, newPart func() T,
	work func(stop func() error, part T, s span) error, merge func(part T),
) error {
	var (
		count   = shardCount(n)
		workers = min(int64(r.workers), count)
		next    atomic.Int64
		running atomic.Int64
		once    sync.Once
		first   error
		failed  = make(chan struct{})
		ended   = make(chan struct{})
		turn    = make([]chan struct{}, count+1) // turn[s] is closed when shard s may merge
	)
	for s := range turn {
		turn[s] = make(chan struct{})
	}
	close(turn[0])
	stop := func() error {
		select {
		case <-failed:
			return errStopped
		default:
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	}
	worker := func() error {
		part := newPart()
		for {
			s := next.Add(1) - 1
			if s >= count {
				return nil
			}
			if err := stop(); err != nil {
				return err
			}
			if err := work(stop, part, span{int(s), s * n / count, (s + 1) * n / count}); err != nil {
				return err
			}
			select {
			case <-turn[s]:
			case <-failed:
				return errStopped
			}
			merge(part)
			close(turn[s+1])
		}
	}
	running.Store(workers)
	for range workers {
		go func() {
			if err := worker(); err != nil {
				once.Do(func() { first = err; close(failed) })
			}
			if running.Add(-1) == 0 {
				close(ended)
			}
		}()
	}
	for {
		select {
		case <-ended:
			return first
		case <-r.tick:
			r.tell()
		}
	}
}
