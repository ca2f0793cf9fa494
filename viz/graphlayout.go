package viz

import "math"

// place puts the nodes of a graph where its links pull them: the method of
// Fruchterman and Reingold (Graph Drawing by Force-directed Placement, 1991),
// from a circle, so that the same graph always looks the same, in a page and in
// a picture. It sets x and y of each node.
func (d *drawing) place(nodes []any, from, to []int) {
	n := len(nodes)
	if n == 0 {
		return
	}
	const width, height = 760.0, 420.0
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		angle := 2.399963 * float64(i) // the golden angle: an even spiral
		radius := math.Sqrt((float64(i) + 0.5) / float64(n))
		x[i], y[i] = width/2*radius*math.Cos(angle), height/2*radius*math.Sin(angle)
	}
	weight := make([]float64, len(from))
	greatest := 1e-300
	for i, row := range d.rows {
		weight[i] = math.Abs(finite(row[d.y]))
		greatest = max(greatest, weight[i])
	}
	rounds := max(20, min(300, 40_000_000/(n*n+1)))
	ideal := 0.75 * math.Sqrt(width*height/float64(n))
	dx, dy := make([]float64, n), make([]float64, n)
	for round := range rounds {
		clear(dx)
		clear(dy)
		for i := range n {
			for k := i + 1; k < n; k++ {
				ax, ay := x[i]-x[k], y[i]-y[k]
				push := ideal * ideal / max(ax*ax+ay*ay, 1)
				dx[i] += ax * push
				dy[i] += ay * push
				dx[k] -= ax * push
				dy[k] -= ay * push
			}
			dx[i] -= 0.05 * x[i] * ideal / width * 8 // parts without a link stay near
			dy[i] -= 0.05 * y[i] * ideal / height * 8
		}
		for e := range from {
			a, b := from[e], to[e]
			ax, ay := x[a]-x[b], y[a]-y[b]
			pull := (0.3 + 0.7*weight[e]/greatest) * math.Hypot(ax, ay) / ideal
			dx[a] -= ax * pull
			dy[a] -= ay * pull
			dx[b] += ax * pull
			dy[b] += ay * pull
		}
		heat := width / 10 * (1 - float64(round)/float64(rounds))
		for i := range n {
			length := max(math.Hypot(dx[i], dy[i]), 1e-9)
			step := min(length, heat)
			x[i] += dx[i] / length * step
			y[i] += dy[i] / length * step
			x[i] = max(-width/2, min(width/2, x[i]))
			y[i] = max(-height/2, min(height/2, y[i]))
		}
	}
	for i, one := range nodes {
		if o, ok := one.(object); ok {
			o["x"], o["y"] = round(x[i]), round(y[i])
		}
	}
}
