package receipts

import (
	"fmt"
	"strings"
)

// A brandMaker makes up brand names from the styles of the brands file:
// patterns such as "{tree} {place} Farms" with lists for the parts.
type brandMaker struct {
	parts  map[string][]string
	styles map[string][]string
	used   map[string]bool
}

// readBrands reads the file of styles: "list PART: a, b" and "style NAME:
// pattern, pattern".
func (r *reader) readBrands() error {
	m := &brandMaker{parts: map[string][]string{}, styles: map[string][]string{}, used: map[string]bool{}}
	err := r.lines(fileBrands, func(line string) error {
		style, ok := strings.CutPrefix(line, "style ")
		if !ok {
			return readList(line, m.parts)
		}
		name, patterns, _ := strings.Cut(style, ":")
		items, err := expand(patterns, nil)
		m.styles[name] = items
		return err
	})
	r.maker = m
	return err
}

// make returns n names of a style that were not made before. It fails when
// the style has too few.
func (m *brandMaker) make(style string, n int, key uint64) ([]string, error) {
	patterns := m.styles[style]
	if len(patterns) == 0 {
		return nil, fmt.Errorf("no style of brands is called %q", style)
	}
	d := newDraw(saltBrand, key)
	var out []string
	for range 200 * (n + 1) {
		if len(out) == n {
			return out, nil
		}
		name, err := m.fill(patterns[d.intn(len(patterns))], &d)
		if err != nil {
			return nil, err
		}
		if !m.used[name] {
			m.used[name] = true
			out = append(out, name)
		}
	}
	return nil, fmt.Errorf("style %q has fewer than %d names left", style, n)
}

// fill puts a random part in for each "{part}" of pattern. What follows a
// made-up syllable joins it in lower case: "{syl}{end}".
func (m *brandMaker) fill(pattern string, d *draw) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		list := m.parts[name]
		if !closed || len(list) == 0 {
			return "", fmt.Errorf("no part of brands is called %q", name)
		}
		b.WriteString(list[d.intn(len(list))])
		pattern = after
	}
}
