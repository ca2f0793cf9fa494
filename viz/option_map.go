package viz

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
)

// Of a map.
const (
	mapBubbles = 300 // points that are as large as their Size says; of more, all are small
	mapLegend  = 20  // groups that a legend names; of more, labels alone do
	mapNames   = 60  // points that are named where there are no groups
	nameCells  = 34  // of a name on the map
	nameReach  = 64  // pixels that a name may stand from the middle of its group
	nameHeight = 12.0
)

// The plot that names are placed for, in pixels. Names stand by their groups in
// one of any size; those that meet there are left out by the chart library.
const mapWidth, mapHeight = 784.0, 424.0

// group is what the points of one By have in common.
type group struct {
	name   string
	points []int // rows
	x, y   float64
	hue    int
}

// theMap is the option of a map: points in the colours of their groups, the names
// of the groups in their middles. There are more groups than colours that people
// tell apart, so colours come again, far from one another, and points of the same
// colour are one series.
//
// The last series holds the names, for each group by its size: a point's third
// value is its group's place there. The one before is empty; the search fills it.
func (d *drawing) theMap() (object, error) {
	groups, none := d.mapGroups()
	drawn := d.everySoMany()
	f := d.frameOf()
	legend := len(groups) > 1 && len(groups) <= mapLegend
	colors := hues()
	used := len(groups)
	if !legend {
		used = min(len(groups), len(colors))
		paint(groups, len(colors), f)
	}
	var names []string
	data := make([][]any, used)
	labels := d.texts(d.label)
	bubbles := d.size >= 0 && len(d.rows) <= mapBubbles
	_, greatest := d.span(d.size)
	point := func(i, g int) object {
		row := d.rows[i]
		value := []any{f.round(finiteOr(row[d.x])), f.round(finiteOr(row[d.y])), g}
		if d.size >= 0 {
			value = append(value, num(row[d.size]))
		}
		p := object{"value": value}
		if v, ok := number(row[max(0, d.size)]); ok && bubbles {
			p["symbolSize"] = round(5 + 27*math.Sqrt(max(0, v)/max(greatest, 1e-300)))
		}
		if d.label >= 0 {
			p["name"] = labels[i]
		}
		return p
	}
	for g := range groups {
		for _, i := range groups[g].points {
			if drawn[i] {
				data[groups[g].hue] = append(data[groups[g].hue], point(i, g))
			}
		}
	}
	for k := range used {
		if names = append(names, ""); legend {
			names[k] = groups[k].name
		}
	}
	if len(none) > 0 || len(groups) == 0 {
		var rest []any
		for _, i := range none {
			if drawn[i] {
				rest = append(rest, point(i, -1))
			}
		}
		names, data = append(names, ""), append(data, rest)
	}
	chart := charts.NewScatter()
	all := 1
	if legend {
		all = used
	}
	chart.SetGlobalOptions(d.global(all)...)
	for _, name := range append(names, "", "") {
		chart.AddSeries(name, nil)
	}
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	if l, ok := o["legend"].(object); ok && legend {
		l["data"] = names[:used]
	}
	axis := func(low, high float64) []any {
		return []any{object{"type": "value", "show": false, "min": low, "max": high}}
	}
	o["xAxis"], o["yAxis"] = axis(f.x0, f.x1), axis(f.y0, f.y1)
	grid := gridOf(o)
	grid["left"], grid["right"], grid["containLabel"] = 8, 8, false
	size := 5
	if len(d.rows) > 1500 {
		size = 4
	}
	for k := range data {
		color := "#999999"
		if k < used {
			color = colors[k%len(colors)]
		} else if len(groups) == 0 {
			color = colors[0]
		}
		setSeries(o, k, object{
			"data": data[k], "symbolSize": size, "itemStyle": object{"color": color, "opacity": 0.8}, "progressive": 0,
			// A picture has one path for all points of a series: it is drawn in a tenth of the time.
			"large": d.still && !bubbles, "largeThreshold": 1,
			"emphasis": object{"scale": 2, "itemStyle": object{"opacity": 1}},
		})
	}
	setSeries(o, len(data), object{"data": []any{}, "symbolSize": size + 3, "z": 3, "itemStyle": object{"borderColor": "ink", "borderWidth": 1}})
	setSeries(o, len(data)+1, object{
		"data": d.nameData(groups, labels, f), "symbolSize": 0.01, "silent": true, "z": 4, "itemStyle": object{"opacity": 1},
		"label": object{
			"show": true, "position": "inside", "fmt": "name", "fontSize": nameHeight, "fontWeight": "bold",
			"color": "ink", "textBorderColor": "paper", "textBorderWidth": 3,
		},
		"labelLayout": object{"hideOverlap": true},
	})
	o["dataZoom"] = []any{object{"type": "inside", "filterMode": "none"}, object{"type": "inside", "yAxisIndex": 0, "filterMode": "none"}}
	// For scripts/search.js and the tooltip; the library leaves them alone.
	if o["counted"] = CleanLine(d.Size); d.label >= 0 {
		o["find"] = d.marks()
	}
	o = d.finish(o, "mark")
	o["aria"] = object{"enabled": true, "label": object{"description": d.Alt()}}
	o["animation"] = false
	return o, nil
}

