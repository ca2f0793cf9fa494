package lang

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

// aliases are the one-word aliases of commands.
func (g *Grammar) aliases() []string {
	var names []string
	for i := range g.commands {
		for _, alias := range g.commands[i].Aliases {
			if !strings.Contains(alias, " ") {
				names = append(names, alias)
			}
		}
	}
	return names
}

// nearest gives the known name that typed was probably meant to be: the same
// but for case, "_" and "-"; or the only one that typed begins; or one at most
// a third of its letters away by edits, of which a swap of neighbours is one.
// "" when there is none.
func nearest(typed string, known []string) string {
	const longest = 40
	t := folded(typed)
	if n := utf8.RuneCountInString(t); n == 0 || n > longest {
		return ""
	}
	begun, count := "", 0
	best, least := "", 0
	for _, k := range known {
		f := folded(k)
		if f == t {
			return k
		}
		if strings.HasPrefix(f, t) && utf8.RuneCountInString(strings.Trim(t, "-")) >= 2 {
			begun = k
			count++
		}
		letters := utf8.RuneCountInString(strings.TrimLeft(f, "-"))
		if d := edits(t, f); d <= max(1, letters/3) && d < letters && (best == "" || d < least) {
			best, least = k, d
		}
	}
	if best == "" && count == 1 {
		return begun
	}
	return best
}

// folded is a name without the differences of style: VectorSize, vector_size
// and vector-size are one.
func folded(s string) string {
	var b strings.Builder
	lower := false
	for _, r := range s {
		switch {
		case r == '_':
			b.WriteByte('-')
		case unicode.IsUpper(r):
			if lower {
				b.WriteByte('-')
			}
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
		lower = unicode.IsLower(r)
	}
	return b.String()
}

// edits is the optimal string alignment distance: insertions, deletions,
// replacements and swaps of neighbours that turn a into b.
func edits(a, b string) int {
	s, t := []rune(a), []rune(b)
	two, one, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			replace := one[j-1]
			if s[i-1] != t[j-1] {
				replace++
			}
			row[j] = min(one[j]+1, row[j-1]+1, replace)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(t)]
}
