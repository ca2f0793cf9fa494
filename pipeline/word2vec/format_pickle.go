package word2vec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Python's pickle is a program for a small stack machine, and loading one in
// Python may run anything. This machine runs nothing: a class is a name, an
// object is that name with what it was given. It knows the instructions that
// gensim's models need and the classes of pickleClasses, and refuses all others.
//
// Format: https://docs.python.org/3/library/pickle.html and the source of
// pickletools.

// The values of the machine besides nil, bool, int64, float64 and string.
type (
	pyBytes  []byte
	pyTuple  []any
	pyGlobal string // module.name of a class or function
	pyList   struct{ items []any }
	pyDict   struct{ keys, values []any }
	pyObject struct {
		class string
		args  pyTuple
		state any
	}
	pyMark struct{}
)

// get returns the value of a text key; nil when it is not there.
func (d *pyDict) get(key string) any {
	for i := len(d.keys) - 1; i >= 0; i-- { // the last one counts
		if d.keys[i] == key {
			return d.values[i]
		}
	}
	return nil
}

// pickleClasses are the classes and functions that gensim's KeyedVectors and
// Word2Vec models name.
func pickleClasses() []string {
	return []string{
		"gensim.models.keyedvectors.KeyedVectors",
		"gensim.models.word2vec.Word2Vec",
		"gensim.utils.call_on_class_only",
		"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
		"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
		"numpy.ndarray", "numpy.dtype",
		"numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__bit_generator_ctor",
		"numpy.random._mt19937.MT19937",
		"collections.defaultdict", "builtins.hash", "builtins.int",
	}
}

// maxPickleObjects bounds lists, dictionaries, tuples and objects: one byte of
// a pickle makes one. A model has a few hundred.
const maxPickleObjects = 1 << 16

// pickle is the machine.
type pickle struct {
	in      *bufio.Reader
	left    int64 // bytes still to come
	stack   []any
	memo    []any
	objects int
	err     error
}

// readPickle runs the program in r, of size bytes, and returns what it leaves.
// Nothing may follow it.
func readPickle(r io.Reader, size int64) (any, error) {
	p := &pickle{in: bufio.NewReaderSize(r, 1<<16), left: size}
	for {
		op := p.bytes(1)
		if p.err == nil && op[0] == '.' {
			out := p.pop()
			if p.err == nil && (len(p.stack) > 0 || p.left > 0) {
				p.fail("more follows behind its end")
			}
			return out, p.err
		}
		if p.err == nil {
			p.step(op[0])
		}
		if p.err != nil {
			return nil, fmt.Errorf("pickle, %d bytes before the end: %w", p.left, p.err)
		}
	}
}

