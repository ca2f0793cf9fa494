package lake

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// rootNode is a group whose fields keep their order; parquet.Group sorts them
// by name.
type rootNode struct {
	parquet.Group
	fields []parquet.Field
}

func (n *rootNode) Fields() []parquet.Field { return n.fields }

type namedNode struct {
	parquet.Node
	name string
}

func (n *namedNode) Name() string { return n.name }

// Value belongs to writing Go structs, which this package does not.
func (n *namedNode) Value(reflect.Value) reflect.Value { return reflect.Value{} }

// parquetSchema returns the schema for the fields, which are to be written in
// the given encodings.
func parquetSchema(fields []Field, encodings []Encoding) (parquet.Node, error) {
	root := &rootNode{Group: parquet.Group{}}
	seen := map[string]bool{}
	for i, f := range fields {
		if seen[f.Name] || f.Name == "" {
			return nil, fmt.Errorf("column %q: every column needs a name of its own", f.Name)
		}
		seen[f.Name] = true
		node, err := parquetNode(f, encodings[i])
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		root.Group[f.Name] = node
		root.fields = append(root.fields, &namedNode{Node: node, name: f.Name})
	}
	return root, nil
}

func parquetNode(f Field, e Encoding) (parquet.Node, error) {
	t := f.Type
	if t.Kind == List {
		t = t.Elem()
	}
	node, err := leafNode(t)
	if err != nil {
		return nil, err
	}
	if err := checkEncoding(t, e); err != nil {
		return nil, err
	}
	if f.Type.Kind == List {
		node = parquet.List(parquet.Optional(node))
	}
	if f.Nullable {
		node = parquet.Optional(node)
	}
	return node, nil
}

// checkEncoding tells whether values of type t can be written so.
func checkEncoding(t Type, e Encoding) error {
	switch e {
	case EncodingAuto, EncodingPlain:
		return nil
	case EncodingDictionary:
		if t.Kind != Bool {
			return nil
		}
	case EncodingDelta:
		if st := t.storage(); st == bytesStorage || st == intsStorage && !t.Int96 {
			return nil
		}
	default:
		return fmt.Errorf("encoding %q: there are dictionary, plain and delta: %w", e, errors.ErrUnsupported)
	}
	return fmt.Errorf("type %s has no encoding %s: %w", t, e, errors.ErrUnsupported)
}

func leafNode(t Type) (parquet.Node, error) {
	switch t.Kind {
	case String:
		switch t.Note {
		case "json":
			return parquet.JSON(), nil
		case "enum":
			return parquet.Enum(), nil
		}
		return parquet.String(), nil
	case Binary:
		if t.Note == "bson" {
			return parquet.BSON(), nil
		}
		return parquet.Leaf(parquet.ByteArrayType), nil
	case Bool:
		return parquet.Leaf(parquet.BooleanType), nil
	case Int:
		if t.Unsigned {
			return parquet.Uint(int(t.Bits)), nil
		}
		return parquet.Int(int(t.Bits)), nil
	case Float:
		return parquet.Leaf(parquet.FloatType), nil
	case Double:
		return parquet.Leaf(parquet.DoubleType), nil
	case Date:
		return parquet.Date(), nil
	case Time:
		return parquet.TimeAdjusted(parquetUnit(t.Unit), t.UTC), nil
	case Timestamp:
		if t.Int96 {
			return parquet.Leaf(parquet.Int96Type), nil
		}
		return parquet.TimestampAdjusted(parquetUnit(t.Unit), t.UTC), nil
	case Decimal:
		switch {
		case t.Precision <= 9:
			return parquet.Decimal(t.Scale, t.Precision, parquet.Int32Type), nil
		case t.Precision <= maxIntPrecision:
			return parquet.Decimal(t.Scale, t.Precision, parquet.Int64Type), nil
		}
		return parquet.Decimal(t.Scale, t.Precision, parquet.FixedLenByteArrayType(t.width())), nil
	case UUID:
		return parquet.UUID(), nil
	case Fixed:
		return parquet.Leaf(parquet.FixedLenByteArrayType(t.Length)), nil
	}
	return nil, fmt.Errorf("type %s cannot be written: %w", t, errors.ErrUnsupported)
}

func parquetUnit(u TimeUnit) parquet.TimeUnit {
	switch u {
	case Milli:
		return parquet.Millisecond
	case Micro:
		return parquet.Microsecond
	}
	return parquet.Nanosecond
}
