package local

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"gondola/pipeline"
)

// sampleEvery is how often progress is looked at: at most ten times a second.
const sampleEvery = 100 * time.Millisecond

// meter counts what a step has done. Workers bump an atomic; one goroutine
// looks at it and reports.
type meter struct {
	report pipeline.Report
	step   string
	unit   string
	phase  atomic.Pointer[phase]
	// Bytes that went to the work folder since memory had no room for them.
	spilled atomic.Int64

	stop chan struct{}
	wg   sync.WaitGroup
}

// phase is a part of a step with a count of its own. It is replaced as a
// whole, so that a look never sees the name of one and the count of another.
type phase struct {
	name, base  string // base is the name without the number of the start
	start       int
	begun       time.Time
	done, total atomic.Int64
	loss        atomic.Uint64 // float64 bits; NaN when there is none
}

func newPhase(name string, total int64) *phase {
	p := &phase{name: name, base: name, begun: time.Now()}
	p.total.Store(total)
	p.loss.Store(math.Float64bits(math.NaN()))
	return p
}

// startMeter begins to report. The caller must call its end.
func startMeter(report pipeline.Report, step, unit string, total int64) *meter {
	m := &meter{report: report, step: step, unit: unit, stop: make(chan struct{})}
	m.enter("", total)
	if report == nil {
		return m
	}
	m.wg.Go(func() {
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				report(m.look())
			case <-m.stop:
				return
			}
		}
	})
	return m
}

// enter begins a phase.
func (m *meter) enter(name string, total int64) { m.phase.Store(newPhase(name, total)) }

func (m *meter) add(n int) { m.phase.Load().done.Add(int64(n)) }

// follow passes on what a package below reports of itself, for one goroutine.
// A count that goes on over several phases (epochs) keeps its clock; one that
// goes back within a phase is a new start of it.
func (m *meter) follow(name string, done, total int64, loss float64) {
	now := m.phase.Load()
	if name != now.base || done < now.done.Load() {
		next := newPhase(name, total)
		if name == now.base {
			next.start = now.start + 1
			next.name = fmt.Sprintf("%s, start %d", name, next.start+1)
		} else if done >= now.done.Load() && total == now.total.Load() {
			next.begun = now.begun
		}
		now = next
	}
	now.loss.Store(math.Float64bits(loss))
	now.total.Store(total)
	now.done.Store(done)
	m.phase.Store(now)
}

// backdate begins a count of total that was under way for some time, in an
// earlier run: what was done then took that long.
func (m *meter) backdate(total int64, spent time.Duration) {
	p := newPhase("", total)
	p.begun = p.begun.Add(-spent)
	m.phase.Store(p)
}

func (m *meter) look() pipeline.Progress {
	now := m.phase.Load()
	p := pipeline.Progress{
		Step: m.step, Phase: now.name, Unit: m.unit,
		Done: now.done.Load(), Total: now.total.Load(), Spent: time.Since(now.begun),
	}
	if n := m.spilled.Load(); n > 0 {
		if p.Phase != "" {
			p.Phase += ", "
		}
		p.Phase += "spilled " + pipeline.Size(n)
	}
	if l := math.Float64frombits(now.loss.Load()); !math.IsNaN(l) {
		p.Loss, p.HasLoss = l, true
	}
	return p
}

// end stops the sampler and gives one last look, so that the last progress a
// front end sees is the final one.
func (m *meter) end() {
	close(m.stop)
	m.wg.Wait()
	if m.report != nil {
		m.report(m.look())
	}
}
