package viz

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fontPair are the fonts of pictures.
type fontPair struct {
	regular, bold *sfnt.Font
	buffer        sfnt.Buffer
}

func newFonts() (*fontPair, error) {
	regular, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("the font of pictures: %w", err)
	}
	bold, err := sfnt.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("the font of pictures: %w", err)
	}
	return &fontPair{regular: regular, bold: bold}, nil
}

// middleOfText is how far the middle of letters so high lies above their line: that
// between the top and the bottom of these fonts, in whole pixels as browsers count.
func middleOfText(size float64) float64 {
	const top, bottom = 0.945, 0.211
	return (math.Round(top*size) - math.Round(bottom*size)) / 2
}

// write draws a text: its letters as shapes.
func (p *painter) write(e *element, m matrix) error {
	at, err := e.numbers("x", "y")
	if err != nil {
		return err
	}
	size, face := 12.0, p.fonts.regular
	for rule := range strings.SplitSeq(e.attr["style"], ";") {
		name, value, _ := strings.Cut(rule, ":")
		switch strings.TrimSpace(name) {
		case "font-size":
			if size, err = strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), "px"), 64); err != nil || !(size > 0 && size <= largestPicture) {
				return fmt.Errorf("letters of size %q", value)
			}
		case "font-weight":
			if value = strings.TrimSpace(value); value == "bold" || value == "bolder" || value >= "600" && value <= "900" {
				face = p.fonts.bold
			}
		}
	}
	letters, width, err := p.fonts.letters(face, e.text, size)
	if err != nil {
		return err
	}
	x, y := at[0], at[1]
	switch e.attr["text-anchor"] {
	case "middle":
		x -= width / 2
	case "end":
		x -= width
	}
	switch e.attr["dominant-baseline"] {
	case "central", "middle":
		y += middleOfText(size)
	case "hanging", "text-before-edge":
		y += 2 * middleOfText(size)
	}
	m = m.times(matrix{a: 1, d: 1, e: x, f: y})
	paint, err := p.paint(e, "fill", "black", letters, m)
	if err != nil {
		return err
	}
	if err := p.stroke(e, letters, m); err != nil { // below the letters: paint-order
		return err
	}
	if paint != nil {
		fill(p.img, letters.flat(m), paint)
	}
	return nil
}

// letters returns the outline of a text that begins at 0 on its line, and how
// wide it is.
func (f *fontPair) letters(face *sfnt.Font, text string, size float64) (outline, float64, error) {
	const unit = 64
	ppem := fixed.Int26_6(math.Round(size * unit))
	var out outline
	x := 0.0
	before := sfnt.GlyphIndex(0)
	for _, r := range text {
		glyph, err := face.GlyphIndex(&f.buffer, r)
		if err != nil {
			return nil, 0, fmt.Errorf("the letter %q: %w", r, err)
		}
		if glyph == 0 && (unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) || unicode.IsControl(r)) {
			continue // nothing is to be seen of it, or nothing without its letter
		}
		if before != 0 && glyph != 0 {
			if kern, err := face.Kern(&f.buffer, before, glyph, ppem, font.HintingNone); err == nil { // fonts without have no pairs
				x += float64(kern) / unit
			}
		}
		segments, err := face.LoadGlyph(&f.buffer, glyph, ppem, nil)
		if err != nil {
			return nil, 0, fmt.Errorf("the letter %q: %w", r, err)
		}
		out = append(out, glyphOutline(segments, x)...)
		advance, err := face.GlyphAdvance(&f.buffer, glyph, ppem, font.HintingNone)
		if err != nil {
			return nil, 0, fmt.Errorf("the letter %q: %w", r, err)
		}
		x += float64(advance) / unit
		before = glyph
	}
	return out, x, nil
}

// glyphOutline is the outline of one letter, moved by x.
func glyphOutline(segments sfnt.Segments, x float64) outline {
	const unit = 64
	var out outline
	at := func(p fixed.Point26_6) point { return point{x + float64(p.X)/unit, float64(p.Y) / unit} }
	var here point
	for _, s := range segments {
		var c curve
		end := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			out = append(out, part{points: []point{end}, closed: true})
			here = end
			continue
		case sfnt.SegmentOpLineTo:
		case sfnt.SegmentOpQuadTo:
			q := end
			end = at(s.Args[1])
			c = bezier(here, point{(here.x + 2*q.x) / 3, (here.y + 2*q.y) / 3}, point{(end.x + 2*q.x) / 3, (end.y + 2*q.y) / 3}, end)
		case sfnt.SegmentOpCubeTo:
			q, r := end, at(s.Args[1])
			end = at(s.Args[2])
			c = bezier(here, q, r, end)
		}
		last := &out[len(out)-1]
		if c != nil {
			if last.curves == nil {
				last.curves = map[int]curve{}
			}
			last.curves[len(last.points)] = c
		}
		last.points = append(last.points, end)
		here = end
	}
	return out
}

// parseTransform reads a list of transforms: matrix, translate, scale and rotate.
func parseTransform(text string) (matrix, error) {
	m := identity()
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimLeft(rest, " ,") {
		name, list, ok := strings.Cut(rest, "(")
		inside, after, closed := strings.Cut(list, ")")
		if !ok || !closed {
			return m, fmt.Errorf("a transform %.60q", text)
		}
		rest = after
		var v []float64
		s := scanner{text: inside}
		for s.skip(); s.at < len(inside); s.skip() {
			f, err := s.number()
			if err != nil {
				return m, err
			}
			v = append(v, f)
		}
		switch name = strings.TrimSpace(name); {
		case name == "matrix" && len(v) == 6:
			m = m.times(matrix{v[0], v[1], v[2], v[3], v[4], v[5]})
		case name == "translate" && len(v) == 1:
			m = m.times(matrix{a: 1, d: 1, e: v[0]})
		case name == "translate" && len(v) == 2:
			m = m.times(matrix{a: 1, d: 1, e: v[0], f: v[1]})
		case name == "scale" && len(v) == 1:
			m = m.times(matrix{a: v[0], d: v[0]})
		case name == "scale" && len(v) == 2:
			m = m.times(matrix{a: v[0], d: v[1]})
		case name == "rotate" && len(v) == 1:
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			m = m.times(matrix{a: cos, b: sin, c: -sin, d: cos})
		default:
			return m, fmt.Errorf("a transform %.60q", text)
		}
	}
	return m, nil
}
