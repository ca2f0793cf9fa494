package lake

import (
	"fmt"
	"slices"
	"time"
)

// Column holds the values of one column for the rows of a Batch. Which slice
// is in use follows from the type, see Kind. A null row has a place in that
// slice too (zero, or no bytes), so that row i is always at index i.
//
// A Column is filled by a reader, by its Append methods, or by hand; it is
// reused between calls, so what is to be kept must be copied.
type Column struct {
	Field
	// Valid tells for each row whether it holds a value; nil means that all
	// rows do.
	Valid []bool
	// Bytes holds the text of all rows, one after the other: row i is
	// Bytes[Offsets[i]:Offsets[i+1]]. Offsets has one entry more than there are
	// rows, or none at all when there is no row.
	Bytes   []byte
	Offsets []int
	Ints    []int64
	Floats  []float64
	Bools   []bool
	// Lists has the same form as Offsets: the elements of row i of a List are
	// the rows Lists[i] to Lists[i+1] of Elem, a column of their type.
	Lists []int
	Elem  *Column
	// Dict, when it is not nil, holds the values instead: row i is row Indexes[i]
	// of it, unless it is null. A dictionary has the column's type and no nulls;
	// it is shared between batches and never changed. Only a reader that was made
	// WithDictionaries gives such columns, see Materialise.
	Dict    *Column
	Indexes []int32

	spare []bool // the memory of Valid while that is nil
}

// NewColumn returns an empty column for the field.
func NewColumn(f Field) *Column {
	c := &Column{Field: f}
	c.init(f)
	return c
}

// init makes c an empty column for f and keeps its memory.
func (c *Column) init(f Field) {
	c.Field = f
	c.Reset()
	if f.Type.Kind == List {
		if c.Elem == nil {
			c.Elem = &Column{}
		}
		c.Elem.Field = Field{Name: "element", Type: f.Type.Elem(), Nullable: true}
	}
}

// Reset empties the column and keeps its memory.
func (c *Column) Reset() {
	if c.Valid != nil {
		c.spare, c.Valid = c.Valid[:0], nil
	}
	c.Bytes, c.Offsets = c.Bytes[:0], c.Offsets[:0]
	c.Ints, c.Floats, c.Bools = c.Ints[:0], c.Floats[:0], c.Bools[:0]
	c.Lists = c.Lists[:0]
	c.Dict, c.Indexes = nil, c.Indexes[:0]
	if c.Elem != nil {
		c.Elem.Reset()
	}
}

// Len returns the number of rows.
func (c *Column) Len() int {
	if c.Dict != nil {
		return len(c.Indexes)
	}
	switch c.Type.storage() {
	case bytesStorage:
		return max(len(c.Offsets)-1, 0)
	case intsStorage:
		return len(c.Ints)
	case floatsStorage:
		return len(c.Floats)
	case boolsStorage:
		return len(c.Bools)
	case listStorage:
		return max(len(c.Lists)-1, 0)
	}
	return 0
}

// Null reports whether row i holds no value.
func (c *Column) Null(i int) bool { return c.Valid != nil && !c.Valid[i] }

// Nulls returns the number of rows that hold no value.
func (c *Column) Nulls() int {
	n := 0
	for _, ok := range c.Valid {
		if !ok {
			n++
		}
	}
	return n
}

// Str returns the bytes of row i of a column whose values are bytes (String,
// Binary, UUID, Fixed). The slice belongs to the column. It is empty for a
// null row.
func (c *Column) Str(i int) []byte {
	from, to := c.Offsets[i], c.Offsets[i+1]
	return c.Bytes[from:to:to]
}

// String returns row i as a string of its own, for the kinds of Str.
func (c *Column) String(i int) string { return string(c.Str(i)) }

// Strings returns the elements of row i of a List of strings; a null element is
// "".
// It is nil for a null row, and not nil for an empty list.
func (c *Column) Strings(i int) []string {
	if c.Null(i) {
		return nil
	}
	out := make([]string, 0, c.Lists[i+1]-c.Lists[i])
	for k := c.Lists[i]; k < c.Lists[i+1]; k++ {
		out = append(out, c.Elem.String(k))
	}
	return out
}

