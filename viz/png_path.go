package viz

import (
	"fmt"
	"image"
	"image/draw"
	"math"
	"strconv"

	"golang.org/x/image/vector"
)

// point is a place in a picture.
type point struct{ x, y float64 }

// matrix is a transform: x' = a x + c y + e, y' = b x + d y + f.
type matrix struct{ a, b, c, d, e, f float64 }

func identity() matrix { return matrix{a: 1, d: 1} }

// times is the transform that does n first.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m.a*n.a + m.c*n.b, m.b*n.a + m.d*n.b, m.a*n.c + m.c*n.d, m.b*n.c + m.d*n.d,
		m.a*n.e + m.c*n.f + m.e, m.b*n.e + m.d*n.f + m.f,
	}
}

func (m matrix) of(p point) point { return point{m.a*p.x + m.c*p.y + m.e, m.b*p.x + m.d*p.y + m.f} }

// inverse is the transform back; false where there is none.
func (m matrix) inverse() (matrix, bool) {
	det := m.a*m.d - m.b*m.c
	if det == 0 || math.IsNaN(det) {
		return matrix{}, false
	}
	return matrix{m.d / det, -m.b / det, -m.c / det, m.a / det, (m.c*m.f - m.d*m.e) / det, (m.b*m.e - m.a*m.f) / det}, true
}

// scale is by how much lengths grow.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m.a*m.d - m.b*m.c)) }

// part is a part of an outline: points joined by lines, and curves, which stand
// among them as functions of how fine they are to be.
type part struct {
	points []point
	curves map[int]curve // the curve that leads to points[i]
	closed bool
}

// curve returns its points without the first, for pixels so large.
type curve func(pixel float64) []point

type outline []part

// path is an outline of lines alone.
type path []polygon

type polygon struct {
	points []point
	closed bool
}

// fine returns the outline as lines, before it is transformed by m.
func (o outline) fine(m matrix) path {
	pixel := 1 / max(m.scale(), 1e-9)
	out := make(path, 0, len(o))
	for _, part := range o {
		var list []point
		for i, p := range part.points {
			if c := part.curves[i]; c != nil {
				list = append(list, c(pixel)...)
			} else {
				list = append(list, p)
			}
		}
		out = append(out, polygon{list, part.closed})
	}
	return out
}

// flat returns the outline as lines of the picture.
func (o outline) flat(m matrix) path { return o.fine(m).transformed(m) }

func (p path) transformed(m matrix) path {
	for _, part := range p {
		for i, q := range part.points {
			part.points[i] = m.of(q)
		}
	}
	return p
}

// box is the least and the greatest of all points.
func (p path) box() (least, greatest point) {
	least, greatest = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, part := range p {
		for _, q := range part.points {
			least, greatest = point{min(least.x, q.x), min(least.y, q.y)}, point{max(greatest.x, q.x), max(greatest.y, q.y)}
		}
	}
	return least, greatest
}

// bounds are the pixels that the path touches.
func (p path) bounds() image.Rectangle {
	least, greatest := p.box()
	whole := func(v float64) int { return int(max(-far, min(far, v))) }
	if !(least.x <= greatest.x && least.y <= greatest.y) {
		return image.Rectangle{}
	}
	return image.Rect(whole(math.Floor(least.x)), whole(math.Floor(least.y)), whole(math.Ceil(greatest.x)), whole(math.Ceil(greatest.y)))
}

// far is beyond every picture.
const far = 2 * largestPicture

// fill paints what lies in the path, which winds around it once or more.
func fill(img draw.Image, p path, paint image.Image) {
	box := p.bounds().Intersect(img.Bounds())
	if box.Empty() {
		return
	}
	z := vector.NewRasterizer(box.Dx(), box.Dy())
	z.DrawOp = draw.Over
	place := func(q point) (float32, float32) {
		return float32(max(-far, min(far, q.x)) - float64(box.Min.X)), float32(max(-far, min(far, q.y)) - float64(box.Min.Y))
	}
	for _, part := range p {
		if len(part.points) < 2 {
			continue
		}
		z.MoveTo(place(part.points[0]))
		for _, q := range part.points[1:] {
			z.LineTo(place(q))
		}
		z.ClosePath()
	}
	z.Draw(img, box, paint, box.Min)
}

// scanner reads the numbers and letters of a path or a transform.
type scanner struct {
	text string
	at   int
}

func (s *scanner) skip() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == ',' || s.text[s.at] == '\n' || s.text[s.at] == '\t') {
		s.at++
	}
}

// letter reads a command, 0 where a number comes or nothing.
func (s *scanner) letter() byte {
	s.skip()
	if s.at < len(s.text) {
		if c := s.text[s.at]; c|0x20 >= 'a' && c|0x20 <= 'z' {
			s.at++
			return c
		}
	}
	return 0
}

func (s *scanner) number() (float64, error) {
	s.skip()
	from, dot, exponent := s.at, false, false
	for ; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		switch {
		case c >= '0' && c <= '9':
			continue
		case (c == '-' || c == '+') && (s.at == from || s.text[s.at-1]|0x20 == 'e'):
			continue
		case c == '.' && !dot && !exponent:
			dot = true
			continue
		case c|0x20 == 'e' && !exponent && s.at > from:
			exponent = true
			continue
		}
		break
	}
	v, err := strconv.ParseFloat(s.text[from:s.at], 64)
	if err != nil {
		return 0, fmt.Errorf("no number at byte %d of %.60q", from, s.text)
	}
	return v, nil
}

