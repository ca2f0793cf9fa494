package word2vec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits bound what a file may ask for when it is loaded. Zero fields mean the
// defaults. Memory grows with what was read, never with what the file's first line
// promises: at most about twice the size of the file, and 100 bytes a word.
type Limits struct {
	// MaxWords is the most words accepted; default 2^31-1.
	MaxWords int
	// MaxDim is the most dimensions accepted; default 65,536.
	MaxDim int
	// MaxBytes is the most memory for the vectors, 4 x words x dim; default
	// 16 GiB.
	MaxBytes int64
}

func (l Limits) withDefaults() Limits {
	if l.MaxWords == 0 {
		l.MaxWords = math.MaxInt32
	}
	if l.MaxDim == 0 {
		l.MaxDim = maxVectorSize
	}
	if l.MaxBytes == 0 {
		l.MaxBytes = 16 << 30
	}
	return l
}

const (
	// maxWordBytes is the longest word that is written and read.
	maxWordBytes = 1 << 20
	// maxNumberBytes is the longest number read from a text file.
	maxNumberBytes = 64
)

// SaveWord2VecFormat writes the vectors in one of the two formats of word2vec.c, as
// gensim does. Both begin with a line "words dim". In the text format a line
// follows for each word: the word and its numbers, each of the shortest spelling
// that gives the same float32, split by single spaces. In the binary format each
// word is followed by a space and dim little-endian float32. Counts are not part
// of either.
//
// It refuses before writing anything what nobody could read back: words that hold
// a space or a line feed, are not UTF-8, or are longer than 1 MiB.
func (kv *KeyedVectors) SaveWord2VecFormat(w io.Writer, binary bool) error {
	for _, word := range kv.words {
		switch {
		case strings.ContainsAny(word, " \n"):
			return fmt.Errorf("save word2vec format: the word %q holds a space or line feed, which the format cannot hold", word)
		case !utf8.ValidString(word):
			return fmt.Errorf("save word2vec format: the word %q is not UTF-8", word)
		case len(word) > maxWordBytes:
			return fmt.Errorf("save word2vec format: the word %q... is longer than %d bytes", word[:20], maxWordBytes)
		}
	}
	appendRow := appendTextRow
	if binary {
		appendRow = appendBinaryRow
	}
	out := bufio.NewWriterSize(w, 1<<16)
	line := fmt.Appendf(nil, "%d %d\n", kv.Len(), kv.dim)
	for i := 0; ; i++ {
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("save word2vec format: %w", err)
		}
		if i == kv.Len() {
			break
		}
		line = appendRow(append(append(line[:0], kv.words[i]...), ' '), kv.Vector(i))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("save word2vec format: %w", err)
	}
	return nil
}

func appendTextRow(row []byte, vec []float32) []byte {
	for i, x := range vec {
		if i > 0 {
			row = append(row, ' ')
		}
		row = strconv.AppendFloat(row, float64(x), 'g', -1, 32)
	}
	return append(row, '\n')
}

func appendBinaryRow(row []byte, vec []float32) []byte {
	for _, x := range vec {
		row = binary.LittleEndian.AppendUint32(row, math.Float32bits(x))
	}
	return row
}

// LoadWord2VecFormat reads what [KeyedVectors.SaveWord2VecFormat], gensim's
// save_word2vec_format or word2vec.c wrote. Like gensim it takes a word as the bytes
// up to the first space, without line feeds at the front of a binary one; refuses
// words that are not UTF-8; and of a word that occurs twice keeps the first. Unlike
// gensim it refuses NaN and infinite numbers, anything but white space after the
// last row, and a text file whose last line has no line feed, since a number may
// have been cut short there.
//
// Errors name the row, counted from 1. A file that ends early gives an error that
// wraps [io.ErrUnexpectedEOF].
func LoadWord2VecFormat(r io.Reader, binary bool, limits Limits) (*KeyedVectors, error) {
	kv, err := load(r, binary, limits.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("load word2vec format: %w", err)
	}
	return kv, nil
}