// bytesUsed is the memory that the values take.
func (c *Column) bytesUsed() int {
	n := len(c.Bytes) + 8*(len(c.Offsets)+len(c.Ints)+len(c.Floats)+len(c.Lists)) + len(c.Bools) + len(c.Valid) + 4*len(c.Indexes)
	if c.Elem != nil {
		n += c.Elem.bytesUsed()
	}
	return n
}

// markValid notes k more rows that hold a value. It is called after they were
// added.
func (c *Column) markValid(k int) {
	if c.Valid == nil {
		return
	}
	for range k {
		c.Valid = append(c.Valid, true)
	}
}

// markNull notes that the last row, just added, holds no value.
func (c *Column) markNull() {
	if c.Valid == nil {
		c.Valid = c.spare
	}
	n := c.Len()
	for len(c.Valid) < n-1 {
		c.Valid = append(c.Valid, true)
	}
	c.Valid = append(c.Valid, false)
}

func (c *Column) addBytes(v []byte) {
	if len(c.Offsets) == 0 {
		c.Offsets = append(c.Offsets, 0)
	}
	c.Bytes = append(c.Bytes, v...)
	c.Offsets = append(c.Offsets, len(c.Bytes))
}

// closeList ends a row of a List: its elements are those added to Elem since
// the row before.
func (c *Column) closeList() {
	if len(c.Lists) == 0 {
		c.Lists = append(c.Lists, 0)
	}
	c.Lists = append(c.Lists, c.Elem.Len())
}

// AppendNull adds a row that holds no value.
func (c *Column) AppendNull() {
	if c.Dict != nil {
		c.Indexes = append(c.Indexes, 0)
		c.markNull()
		return
	}
	switch c.Type.storage() {
	case bytesStorage:
		c.addBytes(nil)
	case intsStorage:
		c.Ints = append(c.Ints, 0)
	case floatsStorage:
		c.Floats = append(c.Floats, 0)
	case boolsStorage:
		c.Bools = append(c.Bools, false)
	case listStorage:
		c.closeList()
	}
	c.markNull()
}

// AppendStr adds a row to a column whose values are bytes; v is copied.
func (c *Column) AppendStr(v []byte) { c.addBytes(v); c.markValid(1) }

// AppendString adds a row to a column whose values are bytes.
func (c *Column) AppendString(v string) {
	if len(c.Offsets) == 0 {
		c.Offsets = append(c.Offsets, 0)
	}
	c.Bytes = append(c.Bytes, v...)
	c.Offsets = append(c.Offsets, len(c.Bytes))
	c.markValid(1)
}

// AppendInt adds a row to a column of Int, Date, Time, Timestamp or small
// Decimal.
func (c *Column) AppendInt(v int64) { c.Ints = append(c.Ints, v); c.markValid(1) }

// AppendFloat adds a row to a column of Float or Double.
func (c *Column) AppendFloat(v float64) { c.Floats = append(c.Floats, v); c.markValid(1) }

// AppendBool adds a row to a column of Bool.
func (c *Column) AppendBool(v bool) { c.Bools = append(c.Bools, v); c.markValid(1) }

// AppendStrings adds a row to a column of List of strings.
func (c *Column) AppendStrings(v []string) {
	for _, s := range v {
		c.Elem.AppendString(s)
	}
	c.closeList()
	c.markValid(1)
}

// AppendList adds a row to a column of List: its elements are those that were
// added to Elem since the row before.
func (c *Column) AppendList() {
	c.closeList()
	c.markValid(1)
}

