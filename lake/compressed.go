package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// CheckCompressed reads a .gz or .zst object to its end and tells whether the
// stream is whole: a file that was cut short or damaged is an error that wraps
// ErrCorrupt and names it. Readers that stop at the last whole block would take
// a part of the rows for all of them. Other objects are not read.
func CheckCompressed(ctx context.Context, s Store, name string) error {
	if ext := path.Ext(name); ext != ".gz" && ext != ".zst" {
		return nil
	}
	in, err := OpenText(ctx, s, name)
	if err != nil {
		return err
	}
	defer in.Close()
	buf := make([]byte, 1<<20)
	for {
		switch _, err := in.Read(buf); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// OpenText opens an object for reading from its beginning; one that is called
// .gz or .zst is decompressed. The reader ends with the cause of the context
// when that has ended, and a damaged stream is an error that wraps ErrCorrupt
// and names the object.
func OpenText(ctx context.Context, s Store, name string) (io.ReadCloser, error) {
	object, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	t := &textReader{ctx: ctx, name: name, object: object}
	in := io.NewSectionReader(object, 0, object.Info().Size)
	switch path.Ext(name) {
	case ".gz":
		r, err := gzip.NewReader(in)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: not a whole gzip file: %w: %w", name, err, ErrCorrupt), object.Close())
		}
		t.in = r
	case ".zst":
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: not a zstd file: %w: %w", name, err, ErrCorrupt), object.Close())
		}
		t.in, t.done = r, r.Close
	default:
		t.in, t.plain = in, true
	}
	return t, nil
}

// textReader reads an object and tells of damage.
type textReader struct {
	ctx    context.Context
	name   string
	object Object
	in     io.Reader
	plain  bool
	done   func()
}

func (t *textReader) Read(b []byte) (int, error) {
	if t.ctx.Err() != nil {
		return 0, context.Cause(t.ctx)
	}
	n, err := t.in.Read(b)
	if err != nil && !errors.Is(err, io.EOF) && !t.plain {
		err = fmt.Errorf("%s: the compressed stream is damaged or cut short: %w: %w", t.name, err, ErrCorrupt)
	}
	return n, err
}

func (t *textReader) Close() error {
	if t.done != nil {
		t.done()
	}
	return t.object.Close()
}
