package notebook

import (
	"slices"
	"strings"
)

// The tags of papermill: the cell of the defaults, and the one that another
// run puts after it.
const (
	ParametersTag = "parameters"
	InjectedTag   = "injected-parameters"
)

// Inject puts a code cell with the statements, such as "param k = 50", into the
// notebook as papermill does: in place of the one of an earlier run, else
// after the code cell with the tag parameters, else at the top. Without
// statements it only removes that of an earlier run.
func (nb *Notebook) Inject(statements []string) {
	at := -1
	var cells []Cell
	for _, c := range nb.Cells {
		if c.Type != Code || !c.Tagged(InjectedTag) {
			cells = append(cells, c)
		} else if at < 0 {
			at = len(cells)
		}
	}
	if at < 0 {
		at = 1 + slices.IndexFunc(cells, func(c Cell) bool { return c.Type == Code && c.Tagged(ParametersTag) })
	}
	if len(statements) > 0 {
		cells = slices.Insert(cells, at, Cell{
			Type: Code, Source: strings.Join(statements, "\n"), Metadata: Object{"tags": []any{InjectedTag}},
		})
	}
	giveIDs(cells)
	nb.Cells = cells
}
