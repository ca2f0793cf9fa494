package pipeline

import "time"

// Progress is one look at long work. The engine samples it at most ten times
// a second, from one goroutine.
type Progress struct {
	Step  string        // the step's verb: "load", "train", ...
	Phase string        // what the step is doing now: "count words", "epoch 2 of 5"; may be empty
	Done  int64         // units finished
	Total int64         // units in all; 0 when not known
	Unit  string        // what is counted: "rows", "words", "titles"
	Spent time.Duration // since the phase began
	Loss  float64       // training loss or inertia, when HasLoss
	// HasLoss says that Loss means something in this phase.
	HasLoss bool
}

// Rate returns the units per second so far, 0 before anything was timed.
func (p Progress) Rate() float64 {
	if p.Spent <= 0 {
		return 0
	}
	return float64(p.Done) / p.Spent.Seconds()
}

// Left returns the time left at the rate so far. It is negative when the
// total or the rate is not known.
func (p Progress) Left() time.Duration {
	rate := p.Rate()
	if p.Total <= 0 || rate <= 0 {
		return -1
	}
	if p.Done >= p.Total {
		return 0
	}
	return time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second))
}

// Report receives progress. It may be nil, and it must return quickly: the
// engine calls it from the goroutine that samples.
type Report func(Progress)
