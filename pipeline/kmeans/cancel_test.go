package kmeans

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gondola/internal/need"
)

// countdown is a context that is cancelled when it has been asked a number of
// times: it ends work at a chosen place, without a clock.
type countdown struct {
	context.Context
	left atomic.Int64
	done chan struct{}
}

func newCountdown(asks int64) *countdown {
	c := &countdown{Context: context.Background(), done: make(chan struct{})}
	c.left.Store(asks)
	return c
}

func (c *countdown) Done() <-chan struct{} { return c.done }

func (c *countdown) Err() error {
	switch left := c.left.Add(-1); {
	case left == 0:
		close(c.done)
		return context.Canceled
	case left < 0:
		return context.Canceled
	}
	return nil
}

// Cancelled at any place of any phase, Fit and Silhouette stop there: they ask
// the context only once or twice more on each worker. The bubble of synctest
// ends the test with a panic if a goroutine is left.
func TestT1CancelEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	table := gaussian(300, 8, 9)
	few, many := randomBags(r, 2000, 300, 5), randomBags(r, 9000, 300, 5)
	for i := range few {
		few[i] = append(few[i], 0)
	}
	p := DefaultParams()
	p.K, p.MaxIter, p.Workers = 10, 2, 3
	model := mustFit(t, table, few, p)
	for _, c := range []struct {
		name string
		work func(ctx context.Context) error
	}{
		{"fit", func(ctx context.Context) error { _, err := Fit(ctx, table, few, p, nil); return err }},
		{"fit with warm-up", func(ctx context.Context) error { _, err := Fit(ctx, table, many, p, nil); return err }},
		{"fit with reseeding", func(ctx context.Context) error {
			p := p
			p.K, p.Init = 39, InitRandom
			_, err := Fit(ctx, table, repeated(rand.New(rand.NewPCG(5, 5)), 3000, 40), p, nil)
			return err
		}},
		{"direct", func(ctx context.Context) error {
			p := p
			p.TableBytes, p.Metric = 1, Cosine
			_, err := Fit(ctx, table, few, p, nil)
			return err
		}},
		{"tables in turn, cosine", func(ctx context.Context) error {
			p := p
			p.K, p.TableBytes, p.Metric, p.Init = 110, 100_000, Cosine, InitRandom
			_, err := Fit(ctx, table, few, p, nil)
			return err
		}},
		{"points read anew", func(ctx context.Context) error {
			p := p
			p.PointBytes = 1
			_, err := Fit(ctx, table, few, p, nil)
			return err
		}},
		{"assigner", func(ctx context.Context) error { _, err := model.Assigner(ctx, table, 3); return err }},
		{"silhouette", func(ctx context.Context) error {
			_, err := Silhouette(ctx, table, few, model, 600, 1, 3)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const never = 1 << 40
			count := newCountdown(never)
			if err := c.work(count); err != nil {
				t.Fatal(err)
			}
			total := never - count.left.Load()
			places := int64(need.Size(20, 3))
			for i := range places {
				at := 1 + i*(total-1)/places // workers differ a little in how often they ask
				synctest.Test(t, func(t *testing.T) {
					ctx := newCountdown(at)
					if err := c.work(ctx); !errors.Is(err, context.Canceled) {
						t.Errorf("cancelled at ask %d of %d: error %v", at, total, err)
					}
					if more := -ctx.left.Load(); more > 4*3 {
						t.Errorf("cancelled at ask %d of %d: %d more asks", at, total, more)
					}
				})
			}
		})
	}
}

// The cause of the cancellation is returned, also when the source gives back
// the plain error of its context.
func TestT1CancelCause(t *testing.T) {
	enough := errors.New("enough")
	for _, plain := range []bool{false, true} {
		ctx, cancel := context.WithCancelCause(t.Context())
		source := faulty{make(Bags, 3000), func(from, to int64, fn func(int64, []int32, int64) error) error {
			for i := from; i < to; i++ {
				if i == 1000 {
					cancel(enough)
					if plain {
						return ctx.Err()
					}
				}
				if err := fn(i, []int32{0}, 1); err != nil {
					return fmt.Errorf("source: %w", err)
				}
			}
			return nil
		}}
		if _, err := Fit(ctx, Table{[]float32{1}, 1}, source, DefaultParams(), nil); !errors.Is(err, enough) {
			t.Errorf("plain %v: error %v, want the cause", plain, err)
		}
		cancel(nil)
	}
}

// slow makes its points wait on the clock of synctest.
type slow struct{ Bags }

func (s slow) Each(ctx context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error {
	for i := from; i < to; i++ {
		if i%50 == 0 {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := fn(i, s.Bags[i], 1); err != nil {
			return err
		}
	}
	return nil
}

// Reports come at most 10 times a second, phases in their order, passes and
// points in theirs, counts never
// beyond the total, and the last says that all is done.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 7))
		p := DefaultParams()
		p.K, p.MaxIter, p.Tol, p.Workers = 10, 4, 0, 2
		p.PointBytes = 1 // every pass reads the source
		var reports []Progress
		var last time.Time
		m, err := Fit(t.Context(), gaussian(300, 8, 10), slow{randomBags(r, 9000, 300, 5)}, p, func(now Progress) {
			if since := time.Since(last); now.Phase != PhaseDone && since < time.Second/10 {
				t.Errorf("a report %v after the one before", since)
			}
			last = time.Now()
			reports = append(reports, now)
		})
		if err != nil {
			t.Fatal(err)
		}
		order := map[string]int{PhaseSample: 1, PhaseDraw: 2, PhaseInit: 3, PhaseWarmUp: 4, PhaseIterate: 5, PhaseFinish: 6, PhaseDone: 7}
		var before Progress
		seen := map[string]bool{}
		for _, now := range reports {
			seen[now.Phase] = true
			switch {
			case order[now.Phase] == 3 && order[before.Phase] == 4: // the next start
			case order[now.Phase] < max(1, order[before.Phase]),
				now.Phase == before.Phase && now.Iteration < before.Iteration && now.Phase != PhaseWarmUp,
				now.Phase == before.Phase && now.Iteration == before.Iteration && now.PointsDone < before.PointsDone && now.Phase != PhaseWarmUp:
				t.Errorf("%+v came after %+v", now, before)
			}
			if now.PointsDone > now.PointsTotal || now.Iteration > now.MaxIter {
				t.Errorf("%+v is more than all", now)
			}
			before = now
		}
		if !seen[PhaseSample] || !seen[PhaseIterate] || !seen[PhaseFinish] {
			t.Errorf("phases seen: %v", seen)
		}
		want := Progress{PhaseDone, m.Iterations, p.MaxIter, 9000, 9000, m.Inertia, before.Shift}
		if before != want {
			t.Errorf("the last report is %+v, want %+v", before, want)
		}
	})
}
