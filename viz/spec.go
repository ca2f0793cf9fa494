package viz

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
	Map     Kind = "map"     // likewise, where places mean nothing but nearness: By groups the points, and names each group in its middle
	Heat    Kind = "heat"    // a cell for each X and By, coloured by Y
	Box     Kind = "box"     // a box for each X, of the columns that BoxColumns names
	TreeMap Kind = "treemap" // a rectangle for each X, as large as its Y, within those of its By
	Sankey  Kind = "sankey"  // a band from X to By, as wide as its Y
	Graph   Kind = "graph"   // a line between X and By, as thick as its Y
	Tree    Kind = "tree"    // a node X below its By; that of the root is empty
	Cloud   Kind = "cloud"   // a word X, as large as its Y
	Grid    Kind = "table"   // the rows themselves
	// Relevance shows the words X of the groups By, ordered between the frequent
	// and the telling, of the columns that RelevanceColumns names. Only a step
	// knows these, so it is none of Kinds.
	Relevance Kind = "relevance"
)

// Kinds returns the kinds that any data can be drawn as, in the order in which
// help shows them.
func Kinds() []Kind {
	return []Kind{Bar, Line, Area, Hist, Pie, Scatter, Map, Heat, Box, TreeMap, Sankey, Graph, Tree, Cloud, Grid}
}

// BoxColumns are the columns of a Box, from its lower whisker to its upper one.
func BoxColumns() []string { return []string{"min", "q1", "median", "q3", "max"} }

// Spec is a chart as a value: what to draw, from which data, and nothing about
// how. Every front end draws the same Spec as well as it can: [SpecHTML] and
// [Page] for a browser, [Pictures] as SVG, [SpecText] in a terminal, the data as
// a table ([WriteTable]) where another program reads.
type Spec struct {
	Kind  Kind   `json:"kind"`
	Title string `json:"title,omitempty"` // one line
	// Data holds what is drawn, aggregated by the engine already: a row is a
	// bar, a point or a cell. Its Shows says over which rows of the dataset
	// it was computed, and is drawn with the chart.
	Data *pipeline.Table `json:"data"`
	X    string          `json:"x,omitempty"`  // the column along the axis: labels or positions
	Y    string          `json:"y,omitempty"`  // the column of numbers that is drawn
	By   string          `json:"by,omitempty"` // the column that tells series apart; empty for one series
	// Size is a column of numbers by which points differ in size, Label one of
	// texts that name them; both for a Scatter and a Map, both may be empty. A Map
	// tells the size when a point is pointed at.
	Size  string `json:"size,omitempty"`
	Label string `json:"label,omitempty"`
	// LogX and LogY ask for a logarithmic axis; values of zero and below have no
	// place on it.
	LogX bool `json:"log_x,omitempty"`
	LogY bool `json:"log_y,omitempty"`
	// Provenance says where the data came from, as the statement that makes
	// it again: "load receipts.parquet | preprocess | train".
	Provenance string `json:"provenance,omitempty"`
	// Source is the name of the result that a Grid shows rows of. Where a reader
	// draws them as a chart, it makes the statement that draws the same over all
	// rows in the engine: plot SOURCE --as bar ... Without it there is none.
	Source string `json:"source,omitempty"`
	// Step is the hash of the step that left the data, empty where it has none.
	Step string `json:"step,omitempty"`
}

// ID names the chart by what it holds: 16 letters and digits, the same for an
// equal Spec.
func (s Spec) ID() string {
	data, err := json.Marshal(s)
	if err != nil { // a value that no engine makes
		data = []byte(s.Title)
	}
	sum := sha256.Sum256(data)
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// role is what a column is for.
type role struct {
	name, column string
	optional     bool
	numbers      bool
}

// roles returns the columns that the kind wants.
func (s Spec) roles() []role {
	x, y := role{name: "x", column: s.X}, role{name: "y", column: s.Y, numbers: true}
	by := role{name: "by", column: s.By, optional: true}
	switch s.Kind {
	case Grid:
		return nil
	case Box:
		out := []role{x}
		for _, c := range BoxColumns() {
			out = append(out, role{name: c, column: c, numbers: true})
		}
		return out
	case Relevance:
		by.optional = false
		out := []role{x, y, by}
		for _, c := range RelevanceColumns() {
			out = append(out, role{name: c, column: c, numbers: true})
		}
		return out
	case Heat, Sankey, Graph:
		by.optional = false
	case Tree:
		by.optional, y.optional = false, true
	case Scatter, Map:
		x.numbers = true
		return []role{x, y, by, {name: "size", column: s.Size, optional: true, numbers: true}, {name: "label", column: s.Label, optional: true}}
	case Bar, Line, Area, Hist, Pie, TreeMap, Cloud:
	}
	return []role{x, y, by}
}

// Validate checks that the kind is known, that the columns are there, and that
// those that are drawn as lengths and places hold numbers.
func (s Spec) Validate() error {
	if !slices.Contains(Kinds(), s.Kind) && s.Kind != Relevance {
		return unknown("kind of chart", s.Kind, Kinds())
	}
	if s.Data == nil {
		return fmt.Errorf("chart %q has no data", s.Title)
	}
	for _, r := range s.roles() {
		if r.column == "" && r.optional {
			continue
		}
		i := s.column(r.column)
		if i < 0 {
			return fmt.Errorf("chart %q: its data has no column %q for %s", s.Title, r.column, r.name)
		}
		if typ := s.Data.Columns[i].Type; r.numbers && !isNumber(typ) {
			return fmt.Errorf("chart %q: column %q for %s holds %s, not numbers", s.Title, r.column, r.name, typ)
		}
	}
	return nil
}

// column returns the place of a column in the data, -1 when it is not there.
func (s Spec) column(name string) int {
	if name == "" {
		return -1
	}
	return slices.IndexFunc(s.Data.Columns, func(c pipeline.TableColumn) bool { return c.Name == name })
}
