package session

import (
	"fmt"
	"maps"
	"slices"

	"gondola/pipeline"
	"gondola/session/lang"
)

// state is all that a session remembers: a small value of handles. It is
// never changed once it is committed; statements work on a clone.
type state struct {
	last     *result
	names    map[string]*result
	params   []lang.Param
	settings map[string]string // those that differ from their default
}

func newState() *state {
	return &state{names: map[string]*result{}, settings: map[string]string{}}
}

func (s *state) clone() *state {
	return &state{last: s.last, names: maps.Clone(s.names), params: slices.Clone(s.params), settings: maps.Clone(s.settings)}
}

// result finds a result by name; "" is the last one. Nil when there is none.
func (s *state) result(name string) *result {
	if name == "" {
		return s.last
	}
	return s.names[name]
}

// setParam declares a parameter, or declares it anew.
func (s *state) setParam(p lang.Param) {
	i := slices.IndexFunc(s.params, func(q lang.Param) bool { return q.Name == p.Name })
	if i < 0 {
		s.params = append(s.params, p)
		return
	}
	s.params[i] = p
}

// result is what a step made, with everything that it was derived from: the
// vectors of a result of clusters are those that it was clustered by. It does
// not change once it is made.
type result struct {
	kind     lang.Kind
	name     string        // under which it was stored; empty for none
	from     *result       // what the step worked on; nil for load
	step     pipeline.Step // what made it
	source   string        // the statement's text
	dataset  pipeline.Dataset
	words    pipeline.WordModel    // from kind vectors on
	clusters pipeline.ClusterModel // from kind clusters on
	tag      *pipeline.Tag         // of kind tags
	planned  *pipeline.Plan        // of a dry run, which makes nothing
	saved    *pipeline.SavedModel  // of a model that was loaded, which has no rows
	model    *result               // of tag --model: the result whose clusters it used
}

// hasRows refuses a model that was loaded: it was learned from a table that is
// not here.
func (r *result) hasRows() error {
	if r.dataset != nil || r.planned != nil {
		return nil
	}
	return fmt.Errorf("%s is a model that was loaded, without the titles it was learned from: load titles, then tag --model %s", r.name, r.name)
}

// lineage lists how what the model of the result was made from came to be, its
// inputs first, up to the load of files.
func (r *result) lineage() []pipeline.Origin {
	switch {
	case r.model != nil:
		return r.model.lineage()
	case r.kind > lang.Clusters:
		return r.at(lang.Clusters).lineage()
	case r.saved != nil:
		return r.saved.Lineage
	case r.from == nil:
		return nil
	}
	return append([]pipeline.Origin{r.from.origin()}, r.from.lineage()...)
}

// origin says how what the result added to its input came to be, or would come
// to be: of clusters the centres, not the column that follows from them.
func (r *result) origin() pipeline.Origin {
	switch {
	case r.planned != nil:
		return r.planned.Origin
	case r.kind == lang.Vectors:
		return r.words.Origin()
	case r.kind == lang.Clusters:
		return r.clusters.Origin()
	}
	return r.dataset.Origin()
}

// at returns what the result was derived from that is exactly of that kind: of
// clusters the tokens below them. It is r itself when there is none.
func (r *result) at(kind lang.Kind) *result {
	for a := r; a != nil; a = a.from {
		if a.kind == kind {
			return a
		}
	}
	return r
}

// rows returns the number of rows, -1 when it is not known.
func (r *result) rows() int64 {
	if r.planned != nil {
		return r.planned.Rows
	}
	if r.dataset == nil {
		return -1
	}
	return r.dataset.Len()
}

// nameOf is what a title calls the result.
func (r *result) nameOf() string {
	if r.name != "" {
		return r.name
	}
	return r.kind.String()
}

// detail is shown beside a result's name by completion.
func (r *result) detail() string {
	if r.hasRows() != nil {
		return r.kind.String() + ", a model that was loaded"
	}
	return r.kind.String() + ", " + rowsOf(r.rows())
}

func rowsOf(n int64) string {
	switch {
	case n < 0:
		return "rows not counted"
	case n == 1:
		return "1 row"
	}
	return pipeline.Thousands(n) + " rows"
}
