package pipeline

import "fmt"

// Selection asks for rows or aggregates of a dataset, as SQL's SELECT does:
// columns, or measures by groups; one filter; an order; a limit; a sample. The
// engine computes it over all rows (or over the sample) and hands back a
// small table. Rows come in the order of the dataset, groups in that of their
// first row, unless Sort says otherwise; null sorts first.
type Selection struct {
	Columns  []string  // rows: these columns; empty: all. Not with Measures
	By       []string  // groups; may be empty with Measures: one row for all
	Measures []Measure // aggregates of each group
	Explode  string    // a list column: one row for each of its items, before grouping
	Where    *Equal
	Sort     []Order
	Limit    int   // rows handed back; 0 means DefaultLimit
	Sample   Share // look at a seeded sample of the rows only
	Seed     uint64
}

// DefaultLimit bounds what a Selection hands to the client.
const DefaultLimit = 100_000

// Equal keeps the rows whose column has the value. A nil value keeps nulls.
type Equal struct {
	Column string
	Value  any
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
	Median   Func = "median"
	P99      Func = "p99"
	Sum      Func = "sum"
)

// Validate checks the functions and what belongs together. Columns are checked
// by the engine.
func (s Selection) Validate() error {
	for _, m := range s.Measures {
		switch m.Func {
		case Count:
		case Nulls, Empty, Distinct, Min, Max, Mean, Median, P99, Sum:
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
	return s.Sample.validate()
}
