package viz

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"gondola/pipeline"
)

// TableJSON writes t as one JSON document: an array with an object for each
// row, keys in the order of the columns. Integers keep all digits; null, NaN
// and the infinities are null; timestamps are RFC 3339, bytes are base64. What
// a terminal would act on is escaped (\u009b), so that the document is inert
// on a screen and exact for a program; only bytes that are no UTF-8, which
// JSON cannot hold, become U+FFFD. It returns the error of w.
func TableJSON(w io.Writer, t *pipeline.Table) error {
	return writeJSON(w, t, "[\n  ", ",\n  ", "\n]\n", "[]\n")
}

// TableJSONL writes t as JSON lines: an object for each row, as in TableJSON.
func TableJSONL(w io.Writer, t *pipeline.Table) error {
	return writeJSON(w, t, "", "\n", "\n", "")
}

func writeJSON(w io.Writer, t *pipeline.Table, open, between, closing, empty string) error {
	out := bufio.NewWriter(w)
	keys := make([][]byte, len(t.Columns))
	for i, c := range t.Columns {
		keys[i] = append(appendJSONString(nil, c.Name), ':')
	}
	var buf []byte
	for i, row := range t.Rows {
		buf = buf[:0]
		if i == 0 {
			buf = append(buf, open...)
		} else {
			buf = append(buf, between...)
		}
		buf = append(buf, '{')
		for c, key := range keys {
			if c > 0 {
				buf = append(buf, ',')
			}
			buf = appendJSON(append(buf, key...), row[c])
		}
		buf = append(buf, '}')
		_, _ = out.Write(buf)
	}
	if len(t.Rows) == 0 {
		closing = empty
	}
	_, _ = out.WriteString(closing)
	return out.Flush() // with the first error of the writes above
}

// appendJSON appends a value of a table's cell.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendJSONString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(b, "null"...)
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case time.Time:
		return appendJSONString(b, v.Format(time.RFC3339Nano))
	case []byte:
		return appendJSONString(b, base64.StdEncoding.EncodeToString(v))
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, s)
		}
		return append(b, ']')
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	}
	if n, ok := integer(v); ok {
		return strconv.AppendInt(b, n, 10)
	}
	return appendJSONString(b, fmt.Sprint(v))
}

// appendJSONString appends s quoted. encoding/json leaves DEL, C1 controls and
// bidi controls as they are, which a terminal acts on.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s { // a byte that is no UTF-8 comes as U+FFFD
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r > 0xffff && isHidden(r):
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		case r < 0x20 || 0x7f <= r && r <= 0x9f || isHidden(r):
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
