package session

import (
	"fmt"
	"path"
	"strings"

	"gondola/pipeline"
	"gondola/viz"
)

// each calls fn for all results, each after what it was made from.
func (l lineage) each(fn func(r *result)) {
	var walk func(r *result)
	walk = func(r *result) {
		fn(r)
		for _, child := range l.children[r] {
			walk(child)
		}
	}
	for _, root := range l.roots {
		walk(root)
	}
}

// lineageChart draws how the results of the session were made: bands from each
// to those made from it, as wide as its rows. ok is false when there are none.
func lineageChart(st *state) (s viz.Spec, ok bool) {
	tree := st.lineage()
	t := pipeline.NewTable("", pipeline.Col("from", pipeline.String), pipeline.Col("to", pipeline.String), pipeline.Col("rows", pipeline.Int),
		pipeline.Col("step", pipeline.String), pipeline.Col("seconds", pipeline.Float))
	names := map[*result]string{}
	taken := map[string]bool{}
	name := func(r *result) string {
		if n, ok := names[r]; ok {
			return n
		}
		n := tree.label(r)
		if rows := r.rows(); rows >= 0 {
			n += " · " + rowsOf(rows)
		}
		if took := r.origin().Took; took > 0 {
			n += fmt.Sprintf(" · %.1f s", took.Seconds())
		}
		for taken[n] {
			n += "'"
		}
		names[r], taken[n] = n, true
		return n
	}
	tree.each(func(r *result) {
		from := ""
		switch step := r.step.(type) {
		case pipeline.Load:
			from = path.Base(strings.TrimRight(step.URI, "/"))
		case pipeline.Query:
			from = "sql"
		}
		if r.from != nil {
			from = name(r.from)
		}
		if from == "" {
			return
		}
		t.Add(strings.TrimSpace(from), name(r), max(1, r.rows()), r.step.Verb(), r.origin().Took.Seconds())
	})
	return viz.Spec{Kind: viz.Sankey, Title: "how the results were made", Data: t, X: "from", By: "to", Y: "rows"}, len(t.Rows) > 0
}