// everySoMany says which rows are drawn: of more than a chart can hold every so
// many, while groups, their places and names are those of all rows.
func (d *drawing) everySoMany() []bool {
	drawn := make([]bool, len(d.rows))
	most := min(len(drawn), d.most())
	for i := range most {
		drawn[i*len(drawn)/most] = true
	}
	return drawn
}

// mapGroups lists the points by their By, the largest group first, and those without
// one.
func (d *drawing) mapGroups() (groups []group, none []int) {
	if d.by < 0 {
		for i := range d.rows {
			none = append(none, i)
		}
		return nil, none
	}
	texts, place := d.labelled(d.by)
	groups = make([]group, len(texts))
	for i, k := range place {
		if d.rows[i][d.by] == nil {
			none = append(none, i)
			continue
		}
		groups[k].name = texts[k]
		groups[k].points = append(groups[k].points, i)
	}
	groups = slices.DeleteFunc(groups, func(g group) bool { return len(g.points) == 0 })
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(len(b.points), len(a.points)) })
	f := d.frameOf()
	for g := range groups {
		groups[g].hue = g
		d.middle(&groups[g], f)
	}
	return groups, none
}

// middle puts a group where its point lies that is nearest to the median: a group
// in two parts has no middle between them.
func (d *drawing) middle(g *group, f mapFrame) {
	median := func(column int) float64 {
		list := mapped(g.points, func(i int) float64 { return finiteOr(d.rows[i][column]) })
		slices.Sort(list)
		return list[len(list)/2]
	}
	x, y := median(d.x), median(d.y)
	best := math.Inf(1)
	for _, i := range g.points {
		px, py := finiteOr(d.rows[i][d.x]), finiteOr(d.rows[i][d.y])
		dx, dy := f.pixels(px-x, py-y)
		if far := math.Hypot(dx, dy); far < best {
			best, g.x, g.y = far, px, py
		}
	}
}

// paint gives each group one of so many colours: of those that are free nearby the
// one whose nearest group is farthest away, the largest groups first.
func paint(groups []group, colors int, f mapFrame) {
	for g := range groups {
		best, far := 0, -1.0
		nearest := make([]float64, colors)
		for c := range nearest {
			nearest[c] = math.Inf(1)
		}
		for _, o := range groups[:g] {
			x, y := f.pixels(o.x-groups[g].x, o.y-groups[g].y)
			nearest[o.hue] = min(nearest[o.hue], math.Hypot(x, y))
		}
		for c, v := range nearest {
			if v > far {
				best, far = c, v
			}
		}
		groups[g].hue = best
	}
}

// mapFrame is the part of the plane that is drawn.
type mapFrame struct{ x0, x1, y0, y1 float64 }

// frameOf returns the frame of all points, with room at its edges.
func (d *drawing) frameOf() mapFrame {
	side := func(column int) (low, high float64) {
		low, high = math.Inf(1), math.Inf(-1)
		for _, row := range d.rows {
			v := finiteOr(row[column])
			low, high = min(low, v), max(high, v)
		}
		if !(low < high) {
			return finiteOr(low) - 1, finiteOr(high) + 1
		}
		room := (high/2 - low/2) * 0.06
		return low - room, high + room
	}
	var f mapFrame
	f.x0, f.x1 = side(d.x)
	f.y0, f.y1 = side(d.y)
	return f
}

