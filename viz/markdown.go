package viz

import (
	"bufio"
	"io"
	"strings"

	"gondola/pipeline"
)

// TableMarkdown writes all rows of t as a table of GitHub-flavoured Markdown:
// the title in bold above, numbers aligned right, the true counts and the
// completeness below. Cells are cleaned as [CleanLine] does, and everything
// that means something to Markdown, HTML or MathJax is escaped: a title never
// becomes a link, a picture or a script. It returns the error of w.
func TableMarkdown(w io.Writer, t *pipeline.Table) error {
	out := bufio.NewWriter(w)
	put := func(parts ...string) {
		for _, s := range parts {
			_, _ = out.WriteString(s)
		}
	}
	if t.Title != "" {
		put("**", markdown(t.Title), "**\n\n")
	}
	if len(t.Columns) > 0 {
		align := ""
		for _, c := range t.Columns {
			put("| ", markdown(c.Name), " ")
			if isNumber(c.Type) {
				align += "|---:"
			} else {
				align += "|---"
			}
		}
		put("|\n", align, "|\n")
		places := make([]int, len(t.Columns))
		for c := range places {
			places[c] = decimals(t.Rows, c)
		}
		for _, row := range t.Rows {
			for c, v := range row {
				put("| ", markdown(readable(v, places[c])), " ")
			}
			put("|\n")
		}
		put("\n")
	}
	put(counted(t.Count(), "row", len(t.Rows)))
	if s := t.Shows.String(); s != "" {
		put(", ", s)
	}
	put("\n")
	return out.Flush() // with the first error of the writes above
}

func markdown(s string) string {
	s = CleanLine(s)
	var b strings.Builder
	for i := range len(s) {
		switch s[i] {
		case '&':
			b.WriteString("&amp;")
			continue
		case '<':
			b.WriteString("&lt;")
			continue
		case '>':
			b.WriteString("&gt;")
			continue
		case '\\', '`', '*', '_', '[', ']', '|', '~', '$':
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
