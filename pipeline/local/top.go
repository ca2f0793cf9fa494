package local

import (
	"cmp"
	"slices"

	"gondola/pipeline"
)

// topRows keeps the first rows by an order: so many, and of so many bytes.
// Rows that the order leaves open, or all without one, come by their number.
type topRows struct {
	order []pipeline.Order
	at    []int // the columns of order
	limit int
	most  int64 // bytes; one row is kept whatever it takes
	rows  []topRow
	bytes int64
	worst *topRow // when as many are there as there can be: the last of them
}

type topRow struct {
	values []any
	number int64
	bytes  int64
}

func newTopRows(s pipeline.Selection, columns []pipeline.TableColumn, most int64) (*topRows, error) {
	t := &topRows{order: s.Sort, limit: s.Limit, most: most}
	for _, o := range t.order {
		i := slices.IndexFunc(columns, func(c pipeline.TableColumn) bool { return c.Name == o.Column })
		if i < 0 {
			var names []string
			for _, c := range columns {
				names = append(names, c.Name)
			}
			return nil, unknownColumn(o.Column, names)
		}
		t.at = append(t.at, i)
	}
	return t, nil
}

// add offers a row. Numbers of rows differ.
func (t *topRows) add(values []any, number int64) {
	row := topRow{values, number, rowBytes(values)}
	if t.worst != nil && t.compare(&row, t.worst) > 0 {
		return
	}
	t.rows = append(t.rows, row)
	t.bytes += row.bytes
	if len(t.rows) >= 2*t.limit+1024 || t.bytes > 2*t.most { // now and then, to stay in bounded memory
		t.cut()
	}
}

// full says that rows with higher numbers are in vain, if there is no order.
func (t *topRows) full() bool {
	return len(t.rows) >= t.limit || t.bytes > t.most
}

func (t *topRows) compare(a, b *topRow) int {
	for i, o := range t.order {
		c := compare(a.values[t.at[i]], b.values[t.at[i]])
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.number, b.number)
}

// cut sorts the rows and leaves out those behind the limits.
func (t *topRows) cut() {
	slices.SortFunc(t.rows, func(a, b topRow) int { return t.compare(&a, &b) })
	keep, bytes := 0, int64(0)
	for keep < min(len(t.rows), t.limit) {
		if bytes += t.rows[keep].bytes; bytes > t.most && keep > 0 {
			bytes -= t.rows[keep].bytes
			break
		}
		keep++
	}
	if keep < len(t.rows) || keep == t.limit {
		worst := t.rows[keep-1]
		t.worst = &worst
	}
	clear(t.rows[keep:])
	t.rows, t.bytes = t.rows[:keep], bytes
}

func (t *topRows) sorted() [][]any {
	t.cut()
	out := make([][]any, len(t.rows))
	for i, r := range t.rows {
		out[i] = r.values
	}
	return out
}

// rowBytes is about what a row holds.
func rowBytes(values []any) int64 {
	n := int64(64)
	for _, v := range values {
		n += valueBytes(v)
	}
	return n
}

func valueBytes(v any) int64 {
	const header = 16 // of the interface; that of a text is as long
	switch v := v.(type) {
	case string:
		return 2*header + int64(len(v))
	case pipeline.Day:
		return 2*header + int64(len(v))
	case []byte:
		return 3*header + int64(len(v))
	case []string:
		n := int64(3 * header)
		for _, s := range v {
			n += header + int64(len(s))
		}
		return n
	}
	return 2 * header
}
