package lake

import "fmt"

// Dictionaries
//
// A Column may hold its values once, in Dict, and for each row the number of
// its value, in Indexes. That is how Parquet stores what repeats: a reader made
// with WithDictionaries hands over what the file has, and a ParquetWriter
// writes it without looking at the values again. Whoever knows nothing of
// dictionaries reads without that option, or calls Materialise.

// Materialise makes a column that is given by a dictionary one that holds its
// values row by row. It does nothing to other columns.
func (c *Column) Materialise() {
	if c.Elem != nil {
		c.Elem.Materialise()
	}
	if c.Dict == nil {
		return
	}
	dict, indexes := c.Dict, c.Indexes
	c.Dict, c.Indexes = nil, nil
	switch {
	case c.Type.Kind == List:
		valid := c.Valid
		c.Valid = nil
		for i, k := range indexes {
			if valid != nil && !valid[i] {
				c.AppendNull()
			} else {
				c.AppendFrom(dict, int(k))
			}
		}
	default:
		gather(c, dict, indexes, c.Valid)
	}
	c.Indexes = indexes[:0]
}

// gather appends the values of dict that indexes name; valid, if not nil, tells
// which of the rows have one.
func gather[I int32 | uint32](col, dict *Column, indexes []I, valid []bool) {
	null := func(i int) bool { return valid != nil && !valid[i] }
	switch col.Type.storage() {
	case bytesStorage:
		if len(col.Offsets) == 0 {
			col.Offsets = append(col.Offsets, 0)
		}
		out, offsets := col.Bytes, col.Offsets
		from, text := dict.Offsets, dict.Bytes
		for i, k := range indexes {
			if !null(i) {
				out = append(out, text[from[k]:from[k+1]]...)
			}
			offsets = append(offsets, len(out))
		}
		col.Bytes, col.Offsets = out, offsets
	case intsStorage:
		for i, k := range indexes {
			v := int64(0)
			if !null(i) {
				v = dict.Ints[k]
			}
			col.Ints = append(col.Ints, v)
		}
	case floatsStorage:
		for i, k := range indexes {
			v := 0.0
			if !null(i) {
				v = dict.Floats[k]
			}
			col.Floats = append(col.Floats, v)
		}
	case boolsStorage:
		for i, k := range indexes {
			col.Bools = append(col.Bools, !null(i) && dict.Bools[k])
		}
	case noStorage, listStorage:
	}
}

// plain returns b, or, if it has columns with dictionaries, another batch of
// the same rows that has none. Columns without are shared.
func (b *Batch) plain() *Batch {
	if !b.HasDictionaries() {
		return b
	}
	out := &Batch{Rows: b.Rows, Columns: make([]Column, len(b.Columns))}
	for i := range b.Columns {
		from, to := &b.Columns[i], &out.Columns[i]
		if !from.hasDictionary() {
			*to = *from
			continue
		}
		to.init(from.Field)
		for row := range b.Rows {
			to.AppendFrom(from, row)
		}
	}
	return out
}

// HasDictionaries tells whether a column of the batch, or the elements of one,
// are given by a dictionary.
func (b *Batch) HasDictionaries() bool {
	for i := range b.Columns {
		if b.Columns[i].hasDictionary() {
			return true
		}
	}
	return false
}

// Materialise makes all columns of the batch hold their values row by row.
func (b *Batch) Materialise() {
	for i := range b.Columns {
		b.Columns[i].Materialise()
	}
}

func (c *Column) hasDictionary() bool {
	return c.Dict != nil || c.Elem != nil && c.Elem.Dict != nil
}

// checkIndexes tells whether every index is one of the dictionary.
func (c *Column) checkIndexes() error {
	n := uint32(c.Dict.Len())
	for i, k := range c.Indexes {
		if uint32(k) >= n && !c.Null(i) {
			return fmt.Errorf("column %q, row %d: index %d in a dictionary of %d", c.Name, i, k, n)
		}
	}
	return nil
}

// AppendRange adds rows from to to of src, a column of the same type. An empty
// column takes the dictionary of src over; one that has begun otherwise gets
// values.
func (c *Column) AppendRange(src *Column, from, to int) {
	if from >= to {
		return
	}
	if c.Len() == 0 && src.Dict != nil {
		c.Reset()
		c.Dict = src.Dict
	}
	if c.Dict != nil && c.Dict != src.Dict {
		c.Materialise()
	}
	n := c.Len()
	switch {
	case c.Dict != nil:
		c.Indexes = append(c.Indexes, src.Indexes[from:to]...)
	case src.Dict != nil, c.Type.storage() == noStorage:
		for i := from; i < to; i++ {
			c.AppendFrom(src, i)
		}
		return
	case c.Type.storage() == bytesStorage:
		c.Offsets = appendOffsets(c.Offsets, len(c.Bytes), src.Offsets[from:to+1])
		c.Bytes = append(c.Bytes, src.Bytes[src.Offsets[from]:src.Offsets[to]]...)
	case c.Type.storage() == intsStorage:
		c.Ints = append(c.Ints, src.Ints[from:to]...)
	case c.Type.storage() == floatsStorage:
		c.Floats = append(c.Floats, src.Floats[from:to]...)
	case c.Type.storage() == boolsStorage:
		c.Bools = append(c.Bools, src.Bools[from:to]...)
	case c.Type.storage() == listStorage:
		c.Lists = appendOffsets(c.Lists, c.Elem.Len(), src.Lists[from:to+1])
		c.Elem.AppendRange(src.Elem, src.Lists[from], src.Lists[to])
	}
	switch {
	case src.Valid != nil:
		if c.Valid == nil {
			c.Valid = c.spare[:0]
			for range n {
				c.Valid = append(c.Valid, true)
			}
		}
		c.Valid = append(c.Valid, src.Valid[from:to]...)
	default:
		c.markValid(to - from)
	}
}

// appendOffsets adds the ends of rows whose first begins at start.
func appendOffsets(dst []int, start int, src []int) []int {
	if len(dst) == 0 {
		dst = append(dst, start)
	}
	for _, end := range src[1:] {
		dst = append(dst, end-src[0]+start)
	}
	return dst
}
