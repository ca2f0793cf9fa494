package local

import (
	"hash/maphash"
	"slices"
	"strings"

	"gondola/lake"
	"gondola/pipeline/artifact"
	"gondola/pipeline/text"
)

// titleTable turns texts of titles into forms of words for one worker: each
// text once, as long as it is remembered. When its memory is full, what it
// counted goes to a raw token file, and it begins anew; equal titles are put
// together at the end (see partitions).
type titleTable struct {
	reader *text.Reader
	words  text.Words
	forms  *artifact.FormCounter
	gaps   bool // mark where words are not adjacent, for phrases
	budget int  // bytes
	create func() (*tokenWriter, error)
	raw    *tokenWriter // nil before anything was written

	seed    maphash.Seed
	slots   []tableSlot // open addressing; a power of two
	entries []tableTitle
	text    []byte  // of the titles, one after the other
	parts   []int32 // of the titles: forms, then dropped pieces by their number

	pieces     map[piece]int32 // pieces that were dropped, numbered
	dropped    []piece         // by number
	pieceBytes int

	dict       *lake.Column // the last dictionary of titles that was seen
	dictTitles []int32      // by its rows: the title, or -1
	dictN      []uint32     // by its rows: how often in this batch
	dictRows   []dictRow    // those in this batch

	batchN     []int64 // by number of a piece: how often in this batch
	touched    []int32 // titles of this batch
	batchDrops []int32 // pieces of this batch
	turn       uint32  // number of this batch
	none       tokenTitle
	written    []int32
}

// tableSlot is a title in the table: the upper half of its hash, and its number
// raised by one.
type tableSlot struct{ tag, title uint32 }

type tableTitle struct {
	times, first int64
	hash         uint64
	text         uint32 // where it begins in titleTable.text
	length       uint32
	parts        uint32 // where they begin in titleTable.parts
	forms, drops uint32 // how many of them
	words, head  uint32 // kept ones; how many of forms stand in the head
	turn         uint32 // the batch in which n was counted
	n            uint32 // rows of that batch
}

// titleBytes is what a title takes beside its text and its parts: a
// tableTitle, its place in touched, and two slots.
const titleBytes = 72 + 4 + 16

// dictRow is a title of a dictionary, and the row of a batch where it comes
// first.
type dictRow struct{ at, row int32 }

type piece struct {
	why  text.Reason
	text string
}

// pieceBytes is about what a piece takes beside its text.
const pieceBytes = 80

func (r *titleReader) newTable(budget int64, create func() (*tokenWriter, error)) *titleTable {
	t := &titleTable{
		forms: r.builder.Forms(), gaps: r.gaps,
		// Offsets are 32 bits, and a batch may come on top.
		budget: int(min(budget, 1<<30)), create: create, seed: maphash.MakeSeed(), pieces: map[piece]int32{},
	}
	t.reader = text.NewReaderOfAll(r.tokenizer, t.forms.Number, t.piece)
	return t
}

// batch counts the titles of a batch of which first is the first row. It
// returns what was kept and dropped, and the number of null titles.
func (t *titleTable) batch(first int64, titles *lake.Column) (*text.Counts, int64, error) {
	t.turn++
	nulls := int64(0)
	if titles.Valid != nil {
		for i, ok := range titles.Valid {
			if !ok {
				nulls++
				t.noWords(1, first+int64(i))
			}
		}
	}
	if titles.Dict != nil {
		t.countDictionary(first, titles)
	} else {
		all := string(titles.Bytes) // tokens point into it
		for i := range titles.Len() {
			if !titles.Null(i) {
				row := first + int64(i)
				t.count(t.find(all[titles.Offsets[i]:titles.Offsets[i+1]], row), 1)
			}
		}
	}
	counts := t.endBatch()
	if len(t.text)+4*len(t.parts)+titleBytes*len(t.entries) >= t.budget/4*3 || t.pieceBytes >= t.budget/2 {
		return counts, nulls, t.flush()
	}
	return counts, nulls, nil
}

// noWords counts rows that have no word, and of which first is the first.
func (t *titleTable) noWords(times, first int64) {
	if t.none.times == 0 || first < t.none.first {
		t.none.first = first
	}
	t.none.times += times
}

// countDictionary counts the titles of a batch that has a dictionary: each of
// its values is looked up once.
func (t *titleTable) countDictionary(first int64, titles *lake.Column) {
	if titles.Dict != t.dict {
		t.dict = titles.Dict
		n := t.dict.Len()
		t.dictN = slices.Grow(t.dictN[:0], n)[:n] // all are zero between batches
		t.dictTitles = slices.Grow(t.dictTitles[:0], n)[:n]
		t.forgetDictionary()
	}
	for i, k := range titles.Indexes {
		if titles.Null(i) {
			continue
		}
		if t.dictN[k] == 0 {
			t.dictRows = append(t.dictRows, dictRow{k, int32(i)})
		}
		t.dictN[k]++
	}
	for _, d := range t.dictRows {
		number := t.dictTitles[d.at]
		if number < 0 {
			number = t.find(t.dict.String(int(d.at)), first+int64(d.row))
			t.dictTitles[d.at] = number
		}
		t.count(number, t.dictN[d.at])
		t.dictN[d.at] = 0
	}
	t.dictRows = t.dictRows[:0]
}

func (t *titleTable) forgetDictionary() {
	for i := range t.dictTitles {
		t.dictTitles[i] = -1
	}
}

// count counts a title that stands in n rows of this batch.
func (t *titleTable) count(number int32, n uint32) {
	e := &t.entries[number]
	if e.turn != t.turn {
		e.turn, e.n = t.turn, 0
		t.touched = append(t.touched, number)
	}
	e.n += n
}

