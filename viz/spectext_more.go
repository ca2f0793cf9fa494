package viz

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gondola/pipeline"
)

// arrow stands between the ends of a link.
func (g glyphs) arrow() string {
	if g.ascii {
		return " -> "
	}
	return " → "
}

// ordered draws bars, the longest first; those of a pie with their shares.
func (c *chart) ordered() {
	rows := slices.Clone(c.spec.Data.Rows)
	slices.SortStableFunc(rows, func(a, b []any) int { return cmp.Compare(finite(b[c.y]), finite(a[c.y])) })
	if c.spec.Kind != Pie {
		c.bars(rows)
		return
	}
	sum := 0.0
	for _, row := range rows {
		sum += max(0, finite(row[c.y]))
	}
	x := c.x
	shares := *c
	shares.x, shares.y, shares.by = 0, 1, -1
	data := pipeline.NewTable("", c.spec.Data.Columns[x], pipeline.Col("share", pipeline.Float))
	places := decimals(rows, x)
	for _, row := range rows {
		data.Add(readable(row[x], places), math.Round(10_000*max(0, finite(row[c.y])/max(sum, 1e-300)))/100)
	}
	data.Columns[0].Type = pipeline.String
	data.Total = c.spec.Data.Total
	shares.spec.Data = data
	shares.bars(data.Rows)
	c.parts("in percent of " + readableFloat(sum, decimals(rows, c.y)))
}

// groups draws the rectangles of each group as bars below its name.
func (c *chart) groups() {
	if c.by < 0 {
		c.ordered()
		return
	}
	names := map[string][][]any{}
	var order []string
	for _, row := range c.spec.Data.Rows {
		name := readable(row[c.by], maxDecimals)
		if _, ok := names[name]; !ok {
			order = append(order, name)
		}
		names[name] = append(names[name], row)
	}
	if len(order) == 0 {
		c.parts("no values")
	}
	for _, name := range order {
		c.line(c.style(sgrBold, c.cutLine(c.glyphs.show(name))))
		c.bars(names[name])
	}
}

// links draws a bar for each link, the widest first.
func (c *chart) links() {
	rows := slices.Clone(c.spec.Data.Rows)
	if c.spec.Kind == Graph {
		slices.SortStableFunc(rows, func(a, b []any) int { return cmp.Compare(finite(b[c.y]), finite(a[c.y])) })
	}
	c.bars(rows)
}

// plotFrom is from how many points on a line is drawn as a plot.
const plotFrom = 20

// lines draws sparklines, or a plot where they are long and their places are
// numbers.
func (c *chart) lines() {
	longest := 0
	for _, s := range c.series() {
		longest = max(longest, len(s.values))
	}
	if longest >= plotFrom && isNumber(c.spec.Data.Columns[c.x].Type) {
		c.plot(true)
		return
	}
	c.sparks()
}

func (c *chart) points() { c.plot(false) }

// shades draws a row for each By and a cell for each X.
func (c *chart) shades() {
	rows := c.spec.Data.Rows
	if len(rows) == 0 {
		c.parts("no values")
		return
	}
	var across, down []string
	value := map[[2]string]float64{}
	places := decimals(rows, c.x)
	least, greatest := math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		x, y := readable(row[c.x], places), readable(row[c.by], maxDecimals)
		if !slices.Contains(across, x) {
			across = append(across, x)
		}
		if !slices.Contains(down, y) {
			down = append(down, y)
		}
		if v, ok := number(row[c.y]); ok && !math.IsNaN(v) && !math.IsInf(v, 0) {
			value[[2]string{x, y}] = v
			least, greatest = min(least, v), max(greatest, v)
		}
	}
	label := 0
	names := make([]string, len(down))
	for i, name := range down {
		names[i] = c.glyphs.cut(c.glyphs.show(name), min(maxLabel, c.lineWidth()/3))
		label = max(label, width(names[i]))
	}
	cell := max(1, min(6, (c.lineWidth()-label-1)/len(across)))
	shown := min(len(across), max(1, (c.lineWidth()-label-1)/cell))
	head, tail := ends(len(down), c.options.MaxRows)
	for i := range down {
		if i >= head && i < len(down)-tail {
			continue
		}
		var b strings.Builder
		for _, x := range across[:shown] {
			v, ok := value[[2]string{x, down[i]}]
			b.WriteString(strings.Repeat(c.glyphs.shade(v, least, greatest, ok), cell))
		}
		c.line(pad(names[i], label, false) + " " + b.String())
	}
	list := strings.Join(across[:shown], ", ")
	c.parts(c.cutLine(c.glyphs.show(c.spec.X + ": " + list)))
	places = decimals(rows, c.y)
	c.parts(c.spec.Y+" from "+readableFloat(least, places)+" to "+readableFloat(greatest, places), counted(int64(len(across)), "column", shown))
}

