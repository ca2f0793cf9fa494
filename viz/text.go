package viz

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"gondola/pipeline"
)

// TextOptions say what the place can show that text is written to. The zero
// value is a file in UTF-8: everything, without colours.
type TextOptions struct {
	Width   int  // cells of a line; 0: as many as needed. below 16 counts as 16
	MaxRows int  // rows shown, first and last ones; 0: all
	ASCII   bool // the terminal has no UTF-8: plain lines, ? for letters outside ASCII
	Color   bool // bold names, dimmed types and NULLs, as SGR sequences
}

// Bold, dim and back to normal (ECMA-48 SGR). They are the only escapes that
// this package writes.
const (
	sgrBold   = "\x1b[1m"
	sgrDim    = "\x1b[2m"
	sgrNormal = "\x1b[22m"
)

// TableText writes t for a person: the title, a box with names and types,
// numbers at the right with thousands separators, nulls as NULL, lists as
// [a, b]. What does not fit is left out of the middle: rows beyond MaxRows,
// columns beyond Width, after long cells were cut with an ellipsis. The line
// below the box says the true counts and over what the table was computed. It
// returns the error of w.
func TableText(w io.Writer, t *pipeline.Table, o TextOptions) error {
	if o.Width > 0 {
		o.Width = max(o.Width, 16)
	}
	p := textPrinter{out: bufio.NewWriter(w), glyphs: glyphsFor(o.ASCII), options: o, table: t}
	p.print()
	return p.out.Flush()
}

// textPrinter writes one table. Errors of out are kept by it until Flush.
type textPrinter struct {
	out     *bufio.Writer
	glyphs  glyphs
	options TextOptions
	table   *pipeline.Table
	columns []column
}

func (p *textPrinter) print() {
	t := p.table
	if t.Title != "" {
		p.line(p.style(sgrBold, p.cutLine(p.glyphs.show(t.Title))))
	}
	head, tail := ends(len(t.Rows), p.options.MaxRows)
	shown := append(append([][]any(nil), t.Rows[:head]...), t.Rows[len(t.Rows)-tail:]...)
	if len(t.Columns) > 0 {
		p.box(shown, head)
	}
	p.footer(len(shown))
}

// ends splits limit into first and last rows to show.
func ends(rows, limit int) (head, tail int) {
	if limit <= 0 || rows <= limit {
		return rows, 0
	}
	return (limit + 1) / 2, limit / 2
}

// box writes the rows in their box; before row number head comes the line that
// stands for the rows left out, if any were.
func (p *textPrinter) box(shown [][]any, head int) {
	t := p.table
	cells := make([][]string, len(shown))
	for i := range cells {
		cells[i] = make([]string, len(t.Columns))
	}
	all := make([]column, len(t.Columns))
	for c, col := range t.Columns {
		places := decimals(shown, c)
		all[c] = column{index: c, right: isNumber(col.Type)}
		all[c].width = max(width(p.glyphs.show(col.Name)), width(string(col.Type)), 1)
		for r, row := range shown {
			cells[r][c] = p.glyphs.show(readable(row[c], places))
			all[c].width = max(all[c].width, width(cells[r][c]))
		}
	}
	p.columns = fit(all, p.options.Width, width(p.glyphs.across))

	p.rule(0)
	p.row(func(c int) (string, string) { return p.glyphs.show(t.Columns[c].Name), sgrBold })
	p.row(func(c int) (string, string) { return p.glyphs.show(string(t.Columns[c].Type)), sgrDim })
	p.rule(1)
	for r, row := range shown {
		if r == head {
			p.row(func(int) (string, string) { return p.glyphs.dot, sgrDim })
		}
		p.row(func(c int) (string, string) {
			if row[c] == nil {
				return cells[r][c], sgrDim
			}
			return cells[r][c], ""
		})
	}
	p.rule(2)
}

func (p *textPrinter) rule(n int) {
	g := p.glyphs.rules[n]
	var b strings.Builder
	for i, c := range p.columns {
		b.WriteString(g[min(i, 1)*2])
		b.WriteString(strings.Repeat(g[1], c.width+2))
	}
	p.line(b.String() + g[3])
}

// row writes a line of cells; cell gives the text of a column and its style.
func (p *textPrinter) row(cell func(c int) (text, style string)) {
	var b strings.Builder
	for _, c := range p.columns {
		text, style := p.glyphs.across, sgrDim
		if c.index >= 0 {
			text, style = cell(c.index)
		}
		text = pad(p.glyphs.cut(text, c.width), c.width, c.right)
		b.WriteString(p.glyphs.vertical + " " + p.style(style, text) + " ")
	}
	p.line(b.String() + p.glyphs.vertical)
}

// footer writes the true counts, how many are shown when that is fewer, and
// the completeness; on more than one line when the width asks for it.
func (p *textPrinter) footer(rows int) {
	columns := 0
	for _, c := range p.columns {
		if c.index >= 0 {
			columns++
		}
	}
	p.parts(
		counted(p.table.Count(), "row", rows),
		counted(int64(len(p.table.Columns)), "column", columns),
		p.table.Shows.String(),
	)
}

// counted returns "1 row" or "314,654 rows (20 shown)".
func counted(n int64, noun string, shown int) string {
	s := pipeline.Thousands(n) + " " + noun
	if n != 1 {
		s += "s"
	}
	if int64(shown) < n {
		s += fmt.Sprintf(" (%s shown)", pipeline.Thousands(int64(shown)))
	}
	return s
}

// parts writes texts beside each other, two blanks apart, and on a new line
// where one would not fit.
func (p *textPrinter) parts(texts ...string) {
	line := ""
	for _, s := range texts {
		switch {
		case s == "":
		case line == "":
			line = s
		case p.options.Width > 0 && width(line)+2+width(s) > p.options.Width:
			p.line(p.style(sgrDim, line))
			line = s
		default:
			line += "  " + s
		}
	}
	if line != "" {
		p.line(p.style(sgrDim, line))
	}
}

func (p *textPrinter) cutLine(s string) string {
	if p.options.Width <= 0 {
		return s
	}
	return p.glyphs.cut(s, p.options.Width)
}

func (p *textPrinter) style(sgr, s string) string {
	if !p.options.Color || sgr == "" {
		return s
	}
	return sgr + s + sgrNormal
}

// line writes s and a newline. A bufio.Writer keeps its first error for Flush.
func (p *textPrinter) line(s string) {
	_, _ = p.out.WriteString(s)
	_ = p.out.WriteByte('\n')
}
