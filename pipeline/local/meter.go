package local

import (
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
	begun  atomic.Int64 // of the phase, Unix nanoseconds

	done, total atomic.Int64
	phase       atomic.Pointer[string]
	loss        atomic.Uint64 // float64 bits; NaN when there is none

	stop chan struct{}
	wg   sync.WaitGroup
}

// startMeter begins to report. The caller must call its end.
func startMeter(report pipeline.Report, step, unit string, total int64) *meter {
	m := &meter{report: report, step: step, unit: unit, stop: make(chan struct{})}
	m.enter("", total)
	m.setLoss(math.NaN())
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

// enter begins a phase with its own count.
func (m *meter) enter(phase string, total int64) {
	m.phase.Store(&phase)
	m.done.Store(0)
	m.total.Store(total)
	m.begun.Store(time.Now().UnixNano())
}

func (m *meter) setPhase(s string)  { m.phase.Store(&s) }
func (m *meter) add(n int)          { m.done.Add(int64(n)) }
func (m *meter) setLoss(l float64)  { m.loss.Store(math.Float64bits(l)) }
func (m *meter) set(done, to int64) { m.done.Store(done); m.total.Store(to) }

func (m *meter) look() pipeline.Progress {
	p := pipeline.Progress{
		Step: m.step, Phase: *m.phase.Load(), Unit: m.unit,
		Done: m.done.Load(), Total: m.total.Load(), Spent: time.Since(time.Unix(0, m.begun.Load())),
	}
	if l := math.Float64frombits(m.loss.Load()); !math.IsNaN(l) {
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
