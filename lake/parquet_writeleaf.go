package lake

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

// store is how the values of a column lie in a file.
type store uint8

const (
	storeText  store = iota // BYTE_ARRAY
	storeFixed              // FIXED_LEN_BYTE_ARRAY
	storeInt32
	storeInt64
	storeInt96
	storeFloat
	storeDouble
	storeBool
)

// leafWriter is where the values of a field go.
type leafWriter struct {
	field          Field // of the values: the element of a List
	store          store
	physical       format.Type
	path           []string
	maxDef, maxRep int
}

func newLeafWriter(f Field) (leafWriter, error) {
	l := leafWriter{field: Field{Name: f.Name, Type: f.Type}, path: []string{f.Name}}
	if f.Nullable {
		l.maxDef = 1
	}
	if f.Type.Kind == List {
		l.field.Type = f.Type.Elem()
		l.path = append(l.path, "list", "element")
		l.maxDef += 2
		l.maxRep = 1
	}
	t := l.field.Type
	switch t.storage() {
	case bytesStorage:
		l.store, l.physical = storeText, format.ByteArray
		if t.width() > 0 {
			l.store, l.physical = storeFixed, format.FixedLenByteArray
		}
	case floatsStorage:
		l.store, l.physical = storeDouble, format.Double
		if t.Kind == Float {
			l.store, l.physical = storeFloat, format.Float
		}
	case boolsStorage:
		l.store, l.physical = storeBool, format.Boolean
	case intsStorage:
		switch {
		case t.Int96:
			l.store, l.physical = storeInt96, format.Int96
		case t.Kind == Int && t.Bits < 64, t.Kind == Date, t.Kind == Time && t.Unit == Milli,
			t.Kind == Decimal && t.Precision <= 9:
			l.store, l.physical = storeInt32, format.Int32
		default:
			l.store, l.physical = storeInt64, format.Int64
		}
	case noStorage, listStorage:
		return l, fmt.Errorf("type %s cannot be written", t)
	}
	return l, nil
}

func (l *leafWriter) deltaEncoding() format.Encoding {
	if l.store == storeInt32 || l.store == storeInt64 {
		return format.DeltaBinaryPacked
	}
	return format.DeltaByteArray
}

// appendDelta adds the values of w.delta in differences.
func (w *chunkWriter) appendDelta(body []byte) ([]byte, error) {
	c := &w.delta
	var out []byte
	var err error
	switch w.store {
	case storeInt32:
		values := make([]int32, len(c.Ints))
		for i, v := range c.Ints {
			values[i] = int32(v)
		}
		out, err = new(delta.BinaryPackedEncoding).EncodeInt32(nil, values)
	case storeInt64:
		out, err = new(delta.BinaryPackedEncoding).EncodeInt64(nil, c.Ints)
	case storeFixed:
		out, err = new(delta.ByteArrayEncoding).EncodeFixedLenByteArray(nil, c.Bytes, c.Type.width())
	default:
		offsets := make([]uint32, len(c.Offsets))
		for i, v := range c.Offsets {
			offsets[i] = uint32(v)
		}
		out, err = new(delta.ByteArrayEncoding).EncodeByteArray(nil, c.Bytes, offsets)
	}
	return append(body, out...), err
}

// schemaElements returns the tree of a schema in the order of the format.
func schemaElements(name string, n parquet.Node) []format.SchemaElement {
	e := format.SchemaElement{Name: name}
	switch {
	case n.Repeated():
		e.RepetitionType.Set(format.Repeated)
	case n.Optional():
		e.RepetitionType.Set(format.Optional)
	default:
		e.RepetitionType.Set(format.Required)
	}
	t := n.Type()
	if c := t.ConvertedType(); c != nil {
		e.ConvertedType.Set(*c)
	}
	if l := t.LogicalType(); l != nil {
		e.LogicalType = *l
		if d, ok := l.Value.(*format.DecimalType); ok {
			e.Scale.Set(d.Scale)
			e.Precision.Set(d.Precision)
		}
	}
	if n.Leaf() {
		e.Type.Set(*t.PhysicalType())
		if *t.PhysicalType() == format.FixedLenByteArray {
			e.TypeLength.Set(int32(t.Length()))
		}
		return []format.SchemaElement{e}
	}
	fields := n.Fields()
	e.NumChildren.Set(int32(len(fields)))
	out := []format.SchemaElement{e}
	for _, f := range fields {
		out = append(out, schemaElements(f.Name(), f)...)
	}
	return out
}
