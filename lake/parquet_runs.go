package lake

import (
	"encoding/binary"
	"slices"
)

// appendRuns adds values of width bits in Parquet's hybrid of run lengths and
// packed bits: values that repeat eight times or more, from the beginning
// of a group on, become a run, the others are packed in groups of eight. The last group is
// filled up with zeros, which readers do not ask for.
//
// Format: https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
func appendRuns[T uint8 | uint32](dst []byte, values []T, width uint) []byte {
	packed := 0 // where the open groups begin
	for i := 0; i < len(values); {
		if i+8 > len(values) || !same8(values[i:i+8]) {
			i += 8
			continue
		}
		end := i + 8
		for end < len(values) && values[end] == values[i] {
			end++
		}
		dst = appendPacked(dst, values[packed:i], width)
		dst = appendRun(dst, uint32(values[i]), end-i, width)
		i, packed = end, end
	}
	return appendPacked(dst, values[min(packed, len(values)):], width)
}

// same8 looks at all eight: in packed values a way out in the middle would be
// guessed wrong more often than it is short.
func same8[T uint8 | uint32](v []T) bool {
	_ = v[7]
	a := v[0]
	return (a^v[1])|(a^v[2])|(a^v[3])|(a^v[4])|(a^v[5])|(a^v[6])|(a^v[7]) == 0
}

// appendRun adds a run of n equal values.
func appendRun(dst []byte, v uint32, n int, width uint) []byte {
	dst = binary.AppendUvarint(dst, uint64(n)<<1)
	for ; width > 0; width -= min(width, 8) {
		dst = append(dst, byte(v))
		v >>= 8
	}
	return dst
}

// maxGroups bounds a run of packed groups: some readers take no more than 2^31
// bits at once.
const maxGroups = 1 << 20

// appendPacked adds groups of eight packed values.
func appendPacked[T uint8 | uint32](dst []byte, values []T, width uint) []byte {
	for len(values) > 0 {
		part := values[:min(len(values), 8*maxGroups)]
		values = values[len(part):]
		dst = binary.AppendUvarint(dst, uint64((len(part)+7)/8)<<1|1)
		if width <= 16 {
			whole := len(part) &^ 7
			dst = appendGroups(dst, part[:whole], width)
			part = part[whole:]
		}
		var buf uint64 // bits that make no whole word yet, the lowest first
		have := uint(0)
		for _, x := range part {
			v := uint64(x)
			buf |= v << (have & 63)
			if have += width; have >= 64 {
				dst = binary.LittleEndian.AppendUint64(dst, buf)
				have -= 64
				buf = v >> ((width - have) & 63)
			}
		}
		bits := have + uint(-len(part)&7)*width // with zeros up to the end of the group
		for ; bits > 0; bits -= 8 {
			dst = append(dst, byte(buf))
			buf >>= 8
		}
	}
	return dst
}

// appendGroups adds whole groups of values of up to 16 bits: eight of them are
// two words, of which width bytes stay.
func appendGroups[T uint8 | uint32](dst []byte, values []T, width uint) []byte {
	at, w := len(dst), width&31
	dst = slices.Grow(dst, len(values)/8*int(w)+16)
	out := dst[:cap(dst)]
	for ; len(values) >= 8; values = values[8:] {
		v := values[:8:8]
		low := uint64(v[0]) | uint64(v[1])<<w | uint64(v[2])<<(2*w&63) | uint64(v[3])<<(3*w&63)
		high := uint64(v[4]) | uint64(v[5])<<w | uint64(v[6])<<(2*w&63) | uint64(v[7])<<(3*w&63)
		b := out[at : at+16]
		binary.LittleEndian.PutUint64(b, low|high<<(4*w)) // nothing of it from 64 bits on, as Go shifts
		binary.LittleEndian.PutUint64(b[8:], high>>(64-4*w))
		at += int(w)
	}
	return dst[:at]
}
