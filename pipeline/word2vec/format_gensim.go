package word2vec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// LoadGensim reads the file of that name in fsys, which gensim 4 wrote:
// KeyedVectors.save (.kv) or Word2Vec.save (.model), of which it takes the
// vectors. Large arrays lie in files of their own beside it (.vectors.npy),
// which must be there. Nothing of the file is run, and what is not known from
// such models is refused.
//
// Memory: that of the vectors, twice at most while they are read, and about 50
// times the size of the file without arrays.
func LoadGensim(fsys fs.FS, name string, limits Limits) (*KeyedVectors, error) {
	kv, err := loadGensim(fsys, name, limits.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("load gensim's format: %w", err)
	}
	return kv, nil
}

func loadGensim(fsys fs.FS, name string, limits Limits) (_ *KeyedVectors, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limits.MaxBytes {
		return nil, fmt.Errorf("%d bytes are more than the limit of %d", info.Size(), limits.MaxBytes)
	}
	root, err := readPickle(f, info.Size())
	if err != nil {
		return nil, err
	}
	state, class := stateOf(root)
	beside := name
	if strings.HasSuffix(class, ".Word2Vec") {
		beside += ".wv"
		state, class = stateOf(state.get("wv"))
	}
	if !strings.HasSuffix(class, ".KeyedVectors") {
		return nil, errors.New("it holds no KeyedVectors; is it of gensim 4? Older ones can be loaded and saved again there")
	}
	words, err := wordsOf(state)
	if err != nil {
		return nil, err
	}
	vectors, err := vectorsOf(fsys, beside, state, limits)
	if err != nil {
		return nil, err
	}
	if len(vectors.shape) != 2 || vectors.shape[0] != int64(len(words)) || vectors.shape[1] < 1 || vectors.shape[1] > int64(limits.MaxDim) {
		return nil, fmt.Errorf("%d words with vectors of shape %v", len(words), vectors.shape)
	}
	if err := limits.check(len(words), int(vectors.shape[1])); err != nil {
		return nil, err
	}
	data, err := vectors.floats()
	if err != nil {
		return nil, err
	}
	counts, err := countsOf(state, len(words))
	if err != nil {
		return nil, err
	}
	return NewKeyedVectors(words, counts, int(vectors.shape[1]), data)
}

// stateOf returns the attributes of an object; empty for what is none.
func stateOf(v any) (*pyDict, string) {
	o, ok := v.(*pyObject)
	if !ok {
		return &pyDict{}, ""
	}
	d, ok := o.state.(*pyDict)
	if !ok {
		return &pyDict{}, ""
	}
	return d, o.class
}

func wordsOf(state *pyDict) ([]string, error) {
	list, ok := state.get("index_to_key").(*pyList)
	if !ok {
		return nil, errors.New("it has no list index_to_key; is it of gensim 4?")
	}
	words := make([]string, len(list.items))
	for i, item := range list.items {
		word, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("key %d is no text", i)
		}
		if !utf8.ValidString(word) || len(word) > maxWordBytes {
			return nil, fmt.Errorf("key %d is not UTF-8, or too long", i)
		}
		words[i] = word
	}
	return words, nil
}

// vectorsOf returns the vectors from the pickle, or from the file beside it.
func vectorsOf(fsys fs.FS, name string, state *pyDict, limits Limits) (*array, error) {
	list, _ := state.get("__numpys").(*pyList)
	for i := 0; list != nil && i < len(list.items); i++ {
		if list.items[i] == "vectors" {
			return readNPY(fsys, name+".vectors.npy", limits)
		}
	}
	return arrayOf(state.get("vectors"))
}

// countsOf returns how often each word occurs, nil when it is not known.
func countsOf(state *pyDict, words int) ([]int64, error) {
	expandos, ok := state.get("expandos").(*pyDict)
	if !ok || expandos.get("count") == nil {
		return nil, nil
	}
	a, err := arrayOf(expandos.get("count"))
	if err != nil {
		return nil, fmt.Errorf("counts: %w", err)
	}
	counts, err := a.ints()
	if err != nil {
		return nil, fmt.Errorf("counts: %w", err)
	}
	if len(counts) != words {
		return nil, fmt.Errorf("%d counts for %d words", len(counts), words)
	}
	for i, n := range counts {
		if n < 0 {
			return nil, fmt.Errorf("word %d occurs %d times", i, n)
		}
	}
	return counts, nil
}

// npyHeader is the Python dictionary at the head of a .npy file.
var npyHeader = regexp.MustCompile(`^\{'descr': '([^']{1,8})', 'fortran_order': False, 'shape': \((\d{1,18}), ?(?:(\d{1,18}),? ?)?\),? *\} *\n$`)

