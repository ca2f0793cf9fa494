package lake_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
)

// thriftNode is a value in thrift's compact form, to be changed and written
// again: mutations of bytes alone seldom get beyond the first check of a
// decoder.
type thriftNode struct {
	id   int16 // in a structure
	typ  byte
	n    uint64 // integers as they are written (zigzag), booleans, bytes
	data []byte // text, doubles, uuids
	elem byte   // of a list
	kids []*thriftNode
}

const (
	tTrue, tFalse, tByte, tI16, tI32, tI64, tDouble, tBinary, tList, tSet, tMap, tStruct, tUUID = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
)

var errThriftTree = errors.New("not thrift")

// parseThrift reads the structure at the start of b, and says how long it is.
func parseThrift(b []byte) (*thriftNode, int, error) {
	p := thriftParser{b: b}
	n := &thriftNode{typ: tStruct}
	err := p.structure(n)
	return n, p.pos, err
}

type thriftParser struct {
	b   []byte
	pos int
}

func (p *thriftParser) uvarint() (uint64, error) {
	v, n := binary.Uvarint(p.b[p.pos:])
	if n <= 0 {
		return 0, errThriftTree
	}
	p.pos += n
	return v, nil
}

func (p *thriftParser) take(n uint64) ([]byte, error) {
	if n > uint64(len(p.b)-p.pos) {
		return nil, errThriftTree
	}
	p.pos += int(n)
	return p.b[p.pos-int(n) : p.pos], nil
}

func (p *thriftParser) structure(n *thriftNode) error {
	id := int16(0)
	for {
		head, err := p.take(1)
		if err != nil || head[0] == 0 {
			return err
		}
		if d := head[0] >> 4; d > 0 {
			id += int16(d)
		} else {
			u, err := p.uvarint()
			if err != nil {
				return err
			}
			id = int16(u>>1) ^ -int16(u&1)
		}
		kid := &thriftNode{id: id, typ: head[0] & 15}
		if kid.typ != tTrue && kid.typ != tFalse {
			if err := p.value(kid); err != nil {
				return err
			}
		}
		n.kids = append(n.kids, kid)
	}
}

func (p *thriftParser) value(n *thriftNode) (err error) {
	switch n.typ {
	case tTrue, tFalse, tByte:
		n.data, err = p.take(1)
	case tI16, tI32, tI64:
		n.n, err = p.uvarint()
	case tDouble:
		n.data, err = p.take(8)
	case tUUID:
		n.data, err = p.take(16)
	case tBinary:
		var size uint64
		if size, err = p.uvarint(); err == nil {
			n.data, err = p.take(size)
		}
	case tList, tSet:
		head, err := p.take(1)
		if err != nil {
			return err
		}
		count := uint64(head[0] >> 4)
		if count == 15 {
			if count, err = p.uvarint(); err != nil {
				return err
			}
		}
		n.elem = head[0] & 15
		for range count {
			kid := &thriftNode{typ: n.elem}
			if err := p.value(kid); err != nil {
				return err
			}
			n.kids = append(n.kids, kid)
		}
	case tStruct:
		return p.structure(n)
	default: // Parquet has no maps
		return errThriftTree
	}
	return err
}

// encode appends the value to dst.
func (n *thriftNode) encode(dst []byte) []byte {
	switch n.typ {
	case tI16, tI32, tI64:
		return binary.AppendUvarint(dst, n.n)
	case tBinary:
		return append(binary.AppendUvarint(dst, uint64(len(n.data))), n.data...)
	case tList, tSet:
		if len(n.kids) < 15 {
			dst = append(dst, byte(len(n.kids))<<4|n.elem)
		} else {
			dst = binary.AppendUvarint(append(dst, 0xf0|n.elem), uint64(len(n.kids)))
		}
		for _, kid := range n.kids {
			dst = kid.encode(dst)
		}
		return dst
	case tStruct:
		id := int16(0)
		for _, kid := range n.kids {
			if d := int(kid.id) - int(id); d > 0 && d < 16 {
				dst = append(dst, byte(d)<<4|kid.typ)
			} else {
				dst = binary.AppendVarint(append(dst, kid.typ), int64(kid.id))
			}
			id = kid.id
			if kid.typ != tTrue && kid.typ != tFalse {
				dst = kid.encode(dst)
			}
		}
		return append(dst, 0)
	}
	return append(dst, n.data...)
}

func (n *thriftNode) clone() *thriftNode {
	c := *n
	c.kids = make([]*thriftNode, len(n.kids))
	for i, kid := range n.kids {
		c.kids[i] = kid.clone()
	}
	return &c
}

