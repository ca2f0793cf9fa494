package lake

import (
	"context"
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
func CheckCompressed(ctx context.Context, s Store, name string) (err error) {
	ext := path.Ext(name)
	if ext != ".gz" && ext != ".zst" {
		return nil
	}
	object, err := s.Open(ctx, name)
	if err != nil {
		return err
	}
	defer object.Close()
	in := io.NewSectionReader(object, 0, object.Info().Size)
	var out io.Reader
	if ext == ".gz" {
		r, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("%s: not a whole gzip file: %w: %w", name, err, ErrCorrupt)
		}
		out = r
	} else {
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return fmt.Errorf("%s: not a zstd file: %w: %w", name, err, ErrCorrupt)
		}
		defer r.Close()
		out = r
	}
	buf := make([]byte, 1<<20)
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch _, err := out.Read(buf); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return fmt.Errorf("%s: the compressed stream is damaged or cut short: %w: %w", name, err, ErrCorrupt)
		}
	}
}
