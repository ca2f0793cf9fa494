package local

import (
	"fmt"
	"slices"
	"strings"

	"gondola/lake"
)

// unknownColumn is the error for a column that a table does not have: it names
// a column that is spelt nearly alike or holds the name, or all of them.
func unknownColumn(name string, columns []string) error {
	best := lake.Nearest(name, columns)
	if holding := slices.DeleteFunc(slices.Clone(columns), func(c string) bool {
		return !strings.Contains(strings.ToLower(c), strings.ToLower(name))
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
