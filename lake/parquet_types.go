package lake

import (
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

func unsupported(reason string) Type { return Type{Kind: Unsupported, Reason: reason} }

// readLeaf returns the type of a leaf and where its values are; the levels are
// not filled in.
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
	case *format.Float16Type:
		if el.TypeLength.V != 2 {
			return unsupported("a float16 that has not 2 bytes"), nil
		}
		return Type{Kind: Float}, fixed
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
	case *format.NullType: // pandas has it for columns that hold nothing but nulls
		if t, needs := convertedType(el); t.Kind != Unsupported || t.Reason != "" {
			return t, needs
		}
		t := plainType(el)
		t.Note = NullNote
		return t, []format.Type{el.Type.V}
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
	case deprecated.Interval:
		return unsupported("an interval of months, days and milliseconds"), nil
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
