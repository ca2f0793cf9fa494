package local

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
)

// A token file holds the different titles of a dataset as ids into its
// dictionary, so that memory does not grow with the number of titles. Titles
// whose kept words and heads are alike are one, which says how many rows have it
// and which is the first of them; those without words, and null ones, are one as
// well. They stand in the order of a hash of their ids (see partitions): shuffled,
// and always the same.
//
// Format, for each title: the number of ids, how many of them stand in the head
// of the title, then the ids, then the number of rows and the number of the
// first, all as unsigned varints. Frequent words have small ids: about 1.6 bytes
// a word. The offset of every blockTitles-th title is kept in memory (8 bytes
// each).
const blockTitles = 1024

type tokenFile struct {
	path   string
	file   *os.File
	titles int64 // different ones
	rows   int64 // of which there are so many
	tokens int64 // ids in the file
	words  int64 // ids in all rows

	size    int64
	offsets []int64
}

// tokenTitle is a title of a token file.
type tokenTitle struct {
	ids   []int32
	head  int   // how many of ids stand in its head
	times int64 // in how many rows it stands
	first int64 // the number of the first of them
}

type tokenWriter struct {
	file *tokenFile
	buf  *bufio.Writer
	tmp  []byte
}

func createTokenFile(path string) (*tokenWriter, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &tokenWriter{file: &tokenFile{path: path, file: f}, buf: bufio.NewWriterSize(f, 1<<20)}, nil
}

// appendContent encodes what makes titles alike: ids and head.
func appendContent(b []byte, ids []int32, head int) []byte {
	b = binary.AppendUvarint(b, uint64(len(ids)))
	b = binary.AppendUvarint(b, uint64(head))
	for _, id := range ids {
		b = binary.AppendUvarint(b, uint64(id))
	}
	return b
}

// add appends a title.
func (w *tokenWriter) add(t tokenTitle) error {
	w.tmp = appendContent(w.tmp[:0], t.ids, t.head)
	return w.addContent(w.tmp, len(t.ids), t.times, t.first)
}

// addContent appends a title that is encoded already.
func (w *tokenWriter) addContent(content []byte, ids int, times, first int64) error {
	t := w.file
	if t.titles%blockTitles == 0 {
		t.offsets = append(t.offsets, t.size)
	}
	var tail [2 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(tail[:], uint64(times))
	n += binary.PutUvarint(tail[n:], uint64(first))
	t.titles++
	t.rows += times
	t.tokens += int64(ids)
	t.words += int64(ids) * times
	t.size += int64(len(content) + n)
	_, err := w.buf.Write(content)
	if err == nil {
		_, err = w.buf.Write(tail[:n])
	}
	return err
}

func (w *tokenWriter) finish() (*tokenFile, error) {
	if err := w.buf.Flush(); err != nil {
		return nil, fmt.Errorf("%s: %w", w.file.path, err)
	}
	w.buf, w.tmp = nil, nil
	return w.file, nil
}

// tokenIndexHead is how many numbers stand before the offsets of an index.
const tokenIndexHead = 5

// A token file is kept with its index: the numbers of titles, rows, tokens and
// words and the size, then the offsets, all as little-endian 64-bit integers.
func (t *tokenFile) writeIndex(path string) error {
	b := make([]byte, 0, 8*(tokenIndexHead+len(t.offsets)))
	for _, n := range append([]int64{t.titles, t.rows, t.tokens, t.words, t.size}, t.offsets...) {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return os.WriteFile(path, b, 0o600)
}

// openTokenFile opens a token file that was kept, with its index.
func openTokenFile(path, index string) (*tokenFile, error) {
	b, err := os.ReadFile(index)
	if err != nil {
		return nil, err
	}
	var n []int64
	for ; len(b) >= 8; b = b[8:] {
		n = append(n, int64(binary.LittleEndian.Uint64(b)))
	}
	if len(n) < tokenIndexHead || len(b) != 0 || n[0] < 0 || n[1] < n[0] ||
		int64(len(n)-tokenIndexHead) != (n[0]+blockTitles-1)/blockTitles {
		return nil, fmt.Errorf("%s: damaged", index)
	}
	t := &tokenFile{path: path, titles: n[0], rows: n[1], tokens: n[2], words: n[3], size: n[4], offsets: n[tokenIndexHead:]}
	if t.file, err = os.Open(path); err != nil {
		return nil, err
	}
	info, err := t.file.Stat()
	if err == nil && info.Size() != t.size {
		err = fmt.Errorf("%s: it has %d bytes and should have %d", path, info.Size(), t.size)
	}
	ordered := slices.IsSorted(append(t.offsets, t.size)) && (len(t.offsets) == 0 || t.offsets[0] == 0)
	if err == nil && !ordered {
		err = fmt.Errorf("%s: damaged", index)
	}
	if err != nil {
		return nil, errors.Join(err, t.file.Close())
	}
	return t, nil
}

func (w *tokenWriter) discard() {
	w.file.close()
}

func (t *tokenFile) close() {
	_ = t.file.Close() // read-only by now; nothing to lose
	_ = os.Remove(t.path)
}

// each calls fn for the titles from <= i < to. What it gets is valid during
// the call. It may run in several goroutines at once.
func (t *tokenFile) each(ctx context.Context, from, to int64, fn func(i int64, title *tokenTitle) error) error {
	to = min(to, t.titles)
	var block []byte
	var title tokenTitle
	for first := from / blockTitles * blockTitles; first < to; first += blockTitles {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n := first / blockTitles
		start, end := t.offsets[n], t.size
		if int(n)+1 < len(t.offsets) {
			end = t.offsets[n+1]
		}
		if int64(cap(block)) < end-start {
			block = make([]byte, end-start)
		}
		block = block[:end-start]
		if n, err := t.file.ReadAt(block, start); n < len(block) {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		in := varints{rest: block}
		for i := first; i < min(first+blockTitles, to); i++ {
			count := in.next()
			title.head = int(in.next())
			title.ids = title.ids[:0]
			for range count {
				id := in.next()
				if in.cut = in.cut || id > math.MaxInt32; in.cut {
					break
				}
				title.ids = append(title.ids, int32(id))
			}
			title.times, title.first = int64(in.next()), int64(in.next())
			if in.cut || uint(title.head) > uint(len(title.ids)) || title.times < 1 || title.first < 0 {
				return fmt.Errorf("%s: damaged at title %d", t.path, i)
			}
			if i < from {
				continue
			}
			if err := fn(i, &title); err != nil {
				return err
			}
		}
	}
	return nil
}

// varints reads unsigned varints one after the other.
type varints struct {
	rest []byte
	cut  bool // the end came too early
}

func (v *varints) next() uint64 {
	if len(v.rest) > 0 && v.rest[0] < 0x80 { // most are small
		x := uint64(v.rest[0])
		v.rest = v.rest[1:]
		return x
	}
	x, n := binary.Uvarint(v.rest)
	if n <= 0 {
		v.rest, v.cut = nil, true
		return 0
	}
	v.rest = v.rest[n:]
	return x
}
