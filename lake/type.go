package lake

import "fmt"

// Kind says what the values of a column are. It decides which slice of a
// Column holds them.
type Kind uint8

// The kinds of columns. Behind each stands the slice of Column in use.
const (
	// Unsupported columns are listed in a schema but cannot be read.
	Unsupported Kind = iota
	// String is UTF-8 text as far as its writer kept the promise (Bytes).
	String
	// Binary is bytes of any length and meaning (Bytes).
	Binary
	// Bool is true or false (Bools).
	Bool
	// Int is an integer of Type.Bits bits (Ints).
	Int
	// Float is an IEEE 754 number of 32 bits (Floats).
	Float
	// Double is an IEEE 754 number of 64 bits (Floats).
	Double
	// Date is a day, counted from 1970-01-01 (Ints).
	Date
	// Time is a time of day, counted in Type.Unit from midnight (Ints).
	Time
	// Timestamp is an instant, counted in Type.Unit from 1970-01-01T00:00:00
	// (Ints).
	Timestamp
	// Decimal is a whole number times 10^-Scale: the whole number is in Ints
	// when Precision is at most 18, otherwise in Bytes, big-endian two's
	// complement, always 16 bytes for a precision up to 38 and 32 beyond.
	Decimal
	// UUID is 16 bytes in the order in which they are written (Bytes).
	UUID
	// Fixed is bytes of one length, Type.Length (Bytes).
	Fixed
	// List is a list of values of one other kind, Type.Of (Elem).
	List
)

// TimeUnit is the resolution of a Time or a Timestamp.
type TimeUnit uint8

// The three resolutions that Parquet knows.
const (
	Milli TimeUnit = iota
	Micro
	Nano
)

// PerSecond returns how many of the unit make a second.
func (u TimeUnit) PerSecond() int64 {
	return [...]int64{1e3, 1e6, 1e9}[u]
}

func (u TimeUnit) String() string {
	return [...]string{"ms", "us", "ns"}[u]
}

// Type is the type of a column. Two columns have the same type when their
// Types are equal by ==.
type Type struct {
	Kind Kind
	// Of is the kind of the elements of a List. The fields below then describe
	// the elements. A list of lists is not a type.
	Of Kind
	// Bits is the width of an Int: 8, 16, 32 or 64.
	Bits uint8
	// Unsigned marks an Int without a sign. An unsigned Int of 64 bits keeps
	// its bit pattern in the int64 of Column.Ints.
	Unsigned bool
	// Unit is the resolution of a Time or a Timestamp.
	Unit TimeUnit
	// UTC marks a Time or a Timestamp that is an instant in UTC; otherwise it
	// is what a clock on a wall showed, somewhere.
	UTC bool
	// Int96 marks a Timestamp that is stored in the old 96-bit form of Hive,
	// Impala and Spark. It is read as nanoseconds and written the same way.
	Int96 bool
	// Precision and Scale are those of a Decimal: digits in all, and digits
	// behind the point.
	Precision, Scale int
	// Length is the number of bytes of a Fixed.
	Length int
	// Note keeps what a file says beyond the kind: "json" or "enum" of a
	// String, "bson" of a Binary.
	Note string
	// Reason says why a column is Unsupported.
	Reason string
}

// The types that are built most often.
var (
	StringType = Type{Kind: String}
	BoolType   = Type{Kind: Bool}
	Int64Type  = Type{Kind: Int, Bits: 64}
	DoubleType = Type{Kind: Double}
	ListType   = ListOf(StringType)
)

// ListOf returns the type of lists whose elements have the type elem. It is
// Unsupported when elem is a List or Unsupported itself.
func ListOf(elem Type) Type {
	if elem.Kind == List || elem.Kind == Unsupported {
		return Type{Kind: Unsupported, Reason: "a list of " + elem.String()}
	}
	elem.Of, elem.Kind = elem.Kind, List
	return elem
}

// Elem returns the type of the elements of a List.
func (t Type) Elem() Type {
	t.Kind, t.Of = t.Of, Unsupported
	return t
}

// Field describes one column: its name, its type, and whether it can hold
// nulls.
type Field struct {
	Name     string
	Type     Type
	Nullable bool
}

// String names the type as `show` prints it: string, int64, uint8, double,
// timestamp[us, UTC], decimal(12,2), list<string>, ...
func (t Type) String() string {
	switch t.Kind {
	case String:
		if t.Note != "" {
			return t.Note
		}
		return "string"
	case Binary:
		if t.Note != "" {
			return t.Note
		}
		return "binary"
	case Bool:
		return "bool"
	case Int:
		if t.Unsigned {
			return fmt.Sprintf("uint%d", t.Bits)
		}
		return fmt.Sprintf("int%d", t.Bits)
	case Float:
		return "float"
	case Double:
		return "double"
	case Date:
		return "date"
	case Time:
		return "time" + t.unit()
	case Timestamp:
		return "timestamp" + t.unit()
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case UUID:
		return "uuid"
	case Fixed:
		return fmt.Sprintf("fixed(%d)", t.Length)
	case List:
		return "list<" + t.Elem().String() + ">"
	}
	return "unsupported"
}

func (t Type) unit() string {
	if t.UTC {
		return "[" + t.Unit.String() + ", UTC]"
	}
	return "[" + t.Unit.String() + "]"
}

// storage is the slice of a Column that holds the values of a type.
type storage uint8

const (
	noStorage storage = iota
	bytesStorage
	intsStorage
	floatsStorage
	boolsStorage
	listStorage
)

func (t Type) storage() storage {
	switch t.Kind {
	case String, Binary, UUID, Fixed:
		return bytesStorage
	case Decimal:
		if t.Precision > maxIntPrecision {
			return bytesStorage
		}
		return intsStorage
	case Int, Date, Time, Timestamp:
		return intsStorage
	case Float, Double:
		return floatsStorage
	case Bool:
		return boolsStorage
	case List:
		return listStorage
	}
	return noStorage
}

// maxIntPrecision is the number of digits that always fit into an int64.
const maxIntPrecision = 18

// width returns the number of bytes of every value of a type whose values are
// all equally long, and 0 for the others.
func (t Type) width() int {
	switch t.Kind {
	case UUID:
		return 16
	case Fixed:
		return t.Length
	case Decimal:
		switch {
		case t.Precision <= maxIntPrecision:
			return 0
		case t.Precision <= 38:
			return 16
		}
		return 32
	}
	return 0
}
