package viz

import (
	"fmt"
	"math"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"

	"gondola/pipeline"
)

// switchArguments are what scripts/table.js knows of a chart or a table: A.t.
type switchArguments struct {
	Own   Kind           `json:"own"`
	Kinds []Kind         `json:"kinds"`
	Cols  []switchColumn `json:"cols"`
	Rows  [][]any        `json:"rows"`
	Total int64          `json:"total"`
	Over  string         `json:"over"`
	X     int            `json:"x"`
	Y     int            `json:"y"`
	By    int            `json:"by"`
	LogX  bool           `json:"logX,omitempty"`
	LogY  bool           `json:"logY,omitempty"`
	Title string         `json:"title,omitempty"`
	Alt   string         `json:"alt"`
	Base  object         `json:"base"`
	From  string         `json:"src,omitempty"`
}

// switchColumn is a column there. Name is as it is, for statements; Shown is the
// name for the screen, nil where it is the same.
type switchColumn struct {
	Name     string  `json:"n"`
	Shown    *string `json:"s,omitempty"`
	Number   bool    `json:"num,omitempty"`
	Date     bool    `json:"date,omitempty"`
	Decimals int     `json:"d,omitempty"` // -1 for integers
}

// switchBytes bounds the rows that a switching table holds, as JSON.
const switchBytes = 1 << 20

// switching returns what the chart can be switched to, and its rows: at most
// liveMarks of them and a mebibyte.
func (s Spec) switching() (*switchArguments, error) {
	a := &switchArguments{
		Own: s.Kind, Kinds: s.switches(), Cols: []switchColumn{}, Rows: [][]any{}, Total: s.Data.Count(), Over: s.Data.Shows.String(),
		X: s.column(s.X), Y: s.column(s.Y), By: s.column(s.By), LogX: s.LogX, LogY: s.LogY,
		Title: CleanLine(s.Title), Alt: s.Alt(), From: s.Source,
	}
	for i, c := range s.Data.Columns {
		column := switchColumn{Name: c.Name, Number: isNumber(c.Type), Date: c.Type == pipeline.Time || c.Type == pipeline.Date}
		if shown := CleanLine(c.Name); shown != c.Name {
			column.Shown = &shown
		}
		switch c.Type {
		case pipeline.Int:
			column.Decimals = -1
		case pipeline.Float:
			column.Decimals = decimals(s.Data.Rows, i)
		}
		a.Cols = append(a.Cols, column)
	}
	bytes := 0
	for _, row := range s.Data.Rows[:min(len(s.Data.Rows), liveMarks)] {
		cells := make([]any, len(row))
		for i, v := range row {
			cells[i] = switchCell(v)
			if text, ok := cells[i].(string); ok {
				bytes += len(text)
			}
			bytes += 8
		}
		if bytes > switchBytes {
			break
		}
		a.Rows = append(a.Rows, cells)
	}
	var err error
	a.Base, err = s.baseOption()
	return a, err
}

// switchCell is a cell as the script wants it: a number, a text as shown, or
// nil. Integers that JavaScript would round, not a number and the infinities
// are text.
func switchCell(v any) any {
	const exactInteger = 1 << 53
	if v == nil {
		return nil
	}
	if n, ok := integer(v); ok {
		if n > exactInteger || n < -exactInteger {
			return strconv.FormatInt(n, 10)
		}
		return n
	}
	if f, ok := v.(float64); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	return CleanLine(readable(v, maxDecimals))
}

// switches are the kinds that the same data can be shown as, its own included.
// A Grid can be any of those that its rows can be brought together for.
func (s Spec) switches() []Kind {
	if s.Kind == Grid {
		out := []Kind{Grid, Bar, Line, Area, Pie}
		numbers := 0
		for _, c := range s.Data.Columns {
			if isNumber(c.Type) {
				numbers++
			}
		}
		if numbers > 1 {
			out = append(out, Scatter)
		}
		if numbers > 0 {
			out = append(out, Hist)
		}
		return append(out, Heat)
	}
	var out []Kind
	add := func(k Kind, possible bool) {
		if possible || k == s.Kind {
			out = append(out, k)
		}
	}
	simple, parts := false, false // Y over X; as parts of a whole
	switch s.Kind {
	case Bar, Line, Area, Hist, Pie, TreeMap, Cloud, Heat:
		simple = true
		parts = s.Kind != Hist && !isNumber(s.Data.Columns[s.column(s.X)].Type) && s.isPositive()
	case Relevance:
		return []Kind{Relevance, Grid}
	case Scatter, Map, Box, Sankey, Graph, Tree, Grid:
	}
	for _, k := range Kinds() {
		switch k {
		case Bar, Line, Area:
			add(k, simple)
		case Pie, Cloud:
			add(k, parts && s.By == "")
		case TreeMap:
			add(k, parts)
		case Heat:
			add(k, simple && s.By != "")
		case Hist, Scatter, Map, Box, Sankey, Graph, Tree, Relevance:
			add(k, false)
		case Grid:
			add(k, true)
		}
	}
	return out
}

// isPositive says that no Y is below zero.
func (s Spec) isPositive() bool {
	y := s.column(s.Y)
	for _, row := range s.Data.Rows {
		if v, ok := number(row[y]); ok && v < 0 {
			return false
		}
	}
	return true
}

// baseOption is what the options of all kinds have in common: scripts/options.js
// adds axes and series.
func (s Spec) baseOption() (object, error) {
	d := drawing{Spec: s}
	chart := charts.NewBar()
	chart.SetGlobalOptions(d.global(1)...)
	o, err := frame(chart)
	if err != nil {
		return nil, fmt.Errorf("table %q: %w", s.Title, err)
	}
	o = d.finish(o, "item")
	for _, part := range []string{"series", "xAxis", "yAxis"} {
		delete(o, part)
	}
	o["grid"] = object{"left": 8, "right": 28, "top": 64, "bottom": 12, "containLabel": true}
	o["ramp"], o["two"] = ramp(), twoSided()
	return o, nil
}
