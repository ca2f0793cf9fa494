package kmeans

import "gondola/pipeline/simd"

// pairs measures squared distances between dense points, a block of them to many
// at once, as |x|^2 + |y|^2 - 2 x.y. Where that difference is small, and so
// mostly rounding, it is taken from the coordinates: equal points are exactly 0
// apart. All products are added up in one order, so that every set of kernels
// gives the same bits: random choices hang on them.
type pairs struct {
	kernels *simd.Kernels
	dim     int
	points  []float32 // rows of dim
	sizes   []float32 // |x|^2
}

func newPairs(kernels *simd.Kernels, points []float32, dim int) *pairs {
	p := &pairs{kernels, dim, points, make([]float32, len(points)/dim)}
	for i := range p.sizes {
		p.sizes[i] = size32(p.point(i))
	}
	return p
}

// size32 is |x|^2.
func size32(x []float32) float32 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return float32(sum)
}

func (p *pairs) point(i int) []float32 { return p.points[i*p.dim : (i+1)*p.dim] }

// columns are the points that others are measured to.
type columns struct {
	panels *simd.Panels
	points [][]float32
	sizes  []float32
}

// to makes columns of points.
func (p *pairs) to(points [][]float32) *columns {
	c := &columns{simd.NewPanels(p.dim, len(points)), points, make([]float32, len(points))}
	for j, x := range points {
		c.sizes[j] = size32(x)
		c.panels.Set(j, x, 0)
	}
	return c
}

// nearlyEqual is the part of the two sizes below which a squared distance is
// taken from the coordinates.
const nearlyEqual = 1e-3

// measure calls fn for each of the points from <= i < to with the squared
// distances to all columns. scores are atOnce rows of the columns' width.
func (p *pairs) measure(stop func() error, c *columns, scores *simd.Matrix, from, to int, fn func(i int, d []float32)) error {
	for ; from < to; from += atOnce {
		if err := stop(); err != nil {
			return err
		}
		n := min(atOnce, to-from)
		p.kernels.ScoresInOrder(scores, 0, p.points[from*p.dim:], p.dim, n, c.panels)
		for l := range n {
			i := from + l
			d := scores.Row(l)[:len(c.points)]
			size := p.sizes[i]
			sizes := c.sizes[:len(d)]
			for j, s := range d {
				both := size + sizes[j]
				s = both - 2*s
				if !(s > nearlyEqual*both) {
					s = squares32(p.point(i), c.points[j])
				}
				d[j] = s
			}
			fn(i, d)
		}
	}
	return nil
}

// squares32 returns |x-y|^2.
func squares32(x, y []float32) float32 {
	var sum float32
	for d, v := range x {
		e := v - y[d]
		sum += float32(e * e)
	}
	return sum
}
