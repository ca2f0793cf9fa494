package lake

import (
	"encoding/binary"
	"errors"
)

// errThrift is all that checkThrift has to say: its caller knows the file.
var errThrift = errors.New("not a well-formed thrift structure")

// checkThrift walks one structure in thrift's compact form at the start of b
// and returns its length. Decoders reserve memory for a list as long as its
// header says; after this walk every list is known to be really there, so that
// memory stays in proportion to b. Structures nest at most 32 deep.
//
// Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
func checkThrift(b []byte) (int, error) {
	w := thriftWalker{b: b, items: len(b)/2 + 64}
	if err := w.structure(32); err != nil {
		return 0, err
	}
	return w.pos, nil
}

// The types of the compact form. In a structure the two booleans are whole
// fields; in a list a boolean is a byte.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13
)

type thriftWalker struct {
	b     []byte
	pos   int
	items int // list items that may still come, numbers not counted
}

func (w *thriftWalker) structure(depth int) error {
	if depth == 0 {
		return errThrift
	}
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // the field's id follows
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		if t := head & 15; t != thriftTrue && t != thriftFalse {
			if err := w.value(t, depth); err != nil {
				return err
			}
		}
	}
}

func (w *thriftWalker) value(t byte, depth int) error {
	switch t {
	case thriftTrue, thriftFalse, thriftByte:
		return w.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := w.varint()
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftUUID:
		return w.skip(16)
	case thriftBinary:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		head, err := w.byte()
		if err != nil {
			return err
		}
		n := uint64(head >> 4)
		if n == 15 {
			if n, err = w.varint(); err != nil {
				return err
			}
		}
		return w.list(n, depth, head&15)
	case thriftMap:
		n, err := w.varint()
		if err != nil || n == 0 {
			return err
		}
		head, err := w.byte()
		if err != nil {
			return err
		}
		return w.list(n, depth, head>>4, head&15)
	case thriftStruct:
		return w.structure(depth - 1)
	}
	return errThrift
}

// list walks n items, each made of the given types.
func (w *thriftWalker) list(n uint64, depth int, types ...byte) error {
	if n > uint64(len(w.b)-w.pos) || depth == 1 {
		return errThrift
	}
	if types[0] >= thriftBinary {
		if n > uint64(w.items) {
			return errThrift
		}
		w.items -= int(n)
	}
	for range n {
		for _, t := range types {
			if err := w.value(t, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *thriftWalker) byte() (byte, error) {
	if w.pos >= len(w.b) {
		return 0, errThrift
	}
	w.pos++
	return w.b[w.pos-1], nil
}

func (w *thriftWalker) skip(n uint64) error {
	if n > uint64(len(w.b)-w.pos) {
		return errThrift
	}
	w.pos += int(n)
	return nil
}

func (w *thriftWalker) varint() (uint64, error) {
	v, n := binary.Uvarint(w.b[w.pos:])
	if n <= 0 {
		return 0, errThrift
	}
	w.pos += n
	return v, nil
}
