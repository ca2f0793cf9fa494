package lake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/format"
)

// valueSource gives the values of one page, without its nulls. read appends n
// of them to the column; fewer than n is an error.
type valueSource interface {
	read(col *Column, n int) error
}

// newSource returns the values of a page that is in one of the encodings of
// the format.
func (l *leaf) newSource(p *page, dict *Column, limits Limits) (valueSource, error) {
	wrong := fmt.Errorf("encoding %v of %v: %w", p.encoding, l.physical, errors.ErrUnsupported)
	width := l.width()
	if len(p.data) == 0 { // a page of nulls, in any encoding
		return noValues{}, nil
	}
	switch p.encoding {
	case format.Plain:
		return l.plain(p.data), nil
	case oldDictionary, format.RLEDictionary:
		switch {
		case dict == nil:
			return nil, corrupt("dictionary indexes without a dictionary")
		case p.data[0] > 32:
			return nil, corrupt("dictionary indexes of %d bits", p.data[0])
		}
		return &dictValues{dict: dict, runs: runReader{src: p.data, pos: 1, width: uint(p.data[0])}}, nil
	case format.RLE:
		if l.physical != format.Boolean {
			return nil, wrong
		}
		if len(p.data) < 4 || load64(p.data[:4], 0) > uint64(len(p.data)-4) {
			return nil, corrupt("a run of values reaches beyond its page")
		}
		return &runBools{runs: runReader{src: p.data[4 : 4+int(load64(p.data[:4], 0))], width: 1}}, nil
	case format.DeltaBinaryPacked:
		if l.physical != format.Int32 && l.physical != format.Int64 {
			return nil, wrong
		}
		d, err := newDeltaReader(p.data, p.values)
		return &deltaInts{leaf: l, deltas: d}, err
	case format.DeltaLengthByteArray:
		if l.physical != format.ByteArray {
			return nil, wrong
		}
		return l.deltaLength(p)
	case format.DeltaByteArray:
		if l.physical != format.ByteArray && l.physical != format.FixedLenByteArray {
			return nil, wrong
		}
		return l.deltaStrings(p, limits)
	case format.ByteStreamSplit:
		if width == 0 || l.physical == format.Int96 {
			return nil, wrong
		}
		return &splitValues{leaf: l, data: p.data, n: len(p.data) / width}, nil
	}
	return nil, wrong
}

// width returns the bytes of a plain value, 0 where they vary.
func (l *leaf) width() int {
	switch l.physical {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.Int96:
		return 12
	case format.FixedLenByteArray:
		return l.length
	}
	return 0
}

// plain returns the values of data in the encoding PLAIN, in which
// dictionaries are written too.
func (l *leaf) plain(data []byte) valueSource {
	switch l.physical {
	case format.Boolean:
		return &plainBools{data: data}
	case format.ByteArray:
		return &plainBytes{leaf: l, data: data}
	}
	return &plainFixed{leaf: l, data: data}
}

var errTooFew = corrupt("fewer values than the page header says")

type plainBools struct {
	data []byte
	bit  int
}

func (s *plainBools) read(col *Column, n int) error {
	if n > 8*len(s.data)-s.bit {
		return errTooFew
	}
	for range n {
		col.Bools = append(col.Bools, s.data[s.bit>>3]>>(s.bit&7)&1 == 1)
		s.bit++
	}
	return nil
}

type runBools struct {
	runs runReader
	buf  [256]uint32
}

func (s *runBools) read(col *Column, n int) error {
	for n > 0 {
		b := s.buf[:min(n, len(s.buf))]
		if err := s.runs.read(b); err != nil {
			return err
		}
		for _, v := range b {
			col.Bools = append(col.Bools, v == 1)
		}
		n -= len(b)
	}
	return nil
}

// plainBytes are byte strings, each after its length in 4 bytes.
type plainBytes struct {
	leaf *leaf
	data []byte
}

