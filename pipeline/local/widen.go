package local

import (
	"fmt"
	"math"
	"slices"

	"gondola/lake"
)

// commonType returns the type that holds every value of all types, exactly.
// Where there is none, i and j are two of them that have none; otherwise they
// are equal. The order of the types does not matter.
//
// Integers become the smallest integer that holds both, with a sign where one
// has it. Integers of up to 32 bits and floats become doubles, floats of both
// widths doubles. Decimals of one scale take the larger precision. Times and
// timestamps take the finer unit; a day becomes midnight of a timestamp
// without a zone. Text is text, bytes are bytes, lists are what their elements
// are. Columns that hold nothing but nulls are of any type.
func commonType(types []lake.Type) (common lake.Type, i, j int) {
	var whole, real bool
	for i, a := range types {
		whole = whole || a.Kind == lake.Int && a.Note != lake.NullNote
		real = real || a.Kind == lake.Float || a.Kind == lake.Double
		for j, b := range types[:i] {
			if _, ok := join(a, b); !ok {
				return lake.Type{}, j, i
			}
		}
	}
	if i := slices.IndexFunc(types, func(t lake.Type) bool { return t.Kind == lake.List }); i >= 0 {
		var elements []lake.Type
		for _, t := range types {
			if t.Kind == lake.List {
				elements = append(elements, t.Elem())
			}
		}
		element, _, _ := commonType(elements) // each two have a common type
		return lake.ListOf(element), 0, 0
	}
	if whole && real { // whatever the integers alone would be
		return lake.DoubleType, 0, 0
	}
	common = types[0]
	for _, t := range types[1:] {
		common, _ = join(common, t)
	}
	return common, 0, 0
}

// join is commonType of two types.
func join(a, b lake.Type) (lake.Type, bool) {
	if a == b || b.Note == lake.NullNote && b.Kind != lake.List {
		return a, true
	}
	if a.Note == lake.NullNote && a.Kind != lake.List {
		return b, true
	}
	switch {
	case a.Kind == lake.List && b.Kind == lake.List:
		t, ok := join(a.Elem(), b.Elem())
		return lake.ListOf(t), ok
	case a.Kind == lake.List || b.Kind == lake.List:
		return lake.Type{}, false
	case a.Kind == lake.Int && b.Kind == lake.Int:
		return joinInts(a, b)
	case isReal(a) && isReal(b):
		return lake.DoubleType, true
	case isReal(a) && b.Kind == lake.Int:
		return lake.DoubleType, b.Bits <= 32
	case a.Kind == lake.Int && isReal(b):
		return lake.DoubleType, a.Bits <= 32
	case a.Kind == lake.Date && b.Kind == lake.Timestamp:
		return b, !b.UTC
	case a.Kind == lake.Timestamp && b.Kind == lake.Date:
		return a, !a.UTC
	case isBytes(a) && isBytes(b):
		return lake.Type{Kind: lake.Binary}, true
	case a.Kind != b.Kind:
		return lake.Type{}, false
	}
	switch a.Kind {
	case lake.String:
		return lake.StringType, true
	case lake.Decimal:
		a.Precision = max(a.Precision, b.Precision)
		return a, a.Scale == b.Scale
	case lake.Time, lake.Timestamp:
		t := lake.Type{Kind: a.Kind, UTC: a.UTC, Unit: max(a.Unit, b.Unit)}
		return t, a.UTC == b.UTC
	}
	return lake.Type{}, false
}

func isReal(t lake.Type) bool  { return t.Kind == lake.Float || t.Kind == lake.Double }
func isBytes(t lake.Type) bool { return t.Kind == lake.Binary || t.Kind == lake.Fixed }

func joinInts(a, b lake.Type) (lake.Type, bool) {
	t := lake.Type{Kind: lake.Int, Unsigned: a.Unsigned && b.Unsigned}
	for _, x := range []lake.Type{a, b} {
		bits := x.Bits
		if x.Unsigned && !t.Unsigned {
			if bits == 64 {
				return lake.Type{}, false
			}
			bits *= 2 // room for the sign
		}
		t.Bits = max(t.Bits, bits)
	}
	return t, true
}

