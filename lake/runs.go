package lake

import (
	"encoding/binary"
	"math"
)

// runReader decodes Parquet's hybrid of run lengths and packed bits, in which
// levels and dictionary indexes are written. It decodes as many values as are
// asked for and never looks further: a run may claim billions of values, which
// costs nothing until somebody reads them.
//
// Format: https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
type runReader struct {
	src   []byte
	pos   int  // in src, behind what was read
	width uint // bits of a value, at most 32

	left   int    // values left in the current run
	packed bool   // the run is packed bits, from bit on; otherwise value repeats
	bit    int    // in src
	value  uint32 // of a run of equal values
}

// read fills dst, or returns an error when there are fewer values than that.
func (r *runReader) read(dst []uint32) error {
	for len(dst) > 0 {
		if r.left == 0 {
			if err := r.header(); err != nil {
				return err
			}
			continue
		}
		n := min(r.left, len(dst))
		if r.packed {
			unpackBits(dst[:n], r.src, r.bit, r.width)
			r.bit += n * int(r.width)
		} else {
			for i := range dst[:n] {
				dst[i] = r.value
			}
		}
		r.left -= n
		dst = dst[n:]
	}
	return nil
}

// repeats passes over up to n values that are all v and stand in one run, and
// returns how many.
func (r *runReader) repeats(v uint32, n int) int {
	if r.left == 0 && (n == 0 || r.header() != nil) || r.packed || r.value != v {
		return 0 // the error comes again when the run is read
	}
	n = min(n, r.left)
	r.left -= n
	return n
}

// header begins the next run.
func (r *runReader) header() error {
	if r.pos >= len(r.src) && r.width == 0 {
		// Writers leave out the runs of a dictionary with one entry.
		r.left, r.packed, r.value = math.MaxInt, false, 0
		return nil
	}
	u, n := binary.Uvarint(r.src[r.pos:])
	if n <= 0 || u>>1 > math.MaxInt32 {
		return corrupt("fewer values than the page header says")
	}
	r.pos += n
	rest := len(r.src) - r.pos
	r.packed = u&1 == 1
	if r.packed {
		r.left = int(u>>1) * 8
		size := int(u>>1) * int(r.width)
		if size > rest { // some writers cut the padding of the last run
			if r.width > 0 {
				r.left = rest * 8 / int(r.width)
			}
			size = rest
		}
		r.bit = r.pos * 8
		r.pos += size
		return nil
	}
	r.left = int(u >> 1)
	size := int(r.width+7) / 8
	if size > rest {
		return corrupt("a run of values ends in the middle")
	}
	r.value = 0
	for i := range size {
		r.value |= uint32(r.src[r.pos+i]) << (8 * i)
	}
	r.pos += size
	return nil
}

// unpackBits reads len(dst) values of width bits each, the lowest bit first,
// from bit on. The caller knows that src has that many.
func unpackBits(dst []uint32, src []byte, bit int, width uint) {
	mask := uint64(1)<<width - 1
	for len(dst) > 0 && bit&7 != 0 {
		dst[0] = uint32(load64(src, bit>>3) >> (bit & 7) & mask)
		dst = dst[1:]
		bit += int(width)
	}
	// Eight values are as many bytes as one has bits.
	pos, w := bit>>3, width&63
	for len(dst) >= 8 && pos+40 <= len(src) {
		unpack8((*[8]uint32)(dst), (*[40]byte)(src[pos:]), w, mask)
		dst = dst[8:]
		pos += int(width)
	}
	bit = pos << 3
	for i := range dst {
		dst[i] = uint32(load64(src, bit>>3) >> (bit & 7) & mask)
		bit += int(width)
	}
}

// unpack8 reads eight values of w bits that begin with a byte: as many of them
// from one word of 64 bits as that is sure to hold. It looks at 40 bytes.
func unpack8(dst *[8]uint32, src *[40]byte, w uint, mask uint64) {
	switch {
	case w <= 8:
		v := binary.LittleEndian.Uint64(src[:])
		dst[0] = uint32(v & mask)
		dst[1] = uint32(v >> (w & 63) & mask)
		dst[2] = uint32(v >> (2 * w & 63) & mask)
		dst[3] = uint32(v >> (3 * w & 63) & mask)
		dst[4] = uint32(v >> (4 * w & 63) & mask)
		dst[5] = uint32(v >> (5 * w & 63) & mask)
		dst[6] = uint32(v >> (6 * w & 63) & mask)
		dst[7] = uint32(v >> (7 * w & 63) & mask)
	case w <= 14: // 4w bits, up to 4 of them before
		v := binary.LittleEndian.Uint64(src[:])
		u := binary.LittleEndian.Uint64(src[w>>1&15:]) >> (4 * w & 7)
		dst[0] = uint32(v & mask)
		dst[1] = uint32(v >> (w & 63) & mask)
		dst[2] = uint32(v >> (2 * w & 63) & mask)
		dst[3] = uint32(v >> (3 * w & 63) & mask)
		dst[4] = uint32(u & mask)
		dst[5] = uint32(u >> (w & 63) & mask)
		dst[6] = uint32(u >> (2 * w & 63) & mask)
		dst[7] = uint32(u >> (3 * w & 63) & mask)
	case w <= 28: // 2w bits, up to 6 of them before
		for i := uint(0); i < 4; i++ {
			v := binary.LittleEndian.Uint64(src[2*i*w>>3&31:]) >> (2 * i * w & 7)
			dst[2*i] = uint32(v & mask)
			dst[2*i+1] = uint32(v >> (w & 63) & mask)
		}
	default: // w bits, up to 7 of them before
		for i := uint(0); i < 8; i++ {
			v := binary.LittleEndian.Uint64(src[i*w>>3&31:]) >> (i * w & 7)
			dst[i] = uint32(v & mask)
		}
	}
}

