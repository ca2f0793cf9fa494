package local

import (
	"encoding/binary"
	"hash/maphash"
	"math"

	"gondola/lake"
)

// titleCache remembers what titles have given, up to a number of bytes: then it
// begins anew. A title and its row lie side by side, so that a title that comes
// again costs two places in memory. Where titles hardly ever come again it
// stands aside for a while.
type titleCache struct {
	room    int
	seed    maphash.Seed
	table   []titleSlot
	titles  int
	records []byte // the length of a title, the title, and its row, see appendCached

	begun        int  // how often it has begun anew
	full         bool // has begun anew since it was judged
	asked, found int
	aside        int // titles that are not looked for

	hashes  []uint64 // of the titles that come next
	touched uint32   // what was read to have it in the caches
}

// titleSlot is a place of the table: 1 + where the record begins, 0 for free,
// and half of the hash.
type titleSlot struct{ at, hash uint32 }

const (
	cacheJudged = 1 << 14 // titles after which the cache is judged
	cacheAside  = 1 << 18 // titles for which it stands aside
)

func newTitleCache(room int64) *titleCache {
	return &titleCache{room: int(min(room, math.MaxUint32/2)), seed: maphash.MakeSeed(), table: make([]titleSlot, 1<<12)}
}

// coming hashes titles and reads the places where they would be, so that the
// waits for memory are over when knows comes there: together, instead of two for
// each title.
func (c *titleCache) coming(titles []string) {
	c.hashes = c.hashes[:0]
	mask := len(c.table) - 1
	for _, title := range titles {
		h := maphash.String(c.seed, title)
		c.hashes = append(c.hashes, h)
		c.touched += c.table[int(h)&mask].at
	}
	if len(c.records) == 0 {
		return
	}
	for _, h := range c.hashes {
		at := c.table[int(h)&mask].at
		c.touched += uint32(c.records[max(at, 1)-1])
	}
}

// record returns what follows a title's text, nil when it is not there, and the
// place of the table where it is or would be. h is the hash of the title.
func (c *titleCache) record(title string, h uint64) (row []byte, slot int, hash uint32) {
	hash = uint32(h >> 32)
	mask := len(c.table) - 1
	for slot = int(h) & mask; ; slot = (slot + 1) & mask {
		s := c.table[slot]
		if s.at == 0 {
			return nil, slot, hash
		}
		if s.hash != hash {
			continue
		}
		b := c.records[s.at-1:]
		if n := int(binary.LittleEndian.Uint32(b)); n == len(title) && string(b[4:4+n]) == title {
			return b[4+n:], slot, hash
		}
	}
}

// knows returns what a title gave before, nil if it is not there, and judges the
// cache by that. i is the place of the title among those that coming was told.
// The row is good until the cache begins anew, see begun.
func (c *titleCache) knows(title string, i int) []byte {
	if c.aside > 0 {
		c.aside--
		return nil
	}
	if c.asked++; c.asked >= cacheJudged && c.full {
		if c.found < c.asked/16 {
			c.aside = cacheAside
		}
		c.asked, c.found, c.full = 0, 0, false
	}
	row, _, _ := c.record(title, c.hashes[i])
	if row != nil {
		c.found++
	}
	return row
}

// readKnown adds what a title gave before.
func readKnown(row []byte, out []lake.Column) {
	for i := range out {
		row = readCached(row, &out[i])
	}
}

// keep remembers a row of out.
func (c *titleCache) keep(title string, out []lake.Column, row int) {
	if c.aside > 0 {
		return
	}
	if 2*c.titles >= len(c.table) {
		c.grow()
	}
	if len(c.records)+8*len(c.table) >= c.room {
		clear(c.table)
		c.records, c.titles, c.full = c.records[:0], 0, true
		c.begun++
	}
	known, slot, hash := c.record(title, maphash.String(c.seed, title))
	if known != nil { // it stood among the others twice
		return
	}
	c.table[slot] = titleSlot{at: uint32(len(c.records) + 1), hash: hash}
	c.titles++
	c.records = binary.LittleEndian.AppendUint32(c.records, uint32(len(title)))
	c.records = append(c.records, title...)
	for i := range out {
		c.records = appendCached(c.records, &out[i], row)
	}
}

// grow doubles the table.
func (c *titleCache) grow() {
	old := c.table
	c.table = make([]titleSlot, 2*len(old))
	mask := len(c.table) - 1
	for _, s := range old {
		if s.at == 0 {
			continue
		}
		b := c.records[s.at-1:]
		h := maphash.Bytes(c.seed, b[4:4+binary.LittleEndian.Uint32(b)])
		slot := int(h) & mask
		for c.table[slot].at != 0 {
			slot = (slot + 1) & mask
		}
		c.table[slot] = s
	}
}

// appendCached adds row i of a column: 0 for a null, or else 1 and the
// value, of which a list of texts has its length and that of each text before
// it.
func appendCached(b []byte, c *lake.Column, i int) []byte {
	if c.Null(i) {
		return append(b, 0)
	}
	b = append(b, 1)
	switch {
	case c.Elem != nil:
		b = binary.AppendUvarint(b, uint64(c.Lists[i+1]-c.Lists[i]))
		for k := c.Lists[i]; k < c.Lists[i+1]; k++ {
			text := c.Elem.Str(k)
			b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		}
	case c.Type.Kind == lake.Int:
		b = binary.LittleEndian.AppendUint64(b, uint64(c.Ints[i]))
	default:
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Floats[i]))
	}
	return b
}

// readCached adds a row as appendCached wrote it, and returns what follows.
func readCached(b []byte, c *lake.Column) []byte {
	there := b[0] == 1
	b = b[1:]
	if !there {
		c.AppendNull()
		return b
	}
	switch c.Type.Kind {
	case lake.List:
		n, k := binary.Uvarint(b)
		b = b[k:]
		for range n {
			size, k := binary.Uvarint(b)
			c.Elem.AppendStr(b[k : k+int(size)])
			b = b[k+int(size):]
		}
		c.AppendList()
		return b
	case lake.Int:
		c.AppendInt(int64(binary.LittleEndian.Uint64(b)))
	default:
		c.AppendFloat(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return b[8:]
}
