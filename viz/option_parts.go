package viz

import (
	"fmt"
	"math"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
)

// slices is the option of a pie.
func (d *drawing) slices() (object, error) {
	labels := d.texts(d.x)
	data := make([]any, len(d.rows))
	for i, row := range d.rows {
		data[i] = object{"name": labels[i], "value": num(row[d.y])}
	}
	chart := charts.NewPie()
	chart.SetGlobalOptions(d.global(1)...)
	chart.AddSeries(label(d.Y), nil)
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	setSeries(o, 0, object{
		"data": data, "radius": []string{"36%", "66%"}, "center": []string{"50%", "56%"}, "avoidLabelOverlap": true,
		"label": object{"fmt": "share", "width": 140, "overflow": "truncate"}, "minAngle": 1,
		"labelLayout": object{"hideOverlap": true},
	})
	return d.finish(o, "share"), nil
}

// rectangles is the option of a treemap: within those of By where that is given.
func (d *drawing) rectangles() (object, error) {
	labels := d.texts(d.x)
	var data []any
	if d.by < 0 {
		for i, row := range d.rows {
			data = append(data, object{"name": labels[i], "value": num(row[d.y])})
		}
	} else {
		groups, in := d.labelled(d.by)
		children := make([][]any, len(groups))
		for i, row := range d.rows {
			children[in[i]] = append(children[in[i]], object{"name": labels[i], "value": num(row[d.y])})
		}
		for k, name := range groups {
			data = append(data, object{"name": name, "children": children[k]})
		}
	}
	chart := charts.NewTreeMap()
	chart.SetGlobalOptions(d.global(1)...)
	chart.AddSeries(label(d.Title), nil)
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	parts := object{
		"data": data, "left": 8, "right": 8, "top": 64, "bottom": 28, "roam": false, "nodeClick": "zoomToNode",
		"breadcrumb": object{"show": !d.still, "bottom": 2}, "label": object{"show": true, "fmt": "name", "overflow": "truncate"},
		"itemStyle": object{"gapWidth": 1},
	}
	if d.by >= 0 {
		parts["levels"] = []any{
			object{"itemStyle": object{"gapWidth": 3, "borderColor": "rgba(128,128,128,0.15)"}},
			object{"itemStyle": object{"gapWidth": 1, "borderColor": "#6b7280"}, "upperLabel": object{
				"show": true, "height": 18, "fmt": "name", "textBorderWidth": 0, "color": "#fff", "overflow": "truncate",
			}},
		}
	}
	setSeries(o, 0, parts)
	return d.finish(o, "part"), nil
}

// node is a name among links, and what goes through it.
type node struct {
	name string
	sum  float64
}

// nodes are the ends of all links, and for each row the places of its two.
func (d *drawing) nodes() (list []node, from, to []int) {
	at := map[string]int{}
	find := func(name string) int {
		k, ok := at[name]
		if !ok {
			k = len(list)
			at[name] = k
			list = append(list, node{name: name})
		}
		return k
	}
	sources, targets := d.texts(d.x), d.texts(d.by)
	for i, row := range d.rows {
		a, b := find(sources[i]), find(targets[i])
		v := math.Abs(finite(row[d.y]))
		list[a].sum += v
		list[b].sum += v
		from, to = append(from, a), append(to, b)
	}
	return list, from, to
}

