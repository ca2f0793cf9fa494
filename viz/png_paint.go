package viz

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// paint is what an element's fill or stroke says, nil for nothing: a colour, a
// gradient or a pattern.
func (p *painter) paint(e *element, name, missing string, shape outline, m matrix) (image.Image, error) {
	text, ok := e.attr[name]
	if !ok {
		text = missing
	}
	opacity, err := e.number(name+"-opacity", 1)
	if err != nil {
		return nil, err
	}
	if text == "none" || opacity <= 0 {
		return nil, nil //nolint:nilnil // nothing is painted
	}
	if of := p.named(text); of != nil {
		switch of.name {
		case "linearGradient":
			return newGradient(of, shape.fine(m), m, opacity)
		case "pattern":
			return p.newPattern(of, m, opacity)
		}
		return nil, fmt.Errorf("%s=%q: an element <%s> for a colour", name, text, of.name)
	}
	c, err := parseColor(text)
	if err != nil {
		return nil, err
	}
	c = faded(c, opacity)
	if c.A == 0 {
		return nil, nil //nolint:nilnil // nothing is painted
	}
	return image.NewUniform(c), nil
}

// faded is a colour of so much less opacity.
func faded(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(math.Round(float64(c.A) * max(0, min(1, opacity))))
	return c
}

// parseColor reads a colour as CSS writes it: #rgb, #rrggbb, #rrggbbaa, rgb(),
// rgba() or a name.
func parseColor(text string) (color.NRGBA, error) {
	bad := fmt.Errorf("no colour: %.40q", text)
	if digits, ok := strings.CutPrefix(text, "#"); ok {
		if len(digits) == 3 || len(digits) == 4 {
			var long strings.Builder
			for _, d := range digits {
				long.WriteString(strings.Repeat(string(d), 2))
			}
			digits = long.String()
		}
		if len(digits) == 6 {
			digits += "ff"
		}
		v, err := strconv.ParseUint(digits, 16, 32)
		if err != nil || len(digits) != 8 {
			return color.NRGBA{}, bad
		}
		return color.NRGBA{uint8(v >> 24), uint8(v >> 16), uint8(v >> 8), uint8(v)}, nil //nolint:gosec // bytes of v
	}
	if name, list, ok := strings.Cut(strings.TrimSuffix(text, ")"), "("); ok {
		parts := strings.Split(list, ",")
		if name != "rgb" && name != "rgba" || len(parts) != 3 && len(parts) != 4 {
			return color.NRGBA{}, bad
		}
		v := [4]float64{3: 1}
		for i, part := range parts {
			var err error
			if v[i], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil {
				return color.NRGBA{}, bad
			}
		}
		whole := func(v float64) uint8 { return uint8(math.Round(max(0, min(255, v)))) }
		return color.NRGBA{whole(v[0]), whole(v[1]), whole(v[2]), whole(255 * v[3])}, nil
	}
	if text == "transparent" {
		return color.NRGBA{}, nil
	}
	c, ok := colornames.Map[text]
	if !ok {
		return color.NRGBA{}, bad
	}
	return color.NRGBA(c), nil // all are opaque
}

// gradient is a paint that changes along a line.
type gradient struct {
	back   matrix // from the picture to the line: x runs from 0 to 1
	colors [256]color.RGBA
}

// newGradient reads a gradient, whose line lies in the box of a path.
func newGradient(e *element, shape path, m matrix, opacity float64) (image.Image, error) {
	v, err := e.numbers("x1", "y1", "x2", "y2")
	if err != nil {
		return nil, err
	}
	from, to := point{v[0], v[1]}, point{v[2], v[3]}
	if e.attr["gradientUnits"] != "userSpaceOnUse" {
		least, greatest := shape.box()
		m = m.times(matrix{a: greatest.x - least.x, d: greatest.y - least.y, e: least.x, f: least.y})
	}
	line := matrix{to.x - from.x, to.y - from.y, from.y - to.y, to.x - from.x, from.x, from.y}
	back, ok := m.times(line).inverse()
	if !ok {
		return nil, nil //nolint:nilnil // a shape without an area
	}
	g := &gradient{back: back}
	type stop struct {
		at float64
		c  color.NRGBA
	}
	var stops []stop
	for _, s := range e.children {
		if s.name != "stop" {
			continue
		}
		at, err := s.number("offset", 0)
		if err != nil {
			return nil, err
		}
		alpha, err := s.number("stop-opacity", 1)
		if err != nil {
			return nil, err
		}
		c, err := parseColor(s.attr["stop-color"])
		if err != nil {
			return nil, err
		}
		stops = append(stops, stop{at, faded(c, alpha*opacity)})
	}
	if len(stops) == 0 {
		return nil, nil //nolint:nilnil // SVG: as if none
	}
	k := 0
	for i := range g.colors {
		t := float64(i) / 255
		for k < len(stops)-1 && stops[k+1].at <= t {
			k++
		}
		c := stops[k].c
		if t > stops[k].at && k < len(stops)-1 {
			next := stops[k+1]
			part := (t - stops[k].at) / max(next.at-stops[k].at, 1e-9)
			mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + part*(float64(b)-float64(a)))) }
			c = color.NRGBA{mix(c.R, next.c.R), mix(c.G, next.c.G), mix(c.B, next.c.B), mix(c.A, next.c.A)}
		}
		g.colors[i], _ = color.RGBAModel.Convert(c).(color.RGBA)
	}
	return g, nil
}

