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
	"math/bits"
	"os"
	"slices"
)

const (
	tallySlot = 16  // bytes
	mostRuns  = 128 // open at once
)

// tally counts 64-bit values exactly in bounded memory, for several counts at
// once: of says whose value it is. When the table is full, it is written to a
// file of the work folder as a sorted run, and at the end the runs are merged.
type tally struct {
	work    *workFolder
	budget  int       // different values in memory
	slots   []tallied // open addressing; n is 0 for a free slot
	n       int
	runs    []*tallyRun
	spilled int64 // bytes written
}

type tallied struct {
	value uint64
	of    uint32
	n     uint32
}

// newTally returns a tally whose table takes at most so many bytes, rounded
// down to a power of two.
func newTally(work *workFolder, bytes int64) *tally {
	slots := 1 << (bits.Len64(uint64(max(bytes/tallySlot, 8))) - 1)
	return &tally{work: work, budget: slots / 4 * 3, slots: make([]tallied, min(slots, 1024))}
}

// add counts a value.
func (c *tally) add(of uint32, value uint64) error { return c.addTimes(of, value, 1) }

// addTimes counts a value n times.
func (c *tally) addTimes(of uint32, value uint64, n int64) error {
	const most = 1<<32 - 1
	for ; n > most; n -= most {
		if err := c.addTimes(of, value, most); err != nil {
			return err
		}
	}
	if c.n >= len(c.slots)/4*3 {
		if err := c.makeRoom(); err != nil {
			return err
		}
	}
	s := c.slot(of, value)
	if int64(s.n)+n > most {
		if err := c.spill(); err != nil {
			return err
		}
		s = c.slot(of, value)
	}
	if s.n == 0 {
		s.of, s.value = of, value
		c.n++
	}
	s.n += uint32(n)
	return nil
}

// slot finds a value, or the free slot where it belongs.
func (c *tally) slot(of uint32, value uint64) *tallied {
	mask := uint64(len(c.slots) - 1)
	// Multiplicative hashing with 2^64 over the golden ratio; the high bits mix best.
	for i := ((value ^ uint64(of)<<17) * 0x9E3779B97F4A7C15) >> 32; ; i++ {
		if s := &c.slots[i&mask]; s.n == 0 || s.value == value && s.of == of {
			return s
		}
	}
}

func (c *tally) makeRoom() error {
	if c.n >= c.budget {
		return c.spill()
	}
	old := c.slots
	c.slots = make([]tallied, 2*len(old))
	for _, s := range old {
		if s.n > 0 {
			*c.slot(s.of, s.value) = s
		}
	}
	return nil
}

// sorted returns what is in the table, in order, and empties it.
func (c *tally) sorted() []tallied {
	used := slices.DeleteFunc(c.slots, func(s tallied) bool { return s.n == 0 })
	slices.SortFunc(used, func(a, b tallied) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.value, b.value)) })
	return used
}

// spill writes the table as a run.
func (c *tally) spill() error {
	if len(c.runs) == mostRuns {
		if err := c.mergeRuns(); err != nil {
			return err
		}
	}
	w, err := c.newRun()
	if err != nil {
		return err
	}
	size := len(c.slots)
	used := c.sorted()
	for _, s := range used {
		if err := w.add(tallyCount{s.of, s.value, int64(s.n)}); err != nil {
			return err
		}
	}
	c.slots, c.n = used[:size], 0
	clear(c.slots)
	return w.finish(c)
}

// mergeRuns makes one run of all, so that the number of open files is bounded.
func (c *tally) mergeRuns() error {
	old := c.runs
	w, err := c.newRun()
	if err != nil {
		return err
	}
	if err := mergeTally(context.Background(), old, w.add); err != nil {
		return err
	}
	if err := w.finish(c); err != nil {
		return err
	}
	for _, r := range old {
		r.remove()
	}
	c.runs = c.runs[len(old):]
	return nil
}

// each calls fn for every value, in the order of (of, value), with how often it
// was added. It may be called once, after the last add.
func (c *tally) each(ctx context.Context, fn func(of uint32, value uint64, n int64) error) error {
	if len(c.runs) > 0 {
		if err := c.spill(); err != nil {
			return err
		}
		c.slots = nil
		return mergeTally(ctx, c.runs, func(t tallyCount) error { return fn(t.of, t.value, t.n) })
	}
	for i, s := range c.sorted() {
		if i%65536 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := fn(s.of, s.value, int64(s.n)); err != nil {
			return err
		}
	}
	return nil
}

