package viz

import (
	"strings"

	"github.com/rivo/uniseg"
)

// width returns the terminal cells that s takes, by grapheme clusters.
func width(s string) int { return uniseg.StringWidth(s) }

// maxCluster bounds the bytes of one grapheme cluster in a cell. The longest
// emoji in use takes under 50; a letter under a thousand accents would smear
// over its neighbours.
const maxCluster = 64

// glyphs are the characters that tables and charts are drawn with.
type glyphs struct {
	ascii    bool
	ellipsis string
	dot      string // stands for a left-out row
	across   string // left-out column
	vertical string
	rules    [3]rule // above the header, below it, below the rows
	blocks   []string
	spark    []string
}

// rule is a horizontal line of a table: left end, line, crossing, right end.
type rule [4]string

func glyphsFor(ascii bool) glyphs {
	if ascii {
		plain := rule{"+", "-", "+", "+"}
		return glyphs{
			ascii: true, ellipsis: "..", dot: ":", across: "..", vertical: "|",
			rules:  [3]rule{plain, plain, plain},
			blocks: []string{"#"},
			spark:  []string{"_", ".", "-", "=", "*", "#"},
		}
	}
	return glyphs{
		ellipsis: "…", dot: "·", across: "…", vertical: "│",
		rules:  [3]rule{{"┌", "─", "┬", "┐"}, {"├", "─", "┼", "┤"}, {"└", "─", "┴", "┘"}},
		blocks: []string{"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
		spark:  []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	}
}

// show makes text from outside safe and fit for the terminal: cleaned, on one
// line, and for a terminal without UTF-8 with a question mark for each cluster
// that is not ASCII. (The bytes of UTF-8 include 0x9B, which an 8-bit terminal
// takes for CSI.)
func (g glyphs) show(s string) string {
	s = CleanLine(s)
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for rest, state := s, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		switch {
		case g.ascii && !isPlain(cluster):
			b.WriteByte('?')
		case len(cluster) > maxCluster:
			b.WriteRune('�')
		default:
			b.WriteString(cluster)
		}
	}
	return b.String()
}

// cut shortens s to at most max cells; what is cut ends in the ellipsis, when
// there is room for one.
func (g glyphs) cut(s string, limit int) string {
	if width(s) <= limit {
		return s
	}
	tail := g.ellipsis
	if limit < len(g.ellipsis) && g.ascii || limit < 1 {
		tail = ""
	}
	room, end := limit-width(tail), 0
	for rest, state := s, -1; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if room -= w; room < 0 {
			break
		}
		end += len(cluster)
	}
	return s[:end] + tail
}

// pad fills s with blanks to n cells, on its left when right is set.
func pad(s string, n int, right bool) string {
	blanks := strings.Repeat(" ", max(0, n-width(s)))
	if right {
		return blanks + s
	}
	return s + blanks
}
