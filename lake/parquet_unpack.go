package lake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// unpacker decompresses the pages of one chunk. It never makes more bytes than
// a page declares, and for large pages it reserves memory when it has seen the
// bytes, not because they are declared: a few bytes may claim a hundred
// megabytes.
type unpacker struct {
	codec   format.CompressionCodec
	out     []byte
	streams *streams
}

// streams are decoders that take time and memory to make. They are shared by
// the chunks of one reader: a page is unpacked in one go. They also count what
// pages and dictionaries take in all the columns that are read side by side.
type streams struct {
	held, most int64

	input  bytes.Reader
	zstd   *zstd.Decoder
	block  *zstd.Decoder // for pages whose size is known
	gzip   *gzip.Reader
	brotli *brotli.Reader
}

// check refuses codecs that cannot be read. LZ4 is among them: the old form is
// not specified, and the library decodes the new form wrongly.
func (u *unpacker) check() error {
	switch u.codec {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd:
		return nil
	case format.Lz4, format.Lz4Raw:
		return fmt.Errorf("compressed by LZ4, which is not read; write it again with zstd or snappy: %w", errors.ErrUnsupported)
	}
	return fmt.Errorf("compressed by %v, which is not read: %w", u.codec, errors.ErrUnsupported)
}

// unpack returns the size bytes that src stands for. They are valid until the
// next call.
func (u *unpacker) unpack(src []byte, size int) ([]byte, error) {
	if u.codec == format.Uncompressed {
		if len(src) != size {
			return nil, corrupt("a page of %d bytes claims %d", len(src), size)
		}
		return src, nil
	}
	if len(src) == 0 && size == 0 {
		return nil, nil
	}
	if u.codec == format.Snappy {
		return u.snappy(src, size)
	}
	var err error
	if u.codec == format.Zstd && (size <= smallPage || frameSize(src) == size) {
		err = u.zstdBlock(src, size)
	} else if u.codec == format.Gzip && size/maxGzip > len(src)+64 {
		err = fmt.Errorf("%d bytes claim %d", len(src), size)
	} else {
		err = u.stream(src, size)
	}
	if errors.Is(err, errHeld) {
		return nil, err
	}
	if err != nil {
		return nil, corrupt("a page cannot be unpacked (%v): %v", u.codec, err)
	}
	return u.out, nil
}

// smallPage is a size that may be reserved because it is declared. Pages of
// 1 MiB are usual.
const smallPage = 4 << 20

// frameSize returns what a zstd frame says about its size, -1 for nothing.
func frameSize(src []byte) int {
	var h zstd.Header
	if h.Decode(src) != nil || !h.HasFCS || h.FrameContentSize > math.MaxInt32 {
		return -1
	}
	return int(h.FrameContentSize)
}

// errHeld is wrapped where the columns of a reader take too much memory.
var errHeld = fmt.Errorf("%w: pages and dictionaries of the columns that are read", ErrCorrupt)

// hold counts n more bytes that are kept while a row group is read.
func (s *streams) hold(n int64) error {
	if s.held += n; s.held > s.most {
		return fmt.Errorf("%w take more than %d bytes (PageBytes)", errHeld, s.most)
	}
	return nil
}

// reserve makes room for size bytes in u.out and empties it.
func (u *unpacker) reserve(size int) error {
	if cap(u.out) >= size {
		return nil
	}
	if err := u.streams.hold(int64(size - cap(u.out))); err != nil {
		return err
	}
	u.out = nil // before there are two
	u.out = make([]byte, size)
	return nil
}

func (u *unpacker) zstdBlock(src []byte, size int) (err error) {
	if u.streams.block == nil {
		u.streams.block, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(math.MaxInt32), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return err
		}
	}
	if err := u.reserve(size); err != nil {
		return err
	}
	u.out, err = u.streams.block.DecodeAll(src, u.out[:0:size])
	if err == nil && len(u.out) != size {
		err = fmt.Errorf("%d bytes instead of %d", len(u.out), size)
	}
	return err
}

// stream unpacks what does not say how much it is, or may say so wrongly. What
// is large is unpacked twice, the first time to count: memory that grew with
// the bytes would be twice as much.
func (u *unpacker) stream(src []byte, size int) error {
	if size > smallPage {
		r, err := u.streams.open(u.codec, src)
		if err != nil {
			return err
		}
		if n, err := io.Copy(io.Discard, io.LimitReader(r, int64(size)+1)); err != nil {
			return err
		} else if n < int64(size) {
			return fmt.Errorf("%d bytes instead of %d", n, size)
		}
	}
	if err := u.reserve(size); err != nil {
		return err
	}
	r, err := u.streams.open(u.codec, src)
	if err != nil {
		return err
	}
	u.out = u.out[:size]
	if n, err := io.ReadFull(r, u.out); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && n < size {
		return fmt.Errorf("%d bytes instead of %d", n, size)
	} else if err != nil {
		return err
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n > 0 {
		return fmt.Errorf("more than %d bytes", size)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// maxSnappy and maxGzip are more than the formats can pack: a copy of 64 bytes
// takes 3, one of 258 two bits.
const (
	maxSnappy = 32
	maxGzip   = 1032
)

func (u *unpacker) snappy(src []byte, size int) ([]byte, error) {
	n, err := snappy.DecodedLen(src)
	if err != nil || n != size || size > maxSnappy*len(src)+64 {
		return nil, corrupt("a page of %d bytes claims %d (SNAPPY)", len(src), size)
	}
	if err := u.reserve(size); err != nil {
		return nil, err
	}
	u.out, err = snappy.Decode(u.out[:cap(u.out)], src)
	if err != nil {
		return nil, corrupt("a page cannot be unpacked (SNAPPY): %v", err)
	}
	return u.out, nil
}

// open returns a reader of what src stands for.
func (s *streams) open(codec format.CompressionCodec, src []byte) (io.Reader, error) {
	s.input.Reset(src)
	var err error
	switch codec {
	case format.Zstd:
		if s.zstd == nil {
			s.zstd, err = zstd.NewReader(&s.input, zstd.WithDecoderConcurrency(1),
				zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(32<<20))
			return s.zstd, err
		}
		return s.zstd, s.zstd.Reset(&s.input)
	case format.Gzip:
		if s.gzip == nil {
			s.gzip, err = gzip.NewReader(&s.input)
			return s.gzip, err
		}
		return s.gzip, s.gzip.Reset(&s.input)
	default:
		if s.brotli == nil {
			s.brotli = brotli.NewReader(&s.input)
			return s.brotli, nil
		}
		return s.brotli, s.brotli.Reset(&s.input)
	}
}

func (s *streams) close() {
	if s.zstd != nil {
		s.zstd.Close()
	}
	if s.block != nil {
		s.block.Close()
	}
	*s = streams{most: s.most}
}
