package lang

import (
	"slices"
)

// Scope is what a source is checked and completed against: what stands before
// its first statement. A nil *Scope is an empty session. All functions may be
// nil, must be quick (a few milliseconds: they run at every key) and are
// called from the caller's goroutine only.
type Scope struct {
	// Results are the named results.
	Results []Named
	// Last is the kind of the last result, None when there is none.
	Last Kind
	// Params are the parameters with their values as they are now.
	Params []Param
	// Set are values from outside, as of --set k=50: they win over the
	// defaults of the script's own param statements.
	Set map[string]string

	// Columns gives the column names of a named result, or of the last one
	// for "". Nil or no columns: unknown, and not checked.
	Columns func(result string) []string
	// Words gives words of the vocabulary that begin with prefix, the most
	// frequent first, at most limit.
	Words func(prefix string, limit int) []string
	// Clusters gives the number of clusters of a named result, or of the last
	// one for ""; 0 when unknown.
	Clusters func(result string) int
	// Files gives paths that begin with prefix; folders end in "/".
	Files func(prefix string) []string
}

// Named is a result by its name.
type Named struct {
	Name string
	Kind Kind
	// Detail is shown beside the name by completion: "298,112 rows".
	Detail string
}

// Param is a parameter with its value.
type Param struct {
	Name  string
	Value string
	// Choices are its only values; nil when any will do.
	Choices []string
}

// anyKind is the kind of a result that nothing is known about: no check of
// kinds fails on it.
const anyKind = Kind(1 << 20)

// flow is the scope as it changes from step to step of a script.
type flow struct {
	scope  *Scope
	kinds  map[string]Kind
	params map[string]Param
	order  []string        // names of results, in the order they came
	broken map[string]bool // parameters whose value is not known
	made   map[string]bool // results that the script itself makes
	last   Kind
	// lastMade says that the script itself made the last result.
	lastMade bool
	// open says that an opaque command may have changed everything.
	open bool
}

func newFlow(scope *Scope) *flow {
	if scope == nil {
		scope = &Scope{}
	}
	f := &flow{
		scope: scope, kinds: map[string]Kind{}, params: map[string]Param{},
		broken: map[string]bool{}, made: map[string]bool{}, last: scope.Last,
	}
	for _, r := range scope.Results {
		f.define(r.Name, r.Kind)
	}
	clear(f.made)
	for _, p := range scope.Params {
		f.params[p.Name] = p
	}
	return f
}

// define names a result.
func (f *flow) define(name string, kind Kind) {
	if _, known := f.kinds[name]; !known {
		f.order = append(f.order, name)
	}
	f.kinds[name] = kind
	f.made[name] = true
}

// value gives the value of a parameter, for Lexeme.Insert.
func (f *flow) value(name string) (string, bool) {
	if p, ok := f.params[name]; ok && !f.broken[name] {
		return p.Value, true
	}
	return "", false
}

// fresh reports whether the result, "" for the last one, is still the one of
// the scope, so that its columns and clusters can be asked for.
func (f *flow) fresh(result string) bool {
	if result == "" {
		return !f.lastMade && f.last != anyKind && !f.open
	}
	return !f.made[result] && !f.open
}

// columns are the columns of a result as far as they are known now.
func (f *flow) columns(result string) []string {
	if f.scope.Columns == nil || !f.fresh(result) {
		return nil
	}
	return f.scope.Columns(result)
}

// clusters is the number of clusters of a result as far as it is known now.
func (f *flow) clusters(result string) int {
	if f.scope.Clusters == nil || !f.fresh(result) {
		return 0
	}
	return f.scope.Clusters(result)
}

// advance lets a step take its effect on names, parameters and kinds, also
// when something is wrong with it: one mistake is told once.
func (f *flow) advance(st *Step) {
	as, _ := st.As.bare()
	switch {
	case st.Param != nil:
		f.declare(st.Param)
		return
	case st.Command == nil:
		f.last, f.lastMade = anyKind, true
		if as != "" {
			f.define(as, anyKind)
		}
		return
	case slices.ContainsFunc(st.Words, func(w Lexeme) bool { return w.is("--help") }):
		return
	case st.Command.Opaque:
		f.open, f.last, f.lastMade = true, anyKind, true
	}
	kind := st.Command.Gives
	if kind != None {
		f.last, f.lastMade = kind, true
	} else if kind = anyKind; as != "" {
		f.define(as, kind)
		return
	}
	switch {
	case as != "":
		f.define(as, kind)
	case st.Command.Known != "":
		f.define(st.Command.Known, kind)
	}
}

// declare enters a parameter of a param statement.
func (f *flow) declare(d *ParamDecl) {
	p := Param{}
	p.Name, _ = d.Name.bare()
	delete(f.broken, p.Name)
	value, ok := f.scope.Set[p.Name]
	if !ok {
		value, ok = d.Default.Insert(f.value)
	}
	if !ok {
		f.broken[p.Name] = true
	}
	p.Value = value
	for _, c := range d.Choices {
		if text, ok := c.Insert(f.value); ok {
			p.Choices = append(p.Choices, text)
		}
	}
	f.params[p.Name] = p
}

// paramNames are the names of all parameters, sorted.
func (f *flow) paramNames() []string {
	names := make([]string, 0, len(f.params))
	for name := range f.params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
