package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gondola/pipeline"
)

// runStatus draws the results of the session as a tree, each below what it was
// made from.
func runStatus(ctx context.Context, inv *invocation) error {
	st := inv.state
	t := pipeline.NewTable("results of this session", pipeline.Col("result", pipeline.String), pipeline.Col("made by", pipeline.String),
		pipeline.Col("rows", pipeline.Int), pipeline.Col("seconds", pipeline.Float), pipeline.Col("size", pipeline.String), pipeline.Col("state", pipeline.String))
	var engine pipeline.Engine
	if len(st.names) > 0 {
		var err error
		if engine, err = inv.engine(ctx); err != nil {
			return err
		}
	}
	tree := st.lineage()
	var walk func(r *result, depth int)
	walk = func(r *result, depth int) {
		o := r.origin()
		var rows any
		if n := r.rows(); n >= 0 {
			rows = n
		}
		size := ""
		if o.Bytes > 0 {
			size = pipeline.Size(o.Bytes)
		}
		t.Add(strings.Repeat("  ", depth)+tree.label(r), r.source, rows, o.Took.Seconds(), size, st.stateOf(ctx, engine, r))
		for _, child := range tree.children[r] {
			walk(child, depth+1)
		}
	}
	for _, root := range tree.roots {
		walk(root, 0)
	}
	inv.table(t)
	return nil
}

// lineage is the results that have a name, and those that they were made from.
type lineage struct {
	names    map[*result][]string
	children map[*result][]*result
	roots    []*result
}

func (s *state) lineage() lineage {
	l := lineage{names: map[*result][]string{}, children: map[*result][]*result{}}
	for _, name := range slices.Sorted(maps.Keys(s.names)) {
		r := s.names[name]
		l.names[r] = append(l.names[r], name)
	}
	known := map[*result]bool{}
	var add func(r *result)
	add = func(r *result) {
		if r == nil || known[r] {
			return
		}
		known[r] = true
		add(r.from)
		if r.from == nil {
			l.roots = append(l.roots, r)
			return
		}
		l.children[r.from] = append(l.children[r.from], r)
	}
	for _, name := range slices.Sorted(maps.Keys(s.names)) {
		add(s.names[name])
	}
	add(s.last)
	return l
}

func (l lineage) label(r *result) string {
	if names := l.names[r]; len(names) > 0 {
		return strings.Join(names, ", ")
	}
	return "(" + r.name + ", replaced)"
}

// stateOf says whether a result is still what its statement would make:
// "stale" when something that it was made from was made anew or changed.
func (s *state) stateOf(ctx context.Context, engine pipeline.Engine, r *result) string {
	for a := r.from; a != nil; a = a.from {
		if now := s.names[a.name]; now != nil && now.origin().Hash != a.origin().Hash {
			return fmt.Sprintf("stale: %s was made anew", a.name)
		}
	}
	root := r
	for root.from != nil {
		root = root.from
	}
	if load, ok := root.step.(pipeline.Load); ok && root.planned == nil {
		switch p, err := engine.Plan(ctx, load); {
		case err != nil:
			return fmt.Sprintf("stale: %s cannot be found any more", load.URI)
		case p.Origin.Hash != root.origin().Hash:
			return fmt.Sprintf("stale: %s has changed", load.URI)
		}
	}
	if r.origin().Cached {
		return "cached"
	}
	return "computed"
}
