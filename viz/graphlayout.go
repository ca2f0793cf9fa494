package viz

import (
	"cmp"
	"math"
	"slices"
)

// place puts the nodes of a graph where its links pull them, so that the same
// graph always looks the same, in a page and in a picture. Parts that no link
// joins are laid out each by itself and put beside one another, the largest
// first. It sets x and y of each node.
func (d *drawing) place(nodes []any, from, to []int) {
	weight := make([]float64, len(from))
	greatest := 1e-300
	for i, row := range d.rows {
		weight[i] = math.Abs(finite(row[d.y]))
		greatest = max(greatest, weight[i])
	}
	for i := range weight {
		weight[i] /= greatest
	}
	all := layout{x: make([]float64, len(nodes)), y: make([]float64, len(nodes)), from: from, to: to, weight: weight}
	parts := all.parts()
	for _, part := range parts {
		all.spring(part)
	}
	all.pack(parts)
	for i, one := range nodes {
		if o, ok := one.(object); ok {
			o["x"], o["y"] = round(all.x[i]), round(all.y[i])
		}
	}
}

// layout has the places of nodes, in pixels, and the links between them, whose
// weights are up to 1.
type layout struct {
	x, y     []float64
	from, to []int
	weight   []float64
}

// between is how far apart two nodes of a link lie by themselves.
const between = 100.0

// parts are the nodes of each part that hangs together, the largest part first.
func (l *layout) parts() [][]int {
	of := make([]int, len(l.x))
	for i := range of {
		of[i] = i
	}
	top := func(i int) int {
		for of[i] != i {
			of[i] = of[of[i]]
			i = of[i]
		}
		return i
	}
	for e := range l.from {
		a, b := top(l.from[e]), top(l.to[e])
		of[max(a, b)] = min(a, b)
	}
	at := map[int]int{}
	var parts [][]int
	for i := range of {
		k, ok := at[top(i)]
		if !ok {
			k = len(parts)
			at[top(i)] = k
			parts = append(parts, nil)
		}
		parts[k] = append(parts[k], i)
	}
	slices.SortStableFunc(parts, func(a, b []int) int { return cmp.Compare(len(b), len(a)) })
	return parts
}

// spring lays out one part by the method of Fruchterman and Reingold (Graph
// Drawing by Force-directed Placement, 1991), from a spiral.
func (l *layout) spring(part []int) {
	n := len(part)
	in := map[int]bool{}
	for i, node := range part {
		angle := 2.399963 * float64(i) // the golden angle: an even spiral
		radius := between * math.Sqrt(float64(i))
		l.x[node], l.y[node] = radius*math.Cos(angle), radius*math.Sin(angle)
		in[node] = true
	}
	var links []int
	for e := range l.from {
		if in[l.from[e]] && l.from[e] != l.to[e] {
			links = append(links, e)
		}
	}
	dx, dy := make([]float64, len(l.x)), make([]float64, len(l.x))
	rounds := max(20, min(400, 40_000_000/(n*n+1)))
	for round := range rounds {
		for i, a := range part {
			dx[a], dy[a] = 0, 0
			for _, b := range part[:i] {
				ax, ay := l.x[a]-l.x[b], l.y[a]-l.y[b]
				push := between * between / max(ax*ax+ay*ay, 1)
				dx[a] += ax * push
				dy[a] += ay * push
				dx[b] -= ax * push
				dy[b] -= ay * push
			}
		}
		for _, e := range links {
			a, b := l.from[e], l.to[e]
			ax, ay := l.x[a]-l.x[b], l.y[a]-l.y[b]
			pull := (0.4 + 0.6*l.weight[e]) * math.Hypot(ax, ay) / between
			dx[a] -= ax * pull
			dy[a] -= ay * pull
			dx[b] += ax * pull
			dy[b] += ay * pull
		}
		heat := between * math.Sqrt(float64(n)) / 4 * (1 - float64(round)/float64(rounds))
		for _, a := range part {
			length := max(math.Hypot(dx[a], dy[a]), 1e-9)
			step := min(length, heat)
			l.x[a] += dx[a] / length * step
			l.y[a] += dy[a] / length * step
		}
	}
	l.lie(part)
}

// lie turns a part so that its longer side lies: names are read from left to
// right.
func (l *layout) lie(part []int) {
	var mx, my, xx, xy, yy float64
	for _, a := range part {
		mx += l.x[a] / float64(len(part))
		my += l.y[a] / float64(len(part))
	}
	for _, a := range part {
		x, y := l.x[a]-mx, l.y[a]-my
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
	}
	sin, cos := math.Sincos(-math.Atan2(2*xy, xx-yy) / 2)
	for _, a := range part {
		x, y := l.x[a]-mx, l.y[a]-my
		l.x[a], l.y[a] = x*cos-y*sin, x*sin+y*cos
	}
}

// pack puts the parts on shelves, in a field nearly twice as wide as high.
func (l *layout) pack(parts [][]int) {
	const aspect = 1.8
	type box struct{ x, y, w, h float64 }
	boxes := make([]box, len(parts))
	area := 0.0
	for k, part := range parts {
		least, most := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
		for _, a := range part {
			least[0], most[0] = min(least[0], l.x[a]), max(most[0], l.x[a])
			least[1], most[1] = min(least[1], l.y[a]), max(most[1], l.y[a])
		}
		boxes[k] = box{least[0], least[1], most[0] - least[0] + 1.6*between, most[1] - least[1] + 0.8*between} // names stand to the right
		area += boxes[k].w * boxes[k].h
	}
	wide := math.Sqrt(area * aspect)
	for _, b := range boxes {
		wide = max(wide, b.w)
	}
	x, y, high := 0.0, 0.0, 0.0
	for k, part := range parts {
		b := boxes[k]
		if x > 0 && x+b.w > wide*1.05 {
			x, y, high = 0, y+high, 0
		}
		for _, a := range part {
			l.x[a] += x - b.x
			l.y[a] += y - b.y
		}
		x, high = x+b.w, max(high, b.h)
	}
}
