package pipeline

import (
	"fmt"
	"math"
)

// Selection asks for rows or aggregates of a dataset, as SQL's SELECT does:
// columns, or measures by groups; one filter; an order; a limit; a sample. The
// engine computes it over all rows (or over the sample) and hands back a
// small table. Rows come in the order of the dataset, groups in that of their
// first row, unless Sort says otherwise; null sorts first.
type Selection struct {
	Columns  []string  // rows: these columns; empty: all. Not with Measures
	By       []string  // groups; may be empty with Measures: one row for all
	Bins     []Bin     // groups too, after those of By: ranges of numbers or times
	Measures []Measure // aggregates of each group
	Explode  string    // a list column: one row for each of its items, before grouping
	// Pairs is a column of lists of text, from which each row gives one for each
	// pair of different items: the lesser in the column itself, the other in
	// the column PairColumn. Not with Explode; for groups only.
	Pairs  string
	Where  *Equal
	Among  []Among // after Explode and Pairs: all must hold
	Sort   []Order
	Limit  int   // rows handed back; 0 means DefaultLimit
	Sample Share // look at a seeded sample only, of the rows that Where keeps
	Seed   uint64
}

// DefaultLimit bounds what a Selection hands to the client.
const DefaultLimit = 100_000

// Equal keeps the rows whose column has the value. A nil value keeps nulls.
type Equal struct {
	Column string
	Value  any
}

// PairColumn is the column of the second item of each pair.
const PairColumn = "with"

// Among keeps the rows in which the column has one of the values; nil is null.
type Among struct {
	Column string
	Values []any
}

// Bin groups the rows by ranges of a column. Text and lists are measured by
// their length. Null and what is no finite number are a group of their own,
// null.
type Bin struct {
	Column string
	// Start and Width say where the ranges lie: [Start+i*Width, Start+(i+1)*Width)
	// for whole i. The group's value is where its range begins, an Int if
	// Start and Width are whole and the column holds no floats.
	Start, Width float64
	// Every is a span of the calendar in place of Width, for timestamps and
	// dates: "hour", "day", "week" (from Monday), "month", "quarter" or
	// "year", in UTC. The group's value is a timestamp, or a date for dates.
	Every string
	As    string // name in the result; empty: the column's
}

// Spans are the values of Bin.Every, the shortest first.
func Spans() []string { return []string{"hour", "day", "week", "month", "quarter", "year"} }

// Name returns the name of the group's column in the result.
func (b Bin) Name() string {
	if b.As != "" {
		return b.As
	}
	return b.Column
}

// Order sorts by a column of the result.
type Order struct {
	Column string
	Desc   bool
}

// Measure is an aggregate of a group.
type Measure struct {
	Func   Func
	Column string // empty for Count
	As     string // name in the result; empty: func_column
}

// Name returns the measure's column name in the result.
func (m Measure) Name() string {
	switch {
	case m.As != "":
		return m.As
	case m.Column == "":
		return string(m.Func)
	}
	return fmt.Sprintf("%s_%s", m.Func, m.Column)
}

// Func is an aggregate function. Text is measured by its length in
// characters, lists by the number of their items, where a number is needed.
type Func string

// The aggregate functions.
const (
	Count    Func = "count"    // rows of the group
	Nulls    Func = "nulls"    // rows in which the column is null
	Empty    Func = "empty"    // rows in which a text or list is there but empty or blank
	Distinct Func = "distinct" // different values; exact, by fingerprints of 64 bits
	Min      Func = "min"      // smallest value or length
	Max      Func = "max"
	Mean     Func = "mean"
	Q1       Func = "q1" // the first quartile, interpolated as numpy's default does; so are the next three
	Median   Func = "median"
	Q3       Func = "q3"
	P99      Func = "p99"
	Sum      Func = "sum"
)

// Validate checks the functions and what belongs together. Columns are checked
// by the engine.
func (s Selection) Validate() error {
	for _, m := range s.Measures {
		switch m.Func {
		case Count:
		case Nulls, Empty, Distinct, Min, Max, Mean, Q1, Median, Q3, P99, Sum:
			if m.Column == "" {
				return &ParamError{"measures", m.Func, "needs a column"}
			}
		default:
			return &ParamError{"measures", m.Func, "is no aggregate function"}
		}
	}
	if len(s.Measures) > 0 && len(s.Columns) > 0 {
		return &ParamError{"columns", s.Columns, "give columns for rows, or measures for groups"}
	}
	if len(s.Measures) == 0 && (len(s.Bins) > 0 || s.Pairs != "") {
		return &ParamError{"measures", s.Measures, "bins and pairs are groups: say what to measure of each"}
	}
	if s.Explode != "" && s.Pairs != "" {
		return &ParamError{"pairs", s.Pairs, "not together with explode"}
	}
	for _, b := range s.Bins {
		if err := b.validate(); err != nil {
			return err
		}
	}
	return s.Sample.validate()
}

func (b Bin) validate() error {
	if b.Every != "" {
		for _, span := range Spans() {
			if b.Every == span {
				return nil
			}
		}
		return &ParamError{"every", b.Every, "is no span of time"}
	}
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	if !finite(b.Start) || !finite(b.Width) || b.Width <= 0 {
		return &ParamError{"bins", b.Width, "a bin has a finite width above zero"}
	}
	return nil
}
