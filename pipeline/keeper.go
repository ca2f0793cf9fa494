package pipeline

import (
	"context"
	"time"
)

// Keeper is an engine that keeps the results of steps, so that a step which
// did not change is served from what an earlier run left.
type Keeper interface {
	// Kept lists what is kept, the least recently used first.
	Kept(ctx context.Context) ([]Kept, error)
	// Collect removes kept results, the least recently used first, until they
	// take at most most bytes, and returns what it removed. What a process is
	// using stays. With dry it only says what it would remove.
	Collect(ctx context.Context, most int64, dry bool) ([]Kept, error)
}

// Kept is a result that outlives its run.
type Kept struct {
	Origin Origin
	Used   time.Time // last
	InUse  bool      // by this process or another
}

// Limits bound what an engine takes. Zero means its own default.
type Limits struct {
	Memory int64  // bytes that the process may hold
	Kept   int64  // bytes of results that are kept between runs
	Note   string // from the engine only: what does not obey them yet, and why
}

// Limiter is an engine that obeys limits, and says which hold when they are
// left to it.
type Limiter interface {
	SetLimits(l Limits) error
	Limits() Limits
}