// AppendFrom adds row i of src, a column of the same type.
func (c *Column) AppendFrom(src *Column, i int) {
	if src.Null(i) {
		c.AppendNull()
		return
	}
	if src.Dict != nil {
		src, i = src.Dict, int(src.Indexes[i])
	}
	switch c.Type.storage() {
	case bytesStorage:
		c.AppendStr(src.Str(i))
	case intsStorage:
		c.AppendInt(src.Ints[i])
	case floatsStorage:
		c.AppendFloat(src.Floats[i])
	case boolsStorage:
		c.AppendBool(src.Bools[i])
	case listStorage:
		for k := src.Lists[i]; k < src.Lists[i+1]; k++ {
			c.Elem.AppendFrom(src.Elem, k)
		}
		c.AppendList()
	}
}

// Append adds a row given as a Go value: nil, string, []byte, bool, any signed
// integer, uint64, float64, time.Time, time.Duration (a Time), []string or []any
// (a List), as far as the type of the column can hold it; an error names the column and
// both types. It is meant for small tables; readers use the typed methods.
func (c *Column) Append(v any) error {
	st := c.Type.storage()
	switch v := v.(type) {
	case nil:
		c.AppendNull()
		return nil
	case string:
		if st == bytesStorage && c.Type.width() == 0 {
			c.AppendString(v)
			return nil
		}
	case []byte:
		if w := c.Type.width(); st == bytesStorage && (w == 0 || w == len(v)) {
			c.AppendStr(v)
			return nil
		}
	case bool:
		if st == boolsStorage {
			c.AppendBool(v)
			return nil
		}
	case int:
		return c.Append(int64(v))
	case int32:
		return c.Append(int64(v))
	case int64:
		if st == intsStorage {
			c.AppendInt(v)
			return nil
		}
		if st == floatsStorage {
			c.AppendFloat(float64(v))
			return nil
		}
	case uint64:
		if c.Type.Kind == Int && c.Type.Unsigned {
			c.AppendInt(int64(v))
			return nil
		}
	case float64:
		if st == floatsStorage {
			c.AppendFloat(v)
			return nil
		}
	case time.Time:
		switch c.Type.Kind {
		case Date:
			c.AppendInt(floorDiv(v.Unix(), 86400))
			return nil
		case Timestamp:
			per := c.Type.Unit.PerSecond()
			c.AppendInt(v.Unix()*per + int64(v.Nanosecond())/(1e9/per))
			return nil
		}
	case time.Duration:
		if c.Type.Kind == Time {
			c.AppendInt(int64(v) / (1e9 / c.Type.Unit.PerSecond()))
			return nil
		}
	case []string:
		if c.Type == ListType {
			c.AppendStrings(v)
			return nil
		}
	case []any:
		if st == listStorage {
			return c.appendItems(v)
		}
	}
	return fmt.Errorf("column %q: cannot hold a %T in a column of %s", c.Name, v, c.Type)
}

// appendItems adds a row to a List. When an item does not fit, nothing is added.
func (c *Column) appendItems(items []any) error {
	for i, item := range items {
		if err := c.Elem.Append(item); err != nil {
			c.Elem.cut(c.Elem.Len() - i)
			return fmt.Errorf("column %q, item %d: %w", c.Name, i, err)
		}
	}
	c.AppendList()
	return nil
}

// cut takes away all rows of a column that is no List but the first n.
func (c *Column) cut(n int) {
	if c.Valid != nil {
		c.Valid = c.Valid[:n]
	}
	switch c.Type.storage() {
	case bytesStorage:
		if len(c.Offsets) > 0 {
			c.Bytes, c.Offsets = c.Bytes[:c.Offsets[n]], c.Offsets[:n+1]
		}
	case intsStorage:
		c.Ints = c.Ints[:n]
	case floatsStorage:
		c.Floats = c.Floats[:n]
	case boolsStorage:
		c.Bools = c.Bools[:n]
	case noStorage, listStorage:
	}
}

// Batch is a run of rows, column by column.
type Batch struct {
	// Rows is the number of rows of every column.
	Rows    int
	Columns []Column
}

// NewBatch returns an empty batch with a column for each field.
func NewBatch(fields ...Field) *Batch {
	b := &Batch{}
	b.Init(fields)
	return b
}

