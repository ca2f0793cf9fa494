package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxSize is the most bytes of a file that is read: far above what front ends
// open, and below what would fill the memory.
const MaxSize = 256 << 20

// maxValues bounds the memory that a file of brackets takes: a value costs up
// to 100 bytes, however short it is written.
const maxValues = 8 << 20

// readJSON reads one JSON object of at most MaxSize bytes. what names it in
// errors.
func readJSON(r io.Reader, what string) (Object, error) {
	data, err := readLimited(r, what)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if n := countValues(data); n > maxValues {
		return nil, fmt.Errorf("this %s has more than %d million values: clear its outputs first", what, maxValues>>20)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var o Object
	err = dec.Decode(&o)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("line %d: this is no %s, as it is no JSON: %w", lineOf(data, syntax.Offset), what, err)
	case errors.As(err, &kind), err == nil && o == nil:
		return nil, fmt.Errorf("this is no %s: the file must be a JSON object", what)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("line %d: this %s ends in the middle: it was not written whole", lineOf(data, int64(len(data))), what)
	case err != nil:
		return nil, fmt.Errorf("this is no %s: %w", what, err)
	}
	if rest := bytes.TrimSpace(data[dec.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("line %d: text after the end of the %s: remove it", lineOf(data, int64(len(data)-len(rest))), what)
	}
	return o, nil
}

// readLimited reads text of at most MaxSize bytes.
func readLimited(r io.Reader, what string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxSize:
		return nil, fmt.Errorf("this %s is larger than %d MiB: clear its outputs first", what, MaxSize>>20)
	}
	if err := checkUTF8(data, what); err != nil {
		return nil, err
	}
	return data, nil
}

func checkUTF8(data []byte, what string) error {
	if utf8.Valid(data) {
		return nil
	}
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return fmt.Errorf("line %d: this %s has bytes that are not UTF-8: save it as UTF-8", lineOf(data, int64(at)), what)
}

func lineOf(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte{'\n'})
}

// countValues counts what opens or parts values outside strings, up to the
// first beyond maxValues.
func countValues(data []byte) int {
	n := 0
	for i := 0; i < len(data) && n <= maxValues; i++ {
		switch data[i] {
		case ',', '[', '{', ':':
			n++
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		}
	}
	return n
}

// encoder writes JSON as Python's json.dumps does with sorted keys and
// without ASCII escapes: with an indent of one blank, or on one line.
type encoder struct {
	b    bytes.Buffer
	line bool
	err  error
}

// oneLine writes a value on one line.
func oneLine(v any) (string, error) {
	e := encoder{line: true}
	e.value(v, 0)
	return e.b.String(), e.err
}

func (e *encoder) value(v any, depth int) {
	switch v := v.(type) {
	case nil:
		e.b.WriteString("null")
	case bool:
		e.b.WriteString(strconv.FormatBool(v))
	case string:
		e.text(v)
	case json.Number:
		e.number(v)
	case int:
		e.b.WriteString(strconv.Itoa(v))
	case int64:
		e.b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			e.b.WriteString("null") // JSON has no such numbers
			return
		}
		e.b.WriteString(pythonFloat(v))
	case []string:
		list(e, v, depth, func(s string) { e.text(s) })
	case []any:
		list(e, v, depth, func(v any) { e.value(v, depth+1) })
	case Object:
		if len(v) == 0 {
			e.b.WriteString("{}")
			return
		}
		e.b.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			e.part(i, depth+1)
			e.text(key)
			e.b.WriteString(": ")
			e.value(v[key], depth+1)
		}
		e.close('}', depth)
	default:
		e.err = fmt.Errorf("a notebook cannot hold a value of type %T", v)
	}
}

func list[T any](e *encoder, v []T, depth int, one func(T)) {
	if len(v) == 0 {
		e.b.WriteString("[]")
		return
	}
	e.b.WriteByte('[')
	for i := range v {
		e.part(i, depth+1)
		one(v[i])
	}
	e.close(']', depth)
}

// part begins the value i of a list or an object.
func (e *encoder) part(i, depth int) {
	switch {
	case i > 0 && e.line:
		e.b.WriteString(", ")
	case i > 0:
		e.b.WriteByte(',')
	}
	e.newline(depth)
}

func (e *encoder) close(c byte, depth int) {
	e.newline(depth)
	e.b.WriteByte(c)
}

func (e *encoder) newline(depth int) {
	if e.line {
		return
	}
	e.b.WriteByte('\n')
	for range depth {
		e.b.WriteByte(' ')
	}
}

func (e *encoder) text(s string) {
	const hexDigits = "0123456789abcdef"
	s = strings.ToValidUTF8(s, "\ufffd")
	e.b.WriteByte('"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		e.b.WriteString(s[from:i])
		from = i + 1
		switch c {
		case '"', '\\':
			e.b.WriteByte('\\')
			e.b.WriteByte(c)
		case '\n':
			e.b.WriteString(`\n`)
		case '\r':
			e.b.WriteString(`\r`)
		case '\t':
			e.b.WriteString(`\t`)
		case '\b':
			e.b.WriteString(`\b`)
		case '\f':
			e.b.WriteString(`\f`)
		default:
			e.b.WriteString(`\u00`)
			e.b.WriteByte(hexDigits[c>>4])
			e.b.WriteByte(hexDigits[c&15])
		}
	}
	e.b.WriteString(s[from:])
	e.b.WriteByte('"')
}

// number writes a number as Python does after reading it: integers digit by
// digit, others as the shortest text of their 64-bit value.
func (e *encoder) number(n json.Number) {
	s := string(n)
	if !strings.ContainsAny(s, ".eE") {
		if s == "-0" {
			s = "0"
		}
		e.b.WriteString(s)
		return
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil { // beyond its range: as it was
		e.b.WriteString(s)
		return
	}
	e.b.WriteString(pythonFloat(f))
}

// pythonFloat is Python's repr: 1e+16 and above and below 1e-4 with an exponent
// of two digits, else with a point.
func pythonFloat(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// splitLines cuts text as Python's str.splitlines(True) does, which knows more
// ends of lines than "\n".
func splitLines(s string) []string {
	lines := []string{}
	from := 0
	for i, r := range s {
		end := i
		switch r {
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				continue // "\r\n" is one end
			}
			end++
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e:
			end++
		case 0x85:
			end += 2
		case 0x2028, 0x2029:
			end += 3
		default:
			continue
		}
		lines = append(lines, s[from:end])
		from = end
	}
	if from < len(s) {
		lines = append(lines, s[from:])
	}
	return lines
}
