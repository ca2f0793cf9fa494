package lake

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// chunkSource reads the bytes of a column chunk in order, some way ahead.
type chunkSource struct {
	r        io.ReaderAt
	off, end int64 // what is still to be read into buf
	buf      []byte
	pos      int // in buf
}

// readAhead is the size of the reads from the store.
const readAhead = 256 << 10

// left returns how many bytes of the chunk have not been taken.
func (s *chunkSource) left() int64 { return s.end - s.off + int64(len(s.buf)-s.pos) }

// peek returns the next n bytes, or all that are left when they are fewer. The
// slice is valid until the next call.
func (s *chunkSource) peek(n int64) ([]byte, error) {
	n = min(n, s.left())
	if have := len(s.buf) - s.pos; int64(have) < n {
		want := min(max(n, readAhead), s.left())
		if int64(cap(s.buf)) < want {
			grown := make([]byte, want)
			copy(grown, s.buf[s.pos:])
			s.buf = grown
		} else {
			copy(s.buf[:cap(s.buf)], s.buf[s.pos:])
			s.buf = s.buf[:want]
		}
		s.pos = 0
		if err := readFullAt(s.r, s.buf[have:], s.off); err != nil {
			s.buf = s.buf[:0]
			return nil, err
		}
		s.off += want - int64(have)
	}
	return s.buf[s.pos : s.pos+int(n)], nil
}

func (s *chunkSource) skip(n int) { s.pos += n }

// page is one data page, unpacked.
type page struct {
	values   int // with nulls
	nulls    int // -1 where the header does not say
	encoding format.Encoding
	reps     []byte // runs, empty for columns that do not repeat
	defs     []byte // runs, empty for columns without nulls
	data     []byte
}

// pageReader reads the pages of one column chunk and checks each header
// before it is believed.
type pageReader struct {
	src    chunkSource
	leaf   *leaf
	limits Limits
	unpack unpacker
	left   int64 // values that the chunk still promises
	dict   bool  // a dictionary was read
	header format.PageHeader
	onDict func(data []byte, n int) error
}

// oldDictionary is PLAIN_DICTIONARY: deprecated, and in many lakes.
const oldDictionary format.Encoding = 2

// maxHeaderBytes bounds a page header. It holds the smallest and the largest
// value of the page, so it is not always small.
const maxHeaderBytes = 16 << 20

// readHeader decodes the next page header and takes it off the source.
func (p *pageReader) readHeader() error {
	for n := int64(256); ; n *= 16 {
		b, err := p.src.peek(min(n, maxHeaderBytes))
		if err != nil {
			return err
		}
		size, err := checkThrift(b)
		if err != nil {
			if int64(len(b)) == min(n, maxHeaderBytes) && n < maxHeaderBytes {
				continue // perhaps it is longer
			}
			return corrupt("a page header is %v", err)
		}
		p.header = format.PageHeader{}
		var proto thrift.CompactProtocol
		if err := thrift.NewDecoder(proto.NewReaderFromBytes(b[:size])).Decode(&p.header); err != nil {
			return corrupt("a page header cannot be decoded: %v", err)
		}
		p.src.skip(size)
		return p.checkSizes()
	}
}

func (p *pageReader) checkSizes() error {
	h := &p.header
	switch {
	case h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > p.src.left():
		return corrupt("a page claims %d bytes, the chunk has %d left", h.CompressedPageSize, p.src.left())
	case h.UncompressedPageSize < 0:
		return corrupt("a page claims %d bytes unpacked", h.UncompressedPageSize)
	case int64(h.UncompressedPageSize) > p.limits.PageBytes:
		return corrupt("a page has %d bytes unpacked, the limit is %d (PageBytes)", h.UncompressedPageSize, p.limits.PageBytes)
	}
	return nil
}

// next returns the next data page; io.EOF when the chunk has given all the
// values that it promised. A dictionary on the way goes to onDict. The page is
// valid until the next call.
func (p *pageReader) next() (page, error) {
	for p.left > 0 {
		if p.src.left() == 0 {
			return page{}, corrupt("the chunk ends, %d values are missing", p.left)
		}
		if err := p.readHeader(); err != nil {
			return page{}, err
		}
		h := &p.header
		raw, err := p.src.peek(int64(h.CompressedPageSize))
		if err != nil {
			return page{}, err
		}
		p.src.skip(len(raw))
		// The format has no way to tell a checksum of 0 from none.
		if h.CRC != 0 && crc32.ChecksumIEEE(raw) != uint32(h.CRC) {
			return page{}, corrupt("a page fails its checksum")
		}
		switch h.Type {
		case format.DictionaryPage:
			if err := p.readDict(raw); err != nil {
				return page{}, err
			}
		case format.DataPage:
			return p.dataPageV1(raw)
		case format.DataPageV2:
			return p.dataPageV2(raw)
		case format.IndexPage: // never written by anybody, says nothing about values
		default:
			return page{}, corrupt("a page of unknown type %d", int(h.Type))
		}
	}
	return page{}, io.EOF
}

