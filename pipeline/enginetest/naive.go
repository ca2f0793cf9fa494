package enginetest

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"gondola/pipeline"
)

// naive computes aggregates of rows in the plainest way, to compare an engine
// with: rows as maps from column to value.
type naive []map[string]any

func newNaive(header []string, rows [][]any) naive {
	n := make(naive, len(rows))
	for i, row := range rows {
		n[i] = map[string]any{}
		for c, name := range header {
			n[i][name] = row[c]
		}
	}
	return n
}

// where keeps the rows that have the value.
func (n naive) where(e *pipeline.Equal) naive {
	if e == nil {
		return n
	}
	var out naive
	for _, row := range n {
		if row[e.Column] == e.Value {
			out = append(out, row)
		}
	}
	return out
}

// explode makes a row of each item of a list.
func (n naive) explode(column string) naive {
	if column == "" {
		return n
	}
	var out naive
	for _, row := range n {
		for _, item := range list(row[column]) {
			one := map[string]any{}
			for k, v := range row {
				one[k] = v
			}
			one[column] = item
			out = append(out, one)
		}
	}
	return out
}

// pairs makes a row of each pair of different items of a list.
func (n naive) pairs(column string) naive {
	if column == "" {
		return n
	}
	var out naive
	for _, row := range n {
		items := slices.Clone(list(row[column]))
		for i, a := range items {
			for k, b := range items {
				x, y := fmt.Sprint(a), fmt.Sprint(b)
				if x >= y || slices.Contains(items[:i], a) || slices.Contains(items[:k], b) {
					continue
				}
				one := maps.Clone(row)
				one[column], one[pipeline.PairColumn] = a, b
				out = append(out, one)
			}
		}
	}
	return out
}

// among keeps the rows that have one of the values.
func (n naive) among(list []pipeline.Among) naive {
	var out naive
	for _, row := range n {
		keep := true
		for _, a := range list {
			keep = keep && slices.ContainsFunc(a.Values, func(v any) bool { return v == row[a.Column] })
		}
		if keep {
			out = append(out, row)
		}
	}
	return out
}

// binned adds a column for each bin.
func (n naive) binned(bins []pipeline.Bin) naive {
	var out naive
	for _, row := range n {
		one := maps.Clone(row)
		for _, b := range bins {
			v := row[b.Column]
			if v == nil {
				one[b.Name()] = nil
				continue
			}
			begin := b.Start
			for begin+b.Width <= size(v) {
				begin += b.Width
			}
			for begin > size(v) {
				begin -= b.Width
			}
			if _, float := v.(float64); float || b.Width != math.Trunc(b.Width) {
				one[b.Name()] = begin
			} else {
				one[b.Name()] = int64(begin)
			}
		}
		out = append(out, one)
	}
	return out
}

// groups splits the rows by the values of columns. Without columns there is
// one group, even of no rows.
func (n naive) groups(by []string) []naive {
	if len(by) == 0 {
		return []naive{n}
	}
	var out []naive
	index := map[string]int{}
	for _, row := range n {
		key := ""
		for _, name := range by {
			key += fmt.Sprintf("%#v ", row[name])
		}
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], row)
	}
	return out
}

// answer is what a measure may give: any value from low to high (both the same
// but for p99, which engines interpolate in different ways); nil for null.
type answer struct{ low, high any }

func (n naive) measure(m pipeline.Measure) answer {
	same := func(v any) answer { return answer{v, v} }
	var values []any // not null
	var empty int64
	for _, row := range n {
		v := row[m.Column]
		if v == nil {
			continue
		}
		values = append(values, v)
		if text, ok := v.(string); ok && text == "" {
			empty++
		} else if items, ok := v.([]string); ok && len(items) == 0 {
			empty++
		}
	}
	switch m.Func {
	case pipeline.Count:
		return same(int64(len(n)))
	case pipeline.Nulls:
		return same(int64(len(n) - len(values)))
	case pipeline.Empty:
		return same(empty)
	case pipeline.Distinct:
		seen := map[string]bool{}
		for _, v := range values {
			seen[fmt.Sprintf("%#v", v)] = true
		}
		return same(int64(len(seen)))
	}
	numbers := make([]float64, len(values))
	sum := 0.0
	for i, v := range values {
		numbers[i] = size(v)
		sum += numbers[i]
	}
	if len(numbers) == 0 {
		return answer{}
	}
	slices.Sort(numbers)
	last := len(numbers) - 1
	switch m.Func {
	case pipeline.Min:
		return same(numbers[0])
	case pipeline.Max:
		return same(numbers[last])
	case pipeline.Mean:
		return same(sum / float64(len(numbers)))
	case pipeline.Sum:
		return same(sum)
	case pipeline.Median:
		return same((numbers[last/2] + numbers[(last+1)/2]) / 2)
	case pipeline.Q1, pipeline.Q3:
		at := 0.25 * float64(last)
		if m.Func == pipeline.Q3 {
			at = 0.75 * float64(last)
		}
		return answer{numbers[int(at)], numbers[min(last, int(at)+1)]}
	case pipeline.P99:
		at := 0.99 * float64(len(numbers))
		return answer{numbers[max(0, int(at)-1)], numbers[min(last, int(math.Ceil(at)))]}
	}
	return answer{}
}

// size is what a value counts where a number is needed.
func size(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case string:
		return float64(utf8.RuneCountInString(v))
	case []string:
		return float64(len(v))
	}
	return 0
}

// allows says whether got is the answer, up to the last digits of a float.
func (a answer) allows(got any) bool {
	if a.low == nil || got == nil {
		return got == a.low
	}
	low, high, x := size(a.low), size(a.high), size(got)
	near := 1e-9 * max(1, math.Abs(x))
	return low-near <= x && x <= high+near
}

// less orders values of one column as Sort does: null first, then by value.
func less(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	if x, ok := a.(string); ok {
		return cmp.Compare(x, b.(string))
	}
	return cmp.Compare(size(a), size(b))
}
