package viz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"gondola/pipeline"
)

// object is a part of an ECharts option.
//
// Reference: https://echarts.apache.org/en/option.html
type object = map[string]any

// drawing is a Spec on its way to an option of ECharts.
type drawing struct {
	Spec
	rows                  [][]any
	x, y, by, size, label int // places of columns, -1 where there are none
	still                 bool
	left                  string // what of the rows is not drawn
}

// A browser draws this many marks at ease, and a picture of so many is of a
// size that a notebook can hold.
const (
	liveMarks  = 5000
	stillMarks = 2000
)

// option returns what ECharts draws the chart by: data alone, no code. Where a
// number is to be written in a way of ours, "fmt" names it; the scripts of this
// package know the names. still is for a picture, which does not move and holds
// fewer marks.
func (s Spec) option(still bool) (object, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	d := drawing{
		Spec: s, rows: s.Data.Rows, still: still,
		x: s.column(s.X), y: s.column(s.Y), by: s.column(s.By), size: s.column(s.Size), label: s.column(s.Label),
	}
	d.cut()
	var o object
	var err error
	switch s.Kind {
	case Bar, Line, Area, Hist:
		o, err = d.axes()
	case Scatter:
		o, err = d.points()
	case Map:
		o, err = d.theMap()
	case Heat:
		o, err = d.cells()
	case Box:
		o, err = d.boxes()
	case Pie:
		o, err = d.slices()
	case TreeMap:
		o, err = d.rectangles()
	case Sankey, Graph:
		o, err = d.links()
	case Tree:
		o, err = d.tree()
	case Cloud:
		o, err = d.cloud()
	case Relevance:
		o, err = d.relevance()
	case Grid:
		return nil, fmt.Errorf("chart %q is a table: it has no picture", s.Title)
	}
	if err != nil {
		return nil, err
	}
	if still {
		o["animation"], o["progressive"] = false, 0
		for _, part := range []string{"toolbox", "tooltip", "dataZoom"} {
			delete(o, part)
		}
	}
	return o, nil
}

// cut leaves out rows beyond what can be drawn: of points every so many, so
// that their shape stays, of others the last.
func (d *drawing) cut() {
	most, all := d.most(), len(d.rows)
	if all <= most {
		return
	}
	switch d.Kind {
	case Map: // has its own way
	case Scatter:
		some := make([][]any, most)
		for i := range some {
			some[i] = d.rows[i*all/most]
		}
		d.rows = some
	default:
		d.rows = d.rows[:most]
	}
	d.left = fmt.Sprintf("%s of %s marks drawn", pipeline.Thousands(int64(most)), pipeline.Thousands(int64(all)))
}

// most is how many marks are drawn.
func (d *drawing) most() int {
	if d.still {
		return stillMarks
	}
	return liveMarks
}

// maker is a chart of go-echarts.
type maker interface {
	Validate()
	JSON() map[string]any
}

// frame returns the option that go-echarts makes, as plain data: what it makes
// of texts beyond that (see its JSONNotEscaped) is never used. The data of the
// series come afterwards: its types round numbers to float32 and int.
func frame(chart maker) (object, error) {
	chart.Validate()
	data, err := json.Marshal(chart.JSON())
	if err != nil {
		return nil, err
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	var o object
	if err := in.Decode(&o); err != nil {
		return nil, err
	}
	delete(o, "toolbox")
	return o, nil
}

// global are the options of all charts.
func (d *drawing) global(series int) []charts.GlobalOpts {
	below := d.Data.Shows.String()
	if d.left != "" {
		if below != "" {
			below += " · "
		}
		below += d.left
	}
	return []charts.GlobalOpts{
		charts.WithTitleOpts(opts.Title{Title: CleanLine(d.Title), Subtitle: below, Left: "8", Top: "4"}),
		charts.WithColorsOpts(palette()),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(series > 1), Type: "scroll", Bottom: "0"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}),
		charts.WithGridOpts(opts.Grid{Left: "8", Right: "28", Top: "64", Bottom: map[bool]string{true: "36", false: "12"}[series > 1], ContainLabel: opts.Bool(true)}),
	}
}

// finish patches what go-echarts has no words for.
func (d *drawing) finish(o object, tooltip string) object {
	o["aria"] = object{"enabled": true, "label": object{"description": d.Alt()}, "decal": object{"show": seriesOf(o) > 1}}
	if tip, ok := o["tooltip"].(object); ok {
		tip["tip"], tip["confine"] = tooltip, true
	}
	if title, ok := o["title"].(object); ok {
		title["textStyle"] = object{"fontSize": 15, "width": titleWidth, "overflow": "truncate"}
		title["subtextStyle"] = object{"fontSize": 11}
	}
	return o
}

// titleWidth is how much of the title is drawn, in pixels.
const titleWidth = 720

func seriesOf(o object) int {
	list, _ := o["series"].([]any)
	return len(list)
}

// setSeries puts data into series i.
func setSeries(o object, i int, parts object) {
	list, ok := o["series"].([]any)
	if !ok || i >= len(list) {
		return
	}
	series, ok := list[i].(object)
	if !ok {
		return
	}
	for name, v := range parts {
		series[name] = v
	}
}

// label makes a text one that the library may take for a name. It keeps some by
// their names in plain objects, where those of the properties that every object
// has stop it: they get a word joiner behind them, which nobody sees.
func label(text string) string {
	text = CleanLine(text)
	if slices.Contains(objectProperties(), text) {
		text += "\u2060"
	}
	return text
}

// objectProperties are those of Object.prototype in ECMAScript 2023.
func objectProperties() []string {
	return []string{
		"__proto__", "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
		"__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
	}
}

// num is a value as a number that JSON can hold; what is none is missing.
func num(v any) any {
	if n, ok := integer(v); ok {
		return n
	}
	f, ok := number(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return f
}

// labelled lists the labels of a column in the order in which they come first,
// and for each row the place of its label among them.
func (d *drawing) labelled(column int) (names []string, place []int) {
	at := map[string]int{}
	texts := d.texts(column)
	for _, name := range texts {
		k, ok := at[name]
		if !ok {
			k = len(names)
			at[name] = k
			names = append(names, name)
		}
		place = append(place, k)
	}
	return names, place
}

// texts are the labels of a column.
func (d *drawing) texts(column int) []string {
	out := make([]string, len(d.rows))
	if column < 0 {
		return out
	}
	places := decimals(d.rows, column)
	for i, row := range d.rows {
		if out[i] = "NULL"; row[column] != nil {
			out[i] = label(readable(row[column], places))
		}
	}
	return out
}

// numeric tells whether a column holds numbers.
func (d *drawing) numeric(column int) bool {
	return column >= 0 && isNumber(d.Data.Columns[column].Type)
}

// longest returns the cells of the widest text.
func longest(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	return slices.Max(append([]int{0}, mapped(texts, width)...))
}

func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}