func (p *pickle) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// bytes reads n bytes; what it asks memory for is in the file.
func (p *pickle) bytes(n uint64) []byte {
	if p.err != nil {
		return make([]byte, min(n, 8))
	}
	if n > uint64(max(p.left, 0)) {
		p.err = io.ErrUnexpectedEOF
		return make([]byte, min(n, 8))
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(p.in, b); err != nil {
		p.err = err
	}
	p.left -= int64(n)
	return b
}

// uint reads a little-endian number of n bytes.
func (p *pickle) uint(n uint64) uint64 {
	var b [8]byte
	copy(b[:], p.bytes(n))
	return binary.LittleEndian.Uint64(b[:])
}

// line reads up to a line feed.
func (p *pickle) line() string {
	b, err := p.in.ReadSlice('\n')
	p.left -= int64(len(b))
	if err != nil || p.left < 0 {
		p.fail("a name does not end: %w", io.ErrUnexpectedEOF)
		return ""
	}
	return string(b[:len(b)-1])
}

func (p *pickle) push(v any) {
	switch v.(type) {
	case pyTuple, *pyList, *pyDict, *pyObject, pyGlobal:
		if p.objects++; p.objects > maxPickleObjects {
			p.fail("more than %d objects", maxPickleObjects)
			return
		}
	}
	p.stack = append(p.stack, v)
}

func (p *pickle) pop() any {
	if len(p.stack) == 0 {
		p.fail("its stack is empty")
		return nil
	}
	v := p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
	if _, mark := v.(pyMark); mark {
		p.fail("a mark where a value should be")
	}
	return v
}

// popMark returns what was pushed since the last mark.
func (p *pickle) popMark() []any {
	for i := len(p.stack) - 1; i >= 0; i-- {
		if _, mark := p.stack[i].(pyMark); mark {
			items := slices.Clone(p.stack[i+1:])
			p.stack = p.stack[:i]
			return items
		}
	}
	p.fail("no mark")
	return nil
}

func (p *pickle) popTuple(n int) pyTuple {
	out := make(pyTuple, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = p.pop()
	}
	return out
}

// top returns the value on the stack that an instruction changes.
func top[T any](p *pickle) (out T) {
	v := p.pop()
	out, ok := v.(T)
	if !ok {
		p.fail("a %T where a %T should be", v, out)
		return out
	}
	p.stack = append(p.stack, v)
	return out
}

func (p *pickle) getMemo(i uint64) {
	if i >= uint64(len(p.memo)) {
		p.fail("nothing is stored as %d", i)
		return
	}
	p.stack = append(p.stack, p.memo[i])
}

func (p *pickle) putMemo(i uint64) {
	if len(p.stack) == 0 || i > uint64(len(p.memo)) { // pickles number without gaps
		p.fail("nothing can be stored as %d", i)
		return
	}
	v := p.stack[len(p.stack)-1]
	if i == uint64(len(p.memo)) {
		p.memo = append(p.memo, v)
		return
	}
	p.memo[i] = v
}

func (p *pickle) global(module, name string) {
	class := module + "." + name
	if !slices.Contains(pickleClasses(), class) {
		p.fail("it names %q, which is no part of word vectors", clip(class))
		return
	}
	p.push(pyGlobal(class))
}

// make is Python's call of a class or function, without the call.
func (p *pickle) make() {
	args, ok := p.pop().(pyTuple)
	class, named := p.pop().(pyGlobal)
	if p.err == nil && (!ok || !named) {
		p.fail("a call of what is no class")
	}
	p.push(&pyObject{class: string(class), args: args})
}

// step carries out one instruction.
func (p *pickle) step(op byte) {
	switch op {
	case 0x80: // PROTO
		if v := p.bytes(1)[0]; v > 5 {
			p.fail("protocol %d", v)
		}
	case 0x95: // FRAME
		p.bytes(8)
	case '(':
		p.stack = append(p.stack, pyMark{})
	case '0': // POP
		p.pop()
	case 'N':
		p.push(nil)
	case 0x88:
		p.push(true)
	case 0x89:
		p.push(false)
	case 'K': // BININT1
		p.push(int64(p.uint(1)))
	case 'M': // BININT2
		p.push(int64(p.uint(2)))
	case 'J': // BININT
		p.push(int64(int32(p.uint(4))))
	case 0x8a: // LONG1
		p.long(p.uint(1))
	case 'G': // BINFLOAT, the one number that is big-endian
		p.push(math.Float64frombits(binary.BigEndian.Uint64(p.bytes(8))))
	case 0x8c, 'X', 0x8d: // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
		p.push(string(p.bytes(p.uint(lengthBytes(op)))))
	case 'C', 'B', 0x8e, 0x96: // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
		p.push(pyBytes(p.bytes(p.uint(lengthBytes(op)))))
	case 'h': // BINGET
		p.getMemo(p.uint(1))
	case 'j': // LONG_BINGET
		p.getMemo(p.uint(4))
	case 'q': // BINPUT
		p.putMemo(p.uint(1))
	case 'r': // LONG_BINPUT
		p.putMemo(p.uint(4))
	case 0x94: // MEMOIZE
		p.putMemo(uint64(len(p.memo)))
	case 'c': // GLOBAL
		module := p.line()
		p.global(module, p.line())
	case 0x93: // STACK_GLOBAL
		name, ok1 := p.pop().(string)
		module, ok2 := p.pop().(string)
		if p.err == nil && (!ok1 || !ok2) {
			p.fail("a class without a name")
		}
		p.global(module, name)
	case 'R', 0x81: // REDUCE, NEWOBJ
		p.make()
	case 'b': // BUILD
		state := p.pop()
		if o := top[*pyObject](p); p.err == nil {
			o.state = state
		}
	default:
		p.collect(op)
	}
}

// lengthBytes is how many bytes the length of a text or of bytes takes.
func lengthBytes(op byte) uint64 {
	switch op {
	case 0x8c, 'C':
		return 1
	case 'X', 'B':
		return 4
	}
	return 8
}

// collect carries out the instructions of tuples, lists, dictionaries and sets.
func (p *pickle) collect(op byte) {
	switch op {
	case ')':
		p.push(pyTuple{})
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		p.push(p.popTuple(int(op - 0x84)))
	case 't':
		p.push(pyTuple(p.popMark()))
	case ']', 0x8f: // EMPTY_LIST, EMPTY_SET
		p.push(&pyList{})
	case 0x91: // FROZENSET
		p.push(&pyList{p.popMark()})
	case 'a': // APPEND
		v := p.pop()
		if l := top[*pyList](p); p.err == nil {
			l.items = append(l.items, v)
		}
	case 'e', 0x90: // APPENDS, ADDITEMS
		items := p.popMark()
		if l := top[*pyList](p); p.err == nil {
			l.items = append(l.items, items...)
		}
	case '}':
		p.push(&pyDict{})
	case 's': // SETITEM
		p.setItems(p.popTuple(2))
	case 'u': // SETITEMS
		p.setItems(p.popMark())
	default:
		p.fail("instruction 0x%02x, which word vectors do not need", op)
	}
}

func (p *pickle) setItems(items []any) {
	if len(items)%2 != 0 {
		p.fail("a key without a value")
		return
	}
	v := p.pop()
	d, ok := v.(*pyDict)
	if o, isObject := v.(*pyObject); isObject && strings.HasSuffix(o.class, ".defaultdict") {
		p.stack = append(p.stack, v) // raw counts of a Word2Vec model: not looked at
		return
	}
	if p.err == nil && !ok {
		p.fail("items for a %T", v)
	}
	if p.err != nil {
		return
	}
	for i := 0; i < len(items); i += 2 {
		d.keys, d.values = append(d.keys, items[i]), append(d.values, items[i+1])
	}
	p.stack = append(p.stack, v)
}

// long pushes an integer of n bytes, in two's complement. Larger ones than 64
// bits (of random number generators) become their lowest 64.
func (p *pickle) long(n uint64) {
	b := p.bytes(n)
	if len(b) == 0 {
		p.push(int64(0))
		return
	}
	var x [8]byte
	if b[len(b)-1]&0x80 != 0 {
		x = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	}
	copy(x[:], b)
	p.push(int64(binary.LittleEndian.Uint64(x[:])))
}

// array is a numpy array of one or two dimensions as it is stored.
type array struct {
	dtype string // "<f4"
	shape []int64
	data  []byte
}

var errNotArray = errors.New("not a numpy array of numbers in little endian and C order")

// arrayOf reads numpy's way of pickling an array: _reconstruct(ndarray, (0,),
// b"b") with the state (version, shape, dtype, Fortran order, bytes).
func arrayOf(v any) (*array, error) {
	o, ok := v.(*pyObject)
	if !ok || !strings.HasSuffix(o.class, "multiarray._reconstruct") {
		return nil, errNotArray
	}
	state, _ := o.state.(pyTuple)
	if len(state) != 5 {
		return nil, errNotArray
	}
	shape, _ := state[1].(pyTuple)
	dtype, _ := state[2].(*pyObject)
	data, ok := state[4].(pyBytes)
	if dtype == nil || dtype.class != "numpy.dtype" || len(dtype.args) < 1 || state[3] != false || !ok {
		return nil, errNotArray
	}
	order, _ := dtype.state.(pyTuple)
	name, _ := dtype.args[0].(string)
	if len(order) < 2 || order[1] != "<" {
		return nil, errNotArray
	}
	a := &array{dtype: "<" + name, data: data}
	for _, n := range shape {
		size, ok := n.(int64)
		if !ok {
			return nil, errNotArray
		}
		a.shape = append(a.shape, size)
	}
	return a, a.check()
}

// check makes sure that the data is as long as the shape says.
func (a *array) check() error {
	sizes := map[string]int64{"<f4": 4, "<f8": 8, "<i4": 4, "<i8": 8, "<u4": 4, "<u8": 8}
	left, ok := sizes[a.dtype]
	if !ok {
		return fmt.Errorf("%w: its type is %q", errNotArray, clip(a.dtype))
	}
	n := int64(1)
	for _, size := range a.shape {
		if size < 0 || size > 0 && n > math.MaxInt64/16/size {
			return fmt.Errorf("%w: its shape is %v", errNotArray, a.shape)
		}
		n *= size
	}
	if n*left != int64(len(a.data)) {
		return fmt.Errorf("an array of shape %v has %d bytes", a.shape, len(a.data))
	}
	return nil
}

// floats returns the numbers of an array of float32 or float64.
func (a *array) floats() ([]float32, error) {
	switch a.dtype {
	case "<f4":
		out := make([]float32, len(a.data)/4)
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(a.data[4*i:]))
		}
		return out, nil
	case "<f8":
		out := make([]float32, len(a.data)/8)
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(a.data[8*i:])))
		}
		return out, nil
	}
	return nil, fmt.Errorf("an array of %s, not of float32 or float64", a.dtype)
}

// ints returns the numbers of an array of integers.
func (a *array) ints() ([]int64, error) {
	switch a.dtype {
	case "<i4", "<u4":
		out := make([]int64, len(a.data)/4)
		for i := range out {
			v := binary.LittleEndian.Uint32(a.data[4*i:])
			out[i] = int64(v)
			if a.dtype == "<i4" {
				out[i] = int64(int32(v))
			}
		}
		return out, nil
	case "<i8", "<u8":
		out := make([]int64, len(a.data)/8)
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint64(a.data[8*i:]))
		}
		return out, nil
	}
	return nil, fmt.Errorf("an array of %s, not of integers", a.dtype)
}
