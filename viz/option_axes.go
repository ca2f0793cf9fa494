package viz

import (
	"fmt"
	"math"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// axes is the option of a bar, line, area or hist.
func (d *drawing) axes() (object, error) {
	labels, place := d.labelled(d.x)
	names, in := []string{label(d.Y)}, make([]int, len(d.rows))
	if d.by >= 0 {
		names, in = d.labelled(d.by)
	}
	if len(names) == 0 {
		names = []string{label(d.Y)}
	}
	line := d.Kind == Line || d.Kind == Area
	positions := line && d.numeric(d.x)
	data := make([][]any, len(names))
	for k := range data {
		if !positions {
			data[k] = make([]any, len(labels)) // what does not come is missing
		}
	}
	for i, row := range d.rows {
		k := in[i]
		if positions {
			data[k] = append(data[k], []any{num(row[d.x]), num(row[d.y])})
		} else {
			data[k][place[i]] = num(row[d.y])
		}
	}
	chart, err := d.series(names)
	if err != nil {
		return nil, err
	}
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	value, along := d.valueAxis(d.Y, d.LogY), object{"type": "category", "data": labels}
	if positions {
		along = d.valueAxis(d.X, d.LogX)
		along["min"], along["max"] = "dataMin", "dataMax"
	}
	// Names are read from left to right: where they are long or many, bars lie.
	lying := d.Kind == Bar && !d.numeric(d.x) && (longest(labels) > 8 || len(labels) > 12)
	if lying {
		along["inverse"] = true
		along["axisLabel"] = object{"width": 160, "overflow": "truncate", "interval": labelsOf(len(labels), 40)}
		along["axisTick"] = object{"show": false}
		gridOf(o)["left"] = 8 + min(longest(labels), 24) // fonts are wider than the library thinks
		o["yAxis"], o["xAxis"] = []any{along}, []any{value}
	} else {
		if !positions {
			along["axisLabel"] = object{"hideOverlap": true, "width": 120, "overflow": "truncate"}
			along["name"], along["nameLocation"], along["nameGap"] = CleanLine(d.X), "middle", 28
		}
		o["xAxis"], o["yAxis"] = []any{along}, []any{value}
	}
	d.named(o)
	for k := range names {
		parts := object{"data": data[k]}
		switch d.Kind {
		case Hist:
			parts["barCategoryGap"] = "2%"
		case Area:
			parts["areaStyle"] = object{"opacity": 0.35}
		case Line, Bar, Pie, Scatter, Map, Heat, Box, TreeMap, Sankey, Graph, Tree, Cloud, Grid, Relevance:
		}
		if line {
			parts["showSymbol"] = len(data[k]) <= 60
		}
		setSeries(o, k, parts)
	}
	if len(labels) > 60 || positions && len(d.rows) > 200 {
		o["dataZoom"] = []any{object{"type": "inside"}}
	}
	return d.finish(o, "item"), nil
}

// series returns the chart of go-echarts with empty series of these names.
func (d *drawing) series(names []string) (maker, error) {
	global := d.global(len(names))
	if d.Kind == Line || d.Kind == Area {
		chart := charts.NewLine()
		chart.SetGlobalOptions(global...)
		for _, name := range names {
			chart.AddSeries(name, nil)
		}
		return chart, nil
	}
	chart := charts.NewBar()
	chart.SetGlobalOptions(global...)
	for _, name := range names {
		chart.AddSeries(name, nil)
	}
	return chart, nil
}

// valueAxis is an axis of numbers.
func (d *drawing) valueAxis(name string, log bool) object {
	axis := object{
		"type": "value", "name": CleanLine(name), "nameLocation": "middle", "nameGap": 28, "scale": d.Kind == Scatter || d.Kind == Line,
		"axisLabel": object{"fmt": "short", "hideOverlap": true}, "axisLine": object{"onZero": d.Kind != Scatter},
	}
	if log {
		axis["type"] = "log"
		delete(axis, "scale")
	}
	return axis
}

// named makes room for the names of both axes, which the library leaves out of
// account.
func (d *drawing) named(o object) {
	for _, side := range []struct {
		axis, edge string
		gap, room  int
	}{{"xAxis", "bottom", 26, 20}, {"yAxis", "left", 44, 38}} {
		list, _ := o[side.axis].([]any)
		if len(list) != 1 {
			continue
		}
		axis, _ := list[0].(object)
		if name, _ := axis["name"].(string); name == "" {
			continue
		}
		axis["nameGap"], axis["nameTruncate"] = side.gap, object{"maxWidth": 360}
		grid := gridOf(o)
		edge := 0
		if _, err := fmt.Sscan(fmt.Sprint(grid[side.edge]), &edge); err == nil {
			grid[side.edge] = edge + side.room
		}
	}
}

// gridOf is the grid of an option.
func gridOf(o object) object {
	switch g := o["grid"].(type) {
	case object:
		return g
	case []any:
		if one, ok := g[0].(object); ok {
			return one
		}
	}
	return object{}
}

// labelsOf returns every how many of n labels one is shown, so that at most so
// many are: as ECharts counts, less one.
func labelsOf(n, most int) int { return (n - 1) / max(1, most) }

// points is the option of a scatter: a series for each value of By.
func (d *drawing) points() (object, error) {
	names, in := []string{label(d.Y)}, make([]int, len(d.rows))
	if d.by >= 0 {
		names, in = d.labelled(d.by)
	}
	if len(names) == 0 {
		names = []string{label(d.Y)}
	}
	labels := d.texts(d.label)
	least, greatest := d.span(d.size)
	data := make([][]any, len(names))
	for i, row := range d.rows {
		point := object{"value": []any{num(row[d.x]), num(row[d.y])}}
		if labels[i] != "" {
			point["name"] = labels[i]
		}
		if d.size >= 0 {
			v, _ := number(row[d.size])
			point["symbolSize"] = round(6 + 34*math.Sqrt(max(0, (v-least)/max(greatest-least, 1e-300))))
		}
		data[in[i]] = append(data[in[i]], point)
	}
	chart := charts.NewScatter()
	chart.SetGlobalOptions(d.global(len(names))...)
	for _, name := range names {
		chart.AddSeries(name, nil)
	}
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	o["xAxis"], o["yAxis"] = []any{d.valueAxis(d.X, d.LogX)}, []any{d.valueAxis(d.Y, d.LogY)}
	d.named(o)
	for k := range names {
		parts := object{"data": data[k], "itemStyle": object{"opacity": 0.75}}
		if d.size < 0 {
			parts["symbolSize"] = 6
			if len(d.rows) > 500 {
				parts["symbolSize"] = 4
			}
		} else if d.label >= 0 && len(d.rows) <= 150 {
			parts["label"] = object{"show": true, "position": "inside", "fmt": "name", "fontSize": 10}
			parts["labelLayout"] = object{"hideOverlap": true}
		}
		if d.still {
			parts["progressive"], parts["large"] = 0, false
		}
		setSeries(o, k, parts)
	}
	o["dataZoom"] = []any{object{"type": "inside"}, object{"type": "inside", "yAxisIndex": 0}}
	return d.finish(o, "point"), nil
}

// span returns the least and the greatest number of a column.
func (d *drawing) span(column int) (least, greatest float64) {
	least, greatest = math.Inf(1), math.Inf(-1)
	if column >= 0 {
		for _, row := range d.rows {
			if v, ok := number(row[column]); ok && !math.IsNaN(v) && !math.IsInf(v, 0) {
				least, greatest = min(least, v), max(greatest, v)
			}
		}
	}
	if least > greatest {
		return 0, 0
	}
	return least, greatest
}

// round keeps a tenth: places on the screen need no more.
func round(v float64) float64 { return math.Round(v*10) / 10 }

// cells is the option of a heat.
func (d *drawing) cells() (object, error) {
	across, x := d.labelled(d.x)
	down, y := d.labelled(d.by)
	data := make([]any, 0, len(d.rows))
	for i, row := range d.rows {
		data = append(data, []any{x[i], y[i], num(row[d.y])})
	}
	least, greatest := d.span(d.y)
	colors := ramp()
	if least < 0 && greatest > 0 {
		greatest = max(greatest, -least)
		least, colors = -greatest, twoSided()
	}
	chart := charts.NewHeatMap()
	chart.SetGlobalOptions(append(d.global(1), charts.WithVisualMapOpts(opts.VisualMap{
		Min: float32(least), Max: float32(greatest), InRange: &opts.VisualMapInRange{Color: colors},
	}))...)
	chart.AddSeries(label(d.Y), nil)
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	if maps, ok := o["visualMap"].([]any); ok && len(maps) == 1 {
		if m, ok := maps[0].(object); ok {
			m["min"], m["max"] = least, greatest
			m["right"], m["top"], m["itemHeight"], m["textGap"] = 4, 60, 160, 4
			m["text"] = []any{shortNumber(greatest), shortNumber(least)}
		}
	}
	names := object{"width": 120, "overflow": "truncate"}
	o["xAxis"] = []any{object{"type": "category", "data": across, "splitArea": object{"show": true}, "axisLabel": object{
		"width": 90, "overflow": "truncate", "rotate": rotated(across), "interval": labelsOf(len(across), 40),
	}}}
	names["interval"] = labelsOf(len(down), 40)
	o["yAxis"] = []any{object{"type": "category", "data": down, "inverse": true, "splitArea": object{"show": true}, "axisLabel": names}}
	gridOf(o)["right"] = 84
	setSeries(o, 0, object{"data": data, "progressive": 0})
	return d.finish(o, "cell"), nil
}

// shortNumber writes a number as scripts/formats.js does on axes: 12.5k.
func shortNumber(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= unit.size {
			return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v/unit.size), "0"), ".") + unit.name
		}
	}
	return fmt.Sprintf("%.3g", v)
}