func load(r io.Reader, binary bool, limits Limits) (*KeyedVectors, error) {
	size, known := remaining(r)
	l := &loader{in: bufio.NewReaderSize(r, 1<<16)}
	rows, dim, err := l.header(limits)
	if err != nil {
		return nil, err
	}
	l.row = make([]float32, dim)
	readRow, numberBytes := l.textRow, int64(2)
	if binary {
		readRow, numberBytes = l.binaryRow, 4
		l.bytes = make([]byte, 4*dim)
	}

	// Room for all numbers at once, if the file can hold as many.
	room := int64(1 << 18)
	if known {
		room = size / numberBytes
	}
	data := make([]float32, 0, min(int64(rows)*int64(dim), room))
	var words []string
	seen := make(map[string]struct{})
	for n := 1; n <= rows; n++ {
		word, err := readRow()
		if err != nil {
			return nil, l.explain(err, n, rows)
		}
		if _, twice := seen[word]; twice {
			continue
		}
		seen[word] = struct{}{}
		words = append(words, word)
		data = append(data, l.row...)
	}
	if err := l.end(rows); err != nil {
		return nil, err
	}
	return NewKeyedVectors(words, nil, dim, data)
}

// remaining returns how many bytes r has left, if it can tell.
func remaining(r io.Reader) (size int64, known bool) {
	s, ok := r.(io.Seeker)
	if !ok {
		return 0, false
	}
	here, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, false // a pipe, for example
	}
	end, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, false
	}
	_, err = s.Seek(here, io.SeekStart)
	return end - here, err == nil
}

// loader reads the pieces of a file in word2vec format.
type loader struct {
	in    *bufio.Reader
	row   []float32 // numbers of the row just read
	bytes []byte    // the same as they stand in a binary file
	token []byte    // word or number just read
}

// errTooLong is returned for a word or number beyond its limit.
var errTooLong = errors.New("too long")

// header reads the first line, "words dim".
func (l *loader) header(limits Limits) (rows, dim int, err error) {
	line, err := l.until('\n', maxNumberBytes*2)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errTooLong) {
		return 0, 0, err
	}
	fields := strings.Fields(string(line))
	if err == nil && len(fields) == 2 {
		var rowsErr, dimErr error
		rows, rowsErr = strconv.Atoi(fields[0])
		dim, dimErr = strconv.Atoi(fields[1])
		if rowsErr == nil && dimErr == nil && rows >= 0 && dim >= 1 {
			return rows, dim, limits.check(rows, dim)
		}
	}
	return 0, 0, fmt.Errorf("the first line is %q, not the number of words and of dimensions (is this a word2vec file? GloVe's lack that line)",
		line[:min(len(line), 40)])
}

func (l Limits) check(rows, dim int) error {
	switch {
	case rows > l.MaxWords:
		return fmt.Errorf("%d words are more than the limit of %d", rows, l.MaxWords)
	case dim > l.MaxDim:
		return fmt.Errorf("%d dimensions are more than the limit of %d", dim, l.MaxDim)
	case int64(rows) > l.MaxBytes/4/int64(dim):
		return fmt.Errorf("%d words of %d dimensions are more than the limit of %d bytes", rows, dim, l.MaxBytes)
	}
	return nil
}

// textRow reads a line: a word and as many numbers as there are dimensions.
func (l *loader) textRow() (word string, err error) {
	line, err := l.until(' ', maxWordBytes)
	if err != nil {
		return "", err
	}
	if word, err = checkWord(line); err != nil {
		return "", err
	}
	if end := strings.IndexByte(word, '\n'); end >= 0 {
		return "", fmt.Errorf("%q has no numbers", clip(word[:end]))
	}
	for i := range l.row {
		field, last, err := l.number()
		if err != nil {
			return "", err
		}
		x, err := strconv.ParseFloat(string(field), 32)
		if err != nil || !finite(x) {
			return "", fmt.Errorf("number %d of %q is %q, not a finite number", i+1, clip(word), clip(string(field)))
		}
		l.row[i] = float32(x)
		if wanted := i == len(l.row)-1; last != wanted {
			if last {
				return "", fmt.Errorf("%q has %d numbers, not %d", clip(word), i+1, len(l.row))
			}
			return "", fmt.Errorf("%q has more than %d numbers", clip(word), len(l.row))
		}
	}
	return word, nil
}

