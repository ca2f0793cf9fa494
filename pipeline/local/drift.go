package local

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// partColumns are the columns of one part file, or of several that have the
// same ones. The rule by which those of all parts become the columns of one
// table is that of docs/adr/0011-schema-drift.md.
type partColumns struct {
	fields  []lake.Field
	leftOut []lake.Field
	index   map[string]int // of fields, by name
	file    string         // the first that has these columns
	files   int
}

func newPartColumns(all []lake.Field, file string) *partColumns {
	p := &partColumns{file: file, files: 1, index: make(map[string]int, len(all))}
	for _, f := range all {
		if f.Type.Kind == lake.Unsupported {
			p.leftOut = append(p.leftOut, f)
			continue
		}
		p.index[f.Name] = len(p.fields)
		p.fields = append(p.fields, f)
	}
	return p
}

func (p *partColumns) has(name string) bool {
	_, ok := p.index[name]
	return ok
}

// names says whether the file has the column, readable or not.
func (p *partColumns) names(name string) bool {
	return p.has(name) || slices.ContainsFunc(p.leftOut, func(f lake.Field) bool { return f.Name == name })
}

func (p *partColumns) same(q *partColumns) bool {
	return slices.Equal(p.fields, q.fields) && slices.Equal(p.leftOut, q.leftOut)
}

// sighting is a type that a column has in some of the files.
type sighting struct {
	typ   lake.Type
	file  string // the first of them
	files int
}

// mergedColumn is a column of a table as the files have it.
type mergedColumn struct {
	name    string
	seen    []sighting
	left    string // why it is left out; "" when it is not
	leftIn  string // the file in which it cannot be read
	files   int
	without string // the first file that lacks it
	nulls   bool
}

// merged is what becomes of the columns of all files.
type merged struct {
	fields  []lake.Field
	leftOut []lake.Field
	drift   []drift
}

// drift is what was done about a column that is not the same in all files.
type drift struct {
	column, what string
}

// mergeColumns makes one list of columns of those of all files, in the order
// of their first appearance, or refuses by naming two files and the column.
func mergeColumns(kinds []*partColumns) (merged, error) {
	var columns []*mergedColumn
	byName := map[string]*mergedColumn{}
	var twice []lake.Field
	total := 0
	for _, p := range kinds {
		total += p.files
		for i, f := range slices.Concat(p.fields, p.leftOut) {
			if i >= len(p.fields) && p.has(f.Name) { // a second one of that name
				twice = append(twice, f)
				continue
			}
			c := byName[f.Name]
			if c == nil {
				c = &mergedColumn{name: f.Name}
				byName[f.Name] = c
				columns = append(columns, c)
			}
			c.add(f, p)
		}
	}
	if err := oneSpelling(columns, kinds); err != nil {
		return merged{}, err
	}
	m := merged{leftOut: twice}
	for _, c := range columns {
		if c.files < total {
			i := slices.IndexFunc(kinds, func(p *partColumns) bool { return !p.names(c.name) })
			c.without = kinds[i].file
		}
		if c.left != "" {
			c.leave(&m, total)
			continue
		}
		gone, err := structOrValue(c, byName, kinds)
		if err != nil {
			return merged{}, err
		}
		if gone {
			m.drift = append(m.drift, drift{c.name, fmt.Sprintf("nothing but null in %s, a struct elsewhere: its members are null there", c.seen[0].file)})
			continue
		}
		if err := c.merge(&m, total); err != nil {
			return merged{}, err
		}
	}
	return m, nil
}

func (c *mergedColumn) add(f lake.Field, p *partColumns) {
	c.files += p.files
	c.nulls = c.nulls || f.Nullable
	if f.Type.Kind == lake.Unsupported {
		if c.left == "" {
			c.left, c.leftIn = f.Type.Reason, p.file
		}
		return
	}
	i := slices.IndexFunc(c.seen, func(s sighting) bool { return s.typ == f.Type })
	if i < 0 {
		c.seen = append(c.seen, sighting{f.Type, p.file, p.files})
		return
	}
	c.seen[i].files += p.files
}

// leave notes a column that cannot be read in one of the files.
func (c *mergedColumn) leave(m *merged, total int) {
	reason := c.left
	if len(c.seen) > 0 {
		reason = fmt.Sprintf("%s, in %s", reason, c.leftIn)
	}
	m.leftOut = append(m.leftOut, lake.Field{Name: c.name, Nullable: c.nulls || c.files < total, Type: lake.Type{Reason: reason}})
}

