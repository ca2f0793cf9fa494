package viz

import "math"

// pen draws lines along a path.
type pen struct {
	width, limit float64
	cap, join    string // as SVG names them
}

// line is what the pen covers: a polygon for each piece of line, for each corner
// and for each end. All wind the same way, so that where they lie over one another
// they are one.
func (p pen) line(along path) path {
	var out path
	add := func(points ...point) {
		area := 0.0
		for i, a := range points {
			b := points[(i+1)%len(points)]
			area += a.x*b.y - b.x*a.y
		}
		if area < 0 {
			for i, j := 0, len(points)-1; i < j; i, j = i+1, j-1 {
				points[i], points[j] = points[j], points[i]
			}
		}
		out = append(out, polygon{points, true})
	}
	half := p.width / 2
	for _, part := range along {
		list := apart(part.points)
		closed := part.closed && len(list) > 2
		if closed && near(list[0], list[len(list)-1]) {
			list = list[:len(list)-1]
		}
		n := len(list)
		if n == 1 && p.cap == "round" {
			add(circle(list[0], half)...)
		}
		for i := range n {
			if i == n-1 && !closed {
				break
			}
			a, b := list[i], list[(i+1)%n]
			d := direction(a, b)
			if p.cap == "square" && !closed {
				if i == 0 {
					a = point{a.x - half*d.x, a.y - half*d.y}
				}
				if i == n-2 {
					b = point{b.x + half*d.x, b.y + half*d.y}
				}
			}
			x, y := -d.y*half, d.x*half
			add(point{a.x + x, a.y + y}, point{b.x + x, b.y + y}, point{b.x - x, b.y - y}, point{a.x - x, a.y - y})
		}
		for i := range n {
			if !closed && (i == 0 || i == n-1) {
				if p.cap == "round" && n > 1 {
					add(circle(list[i], half)...)
				}
				continue
			}
			p.corner(list[(i+n-1)%n], list[i], list[(i+1)%n], add)
		}
	}
	return out
}

// corner joins two pieces of line at b.
func (p pen) corner(a, b, c point, add func(...point)) {
	half := p.width / 2
	in, out := direction(a, b), direction(b, c)
	cross, dot := in.x*out.y-in.y*out.x, in.x*out.x+in.y*out.y
	if math.Abs(cross) < 1e-9 && dot > 0 {
		return
	}
	if p.join == "round" {
		add(circle(b, half)...)
		return
	}
	side := half
	if cross > 0 { // the outer side is the other one
		side = -half
	}
	from, to := point{b.x - in.y*side, b.y + in.x*side}, point{b.x - out.y*side, b.y + out.x*side}
	// A miter is 1/sin(angle/2) times as long as the line is wide, and
	// 1 + cos(turn) is twice the square of that sine.
	if p.join != "bevel" && 2 <= p.limit*p.limit*(1+dot) {
		k := side / (1 + dot)
		add(b, from, point{b.x - (in.y+out.y)*k, b.y + (in.x+out.x)*k}, to)
		return
	}
	add(b, from, to)
}

// circle is a round polygon.
func circle(middle point, radius float64) []point {
	n := max(8, min(64, int(8*math.Sqrt(radius)*2)))
	out := make([]point, n)
	for i := range out {
		s, c := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		out[i] = point{middle.x + radius*c, middle.y + radius*s}
	}
	return out
}

func direction(a, b point) point {
	l := math.Hypot(b.x-a.x, b.y-a.y)
	return point{(b.x - a.x) / l, (b.y - a.y) / l}
}

func near(a, b point) bool { return math.Abs(a.x-b.x) < 1e-6 && math.Abs(a.y-b.y) < 1e-6 }

// apart leaves out points that lie on the one before.
func apart(list []point) []point {
	var out []point
	for _, p := range list {
		if len(out) == 0 || !near(out[len(out)-1], p) {
			out = append(out, p)
		}
	}
	return out
}
