package local

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"sync"
)

// partitions are titles in one file of the work folder, parted by the upper
// bits of a hash of their content, so that equal ones are put together a
// partition at a time. Since the partitions, and the titles within one, are put
// out in the order of the hash, what comes out does not depend on how many
// partitions there were, on who wrote what first, or on how often a title was
// written. A record is the length of its content, the content (see
// appendContent), the number of rows and that of the first.
type partitions struct {
	file  *os.File
	shift int // of a hash, to get its partition
	room  int // bytes of a partition that a writer holds back

	mu      sync.Mutex
	size    int64
	extents [][]extent // by partition: where its records lie
}

// extent is a piece of the file.
type extent struct {
	at     int64
	length int
}

const (
	mostPartitions = 4096
	leastRoom      = 4 << 10 // bytes that are written at once
)

// newPartitions returns partitions for about so many bytes of records, each of
// which fits into budget when it is put together; writers take about budget as
// well.
func newPartitions(work *workFolder, size, budget int64) (*partitions, error) {
	const inMemory = 4 // a title takes so many times its record
	want := max(1, inMemory*size/max(budget, 1))
	n := min(1<<bits.Len64(uint64(want)), mostPartitions)
	f, err := os.OpenFile(work.path("parts"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, spillError(err)
	}
	return &partitions{
		file: f, shift: 64 - bits.Len(uint(n-1)), extents: make([][]extent, n),
		room: max(leastRoom, min(int(budget)/n, 64<<10)),
	}, nil
}

func (p *partitions) close() {
	_ = p.file.Close() // of no use any more
	_ = os.Remove(p.file.Name())
}

// partWriter adds records for one goroutine.
type partWriter struct {
	parts *partitions
	bufs  [][]byte
}

func (p *partitions) writer() *partWriter {
	return &partWriter{parts: p, bufs: make([][]byte, len(p.extents))}
}

// add adds a title by its content.
func (w *partWriter) add(content []byte, times, first int64) error {
	part := 0
	if w.parts.shift < 64 {
		part = int(hash64(content) >> w.parts.shift)
	}
	b := w.bufs[part]
	if len(b)+len(content)+3*binary.MaxVarintLen64 > cap(b) {
		if err := w.flush(part); err != nil {
			return err
		}
		b = w.bufs[part]
		if cap(b) == 0 {
			b = make([]byte, 0, w.parts.room)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(content)))
	b = append(b, content...)
	b = binary.AppendUvarint(b, uint64(times))
	w.bufs[part] = binary.AppendUvarint(b, uint64(first))
	return nil
}

// flush writes what is held back of a partition.
func (w *partWriter) flush(part int) error {
	b := w.bufs[part]
	if len(b) == 0 {
		return nil
	}
	p := w.parts
	p.mu.Lock()
	at := p.size
	p.size += int64(len(b))
	p.extents[part] = append(p.extents[part], extent{at, len(b)})
	p.mu.Unlock()
	if _, err := p.file.WriteAt(b, at); err != nil {
		return spillError(err)
	}
	w.bufs[part] = b[:0]
	return nil
}

// finish writes what is held back of all.
func (w *partWriter) finish() error {
	for part := range w.bufs {
		if err := w.flush(part); err != nil {
			return err
		}
	}
	w.bufs = nil
	return nil
}

// uniqueTitles puts the titles of a partition together, for one goroutine.
type uniqueTitles struct {
	records []byte
	slots   []tableSlot
	titles  []uniqueTitle
}

type uniqueTitle struct {
	hash         uint64
	times, first int64
	at           int // where its content lies in records
	length       int
}

func (u *uniqueTitles) content(t *uniqueTitle) []byte { return u.records[t.at : t.at+t.length] }

// read fills u with the titles of a partition, in the order of their hashes.
func (u *uniqueTitles) read(ctx context.Context, p *partitions, part int) error {
	size := 0
	for _, x := range p.extents[part] {
		size += x.length
	}
	u.records = slices.Grow(u.records[:0], size)[:size]
	at := 0
	for _, x := range p.extents[part] {
		if _, err := p.file.ReadAt(u.records[at:at+x.length], x.at); err != nil {
			return fmt.Errorf("%s: it was changed from outside: %w", p.file.Name(), err)
		}
		at += x.length
	}
	u.titles = u.titles[:0]
	clear(u.slots)
	in := varints{rest: u.records}
	for i := 0; len(in.rest) > 0; i++ {
		if i%8192 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		length := in.next()
		from := size - len(in.rest)
		if length > uint64(len(in.rest)) {
			in.cut = true
			length = 0
		}
		in.rest = in.rest[length:]
		times, first := int64(in.next()), int64(in.next())
		if in.cut || times < 1 || first < 0 {
			return fmt.Errorf("%s: it was changed from outside", p.file.Name())
		}
		u.add(uniqueTitle{at: from, length: int(length), times: times, first: first})
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	slices.SortFunc(u.titles, func(a, b uniqueTitle) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return bytes.Compare(u.content(&a), u.content(&b))
	})
	return nil
}

func (u *uniqueTitles) add(t uniqueTitle) {
	if len(u.titles) >= len(u.slots)/2 {
		u.grow()
	}
	t.hash = hash64(u.content(&t))
	// The upper bits are the partition's: all the same.
	tag, mask := uint32(t.hash>>16), uint64(len(u.slots)-1)
	i := t.hash & mask
	for ; u.slots[i].title != 0; i = (i + 1) & mask {
		if u.slots[i].tag != tag {
			continue
		}
		if o := &u.titles[u.slots[i].title-1]; bytes.Equal(u.content(o), u.content(&t)) {
			o.times += t.times
			o.first = min(o.first, t.first)
			return
		}
	}
	u.titles = append(u.titles, t)
	u.slots[i] = tableSlot{tag, uint32(len(u.titles))}
}

func (u *uniqueTitles) grow() {
	u.slots = make([]tableSlot, max(1024, 2*len(u.slots)))
	mask := uint64(len(u.slots) - 1)
	for number := range u.titles {
		h := u.titles[number].hash
		i := h & mask
		for u.slots[i].title != 0 {
			i = (i + 1) & mask
		}
		u.slots[i] = tableSlot{uint32(h >> 16), uint32(number + 1)}
	}
}

// write puts the titles of all partitions together and writes them to a token
// file, by several workers.
func (p *partitions) write(ctx context.Context, w *tokenWriter, workers int, done func(titles int)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	type job struct {
		part   int
		titles *uniqueTitles
		ready  chan struct{}
	}
	free := make(chan *uniqueTitles, workers+1) // one is being written
	for range workers + 1 {
		free <- &uniqueTitles{}
	}
	work, inOrder := make(chan *job), make(chan *job, workers+1)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(errScanOver)
	wg.Go(func() {
		defer close(work)
		defer close(inOrder)
		for part := range p.extents {
			j := &job{part: part, ready: make(chan struct{})}
			select {
			case j.titles = <-free:
			case <-ctx.Done():
				return
			}
			inOrder <- j // there is room for as many as there are tables
			select {
			case work <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		wg.Go(func() {
			for j := range work {
				if err := j.titles.read(ctx, p, j.part); err != nil {
					cancel(err)
				}
				close(j.ready)
			}
		})
	}
	for j := range inOrder {
		select {
		case <-j.ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for i := range j.titles.titles {
			if i%8192 == 0 && ctx.Err() != nil {
				break
			}
			t := &j.titles.titles[i]
			content := j.titles.content(t)
			ids, _ := binary.Uvarint(content)
			if err := w.addContent(content, int(ids), t.times, t.first); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		done(len(j.titles.titles))
		free <- j.titles
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
