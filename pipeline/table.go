package pipeline

import (
	"fmt"
	"strings"
)

// Type is the type of a column as a person reads it.
type Type string

// The column types. A Table holds them as the Go values named here; null is
// nil. Lists of other types than string are made by ListOf.
const (
	String  Type = "string"       // string
	Int     Type = "int"          // int64
	Float   Type = "float"        // float64
	Bool    Type = "bool"         // bool
	Time    Type = "timestamp"    // time.Time
	Date    Type = "date"         // Day
	Strings Type = "list<string>" // []string
	Bytes   Type = "binary"       // []byte
)

// ListOf returns the type of lists whose items are of type t: "list<int>". A
// Table holds a list of strings as []string, and any other as []any, whose
// items are values of t or nil.
func ListOf(t Type) Type { return "list<" + t + ">" }

// Elem returns the type of the items of a list; false for other types.
func (t Type) Elem() (Type, bool) {
	s, ok := strings.CutPrefix(string(t), "list<")
	if !ok {
		return "", false
	}
	s, ok = strings.CutSuffix(s, ">")
	return Type(s), ok
}

// Day is a calendar day, written 2017-01-31.
type Day string

// Table is a small table in memory: aggregates, a sample, a preview. It is
// what an engine hands to the client, never a whole dataset.
type Table struct {
	Title   string // one line above the table; may be empty
	Columns []TableColumn
	Rows    [][]any // each as long as Columns
	Total   int64   // rows there are, of which Rows are shown; 0 means len(Rows)
	Shows   Completeness
}

// TableColumn names a column of a Table.
type TableColumn struct {
	Name string
	Type Type
	// Titles says that the values are titles, or all words of one: what is shared
	// leaves them out.
	Titles bool `json:",omitempty"`
}

// Count returns the true number of rows: Total, or the rows that are here.
func (t *Table) Count() int64 { return max(t.Total, int64(len(t.Rows))) }

// Add appends a row.
func (t *Table) Add(values ...any) { t.Rows = append(t.Rows, values) }

// NewTable returns an empty table. Columns come in pairs: name, type.
func NewTable(title string, columns ...TableColumn) *Table {
	return &Table{Title: title, Columns: columns}
}

// Col is short for a TableColumn.
func Col(name string, typ Type) TableColumn { return TableColumn{Name: name, Type: typ} }

// Completeness says over what a table or chart was computed: all rows, or a
// seeded sample of them.
type Completeness struct {
	Rows   int64  // rows of the dataset; 0 when the question does not arise
	Sample int64  // rows looked at; 0 means all of them
	Seed   uint64 // of the sample
}

// String returns "exact, 312,441,002 rows" or "sample 100,000 of 312,441,002
// rows, seed 42"; "" when there is nothing to say.
func (c Completeness) String() string {
	switch {
	case c.Rows == 0:
		return ""
	case c.Sample == 0 || c.Sample >= c.Rows:
		return fmt.Sprintf("exact, %s rows", Thousands(c.Rows))
	}
	return fmt.Sprintf("sample %s of %s rows, seed %d", Thousands(c.Sample), Thousands(c.Rows), c.Seed)
}

// Size writes n bytes for people: "1.5 GiB".
func Size(n int64) string {
	const step = 1024
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	x, unit := float64(n), 0
	for x >= step && unit < 4 {
		x /= step
		unit++
	}
	return fmt.Sprintf("%.1f %s", x, [...]string{"B", "KiB", "MiB", "GiB", "TiB"}[unit])
}

// Thousands writes n with a comma between groups of three digits.
func Thousands(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
