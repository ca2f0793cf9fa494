package pipeline

// Dataset is a handle to a table that an engine holds. It is immutable:
// Transform returns a new one. The rows stay in the engine.
type Dataset interface {
	Schema() Schema
	// Len returns the number of rows, -1 when the engine has not counted them.
	Len() int64
	// Facts returns what the step that made the dataset learned on its way
	// through all rows, as small tables: the columns and files of a load,
	// what a preprocess dropped and why, the coverage of tags.
	Facts() []Table
	// Origin says how the dataset came to be.
	Origin() Origin
}

// Schema lists the columns of a dataset and says which of them is the title
// and which the key.
type Schema struct {
	Columns []Column
	Title   string   // the column of product titles
	ID      string   // the key column; empty when there is none
	LeftOut []Column // columns of the source that cannot be kept; Note says why
}

// Column describes a column of a dataset.
type Column struct {
	Name     string
	Type     Type
	Source   string // type as the source names it: "int32", "decimal(9,2)"; may be empty
	Nullable bool
	Note     string // "partition folder", "computed by tag", or why it was left out
}

// Column returns the column of that name.
func (s Schema) Column(name string) (Column, bool) {
	for _, c := range s.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Names returns the column names in order.
func (s Schema) Names() []string {
	names := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		names[i] = c.Name
	}
	return names
}

// With returns the schema with columns added at its end; a column of the same
// name is replaced where it stands.
func (s Schema) With(columns ...Column) Schema {
	out := append([]Column(nil), s.Columns...)
next:
	for _, c := range columns {
		for i := range out {
			if out[i].Name == c.Name {
				out[i] = c
				continue next
			}
		}
		out = append(out, c)
	}
	s.Columns = out
	return s
}

// The columns that steps add.
const (
	TokensColumn   = "tokens"   // preprocess: list<string>, the words that are kept, as the title wrote them
	ClusterColumn  = "cluster"  // assign: int, the nearest centre; null when no word has a vector
	DistanceColumn = "distance" // assign: float, to that centre
	TagsColumn     = "tags"     // tag: list<string>, best first
)
