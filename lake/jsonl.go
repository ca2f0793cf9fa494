package lake

import (
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// JSONLWriter writes JSON lines: one object a row, its members in the order of
// the columns, nulls as null, lists as arrays, integers with all their digits.
// Bytes are in base64; decimals, dates, times and UUIDs are strings, so that
// no reader rounds them. NaN and infinities, which JSON has not, are null.
// Bytes that are not UTF-8 become U+FFFD, and < > & and the two line
// separators of JavaScript are escaped: a line can stand in a page.
type JSONLWriter struct {
	out    io.Writer
	fields []Field
	keys   [][]byte // {"name": or ,"name":
	buf    []byte
	cell   []byte
	rows   int64
}

// NewJSONLWriter returns a writer of JSON lines.
func NewJSONLWriter(out io.Writer, fields []Field) (*JSONLWriter, error) {
	if err := checkFields(fields); err != nil {
		return nil, err
	}
	w := &JSONLWriter{out: out, fields: append([]Field(nil), fields...)}
	for i, f := range fields {
		key := []byte{','}
		if i == 0 {
			key[0] = '{'
		}
		w.keys = append(w.keys, append(appendJSON(key, []byte(f.Name)), ':'))
	}
	return w, nil
}

// Rows returns the number of rows written.
func (w *JSONLWriter) Rows() int64 { return w.rows }

// Write adds the rows of b.
func (w *JSONLWriter) Write(b *Batch) error {
	if err := b.check(w.fields, nil); err != nil {
		return fmt.Errorf("jsonl: %w", err)
	}
	b = b.plain()
	for row := range b.Rows {
		for i := range b.Columns {
			w.buf = append(w.buf, w.keys[i]...)
			w.appendValue(&b.Columns[i], row)
		}
		w.buf = append(w.buf, '}', '\n')
		if len(w.buf) >= flushBytes {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	w.rows += int64(b.Rows)
	return w.flush()
}

func (w *JSONLWriter) flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// Close has nothing left to write.
func (w *JSONLWriter) Close() error { return nil }

func (w *JSONLWriter) appendValue(c *Column, row int) {
	if c.Null(row) {
		w.buf = append(w.buf, "null"...)
		return
	}
	switch c.Type.Kind {
	case String:
		w.buf = appendJSON(w.buf, c.Str(row))
	case Binary, Fixed:
		w.buf = append(w.buf, '"')
		w.buf = base64.StdEncoding.AppendEncode(w.buf, c.Str(row))
		w.buf = append(w.buf, '"')
	case Bool, Int:
		w.buf = c.AppendText(w.buf, row)
	case Float, Double:
		if v := c.Floats[row]; math.IsNaN(v) || math.IsInf(v, 0) {
			w.buf = append(w.buf, "null"...)
			return
		}
		w.buf = c.AppendText(w.buf, row)
	case List:
		w.buf = append(w.buf, '[')
		for k := c.Lists[row]; k < c.Lists[row+1]; k++ {
			if k > c.Lists[row] {
				w.buf = append(w.buf, ',')
			}
			w.appendValue(c.Elem, k)
		}
		w.buf = append(w.buf, ']')
	default:
		w.cell = c.AppendText(w.cell[:0], row)
		w.buf = appendJSON(w.buf, w.cell)
	}
}

// appendJSON adds text as a JSON string.
func appendJSON(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for len(text) > 0 {
		c := text[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(text)
			switch {
			case r == utf8.RuneError && n == 1:
				dst = append(dst, "\ufffd"...)
			case r == '\u2028' || r == '\u2029':
				dst = append(dst, '\\', 'u', '2', '0', '2', hex[r&15])
			default:
				dst = append(dst, text[:n]...)
			}
			text = text[n:]
			continue
		}
		text = text[1:]
	}
	return append(dst, '"')
}
