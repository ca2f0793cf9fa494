package local

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"gondola/pipeline"
)

// spilledRows are rows in files of the work folder, parted by a hash. Format of
// a row: its length, its number, both as unsigned varints, then its values, see
// appendValue.
type spilledRows struct {
	parts []*spilledPart
	rows  int64
	bytes int64
	tmp   []byte
}

type spilledPart struct {
	file  *os.File
	buf   *bufio.Writer
	rows  int64
	bytes int64
}

func newSpilledRows(work *workFolder, parts int) (*spilledRows, error) {
	s := &spilledRows{}
	for range parts {
		f, err := os.OpenFile(work.path("rows"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			s.close()
			return nil, spillError(err)
		}
		s.parts = append(s.parts, &spilledPart{file: f, buf: bufio.NewWriterSize(f, 1<<16)})
	}
	return s, nil
}

func (s *spilledRows) add(part int, number int64, values []any) error {
	b := binary.AppendUvarint(s.tmp[:0], uint64(number))
	for _, v := range values {
		b = appendValue(b, v)
	}
	s.tmp = b
	p := s.parts[part]
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(b)))
	_, err := p.buf.Write(length[:n])
	if err == nil {
		_, err = p.buf.Write(b)
	}
	if err != nil {
		return spillError(err)
	}
	p.rows++
	p.bytes += int64(n + len(b))
	s.rows++
	s.bytes += int64(n + len(b))
	return nil
}

// flush writes what is buffered; then each may be called.
func (s *spilledRows) flush() error {
	for _, p := range s.parts {
		if err := p.buf.Flush(); err != nil {
			return spillError(err)
		}
		p.buf = nil
	}
	return nil
}

// each calls fn for the rows of a part, in the order in which they were added,
// and removes the part. The values belong to fn.
func (s *spilledRows) each(ctx context.Context, part int, fn func(number int64, values []any) error) error {
	p := s.parts[part]
	defer func() {
		p.remove()
		s.parts[part] = nil
	}()
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(p.file, 1<<18)
	var buf []byte
	for i := range p.rows {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		length, err := binary.ReadUvarint(in)
		if err == nil && length > uint64(p.bytes) {
			err = errCutRow // before memory is made for it
		}
		if err == nil {
			if uint64(cap(buf)) < length {
				buf = make([]byte, length)
			}
			buf = buf[:length]
			_, err = io.ReadFull(in, buf)
		}
		var number int64
		var values []any
		if err == nil {
			number, values, err = readRow(buf)
		}
		if err != nil {
			return fmt.Errorf("%s: it was changed from outside: %w", p.file.Name(), err)
		}
		if err := fn(number, values); err != nil {
			return err
		}
	}
	return nil
}

func (s *spilledRows) close() {
	for _, p := range s.parts {
		if p != nil {
			p.remove()
		}
	}
	s.parts = nil
}

func (p *spilledPart) remove() {
	_ = p.file.Close() // of no use any more
	_ = os.Remove(p.file.Name())
}

var errCutRow = errors.New("a row is cut")

func readRow(b []byte) (int64, []any, error) {
	number, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errCutRow
	}
	b = b[n:]
	var values []any
	for len(b) > 0 {
		v, rest, err := readValue(b)
		if err != nil {
			return 0, nil, err
		}
		values, b = append(values, v), rest
	}
	return int64(number), values, nil
}

// readValue reads what appendValue has written.
func readValue(b []byte) (v any, rest []byte, err error) {
	mark, b := b[0], b[1:]
	text := func() []byte {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			err = errCutRow
			return nil
		}
		out := b[k : k+int(n)]
		b = b[k+int(n):]
		return out
	}
	fixed := func(n int) []byte {
		if len(b) < n {
			err = errCutRow
			return make([]byte, n)
		}
		out := b[:n]
		b = b[n:]
		return out
	}
	switch mark {
	case markNull:
	case markString:
		v = string(text())
	case markInt:
		v = int64(binary.LittleEndian.Uint64(fixed(8)))
	case markFloat:
		v = math.Float64frombits(binary.LittleEndian.Uint64(fixed(8)))
	case markBool:
		v = fixed(1)[0] == 1
	case markDay:
		v = pipeline.Day(text())
	case markTime:
		seconds := int64(binary.LittleEndian.Uint64(fixed(8)))
		v = time.Unix(seconds, int64(binary.LittleEndian.Uint32(fixed(4)))).UTC()
	case markBytes:
		v = append([]byte{}, text()...)
	case markStrings:
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, nil, errCutRow
		}
		b = b[k:]
		list := make([]string, 0, n)
		for range n {
			list = append(list, string(text()))
		}
		v = list
	case markList: // of one value after the other, none of them a list
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, nil, errCutRow
		}
		b = b[k:]
		list := make([]any, 0, n)
		for range n {
			if len(b) == 0 || b[0] == markList {
				return nil, nil, errCutRow
			}
			var item any
			if item, b, err = readValue(b); err != nil {
				return nil, nil, err
			}
			list = append(list, item)
		}
		v = list
	default:
		err = fmt.Errorf("a value of type %d", mark)
	}
	return v, b, err
}