// shade is a cell for a value between two others.
func (g glyphs) shade(v, least, greatest float64, there bool) string {
	steps := []string{" ", "░", "▒", "▓", "█"}
	if g.ascii {
		steps = []string{" ", ".", ":", "*", "#"}
	}
	if !there {
		return steps[0]
	}
	if greatest <= least {
		return steps[2]
	}
	part := (v/2 - least/2) / (greatest/2 - least/2) // halves do not overflow
	if !(part >= 0 && part <= 1) {
		return steps[2]
	}
	return steps[1+min(3, int(4*part))]
}

// boxes draws a line for each box along one scale.
func (c *chart) boxes() {
	rows := c.spec.Data.Rows
	if len(rows) == 0 {
		c.parts("no values")
		return
	}
	at := mapped(BoxColumns(), c.spec.column)
	least, greatest, label := math.Inf(1), math.Inf(-1), 0
	names := make([]string, len(rows))
	places := decimals(rows, c.x)
	for i, row := range rows {
		least, greatest = min(least, finite(row[at[0]])), max(greatest, finite(row[at[4]]))
		names[i] = c.glyphs.cut(c.label(row, places), min(maxLabel, c.lineWidth()/3))
		label = max(label, width(names[i]))
	}
	room := max(8, c.lineWidth()-label-1)
	line, ends, body, middle := "─", [2]string{"├", "┤"}, "▒", "█"
	if c.glyphs.ascii {
		line, ends, body, middle = "-", [2]string{"|", "|"}, "=", "#"
	}
	for i, row := range rows {
		cells := make([]string, room)
		for k := range cells {
			cells[k] = " "
		}
		place := func(column int) int {
			part := (finite(row[column])/2 - least/2) / max(greatest/2-least/2, 1e-300)
			if !(part >= 0 && part <= 1) {
				return 0
			}
			return int(float64(room-1) * part)
		}
		low, q1, median, q3, high := place(at[0]), place(at[1]), place(at[2]), place(at[3]), place(at[4])
		for k := low; k <= high; k++ {
			cells[k] = line
		}
		for k := q1; k <= q3; k++ {
			cells[k] = body
		}
		cells[low], cells[high] = ends[0], ends[1]
		cells[median] = middle
		c.line(pad(names[i], label, false) + " " + strings.TrimRight(strings.Join(cells, ""), " "))
	}
	c.parts(readable(least, maxDecimals)+" to "+readable(greatest, maxDecimals), "whiskers at min and max, box from q1 to q3")
}

// branches draws a tree, its tops at the left.
func (c *chart) branches() {
	rows := c.spec.Data.Rows
	names := make([]string, len(rows))
	at := map[string]int{}
	for i, row := range rows {
		names[i] = readable(row[c.x], maxDecimals)
		if _, ok := at[names[i]]; !ok {
			at[names[i]] = i
		}
	}
	children := make([][]int, len(rows))
	var tops []int
	for i, row := range rows {
		p, ok := at[readable(row[c.by], maxDecimals)]
		if row[c.by] == nil || !ok || p == i {
			tops = append(tops, i)
		} else {
			children[p] = append(children[p], i)
		}
	}
	if len(rows) == 0 {
		c.parts("no values")
	}
	tee, last, down := "├─ ", "└─ ", "│  "
	if c.glyphs.ascii {
		tee, last, down = "|- ", "`- ", "|  "
	}
	met, most := 0, c.options.MaxRows
	var draw func(i int, before, own string)
	draw = func(i int, before, own string) {
		if met++; most <= 0 || met <= most {
			c.line(c.cutLine(before + own + c.glyphs.show(names[i])))
		}
		below := before
		switch own {
		case tee:
			below += down
		case last:
			below += "   "
		}
		for k, child := range children[i] {
			if k == len(children[i])-1 {
				draw(child, below, last)
			} else {
				draw(child, below, tee)
			}
		}
	}
	for _, i := range tops {
		draw(i, "", "")
	}
	if met < len(rows) {
		c.parts(fmt.Sprintf("%d nodes lie below themselves", len(rows)-met))
	}
	if most > 0 && met > most {
		c.parts(counted(int64(len(rows)), "node", most))
	}
}