func (s *plainBytes) read(col *Column, n int) error {
	if col.Type.Kind == Decimal {
		for range n {
			v, err := s.next()
			if err != nil {
				return err
			}
			if err := addDecimal(col, v); err != nil {
				return err
			}
		}
		return nil
	}
	if len(col.Offsets) == 0 {
		col.Offsets = append(col.Offsets, 0)
	}
	data, out, offsets := s.data, col.Bytes, col.Offsets
	for range n {
		if len(data) < 4 {
			return errTooFew
		}
		size := int(binary.LittleEndian.Uint32(data))
		if size > len(data)-4 {
			return corrupt("a value of %d bytes reaches beyond its page", size)
		}
		out = append(out, data[4:4+size]...)
		offsets = append(offsets, len(out))
		data = data[4+size:]
	}
	s.data, col.Bytes, col.Offsets = data, out, offsets
	return nil
}

func (s *plainBytes) next() ([]byte, error) {
	if len(s.data) < 4 {
		return nil, errTooFew
	}
	size := int(binary.LittleEndian.Uint32(s.data))
	if size > len(s.data)-4 {
		return nil, corrupt("a value of %d bytes reaches beyond its page", size)
	}
	v := s.data[4 : 4+size]
	s.data = s.data[4+size:]
	return v, nil
}

type plainFixed struct {
	leaf *leaf
	data []byte
}

func (s *plainFixed) read(col *Column, n int) error {
	size := s.leaf.width()
	if n > len(s.data)/size {
		return errTooFew
	}
	err := s.leaf.addFixed(col, s.data[:n*size])
	s.data = s.data[n*size:]
	return err
}

// splitValues are numbers whose first bytes come first, then all second bytes,
// and so on.
type splitValues struct {
	leaf   *leaf
	data   []byte
	n, pos int
}

func (s *splitValues) read(col *Column, n int) error {
	if n > s.n-s.pos {
		return errTooFew
	}
	w := s.leaf.width()
	raw := make([]byte, n*w)
	for i := range n {
		for b := range w {
			raw[i*w+b] = s.data[b*s.n+s.pos+i]
		}
	}
	s.pos += n
	return s.leaf.addFixed(col, raw)
}

type deltaInts struct {
	leaf   *leaf
	deltas *deltaReader
}

func (s *deltaInts) read(col *Column, n int) error {
	for range n {
		v, err := s.deltas.next()
		if err != nil {
			return err
		}
		if s.leaf.physical == format.Int32 {
			v = int64(int32(v))
		}
		addInt(col, v, s.leaf.physical)
	}
	return nil
}

// noValues is a page of nulls.
type noValues struct{}

func (noValues) read(_ *Column, n int) error {
	if n > 0 {
		return errTooFew
	}
	return nil
}

// dictValues are indexes into the dictionary of the chunk.
type dictValues struct {
	dict *Column
	runs runReader
	buf  [1024]uint32
}

// read appends n values, or n indexes where the column has the dictionary.
func (s *dictValues) read(col *Column, n int) error {
	size := uint32(s.dict.Len())
	for n > 0 {
		b := s.buf[:min(n, len(s.buf))]
		if err := s.runs.read(b); err != nil {
			return err
		}
		highest := uint32(0)
		for _, i := range b {
			highest = max(highest, i)
		}
		if highest >= size {
			return corrupt("dictionary index %d of %d", highest, size)
		}
		if col.Dict == s.dict {
			at := len(col.Indexes)
			col.Indexes = slices.Grow(col.Indexes, len(b))[:at+len(b)]
			to := col.Indexes[at:]
			for k, i := range b {
				to[k] = int32(i)
			}
		} else {
			gather(col, s.dict, b, nil)
		}
		n -= len(b)
	}
	return nil
}

// deltaBytes are byte strings whose lengths come first, all of them; with
// prefixes, each begins as the one before it did.
type deltaBytes struct {
	leaf     *leaf
	lengths  []int
	prefixes []int // nil for DELTA_LENGTH_BYTE_ARRAY
	data     []byte
	value    []byte // the value before
	total    int    // bytes of all values
}

// maxDeltaValues bounds the byte strings of one page in these encodings: their
// lengths are held in memory.
const maxDeltaValues = 1 << 24

