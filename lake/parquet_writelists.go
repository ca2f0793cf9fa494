package lake

// listTable is what the lists of a dictionary become in the file: for each, the
// places of its elements in the dictionary of the chunk.
type listTable struct {
	of       *Column // a column of lists, shared between batches
	elements *Column // of it
	start    []int32 // in places, -1 for a list that has not been met
	places   []uint32
	simple   bool // no element is null
}

// lists prepares the table for a dictionary.
func (w *chunkWriter) lists(dict *Column) *listTable {
	t := &w.tables
	if t.of == dict {
		return t
	}
	t.of, t.start, t.places = dict, t.start[:0], t.places[:0]
	for range dict.Len() {
		t.start = append(t.start, -1)
	}
	t.simple = dict.Elem.Nulls() == 0
	return t
}

// place adds the elements of list k, in a page with a dictionary.
func (t *listTable) place(w *chunkWriter, k int32) {
	t.start[k] = int32(len(t.places))
	for e := t.of.Lists[k]; e < t.of.Lists[k+1]; e++ {
		t.places = append(t.places, w.placeOf(t.of.Elem, e))
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
			if t := w.lists(c.Dict); t.simple {
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
	lists := t.of.Lists
	for len(w.defs) < w.count { // from here on there are levels
		w.defs = append(w.defs, full)
	}
	defs, reps, indexes := w.defs, w.reps, w.indexes
	for ; from < to && len(defs) < pageLevels; from++ {
		if c.Valid != nil && !c.Valid[from] {
			defs, reps = append(defs, 0), append(reps, 0)
			w.nulls++
			continue
		}
		k := c.Indexes[from]
		at := t.start[k]
		if at < 0 {
			if w.dictFull(true) {
				break
			}
			t.place(w, k)
			at = t.start[k]
		}
		n := int32(lists[k+1] - lists[k])
		if n == 0 {
			defs, reps = append(defs, empty), append(reps, 0)
			w.nulls++
			continue
		}
		for e, place := range t.places[at : at+n] {
			defs = append(defs, full)
			reps = append(reps, uint8(min(e, 1)))
			indexes = append(indexes, place)
		}
	}
	w.count = len(defs)
	w.present += len(indexes) - len(w.indexes)
	w.defs, w.reps, w.indexes = defs, reps, indexes
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
