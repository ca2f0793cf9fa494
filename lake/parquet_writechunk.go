package lake

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// chunkWriter turns rows into the pages of one column chunk. Pages that are
// full are encoded and compressed at once, and wait in memory until the row
// group ends: the dictionary, which comes first in the file, is known only then.
type chunkWriter struct {
	leafWriter
	encoding Encoding // of the options
	packer   packer

	// The row group.
	mode     Encoding // what was judged good for values that come without a dictionary; EncodingAuto before that
	dict     *chunkDict
	full     bool     // the dictionary takes no more
	pages    [][]byte // each with its header; the memory of earlier row groups is used again
	pageSize int      // bytes of all pages
	levels   int64
	bounds   bounds
	nulls    int64
	unpacked int // bytes of the pages before compression
	used     []format.PageEncodingStats
	tables   listTable

	// The page that is being filled.
	kind    Encoding // dictionary, plain or delta
	count   int      // levels
	present int      // values
	defs    []uint8  // empty as long as all are maxDef
	reps    []uint8
	indexes []uint32
	plain   []byte
	bools   int    // bits in plain
	delta   Column // values of a page in differences

	body, packed []byte
}

// A page ends when it has pageLevels values, nulls among them, or pageBytes
// bytes.
const (
	pageLevels = 128 << 10
	pageBytes  = 1 << 20
)

// Dictionaries that are made here end at hashedDict bytes, those that batches
// bring along at carriedDict.
const (
	hashedDict  = 1 << 20
	carriedDict = 32 << 20
)

func newChunkWriter(f Field, e Encoding, p packer) (*chunkWriter, error) {
	l, err := newLeafWriter(f)
	if err != nil {
		return nil, err
	}
	w := &chunkWriter{leafWriter: l, encoding: e, packer: p, dict: newChunkDict(l.field), kind: EncodingPlain}
	w.delta.init(l.field)
	w.bounds.leaf, w.bounds.store = l.field.Type, l.store
	return w, nil
}

// size is about what the rows of the row group take, unpacked.
func (w *chunkWriter) size() int {
	return w.unpacked + len(w.plain) + 4*len(w.indexes) + w.delta.bytesUsed() + w.dict.size + len(w.defs) + len(w.reps)
}

// goesOn tells whether the column has the dictionary that the rows before had.
func (w *chunkWriter) goesOn(c *Column) bool {
	switch {
	case c.Type.Kind != List:
		return c.Dict == w.dict.from
	case c.Dict != nil:
		return c.Dict == w.tables.of
	}
	return c.Elem.Dict == w.dict.from
}

// write adds rows from to to of a column.
func (w *chunkWriter) write(c *Column, from, to int) error {
	if c.Type.Kind == List {
		return w.writeLists(c, from, to)
	}
	for from < to {
		if err := w.prepare(c, from, c.Dict != nil); err != nil {
			return err
		}
		n := min(to-from, pageLevels-w.count)
		end := from + n
		if c.Valid == nil {
			if w.maxDef > 0 {
				w.addDefs(uint8(w.maxDef), n)
			}
			w.count += n
			done := w.values(c, from, end)
			w.dropLevels(end - done) // where the page ended early
			from = done
			continue
		}
		if w.kind == EncodingDictionary && c.Dict != nil && c.Dict.Len() > 0 {
			from = w.carriedNulls(c, from, end)
			continue
		}
		for from < end && w.room() {
			k := from
			for k < end && !c.Valid[k] {
				k++
			}
			if k > from {
				w.addDefs(0, k-from)
				w.count += k - from
				w.nulls += int64(k - from)
				from = k
			}
			for k < end && c.Valid[k] {
				k++
			}
			if k > from {
				w.addDefs(uint8(w.maxDef), k-from)
				w.count += k - from
				done := w.values(c, from, k)
				w.dropLevels(k - done)
				if from = done; done < k {
					break
				}
			}
		}
	}
	return nil
}

// addDefs adds n equal definition levels.
func (w *chunkWriter) addDefs(level uint8, n int) {
	if len(w.defs) == 0 && int(level) == w.maxDef {
		return // the count is enough
	}
	for len(w.defs) < w.count {
		w.defs = append(w.defs, uint8(w.maxDef))
	}
	for range n {
		w.defs = append(w.defs, level)
	}
}