// readNPY reads numpy's format of one array.
//
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func readNPY(fsys fs.FS, name string, limits Limits) (_ *array, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limits.MaxBytes+1<<16 {
		return nil, fmt.Errorf("%s: %d bytes are more than the limit of %d", name, info.Size(), limits.MaxBytes)
	}
	p := &pickle{in: bufio.NewReaderSize(f, 1<<16), left: info.Size()}
	intro := p.bytes(8)
	if p.err != nil || string(intro[:6]) != "\x93NUMPY" || intro[6] < 1 || intro[6] > 3 {
		return nil, fmt.Errorf("%s: not a .npy file", name)
	}
	size := uint64(2)
	if intro[6] > 1 {
		size = 4
	}
	header := p.bytes(p.uint(size))
	m := npyHeader.FindSubmatch(header)
	if p.err != nil || m == nil {
		return nil, fmt.Errorf("%s: %w: its header is %q", name, errNotArray, clip(string(header)))
	}
	a := &array{dtype: string(m[1])}
	for _, digits := range m[2:] {
		if len(digits) == 0 {
			continue
		}
		n, err := strconv.ParseInt(string(digits), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		a.shape = append(a.shape, n)
	}
	a.data = p.bytes(uint64(p.left))
	if p.err != nil {
		return nil, fmt.Errorf("%s: %w", name, p.err)
	}
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// SaveGensim writes the vectors as gensim 4 does, so that KeyedVectors.load
// reads them, in one file of any size, with the counts of the words. It is
// refused for words that are not UTF-8.
func (kv *KeyedVectors) SaveGensim(w io.Writer) error {
	for _, word := range kv.words {
		if !utf8.ValidString(word) {
			return fmt.Errorf("save gensim's format: the word %q is not UTF-8", clip(word))
		}
	}
	p := &pickleWriter{w: bufio.NewWriterSize(w, 1<<16)}
	p.raw("\x80\x04") // protocol 4, gensim's default
	p.global("gensim.models.keyedvectors", "KeyedVectors")
	p.raw(")\x81}(") // an object; its attributes follow
	p.text("vector_size")
	p.int(int64(kv.dim))
	p.text("index_to_key")
	p.raw("](")
	for i, word := range kv.words {
		p.text(word)
		if i%pickleBatch == pickleBatch-1 {
			p.raw("e(")
		}
	}
	p.raw("e")
	p.text("next_index")
	p.int(0)
	p.text("key_to_index")
	p.raw("}(")
	for i, word := range kv.words {
		p.text(word)
		p.int(int64(i))
		if i%pickleBatch == pickleBatch-1 {
			p.raw("u(")
		}
	}
	p.raw("u")
	p.text("vectors")
	p.array("f4", []int64{int64(kv.Len()), int64(kv.dim)}, 4*int64(len(kv.data)))
	for _, x := range kv.data {
		p.little(uint64(math.Float32bits(x)), 4)
	}
	p.arrayEnd()
	p.text("norms")
	p.raw("N")
	p.text("expandos")
	p.raw("}")
	p.text("count")
	p.array("i8", []int64{int64(kv.Len())}, 8*int64(kv.Len()))
	for i := range kv.words {
		p.little(uint64(kv.Count(i)), 8)
	}
	p.arrayEnd()
	p.raw("s")
	p.text("mapfile_path")
	p.raw("N")
	for _, name := range []string{"lifecycle_events", "__numpys", "__scipys", "__ignoreds", "__recursive_saveloads"} {
		p.text(name)
		p.raw("]")
	}
	p.raw("ub.")
	if p.err == nil {
		p.err = p.w.Flush()
	}
	if p.err != nil {
		return fmt.Errorf("save gensim's format: %w", p.err)
	}
	return nil
}

// pickleBatch is how many items stand between two instructions that add them,
// as Python's pickler writes.
const pickleBatch = 1000

// pickleWriter writes instructions of pickle, without the memo.
type pickleWriter struct {
	w   *bufio.Writer
	err error
}

func (p *pickleWriter) raw(s string) {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
	}
}

// little writes the low n bytes of x, the lowest first.
func (p *pickleWriter) little(x uint64, n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], x)
	if p.err == nil {
		_, p.err = p.w.Write(b[:n])
	}
}

func (p *pickleWriter) text(s string) {
	p.raw("X")
	p.little(uint64(len(s)), 4)
	p.raw(s)
}

func (p *pickleWriter) int(n int64) {
	if n == int64(int32(n)) {
		p.raw("J")
		p.little(uint64(n), 4)
		return
	}
	p.raw("\x8a\x08")
	p.little(uint64(n), 8)
}

func (p *pickleWriter) global(module, name string) {
	p.text(module)
	p.text(name)
	p.raw("\x93")
}

// array writes an array up to its data, of size bytes, which follow.
func (p *pickleWriter) array(dtype string, shape []int64, size int64) {
	p.global("numpy.core.multiarray", "_reconstruct") // numpy 2 knows its old name, numpy 1 not the new one
	p.global("numpy", "ndarray")
	p.int(0)
	p.raw("\x85C\x01b\x87R(")
	p.int(1)
	p.raw("(")
	for _, n := range shape {
		p.int(n)
	}
	p.raw("t")
	p.global("numpy", "dtype")
	p.text(dtype)
	p.raw("\x89\x88\x87R(")
	p.int(3)
	p.text("<")
	p.raw("NNN")
	p.int(-1)
	p.int(-1)
	p.int(0)
	p.raw("tb\x89\x8e")
	p.little(uint64(size), 8)
}

func (p *pickleWriter) arrayEnd() { p.raw("tb") }
