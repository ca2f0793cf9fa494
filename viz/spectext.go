package viz

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gondola/pipeline"
)

// SpecText draws s as text:
//
//	bar, hist, cloud         horizontal bars in eighths of a cell
//	pie                      bars with their shares
//	treemap                  bars, below the names of their groups
//	line, area               a sparkline for each series with its first, last, least
//	                         and greatest value; a plot in dots from 20 points on
//	scatter                  a plot in dots (braille, 2 x 4 of them a cell), a letter
//	                         for each of several series
//	map                      dots, the names of the groups in their middles
//	heat                     shades, a row for each By
//	box                      whiskers and boxes along one scale
//	sankey, graph            bars for the links
//	tree                     its branches
//	table                    the table
//	relevance                the most relevant words of each group
//
// The lines below say over what it was computed, and the provenance. It returns
// an error of Validate or of w.
func SpecText(w io.Writer, s Spec, o TextOptions) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if o.Width > 0 {
		o.Width = max(o.Width, 16)
	}
	c := chart{
		textPrinter: textPrinter{out: bufio.NewWriter(w), glyphs: glyphsFor(o.ASCII), options: o, table: s.Data},
		spec:        s, x: s.column(s.X), y: s.column(s.Y), by: s.column(s.By),
	}
	if s.Title != "" {
		c.line(c.style(sgrBold, c.cutLine(c.glyphs.show(s.Title))))
	}
	switch s.Kind {
	case Bar:
		c.bars(s.Data.Rows)
	case Hist:
		c.bars(c.merged(s.Data.Rows))
	case Pie, Cloud:
		c.ordered()
	case TreeMap:
		c.groups()
	case Sankey, Graph:
		c.links()
	case Line, Area:
		c.lines()
	case Scatter:
		c.points()
	case Map:
		c.theMap()
	case Heat:
		c.shades()
	case Box:
		c.boxes()
	case Tree:
		c.branches()
	case Relevance:
		c.relevances()
	case Grid:
		t := *s.Data
		t.Title = ""
		c.table = &t
		c.print()
		c.parts(c.cutLine(c.glyphs.show(s.Provenance)))
		return c.out.Flush()
	}
	c.parts(s.Data.Shows.String(), c.note, c.cutLine(c.glyphs.show(s.Provenance)))
	return c.out.Flush()
}

// chart draws one Spec; x, y and by are places of columns, by is -1 without
// series.
type chart struct {
	textPrinter
	spec     Spec
	x, y, by int
	note     string // what is done to the rows
}

// Widths of the parts of a chart, in cells.
const (
	freeWidth = 80 // of a line, when the width is not limited
	maxLabel  = 32 // of a label before a bar
	maxSpark  = 60 // of a sparkline
)

func (c *chart) lineWidth() int {
	if c.options.Width > 0 {
		return c.options.Width
	}
	return freeWidth
}

// merged brings neighbouring ranges of a histogram together, so that all of it can
// be shown: a tail that is left out would make another shape of it.
func (c *chart) merged(rows [][]any) [][]any {
	most := c.options.MaxRows
	if c.by >= 0 || most <= 0 || len(rows) <= most {
		return rows
	}
	each := (len(rows) + most - 1) / most
	var out [][]any
	for i := 0; i < len(rows); i += each {
		first := slices.Clone(rows[i])
		var whole int64
		sum, integers := 0.0, true
		for _, row := range rows[i:min(i+each, len(rows))] {
			n, ok := integer(row[c.y])
			integers = integers && ok
			whole += n
			sum += finite(row[c.y])
		}
		if first[c.y] = any(sum); integers {
			first[c.y] = whole
		}
		out = append(out, first)
	}
	c.note = fmt.Sprintf("%d ranges a bar", each)
	return out
}

// bars draws a line for each row: label, bar, value. Bars begin at zero, in
// the middle when there are values below.
func (c *chart) bars(rows [][]any) {
	if len(rows) == 0 {
		c.parts("no values")
	}
	head, tail := ends(len(rows), c.options.MaxRows)
	shown := append(append([][]any(nil), rows[:head]...), rows[len(rows)-tail:]...)
	labels, values := make([]string, len(shown)), make([]string, len(shown))
	xPlaces, yPlaces := decimals(shown, c.x), decimals(shown, c.y)
	labelWidth, valueWidth := 0, 0
	low, high := 0.0, 0.0
	for i, row := range shown {
		labels[i] = c.glyphs.cut(c.label(row, xPlaces), min(maxLabel, c.lineWidth()/3))
		values[i] = c.glyphs.show(readable(row[c.y], yPlaces))
		labelWidth, valueWidth = max(labelWidth, width(labels[i])), max(valueWidth, width(values[i]))
		if v := finite(row[c.y]); v < 0 {
			low = min(low, v)
		} else {
			high = max(high, v)
		}
	}
	room := max(4, c.lineWidth()-labelWidth-valueWidth-3)
	below := 0
	if low < 0 {
		below = min(room-1, max(1, int(math.Round(float64(room)*(low/(low-high))))))
	}
	for i, row := range shown {
		if i == head {
			c.line(c.style(sgrDim, pad(c.glyphs.dot, labelWidth, true)))
		}
		v := finite(row[c.y])
		bar := strings.Repeat(" ", below)
		if v < 0 {
			bar = pad(strings.Repeat(c.glyphs.full(), ratio(v, low, below)), below, true)
		} else {
			bar += c.glyphs.bar(v, high, room-below)
		}
		c.line(pad(labels[i], labelWidth, isNumber(c.spec.Data.Columns[c.x].Type)) + " " +
			pad(bar, room, false) + "  " + pad(values[i], valueWidth, true))
	}
	if n := max(int64(len(rows)), c.spec.Data.Total); int64(len(shown)) < n && c.note == "" {
		c.parts(counted(n, "bar", len(shown)))
	}
}

