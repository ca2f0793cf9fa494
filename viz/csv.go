package viz

import (
	"bufio"
	"io"
	"strings"
	"unicode"

	"gondola/pipeline"
)

// TableCSV writes t as CSV (RFC 4180 with newlines as line ends): a header
// line with the names, values as other programs read them, lists as a|b, a
// null as an empty cell and an empty text as "".
//
// Text is made harmless, names of columns too: what a terminal acts on is
// cleaned as [Clean] does, and a cell that a spreadsheet would run as a formula
// gets a leading ' (see [Defuse]). Columns of numbers, times and booleans are
// untouched. With o.Exact text is not cleaned, so that a program finds every
// byte of it; with o.Raw it is not defused either. It returns the error of w.
func TableCSV(w io.Writer, t *pipeline.Table, o Options) error {
	return writeSeparated(w, t, o, ",", quoteCSV)
}

// TableTSV writes t with tabs between cells and without any quoting, one row a
// line: inside a cell \t, \n, \r and \\ stand for a tab, a newline, a CR and
// a backslash (as in PostgreSQL's COPY). Null and empty text are both empty.
// Text is made harmless as in TableCSV.
func TableTSV(w io.Writer, t *pipeline.Table, o Options) error {
	return writeSeparated(w, t, o, "\t", escapeTSV)
}

func writeSeparated(w io.Writer, t *pipeline.Table, o Options, separator string, encode func(string) string) error {
	out := bufio.NewWriter(w)
	clean := Clean
	if o.Exact || o.Raw {
		clean = func(s string) string { return s }
	}
	text := func(s string) string {
		if s = clean(s); !o.Raw {
			s = Defuse(s)
		}
		return encode(s)
	}
	for c, col := range t.Columns {
		if c > 0 {
			_, _ = out.WriteString(separator)
		}
		_, _ = out.WriteString(text(col.Name))
	}
	_ = out.WriteByte('\n')
	for _, row := range t.Rows {
		for c, v := range row {
			if c > 0 {
				_, _ = out.WriteString(separator)
			}
			switch v := v.(type) {
			case nil:
			case string:
				_, _ = out.WriteString(text(v))
			case []string:
				items := make([]string, len(v))
				for i, item := range v { // each alone: an open escape sequence must not reach the next
					items[i] = clean(item)
				}
				_, _ = out.WriteString(text(exact(items)))
			default:
				_, _ = out.WriteString(encode(exact(v)))
			}
		}
		_ = out.WriteByte('\n')
	}
	return out.Flush() // with the first error of the writes above
}

func quoteCSV(s string) string {
	if s != "" && s == strings.TrimSpace(s) && !strings.ContainsAny(s, ",\"\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

var tsvEscapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

func escapeTSV(s string) string { return tsvEscapes.Replace(s) }

// Defuse puts a ' before a text that a spreadsheet would take for a formula:
// one in which some line starts, after blanks, with = + - @ (or their
// full-width forms), or in which a line starts with a tab or a CR. This is
// OWASP's advice against CSV injection. Quotes that are there already do not
// count, so that the text can be had back: take one leading ' away when
// Defuse changes the rest.
func Defuse(s string) string {
	for line := range strings.SplitSeq(strings.TrimLeft(s, "'"), "\n") {
		if strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "\r") {
			return "'" + s
		}
		line = strings.TrimLeftFunc(line, func(r rune) bool {
			return unicode.IsSpace(r) || isHidden(r)
		})
		for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
			if strings.HasPrefix(line, sign) {
				return "'" + s
			}
		}
	}
	return s
}
