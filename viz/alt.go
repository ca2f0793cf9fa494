package viz

import (
	"fmt"
	"math"
	"strings"

	"gondola/pipeline"
)

// Alt describes the chart in a sentence made of its data, for whoever cannot see
// it: "top tags: 30 bars; chicken is largest with 4,102".
func (s Spec) Alt() string {
	title := CleanLine(s.Title)
	if title == "" {
		title = string(s.Kind)
	}
	if s.Data == nil {
		return title
	}
	parts := []string{fmt.Sprintf("%s %s", pipeline.Thousands(int64(len(s.Data.Rows))), s.marks())}
	x, y := s.column(s.X), s.column(s.Y)
	if s.Kind == Box {
		y = s.column("median")
	}
	if x >= 0 && y >= 0 && s.Kind != Scatter && s.Kind != Map && s.Kind != Grid {
		if largest := s.largest(x, y); largest != "" {
			parts = append(parts, largest)
		}
	}
	if by := s.column(s.By); s.Kind == Map && by >= 0 {
		parts = append(parts, s.groupsAlt(by)...)
	}
	if shows := s.Data.Shows.String(); shows != "" {
		parts = append(parts, shows)
	}
	return title + ": " + strings.Join(parts, "; ")
}

// groupsAlt counts the groups of a map and names the largest.
func (s Spec) groupsAlt(by int) []string {
	counts := map[string]int{}
	best := ""
	for _, row := range s.Data.Rows {
		if row[by] == nil {
			continue
		}
		name := CleanLine(readable(row[by], maxDecimals))
		if counts[name]++; counts[name] > counts[best] || counts[name] == counts[best] && name < best {
			best = name
		}
	}
	if len(counts) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s %s; %s is largest with %s", pipeline.Thousands(int64(len(counts))), plural("group", len(counts) == 1),
		best, pipeline.Thousands(int64(counts[best])))}
}

// marks is what the kind draws, in the plural or as one.
func (s Spec) marks() string {
	one := len(s.Data.Rows) == 1
	switch s.Kind {
	case Bar, Hist:
		return plural("bar", one)
	case Line, Area, Scatter, Map:
		return plural("point", one)
	case Pie:
		return plural("slice", one)
	case Heat:
		return plural("cell", one)
	case Box:
		return plural("box", one)
	case TreeMap:
		return plural("rectangle", one)
	case Sankey, Graph:
		return plural("link", one)
	case Tree:
		return plural("node", one)
	case Cloud, Relevance:
		return plural("word", one)
	case Grid:
	}
	return plural("row", one)
}

func plural(word string, one bool) string {
	switch {
	case one:
		return word
	case strings.HasSuffix(word, "x"):
		return word + "es"
	}
	return word + "s"
}

// largest names the row with the largest value.
func (s Spec) largest(x, y int) string {
	best, most := -1, math.Inf(-1)
	for i, row := range s.Data.Rows {
		if v, ok := number(row[y]); ok && v > most && !math.IsInf(v, 0) {
			best, most = i, v
		}
	}
	if best < 0 {
		return ""
	}
	row := s.Data.Rows[best]
	name := CleanLine(readable(row[x], maxDecimals))
	if by := s.column(s.By); by >= 0 && row[by] != nil {
		name += " / " + CleanLine(readable(row[by], maxDecimals))
	}
	what := "is largest with"
	if s.Kind == Line || s.Kind == Area {
		what = "is highest with"
	}
	return fmt.Sprintf("%s %s %s", name, what, readable(row[y], maxDecimals))
}