// endless are the bounds of a paint.
func endless() image.Rectangle { return image.Rect(-1e9, -1e9, 1e9, 1e9) }

// ColorModel is part of image.Image.
func (*gradient) ColorModel() color.Model { return color.RGBAModel }

// Bounds is part of image.Image.
func (*gradient) Bounds() image.Rectangle { return endless() }

// At is part of image.Image.
func (g *gradient) At(x, y int) color.Color {
	t := g.back.of(point{float64(x) + 0.5, float64(y) + 0.5}).x
	return g.colors[int(math.Round(255*max(0, min(1, t))))]
}

// pattern is a paint of tiles.
type pattern struct {
	back          matrix // from the picture to the first tile
	width, height float64
	tile          *image.RGBA // several pixels for one of the picture
	opacity       float64
}

// tileScale is how many pixels a tile has for one of the picture, tileMost how
// many at most at a side.
const tileScale, tileMost = 4, 1024

// newPattern draws the tile of a pattern.
func (p *painter) newPattern(e *element, m matrix, opacity float64) (image.Image, error) {
	if p.depth > 2 {
		return nil, fmt.Errorf("a pattern %q within itself", e.attr["id"])
	}
	size, err := e.numbers("width", "height")
	if err != nil {
		return nil, err
	}
	own, err := parseTransform(e.attr["patternTransform"])
	if err != nil {
		return nil, err
	}
	back, ok := m.times(own).inverse()
	w, h := math.Round(size[0]*tileScale), math.Round(size[1]*tileScale)
	if !ok || !(w >= 1 && h >= 1) {
		return nil, nil //nolint:nilnil // a pattern without an area
	}
	if w > tileMost || h > tileMost {
		return nil, fmt.Errorf("a pattern of %v by %v", size[0], size[1])
	}
	t := painter{Context: p.Context, img: image.NewRGBA(image.Rect(0, 0, int(w), int(h))), ids: p.ids, fonts: p.fonts, depth: p.depth + 1}
	if err := t.all(e.children, matrix{a: w / size[0], d: h / size[1]}); err != nil {
		return nil, err
	}
	return &pattern{back, size[0], size[1], t.img, opacity}, nil
}

// ColorModel is part of image.Image.
func (*pattern) ColorModel() color.Model { return color.RGBAModel }

// Bounds is part of image.Image.
func (*pattern) Bounds() image.Rectangle { return endless() }

// At is part of image.Image: the mean of four points of the pixel.
func (p *pattern) At(x, y int) color.Color {
	var r, g, b, a float64
	bounds := p.tile.Bounds()
	for i := range 4 {
		q := p.back.of(point{float64(x) + 0.25 + 0.5*float64(i%2), float64(y) + 0.25 + 0.5*float64(i/2)})
		u, v := q.x/p.width, q.y/p.height
		u, v = u-math.Floor(u), v-math.Floor(v)
		c := p.tile.RGBAAt(min(bounds.Dx()-1, int(u*float64(bounds.Dx()))), min(bounds.Dy()-1, int(v*float64(bounds.Dy()))))
		r, g, b, a = r+float64(c.R), g+float64(c.G), b+float64(c.B), a+float64(c.A)
	}
	k := p.opacity / 4
	return color.RGBA{uint8(r * k), uint8(g * k), uint8(b * k), uint8(a * k)}
}
