package local

import (
	"fmt"
	"slices"
	"strings"
)

// unknownColumn is the error for a column that a table does not have: it names
// a column that is spelt nearly alike, or all of them.
func unknownColumn(name string, columns []string) error {
	folded := strings.ToLower(name)
	best, nearest := "", (len(name)+2)/3+1
	for _, c := range columns {
		if d := editDistance(folded, strings.ToLower(c)); d < nearest {
			best, nearest = c, d
		}
	}
	if holding := slices.DeleteFunc(slices.Clone(columns), func(c string) bool {
		return !strings.Contains(strings.ToLower(c), folded)
	}); best == "" && len(holding) == 1 {
		best = holding[0]
	}
	if best != "" {
		return fmt.Errorf("no column %q: did you mean %q?", name, best)
	}
	shown := slices.Clone(columns)
	if len(shown) > 12 {
		shown = append(shown[:12], "...")
	}
	return fmt.Errorf("no column %q: the table has %s", name, strings.Join(shown, ", "))
}

// editDistance is Levenshtein's, over bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
