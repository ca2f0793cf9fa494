package viz

import (
	"math"
	"slices"
	"strings"
)

// plotHeight is how many lines a plot has.
const plotHeight = 14

// plot draws the rows as dots in braille, 2 x 4 of them a cell, joined by lines
// where asked for. Several series are letters instead: dots of two cannot be told
// apart. A terminal without UTF-8 gets asterisks.
func (c *chart) plot(joined bool) {
	type point struct {
		x, y   float64
		series int
	}
	rows := c.spec.Data.Rows
	var names []string
	var list []point
	for _, row := range rows {
		x, okX := place(row[c.x], c.spec.LogX)
		y, okY := place(row[c.y], c.spec.LogY)
		if !okX || !okY {
			continue
		}
		name := ""
		if c.by >= 0 {
			name = readable(row[c.by], maxDecimals)
		}
		k := slices.Index(names, name)
		if k < 0 {
			k = len(names)
			names = append(names, name)
		}
		list = append(list, point{x, y, k})
	}
	if len(list) == 0 {
		c.parts("no values")
		return
	}
	x0, x1, y0, y1 := list[0].x, list[0].x, list[0].y, list[0].y
	for _, p := range list {
		x0, x1, y0, y1 = min(x0, p.x), max(x1, p.x), min(y0, p.y), max(y1, p.y)
	}
	top, bottom := c.axisText(y1, c.spec.LogY), c.axisText(y0, c.spec.LogY)
	label := max(width(top), width(bottom))
	room := max(10, min(maxSpark+10, c.lineWidth()-label-3))
	f := newField(room, plotHeight, c.glyphs.ascii || len(names) > 1)
	spread := func(v, from, to float64, n int) int {
		part := (v/2 - from/2) / (to/2 - from/2) // halves do not overflow
		if !(part >= 0 && part <= 1) {           // all are equal, or as good as
			return n / 2
		}
		return int(math.Round(part * float64(n-1)))
	}
	before := map[int][2]int{}
	for _, p := range list {
		x, y := spread(p.x, x0, x1, f.dotsWide()), f.dotsHigh()-1-spread(p.y, y0, y1, f.dotsHigh())
		if from, ok := before[p.series]; joined && ok {
			f.line(from[0], from[1], x, y, p.series)
		} else {
			f.dot(x, y, p.series)
		}
		before[p.series] = [2]int{x, y}
	}
	wall := "│"
	if c.glyphs.ascii {
		wall = "|"
	}
	for i, line := range f.text(len(names) > 1) {
		own := ""
		switch i {
		case 0:
			own = top
		case plotHeight - 1:
			own = bottom
		}
		c.line(pad(own, label, true) + " " + wall + strings.TrimRight(line, " "))
	}
	left, right := c.axisText(x0, c.spec.LogX), c.axisText(x1, c.spec.LogX)
	c.line(strings.Repeat(" ", label+2) + left + strings.Repeat(" ", max(1, room-width(left)-width(right))) + right)
	if len(names) > 1 {
		legend := make([]string, 0, len(names))
		for i, name := range names[:min(len(names), len(letters))] {
			legend = append(legend, string(letters[i])+" "+c.glyphs.show(name))
		}
		c.parts(c.cutLine(strings.Join(legend, "  ")))
	}
	c.parts(c.cutLine(c.glyphs.show(c.spec.Y+" over "+c.spec.X)), counted(int64(len(list)), "point", len(list)))
}

// place is where a value stands on an axis.
func place(v any, log bool) (float64, bool) {
	f, ok := number(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) || log && f <= 0 {
		return 0, false
	}
	if log {
		f = math.Log10(f)
	}
	return f, true
}

// axisText is a place on an axis as its value.
func (c *chart) axisText(f float64, log bool) string {
	if log {
		f = math.Pow(10, f)
	}
	places := 0
	if a := math.Abs(f); a > 0 && a < 1000 {
		places = min(maxDecimals, max(0, 2-int(math.Floor(math.Log10(a)))))
	}
	s := readableFloat(f, places)
	if strings.Contains(s, ".") && !strings.Contains(s, "e") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// letters name series in a plot.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// field is what dots are put on. Plain fields have one dot a cell.
type field struct {
	wide, high int // cells
	plain      bool
	dots       []uint8 // of braille, by cell
	owner      []int   // 1 + the series of the last dot of a cell
}

func newField(wide, high int, plain bool) *field {
	return &field{wide: wide, high: high, plain: plain, dots: make([]uint8, wide*high), owner: make([]int, wide*high)}
}

func (f *field) dotsWide() int {
	if f.plain {
		return f.wide
	}
	return 2 * f.wide
}

func (f *field) dotsHigh() int {
	if f.plain {
		return f.high
	}
	return 4 * f.high
}

// dot sets one dot. The bits of a cell are numbered as Unicode numbers the dots
// of braille: down the left column, down the right one, then the lowest two.
func (f *field) dot(x, y, series int) {
	if f.plain {
		f.owner[y*f.wide+x] = series + 1
		return
	}
	bits := [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
	cell := y/4*f.wide + x/2
	f.dots[cell] |= bits[y%4][x%2]
	f.owner[cell] = series + 1
}

// line sets the dots between two places.
func (f *field) line(x0, y0, x1, y1, series int) {
	steps := max(abs(x1-x0), abs(y1-y0), 1)
	for i := range steps + 1 {
		t := float64(i) / float64(steps)
		f.dot(x0+int(math.Round(t*float64(x1-x0))), y0+int(math.Round(t*float64(y1-y0))), series)
	}
}

func abs(n int) int { return max(n, -n) }

// text returns the lines of the field.
func (f *field) text(several bool) []string {
	out := make([]string, f.high)
	for y := range f.high {
		var b strings.Builder
		for x := range f.wide {
			cell := y*f.wide + x
			switch {
			case f.owner[cell] == 0:
				b.WriteByte(' ')
			case !f.plain:
				b.WriteRune(rune(0x2800 + int(f.dots[cell])))
			case several:
				b.WriteByte(letters[min(f.owner[cell]-1, len(letters)-1)])
			default:
				b.WriteByte('*')
			}
		}
		out[y] = b.String()
	}
	return out
}
