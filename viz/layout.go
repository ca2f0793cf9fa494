package viz

// column is a column of a text table while its place is being found.
type column struct {
	index int  // in the table; -1 stands for the columns left out
	right bool // numbers stand at the right, and are not cut when it can be helped
	width int  // cells
}

// Widths to which a column is narrowed before columns are left out: text may
// lose its end, a number that loses digits is a lie.
const (
	minText   = 10
	minNumber = 24
)

func (c column) least() int {
	if c.right {
		return min(c.width, minNumber)
	}
	return min(c.width, minText)
}

// fit narrows columns, and leaves out the middle ones when that is not enough,
// until a line takes at most limit cells. gap is the width of the column that
// stands for those left out. A limit of 0 changes nothing.
func fit(columns []column, limit, gap int) []column {
	if limit <= 0 || lineWidth(columns) <= limit {
		return columns
	}
	kept := columns
	if least(columns) > limit {
		kept = withoutMiddle(columns, limit, gap)
	}
	share(kept, limit)
	return kept
}

// lineWidth returns the cells of a line: each column has a blank at either
// side and a vertical line before it, and the last one a line behind it.
func lineWidth(columns []column) int {
	n := 1
	for _, c := range columns {
		n += c.width + 3
	}
	return n
}

func least(columns []column) int {
	n := 1
	for _, c := range columns {
		n += c.least() + 3
	}
	return n
}

// withoutMiddle keeps columns from both ends inwards, the first one first, as
// many as fit with a gap between them; at least one.
func withoutMiddle(columns []column, limit, gap int) []column {
	room := limit - 1 - (gap + 3)
	left, right := 0, 0
	for left+right < len(columns) {
		c := columns[left]
		if left > right {
			c = columns[len(columns)-1-right]
		}
		room -= c.least() + 3
		if room < 0 && left > 0 {
			break
		}
		if left > right {
			right++
		} else {
			left++
		}
	}
	kept := append([]column(nil), columns[:left]...)
	if len(columns) == 1 {
		return kept
	}
	kept = append(kept, column{index: -1, width: gap})
	return append(kept, columns[len(columns)-right:]...)
}

// share cuts the widest columns down to one common width, the largest that
// lets the line fit: narrow columns keep all they need. Numbers are cut only
// when even the least of the text is too much.
func share(columns []column, limit int) {
	want, widest := make([]int, len(columns)), 0
	for i, c := range columns {
		want[i] = c.width
		widest = max(widest, c.width)
	}
	try := func(ceiling int, floors bool) bool {
		for i := range columns {
			c := &columns[i]
			c.width = want[i]
			if c.index < 0 {
				continue
			}
			floor := 0
			if floors {
				floor = c.least()
			}
			c.width = min(c.width, max(ceiling, floor))
		}
		return lineWidth(columns) <= limit
	}
	for _, floors := range []bool{true, false} {
		for ceiling := min(limit, widest); ceiling >= 1; ceiling-- {
			if try(ceiling, floors) {
				spare(columns, want, limit)
				return
			}
		}
	}
}

// spare gives the cells that the common width left over to the first columns
// that were cut.
func spare(columns []column, want []int, limit int) {
	room := limit - lineWidth(columns)
	for i := range columns {
		if room > 0 && columns[i].width < want[i] {
			columns[i].width++
			room--
		}
	}
}