// dropLevels takes the last n levels, whose values did not fit, back.
func (w *chunkWriter) dropLevels(n int) {
	w.count -= n
	if len(w.defs) > w.count {
		w.defs = w.defs[:w.count]
	}
}

func (w *chunkWriter) room() bool {
	return w.count < pageLevels && len(w.plain) < pageBytes && len(w.delta.Bytes) < pageBytes
}

// prepare makes the open page one that takes values of column c from row from
// on, given by a dictionary or not.
func (w *chunkWriter) prepare(c *Column, from int, carried bool) error {
	kind := w.encoding
	switch {
	case kind == EncodingAuto && carried && !w.full:
		kind = EncodingDictionary
	case kind == EncodingAuto && w.mode == EncodingAuto:
		if w.mode = EncodingPlain; !carried && repeats(c, from) {
			w.mode = EncodingDictionary
		}
		kind = w.mode
	case kind == EncodingAuto:
		kind = w.mode
	}
	if kind == EncodingDictionary && w.full {
		kind = EncodingPlain
	}
	if w.count > 0 && (kind != w.kind || !w.room()) {
		if err := w.endPage(); err != nil {
			return err
		}
	}
	w.kind = kind
	return nil
}

// repeats tells whether a dictionary pays: among the next rows, one text in
// seven has been there before (in a whole row group it is then about one in
// two), or seven numbers in eight.
func repeats(c *Column, from int) bool {
	to := c.Len()
	if c.Type.Kind == List {
		if to == 0 {
			return false
		}
		from, to, c = c.Lists[from], c.Lists[to], c.Elem
	}
	const sample = 8192
	text := c.Type.Kind == String
	switch {
	case text, c.Type.storage() == intsStorage && !c.Type.Int96, c.Type.storage() == floatsStorage:
	default:
		return false
	}
	d := newChunkDict(c.Field)
	n := 0
	for i := from; i < to && n < sample; i++ {
		if !c.Null(i) {
			if c.Dict != nil {
				d.add(c.Dict, int(c.Indexes[i]))
			} else {
				d.add(c, i)
			}
			n++
		}
	}
	if distinct := d.values.Len(); text {
		return distinct*7 <= n*6+64
	} else {
		return n >= 64 && distinct*8 <= n
	}
}

// values adds the values of rows from to to, none of them null, and returns
// where it stopped: at to, or where the page is full or has to change.
func (w *chunkWriter) values(c *Column, from, to int) int {
	done := from
	switch {
	case w.kind == EncodingDictionary && c.Dict != nil:
		done = w.carried(c, from, to)
	case w.kind == EncodingDictionary:
		done = w.hashed(c, from, to)
	case c.Dict != nil:
		for done < to && w.room() {
			w.value(c.Dict, int(c.Indexes[done]))
			done++
		}
	case w.kind == EncodingPlain && w.store == storeText:
		done = w.texts(c, from, to)
	case w.kind == EncodingPlain && w.store != storeFixed && w.store != storeBool:
		w.plain = w.appendPlain(w.plain, c, from, to)
		w.bounds.add(c, from, to)
		done = to
	default:
		for done < to && w.room() {
			w.value(c, done)
			done++
		}
	}
	w.present += done - from
	return done
}

// texts adds texts to a plain page until that is full.
func (w *chunkWriter) texts(c *Column, from, to int) int {
	out, offsets := w.plain, c.Offsets[:to+1]
	for from < to && len(out) < pageBytes {
		v := c.Bytes[offsets[from]:offsets[from+1]]
		out = binary.LittleEndian.AppendUint32(out, uint32(len(v)))
		out = append(out, v...)
		w.bounds.addText(v)
		from++
	}
	w.plain = out
	return from
}

// carried adds indexes into the dictionary that a column brings along.
func (w *chunkWriter) carried(c *Column, from, to int) int {
	numbers := w.dict.numbersOf(c.Dict)
	out := w.indexes
	for i, k := range c.Indexes[from:to] {
		at := numbers[k]
		if at < 0 {
			if w.dict.size >= carriedDict {
				w.full = true
				w.indexes = out
				return from + i
			}
			at = int32(w.dict.take(k))
		}
		out = append(out, uint32(at))
	}
	w.indexes = out
	return to
}

