package viz

import (
	"strings"

	"gondola/pipeline"
)

// A map in text is this high, and so wide where the width is not limited.
const (
	textMapHeight = 22
	textMapWidth  = 100
	textMapName   = 24 // cells of a name
)

// theMap draws a map: all points as dots, the names of the groups over them where
// there is room, the largest groups first. Without groups the first points are
// named.
func (c *chart) theMap() {
	spec := c.spec
	d := drawing{Spec: spec, rows: spec.Data.Rows, x: c.x, y: c.y, by: c.by, size: -1, label: spec.column(spec.Label)}
	if len(d.rows) == 0 {
		c.parts("no values")
		return
	}
	wide := c.lineWidth()
	if c.options.Width <= 0 {
		wide = textMapWidth
	}
	wide = min(wide, textMapWidth+20)
	f := newField(wide, textMapHeight, c.glyphs.ascii)
	frame := d.frameOf()
	part := func(v, low, high float64, n int) int {
		return max(0, min(n-1, int((v-low)/(high-low)*float64(n))))
	}
	for _, row := range d.rows {
		x := part(finiteOr(row[d.x]), frame.x0, frame.x1, f.dotsWide())
		y := part(-finiteOr(row[d.y]), -frame.y1, -frame.y0, f.dotsHigh())
		f.dot(x, y, 0)
	}
	groups, _ := d.mapGroups()
	over := newOverlay(f)
	named := 0
	if len(groups) > 0 {
		for _, g := range groups {
			if over.put(c.glyphs.cut(c.glyphs.show(g.name), textMapName), part(g.x, frame.x0, frame.x1, f.wide), part(-g.y, -frame.y1, -frame.y0, f.high)) {
				named++
			}
		}
	} else if d.label >= 0 {
		labels := d.texts(d.label)
		for i, row := range d.rows {
			if named == mapNames {
				break
			}
			if over.put(c.glyphs.cut(c.glyphs.show(labels[i]), textMapName), part(finiteOr(row[d.x]), frame.x0, frame.x1, f.wide), part(-finiteOr(row[d.y]), -frame.y1, -frame.y0, f.high)) {
				named++
			}
		}
	}
	for y, line := range f.text(false) {
		c.line(strings.TrimRight(over.line(y, line), " "))
	}
	parts := []string{counted(int64(len(d.rows)), "point", len(d.rows))}
	if len(groups) > 0 {
		text := pipeline.Thousands(int64(len(groups))) + " " + plural("group", len(groups) == 1)
		if named < len(groups) {
			text += ", " + pipeline.Thousands(int64(named)) + " named"
		}
		parts = append(parts, text)
	}
	c.parts(parts...)
}

// overlay are names over the cells of a field.
type overlay struct {
	wide, high int
	rows       []map[int]string // by the cell where a name begins
	taken      []bool
}

func newOverlay(f *field) *overlay {
	o := &overlay{wide: f.wide, high: f.high, rows: make([]map[int]string, f.high), taken: make([]bool, f.wide*f.high)}
	for y := range o.rows {
		o.rows[y] = map[int]string{}
	}
	return o
}

// put writes a name around the cell x, y, or a line or two from it, if there is
// room, with a blank at both ends.
func (o *overlay) put(name string, x, y int) bool {
	n := width(name)
	if n == 0 || n > o.wide {
		return false
	}
	for _, dy := range []int{0, -1, 1, -2, 2} {
		row, from := y+dy, max(0, min(o.wide-n, x-n/2))
		if row < 0 || row >= o.high {
			continue
		}
		low, high := max(0, from-1), min(o.wide, from+n+1)
		free := true
		for k := low; k < high; k++ {
			free = free && !o.taken[row*o.wide+k]
		}
		if !free {
			continue
		}
		for k := low; k < high; k++ {
			o.taken[row*o.wide+k] = true
		}
		o.rows[row][from] = name
		return true
	}
	return false
}

// line lays the names of a line over its cells, each of which is one letter.
func (o *overlay) line(y int, cells string) string {
	list := []rune(cells)
	var b strings.Builder
	for x := 0; x < len(list); {
		if name, ok := o.rows[y][x]; ok {
			b.WriteString(name)
			x += width(name)
			continue
		}
		if o.taken[y*o.wide+x] {
			b.WriteByte(' ') // beside a name
		} else {
			b.WriteRune(list[x])
		}
		x++
	}
	return b.String()
}