func (s *scanner) numbers(n int) ([]float64, error) {
	out := make([]float64, n)
	for i := range out {
		var err error
		if out[i], err = s.number(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func parsePoints(text string, closed bool) (outline, error) {
	s := scanner{text: text}
	p := part{closed: closed}
	for s.skip(); s.at < len(s.text); s.skip() {
		v, err := s.numbers(2)
		if err != nil {
			return nil, err
		}
		p.points = append(p.points, point{v[0], v[1]})
	}
	return outline{p}, nil
}

// parsePath reads the data of a path: the commands M, L, H, V, C, Q, A and Z, of
// places and of steps.
func parsePath(d string) (outline, error) {
	const counts = "M2L2H1V1C6Q4A7Z0"
	s := scanner{text: d}
	var out outline
	var here, start point
	var command byte
	add := func(p point, c curve) {
		if len(out) == 0 || out[len(out)-1].closed {
			out = append(out, part{points: []point{start}})
		}
		last := &out[len(out)-1]
		if c != nil {
			if last.curves == nil {
				last.curves = map[int]curve{}
			}
			last.curves[len(last.points)] = c
		}
		last.points = append(last.points, p)
		here = p
	}
	for s.skip(); s.at < len(s.text); s.skip() {
		if c := s.letter(); c != 0 {
			command = c
		}
		name, from := command&^0x20, point{}
		if command&0x20 != 0 {
			from = here
		}
		n := -1
		for i := 0; i < len(counts); i += 2 {
			if counts[i] == name {
				n = int(counts[i+1] - '0')
			}
		}
		if n < 0 {
			return nil, fmt.Errorf("a command %q in the path %.60q", command, d)
		}
		v, err := s.numbers(n)
		if err != nil {
			return nil, err
		}
		at := func(i int) point { return point{from.x + v[i], from.y + v[i+1]} }
		switch name {
		case 'M':
			here, start = at(0), at(0)
			out = append(out, part{points: []point{here}})
			command-- // what follows are lines: L, l
		case 'L':
			add(at(0), nil)
		case 'H':
			add(point{from.x + v[0], here.y}, nil)
		case 'V':
			add(point{here.x, from.y + v[0]}, nil)
		case 'C':
			add(at(4), bezier(here, at(0), at(2), at(4)))
		case 'Q': // as a cubic one
			p, q, r := here, at(0), at(2)
			add(r, bezier(p, point{(p.x + 2*q.x) / 3, (p.y + 2*q.y) / 3}, point{(r.x + 2*q.x) / 3, (r.y + 2*q.y) / 3}, r))
		case 'A':
			add(at(5), arc(here, at(5), v[0], v[1], v[2], v[3] != 0, v[4] != 0))
		case 'Z':
			if len(out) > 0 {
				out[len(out)-1].closed = true
			}
			here = start
			command = 0
		}
	}
	return out, nil
}

// bezier is a cubic Bezier curve.
func bezier(a, b, c, d point) curve {
	return func(pixel float64) []point {
		length := math.Hypot(b.x-a.x, b.y-a.y) + math.Hypot(c.x-b.x, c.y-b.y) + math.Hypot(d.x-c.x, d.y-c.y)
		n := max(4, min(64, int(length/pixel/4)))
		out := make([]point, n)
		for i := range out {
			t := float64(i+1) / float64(n)
			u := 1 - t
			w0, w1, w2, w3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
			out[i] = point{w0*a.x + w1*b.x + w2*c.x + w3*d.x, w0*a.y + w1*b.y + w2*c.y + w3*d.y}
		}
		return out
	}
}

// arc is a part of an ellipse between two points.
//
// Formulas: https://www.w3.org/TR/SVG11/implnote.html#ArcImplementationNotes
func arc(from, to point, rx, ry, degrees float64, large, sweep bool) curve {
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || from == to {
		return nil
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	dx, dy := (from.x-to.x)/2, (from.y-to.y)/2
	x, y := cos*dx+sin*dy, cos*dy-sin*dx
	if l := x*x/(rx*rx) + y*y/(ry*ry); l > 1 {
		rx, ry = rx*math.Sqrt(l), ry*math.Sqrt(l)
	}
	k := math.Sqrt(max(0, (rx*rx*ry*ry-rx*rx*y*y-ry*ry*x*x)/(rx*rx*y*y+ry*ry*x*x)))
	if large == sweep {
		k = -k
	}
	cx, cy := k*rx*y/ry, -k*ry*x/rx
	middle := point{cos*cx - sin*cy + (from.x+to.x)/2, sin*cx + cos*cy + (from.y+to.y)/2}
	start := math.Atan2((y-cy)/ry, (x-cx)/rx)
	turn := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - start
	if sweep && turn < 0 {
		turn += 2 * math.Pi
	} else if !sweep && turn > 0 {
		turn -= 2 * math.Pi
	}
	return func(pixel float64) []point {
		step := 2 * math.Acos(1-min(1, 0.05*pixel/max(rx, ry)))
		n := max(4, min(256, int(math.Abs(turn)/max(step, 1e-3))+1))
		out := make([]point, n)
		for i := range out {
			s, c := math.Sincos(start + turn*float64(i+1)/float64(n))
			out[i] = point{middle.x + cos*rx*c - sin*ry*s, middle.y + sin*rx*c + cos*ry*s}
		}
		out[n-1] = to
		return out
	}
}