// links is the option of a sankey or a graph.
func (d *drawing) links() (object, error) {
	nodes, from, to := d.nodes()
	var bands []any
	greatest := 0.0
	for _, row := range d.rows {
		greatest = max(greatest, math.Abs(finite(row[d.y])))
	}
	for i, row := range d.rows {
		band := object{"source": from[i], "target": to[i], "value": num(row[d.y])}
		if d.Kind == Graph {
			band["lineStyle"] = object{"width": round(0.5 + 5*math.Abs(finite(row[d.y]))/max(greatest, 1e-300))}
		}
		bands = append(bands, band)
	}
	var chart maker
	if d.Kind == Sankey {
		if cyclic(len(nodes), from, to) {
			return nil, fmt.Errorf("chart %q: its links go round in a circle, which a sankey cannot show: take graph", d.Title)
		}
		c := charts.NewSankey()
		c.SetGlobalOptions(d.global(1)...)
		c.AddSeries(label(d.Y), nil, nil)
		chart = c
	} else {
		c := charts.NewGraph()
		c.SetGlobalOptions(d.global(1)...)
		c.AddSeries(label(d.Y), nil, nil)
		chart = c
	}
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	largest := 0.0
	for _, n := range nodes {
		largest = max(largest, n.sum)
	}
	// Names are shown; what joins nodes are their places, as ids.
	data := make([]any, len(nodes))
	for k, n := range nodes {
		one := object{"id": fmt.Sprint(k), "name": n.name, "value": n.sum}
		if d.Kind == Graph {
			one["symbolSize"] = round(7 + (24-min(8, float64(len(nodes))/10))*math.Sqrt(n.sum/max(largest, 1e-300)))
		}
		data[k] = one
	}
	parts := object{"data": data, "links": bands, "left": 16, "top": 64, "bottom": 16, "label": object{"show": true, "fmt": "name"}, "emphasis": object{"focus": "adjacency"}}
	if d.Kind == Sankey {
		parts["right"] = 140
		parts["lineStyle"] = object{"color": "gradient", "opacity": 0.4}
	} else {
		d.place(data, from, to)
		parts["layout"], parts["roam"] = "none", !d.still
		parts["right"] = 72
		parts["label"] = object{"show": true, "fmt": "name", "position": "right", "fontSize": 11}
		parts["labelLayout"] = object{"hideOverlap": true}
		parts["lineStyle"] = object{"opacity": 0.5, "curveness": 0.1}
	}
	setSeries(o, 0, parts)
	return d.finish(o, "part"), nil
}

// cyclic tells whether links lead back to where they began.
func cyclic(nodes int, from, to []int) bool {
	left := make([]int, nodes) // links that come in
	next := make([][]int, nodes)
	for i := range from {
		left[to[i]]++
		next[from[i]] = append(next[from[i]], to[i])
	}
	var free []int
	for k, n := range left {
		if n == 0 {
			free = append(free, k)
		}
	}
	seen := 0
	for len(free) > 0 {
		k := free[len(free)-1]
		free = free[:len(free)-1]
		seen++
		for _, b := range next[k] {
			if left[b]--; left[b] == 0 {
				free = append(free, b)
			}
		}
	}
	return seen < nodes
}

// tree is the option of a tree: nodes below their parents, those without one, or
// whose parent is not there, at the top.
func (d *drawing) tree() (object, error) {
	names := d.texts(d.x)
	at := map[string]int{}
	for i, name := range names {
		if _, ok := at[name]; !ok {
			at[name] = i
		}
	}
	parents := d.texts(d.by)
	children := make([][]int, len(names))
	var tops []int
	for i := range names {
		p, ok := at[parents[i]]
		if !ok || d.rows[i][d.by] == nil || p == i {
			tops = append(tops, i)
			continue
		}
		children[p] = append(children[p], i)
	}
	built := 0
	var build func(i int) object
	build = func(i int) object {
		built++
		one := object{"name": names[i]}
		if d.y >= 0 {
			one["value"] = num(d.rows[i][d.y])
		}
		var below []any
		for _, c := range children[i] {
			below = append(below, build(c))
		}
		if below != nil {
			one["children"] = below
		}
		return one
	}
	var data []any
	for _, i := range tops {
		data = append(data, build(i))
	}
	if built < len(names) {
		return nil, fmt.Errorf("chart %q: %d of its nodes lie below themselves", d.Title, len(names)-built)
	}
	if len(data) > 1 {
		data = []any{object{"name": "", "children": data}}
	}
	leaves := 0
	for _, below := range children {
		if len(below) == 0 {
			leaves++
		}
	}
	chart := charts.NewTree()
	chart.SetGlobalOptions(d.global(1)...)
	chart.AddSeries(label(d.Title), nil)
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	setSeries(o, 0, object{
		"data": data, "left": 60, "right": 160, "top": 64, "bottom": 16, "symbolSize": 6, "initialTreeDepth": -1, "roam": !d.still,
		"label": object{"fmt": "name", "position": "top", "fontSize": 10}, "expandAndCollapse": !d.still,
		"leaves": object{"label": object{"position": "right", "fmt": "name", "fontSize": leafSize(leaves)}}, "edgeShape": "polyline",
	})
	return d.finish(o, "part"), nil
}

// leafSize is the size of the labels of so many leaves, in pixels.
func leafSize(n int) int { return min(12, max(5, 380/max(1, n))) }

// byValue returns the places of the rows with a number above zero, largest
// first.
func (d *drawing) byValue() []int {
	var order []int
	for i, row := range d.rows {
		if finite(row[d.y]) > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := finite(d.rows[a][d.y]), finite(d.rows[b][d.y])
		switch {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return order
}