// label returns what stands before the bar of a row: x, and the series.
func (c *chart) label(row []any, places int) string {
	s := readable(row[c.x], places)
	switch {
	case c.by < 0 || c.spec.Kind == TreeMap:
	case c.spec.Kind == Sankey || c.spec.Kind == Graph:
		s += c.glyphs.arrow() + readable(row[c.by], maxDecimals)
	default:
		s += " / " + readable(row[c.by], maxDecimals)
	}
	return c.glyphs.show(s)
}

// ratio returns v/of of n, at least 1 when v is not zero.
func ratio(v, of float64, n int) int {
	if v == 0 || of == 0 {
		return 0
	}
	return max(1, int(math.Round(v/of*float64(n))))
}

// full is a cell of a bar that is filled.
func (g glyphs) full() string { return g.blocks[len(g.blocks)-1] }

// bar returns a bar of v/of of n cells.
func (g glyphs) bar(v, of float64, n int) string {
	parts := ratio(v, of, n*len(g.blocks))
	s := strings.Repeat(g.full(), parts/len(g.blocks))
	if rest := parts % len(g.blocks); rest > 0 {
		s += g.blocks[rest-1]
	}
	return s
}

// finite returns a value that can be drawn; null, NaN and the infinities are
// drawn as zero, and their text tells what they are.
func finite(v any) float64 {
	f, ok := number(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// sparks draws each series as two lines: a sparkline, and its figures.
func (c *chart) sparks() {
	places := decimals(c.spec.Data.Rows, c.y)
	list := c.series()
	if len(list) == 0 {
		c.parts("no values")
	}
	for _, s := range list {
		if s.name != "" {
			c.line(c.style(sgrBold, c.cutLine(c.glyphs.show(s.name))))
		}
		c.line(c.glyphs.sparkline(s.values, min(maxSpark, c.lineWidth())))
		c.parts(s.figures(places)...)
		c.parts(c.cutLine(c.glyphs.show(fmt.Sprintf("%s: %s to %s", c.spec.X, s.from, s.to))))
	}
}

// series is the values of one line; nulls and NaN are left out.
type series struct {
	name     string
	values   []float64
	from, to string // first and last x
}

// series splits the rows by their series, in the order of first appearance.
func (c *chart) series() []*series {
	var list []*series
	byName := map[string]*series{}
	places := decimals(c.spec.Data.Rows, c.x)
	for _, row := range c.spec.Data.Rows {
		name := ""
		if c.by >= 0 {
			name = readable(row[c.by], maxDecimals)
		}
		f, ok := number(row[c.y])
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		s := byName[name]
		if s == nil {
			s = &series{name: name, from: readable(row[c.x], places)}
			byName[name] = s
			list = append(list, s)
		}
		s.values = append(s.values, f)
		s.to = readable(row[c.x], places)
	}
	return list
}

func (s *series) figures(places int) []string {
	low, high := bounds(s.values)
	show := func(f float64) string { return readableFloat(f, places) }
	return []string{
		"first " + show(s.values[0]), "last " + show(s.values[len(s.values)-1]),
		"min " + show(low), "max " + show(high), pipeline.Thousands(int64(len(s.values))) + " points",
	}
}

// sparkline draws values as columns of different heights, the means of
// neighbours when there are more of them than cells.
func (g glyphs) sparkline(values []float64, cells int) string {
	if len(values) > cells {
		means := make([]float64, cells)
		for i := range means {
			from, to := i*len(values)/cells, (i+1)*len(values)/cells
			for _, v := range values[from:to] {
				means[i] += v / float64(to-from)
			}
		}
		values = means
	}
	low, high := bounds(values)
	var b strings.Builder
	for _, v := range values {
		height := (len(g.spark) - 1) / 2 // a flat line runs in the middle
		if high > low {
			height = int(math.Round((v/2 - low/2) / (high/2 - low/2) * float64(len(g.spark)-1))) // halves do not overflow
		}
		b.WriteString(g.spark[height])
	}
	return b.String()
}

func bounds(values []float64) (low, high float64) {
	low, high = values[0], values[0]
	for _, v := range values[1:] {
		low, high = min(low, v), max(high, v)
	}
	return low, high
}