func (p *pageReader) readDict(raw []byte) error {
	h := p.header.DictionaryPageHeader
	if !h.Valid || p.dict {
		return corrupt("a second dictionary, or one without header")
	}
	if e := h.V.Encoding; e != format.Plain && e != oldDictionary {
		return fmt.Errorf("a dictionary in encoding %v: %w", e, errors.ErrUnsupported)
	}
	p.dict = true
	data, err := p.unpack.unpack(raw, int(p.header.UncompressedPageSize))
	if err != nil {
		return err
	}
	// A value takes a byte at least (a bool has no dictionary).
	if h.V.NumValues < 0 || int(h.V.NumValues) > len(data) {
		return corrupt("a dictionary of %d values in %d bytes", h.V.NumValues, len(data))
	}
	return p.onDict(data, int(h.V.NumValues))
}

// take counts n values against what the chunk has promised.
func (p *pageReader) take(n int32) error {
	if n < 0 || int64(n) > p.left {
		return corrupt("a page claims %d values, the chunk has %d left", n, p.left)
	}
	p.left -= int64(n)
	return nil
}

func (p *pageReader) dataPageV1(raw []byte) (page, error) {
	if !p.header.DataPageHeader.Valid {
		return page{}, corrupt("a data page without its header")
	}
	h := &p.header.DataPageHeader.V
	if err := p.take(h.NumValues); err != nil {
		return page{}, err
	}
	data, err := p.unpack.unpack(raw, int(p.header.UncompressedPageSize))
	if err != nil {
		return page{}, err
	}
	out := page{values: int(h.NumValues), nulls: -1, encoding: h.Encoding}
	if p.leaf.maxRep > 0 {
		if out.reps, data, err = cutLevels(h.RepetitionLevelEncoding, data); err != nil {
			return page{}, err
		}
	}
	if p.leaf.maxDef > 0 {
		if out.defs, data, err = cutLevels(h.DefinitionLevelEncoding, data); err != nil {
			return page{}, err
		}
	}
	out.data = data
	return out, nil
}

// cutLevels takes levels, which begin with their length, off a page of version
// 1.
func cutLevels(e format.Encoding, data []byte) (levels, rest []byte, err error) {
	if e != format.RLE {
		return nil, nil, fmt.Errorf("levels in encoding %v: %w", e, errors.ErrUnsupported)
	}
	if len(data) < 4 || load64(data[:4], 0) > uint64(len(data)-4) {
		return nil, nil, corrupt("levels reach beyond their page")
	}
	n := 4 + int(load64(data[:4], 0))
	return data[4:n], data[n:], nil
}

func (p *pageReader) dataPageV2(raw []byte) (page, error) {
	if !p.header.DataPageHeaderV2.Valid {
		return page{}, corrupt("a data page without its header")
	}
	h := &p.header.DataPageHeaderV2.V
	if err := p.take(h.NumValues); err != nil {
		return page{}, err
	}
	reps, defs := int(h.RepetitionLevelsByteLength), int(h.DefinitionLevelsByteLength)
	total := int(p.header.UncompressedPageSize)
	switch {
	case reps < 0 || defs < 0 || reps > len(raw) || defs > len(raw)-reps || reps+defs > total:
		return page{}, corrupt("levels reach beyond their page")
	case h.NumNulls < 0 || h.NumNulls > h.NumValues:
		return page{}, corrupt("%d nulls among %d values", h.NumNulls, h.NumValues)
	case h.NumNulls > 0 && p.leaf.maxDef == 0:
		return page{}, corrupt("nulls in a column that is declared to hold none")
	case p.leaf.maxRep == 0 && h.NumRows != h.NumValues:
		return page{}, corrupt("%d values in %d rows", h.NumValues, h.NumRows)
	}
	out := page{values: int(h.NumValues), nulls: int(h.NumNulls), encoding: h.Encoding}
	if p.leaf.maxRep > 0 {
		out.reps = raw[:reps]
	}
	if p.leaf.maxDef > 0 {
		out.defs = raw[reps : reps+defs]
	}
	raw = raw[reps+defs:]
	if packed := h.IsCompressed; packed.Valid && !packed.V {
		out.data = raw
		return out, nil
	}
	var err error
	out.data, err = p.unpack.unpack(raw, total-reps-defs)
	return out, err
}
