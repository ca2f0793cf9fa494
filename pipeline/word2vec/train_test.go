package word2vec

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
)

// digest tells models apart by every bit of words, counts and vectors.
func digest(m *Model) string {
	h := sha256.New()
	for i := range m.Vectors.Len() {
		fmt.Fprintf(h, "%q %d\n", m.Vectors.Word(i), m.Vectors.Count(i))
	}
	for _, x := range m.Vectors.Data() {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
	}
	fmt.Fprint(h, m.Loss, m.Pairs, m.Words)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestT3OneWorkerIsDeterministic: the same seed, titles and parameters give the same
// files, whatever the number of processors.
func TestT3OneWorkerIsDeterministic(t *testing.T) {
	titles := topicTitles(4, 30, chunkTitles+100, 1) // more than one chunk
	for name, p := range objectives() {
		t.Run(name, func(t *testing.T) {
			p = small(p)
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
			var first, firstFiles string
			for _, procs := range slices.Repeat([]int{8, 1, 2}, 5)[:need.Size(15, 3)] {
				runtime.GOMAXPROCS(procs)
				c, d := InMemory(titles)
				m, err := Train(t.Context(), c, d, p, func(Progress) {})
				if err != nil {
					t.Fatal(err)
				}
				files := sha256.New()
				for _, binary := range []bool{false, true} {
					if err := m.Vectors.SaveWord2VecFormat(files, binary); err != nil {
						t.Fatal(err)
					}
				}
				sum := fmt.Sprintf("%x", files.Sum(nil))
				if first == "" {
					first, firstFiles = digest(m), sum
				}
				if got := digest(m); got != first || sum != firstFiles {
					t.Errorf("GOMAXPROCS=%d gives %s and files %s, before it was %s and %s", procs, got, sum, first, firstFiles)
				}
			}

			// The ids of the dictionary do not matter.
			c, d := InMemory(titles)
			c, d = renumbered{c, int32(len(d.Words))}, reversed(d)
			m, err := Train(t.Context(), c, d, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := digest(m); got != first {
				t.Errorf("other ids give %s, before it was %s", got, first)
			}

			p.Seed++
			if m, err = Train(t.Context(), c, d, p, nil); err != nil {
				t.Fatal(err)
			}
			if digest(m) == first {
				t.Error("another seed gives the same model")
			}
		})
	}
}

// renumbered turns the ids of a corpus round.
type renumbered struct {
	Corpus
	words int32
}

func (c renumbered) Each(ctx context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	return c.Corpus.Each(ctx, from, to, func(i int64, ids []int32, times int64) error {
		turned := make([]int32, len(ids))
		for j, id := range ids {
			turned[j] = c.words - 1 - id
		}
		return fn(i, turned, times)
	})
}

func reversed(d Dictionary) Dictionary {
	slices.Reverse(d.Words)
	slices.Reverse(d.Counts)
	return d
}

func TestModelSums(t *testing.T) {
	c, d := InMemory(topicTitles(3, 20, 3*chunkTitles, 2)) // a chunk for each worker
	p := DefaultParams()
	p.VectorSize, p.Workers, p.Epochs, p.Window = 8, 3, 4, 2
	m, err := Train(t.Context(), c, d, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kept int64
	for _, n := range d.Counts {
		if n >= int64(p.MinCount) {
			kept += n
		}
	}
	if want := kept * 4; m.Words != want {
		t.Errorf("%d words were read, want %d", m.Words, want)
	}
	if m.Distinct != len(d.Words) {
		t.Errorf("%d distinct words, want %d", m.Distinct, len(d.Words))
	}
	if diff := cmp.Diff(p, m.Params); diff != "" {
		t.Error(diff)
	}
	if len(m.Loss) != 4 || m.Loss[3] >= m.Loss[0] || m.Loss[0] > 6*math.Ln2*1.01 {
		t.Errorf("loss is %v, want four numbers that fall from at most 6 ln 2", m.Loss)
	}
}

func TestAlphaFallsInAStraightLine(t *testing.T) {
	tr := &trainer{params: Params{Alpha: 0.05, MinAlpha: 0.01}, total: 1000}
	for words, want := range map[int64]float64{0: 0.05, 500: 0.03, 1000: 0.01, 2000: 0.01} {
		if got := tr.alpha(words); math.Abs(got-want) > 1e-12 {
			t.Errorf("after %d words the rate is %g, want %g", words, got, want)
		}
	}
}

// watched is a corpus that calls back before each title it gives.
type watched struct {
	Corpus
	before func(given int64)
	given  atomic.Int64
}

func (c *watched) Each(ctx context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	return c.Corpus.Each(ctx, from, to, func(i int64, ids []int32, times int64) error {
		c.before(c.given.Add(1))
		return fn(i, ids, times)
	})
}

func TestT1CancelStopsAtOnceAndLeavesNoGoroutine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	memory, d := InMemory(topicTitles(4, 30, 2*chunkTitles+100, 3))
	for try := range need.Size(20, 6) {
		p := small(DefaultParams())
		p.Workers, p.HS = 1+try%4, try%2 == 1
		at := r.Int64N(int64(p.Epochs) * memory.Len())
		synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
			userStopped := errors.New("user pressed Ctrl-C")
			ctx, cancel := context.WithCancelCause(t.Context())
			c := &watched{Corpus: memory, before: func(given int64) {
				if given == at+1 {
					cancel(userStopped)
				}
			}}
			m, err := Train(ctx, c, d, p, func(Progress) {})
			if m != nil || !errors.Is(err, userStopped) {
				t.Errorf("cancelled at title %d: got %v, %v", at, m, err)
			}
			if late := c.given.Load() - at; late > int64(p.Workers)*1000 {
				t.Errorf("cancelled at title %d: %d more were read", at, late)
			}
		})
	}
}