// Init makes b an empty batch with a column for each field and keeps as much
// of its memory as it can.
func (b *Batch) Init(fields []Field) {
	b.Rows = 0
	if cap(b.Columns) < len(fields) {
		b.Columns = append(b.Columns[:cap(b.Columns)], make([]Column, len(fields)-cap(b.Columns))...)
	}
	b.Columns = b.Columns[:len(fields)]
	for i, f := range fields {
		b.Columns[i].init(f)
	}
}

// Reset empties the batch and keeps its columns and their memory.
func (b *Batch) Reset() {
	b.Rows = 0
	for i := range b.Columns {
		b.Columns[i].Reset()
	}
}

// Column returns the column of that name, or nil.
func (b *Batch) Column(name string) *Column {
	for i := range b.Columns {
		if b.Columns[i].Name == name {
			return &b.Columns[i]
		}
	}
	return nil
}

// Fields returns the fields of the columns.
func (b *Batch) Fields() []Field {
	out := make([]Field, len(b.Columns))
	for i := range b.Columns {
		out[i] = b.Columns[i].Field
	}
	return out
}

// AppendRow adds row i of src, a batch whose columns have the same types in
// the same order.
func (b *Batch) AppendRow(src *Batch, i int) {
	for k := range b.Columns {
		b.Columns[k].AppendFrom(&src.Columns[k], i)
	}
	b.Rows++
}

// check tells whether every column has the rows that the batch promises, and
// the types that a writer was made for. good holds for each column the last
// dictionary of which that was found, to look at each only once; nil for none.
func (b *Batch) check(fields []Field, good []*Column) error {
	if len(b.Columns) != len(fields) {
		return fmt.Errorf("batch has %d columns, the output has %d", len(b.Columns), len(fields))
	}
	for i := range b.Columns {
		c := &b.Columns[i]
		if c.Type != fields[i].Type {
			return fmt.Errorf("column %q: batch has type %s, the output has %s", fields[i].Name, c.Type, fields[i].Type)
		}
		if c.Dict != nil && c.Dict.Type != c.Type {
			return fmt.Errorf("column %q: its dictionary has type %s", c.Name, c.Dict.Type)
		}
		if c.Len() != b.Rows || c.Valid != nil && len(c.Valid) != b.Rows {
			return fmt.Errorf("column %q has %d rows, the batch has %d", c.Name, c.Len(), b.Rows)
		}
		if !fields[i].Nullable && c.Nulls() > 0 {
			return fmt.Errorf("column %q holds a null, but is declared to hold none", c.Name)
		}
		values := c
		if c.Dict != nil {
			if err := c.checkIndexes(); err != nil {
				return err
			}
			if good != nil && good[i] == c.Dict {
				continue
			}
			values = c.Dict
		}
		if err := values.checkValues(); err != nil {
			return err
		}
		if good != nil {
			good[i] = c.Dict
		}
	}
	return nil
}

// checkValues tells whether all values of a column without a dictionary have
// the length that their type gives them, and whether the rows of a List are what
// Elem holds.
func (c *Column) checkValues() error {
	values := c
	if c.Type.Kind == List {
		values = c.Elem
		n := values.Len()
		if values.Type != c.Type.Elem() || values.Valid != nil && len(values.Valid) != n ||
			len(c.Lists) > 0 && (c.Lists[0] < 0 || c.Lists[len(c.Lists)-1] > n || !slices.IsSorted(c.Lists)) {
			return fmt.Errorf("column %q: its lists are not those of its elements", c.Name)
		}
	}
	if values.Dict != nil {
		if err := values.checkIndexes(); err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		values = values.Dict
	}
	w := values.Type.width()
	if w == 0 {
		return nil
	}
	for i := range values.Len() {
		if !values.Null(i) && len(values.Str(i)) != w {
			return fmt.Errorf("column %q, value %d: %d bytes where %s needs %d", c.Name, i, len(values.Str(i)), values.Type, w)
		}
	}
	return nil
}