// carriedNulls is carried for rows of which some are null, and adds their
// levels. What is null is often so at random: there is no jump that asks for it.
func (w *chunkWriter) carriedNulls(c *Column, from, to int) int {
	numbers := w.dict.numbersOf(c.Dict)
	for len(w.defs) < w.count { // from here on there are levels
		w.defs = append(w.defs, uint8(w.maxDef))
	}
	first, values := from, len(w.indexes)
	w.defs = slices.Grow(w.defs, to-from)
	w.indexes = slices.Grow(w.indexes, to-from+1)
	defs, indexes := w.defs[w.count:w.count+to-from], w.indexes[:cap(w.indexes)]
	valid, named := c.Valid[:to], c.Indexes[:to]
	for ; from < to; from++ {
		there := uint32(0)
		if valid[from] {
			there = 1
		}
		k := uint32(named[from]) & -there // a null may name anything
		at := numbers[k]
		if uint32(at)>>31&there == 1 {
			if w.dict.size >= carriedDict {
				w.full = true
				break
			}
			at = int32(w.dict.take(int32(k)))
		}
		defs[from-first] = uint8(there)
		indexes[values] = uint32(at)
		values += int(there)
	}
	w.present += values - len(w.indexes)
	w.nulls += int64(from - first - (values - len(w.indexes)))
	w.count += from - first
	w.defs, w.indexes = w.defs[:w.count], indexes[:values]
	return from
}

// hashed adds indexes into a dictionary that is made here.
func (w *chunkWriter) hashed(c *Column, from, to int) int {
	for i := from; i < to; i++ {
		if w.dict.size >= hashedDict && !w.pays() {
			w.full = true
			return i
		}
		w.indexes = append(w.indexes, w.dict.add(c, i))
	}
	return to
}

// pays tells whether a dictionary that has become large is still worth its
// place: its values come three times each.
func (w *chunkWriter) pays() bool {
	return w.dict.size < carriedDict/4 && w.levels+int64(len(w.indexes)) > 3*int64(w.dict.values.Len())
}

// value adds one value to a page without dictionary.
func (w *chunkWriter) value(c *Column, row int) {
	w.bounds.add(c, row, row+1)
	switch {
	case w.kind == EncodingDelta:
		w.delta.AppendFrom(c, row)
	case w.store == storeBool:
		if w.bools&7 == 0 {
			w.plain = append(w.plain, 0)
		}
		if c.Bools[row] {
			w.plain[w.bools>>3] |= 1 << (w.bools & 7)
		}
		w.bools++
	default:
		w.plain = w.appendPlain(w.plain, c, row, row+1)
	}
}

// endPage encodes the open page.
func (w *chunkWriter) endPage() error {
	if w.count == 0 {
		return nil
	}
	body := w.body[:0]
	if w.maxRep > 0 {
		body = appendLevels(body, w.reps, bits.Len(uint(w.maxRep)))
	}
	if w.maxDef > 0 {
		if len(w.defs) == 0 {
			at := len(body)
			body = append(body, 0, 0, 0, 0)
			body = appendRun(body, uint32(w.maxDef), w.count, uint(bits.Len(uint(w.maxDef))))
			body = setLength(body, at, len(body))
		} else {
			body = appendLevels(body, w.defs, bits.Len(uint(w.maxDef)))
		}
	}
	encoding := format.Plain
	switch {
	case w.present == 0: // nulls alone; other encodings would want a dictionary, or a head
	case w.kind == EncodingDictionary:
		encoding = format.RLEDictionary
		width := uint(max(1, bits.Len(uint(w.dict.values.Len()-1))))
		body = append(body, byte(width))
		body = appendRuns(body, w.indexes, width)
	case w.kind == EncodingDelta:
		encoding = w.deltaEncoding()
		var err error
		if body, err = w.appendDelta(body); err != nil {
			return err
		}
	default:
		body = append(body, w.plain...)
	}
	w.body = body
	header := format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
		NumValues: int32(w.count), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	})}
	n := len(w.pages)
	if n == cap(w.pages) {
		w.pages = append(w.pages, nil)
	} else {
		w.pages = w.pages[:n+1]
	}
	var err error
	if w.pages[n], err = w.appendPage(w.pages[n][:0], body, header, encoding); err != nil {
		return err
	}
	w.pageSize += len(w.pages[n])
	w.levels += int64(w.count)
	w.count, w.present, w.bools = 0, 0, 0
	w.defs, w.reps, w.indexes, w.plain = w.defs[:0], w.reps[:0], w.indexes[:0], w.plain[:0]
	w.delta.Reset()
	return nil
}

