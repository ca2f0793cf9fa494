package local

import (
	"hash/maphash"
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
	tokenizer *text.Tokenizer
	forms     *artifact.FormCounter
	gaps      bool // mark where words are not adjacent, for phrases
	budget    int  // bytes
	create    func() (*tokenWriter, error)
	raw       *tokenWriter // nil before anything was written

	seed    maphash.Seed
	slots   []tableSlot // open addressing; a power of two
	entries []tableTitle
	text    []byte  // of the titles, one after the other
	parts   []int32 // of the titles: forms, then dropped pieces by their number

	pieces     map[piece]int32 // pieces that were dropped, numbered
	dropped    []piece         // by number
	pieceBytes int
	batchN     []int64 // by number of a piece: how often in this batch
	touched    []int32 // titles of this batch
	batchDrops []int32 // pieces of this batch
	turn       uint32  // number of this batch
	none       tokenTitle
	tokens     []text.Token
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
	words, head  uint32
	turn         uint32 // the batch in which n was counted
	n            uint32 // rows of that batch
}

// titleBytes is what a title takes beside its text and its parts: a
// tableTitle, its place in touched, and two slots.
const titleBytes = 72 + 4 + 16

type piece struct {
	why  text.Reason
	text string
}

// pieceBytes is about what a piece takes beside its text.
const pieceBytes = 80

func (r *titleReader) newTable(budget int64, create func() (*tokenWriter, error)) *titleTable {
	t := &titleTable{
		tokenizer: r.tokenizer, forms: r.builder.Forms(), gaps: r.gaps,
		// Offsets are 32 bits, and a batch may come on top.
		budget: int(min(budget, 1<<30)), create: create, seed: maphash.MakeSeed(), pieces: map[piece]int32{},
	}
	t.none.first = -1
	return t
}

// batch counts the titles of a batch of which first is the first row. It
// returns what was kept and dropped, and the number of null titles.
func (t *titleTable) batch(first int64, titles *lake.Column) (*text.Counts, int64, error) {
	t.turn++
	rows := titles.Len()
	all := string(titles.Bytes) // tokens point into it
	nulls := int64(0)
	for i := range rows {
		if titles.Null(i) {
			nulls++
			t.noWords(1, first+int64(i))
			continue
		}
		t.count(all[titles.Offsets[i]:titles.Offsets[i+1]], 1, first+int64(i))
	}
	counts := t.endBatch()
	used := len(t.text) + 4*cap(t.parts) + titleBytes*len(t.entries) + t.pieceBytes
	if used < t.budget {
		return counts, nulls, nil
	}
	return counts, nulls, t.flush()
}

// noWords counts rows that have no word, and of which first is the first.
func (t *titleTable) noWords(times, first int64) {
	if t.none.times == 0 || first < t.none.first {
		t.none.first = first
	}
	t.none.times += times
}

// count counts a title that stands in n rows of this batch, of which first is
// the first.
func (t *titleTable) count(title string, n uint32, first int64) {
	number := t.find(title, first)
	e := &t.entries[number]
	if e.turn != t.turn {
		e.turn, e.n = t.turn, 0
		t.touched = append(t.touched, number)
	}
	e.n += n
}

// find returns the number of a title, which is read when it is new.
func (t *titleTable) find(title string, first int64) int32 {
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
	return t.read(title, h, first)
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

// read cuts a new title into tokens and remembers it.
func (t *titleTable) read(title string, hash uint64, first int64) int32 {
	e := tableTitle{hash: hash, first: first, text: uint32(len(t.text)), length: uint32(len(title)), parts: uint32(len(t.parts))}
	t.text = append(t.text, title...)
	t.tokens = t.tokenizer.Tokenize(title, t.tokens[:0])
	for k := range t.tokens {
		token := &t.tokens[k]
		if token.Drop != text.Kept {
			continue
		}
		if t.gaps && e.words > 0 && (t.tokens[k-1].Drop != text.Kept || !text.Adjacent(title, &t.tokens[k-1], token)) {
			t.parts = append(t.parts, artifact.Gap)
		}
		t.parts = append(t.parts, t.forms.Number(token))
		e.words++
		if token.Head {
			e.head = uint32(len(t.parts)) - e.parts
		}
	}
	e.forms = uint32(len(t.parts)) - e.parts
	for k := range t.tokens {
		if token := &t.tokens[k]; token.Drop != text.Kept {
			t.parts = append(t.parts, t.piece(token))
		}
	}
	e.drops = uint32(len(t.parts)) - e.parts - e.forms
	t.entries = append(t.entries, e)
	return int32(len(t.entries) - 1)
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
		counts.AddTitles(int(e.words), n)
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
	clear(t.pieces)
	t.entries, t.text, t.parts = t.entries[:0], t.text[:0], t.parts[:0]
	t.dropped, t.batchN, t.pieceBytes = t.dropped[:0], t.batchN[:0], 0
	return nil
}

// finish returns the raw token file, or nil where there was no row.
func (t *titleTable) finish() (*tokenFile, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	t.forms.Merge()
	return t.raw.finish()
}

// discard removes what was written, if finish was not called.
func (t *titleTable) discard() {
	if t.raw != nil {
		t.raw.discard()
	}
}