// close removes the runs.
func (c *tally) close() {
	for _, r := range c.runs {
		r.remove()
	}
	c.runs = nil
}

// mergeTally calls fn for the values of sorted runs, in order, with their sums.
func mergeTally(ctx context.Context, runs []*tallyRun, fn func(tallyCount) error) error {
	var open tallyHeap
	for _, r := range runs {
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
	var sum tallyCount
	for i := 0; len(open) > 0; i++ {
		if i%65536 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r := open[0]
		if sum.n > 0 && (r.head.of != sum.of || r.head.value != sum.value) {
			if err := fn(sum); err != nil {
				return err
			}
			sum.n = 0
		}
		sum = tallyCount{r.head.of, r.head.value, sum.n + r.head.n}
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
		return fn(sum)
	}
	return nil
}

type tallyCount struct {
	of    uint32
	value uint64
	n     int64
}

// tallyRun is a sorted run on disk and the value that is next in it. Format,
// for each value, in unsigned varints: the distance of its of to the one before;
// its distance to the value before, or the value itself where of is another
// one; how often it was added.
type tallyRun struct {
	file *os.File
	buf  *bufio.Reader
	all  int
	left int // values not yet read
	head tallyCount
}

type tallyRunWriter struct {
	run  *tallyRun
	buf  *bufio.Writer
	tmp  []byte
	last tallyCount
	size int64
}

// newRun begins a run; close removes it, whole or not.
func (c *tally) newRun() (*tallyRunWriter, error) {
	f, err := os.OpenFile(c.work.path("tally"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, spillError(err)
	}
	run := &tallyRun{file: f}
	c.runs = append(c.runs, run)
	return &tallyRunWriter{run: run, buf: bufio.NewWriterSize(f, 1<<18)}, nil
}

func (w *tallyRunWriter) add(t tallyCount) error {
	if t.of != w.last.of {
		w.last.value = 0
	}
	b := binary.AppendUvarint(w.tmp[:0], uint64(t.of-w.last.of))
	b = binary.AppendUvarint(b, t.value-w.last.value)
	b = binary.AppendUvarint(b, uint64(t.n))
	w.tmp, w.last = b, t
	w.run.all++
	w.size += int64(len(b))
	if _, err := w.buf.Write(b); err != nil {
		return spillError(err)
	}
	return nil
}

func (w *tallyRunWriter) finish(c *tally) error {
	if err := w.buf.Flush(); err != nil {
		return spillError(err)
	}
	c.spilled += w.size
	return nil
}

// spillError says what to do when the work folder cannot be written.
func spillError(err error) error {
	return fmt.Errorf("what does not fit into memory goes to the work folder, and that failed: %w; make room there, or give more memory (set memory)", err)
}

func (r *tallyRun) open() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r.buf = bufio.NewReaderSize(r.file, 1<<16)
	r.left, r.head = r.all, tallyCount{}
	return nil
}

// next reads the next value into head; io.EOF after the last.
func (r *tallyRun) next() error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	var n [3]uint64
	for i := range n {
		var err error
		if n[i], err = binary.ReadUvarint(r.buf); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("%s: it was changed from outside: %w", r.file.Name(), err)
		}
	}
	if n[0] > 0 {
		r.head.value = 0
	}
	r.head = tallyCount{r.head.of + uint32(n[0]), r.head.value + n[1], int64(n[2])}
	return nil
}

func (r *tallyRun) remove() {
	_ = r.file.Close() // only read by now
	_ = os.Remove(r.file.Name())
}

// tallyHeap orders runs by the value that is next.
type tallyHeap []*tallyRun

func (h tallyHeap) Len() int { return len(h) }
func (h tallyHeap) Less(i, j int) bool {
	a, b := &h[i].head, &h[j].head
	return a.of < b.of || a.of == b.of && a.value < b.value
}
func (h tallyHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for heap.Interface; the runs are all there from the start.
func (h *tallyHeap) Push(x any) { *h = append(*h, x.(*tallyRun)) }

// Pop is for heap.Interface.
func (h *tallyHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