// load64 reads 8 bytes at off, zeros beyond the end of src.
func load64(src []byte, off int) uint64 {
	if off+8 <= len(src) {
		return binary.LittleEndian.Uint64(src[off:])
	}
	var v uint64
	for i := off; i < len(src); i++ {
		v |= uint64(src[i]) << (8 * (i - off))
	}
	return v
}

// readAll reads exactly n lengths, for the encodings that put all lengths
// before the data.
func (d *deltaReader) readAll(n int) ([]int, error) {
	if d.left != n {
		return nil, corrupt("%d lengths for %d values", d.left, n)
	}
	out := make([]int, 0, min(n, 1<<16))
	for range n {
		v, err := d.next()
		if err != nil {
			return nil, err
		}
		if v < 0 || v > math.MaxInt32 {
			return nil, corrupt("a length of %d bytes", v)
		}
		out = append(out, int(v))
	}
	return out, nil
}

// deltaReader decodes DELTA_BINARY_PACKED: blocks of differences to the value
// before, each block cut into miniblocks with a width of their own.
//
// Format: https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC
type deltaReader struct {
	src   []byte
	pos   int // behind what was read, after the last value behind everything
	left  int // values still to come
	value int64
	first bool // value is the first one, not yet returned

	perMini  int // values of a miniblock
	minis    int // miniblocks of a block
	mini     int // miniblocks of this block already begun
	minDelta int64
	widths   []byte
	inMini   int // values left in the current miniblock
	bit      int
	width    uint
}

// maxDeltaBlock bounds the values of a block: writers use 128.
const maxDeltaBlock = 1 << 16

// newDeltaReader reads the header; it holds at most limit values.
func newDeltaReader(src []byte, limit int) (*deltaReader, error) {
	d := &deltaReader{src: src, first: true}
	block, err := d.uvarint()
	if err != nil {
		return nil, err
	}
	minis, err := d.uvarint()
	if err != nil {
		return nil, err
	}
	count, err := d.uvarint()
	if err != nil {
		return nil, err
	}
	if block == 0 || block > maxDeltaBlock || minis == 0 || minis > block || block%minis != 0 || block/minis%8 != 0 {
		return nil, corrupt("blocks of %d values in %d parts", block, minis)
	}
	if count > uint64(limit) {
		return nil, corrupt("%d values where the page header says %d", count, limit)
	}
	d.left, d.minis, d.mini = int(count), int(minis), int(minis)
	d.perMini = int(block / minis)
	d.value, err = d.zigzag()
	return d, err
}

func (d *deltaReader) uvarint() (uint64, error) {
	v, n := binary.Uvarint(d.src[d.pos:])
	if n <= 0 {
		return 0, corrupt("a block of differences ends too early")
	}
	d.pos += n
	return v, nil
}

func (d *deltaReader) zigzag() (int64, error) {
	u, err := d.uvarint()
	return int64(u>>1) ^ -int64(u&1), err
}

// next returns the next value.
func (d *deltaReader) next() (int64, error) {
	if d.left == 0 {
		return 0, corrupt("fewer values than the page header says")
	}
	d.left--
	if d.first {
		d.first = false
		return d.value, nil
	}
	if d.inMini == 0 {
		if err := d.nextMini(); err != nil {
			return 0, err
		}
	}
	delta := load64(d.src, d.bit>>3) >> (d.bit & 7)
	if over := int(d.width) - (64 - d.bit&7); over > 0 {
		delta |= uint64(d.src[d.bit>>3+8]) << (64 - d.bit&7)
	}
	if d.width < 64 {
		delta &= 1<<d.width - 1
	}
	d.bit += int(d.width)
	d.inMini--
	d.value += d.minDelta + int64(delta)
	return d.value, nil
}

func (d *deltaReader) nextMini() error {
	if d.mini == d.minis {
		v, err := d.zigzag()
		if err != nil {
			return err
		}
		if d.minis > len(d.src)-d.pos {
			return corrupt("a block of differences ends too early")
		}
		d.minDelta, d.mini = v, 0
		d.widths = d.src[d.pos : d.pos+d.minis]
		d.pos += d.minis
	}
	d.width = uint(d.widths[d.mini])
	size := d.perMini / 8 * int(d.width)
	if d.width > 64 || size > len(d.src)-d.pos {
		return corrupt("differences of %d bits", d.width)
	}
	d.mini++
	d.inMini, d.bit = d.perMini, d.pos*8
	d.pos += size
	return nil
}
