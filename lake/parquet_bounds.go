package lake

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// bounds are the smallest and the largest value of a chunk, in the order that
// the format gives the column: bytes as unsigned numbers from the left, numbers
// by size, NaN left out. Decimals of many digits and INT96 have no bounds here:
// readers disagree about their order.
type bounds struct {
	leaf      Type
	store     store
	any       bool
	low, high []byte // texts
	// The first bytes of low and high: most values are told from them alone.
	lowKey, highKey   uint64
	lowInt, highInt   int64
	lowReal, highReal float64
}

// ordered tells whether there is an order that readers agree on.
func (b *bounds) ordered() bool {
	return !b.leaf.Int96 && (b.leaf.Kind != Decimal || b.leaf.storage() == intsStorage)
}

// add looks at rows from to to of a column, none of them null.
func (b *bounds) add(c *Column, from, to int) {
	if !b.ordered() {
		return
	}
	switch b.leaf.storage() {
	case bytesStorage:
		for i := from; i < to; i++ {
			b.addText(c.Str(i))
		}
	case floatsStorage:
		for _, v := range c.Floats[from:to] {
			switch {
			case v != v:
			case !b.any:
				b.lowReal, b.highReal, b.any = v, v, true
			case v < b.lowReal:
				b.lowReal = v
			case v > b.highReal:
				b.highReal = v
			}
		}
	case boolsStorage:
		for _, v := range c.Bools[from:to] {
			n := int64(0)
			if v {
				n = 1
			}
			b.addInt(n)
		}
	case intsStorage:
		if b.leaf.Unsigned {
			for _, v := range c.Ints[from:to] {
				b.addInt(v ^ math.MinInt64) // so that the order is that of signed numbers
			}
			return
		}
		for _, v := range c.Ints[from:to] {
			b.addInt(v)
		}
	case noStorage, listStorage:
	}
}

func (b *bounds) addInt(v int64) {
	if !b.any {
		b.lowInt, b.highInt, b.any = v, v, true
	}
	b.lowInt, b.highInt = min(b.lowInt, v), max(b.highInt, v)
}

func (b *bounds) addText(v []byte) {
	key := textKey(v)
	if b.any && key > b.lowKey && key < b.highKey {
		return
	}
	if !b.any || bytes.Compare(v, b.low) < 0 {
		b.low, b.lowKey = append(b.low[:0], v...), key
	}
	if !b.any || bytes.Compare(v, b.high) > 0 {
		b.high, b.highKey = append(b.high[:0], v...), key
	}
	b.any = true
}

// textKey is the first eight bytes of a text as a number.
func textKey(v []byte) uint64 {
	if len(v) >= 8 {
		return binary.BigEndian.Uint64(v)
	}
	var b [8]byte
	copy(b[:], v)
	return binary.BigEndian.Uint64(b[:])
}

// statistics is what the footer says about a chunk. Texts longer than
// boundBytes are cut, and it says so; a title of a megabyte would otherwise
// stand in it twice.
func (b *bounds) statistics(nulls int64) chunkStats {
	s := chunkStats{NullCount: nulls}
	if !b.any {
		return s
	}
	switch b.leaf.storage() {
	case bytesStorage:
		b.texts(&s)
	case floatsStorage:
		s.MinValue, s.MaxValue = b.real(b.lowReal, math.Copysign(0, -1)), b.real(b.highReal, 0)
	case boolsStorage:
		s.MinValue, s.MaxValue = []byte{byte(b.lowInt)}, []byte{byte(b.highInt)}
	default:
		s.MinValue, s.MaxValue = b.integer(b.lowInt), b.integer(b.highInt)
	}
	return s
}

func (b *bounds) integer(v int64) []byte {
	if b.leaf.Unsigned {
		v ^= math.MinInt64
	}
	var out []byte
	if b.store == storeInt32 {
		return binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	return binary.LittleEndian.AppendUint64(out, uint64(v))
}

// real returns a bound; the format wants zero for a zero of either sign.
func (b *bounds) real(v, zero float64) []byte {
	if v == 0 {
		v = zero
	}
	if b.leaf.Kind == Float {
		return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v)))
	}
	return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
}

// boundBytes is about how long the bounds of a chunk of texts may be.
const boundBytes = 64

func (b *bounds) texts(s *chunkStats) {
	// Not nil where they are empty: that is a bound, too.
	low, high := append([]byte{}, b.low...), append([]byte{}, b.high...)
	longLow, longHigh := len(low) > boundBytes, len(high) > boundBytes
	if !longLow && !longHigh {
		s.MinValue, s.MaxValue = low, high
		return
	}
	fixed := b.leaf.width() > 0 // a part of fixed bytes is none
	if longLow {
		low = cutText(low)
	}
	if longHigh {
		high = cutMax(high)
	}
	if !longLow || !fixed {
		s.MinValue = low
		s.MinExact = thrift.New(!longLow)
	}
	if high != nil && (!longHigh || !fixed) {
		s.MaxValue = high
		s.MaxExact = thrift.New(!longHigh)
	}
}

// cutText returns the beginning of a text, which sorts before the text.
func cutText(text []byte) []byte {
	cut := text[:boundBytes]
	for i := 0; i < utf8.UTFMax && !utf8.RuneStart(text[len(cut)]); i++ {
		cut = cut[:len(cut)-1]
	}
	if !utf8.Valid(cut) { // no text, or a broken one: any byte may end it
		return text[:boundBytes]
	}
	return cut
}

// cutMax returns a short text that sorts behind every text with the same
// beginning, nil if there is none. UTF-8 sorts as its characters do, so the
// last one is replaced by the next.
func cutMax(text []byte) []byte {
	cut := bytes.Clone(cutText(text))
	if !utf8.Valid(cut) {
		for i := len(cut) - 1; i >= 0; i-- {
			if cut[i] < 0xff {
				cut[i]++
				return cut[:i+1]
			}
		}
		return nil
	}
	for len(cut) > 0 {
		r, n := utf8.DecodeLastRune(cut)
		cut = cut[:len(cut)-n]
		if r == 0xd7ff {
			r = 0xdfff // behind it come the surrogates, which are no characters
		}
		if r < utf8.MaxRune {
			return utf8.AppendRune(cut, r+1)
		}
	}
	return nil
}
