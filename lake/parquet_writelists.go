package lake

import (
	"encoding/binary"
	"slices"
)

// listTable is what the lists of a dictionary become in the file: for each, the
// places of its elements in the dictionary of the chunk.
type listTable struct {
	of     *Column // a column of lists, shared between batches
	lists  []listPlaces
	places []uint32 // of the longer lists
	simple bool     // no element is null
}

// listPlaces is one list. Up to shortList places lie here, so that a row costs
// one place in memory and no jump that depends on how long its list is; of a
// longer list the first number is where its places begin in the table.
type listPlaces struct {
	n      int32 // elements, or -1 for a list that has not been met
	places [shortList]uint32
}

const shortList = 3

// listsOf prepares the table for a dictionary.
func (w *chunkWriter) listsOf(dict *Column) *listTable {
	t := &w.tables
	if t.of == dict {
		return t
	}
	t.of, t.lists, t.places = dict, t.lists[:0], t.places[:0]
	for range dict.Len() {
		t.lists = append(t.lists, listPlaces{n: -1})
	}
	t.simple = dict.Elem.Nulls() == 0
	return t
}

// meet fills in list k, in a page with a dictionary.
func (t *listTable) meet(w *chunkWriter, k int32) {
	first, last := t.of.Lists[k], t.of.Lists[k+1]
	l := &t.lists[k]
	l.n = int32(last - first)
	if l.n > shortList {
		l.places[0] = uint32(len(t.places))
		for e := first; e < last; e++ {
			t.places = append(t.places, w.placeOf(t.of.Elem, e))
		}
		return
	}
	for e := first; e < last; e++ {
		l.places[e-first] = w.placeOf(t.of.Elem, e)
	}
}

// placeOf returns the place of an element that is not null.
func (w *chunkWriter) placeOf(c *Column, row int) uint32 {
	if c.Dict == nil {
		return w.dict.add(c, row)
	}
	k := c.Indexes[row]
	if at := w.dict.numbersOf(c.Dict)[k]; at >= 0 {
		return uint32(at)
	}
	return w.dict.take(k)
}

// writeLists adds rows from to to of a List.
func (w *chunkWriter) writeLists(c *Column, from, to int) error {
	for from < to {
		carried := c.Dict != nil || c.Elem.Dict != nil
		if err := w.prepare(c, from, carried); err != nil {
			return err
		}
		if c.Dict != nil && w.kind == EncodingDictionary {
			if t := w.listsOf(c.Dict); t.simple {
				from = w.listRows(t, c, from, to)
				continue
			}
		}
		for from < to && w.room() && !w.dictFull(carried) {
			if c.Dict != nil && !c.Null(from) {
				w.listRow(c.Dict, int(c.Indexes[from]), false)
			} else {
				w.listRow(c, from, c.Null(from))
			}
			from++
		}
	}
	return nil
}

// dictFull tells whether the page needs another encoding because its
// dictionary is full.
func (w *chunkWriter) dictFull(carried bool) bool {
	if w.kind != EncodingDictionary {
		return false
	}
	if carried {
		w.full = w.full || w.dict.size >= carriedDict
	} else {
		w.full = w.full || w.dict.size >= hashedDict && !w.pays()
	}
	return w.full
}

// listRows is the fast way for lists in a dictionary, without null elements. It
// returns where it stopped.
func (w *chunkWriter) listRows(t *listTable, c *Column, from, to int) int {
	empty, full := uint8(w.maxDef-2), uint8(w.maxDef)
	for len(w.defs) < w.count { // from here on there are levels
		w.defs = append(w.defs, full)
	}
	const slack = 4 // levels of a row that are written at once
	shortDefs := [shortList + 1]uint32{uint32(empty), uint32(full) * 0x010101, uint32(full) * 0x010101, uint32(full) * 0x010101}
	shortLevels := [shortList + 1]uint8{1, 1, 2, 3}
	before := len(w.indexes)
	levels, values := w.count, before
	for from < to && levels < pageLevels {
		// Short lists, as many as there is room for without a look at it.
		some := min(to, from+pieceRows)
		w.defs = slices.Grow(w.defs[:levels], shortList*(some-from)+slack)
		w.reps = slices.Grow(w.reps[:levels], shortList*(some-from)+slack)
		w.indexes = slices.Grow(w.indexes[:values], shortList*(some-from)+slack)
		defs, reps, indexes := w.defs[:cap(w.defs)], w.reps[:cap(w.reps)], w.indexes[:cap(w.indexes)]
		for ; from < some && levels < pageLevels; from++ {
			if c.Valid != nil && !c.Valid[from] {
				defs[levels], reps[levels] = 0, 0
				levels++
				continue
			}
			l := &t.lists[c.Indexes[from]]
			n := l.n
			if uint32(n) > shortList {
				break
			}
			binary.LittleEndian.PutUint32(defs[levels:levels+slack], shortDefs[n])
			binary.LittleEndian.PutUint32(reps[levels:levels+slack], 0x010100)
			*(*[shortList]uint32)(indexes[values:]) = l.places
			levels += int(shortLevels[n])
			values += int(n)
		}
		w.defs, w.reps, w.indexes = defs[:levels], reps[:levels], indexes[:values]
		if from == some || levels >= pageLevels {
			continue
		}
		k := c.Indexes[from]
		if t.lists[k].n < 0 {
			if w.dictFull(true) {
				break
			}
			t.meet(w, k)
			continue
		}
		from++
		for e, place := range t.places[t.lists[k].places[0]:][:t.lists[k].n] {
			w.defs = append(w.defs, full)
			w.reps = append(w.reps, uint8(min(e, 1)))
			w.indexes = append(w.indexes, place)
		}
		levels, values = len(w.defs), len(w.indexes)
	}
	w.nulls += int64(levels - w.count - (values - before))
	w.count = levels
	w.present += values - before
	return from
}

// listRow adds one list.
func (w *chunkWriter) listRow(c *Column, row int, null bool) {
	level := func(rep, def int) {
		w.addDefs(uint8(def), 1)
		w.reps = append(w.reps, uint8(rep))
		w.count++
		if def < w.maxDef {
			w.nulls++
		} else {
			w.present++
		}
	}
	if null {
		level(0, 0)
		return
	}
	first, last := c.Lists[row], c.Lists[row+1]
	if first == last {
		level(0, w.maxDef-2)
		return
	}
	for k := first; k < last; k++ {
		rep := min(k-first, 1)
		if c.Elem.Null(k) {
			level(rep, w.maxDef-1)
			continue
		}
		level(rep, w.maxDef)
		switch {
		case w.kind == EncodingDictionary:
			w.indexes = append(w.indexes, w.placeOf(c.Elem, k))
		case c.Elem.Dict != nil:
			w.value(c.Elem.Dict, int(c.Elem.Indexes[k]))
		default:
			w.value(c.Elem, k)
		}
	}
}