func TestT1CancelBeforeTheStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, d := InMemory(topicTitles(2, 10, 100, 1))
	if _, err := Train(ctx, c, d, DefaultParams(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// asked is a context that ends when it has been asked so many times.
type asked struct {
	context.Context
	left atomic.Int64
}

func (c *asked) Err() error {
	if c.left.Add(-1) <= 0 {
		return context.Canceled
	}
	return nil
}

// TestT1CancelInTheVocabulary cancels twenty times before the first epoch, where
// words are sorted.
func TestT1CancelInTheVocabulary(t *testing.T) {
	c, d := zipfDictionary(100_000)
	p := small(DefaultParams())
	p.MinCount = 1
	for at := range int64(20) {
		ctx := &asked{Context: context.Background()}
		ctx.left.Store(1 + at)
		if _, err := Train(ctx, c, d, p, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at look %d: got %v, want context.Canceled", at, err)
		}
		if more := -ctx.left.Load(); more > 4 {
			t.Errorf("cancelled at look %d: asked %d times more", at, more)
		}
	}
}

// TestT1CancelOfManyWords logs how long an answer takes before the first epoch
// and after the last, where most of the work is by word; the bar is 500 ms.
func TestT1CancelOfManyWords(t *testing.T) {
	const words = 20_000
	c, d := zipfDictionary(words)
	p := small(DefaultParams())
	p.MinCount, p.HS, p.VectorSize = 1, true, 16
	begun := time.Now()
	if _, err := Train(t.Context(), c, d, p, nil); err != nil && !errors.Is(err, ErrNoPairs) {
		t.Fatal(err)
	}
	whole, slowest := time.Since(begun), time.Duration(0)
	r := rand.New(rand.NewPCG(2, 2))
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		var at atomic.Int64
		timer := time.AfterFunc(time.Duration(r.Float64()*float64(whole)), func() {
			at.Store(int64(time.Since(begun)))
			cancel()
		})
		_, err := Train(ctx, c, d, p, nil)
		if answer := time.Since(begun); errors.Is(err, context.Canceled) {
			slowest = max(slowest, answer-time.Duration(at.Load()))
		}
		timer.Stop()
		cancel()
	}
	if t.Logf("a run of %v, the slowest answer after %v", whole, slowest); slowest > 30*time.Second {
		t.Error("hangs")
	}
}

func TestT1CancelWithinALongTitle(t *testing.T) {
	c, d := InMemory([][]string{slices.Repeat([]string{"a", "b", "c", "d"}, 100_000)})
	p := DefaultParams()
	p.Subsample = 0
	v, err := newVocabulary(t.Context(), d, p.MinCount)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := newTrainer(t.Context(), c, v, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := tr.workers[0]
	w.ctx = ctx
	w.startEpoch()
	err = c.Each(ctx, 0, 1, w.title)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if limit := float64(tr.checkEvery * 2 * p.Window); w.pairs > limit {
		t.Errorf("%g pairs were trained after cancelling, want at most %g", w.pairs, limit)
	}
}

func TestCheckIntervalFollowsTheCost(t *testing.T) {
	c, d := InMemory(topicTitles(2, 10, 100, 1))
	v, err := newVocabulary(t.Context(), d, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := DefaultParams()
	p.VectorSize, p.Window, p.Negative = 2000, 100, 100
	tr, err := newTrainer(t.Context(), c, v, p)
	if err != nil {
		t.Fatal(err)
	}
	if tr.checkEvery != 1 {
		t.Errorf("a word of 20 million multiplications is checked every %d, want 1", tr.checkEvery)
	}
}

func TestErrorOfTheCorpus(t *testing.T) {
	memory, d := InMemory(topicTitles(4, 30, 2*chunkTitles, 3))
	broken := errors.New("disk on fire")
	for _, workers := range []int{1, 3} {
		p := DefaultParams()
		p.VectorSize, p.Workers = 8, workers
		synctest.Test(t, func(t *testing.T) {
			c := failing{memory, broken}
			if _, err := Train(t.Context(), c, d, p, nil); !errors.Is(err, broken) {
				t.Errorf("got %v, want the error of the corpus", err)
			}
		})
	}
}

type failing struct {
	Corpus
	err error
}

func (c failing) Each(ctx context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	if err := c.Corpus.Each(ctx, from, from+10, fn); err != nil {
		return err
	}
	return c.err
}

func TestTrainingAllocatesNothing(t *testing.T) {
	c, d := InMemory(topicTitles(4, 30, 200, 1))
	for name, p := range objectives() {
		t.Run(name, func(t *testing.T) {
			v, err := newVocabulary(t.Context(), d, p.MinCount)
			if err != nil {
				t.Fatal(err)
			}
			tr, err := newTrainer(t.Context(), c, v, p)
			if err != nil {
				t.Fatal(err)
			}
			w := tr.workers[0]
			w.ctx = t.Context()
			w.startEpoch()
			each := func() {
				if err := c.Each(t.Context(), 0, c.Len(), w.title); err != nil {
					t.Fatal(err)
				}
			}
			// One for the method value that is handed to Each.
			if n := testing.AllocsPerRun(3, each); n > 1 {
				t.Errorf("%v allocations for %d titles", n, c.Len())
			}
		})
	}
}

func TestProgress(t *testing.T) {
	memory, d := InMemory(topicTitles(4, 30, 100, 3))
	p := DefaultParams()
	p.VectorSize, p.Workers = 8, 2
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := &watched{Corpus: memory, before: func(int64) { <-time.After(10 * time.Millisecond) }}
		var seen []Progress
		m, err := Train(t.Context(), c, d, p, func(p Progress) { seen = append(seen, p) })
		if err != nil {
			t.Fatal(err)
		}
		// 500 titles of 10 ms are 5 s.
		if most := int(time.Since(start)/reportEvery) + 1; len(seen) < most/2 || len(seen) > most {
			t.Errorf("%d reports in %v, want about %d", len(seen), time.Since(start), most)
		}
		for i, now := range seen[1:] {
			if before := seen[i]; now.WordsDone < before.WordsDone || now.Alpha > before.Alpha || now.Epoch < before.Epoch {
				t.Errorf("progress goes back from %+v to %+v", before, now)
			}
		}
		want := Progress{Epoch: 5, Epochs: 5, WordsDone: m.Words, WordsTotal: m.Words, Alpha: p.MinAlpha, Loss: m.Loss[4]}
		if diff := cmp.Diff(want, seen[len(seen)-1]); diff != "" {
			t.Error(diff)
		}
	})
}
