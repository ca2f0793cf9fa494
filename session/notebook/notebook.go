package notebook

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// The types of a cell.
const (
	Code     = "code"
	Markdown = "markdown"
	Raw      = "raw"
)

// The types of an output.
const (
	StreamOutput  = "stream"
	DisplayData   = "display_data"
	ExecuteResult = "execute_result"
	ErrorOutput   = "error"
)

// Object is a JSON object. Its values are nil, bool, string, json.Number, []any
// and map[string]any, as read; int, float64 and []string may be set as well.
type Object = map[string]any

// Notebook is a notebook of Jupyter.
type Notebook struct {
	Cells    []Cell
	Metadata Object
	// Extra are fields that nbformat does not know.
	Extra Object
}

// Cell is one cell.
type Cell struct {
	Type string
	// ID is 1 to 64 of A-Z, a-z, 0-9, "-" and "_"; one is made where it is
	// empty.
	ID     string
	Source string
	// Metadata holds tags, see [Cell.Tagged], and what programs left there.
	Metadata Object
	// Attachments are the images of a Markdown cell: by name, a bundle each.
	Attachments Object
	// ExecutionCount is the number in the brackets; nil when it was not run.
	ExecutionCount *int64
	Outputs        []Output
	// Extra are fields that nbformat does not know.
	Extra Object
}

// Output is what a cell gave.
type Output struct {
	Type string

	// Name is stdout or stderr, Text what was written; of a stream.
	Name, Text string

	// Data is the bundle of a display or a result: by MIME type, text as a
	// string, binary data in base64, and JSON as its value.
	Data Object
	// Metadata is about the bundle.
	Metadata Object
	// ExecutionCount is that of a result.
	ExecutionCount *int64

	// ErrorName, ErrorValue and Traceback tell an error.
	ErrorName, ErrorValue string
	Traceback             []string

	// Extra are fields that nbformat does not know.
	Extra Object
}

// New returns an empty notebook of gondola's kernel.
func New() *Notebook { return &Notebook{Metadata: ownMetadata()} }

// ownMetadata names the kernel and says how the language is shown. Editors know
// no gondola, so they colour it as a shell.
func ownMetadata() Object {
	return Object{
		"kernelspec": Object{"name": "gondola", "display_name": "Gondola", "language": "gondola"},
		"language_info": Object{
			"name": "gondola", "file_extension": ".gnd", "mimetype": "text/x-gondola",
			"codemirror_mode": "shell", "pygments_lexer": "bash",
		},
	}
}

// Stream is an output of plain text; name is stdout or stderr.
func Stream(name, text string) Output { return Output{Type: StreamOutput, Name: name, Text: text} }

// Display is an output of a bundle.
func Display(data Object) Output { return Output{Type: DisplayData, Data: data} }

// Tags are those of the cell.
func (c *Cell) Tags() []string {
	switch list := c.Metadata["tags"].(type) {
	case []string:
		return list
	case []any:
		var tags []string
		for _, v := range list {
			if tag, ok := v.(string); ok {
				tags = append(tags, tag)
			}
		}
		return tags
	}
	return nil
}

// Tagged says whether the cell has the tag.
func (c *Cell) Tagged(tag string) bool { return slices.Contains(c.Tags(), tag) }

// set sets a value of the metadata without touching the map that another cell
// may share.
func set(o *Object, key string, value any) {
	m := maps.Clone(*o)
	if m == nil {
		m = Object{}
	}
	m[key] = value
	*o = m
}

// giveIDs gives an id to every cell that has none, a bad one, or that of a
// cell before it. It is made of the cell's type and text and of how many
// alike stand before it, so a cell that is added elsewhere changes none.
func giveIDs(cells []Cell) {
	taken := make(map[string]bool, len(cells))
	fresh := make([]bool, len(cells))
	for i := range cells {
		id := cells[i].ID
		fresh[i] = !validID(id) || taken[id]
		taken[id] = true
	}
	alike := map[[sha256.Size]byte]int{}
	for i := range cells {
		if !fresh[i] {
			continue
		}
		sum := sha256.Sum256([]byte(cells[i].Type + "\x00" + cells[i].Source))
		for {
			alike[sum]++
			id := hex.EncodeToString(sum[:4])
			if n := alike[sum]; n > 1 {
				id = fmt.Sprintf("%s-%d", id, n)
			}
			if !taken[id] {
				cells[i].ID, taken[id] = id, true
				break
			}
		}
	}
}

func validID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
