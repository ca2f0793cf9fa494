package lake

import (
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// leaf is where the values of a field are: which column chunk, in which
// physical form, and how many levels of null and repetition lie above it.
type leaf struct {
	chunk    int // index among the chunks of a row group
	physical format.Type
	length   int // of FIXED_LEN_BYTE_ARRAY
	maxDef   int // definition level of a value
	maxRep   int // repetition level: 1 for a list
	// For a list: the definition level at which there is a list (an empty
	// one), and at which there is an element (a null one).
	listDef, elemDef int
}

// schemaNode is one element of the schema with its children.
type schemaNode struct {
	el       *format.SchemaElement
	children []schemaNode
	chunk    int // of a leaf
}

// schemaTree turns the flat schema, in which each element says how many of the
// following belong to it, into a tree.
type schemaTree struct {
	elements []format.SchemaElement
	next     int
	leaves   int
}

func (t *schemaTree) node(depth int) (schemaNode, error) {
	if t.next >= len(t.elements) {
		return schemaNode{}, corrupt("the schema ends too early")
	}
	if depth > 64 {
		return schemaNode{}, corrupt("the schema is nested too deep")
	}
	n := schemaNode{el: &t.elements[t.next]}
	t.next++
	children := int(n.el.NumChildren.V)
	switch {
	case n.el.Type.Valid && children > 0:
		return n, corrupt("column %q has a type and children", n.el.Name)
	case n.el.Type.Valid:
		if n.el.Type.V < format.Boolean || n.el.Type.V > format.FixedLenByteArray {
			return n, corrupt("column %q has the unknown physical type %d", n.el.Name, int(n.el.Type.V))
		}
		n.chunk = t.leaves
		t.leaves++
		return n, nil
	case children < 0 || children > len(t.elements)-t.next:
		return n, corrupt("column %q claims %d children", n.el.Name, children)
	}
	if r := n.el.RepetitionType.V; r < format.Required || r > format.Repeated {
		return n, corrupt("column %q has the unknown repetition %d", n.el.Name, int(r))
	}
	for range children {
		c, err := t.node(depth + 1)
		if err != nil {
			return n, err
		}
		n.children = append(n.children, c)
	}
	return n, nil
}

// countLeaves returns how many columns of values a schema has.
func countLeaves(elements []format.SchemaElement) int {
	n := 0
	for i := range elements {
		if elements[i].Type.Valid {
			n++
		}
	}
	return n
}

// readSchema returns the top-level fields and, for each, its leaf.
func readSchema(elements []format.SchemaElement) ([]Field, []leaf, error) {
	if len(elements) < 2 {
		return nil, nil, corrupt("the schema has no columns")
	}
	t := schemaTree{elements: elements}
	root, err := t.node(0)
	if err != nil {
		return nil, nil, err
	}
	if t.next != len(elements) || len(root.children) == 0 {
		return nil, nil, corrupt("the schema has %d elements, %d of them are used", len(elements), t.next)
	}
	fields := make([]Field, len(root.children))
	leaves := make([]leaf, len(root.children))
	for i, n := range root.children {
		fields[i], leaves[i] = readField(n)
	}
	return fields, leaves, nil
}

func readField(n schemaNode) (Field, leaf) {
	f := Field{Name: n.el.Name, Nullable: n.el.RepetitionType.V == format.Optional}
	var l leaf
	switch {
	case n.el.Type.Valid && n.el.RepetitionType.V == format.Repeated:
		f.Type = unsupported("repeated values without a list around them")
	case n.el.Type.Valid:
		f.Type, l = readLeaf(n)
		if f.Nullable {
			l.maxDef = 1
		}
	case isList(n.el):
		f.Type, l = readList(n)
	default:
		f.Type = unsupported("nested columns are not read: " + groupName(n.el))
	}
	return f, l
}

func unsupported(reason string) Type { return Type{Kind: Unsupported, Reason: reason} }

func groupName(el *format.SchemaElement) string {
	if _, ok := el.LogicalType.Value.(*format.MapType); ok {
		return "map"
	}
	if ct := el.ConvertedType; ct.Valid && (ct.V == deprecated.Map || ct.V == deprecated.MapKeyValue) {
		return "map"
	}
	return "struct"
}

func isList(el *format.SchemaElement) bool {
	_, ok := el.LogicalType.Value.(*format.ListType)
	return ok || el.ConvertedType.Valid && el.ConvertedType.V == deprecated.List
}

// readList reads a list of strings, in the standard three levels or in the two
// levels that old writers used.
func readList(n schemaNode) (Type, leaf) {
	other := unsupported("lists of other than strings are not read")
	if len(n.children) != 1 || n.children[0].el.RepetitionType.V != format.Repeated ||
		n.el.RepetitionType.V == format.Repeated {
		return other, leaf{}
	}
	l := leaf{}
	if n.el.RepetitionType.V == format.Optional {
		l.listDef = 1
	}
	l.elemDef, l.maxRep = l.listDef+1, 1
	elem := n.children[0]
	nullable := false
	if !elem.el.Type.Valid {
		if len(elem.children) != 1 || elem.children[0].el.RepetitionType.V == format.Repeated {
			return other, leaf{}
		}
		elem = elem.children[0]
		nullable = elem.el.RepetitionType.V == format.Optional
	}
	if !elem.el.Type.Valid {
		return other, leaf{}
	}
	typ, at := readLeaf(elem)
	if typ != StringType {
		return unsupported("lists of " + typ.String() + " are not read, only lists of strings"), leaf{}
	}
	l.maxDef = l.elemDef
	if nullable {
		l.maxDef++
	}
	l.chunk, l.physical = at.chunk, at.physical
	return ListType, l
}

func readLeaf(n schemaNode) (Type, leaf) {
	l := leaf{chunk: n.chunk, physical: n.el.Type.V, length: int(n.el.TypeLength.V)}
	t := leafType(n.el)
	if l.physical == format.FixedLenByteArray && (l.length <= 0 || l.length > 1<<20) {
		t = unsupported(fmt.Sprintf("fixed bytes of length %d", l.length))
	}
	return t, l
}

// leafType joins what the physical type, the logical type and the older
// converted type say. A logical type that does not fit its physical type makes
// the column unsupported.
func leafType(el *format.SchemaElement) Type {
	physical := el.Type.V
	t, needs := annotatedType(el)
	if t.Kind == Unsupported && t.Reason == "" {
		return plainType(el)
	}
	for _, p := range needs {
		if p == physical {
			return t
		}
	}
	if t.Kind == Unsupported {
		return t
	}
	return unsupported(fmt.Sprintf("%s stored as %s", t, physical))
}

func plainType(el *format.SchemaElement) Type {
	switch el.Type.V {
	case format.Boolean:
		return BoolType
	case format.Int32:
		return Type{Kind: Int, Bits: 32}
	case format.Int64:
		return Int64Type
	case format.Int96:
		return Type{Kind: Timestamp, Unit: Nano, UTC: true, Int96: true}
	case format.Float:
		return Type{Kind: Float}
	case format.Double:
		return DoubleType
	case format.FixedLenByteArray:
		return Type{Kind: Fixed, Length: int(el.TypeLength.V)}
	}
	return Type{Kind: Binary}
}

// annotatedType returns the type that an annotation gives and the physical
// types that may carry it; the zero Type where there is no annotation.
func annotatedType(el *format.SchemaElement) (Type, []format.Type) {
	int32s, int64s, bytes := []format.Type{format.Int32}, []format.Type{format.Int64}, []format.Type{format.ByteArray}
	fixed := []format.Type{format.FixedLenByteArray}
	switch lt := el.LogicalType.Value.(type) {
	case *format.StringType:
		return StringType, bytes
	case *format.EnumType:
		return Type{Kind: String, Note: "enum"}, bytes
	case *format.JsonType:
		return Type{Kind: String, Note: "json"}, bytes
	case *format.BsonType:
		return Type{Kind: Binary, Note: "bson"}, bytes
	case *format.UUIDType:
		if el.TypeLength.V != 16 {
			return unsupported("a uuid that has not 16 bytes"), nil
		}
		return Type{Kind: UUID}, fixed
	case *format.DateType:
		return Type{Kind: Date}, int32s
	case *format.IntType:
		return intType(int(lt.BitWidth), !lt.IsSigned)
	case *format.DecimalType:
		return decimalType(int(lt.Precision), int(lt.Scale), el)
	case *format.TimeType:
		unit, ok := timeUnit(lt.Unit)
		if !ok {
			return unsupported("a time of unknown resolution"), nil
		}
		t := Type{Kind: Time, Unit: unit, UTC: lt.IsAdjustedToUTC}
		if unit == Milli {
			return t, int32s
		}
		return t, int64s
	case *format.TimestampType:
		unit, ok := timeUnit(lt.Unit)
		if !ok {
			return unsupported("a timestamp of unknown resolution"), nil
		}
		return Type{Kind: Timestamp, Unit: unit, UTC: lt.IsAdjustedToUTC}, int64s
	case nil:
		return convertedType(el)
	default:
		return unsupported(fmt.Sprintf("the logical type %v", lt)), nil
	}
}

func convertedType(el *format.SchemaElement) (Type, []format.Type) {
	if !el.ConvertedType.Valid {
		return Type{}, nil
	}
	int32s, int64s, bytes := []format.Type{format.Int32}, []format.Type{format.Int64}, []format.Type{format.ByteArray}
	switch ct := el.ConvertedType.V; ct {
	case deprecated.UTF8:
		return StringType, bytes
	case deprecated.Enum:
		return Type{Kind: String, Note: "enum"}, bytes
	case deprecated.Json:
		return Type{Kind: String, Note: "json"}, bytes
	case deprecated.Bson:
		return Type{Kind: Binary, Note: "bson"}, bytes
	case deprecated.Date:
		return Type{Kind: Date}, int32s
	case deprecated.TimeMillis:
		return Type{Kind: Time, Unit: Milli, UTC: true}, int32s
	case deprecated.TimeMicros:
		return Type{Kind: Time, Unit: Micro, UTC: true}, int64s
	case deprecated.TimestampMillis:
		return Type{Kind: Timestamp, Unit: Milli, UTC: true}, int64s
	case deprecated.TimestampMicros:
		return Type{Kind: Timestamp, Unit: Micro, UTC: true}, int64s
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return intType(8<<(ct-deprecated.Uint8), true)
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return intType(8<<(ct-deprecated.Int8), false)
	case deprecated.Decimal:
		return decimalType(int(el.Precision.V), int(el.Scale.V), el)
	default:
		return unsupported(fmt.Sprintf("the converted type %v", ct)), nil
	}
}

func intType(bits int, unsigned bool) (Type, []format.Type) {
	switch bits {
	case 8, 16, 32:
		return Type{Kind: Int, Bits: uint8(bits), Unsigned: unsigned}, []format.Type{format.Int32}
	case 64:
		return Type{Kind: Int, Bits: 64, Unsigned: unsigned}, []format.Type{format.Int64}
	}
	return unsupported(fmt.Sprintf("an integer of %d bits", bits)), nil
}

func decimalType(precision, scale int, el *format.SchemaElement) (Type, []format.Type) {
	if precision < 1 || precision > 76 || scale < 0 || scale > precision {
		return unsupported(fmt.Sprintf("decimal(%d,%d)", precision, scale)), nil
	}
	if el.Type.V == format.FixedLenByteArray && el.TypeLength.V > 32 {
		return unsupported(fmt.Sprintf("a decimal of %d bytes", el.TypeLength.V)), nil
	}
	return Type{Kind: Decimal, Precision: precision, Scale: scale},
		[]format.Type{format.Int32, format.Int64, format.ByteArray, format.FixedLenByteArray}
}

func timeUnit(u format.TimeUnit) (TimeUnit, bool) {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return Milli, true
	case *format.MicroSeconds:
		return Micro, true
	case *format.NanoSeconds:
		return Nano, true
	}
	return 0, false
}