// pixels is a way in the plane as one in the plot that names are placed for.
func (f mapFrame) pixels(dx, dy float64) (x, y float64) {
	return dx / (f.x1 - f.x0) * mapWidth, -dy / (f.y1 - f.y0) * mapHeight
}

// plane is the other way.
func (f mapFrame) plane(x, y float64) (dx, dy float64) {
	return x / mapWidth * (f.x1 - f.x0), -y / mapHeight * (f.y1 - f.y0)
}

// round keeps as much of a coordinate as a large screen shows.
func (f mapFrame) round(v float64) float64 {
	scale := math.Pow(10, 4-math.Floor(math.Log10(max(f.x1-f.x0, f.y1-f.y0))))
	if r := math.Round(v*scale) / scale; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	return v
}

// finiteOr is a number that has a place, 0 for any other value.
func finiteOr(v any) float64 {
	f, ok := number(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// nameData are the names on the map: those of the groups, as near to their middles
// as there is room; without groups those of the first points.
func (d *drawing) nameData(groups []group, labels []string, f mapFrame) []any {
	var field names
	if len(groups) == 0 && d.label >= 0 {
		var out []any
		for i := range labels {
			text := glyphsFor(false).cut(labels[i], nameCells)
			x, y := f.pixels(finiteOr(d.rows[i][d.x])-f.x0, finiteOr(d.rows[i][d.y])-f.y1)
			if _, _, ok := field.place(text, x, y, 0); ok && text != "" {
				out = append(out, f.nameAt(text, labels[i], finiteOr(d.rows[i][d.x]), finiteOr(d.rows[i][d.y]), true))
			}
			if len(out) == mapNames {
				break
			}
		}
		return out
	}
	out := make([]any, 0, len(groups))
	for _, g := range groups {
		text := glyphsFor(false).cut(g.name, nameCells)
		x, y := f.pixels(g.x-f.x0, g.y-f.y1)
		dx, dy, ok := field.place(text, x, y, nameReach)
		// In the plane, so that a name stays by its points when the reader comes nearer.
		ux, uy := f.plane(dx, dy)
		out = append(out, f.nameAt(text, g.name, g.x+ux, g.y+uy, ok))
	}
	return out
}

// nameAt is one name. One without room waits for the reader to come nearer: only
// the live chart shows it then.
func (f mapFrame) nameAt(text, whole string, x, y float64, room bool) object {
	o := object{"name": text, "whole": whole, "value": []any{f.round(x), f.round(y)}}
	if !room {
		o["label"] = object{"show": false}
	}
	return o
}

// names are the places of names that are taken, in pixels.
type names struct{ taken []rectangle }

// place finds the free place nearest to x, y, no farther than reach.
func (n *names) place(text string, x, y, reach float64) (dx, dy float64, ok bool) {
	const step = 4.0
	w, h := textWidth(text, nameHeight)*1.08+6, nameHeight+3
	type way struct{ x, y float64 }
	var ways []way
	for v := -math.Floor(reach/step) * step; v <= reach; v += step {
		for u := -math.Floor(reach/step) * step; u <= reach; u += step {
			ways = append(ways, way{u, v})
		}
	}
	// Up and down first: names are wide.
	far := func(a way) float64 { return math.Hypot(a.x, a.y*1.5) }
	slices.SortStableFunc(ways, func(a, b way) int { return cmp.Compare(far(a), far(b)) })
	for _, a := range ways {
		r := rectangle{x: x + a.x, y: y + a.y, w: w, h: h}
		if r.x < w/2 || r.x > mapWidth-w/2 || r.y < h/2 || r.y > mapHeight-h/2 {
			continue
		}
		if !slices.ContainsFunc(n.taken, func(o rectangle) bool { return r.meets(&o) }) {
			n.taken = append(n.taken, r)
			return a.x, a.y, true
		}
	}
	return 0, 0, false
}
