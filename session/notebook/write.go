package notebook

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Bytes returns the notebook as a file of nbformat 4.5, with a newline at its
// end. An error is a cell or an output of an unknown type, or a value that
// JSON does not have.
func (nb *Notebook) Bytes() ([]byte, error) {
	cells := slices.Clone(nb.Cells)
	giveIDs(cells)
	list := make([]any, len(cells))
	for i := range cells {
		o, err := writeCell(&cells[i])
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		list[i] = o
	}
	o := with(nb.Extra)
	o["nbformat"], o["nbformat_minor"] = 4, 5
	o["metadata"], o["cells"] = with(nb.Metadata, "signature", "orig_nbformat", "orig_nbformat_minor"), list
	var e encoder
	e.value(o, 0)
	e.b.WriteByte('\n')
	return e.b.Bytes(), e.err
}

func writeCell(c *Cell) (Object, error) {
	o := with(c.Extra)
	o["cell_type"], o["id"] = c.Type, c.ID
	o["metadata"], o["source"] = with(c.Metadata, "trusted"), splitLines(c.Source)
	switch c.Type {
	case Markdown, Raw:
		if c.Attachments != nil {
			all := with(c.Attachments)
			for name, bundle := range all {
				if b, ok := bundle.(Object); ok {
					all[name] = splitBundle(b)
				}
			}
			o["attachments"] = all
		}
	case Code:
		o["execution_count"] = countOrNull(c.ExecutionCount)
		outputs := make([]any, len(c.Outputs))
		for i := range c.Outputs {
			out, err := writeOutput(&c.Outputs[i])
			if err != nil {
				return nil, fmt.Errorf("output %d: %w", i+1, err)
			}
			outputs[i] = out
		}
		o["outputs"] = outputs
	default:
		return nil, fmt.Errorf("its type is %s, not code, markdown or raw", excerpt(c.Type))
	}
	return o, nil
}

func writeOutput(out *Output) (Object, error) {
	o := with(out.Extra)
	o["output_type"] = out.Type
	switch out.Type {
	case StreamOutput:
		o["name"], o["text"] = out.Name, splitLines(out.Text)
	case ExecuteResult, DisplayData:
		o["data"], o["metadata"] = splitBundle(out.Data), with(out.Metadata)
		if out.Type == ExecuteResult {
			o["execution_count"] = countOrNull(out.ExecutionCount)
		}
	case ErrorOutput:
		o["ename"], o["evalue"], o["traceback"] = out.ErrorName, out.ErrorValue, out.Traceback
	default:
		return nil, fmt.Errorf("its type is %s, not stream, display_data, execute_result or error", excerpt(out.Type))
	}
	return o, nil
}

// with is a copy of o without some keys.
func with(o Object, without ...string) Object {
	c := make(Object, len(o)+4)
	maps.Copy(c, o)
	for _, key := range without {
		delete(c, key)
	}
	return c
}

func countOrNull(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

// splitBundle makes lists of lines of the texts of a bundle. Only these types
// are text to nbformat; a picture in base64 stays one string.
func splitBundle(data Object) Object {
	o := with(data)
	for mime, v := range o {
		text, ok := v.(string)
		if ok && (strings.HasPrefix(mime, "text/") || mime == "application/javascript" || mime == "image/svg+xml") {
			o[mime] = splitLines(text)
		}
	}
	return o
}
