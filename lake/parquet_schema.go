package lake

import "github.com/parquet-go/parquet-go/format"

// leaf is where the values of a field are: which column chunk, in which
// physical form, and how many levels of null and repetition lie above it.
type leaf struct {
	chunk    int // index among the chunks of a row group
	physical format.Type
	length   int // of FIXED_LEN_BYTE_ARRAY
	maxDef   int // definition level of a value
	maxRep   int // repetition level: 1 for a list
	// For a list: the definition level at which there is a list (an empty
	// one), at which there is an element (a null one), and a number that it
	// shares with the lists that must be equally long.
	listDef, elemDef, group int
}

// schemaNode is one element of the schema with its children.
type schemaNode struct {
	el       *format.SchemaElement
	children []schemaNode
	chunk    int // of a leaf
}

// schemaTree turns the flat schema, in which each element says how many of the
// following belong to it, into a tree.
type schemaTree struct {
	elements []format.SchemaElement
	next     int
	leaves   int
}

func (t *schemaTree) node(depth int) (schemaNode, error) {
	if t.next >= len(t.elements) {
		return schemaNode{}, corrupt("the schema ends too early")
	}
	if depth > 64 {
		return schemaNode{}, corrupt("the schema is nested too deep")
	}
	n := schemaNode{el: &t.elements[t.next]}
	t.next++
	children := int(n.el.NumChildren.V)
	name := shortName(n.el.Name)
	switch r := n.el.RepetitionType.V; {
	case r < format.Required || r > format.Repeated:
		return n, corrupt("column %q has the unknown repetition %d", name, int(r))
	case n.el.Type.Valid && children > 0:
		return n, corrupt("column %q has a type and children", name)
	case n.el.Type.Valid:
		if n.el.Type.V < format.Boolean || n.el.Type.V > format.FixedLenByteArray {
			return n, corrupt("column %q has the unknown physical type %d", name, int(n.el.Type.V))
		}
		n.chunk = t.leaves
		t.leaves++
		return n, nil
	case children < 0 || children > len(t.elements)-t.next:
		return n, corrupt("column %q claims %d children", name, children)
	}
	for range children {
		c, err := t.node(depth + 1)
		if err != nil {
			return n, err
		}
		n.children = append(n.children, c)
	}
	return n, nil
}

// countLeaves returns how many columns of values a schema has.
func countLeaves(elements []format.SchemaElement) int {
	n := 0
	for i := range elements {
		if elements[i].Type.Valid {
			n++
		}
	}
	return n
}

// readSchema returns the fields, nested ones flat and named by their path, and
// for each its leaf.
func readSchema(elements []format.SchemaElement) ([]Field, []leaf, error) {
	if len(elements) < 2 {
		return nil, nil, corrupt("the schema has no columns")
	}
	t := schemaTree{elements: elements}
	root, err := t.node(0)
	if err != nil {
		return nil, nil, err
	}
	if t.next != len(elements) || len(root.children) == 0 {
		return nil, nil, corrupt("the schema has %d elements, %d of them are used", len(elements), t.next)
	}
	c := columnFinder{seen: map[string]bool{}}
	for _, n := range root.children {
		if err := c.top(n); err != nil {
			return nil, nil, err
		}
	}
	return c.fields, c.leaves, nil
}
