package viz

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
)

// RelevanceColumns are the columns of a Relevance beside X and By: titles of the
// group that hold the word, titles of all groups that do, the share of the
// group's titles that hold it, and how many times that is the share of all.
func RelevanceColumns() []string { return []string{"titles", "all titles", "share", "lift"} }

// A relevance is drawn for lambda 0.6, which readers found best (Sievert and
// Shirley, LDAvis, 2014), until the reader moves it, and for the first group.
const (
	firstLambda   = 0.6
	relevantWords = 20
)

// relevant returns the rows of a group, the most relevant first: by lambda
// log(share) + (1-lambda) log(lift).
func (s Spec) relevant(group string, lambda float64) [][]any {
	by, share, lift := s.column(s.By), s.column("share"), s.column("lift")
	score := func(row []any) float64 {
		a, _ := number(row[share])
		b, _ := number(row[lift])
		return lambda*math.Log(max(a, 1e-300)) + (1-lambda)*math.Log(max(b, 1e-300))
	}
	var rows [][]any
	for _, row := range s.Data.Rows {
		if readable(row[by], 0) == group {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b []any) int { return cmp.Compare(score(b), score(a)) })
	return rows
}

// groupNames are the values of By in the order in which they come first.
func (s Spec) groupNames() []string {
	by := s.column(s.By)
	seen := map[string]bool{}
	var out []string
	for _, row := range s.Data.Rows {
		if name := readable(row[by], 0); !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// relevance is the option of a Relevance: the words of the first group, how many
// of its titles hold them, before how many of all do. scripts/relevance.js
// changes the group and lambda.
func (d *drawing) relevance() (object, error) {
	var rows [][]any
	group := ""
	if groups := d.groupNames(); len(groups) > 0 {
		group = groups[0]
		rows = d.relevant(group, firstLambda)
	}
	rows = rows[:min(relevantWords, len(rows))]
	inGroup, all := d.column("titles"), d.column("all titles")
	words, here, everywhere := make([]string, len(rows)), make([]any, len(rows)), make([]any, len(rows))
	for i, row := range rows {
		words[i], here[i], everywhere[i] = label(readable(row[d.x], 0)), num(row[inGroup]), num(row[all])
	}
	chart := charts.NewBar()
	chart.SetGlobalOptions(d.global(2)...)
	chart.AddSeries("all titles", nil)
	chart.AddSeries("titles", nil)
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	o["yAxis"] = []any{object{"type": "category", "data": words, "inverse": true, "axisLabel": object{"width": 160, "overflow": "truncate", "interval": 0}, "axisTick": object{"show": false}}}
	gridOf(o)["left"] = 8 + min(longest(words), 24)
	o["xAxis"] = []any{d.valueAxis(group, d.LogX)}
	d.named(o)
	setSeries(o, 0, object{"data": everywhere, "barGap": "-100%", "itemStyle": object{"color": "#BBBBBB"}})
	setSeries(o, 1, object{"data": here, "itemStyle": object{"color": palette()[0]}})
	o = d.finish(o, "item")
	if aria, ok := o["aria"].(object); ok {
		aria["decal"] = object{"show": false} // one bar stands before the other
	}
	return o, nil
}

// relevances draws a line for each group: its most relevant words.
func (c *chart) relevances() {
	const words = 10
	groups := c.spec.groupNames()
	head, tail := ends(len(groups), c.options.MaxRows)
	wide := 0
	for i, g := range groups {
		if i < head || i >= len(groups)-tail {
			wide = max(wide, min(maxLabel, width(c.glyphs.show(g))))
		}
	}
	for i, g := range groups {
		if i >= head && i < len(groups)-tail {
			if i == head {
				c.line(c.style(sgrDim, pad(c.glyphs.dot, wide, false)))
			}
			continue
		}
		var names []string
		for _, row := range c.spec.relevant(g, firstLambda) {
			if len(names) < words {
				names = append(names, c.glyphs.show(readable(row[c.x], 0)))
			}
		}
		c.line(c.cutLine(pad(c.glyphs.cut(c.glyphs.show(g), maxLabel), wide, false) + "  " + strings.Join(names, ", ")))
	}
	c.parts(fmt.Sprintf("by relevance, lambda %.1f", firstLambda), counted(int64(len(groups)), "group", head+tail))
}