// number reads up to a space or the end of the line, and says which. Line ends of
// Windows and the space that word2vec.c leaves before the end count as part of it.
func (l *loader) number() (field []byte, last bool, err error) {
	l.token = l.token[:0]
	for len(l.token) <= maxNumberBytes {
		b, err := l.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil, false, io.ErrUnexpectedEOF
		case err != nil:
			return nil, false, err
		case b == '\n':
			return l.token, true, nil
		case b == ' ' || b == '\r' || b == '\t':
			last, err := l.lineEnds()
			return l.token, last, err
		}
		l.token = append(l.token, b)
	}
	return nil, false, errTooLong
}

// lineEnds skips white space and says whether that ended the line.
func (l *loader) lineEnds() (bool, error) {
	for {
		b, err := l.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return false, io.ErrUnexpectedEOF
		case err != nil:
			return false, err
		case b == '\n':
			return true, nil
		case b != ' ' && b != '\r' && b != '\t':
			return false, l.in.UnreadByte()
		}
	}
}

// binaryRow reads a word, a space and the bytes of its numbers.
func (l *loader) binaryRow() (word string, err error) {
	token, err := l.until(' ', maxWordBytes)
	if err != nil {
		return "", err
	}
	// word2vec.c ends every vector with a line feed, which so leads the next word.
	for len(token) > 0 && token[0] == '\n' {
		token = token[1:]
	}
	if word, err = checkWord(token); err != nil {
		return "", err
	}
	if _, err := io.ReadFull(l.in, l.bytes); err != nil {
		return "", err
	}
	for i := range l.row {
		l.row[i] = math.Float32frombits(binary.LittleEndian.Uint32(l.bytes[4*i:]))
		if !finite(float64(l.row[i])) {
			return "", fmt.Errorf("number %d of %q is %v, not a finite number", i+1, clip(word), l.row[i])
		}
	}
	return word, nil
}

func checkWord(token []byte) (string, error) {
	if !utf8.Valid(token) {
		return "", fmt.Errorf("the word %q is not UTF-8", clip(string(token)))
	}
	return string(token), nil
}

// until reads up to a delimiter, which it drops. What it returns is valid until
// the next read.
func (l *loader) until(delim byte, limit int) ([]byte, error) {
	l.token = l.token[:0]
	for {
		part, err := l.in.ReadSlice(delim)
		l.token = append(l.token, part...)
		switch {
		case len(l.token) > limit+1:
			return l.token, errTooLong
		case err == nil:
			return l.token[:len(l.token)-1], nil
		case errors.Is(err, io.EOF):
			return l.token, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return l.token, err
		}
	}
}

// end makes sure that nothing follows the last row.
func (l *loader) end(rows int) error {
	for {
		b, err := l.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case b != '\n' && b != '\r' && b != ' ':
			return fmt.Errorf("more follows after row %d, the last by the first line", rows)
		}
	}
}

// explain says in which row an error arose.
func (l *loader) explain(err error, row, rows int) error {
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file ends in row %d of %d: %w", row, rows, io.ErrUnexpectedEOF)
	case errors.Is(err, errTooLong):
		return fmt.Errorf("row %d of %d holds a word or number that is too long (is the file text or binary?): %w", row, rows, err)
	}
	return fmt.Errorf("row %d of %d: %w", row, rows, err)
}

// clip shortens what a file holds for an error message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