// find returns the number of a title, which is read when it is new; row is
// where it stands.
func (t *titleTable) find(title string, row int64) int32 {
	if len(t.entries) >= len(t.slots)/2 {
		t.grow()
	}
	h := maphash.String(t.seed, title)
	tag, mask := uint32(h>>32), uint64(len(t.slots)-1)
	i := h & mask
	for ; t.slots[i].title != 0; i = (i + 1) & mask {
		s := t.slots[i]
		if s.tag != tag {
			continue
		}
		if e := &t.entries[s.title-1]; string(t.text[e.text:e.text+e.length]) == title {
			return int32(s.title - 1)
		}
	}
	t.slots[i] = tableSlot{tag, uint32(len(t.entries) + 1)}
	return t.read(title, h, row)
}

func (t *titleTable) grow() {
	t.slots = make([]tableSlot, max(1024, 2*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for number := range t.entries {
		h := t.entries[number].hash
		i := h & mask
		for t.slots[i].title != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = tableSlot{uint32(h >> 32), uint32(number + 1)}
	}
}

// read cuts a new title into words and remembers it.
func (t *titleTable) read(title string, hash uint64, first int64) int32 {
	e := tableTitle{hash: hash, first: first, text: uint32(len(t.text)), length: uint32(len(title)), parts: uint32(len(t.parts))}
	t.text = append(t.text, title...)
	t.reader.Start(&t.words)
	head := t.reader.Read(title, &t.words)
	e.words = uint32(len(t.words.Numbers))
	for k, form := range t.words.Numbers {
		if t.gaps && k > 0 && !t.adjacent(title, k-1, head) {
			t.parts = append(t.parts, artifact.Gap)
		}
		t.parts = append(t.parts, form)
		if k < head {
			e.head = uint32(len(t.parts)) - e.parts
		}
	}
	e.forms = uint32(len(t.parts)) - e.parts
	t.parts = append(t.parts, t.words.Drops...)
	e.drops = uint32(len(t.parts)) - e.parts - e.forms
	t.entries = append(t.entries, e)
	return int32(len(t.entries) - 1)
}

// adjacent tells whether word k of the title that was read may be a phrase with
// the next one.
func (t *titleTable) adjacent(title string, k, head int) bool {
	a, b := t.words.Spans[k], t.words.Spans[k+1]
	return text.Adjacent(title, &text.Token{Start: int(a.Start), End: int(a.End), Head: k < head},
		&text.Token{Start: int(b.Start), End: int(b.End), Head: k+1 < head})
}

// piece numbers a piece that was dropped.
func (t *titleTable) piece(token *text.Token) int32 {
	p := piece{token.Drop, token.Text}
	if number, ok := t.pieces[p]; ok {
		return number
	}
	number := int32(len(t.dropped))
	p.text = strings.Clone(p.text) // do not hold on to the title
	t.pieces[p] = number
	t.dropped = append(t.dropped, p)
	t.batchN = append(t.batchN, 0)
	t.pieceBytes += len(p.text) + pieceBytes
	return number
}

// endBatch sums up the batch. The order of the pieces follows from its rows
// alone.
func (t *titleTable) endBatch() *text.Counts {
	counts := &text.Counts{}
	for _, number := range t.touched {
		e := &t.entries[number]
		n := int64(e.n)
		e.times += n
		counts.AddTitles(int(e.words), int(e.drops), n)
		for _, p := range t.parts[e.parts+e.forms : e.parts+e.forms+e.drops] {
			if t.batchN[p] == 0 {
				t.batchDrops = append(t.batchDrops, p)
			}
			t.batchN[p] += n
		}
	}
	for _, p := range t.batchDrops {
		counts.AddDropped(t.dropped[p].why, t.dropped[p].text, t.batchN[p])
		t.batchN[p] = 0
	}
	t.touched, t.batchDrops = t.touched[:0], t.batchDrops[:0]
	return counts
}

// flush writes what was counted to the raw token file and forgets the titles.
// Every form is raised by one there, so that artifact.Gap is 0.
func (t *titleTable) flush() error {
	if t.raw == nil {
		var err error
		if t.raw, err = t.create(); err != nil {
			return spillError(err)
		}
	}
	for i := range t.entries {
		e := &t.entries[i]
		if e.words == 0 {
			t.noWords(e.times, e.first)
			continue
		}
		t.written = t.written[:0]
		for _, form := range t.parts[e.parts : e.parts+e.forms] {
			if form != artifact.Gap {
				t.forms.Add(form, e.times)
			}
			t.written = append(t.written, form+1)
		}
		if err := t.raw.add(tokenTitle{t.written, int(e.head), e.times, e.first}); err != nil {
			return spillError(err)
		}
	}
	if t.none.times > 0 {
		if err := t.raw.add(t.none); err != nil {
			return spillError(err)
		}
		t.none.times = 0
	}
	clear(t.slots)
	t.forgetDictionary()
	t.entries, t.text, t.parts = t.entries[:0], t.text[:0], t.parts[:0]
	if t.pieceBytes >= t.budget/4 {
		t.reader.Forget()
		clear(t.pieces)
		clear(t.dropped)
		t.dropped, t.batchN, t.pieceBytes = t.dropped[:0], t.batchN[:0], 0
	}
	return nil
}

// finish returns the raw token file, or nil where there was no row.
func (t *titleTable) finish() (*tokenFile, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	t.forms.Merge()
	t.dict = nil
	return t.raw.finish()
}

// discard removes what was written, if finish was not called.
func (t *titleTable) discard() {
	if t.raw != nil {
		t.raw.discard()
	}
}