func (l *leaf) deltaLength(p *page) (*deltaBytes, error) {
	d, err := newDeltaReader(p.data, min(p.values, maxDeltaValues))
	if err != nil {
		return nil, err
	}
	s := &deltaBytes{leaf: l}
	if s.lengths, err = d.readAll(d.left); err != nil {
		return nil, err
	}
	s.data, s.total = p.data[d.pos:], len(p.data)
	return s, nil
}

func (l *leaf) deltaStrings(p *page, limits Limits) (*deltaBytes, error) {
	d, err := newDeltaReader(p.data, min(p.values, maxDeltaValues))
	if err != nil {
		return nil, err
	}
	n := d.left
	prefixes, err := d.readAll(n)
	if err != nil {
		return nil, err
	}
	rest := *p
	rest.data = p.data[d.pos:]
	s, err := l.deltaLength(&rest)
	if err != nil {
		return nil, err
	}
	if len(s.lengths) != n {
		return nil, corrupt("%d beginnings for %d values", n, len(s.lengths))
	}
	s.prefixes = prefixes
	s.total = 0
	for i := range n {
		if s.total += prefixes[i] + s.lengths[i]; int64(s.total) > limits.PageBytes {
			return nil, corrupt("a page has %d bytes unpacked, the limit is %d (PageBytes)", s.total, limits.PageBytes)
		}
	}
	return s, nil
}

func (s *deltaBytes) read(col *Column, n int) error {
	if n > len(s.lengths) {
		return errTooFew
	}
	for i := range n {
		keep := 0
		if s.prefixes != nil {
			if keep = s.prefixes[i]; keep > len(s.value) {
				return corrupt("a value keeps %d bytes of one that has %d", keep, len(s.value))
			}
		}
		if s.lengths[i] > len(s.data) {
			return corrupt("a value of %d bytes reaches beyond its page", s.lengths[i])
		}
		s.value = append(s.value[:keep], s.data[:s.lengths[i]]...)
		s.data = s.data[s.lengths[i]:]
		if w := s.leaf.width(); w > 0 && len(s.value) != w {
			return corrupt("a value of %d bytes where each has %d", len(s.value), w)
		}
		if err := addRaw(col, s.value); err != nil {
			return err
		}
	}
	s.lengths = s.lengths[n:]
	if s.prefixes != nil {
		s.prefixes = s.prefixes[n:]
	}
	return nil
}

// addFixed appends the plain values in raw.
func (l *leaf) addFixed(col *Column, raw []byte) error {
	switch l.physical {
	case format.Int32:
		for ; len(raw) > 0; raw = raw[4:] {
			addInt(col, int64(int32(binary.LittleEndian.Uint32(raw))), format.Int32)
		}
	case format.Int64:
		for ; len(raw) > 0; raw = raw[8:] {
			addInt(col, int64(binary.LittleEndian.Uint64(raw)), format.Int64)
		}
	case format.Float:
		for ; len(raw) > 0; raw = raw[4:] {
			col.Floats = append(col.Floats, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
		}
	case format.Double:
		for ; len(raw) > 0; raw = raw[8:] {
			col.Floats = append(col.Floats, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		}
	case format.Int96:
		for ; len(raw) > 0; raw = raw[12:] {
			ns, err := int96Nanos(raw)
			if err != nil {
				return err
			}
			col.Ints = append(col.Ints, ns)
		}
	default:
		for ; len(raw) > 0; raw = raw[l.length:] {
			if err := addRaw(col, raw[:l.length]); err != nil {
				return err
			}
		}
	}
	return nil
}

// addInt appends a number that was stored in 32 or 64 bits.
func addInt(col *Column, v int64, physical format.Type) {
	switch {
	case col.Type.storage() == bytesStorage: // a Decimal of many digits
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(v))
		col.addBytes(signExtend(b[:], col.Type.width()))
	case col.Type.Unsigned && physical == format.Int32:
		col.Ints = append(col.Ints, int64(uint32(v)))
	default:
		col.Ints = append(col.Ints, v)
	}
}
