package lake

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// unpacker decompresses the pages of one chunk. It never makes more bytes than
// a page declares, and for large pages it reserves memory as the bytes come,
// not as they are declared: a few bytes may claim a quarter of a gigabyte.
type unpacker struct {
	codec   format.CompressionCodec
	out     []byte
	streams *streams
}

// streams are decoders that take time and memory to make. They are shared by
// the chunks of one reader: a page is unpacked in one go.
type streams struct {
	input  bytes.Reader
	zstd   *zstd.Decoder
	block  *zstd.Decoder // for small pages
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
	if u.codec == format.Zstd && size <= smallPage {
		err = u.zstdBlock(src, size)
	} else {
		var r io.Reader
		if r, err = u.streams.open(u.codec, src); err == nil {
			u.out, err = readExactly(r, u.out[:0], size)
		}
	}
	if err != nil {
		return nil, corrupt("a page cannot be unpacked (%v): %v", u.codec, err)
	}
	return u.out, nil
}

// smallPage is a size that may be reserved because it is declared. Pages of
// 1 MiB are usual.
const smallPage = 4 << 20

func (u *unpacker) zstdBlock(src []byte, size int) (err error) {
	if u.streams.block == nil {
		u.streams.block, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(smallPage))
		if err != nil {
			return err
		}
	}
	if cap(u.out) < size {
		u.out = make([]byte, size)
	}
	u.out, err = u.streams.block.DecodeAll(src, u.out[:0:size])
	if err == nil && len(u.out) != size {
		err = fmt.Errorf("%d bytes instead of %d", len(u.out), size)
	}
	return err
}

// maxSnappy is more than the format can pack: a copy of 64 bytes takes 3.
const maxSnappy = 32

func (u *unpacker) snappy(src []byte, size int) ([]byte, error) {
	n, err := snappy.DecodedLen(src)
	if err != nil || n != size || size > maxSnappy*len(src)+64 {
		return nil, corrupt("a page of %d bytes claims %d (SNAPPY)", len(src), size)
	}
	if cap(u.out) < size {
		u.out = make([]byte, size)
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
				zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
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
	*s = streams{}
}

// readExactly reads size bytes and the end of r. Memory grows with what
// arrives.
func readExactly(r io.Reader, buf []byte, size int) ([]byte, error) {
	for len(buf) < size {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(size, max(2*cap(buf), 64<<10)))
			copy(grown, buf)
			buf = grown
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), size)])
		buf = buf[:len(buf)+n]
		if err == io.EOF && len(buf) < size {
			return buf, fmt.Errorf("%d bytes instead of %d", len(buf), size)
		}
		if err != nil && err != io.EOF {
			return buf, err
		}
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n > 0 {
		return buf, fmt.Errorf("more than %d bytes", size)
	} else if !errors.Is(err, io.EOF) {
		return buf, err
	}
	return buf, nil
}
