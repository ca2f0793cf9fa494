package lang

import (
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// DrawOptions say how Draw shows a diagnostic.
type DrawOptions struct {
	// File names the source; without it the line of the place is left out, as
	// in a notebook cell.
	File string
	// Color puts in ANSI colours.
	Color bool
	// Width is the number of columns of the screen; 0 for 160. A longer line
	// of source is cut around the carets.
	Width int
}

// Draw shows a diagnostic with the line of src it is about and carets below:
//
//	error[unknown-flag]: unknown flag --stopword for preprocess
//	  pipeline.gnd:3:12
//	   3 | preprocess --stopword en
//	     |            ^^^^^^^^^^
//	hint: did you mean --stopwords? (preprocess --help)
//
// The text ends in a line end. Bytes of the source that could act on a
// terminal are shown as visible signs. The carets stand where the cells of a
// terminal are: wide letters count twice, combining marks not at all, tabs
// reach to the next multiple of four.
func Draw(src string, d Diagnostic, o DrawOptions) string {
	var b strings.Builder
	severity, mark, dim, off := "1;31", "1;31", "2", "0"
	if d.Severity == Warning {
		severity, mark = "1;33", "1;33"
	}
	paint := func(code, text string) string {
		if !o.Color {
			return text
		}
		return "\x1b[" + code + "m" + text + "\x1b[" + off + "m"
	}
	fmt.Fprintf(&b, "%s: %s\n", paint(severity, d.Severity.String()+"["+d.Code+"]"), paint("1", clean(d.Summary)))
	if !d.Span.IsZero() {
		line, col := Position(src, d.Span.Start)
		if o.File != "" {
			b.WriteString("  " + paint(dim, fmt.Sprintf("%s:%d:%d", clean(o.File), line, col)) + "\n")
		}
		number := fmt.Sprintf("%4d | ", line)
		text, before, carets := marked(src, d.Span, max(20, widthOr(o.Width)-len(number)))
		b.WriteString(paint(dim, number) + text + "\n")
		blank := strings.Repeat(" ", len(number)-2) + "| "
		b.WriteString(paint(dim, blank) + strings.Repeat(" ", before) + paint(mark, strings.Repeat("^", carets)) + "\n")
	}
	if d.Hint != "" {
		b.WriteString(paint("36", "hint:") + " " + clean(d.Hint) + "\n")
	}
	return b.String()
}

// DrawAll shows diagnostics one below the other.
func DrawAll(src string, ds Diagnostics, o DrawOptions) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(Draw(src, d, o))
	}
	return b.String()
}

func widthOr(width int) int {
	if width <= 0 {
		return 160
	}
	return width
}

// marked gives the line of span for the screen, cut to width columns, the
// columns before the carets and the number of carets, one at least.
func marked(src string, span Span, width int) (text string, before, carets int) {
	line := lineAt(src, span.Start)
	start := min(max(span.Start, line.Start), line.End)
	end := max(min(span.End, line.End), start)
	// A hostile line of megabytes is cut by bytes before it is measured.
	const reach = 4096
	from, to := line.Start, line.End
	if start-from > reach {
		from = runeStart(src, start-reach, line.Start)
	}
	if to-start > reach {
		to = runeStart(src, start+reach, start)
		end = min(end, to)
	}
	head := expand(src[from:start], 0)
	headWidth := uniseg.StringWidth(head)
	body := expand(src[start:end], headWidth)
	bodyWidth := uniseg.StringWidth(head+body) - headWidth
	tail := expand(src[end:to], headWidth+bodyWidth)
	text = head + body + tail
	carets = max(1, bodyWidth)
	if uniseg.StringWidth(text) <= width && from == line.Start && to == line.End {
		return text, headWidth, carets
	}
	// Keep a third of the screen before the carets and the rest after.
	skip := max(0, headWidth-width/3)
	if from > line.Start {
		skip = max(1, skip)
	}
	text, cut := window(text, skip, width)
	before = headWidth - cut
	return text, before, min(carets, max(1, width-before))
}

// runeStart moves i back to where a code point begins, not before low.
func runeStart(s string, i, low int) int {
	for i > low && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// window cuts text to width columns from column skip on, at the borders of
// letters, with "…" where something is missing. cut is how many columns fewer
// stand before a letter that is kept.
func window(text string, skip, width int) (kept string, cut int) {
	var b strings.Builder
	column, used := 0, 0
	if skip > 0 {
		b.WriteString("…")
		used = 1
	}
	state := -1
	for text != "" {
		var letter string
		var w int
		letter, text, w, state = uniseg.FirstGraphemeClusterInString(text, state)
		if column < skip {
			column += w
			cut = column - 1
			continue
		}
		if used+w > width-1 && (text != "" || used+w > width) {
			b.WriteString("…")
			break
		}
		b.WriteString(letter)
		used += w
	}
	return b.String(), cut
}

// expand cleans text and turns tabs into blanks up to the next multiple of
// four columns, where the text begins at column.
func expand(text string, column int) string {
	if strings.IndexByte(text, '\t') < 0 {
		return clean(text)
	}
	var b strings.Builder
	for i, piece := range strings.Split(text, "\t") {
		if i > 0 {
			n := 4 - column%4
			b.WriteString(strings.Repeat(" ", n))
			column += n
		}
		piece = clean(piece)
		b.WriteString(piece)
		column += uniseg.StringWidth(piece)
	}
	return b.String()
}

// clean makes text of the user safe to show on one line of a terminal: control
// characters become their pictures, bytes that are no UTF-8 U+FFFD, and
// invisible characters that could reorder or hide text their numbers.
func clean(text string) string {
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		plain = text[i] >= ' ' && text[i] < 0x7f
	}
	if plain {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < ' ':
			b.WriteRune('\u2400' + r)
		case r == 0x7f:
			b.WriteRune('\u2421')
		case r == '\u200d' || r == '\u200c' || unicode.IsPrint(r) || unicode.Is(unicode.Zs, r):
			b.WriteRune(r) // joiners keep emoji and Indic scripts whole
		case r == utf8.RuneError:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return b.String()
}

// HTML shows a diagnostic as Draw does, for a notebook: a div with a pre whose
// marked text stands in a mark element, so that it is right in any font. All
// text is escaped.
func HTML(src string, d Diagnostic) string {
	var b strings.Builder
	esc := func(s string) string { return html.EscapeString(clean(s)) }
	fmt.Fprintf(&b, `<div class="gondola-diagnostic gondola-%s"><b>%s[%s]</b>: %s`, d.Severity, d.Severity, esc(d.Code), esc(d.Summary))
	if !d.Span.IsZero() {
		const reach = 400 // bytes shown on either side
		n, _ := Position(src, d.Span.Start)
		line := lineAt(src, d.Span.Start)
		start := min(max(d.Span.Start, line.Start), line.End)
		end := max(min(d.Span.End, line.End), start)
		from, to := line.Start, line.End
		before, after := "", ""
		if start-from > reach {
			from, before = runeStart(src, start-reach, from), "…"
		}
		if to-end > reach {
			to, after = runeStart(src, end+reach, end), "…"
		}
		body := expand(src[start:end], 0)
		if body == "" {
			body = " "
		}
		fmt.Fprintf(&b, `<pre>%4d | %s%s<mark>%s</mark>%s%s</pre>`, n,
			before, html.EscapeString(expand(src[from:start], 0)), html.EscapeString(body),
			html.EscapeString(expand(src[end:to], 0)), after)
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, `<p>hint: %s</p>`, esc(d.Hint))
	}
	b.WriteString("</div>\n")
	return b.String()
}