// get returns the field with this id, or nil.
func (n *thriftNode) get(id int16) *thriftNode {
	for _, kid := range n.kids {
		if kid.id == id {
			return kid
		}
	}
	return nil
}

// number returns an integer field, 0 where there is none.
func (n *thriftNode) number(id int16) int64 {
	if kid := n.get(id); kid != nil {
		return int64(kid.n>>1) ^ -int64(kid.n&1)
	}
	return 0
}

func (n *thriftNode) setNumber(v int64) { n.n = uint64(v<<1) ^ uint64(v>>63) }

// add adds d to a field, if it is there.
func (n *thriftNode) add(id int16, d int64) {
	if kid := n.get(id); kid != nil {
		kid.setNumber(n.number(id) + d)
	}
}

// drop leaves a field out.
func (n *thriftNode) drop(id int16) {
	kept := n.kids[:0]
	for _, kid := range n.kids {
		if kid.id != id {
			kept = append(kept, kid)
		}
	}
	n.kids = kept
}

// all lists the value and everything within.
func (n *thriftNode) all(into []*thriftNode) []*thriftNode {
	into = append(into, n)
	for _, kid := range n.kids {
		into = kid.all(into)
	}
	return into
}

// mutate changes one value somewhere in the tree.
func (n *thriftNode) mutate(r *rand.Rand) {
	nodes := n.all(nil)
	at := nodes[r.IntN(len(nodes))]
	switch at.typ {
	case tTrue, tFalse:
		at.typ = tTrue + tFalse - at.typ
	case tI16, tI32, tI64:
		old := int64(at.n>>1) ^ -int64(at.n&1)
		odd := []int64{0, 1, -1, old + 1, old - 1, -old, old * 2, old * 1000, 1 << 31, 1<<31 - 1, -1 << 31, 1<<63 - 1, -1 << 63, 7, 15, 16, 100, int64(r.Uint32()), int64(r.Uint64())}
		at.setNumber(odd[r.IntN(len(odd))])
	case tBinary, tDouble, tUUID, tByte:
		at.data = mutateBytes(r, at.data)
		if at.typ != tBinary {
			at.data = append(at.data, make([]byte, 16)...)[:map[byte]int{tDouble: 8, tUUID: 16, tByte: 1}[at.typ]]
		}
	default:
		at.mutateKids(r, nodes)
	}
}

func (n *thriftNode) mutateKids(r *rand.Rand, nodes []*thriftNode) {
	if len(n.kids) == 0 {
		return
	}
	i, j := r.IntN(len(n.kids)), r.IntN(len(n.kids))
	switch r.IntN(5) {
	case 0: // one fewer
		n.kids = append(n.kids[:i:i], n.kids[i+1:]...)
	case 1: // one twice
		n.kids = append(n.kids, n.kids[i].clone())
	case 2:
		n.kids[i], n.kids[j] = n.kids[j], n.kids[i]
	case 3: // what is elsewhere
		other := nodes[r.IntN(len(nodes))]
		if n.typ == tStruct || other.typ == n.elem {
			id := n.kids[i].id
			n.kids[i] = other.clone()
			n.kids[i].id = id
		}
	case 4:
		n.kids[i].id += int16(r.IntN(5) - 2)
	}
}

// mutateBytes returns bytes with one change: bits, lengths, ends.
func mutateBytes(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) == 0 {
		return append(b, byte(r.Uint32()))
	}
	at := r.IntN(len(b))
	if r.IntN(2) == 0 { // lengths and headers of runs stand in front
		at = r.IntN(min(len(b), 16))
	}
	switch r.IntN(8) {
	case 0:
		b[at] ^= 1 << r.IntN(8)
	case 1:
		b[at] = byte(r.Uint32())
	case 2:
		if at+4 <= len(b) {
			odd := []uint32{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, uint32(len(b)), r.Uint32(), r.Uint32N(1 << 16)}
			binary.LittleEndian.PutUint32(b[at:], odd[r.IntN(len(odd))])
		}
	case 3: // a large varint
		v := binary.AppendUvarint(nil, r.Uint64()>>r.IntN(64))
		b = append(b[:at:at], append(v, b[at:]...)...)
	case 4:
		b = b[:at]
	case 5:
		b = append(b[:at:at], b[min(len(b), at+1+r.IntN(8)):]...)
	case 6:
		b = append(b, b[at:]...)
	case 7:
		copy(b[at:], bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(16)))
	}
	return b
}
