package local

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// pairBudget is how many different pairs are held in memory: at most 64 MiB in
// the table.
const pairBudget = 3 << 20

// pairCounter counts 64-bit keys exactly in bounded memory: when the table is
// full, it is written to a file of the work folder as a sorted run, and at the
// end the runs are merged.
type pairCounter struct {
	work   *workFolder
	budget int
	slots  []pairCount // open addressing; n is 0 for a free slot
	n      int
	runs   []*pairRun
}

type pairCount struct {
	key uint64
	n   int64
}

func newPairCounter(work *workFolder, budget int) *pairCounter {
	return &pairCounter{work: work, budget: budget, slots: make([]pairCount, 1024)}
}

// add counts a key.
func (c *pairCounter) add(key uint64) error {
	if c.n >= len(c.slots)/4*3 || c.n >= c.budget {
		if err := c.makeRoom(); err != nil {
			return err
		}
	}
	s := c.slot(key)
	if s.n == 0 {
		s.key = key
		c.n++
	}
	s.n++
	return nil
}

// slot finds a key, or the free slot where it belongs.
func (c *pairCounter) slot(key uint64) *pairCount {
	mask := uint64(len(c.slots) - 1)
	// Multiplicative hashing with 2^64 over the golden ratio; the high bits mix best.
	for i := (key * 0x9E3779B97F4A7C15) >> 32; ; i++ {
		if s := &c.slots[i&mask]; s.n == 0 || s.key == key {
			return s
		}
	}
}

func (c *pairCounter) makeRoom() error {
	if c.n >= c.budget {
		return c.spill()
	}
	old := c.slots
	c.slots = make([]pairCount, 2*len(old))
	for _, s := range old {
		if s.n > 0 {
			*c.slot(s.key) = s
		}
	}
	return nil
}

// sorted returns what is in the table, by key, and empties it.
func (c *pairCounter) sorted() []pairCount {
	used := slices.DeleteFunc(c.slots, func(s pairCount) bool { return s.n == 0 })
	slices.SortFunc(used, func(a, b pairCount) int { return cmp.Compare(a.key, b.key) })
	return used
}

// spill writes the table as a run: for each key in order its distance to the
// one before and its count, as varints.
func (c *pairCounter) spill() error {
	size := len(c.slots)
	path := c.work.path("pairs")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	c.runs = append(c.runs, &pairRun{file: f, left: c.n})
	w := bufio.NewWriterSize(f, 1<<20)
	var b []byte
	last := uint64(0)
	used := c.sorted()
	for _, s := range used {
		b = binary.AppendUvarint(b[:0], s.key-last)
		b = binary.AppendUvarint(b, uint64(s.n))
		last = s.key
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	c.slots, c.n = used[:size], 0
	clear(c.slots)
	return nil
}

// each calls fn for every key, in order, with how often it was added. It may
// be called once, after the last add.
func (c *pairCounter) each(ctx context.Context, fn func(key uint64, n int64) error) error {
	if len(c.runs) > 0 {
		if err := c.spill(); err != nil {
			return err
		}
		return c.merge(ctx, fn)
	}
	for i, s := range c.sorted() {
		if i%65536 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := fn(s.key, s.n); err != nil {
			return err
		}
	}
	return nil
}

func (c *pairCounter) merge(ctx context.Context, fn func(key uint64, n int64) error) error {
	c.slots = nil
	var open runHeap
	for _, r := range c.runs {
		if err := r.open(); err != nil {
			return err
		}
		switch err := r.next(); {
		case err == nil:
			open = append(open, r)
		case !errors.Is(err, io.EOF):
			return err
		}
	}
	heap.Init(&open)
	var sum pairCount
	for i := 0; len(open) > 0; i++ {
		if i%65536 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r := open[0]
		if sum.n > 0 && r.head.key != sum.key {
			if err := fn(sum.key, sum.n); err != nil {
				return err
			}
			sum.n = 0
		}
		sum = pairCount{r.head.key, sum.n + r.head.n}
		switch err := r.next(); {
		case err == nil:
			heap.Fix(&open, 0)
		case errors.Is(err, io.EOF):
			heap.Pop(&open)
		default:
			return err
		}
	}
	if sum.n > 0 {
		return fn(sum.key, sum.n)
	}
	return nil
}

// close removes the runs.
func (c *pairCounter) close() {
	for _, r := range c.runs {
		_ = r.file.Close() // only read by now
		_ = os.Remove(r.file.Name())
	}
}

// pairRun is a sorted run on disk and the pair that is next in it.
type pairRun struct {
	file *os.File
	buf  *bufio.Reader
	left int // pairs not yet read
	head pairCount
}

func (r *pairRun) open() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r.buf = bufio.NewReaderSize(r.file, 1<<16)
	return nil
}

// next reads the next pair into head; io.EOF after the last.
func (r *pairRun) next() error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	step, err := binary.ReadUvarint(r.buf)
	var n uint64
	if err == nil {
		n, err = binary.ReadUvarint(r.buf)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("%s: it was changed from outside: %w", r.file.Name(), err)
	}
	r.head = pairCount{r.head.key + step, int64(n)}
	return nil
}

// runHeap orders runs by the pair that is next.
type runHeap []*pairRun

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return h[i].head.key < h[j].head.key }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is for heap.Interface; the runs are all there from the start.
func (h *runHeap) Push(x any) { *h = append(*h, x.(*pairRun)) }

// Pop is for heap.Interface.
func (h *runHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
