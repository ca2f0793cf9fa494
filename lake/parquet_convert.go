package lake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// julianEpoch is 1970-01-01 in the day count of INT96.
const julianEpoch = 2_440_588

// int96Nanos reads a timestamp of 8 bytes of nanoseconds within the day and 4
// bytes of the day. An int64 of nanoseconds reaches from 1677-09-21 to
// 2262-04-11: what lies outside (some writers put 9999-12-31 for "never") is an
// error, because neither a null nor another day is what the file says.
func int96Nanos(b []byte) (int64, error) {
	const day = 86400 * 1_000_000_000
	nanos := int64(binary.LittleEndian.Uint64(b))
	days := int64(int32(binary.LittleEndian.Uint32(b[8:]))) - julianEpoch
	if nanos < 0 || nanos >= day {
		return 0, corrupt("an INT96 timestamp with %d nanoseconds in a day", nanos)
	}
	if days < 0 { // towards 0, so that only the last step can leave the range
		days, nanos = days+1, nanos-day
	}
	ns := days*day + nanos
	if days > math.MaxInt64/day || days < math.MinInt64/day || (ns < 0) != (days < 0 || days == 0 && nanos < 0) {
		return 0, fmt.Errorf("an INT96 timestamp outside the years 1678 to 2261: %w", errors.ErrUnsupported)
	}
	return ns, nil
}

// addRaw appends a value that is stored as bytes.
func addRaw(col *Column, v []byte) error {
	switch col.Type.Kind {
	case Decimal:
		return addDecimal(col, v)
	case Float:
		col.Floats = append(col.Floats, half(binary.LittleEndian.Uint16(v)))
	default:
		col.addBytes(v)
	}
	return nil
}

// half is the value of a float16: a sign, 5 bits of exponent, 10 of fraction
// (IEEE 754 binary16). Every one is also a float32.
func half(bits uint16) float64 {
	fraction, exponent := float64(bits&0x3ff), int(bits>>10&0x1f)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 0x1f:
		if v = math.Inf(1); fraction > 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits&0x8000 != 0 {
		v = math.Copysign(v, -1)
	}
	return v
}

// addDecimal appends a big-endian two's complement number.
func addDecimal(col *Column, v []byte) error {
	want := 8
	if col.Type.storage() == bytesStorage {
		want = col.Type.width()
	}
	fill := byte(0)
	if len(v) > 0 && v[0]&0x80 != 0 {
		fill = 0xff
	}
	for len(v) > want {
		if v[0] != fill || (v[1]^fill)&0x80 != 0 {
			return corrupt("a decimal of more than %d digits", col.Type.Precision)
		}
		v = v[1:]
	}
	if want == 8 {
		col.Ints = append(col.Ints, int64(binary.BigEndian.Uint64(signExtend(v, 8))))
		return nil
	}
	col.addBytes(signExtend(v, want))
	return nil
}

// signExtend makes a big-endian two's complement number n bytes long.
func signExtend(v []byte, n int) []byte {
	out := make([]byte, n)
	copy(out[n-len(v):], v)
	if len(v) > 0 && v[0]&0x80 != 0 {
		for i := range n - len(v) {
			out[i] = 0xff
		}
	}
	return out
}
