package text

import (
	"math/bits"
	"strings"

	"gondola/pipeline/simd"
)

// A piece is a run of bytes above the blank: what stands between blanks,
// control characters and the ends of a title. (White space outside ASCII is
// inside a piece: it separates words, but nothing looks over it.) Of a number
// and what goes on it, the blanks between are inside as well.

// longestPiece is the longest piece that is remembered, in bytes: its places
// are bytes.
const longestPiece = 120

// mostPieces is how many pieces are remembered before all are forgotten.
const mostPieces = 3 << 16

// pieceKey is a piece of up to 16 bytes in lower ASCII, its first byte the
// lowest, filled with zeros, which no piece holds. Longer pieces have the key 0.
type pieceKey struct{ lo, hi uint64 }

// pieceInfo is what is known of a piece.
type pieceInfo struct {
	number     int32 // of its only word; or with pieceList where its words begin in pieces.words
	words      uint8 // kept words
	start, end uint8 // of its only word
	breakAt    uint8 // where the head of the title ends inside
	flags      pieceFlags
	drops      uint8 // dropped tokens
	dropsAt    int32 // where they begin in pieces.drops
}

type piece struct {
	pieceKey
	pieceInfo
}

type pieceFlags uint8

const (
	pieceOpen         pieceFlags = 1 << iota // a number stands at its end, which may go on behind the blank
	pieceFollows                             // may go on a number before the blank
	pieceAlone                               // says too little by itself: to be read from the title
	pieceBreaks                              // the head of the title ends inside
	pieceBreaksBefore                        // the head ends with the blank before it
	pieceBreaksBlank                         // only if a space follows, too
	pieceList                                // its one word is in pieces.words
)

// pieceWord is a kept word of a piece.
type pieceWord struct {
	number     int32
	text       int32 // asWritten, or its place in pieces.texts
	start, end uint8
}

// newPiece says what the bytes alone tell.
func newPiece(s string) pieceInfo {
	var p pieceInfo
	if strings.IndexByte(s, '<') >= 0 {
		p.flags |= pieceAlone
	}
	end := HeadEnd(s)
	if end < len(s) {
		p.flags |= pieceBreaks
		p.breakAt = uint8(end)
	}
	if HeadEnd(s+" ") < end {
		p.flags |= pieceAlone
	}
	if blankBreak(s) {
		p.flags |= pieceBreaksBefore
	} else if len(s) <= len("with") && blankBreak(s+" ") {
		p.flags |= pieceBreaksBefore | pieceBreaksBlank
	}
	return p
}

// headBreak returns how many words lie in the head of the title, if it ends in
// the piece from i to end or just before it; words of the title were read
// until then. Else it returns -1.
func (p *piece) headBreak(title string, i, end int, list []pieceWord, words int) int {
	if p.flags&pieceBreaksBefore != 0 && i > 0 && (title[i-1] == ' ' || title[i-1] == '\t') &&
		(p.flags&pieceBreaksBlank == 0 || end < len(title) && title[end] == ' ') {
		return words
	}
	switch {
	case p.flags&pieceBreaks == 0:
		return -1
	case p.words == 1 && p.flags&pieceList == 0:
		if p.start < p.breakAt {
			words++
		}
	case p.words > 0:
		for _, word := range list[p.number : p.number+int32(p.words)] {
			if word.start < p.breakAt {
				words++
			}
		}
	}
	return words
}

// pieces remembers pieces: those of up to 16 bytes in a hash table with open
// addressing, keys inside, others in a map.
type pieces struct {
	slots []piece            // length a power of two; a free slot has the key 0
	table *simd.Array[piece] // what slots lie in
	n     int
	words []pieceWord
	texts []wordText
	drops []int32
	long  map[string]*piece
}

// forget empties it and keeps its memory.
func (k *pieces) forget() {
	clear(k.slots)
	clear(k.texts)
	clear(k.long)
	k.n, k.words, k.texts, k.drops = 0, k.words[:0], k.texts[:0], k.drops[:0]
}

// full tells that no more should be remembered.
func (k *pieces) full() bool { return k.n+len(k.long) >= mostPieces }

