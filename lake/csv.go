package lake

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// listSeparator joins the elements of a list in a CSV cell.
const listSeparator = "|"

// CSVOptions says how CSV is written.
type CSVOptions struct {
	// Tabs makes it TSV (IANA text/tab-separated-values): cells are separated
	// by tabs and never quoted, a quotation mark is an ordinary character. A
	// tab or line end within a cell, which TSV cannot hold, becomes a blank.
	Tabs bool
	// Raw switches the guard against formulas off: cells are what the table
	// holds, and a spreadsheet may run them.
	Raw bool
}

// CSVWriter writes RFC 4180 CSV or TSV in UTF-8, with a header line and lines
// that end in \n. A null is an empty cell without quotes, an empty string is
// "" in quotes (in TSV an empty cell too), a list of strings is its elements
// joined by |, another list is as in JSON: [1,null,3].
//
// Titles come from strangers' mail, and a spreadsheet runs a cell that begins
// with =. So a text cell, or a line within one, that begins with = + - @, a
// tab or a carriage return, blanks before it or not, gets a ' in front, which
// spreadsheets do not show. Cells of numbers, dates and booleans are not
// touched: they can be negative, but never a formula.
type CSVWriter struct {
	out     io.Writer
	fields  []Field
	options CSVOptions
	comma   byte
	buf     []byte
	cell    []byte
	rows    int64
	header  bool
}

// NewCSVWriter returns a writer of CSV. Nothing is written before the first
// Write or Close.
func NewCSVWriter(out io.Writer, fields []Field, options CSVOptions) (*CSVWriter, error) {
	if err := checkFields(fields); err != nil {
		return nil, err
	}
	w := &CSVWriter{out: out, fields: append([]Field(nil), fields...), options: options, comma: ','}
	if options.Tabs {
		w.comma = '\t'
	}
	return w, nil
}

// Rows returns the number of rows written.
func (w *CSVWriter) Rows() int64 { return w.rows }

// Write adds the rows of b.
func (w *CSVWriter) Write(b *Batch) error {
	if err := b.check(w.fields, nil); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	b = b.plain()
	w.writeHeader()
	for row := range b.Rows {
		for i := range b.Columns {
			if i > 0 {
				w.buf = append(w.buf, w.comma)
			}
			w.writeCell(&b.Columns[i], row)
		}
		w.buf = append(w.buf, '\n')
		if len(w.buf) >= flushBytes {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	w.rows += int64(b.Rows)
	return w.flush()
}

// flushBytes is how much text is collected between two writes.
const flushBytes = 64 << 10

func (w *CSVWriter) flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

func (w *CSVWriter) writeHeader() {
	if w.header {
		return
	}
	w.header = true
	for i, f := range w.fields {
		if i > 0 {
			w.buf = append(w.buf, w.comma)
		}
		w.appendText([]byte(f.Name))
	}
	w.buf = append(w.buf, '\n')
}

func (w *CSVWriter) writeCell(c *Column, row int) {
	if c.Null(row) {
		if len(w.fields) == 1 && !w.options.Tabs {
			// A line of one empty cell would be an empty line, which readers
			// pass over.
			w.buf = append(w.buf, '"', '"')
		}
		return
	}
	switch c.Type.Kind {
	case String:
		w.appendText(c.Str(row))
	case List:
		w.cell = c.AppendText(w.cell[:0], row)
		w.appendText(w.cell)
	default:
		w.buf = c.AppendText(w.buf, row) // digits and letters, no quoting needed
	}
}

// appendText adds a cell of text, guarded and quoted as needed.
func (w *CSVWriter) appendText(text []byte) {
	if len(text) == 0 {
		if !w.options.Tabs {
			w.buf = append(w.buf, '"', '"')
		}
		return
	}
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	if w.options.Tabs && bytes.ContainsAny(text, "\t\n\r") {
		text = bytes.Map(blankForBreak, text)
	}
	if !w.options.Raw {
		text = guardFormula(text)
	}
	if w.options.Tabs || !w.special(text) {
		w.buf = append(w.buf, text...)
		return
	}
	w.buf = append(w.buf, '"')
	for _, c := range text {
		if c == '"' {
			w.buf = append(w.buf, '"')
		}
		w.buf = append(w.buf, c)
	}
	w.buf = append(w.buf, '"')
}

// blankForBreak is what stands in TSV for a tab or line end.
func blankForBreak(c rune) rune {
	if c == '\t' || c == '\n' || c == '\r' {
		return ' '
	}
	return c
}

// special reports whether a cell must be quoted.
func (w *CSVWriter) special(text []byte) bool {
	if edgeBlank(text) {
		return true
	}
	for _, c := range text {
		if c == w.comma || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// edgeBlank reports whether a cell begins or ends with a blank, which some
// readers would cut.
func edgeBlank(text []byte) bool {
	return isBlank(text[0]) || isBlank(text[len(text)-1])
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// guardFormula puts a ' before every line of the text that a spreadsheet could
// take for a formula. Most texts are returned as they are.
func guardFormula(text []byte) []byte {
	var out []byte
	kept := 0
	for i := 0; i <= len(text); {
		if isFormula(text[i:]) {
			out = append(append(out, text[kept:i]...), '\'')
			kept = i
		}
		n := lineEnd(text[i:])
		if n < 0 {
			break
		}
		i += n + 1
	}
	if out == nil {
		return text
	}
	return append(out, text[kept:]...)
}

func lineEnd(text []byte) int {
	for i, c := range text {
		if c == '\n' || c == '\r' {
			return i
		}
	}
	return -1
}

// isFormula looks at the first character behind blanks. The wide forms of the
// four signs are taken for them by spreadsheets in East Asian settings.
func isFormula(line []byte) bool {
	if len(line) == 0 || line[0] >= '0' && line[0] <= '9' || line[0] >= 'A' && line[0] <= 'z' {
		return false
	}
	text := strings.TrimLeft(string(firstBytes(line)), " \u00a0\u3000\ufeff\v\f")
	for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(text, sign) {
			return true
		}
	}
	return false
}

// firstBytes returns the blanks at the start of a line and some bytes more.
func firstBytes(line []byte) []byte {
	n := 0
	for n < len(line) && (line[n] <= ' ' && line[n] != '\n' && line[n] != '\r' && line[n] != '\t' || line[n] >= 0x80) {
		n++
	}
	return line[:min(len(line), n+1)]
}

// Close writes the header of a table without rows.
func (w *CSVWriter) Close() error {
	w.writeHeader()
	return w.flush()
}