// whyNot says in a few words why two types have none in common.
func whyNot(a, b lake.Type) string {
	if a.Kind == lake.List && b.Kind == lake.List {
		return whyNot(a.Elem(), b.Elem())
	}
	for _, t := range [][2]lake.Type{{a, b}, {b, a}} {
		switch x, y := t[0], t[1]; {
		case x.Kind == lake.List:
			return "a list is no single value"
		case isReal(x) && y.Kind == lake.Int:
			return "64 bits do not fit a double exactly"
		case x.Kind == lake.Int && y.Kind == lake.Int && x.Unsigned && x.Bits == 64:
			return "no integer holds both"
		case x.Kind == lake.Decimal && y.Kind == lake.Decimal:
			return "their scales differ"
		case x.Kind == lake.Timestamp && (y.Kind == lake.Timestamp || y.Kind == lake.Date) && x.UTC:
			return "only one of them has a time zone"
		case x.Kind == lake.String && isBytes(y):
			return "bytes are not known to be text"
		case x.Kind == lake.String:
			return "what is text is not guessed"
		}
	}
	return "no type holds both"
}

// widen turns the values of c into those of another type, which is common to
// that of c and others.
func widen(c *lake.Column, to lake.Type) error {
	from := c.Type
	switch {
	case from == to:
		return nil
	case from.Note == lake.NullNote && from.Kind != lake.List:
		rows := c.Len()
		if c.Nulls() != rows {
			return fmt.Errorf("column %q is declared to hold nothing but nulls, and holds a value: %w", c.Name, lake.ErrCorrupt)
		}
		*c = *nullColumn(lake.Field{Name: c.Name, Type: to, Nullable: true}, rows)
		return nil
	case from.Kind == lake.List:
		if err := widen(c.Elem, to.Elem()); err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
	case from.Kind == lake.Int && to.Kind == lake.Double:
		c.Floats = c.Floats[:0]
		for _, v := range c.Ints {
			c.Floats = append(c.Floats, float64(v))
		}
		c.Ints = c.Ints[:0]
	case to.Kind == lake.Time || to.Kind == lake.Timestamp:
		times := to.Unit.PerSecond()
		if from.Kind == lake.Date {
			times *= 86400
		} else {
			times /= from.Unit.PerSecond()
		}
		if err := multiply(c, times, to); err != nil {
			return err
		}
	case to.Kind == lake.Decimal:
		widenDecimal(c, to)
	}
	c.Type = to
	return nil
}

func multiply(c *lake.Column, times int64, to lake.Type) error {
	most := math.MaxInt64 / times
	for i, v := range c.Ints {
		if v > most || v < -most {
			if c.Null(i) {
				continue
			}
			return fmt.Errorf("column %q: %s %w %s", c.Name, c.AppendText(nil, i), errNoRoom, to)
		}
		c.Ints[i] = v * times
	}
	return nil
}

// widenDecimal puts whole numbers into more bytes, see lake.Decimal.
func widenDecimal(c *lake.Column, to lake.Type) {
	wide := lake.NewColumn(lake.Field{Name: c.Name, Type: to, Nullable: true})
	narrow, room := decimalBytes(c.Type), decimalBytes(to)
	if narrow == room {
		return
	}
	b := make([]byte, room)
	for i := range c.Len() {
		if c.Null(i) {
			wide.AppendNull()
			continue
		}
		var v []byte
		if narrow == 8 {
			for k := range 8 {
				b[room-8+k] = byte(c.Ints[i] >> (56 - 8*k))
			}
			v = b[room-8:]
		} else {
			v = c.Str(i)
			copy(b[room-len(v):], v)
		}
		sign := byte(0)
		if v[0]&0x80 != 0 {
			sign = 0xff
		}
		for k := range room - len(v) {
			b[k] = sign
		}
		wide.AppendStr(b)
	}
	*c = *wide
}

// decimalBytes is how many bytes a decimal takes; 8 are an int64.
func decimalBytes(t lake.Type) int {
	switch {
	case t.Precision <= 18:
		return 8
	case t.Precision <= 38:
		return 16
	}
	return 32
}

// nullColumn is a column of rows that hold no value.
func nullColumn(f lake.Field, rows int) *lake.Column {
	c := lake.NewColumn(f)
	for range rows {
		c.AppendNull()
	}
	return c
}