// find returns the piece with the key, or nil: also for the key 0.
func (k *pieces) find(key pieceKey) *piece {
	if key.lo == 0 || len(k.slots) == 0 {
		return nil
	}
	mask := uint64(len(k.slots) - 1)
	for i := key.hash(); ; i++ {
		p := &k.slots[i&mask]
		if p.pieceKey == key {
			return p
		}
		if p.lo == 0 {
			return nil
		}
	}
}

// put adds a piece that is not there yet. What it returns is valid until the
// next call.
func (k *pieces) put(key pieceKey, lower string, info pieceInfo) *piece {
	if key.lo == 0 {
		if k.long == nil {
			k.long = make(map[string]*piece)
		}
		p := &piece{pieceInfo: info}
		k.long[lower] = p
		return p
	}
	if k.n >= len(k.slots)/4*3 {
		old, table := k.slots, k.table
		k.table = simd.NewArray[piece](max(1024, 2*len(old)))
		k.slots = k.table.Data
		for i := range old {
			if old[i].lo != 0 {
				*k.free(old[i].pieceKey) = old[i]
			}
		}
		if table != nil {
			table.Close()
		}
	}
	k.n++
	p := k.free(key)
	*p = piece{key, info}
	return p
}

// free returns the slot where a key belongs that is not there.
func (k *pieces) free(key pieceKey) *piece {
	mask := uint64(len(k.slots) - 1)
	for i := key.hash(); ; i++ {
		if p := &k.slots[i&mask]; p.lo == 0 {
			return p
		}
	}
}

// hash multiplies the halves, both made unlike zero, to 128 bits and folds
// them, as wyhash does.
func (k pieceKey) hash() uint64 {
	hi, lo := bits.Mul64(k.lo^0x9E3779B97F4A7C15, k.hi^0xD1B54A32D192ED03)
	return hi ^ lo
}

// keyAt returns the key of the piece that begins at byte i, and where it ends.
// It takes eight bytes at a time.
func keyAt(s string, i int) (pieceKey, int) {
	var lo, hi uint64
	switch rest := len(s) - i; {
	case rest >= 16:
		lo, hi = eight(s, i), eight(s, i+8)
	case len(s) < 8:
		for k := len(s) - 1; k >= i; k-- {
			lo = lo<<8 | uint64(s[k])
		}
	case rest > 8:
		lo, hi = eight(s, i), eight(s, len(s)-8)>>(8*(16-rest))
	default:
		lo = eight(s, len(s)-8) >> (8 * (8 - rest))
	}
	if found := blanks(lo); found != 0 {
		end := bits.TrailingZeros64(found) &^ 7
		return pieceKey{lowerEight(lo & (1<<end - 1)), 0}, i + end/8
	}
	if found := blanks(hi); found != 0 {
		end := bits.TrailingZeros64(found) &^ 7
		return pieceKey{lowerEight(lo), lowerEight(hi & (1<<end - 1))}, i + 8 + end/8
	}
	end := i + 16
	for end < len(s) && s[end] > ' ' {
		end++
	}
	if end > i+16 {
		return pieceKey{}, end
	}
	return pieceKey{lowerEight(lo), lowerEight(hi)}, end
}

// keyOf returns the key of a piece, or 0 for one that is too long.
func keyOf(s string) pieceKey {
	var key pieceKey
	if len(s) > 16 {
		return key
	}
	for i := len(s) - 1; i >= 0; i-- {
		key.hi = key.hi<<8 | key.lo>>56
		key.lo = key.lo<<8 | uint64(s[i])
	}
	return pieceKey{lowerEight(key.lo), lowerEight(key.hi)}
}

// eight returns the bytes i to i+7, the first one lowest.
func eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

const (
	eachByte = 0x0101010101010101
	eachHigh = 0x80 * eachByte
)

// blanks has the high bit of the lowest byte that is at most ' ' set, and
// perhaps those of bytes above it: a borrow goes upwards only. It is 0 if
// there is no such byte.
func blanks(x uint64) uint64 { return (x - (' '+1)*eachByte) &^ x & eachHigh }

// lowerEight lowers the ASCII capitals of eight bytes.
func lowerEight(x uint64) uint64 {
	low := x &^ eachHigh
	fromA := low + (0x80-'A')*eachByte // the high bit where a byte is at least A
	overZ := low + (0x7F-'Z')*eachByte // where it is above Z
	return x | (fromA&^overZ&^x&eachHigh)>>2
}