// merge finds the type of a column.
func (c *mergedColumn) merge(m *merged, total int) error {
	types := make([]lake.Type, len(c.seen))
	for i, s := range c.seen {
		types[i] = s.typ
	}
	typ, i, j := commonType(types)
	if i != j {
		a, b := c.seen[i], c.seen[j]
		return fmt.Errorf("column %q is %s in %s and %s in %s: %s: load files of one schema together",
			c.name, a.typ, a.file, b.typ, b.file, whyNot(a.typ, b.typ))
	}
	m.fields = append(m.fields, lake.Field{Name: c.name, Type: typ, Nullable: c.nulls || c.files < total || len(types) > 1})
	if len(types) > 1 {
		var list []string
		for _, s := range c.seen {
			text := fmt.Sprintf("%s in %s", s.typ, s.file)
			if s.files > 1 {
				text += fmt.Sprintf(" and %s more", pipeline.Thousands(int64(s.files-1)))
			}
			list = append(list, text)
		}
		m.drift = append(m.drift, drift{c.name, fmt.Sprintf("%s: read as %s", strings.Join(list, ", "), typ)})
	}
	if c.files < total {
		m.drift = append(m.drift, drift{c.name, missingIn(total-c.files, total, c.without)})
	}
	return nil
}

// oneSpelling refuses names that differ in capitals only, unless one file has
// both.
func oneSpelling(columns []*mergedColumn, kinds []*partColumns) error {
	if len(kinds) < 2 {
		return nil
	}
	byFold := map[string]*mergedColumn{}
	for _, c := range columns {
		fold := strings.ToLower(c.name)
		other, ok := byFold[fold]
		if !ok {
			byFold[fold] = c
			continue
		}
		if slices.ContainsFunc(kinds, func(p *partColumns) bool { return p.names(c.name) && p.names(other.name) }) {
			continue
		}
		return fmt.Errorf("column %q of %s is called %q in %s: capitals are all that differs; give it one name",
			other.name, fileWith(kinds, other.name), c.name, fileWith(kinds, c.name))
	}
	return nil
}

func fileWith(kinds []*partColumns, name string) string {
	for _, p := range kinds {
		if p.names(name) {
			return p.file
		}
	}
	return ""
}

// structOrValue refuses a column that is a struct in other files, of which
// byName holds the members. When it holds nothing but nulls it is gone.
func structOrValue(member *mergedColumn, byName map[string]*mergedColumn, kinds []*partColumns) (gone bool, err error) {
	if len(kinds) < 2 {
		return false, nil
	}
	// The members look up, since they know what the struct is called.
	for at, r := range member.name {
		if r != '.' {
			continue
		}
		c := byName[member.name[:at]]
		if c == nil || c.left != "" || c.onlyNull() ||
			slices.ContainsFunc(kinds, func(p *partColumns) bool { return p.has(c.name) && p.names(member.name) }) {
			continue
		}
		return false, fmt.Errorf("column %q is %s in %s and a struct in %s, where there is %q: load files of one schema together",
			c.name, c.seen[0].typ, c.seen[0].file, fileWith(kinds, member.name), member.name)
	}
	if !member.onlyNull() {
		return false, nil
	}
	prefix := member.name + "."
	for name := range byName {
		if strings.HasPrefix(name, prefix) {
			return true, nil
		}
	}
	return false, nil
}

func (c *mergedColumn) onlyNull() bool {
	return !slices.ContainsFunc(c.seen, func(s sighting) bool { return s.typ.Note != lake.NullNote })
}

// errNoRoom says that a value has no place in the type of its column.
var errNoRoom = errors.New("does not fit")

// driftFacts lists what was done about columns that are not the same in all
// files.
func driftFacts(list []drift) []pipeline.Table {
	if len(list) == 0 {
		return nil
	}
	t := pipeline.Table{Title: "schema drift", Columns: []pipeline.TableColumn{
		pipeline.Col("column", pipeline.String), pipeline.Col("drift", pipeline.String),
	}, Total: int64(len(list))}
	const most = 200
	for _, d := range list[:min(most, len(list))] {
		t.Add(d.column, d.what)
	}
	return []pipeline.Table{t}
}

// converted is what a conversion of text files learns of them.
type converted struct {
	kinds  []*partColumns // of the files that have columns
	drift  []drift
	mended int64 // lines that held bytes that are not UTF-8
}

func (c *converted) note(column, what string) { c.drift = append(c.drift, drift{column, what}) }

// names are the columns of all files in the order of their first appearance.
func (c *converted) names() ([]string, error) {
	var columns []*mergedColumn
	seen := map[string]bool{}
	for _, k := range c.kinds {
		for _, f := range k.fields {
			if !seen[f.Name] {
				seen[f.Name] = true
				columns = append(columns, &mergedColumn{name: f.Name})
			}
		}
	}
	names := make([]string, len(columns))
	for i, m := range columns {
		names[i] = m.name
	}
	return names, oneSpelling(columns, c.kinds)
}

// noteMissing notes that files lack the column, and says so.
func (c *converted) noteMissing(name string) bool {
	n, first := 0, ""
	for _, k := range c.kinds {
		if !k.has(name) {
			n++
			first = cmp.Or(first, k.file)
		}
	}
	if n > 0 {
		c.note(name, missingIn(n, len(c.kinds), first))
	}
	return n > 0
}

func missingIn(n, total int, first string) string {
	return fmt.Sprintf("missing in %s of %s files, the first of them %s: null there",
		pipeline.Thousands(int64(n)), pipeline.Thousands(int64(total)), first)
}
