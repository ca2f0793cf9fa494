package lake

import (
	"encoding/hex"
	"math/big"
	"strconv"
	"time"
)

// Value returns row i as a Go value for display: nil for a null, string,
// []byte (Binary, Fixed), bool, int64, uint64 (unsigned Int of 64 bits),
// float64, time.Time (Date, Timestamp; in UTC), time.Duration since midnight
// (Time), the digits of a Decimal and of a UUID as string; for a List []string,
// or []any when its elements are not strings.
func (c *Column) Value(i int) any {
	if c.Null(i) {
		return nil
	}
	switch c.Type.Kind {
	case String:
		return c.String(i)
	case Binary, Fixed:
		return append([]byte(nil), c.Str(i)...)
	case Bool:
		return c.Bools[i]
	case Int:
		if c.Type.Unsigned && c.Type.Bits == 64 {
			return uint64(c.Ints[i])
		}
		return c.Ints[i]
	case Float, Double:
		return c.Floats[i]
	case Date:
		return time.Unix(c.Ints[i]*86400, 0).UTC()
	case Time:
		return time.Duration(c.Ints[i] * (1e9 / c.Type.Unit.PerSecond()))
	case Timestamp:
		return c.instant(i)
	case Decimal, UUID:
		return string(c.AppendText(nil, i))
	case List:
		if c.Type.Of == String {
			return c.Strings(i)
		}
		out := make([]any, 0, c.Lists[i+1]-c.Lists[i])
		for k := c.Lists[i]; k < c.Lists[i+1]; k++ {
			out = append(out, c.Elem.Value(k))
		}
		return out
	}
	return nil
}

func (c *Column) instant(i int) time.Time {
	per := c.Type.Unit.PerSecond()
	sec := floorDiv(c.Ints[i], per)
	return time.Unix(sec, (c.Ints[i]-sec*per)*(1e9/per)).UTC()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// AppendText adds row i to dst as text and returns the longer slice: text as
// it is, numbers in the fewest digits that read back the same, dates as
// 2017-01-31, timestamps as 2017-01-31T12:00:00.5Z (without Z when not UTC),
// bytes in hexadecimal. A null adds nothing. Strings in a list are joined by
// listSeparator, other elements stand in brackets, as in JSON: [1,null,3], with
// quotation marks where they are not numbers or booleans. It is the form of CSV
// cells and of partition folders.
func (c *Column) AppendText(dst []byte, i int) []byte {
	if c.Null(i) {
		return dst
	}
	switch c.Type.Kind {
	case String:
		return append(dst, c.Str(i)...)
	case Binary, Fixed:
		return hex.AppendEncode(dst, c.Str(i))
	case Bool:
		return strconv.AppendBool(dst, c.Bools[i])
	case Int:
		if c.Type.Unsigned {
			return strconv.AppendUint(dst, uint64(c.Ints[i]), 10)
		}
		return strconv.AppendInt(dst, c.Ints[i], 10)
	case Float:
		return strconv.AppendFloat(dst, c.Floats[i], 'g', -1, 32)
	case Double:
		return strconv.AppendFloat(dst, c.Floats[i], 'g', -1, 64)
	case Date:
		return time.Unix(c.Ints[i]*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
	case Time:
		per := c.Type.Unit.PerSecond()
		at := time.Unix(0, 0).Add(time.Duration(c.Ints[i] * (1e9 / per)))
		return at.UTC().AppendFormat(dst, "15:04:05.999999999")
	case Timestamp:
		layout := "2006-01-02T15:04:05.999999999"
		if c.Type.UTC {
			layout += "Z"
		}
		return c.instant(i).AppendFormat(dst, layout)
	case Decimal:
		return c.appendDecimal(dst, i)
	case UUID:
		return appendUUID(dst, c.Str(i))
	case List:
		return c.appendList(dst, i)
	}
	return dst
}

func (c *Column) appendList(dst []byte, i int) []byte {
	from, to := c.Lists[i], c.Lists[i+1]
	if c.Type.Of == String {
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, listSeparator...)
			}
			dst = append(dst, c.Elem.Str(k)...)
		}
		return dst
	}
	bare := c.Type.Of == Bool || c.Type.Of == Int || c.Type.Of == Float || c.Type.Of == Double || c.Type.Of == Decimal
	dst = append(dst, '[')
	for k := from; k < to; k++ {
		if k > from {
			dst = append(dst, ',')
		}
		switch {
		case c.Elem.Null(k):
			dst = append(dst, "null"...)
		case bare:
			dst = c.Elem.AppendText(dst, k)
		default:
			dst = append(dst, '"')
			dst = c.Elem.AppendText(dst, k) // digits, letters and signs
			dst = append(dst, '"')
		}
	}
	return append(dst, ']')
}

func appendUUID(dst, v []byte) []byte {
	for i, b := range v {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, []byte{b})
	}
	return dst
}

func (c *Column) appendDecimal(dst []byte, i int) []byte {
	var digits string
	if c.Type.storage() == intsStorage {
		digits = strconv.FormatInt(c.Ints[i], 10)
	} else {
		digits = signedBig(c.Str(i)).String()
	}
	if digits[0] == '-' {
		dst, digits = append(dst, '-'), digits[1:]
	}
	if c.Type.Scale <= 0 {
		return append(dst, digits...)
	}
	for len(digits) <= c.Type.Scale {
		digits = "0" + digits
	}
	point := len(digits) - c.Type.Scale
	dst = append(dst, digits[:point]...)
	dst = append(dst, '.')
	return append(dst, digits[point:]...)
}

// signedBig reads a big-endian two's complement number.
func signedBig(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}
