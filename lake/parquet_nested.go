package lake

import (
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// columnFinder turns the tree of a schema into flat columns, one for each
// leaf, each named by its path. What Dremel calls definition and repetition
// levels (Melnik et al., VLDB 2010) is worked out on the way down: every
// optional or repeated element above a value adds a definition level, every
// repeated one a repetition level.
//
// A path with one repeated element is a list, and so is every member of a list
// of structs: the lists of one row are then equally long. A path with more than
// one is left out.
type columnFinder struct {
	fields []Field
	leaves []leaf
	seen   map[string]bool
	names  int // bytes of all names
	groups int // repeated elements met
}

// branch is where in the tree the finder is.
type branch struct {
	path     string
	def, rep int
	// Of the repeated element above, if there is one.
	group, listDef int
}

// maxNames bounds the names of the columns: each repeats those of the structs
// around it, so that a small schema can make a lot of them.
const maxNames = 16 << 20

func (c *columnFinder) top(n schemaNode) error {
	return c.node(n, branch{}, n.el.Name)
}

// node adds the columns of n, which is called name.
func (c *columnFinder) node(n schemaNode, at branch, name string) error {
	at = at.enter(n, c)
	at.path = name
	switch {
	case at.rep > 1:
		return c.leaveOut(at, "it repeats within what repeats: lists of lists are not read")
	case n.el.Type.Valid:
		return c.leaf(n, at)
	case isVariant(n.el):
		return c.leaveOut(at, "variants are not read")
	case len(n.children) == 0:
		return c.leaveOut(at, "a struct without members")
	case isMap(n.el):
		return c.mapNode(n, at)
	case isList(n.el):
		return c.listNode(n, at)
	}
	return c.members(n, at)
}

// enter goes down into n: its levels.
func (b branch) enter(n schemaNode, c *columnFinder) branch {
	switch n.el.RepetitionType.V {
	case format.Optional:
		b.def++
	case format.Repeated:
		c.groups++
		b.group, b.listDef = c.groups, b.def
		b.def++
		b.rep++
	}
	return b
}

func (c *columnFinder) members(n schemaNode, at branch) error {
	for _, child := range n.children {
		if err := c.node(child, at, at.path+"."+child.el.Name); err != nil {
			return err
		}
	}
	return nil
}

// listNode adds a group that is annotated as a list. Its one child repeats.
// What lies below that is an element, or a group around one: the rules for
// telling are those of the format.
//
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
func (c *columnFinder) listNode(n schemaNode, at branch) error {
	if len(n.children) != 1 || n.children[0].el.RepetitionType.V != format.Repeated {
		return c.leaveOut(at, "a list that is not built like one")
	}
	inner := n.children[0]
	name := inner.el.Name
	switch {
	case inner.el.Type.Valid, len(inner.children) != 1,
		inner.children[0].el.RepetitionType.V == format.Repeated,
		name == "array", name == n.el.Name+"_tuple":
		return c.node(inner, at, at.path) // two levels, as old writers have it
	}
	at = at.enter(inner, c)
	if at.rep > 1 {
		return c.leaveOut(at, "it repeats within what repeats: lists of lists are not read")
	}
	return c.node(inner.children[0], at, at.path)
}

// mapNode adds the keys and the values of a map, two lists equally long.
func (c *columnFinder) mapNode(n schemaNode, at branch) error {
	if len(n.children) != 1 || n.children[0].el.RepetitionType.V != format.Repeated || n.children[0].el.Type.Valid ||
		len(n.children[0].children) == 0 || len(n.children[0].children) > 2 {
		return c.leaveOut(at, "a map that is not built like one")
	}
	at = at.enter(n.children[0], c)
	if at.rep > 1 {
		return c.leaveOut(at, "it repeats within what repeats: maps in lists are not read")
	}
	for i, child := range n.children[0].children {
		// The names in the file may be others.
		if err := c.node(child, at, at.path+[]string{".key", ".value"}[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *columnFinder) leaf(n schemaNode, at branch) error {
	t, l := readLeaf(n)
	l.maxDef, l.maxRep = at.def, at.rep
	f := Field{Name: at.path, Type: t, Nullable: at.def > 0}
	if at.rep > 0 && t.Kind != Unsupported {
		f.Type = ListOf(t)
		l.group, l.listDef, l.elemDef = at.group, at.listDef, at.listDef+1
		f.Nullable = l.listDef > 0
	}
	return c.add(f, l)
}

func (c *columnFinder) leaveOut(at branch, reason string) error {
	return c.add(Field{Name: at.path, Type: unsupported(reason), Nullable: at.def > 0}, leaf{})
}

func (c *columnFinder) add(f Field, l leaf) error {
	if c.names += len(f.Name); c.names > maxNames {
		return corrupt("the names of the columns take more than %d bytes", maxNames)
	}
	if c.seen[f.Name] && f.Type.Kind != Unsupported {
		f.Type = unsupported("another column has the same name")
	}
	c.seen[f.Name] = true
	c.fields = append(c.fields, f)
	c.leaves = append(c.leaves, l)
	return nil
}

func isVariant(el *format.SchemaElement) bool {
	_, ok := el.LogicalType.Value.(*format.VariantType)
	return ok
}

func isMap(el *format.SchemaElement) bool {
	if _, ok := el.LogicalType.Value.(*format.MapType); ok {
		return true
	}
	ct := el.ConvertedType
	return ct.Valid && (ct.V == deprecated.Map || ct.V == deprecated.MapKeyValue)
}

func isList(el *format.SchemaElement) bool {
	_, ok := el.LogicalType.Value.(*format.ListType)
	return ok || el.ConvertedType.Valid && el.ConvertedType.V == deprecated.List
}

// aligned tells whether the columns that share a repeated element, the members
// of a list of structs or the keys and values of a map, have the same number of
// elements in every row.
func (f *ParquetFile) aligned(indexes []int, b *Batch) error {
	first := map[int]int{} // by group
	for i, at := range indexes {
		group := f.leaves[at].group
		if group == 0 {
			continue
		}
		k, ok := first[group]
		if !ok {
			first[group] = i
			continue
		}
		x, y := &b.Columns[k], &b.Columns[i]
		if !slices.Equal(x.Lists, y.Lists) || !sameNulls(x, y) {
			return corrupt("the lists of %q and %q, which belong together, are not equally long", shortName(x.Name), shortName(y.Name))
		}
	}
	return nil
}

func sameNulls(x, y *Column) bool {
	if x.Valid == nil && y.Valid == nil {
		return true
	}
	for i := range x.Len() {
		if x.Null(i) != y.Null(i) {
			return false
		}
	}
	return true
}

// shortName is a name for an error: names in a file may be of any length.
func shortName(name string) string {
	const most = 100
	if len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "..."
	}
	return name
}
