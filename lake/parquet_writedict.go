package lake

import (
	"encoding/binary"
	"hash/maphash"
	"math"
)

// chunkDict collects the dictionary of a column chunk that is being written.
// Values that come one by one are looked up by their hash. Those of a
// dictionary that a batch carries are taken over when the first row names them,
// without a look at them as long as it is the only one.
type chunkDict struct {
	values Column // no nulls, no dictionary of its own
	size   int    // bytes of the values, as they will be written
	seed   maphash.Seed

	table []uint32 // 1 + the place of a value, 0 for free; nil until it is needed
	mask  uint32

	// numbers holds, for each value of the dictionary from, its place here, or -1.
	from    *Column
	numbers []int32
}

func newChunkDict(f Field) *chunkDict {
	d := &chunkDict{seed: maphash.MakeSeed()}
	d.values.init(f)
	return d
}

func (d *chunkDict) reset() {
	d.values.Reset()
	d.size, d.table = 0, d.table[:0]
	d.from, d.numbers = nil, d.numbers[:0]
}

// numbersOf returns the places of the values of a dictionary; -1 stands for
// those that have none yet, see take.
func (d *chunkDict) numbersOf(dict *Column) []int32 {
	if d.from == dict {
		return d.numbers
	}
	if d.values.Len() > 0 && len(d.table) == 0 {
		d.index()
	}
	d.from, d.numbers = dict, d.numbers[:0]
	for range dict.Len() {
		d.numbers = append(d.numbers, -1)
	}
	return d.numbers
}

// take adds value k of the dictionary that numbersOf was asked for. Texts of the
// first one are taken to differ; numbers are looked up, which costs little: what
// is computed for each title is often the same for many.
func (d *chunkDict) take(k int32) uint32 {
	var at uint32
	if len(d.table) > 0 || d.values.Type.storage() != bytesStorage {
		at = d.add(d.from, int(k))
	} else {
		at = d.put(d.from, int(k))
	}
	d.numbers[k] = int32(at)
	return at
}

// put adds a value without looking whether it is there.
func (d *chunkDict) put(c *Column, row int) uint32 {
	before := len(d.values.Bytes)
	d.values.AppendFrom(c, row)
	d.size += len(d.values.Bytes) - before + 4
	return uint32(d.values.Len() - 1)
}

// add finds or adds the value of a row, which is not null.
func (d *chunkDict) add(c *Column, row int) uint32 {
	if len(d.table) == 0 || 2*d.values.Len() >= len(d.table) {
		d.index()
	}
	if c.Type.storage() == bytesStorage {
		v := c.Str(row)
		for i := uint32(maphash.Bytes(d.seed, v)) & d.mask; ; i = (i + 1) & d.mask {
			if at := d.table[i]; at == 0 {
				d.table[i] = uint32(d.values.Len() + 1)
				return d.put(c, row)
			} else if string(d.values.Str(int(at-1))) == string(v) {
				return at - 1
			}
		}
	}
	v := bitsOf(c, row)
	for i := hashBits(v) & d.mask; ; i = (i + 1) & d.mask {
		if at := d.table[i]; at == 0 {
			d.table[i] = uint32(d.values.Len() + 1)
			return d.put(c, row)
		} else if bitsOf(&d.values, int(at-1)) == v {
			return at - 1
		}
	}
}

// bitsOf is a number as 64 bits: floats are equal when they are bit by bit.
func bitsOf(c *Column, row int) uint64 {
	if c.Type.storage() == floatsStorage {
		return math.Float64bits(c.Floats[row])
	}
	return uint64(c.Ints[row])
}

// hashBits is Fibonacci hashing (Knuth, TAOCP 3, 6.4): the high bits of a
// product, folded.
func hashBits(v uint64) uint32 {
	v *= 0x9e3779b97f4a7c15
	return uint32(v>>32) ^ uint32(v>>12)
}

// index makes the table, for at least twice as many values as there are.
func (d *chunkDict) index() {
	n := 1024
	for n < 4*d.values.Len() {
		n *= 2
	}
	if cap(d.table) >= n {
		d.table = d.table[:n]
		clear(d.table)
	} else {
		d.table = make([]uint32, n)
	}
	d.mask = uint32(n - 1)
	text := d.values.Type.storage() == bytesStorage
	for at := range d.values.Len() {
		h := uint32(0)
		if text {
			h = uint32(maphash.Bytes(d.seed, d.values.Str(at)))
		} else {
			h = hashBits(bitsOf(&d.values, at))
		}
		i := h & d.mask
		for d.table[i] != 0 {
			i = (i + 1) & d.mask
		}
		d.table[i] = uint32(at + 1)
	}
}

// appendPlain adds rows from to to of a column without nulls and dictionary in
// the encoding PLAIN, as they are stored. Bools are not among them.
func (l *leafWriter) appendPlain(dst []byte, c *Column, from, to int) []byte {
	switch l.store {
	case storeText:
		for i := from; i < to; i++ {
			v := c.Str(i)
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
			dst = append(dst, v...)
		}
	case storeFixed:
		if to > from {
			dst = append(dst, c.Bytes[c.Offsets[from]:c.Offsets[to]]...)
		}
	case storeInt32:
		for _, v := range c.Ints[from:to] {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
		}
	case storeInt64:
		for _, v := range c.Ints[from:to] {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
		}
	case storeInt96:
		for _, v := range c.Ints[from:to] {
			dst = appendInt96(dst, v)
		}
	case storeFloat:
		for _, v := range c.Floats[from:to] {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v)))
		}
	case storeDouble:
		for _, v := range c.Floats[from:to] {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	case storeBool:
	}
	return dst
}

// appendInt96 is the inverse of int96Nanos.
func appendInt96(dst []byte, ns int64) []byte {
	const day = 86400 * 1_000_000_000
	days := floorDiv(ns, day)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(ns-days*day))
	return binary.LittleEndian.AppendUint32(dst, uint32(days+julianEpoch))
}
