package local

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"gondola/pipeline/artifact"
)

// A token file holds the titles of a dataset as ids into its dictionary, in
// row order, so that memory does not grow with the number of titles. Format,
// for each title: the number of ids, how many of them stand in the head of the
// title, then the ids, all as unsigned varints. Ids are given in the order of
// first occurrence, so frequent words have short ones: about 1.6 bytes a word.
// The offset of every blockTitles-th title is kept in memory (8 bytes each).
const blockTitles = 1024

type tokenFile struct {
	path    string
	file    *os.File
	titles  int64
	tokens  int64
	size    int64
	offsets []int64
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

// add appends a title. A null title and one without words are alike: no ids.
func (w *tokenWriter) add(ids []int32, head int) error {
	t := w.file
	if t.titles%blockTitles == 0 {
		t.offsets = append(t.offsets, t.size)
	}
	b := binary.AppendUvarint(w.tmp[:0], uint64(len(ids)))
	b = binary.AppendUvarint(b, uint64(head))
	for _, id := range ids {
		b = binary.AppendUvarint(b, uint64(id))
	}
	w.tmp = b
	t.titles++
	t.tokens += int64(len(ids))
	t.size += int64(len(b))
	_, err := w.buf.Write(b)
	return err
}

func (w *tokenWriter) finish() (*tokenFile, error) {
	if err := w.buf.Flush(); err != nil {
		return nil, fmt.Errorf("%s: %w", w.file.path, err)
	}
	return w.file, nil
}

// A token file is kept with its index: the numbers of titles and tokens and the
// size, then the offsets, all as little-endian 64-bit integers.
func (t *tokenFile) writeIndex(path string) error {
	b := make([]byte, 0, 8*(3+len(t.offsets)))
	for _, n := range append([]int64{t.titles, t.tokens, t.size}, t.offsets...) {
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
	if len(n) < 3 || len(b) != 0 || n[0] < 0 || int64(len(n)-3) != (n[0]+blockTitles-1)/blockTitles {
		return nil, fmt.Errorf("%s: damaged", index)
	}
	t := &tokenFile{path: path, titles: n[0], tokens: n[1], size: n[2], offsets: n[3:]}
	if t.file, err = os.Open(path); err != nil {
		return nil, err
	}
	info, err := t.file.Stat()
	if err == nil && info.Size() != t.size {
		err = fmt.Errorf("%s: it has %d bytes and should have %d", path, info.Size(), t.size)
	}
	if err == nil && !slices.IsSorted(append(t.offsets, t.size)) {
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

// each calls fn for the titles from <= i < to. ids is valid during the call.
// It may run in several goroutines at once.
func (t *tokenFile) each(ctx context.Context, from, to int64, fn func(i int64, ids []int32, head int) error) error {
	to = min(to, t.titles)
	var block []byte
	var ids []int32
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
		rest := block
		for i := first; i < min(first+blockTitles, to); i++ {
			count, a := binary.Uvarint(rest)
			head, b := binary.Uvarint(rest[max(a, 0):])
			if a <= 0 || b <= 0 {
				return fmt.Errorf("%s: damaged at title %d", t.path, i)
			}
			rest = rest[a+b:]
			ids = ids[:0]
			for range count {
				id, n := binary.Uvarint(rest)
				if n <= 0 {
					return fmt.Errorf("%s: damaged at title %d", t.path, i)
				}
				rest = rest[n:]
				ids = append(ids, int32(id))
			}
			if i < from {
				continue
			}
			if err := fn(i, ids, int(head)); err != nil {
				return err
			}
		}
	}
	return nil
}

// corpus shows a token file to word2vec: titles as dictionary ids.
type corpus struct{ *tokenFile }

func (c corpus) Len() int64 { return c.titles }

func (c corpus) Each(ctx context.Context, from, to int64, fn func(i int64, ids []int32) error) error {
	return c.each(ctx, from, to, func(i int64, ids []int32, _ int) error { return fn(i, ids) })
}

// bags shows a token file to kmeans: titles as rows of the vector table. Words
// without a vector are left out.
type bags struct {
	*tokenFile
	words *artifact.WordModel
}

func (b bags) Len() int64 { return b.titles }

func (b bags) Each(ctx context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error {
	var rows []int32
	return b.each(ctx, from, to, func(i int64, ids []int32, _ int) error {
		rows = b.words.AppendRows(rows[:0], ids)
		return fn(i, rows, 1)
	})
}
