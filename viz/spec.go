package viz

import (
	"fmt"
	"slices"

	"gondola/pipeline"
)

// Kind is a kind of chart, as `plot --as` names it.
type Kind string

// The kinds.
const (
	Bar     Kind = "bar"     // a bar for each X, as long as its Y
	Line    Kind = "line"    // Y over X, in the order of the rows
	Area    Kind = "area"    // as line, filled
	Hist    Kind = "hist"    // X is where a bin begins, Y how much is in it
	Pie     Kind = "pie"     // a slice for each X
	Scatter Kind = "scatter" // a point for each row
	Heat    Kind = "heat"    // a cell for each X and By, coloured by Y
)

// Kinds returns all kinds in the order in which help shows them.
func Kinds() []Kind { return []Kind{Bar, Line, Area, Hist, Pie, Scatter, Heat} }

// Spec is a chart as a value: what to draw, from which data, and nothing about
// how. Every front end draws the same Spec as well as it can: [SpecText] in a
// terminal, the data as a table ([WriteTable]) where another program reads.
type Spec struct {
	Kind  Kind
	Title string // one line
	// Data holds what is drawn, aggregated by the engine already: a row is a
	// bar, a point or a cell. Its Shows says over which rows of the dataset
	// it was computed, and is drawn with the chart.
	Data *pipeline.Table
	X    string // the column along the axis: labels or positions
	Y    string // the column of numbers that is drawn
	By   string // the column that tells series apart; empty for one series
	// Provenance says where the data came from, as the statement that makes
	// it again: "load receipts.parquet | preprocess | train".
	Provenance string
}

// Validate checks that the kind is known, that the columns are there, and that
// Y holds numbers.
func (s Spec) Validate() error {
	if !slices.Contains(Kinds(), s.Kind) {
		return unknown("kind of chart", s.Kind, Kinds())
	}
	if s.Data == nil {
		return fmt.Errorf("chart %q has no data", s.Title)
	}
	for _, e := range []struct{ role, column string }{{"x", s.X}, {"y", s.Y}, {"by", s.By}} {
		if e.column == "" && e.role == "by" {
			continue
		}
		i := s.column(e.column)
		if i < 0 {
			return fmt.Errorf("chart %q: its data has no column %q for %s", s.Title, e.column, e.role)
		}
		if typ := s.Data.Columns[i].Type; e.role == "y" && !isNumber(typ) {
			return fmt.Errorf("chart %q: column %q for y holds %s, not numbers", s.Title, e.column, typ)
		}
	}
	return nil
}

// column returns the place of a column in the data, -1 when it is not there.
func (s Spec) column(name string) int {
	return slices.IndexFunc(s.Data.Columns, func(c pipeline.TableColumn) bool { return c.Name == name })
}
