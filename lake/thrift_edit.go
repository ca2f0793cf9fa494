package lake

import (
	"encoding/binary"
	"math"
)

// thriftVerb says what is to become of a field.
type thriftVerb uint8

const (
	thriftKeep    thriftVerb = iota
	thriftDrop               // leave it out
	thriftReplace            // put other bytes in the place of its value
	thriftEnter              // go on with the fields of the structure, or of each structure of the list
)

// thriftEdit decides about the field with this path: its id, behind those of
// the structures around it. value is the field's value as it is written; the
// bytes that are returned count for thriftReplace alone.
type thriftEdit func(path []int16, value []byte) (thriftVerb, []byte)

// editThrift copies the structure at the start of src to dst, with changes. It
// works on the bytes, so that fields that nobody here knows stay as they are.
func editThrift(dst, src []byte, edit thriftEdit) ([]byte, error) {
	e := thriftEditor{
		thriftWalker: thriftWalker{b: src, items: math.MaxInt}, // nothing is reserved here
		out:          dst,
		edit:         edit,
	}
	err := e.structure(nil, 32)
	return e.out, err
}

type thriftEditor struct {
	thriftWalker
	out  []byte
	edit thriftEdit
}

func (e *thriftEditor) structure(path []int16, depth int) error {
	if depth == 0 {
		return errThrift
	}
	id, written := int16(0), int16(0)
	for {
		head, err := e.byte()
		if err != nil {
			return err
		}
		if head == 0 {
			e.out = append(e.out, 0)
			return nil
		}
		if id, err = e.fieldID(head, id); err != nil {
			return err
		}
		typ, from := head&15, e.pos
		if typ != thriftTrue && typ != thriftFalse {
			if err := e.value(typ, depth); err != nil {
				return err
			}
		}
		here := append(path[:len(path):len(path)], id)
		verb, replacement := e.edit(here, e.b[from:e.pos])
		if verb == thriftDrop {
			continue
		}
		e.out = appendThriftField(e.out, written, id, typ)
		written = id
		switch {
		case verb == thriftReplace:
			e.out = append(e.out, replacement...)
		case verb == thriftEnter && (typ == thriftStruct || typ == thriftList):
			e.pos = from
			if err := e.enter(typ, here, depth); err != nil {
				return err
			}
		default:
			e.out = append(e.out, e.b[from:e.pos]...)
		}
	}
}

// enter copies a structure, or a list, field by field.
func (e *thriftEditor) enter(typ byte, path []int16, depth int) error {
	if typ == thriftStruct {
		return e.structure(path, depth-1)
	}
	from := e.pos
	head, err := e.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = e.varint(); err != nil {
			return err
		}
	}
	e.out = append(e.out, e.b[from:e.pos]...)
	for range n {
		if head&15 == thriftStruct {
			if err := e.structure(path, depth-1); err != nil {
				return err
			}
			continue
		}
		from := e.pos
		if err := e.value(head&15, depth-1); err != nil {
			return err
		}
		e.out = append(e.out, e.b[from:e.pos]...)
	}
	return nil
}

// fieldID returns the id of the field that begins with head, behind the field
// before it.
func (e *thriftEditor) fieldID(head byte, before int16) (int16, error) {
	if delta := head >> 4; delta > 0 {
		return before + int16(delta), nil
	}
	u, err := e.varint()
	return int16(u>>1) ^ -int16(u&1), err
}

// appendThriftField appends the head of a field behind the field before it.
func appendThriftField(dst []byte, before, id int16, typ byte) []byte {
	if delta := int(id) - int(before); delta > 0 && delta < 16 {
		return append(dst, byte(delta)<<4|typ)
	}
	return binary.AppendVarint(append(dst, typ), int64(id))
}