// appendPage compresses a page and adds it to dst behind its header, which has
// the checksum.
func (w *chunkWriter) appendPage(dst, body []byte, h format.PageHeader, e format.Encoding) ([]byte, error) {
	packed := body
	if w.packer.pack != nil {
		var err error
		if w.packed, err = w.packer.pack(w.packed, body); err != nil {
			return nil, err
		}
		packed = w.packed
	}
	if len(body) > math.MaxInt32 || len(packed) > math.MaxInt32 {
		return nil, fmt.Errorf("a page of %d bytes: Parquet has none of 2 GiB", len(body))
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(body)), int32(len(packed))
	h.CRC = int32(crc32.ChecksumIEEE(packed))
	var p thrift.CompactProtocol
	header, err := thrift.Marshal(&p, &h)
	if err != nil {
		return nil, err
	}
	w.unpacked += len(header) + len(body)
	w.note(h.Type, e)
	dst = slices.Grow(dst, len(header)+len(packed))
	return append(append(dst, header...), packed...), nil
}

// note notes a page for the footer.
func (w *chunkWriter) note(typ format.PageType, e format.Encoding) {
	for i := range w.used {
		if u := &w.used[i]; u.PageType == typ && u.Encoding == e {
			u.Count++
			return
		}
	}
	w.used = append(w.used, format.PageEncodingStats{PageType: typ, Encoding: e, Count: 1})
}

// appendLevels adds levels as pages of version 1 have them, after their length.
func appendLevels(body []byte, levels []uint8, width int) []byte {
	at := len(body)
	body = append(body, 0, 0, 0, 0)
	body = appendRuns(body, levels, uint(width))
	return setLength(body, at, len(body))
}

// setLength writes the bytes between at, where the length stands, and end.
func setLength(body []byte, at, end int) []byte {
	n := uint32(end - at - 4)
	body[at], body[at+1], body[at+2], body[at+3] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
	return body
}

// finish ends the chunk and returns its pages, a dictionary before them, and
// what the footer says about it. Offsets are from the beginning of the chunk.
// The bytes are valid until reset.
func (w *chunkWriter) finish() (dict []byte, pages [][]byte, m columnMeta, err error) {
	if err := w.endPage(); err != nil {
		return nil, nil, m, err
	}
	if n := w.dict.values.Len(); n > 0 {
		w.body = w.appendPlain(w.body[:0], &w.dict.values, 0, n)
		w.bounds.add(&w.dict.values, 0, n)
		h := format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain})}
		if dict, err = w.appendPage(nil, w.body, h, format.Plain); err != nil {
			return nil, nil, m, err
		}
	}
	m = columnMeta{
		Type: w.physical, PathInSchema: w.path, Codec: w.packer.codec, NumValues: w.levels,
		TotalUncompressedSize: int64(w.unpacked), TotalCompressedSize: int64(len(dict) + w.pageSize),
		DataPageOffset: int64(len(dict)), Statistics: w.bounds.statistics(w.nulls), EncodingStats: w.used,
	}
	m.Encoding = append(m.Encoding, format.RLE) // the levels
	for _, u := range w.used {
		if !slices.Contains(m.Encoding, u.Encoding) {
			m.Encoding = append(m.Encoding, u.Encoding)
		}
	}
	return dict, w.pages, m, nil
}

// reset makes the writer ready for the next row group.
func (w *chunkWriter) reset() {
	w.mode, w.full = EncodingAuto, false
	w.dict.reset()
	w.tables.of = nil // the next group has another dictionary of its own
	w.pages, w.pageSize = w.pages[:0], 0
	w.levels, w.nulls, w.unpacked, w.used = 0, 0, 0, nil
	w.bounds = bounds{leaf: w.bounds.leaf, store: w.bounds.store, low: w.bounds.low[:0], high: w.bounds.high[:0]}
}
