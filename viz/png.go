package viz

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"strconv"
	"strings"
)

// PNG returns the chart as a picture of pixels, the same for an equal Spec: that
// of SVG, drawn by this package. Text is set in the Go fonts, which have Latin,
// Greek and Cyrillic letters: others, such as Chinese ones, and emoji are boxes.
// The errors are those of SVG.
func (p *Pictures) PNG(ctx context.Context, s Spec, o PictureOptions) ([]byte, error) {
	svg, err := p.SVG(ctx, s, o)
	if err != nil {
		return nil, err
	}
	img, err := drawSVG(ctx, svg)
	if err != nil {
		return nil, fmt.Errorf("chart %q as PNG: %w", s.Title, err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("chart %q as PNG: %w", s.Title, err)
	}
	return out.Bytes(), nil
}

// element is an element of an SVG document.
type element struct {
	name     string
	attr     map[string]string
	children []*element
	text     string // of the element itself
}

// parseSVG reads a document.
func parseSVG(svg string) (*element, error) {
	in := xml.NewDecoder(strings.NewReader(svg))
	root := &element{}
	open := []*element{root}
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
	if len(root.children) != 1 || root.children[0].name != "svg" {
		return nil, errors.New("the picture is no SVG")
	}
	return root.children[0], nil
}

// number is an attribute as a number, missing where it is not there.
func (e *element) number(name string, missing float64) (float64, error) {
	text, ok := e.attr[name]
	if !ok {
		return missing, nil
	}
	scale := 1.0
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		text, scale = percent, 0.01
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("<%s %s=%q>: no number", e.name, name, text)
	}
	return v * scale, nil
}

// numbers are several attributes, 0 where they are not there.
func (e *element) numbers(names ...string) ([]float64, error) {
	out := make([]float64, len(names))
	for i, name := range names {
		var err error
		if out[i], err = e.number(name, 0); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// painter draws SVG as ECharts writes it: paths, polylines, rectangles and texts
// with transforms; clips, gradients along a line, and patterns.
//
// Reference: https://www.w3.org/TR/SVG11/
type painter struct {
	context.Context //nolint:containedctx // of one drawing

	img   *image.RGBA
	ids   map[string]*element
	fonts *fontPair
	depth int // of patterns in patterns
}

// largestPicture bounds the sides of a picture, in pixels.
const largestPicture = 8192

func drawSVG(ctx context.Context, svg string) (*image.RGBA, error) {
	root, err := parseSVG(svg)
	if err != nil {
		return nil, err
	}
	size, err := root.numbers("width", "height")
	if err != nil {
		return nil, err
	}
	if !(size[0] >= 1 && size[1] >= 1 && size[0] <= largestPicture && size[1] <= largestPicture) {
		return nil, fmt.Errorf("%v by %v pixels: a side has 1 to %d", size[0], size[1], largestPicture)
	}
	fonts, err := newFonts()
	if err != nil {
		return nil, err
	}
	p := painter{Context: ctx, img: image.NewRGBA(image.Rect(0, 0, int(size[0]), int(size[1]))), ids: map[string]*element{}, fonts: fonts}
	p.collect(root)
	return p.img, p.all(root.children, identity())
}

// collect notes the elements that others name.
func (p *painter) collect(e *element) {
	if id := e.attr["id"]; id != "" {
		p.ids[id] = e
	}
	for _, c := range e.children {
		p.collect(c)
	}
}

func (p *painter) all(list []*element, m matrix) error {
	for _, e := range list {
		if p.Err() != nil {
			return context.Cause(p)
		}
		if err := p.element(e, m); err != nil {
			return err
		}
	}
	return nil
}

// element draws one element and those in it.
func (p *painter) element(e *element, m matrix) error {
	switch e.name {
	case "defs", "style", "clipPath", "pattern", "linearGradient", "title", "desc":
		return nil
	}
	own, err := parseTransform(e.attr["transform"])
	if err != nil {
		return err
	}
	m = m.times(own)
	if clip := p.named(e.attr["clip-path"]); clip != nil {
		return p.clipped(e, clip, m)
	}
	return p.inside(e, m)
}

func (p *painter) inside(e *element, m matrix) error {
	switch e.name {
	case "g":
		return p.all(e.children, m)
	case "text":
		return p.write(e, m)
	}
	shape, err := e.shape()
	if err != nil {
		return err
	}
	return p.paintShape(e, shape, m)
}

// named is the element that url(#id) names, nil without one.
func (p *painter) named(url string) *element {
	id, ok := strings.CutPrefix(url, "url(#")
	if !ok {
		return nil
	}
	return p.ids[strings.TrimSuffix(id, ")")]
}

// clipped draws an element on a sheet of its own, and what of it lies in the
// clip.
func (p *painter) clipped(e, clip *element, m matrix) error {
	var area path
	for _, c := range clip.children {
		own, err := parseTransform(c.attr["transform"])
		if err != nil {
			return err
		}
		shape, err := c.shape()
		if err != nil {
			return err
		}
		area = append(area, shape.flat(m.times(own))...)
	}
	box := area.bounds().Intersect(p.img.Bounds())
	if box.Empty() {
		return nil
	}
	sheet := painter{Context: p.Context, img: image.NewRGBA(box), ids: p.ids, fonts: p.fonts, depth: p.depth}
	if err := sheet.inside(e, m); err != nil {
		return err
	}
	fill(p.img, area, sheet.img)
	return nil
}

// shape is the outline of an element.
func (e *element) shape() (outline, error) {
	switch e.name {
	case "path":
		return parsePath(e.attr["d"])
	case "polyline", "polygon":
		return parsePoints(e.attr["points"], e.name == "polygon")
	case "rect":
		v, err := e.numbers("x", "y", "width", "height")
		if err != nil {
			return nil, err
		}
		x, y, w, h := v[0], v[1], v[2], v[3]
		return outline{{points: []point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, closed: true}}, nil
	}
	return nil, fmt.Errorf("an element <%s>, which a PNG cannot show", e.name)
}

// paintShape fills a shape and draws its line.
func (p *painter) paintShape(e *element, shape outline, m matrix) error {
	paint, err := p.paint(e, "fill", "black", shape, m)
	if err != nil {
		return err
	}
	if paint != nil {
		fill(p.img, shape.flat(m), paint)
	}
	return p.stroke(e, shape, m)
}

// stroke draws the line of a shape.
func (p *painter) stroke(e *element, shape outline, m matrix) error {
	paint, err := p.paint(e, "stroke", "none", shape, m)
	if err != nil || paint == nil {
		return err
	}
	width, err := e.number("stroke-width", 1)
	if err != nil {
		return err
	}
	limit, err := e.number("stroke-miterlimit", 4)
	if err != nil {
		return err
	}
	pen := pen{width: width, limit: limit, cap: e.attr["stroke-linecap"], join: e.attr["stroke-linejoin"]}
	fill(p.img, pen.line(shape.fine(m)).transformed(m), paint)
	return nil
}