// rotated is by how many degrees labels below an axis stand up: those that would
// not fit side by side.
func rotated(labels []string) int {
	const letters = 100 // that fit into the least width of a chart
	if len(labels) > 8 && longest(labels) > 6 || len(labels)*(longest(labels)+1) > letters {
		return 60
	}
	return 0
}

// boxes is the option of a box.
func (d *drawing) boxes() (object, error) {
	labels := d.texts(d.x)
	data := make([]any, len(d.rows))
	for i, row := range d.rows {
		five := make([]any, 0, 5)
		for _, name := range BoxColumns() {
			five = append(five, num(row[d.column(name)]))
		}
		data[i] = five
	}
	chart := charts.NewBoxPlot()
	chart.SetGlobalOptions(d.global(1)...)
	chart.AddSeries(label(d.X), nil)
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	o["xAxis"] = []any{object{"type": "category", "data": labels, "axisLabel": object{
		"width": 90, "overflow": "truncate", "rotate": rotated(labels), "interval": labelsOf(len(labels), 60),
	}}}
	o["yAxis"] = []any{d.valueAxis("", d.LogY)}
	setSeries(o, 0, object{"data": data, "itemStyle": object{"color": "rgba(68,119,170,0.35)", "borderColor": palette()[0]}})
	return d.finish(o, "box"), nil
}
