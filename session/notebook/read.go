package notebook

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
)

// Read reads a notebook of Jupyter, nbformat 4.0 to 4.5. Cells of older files
// have no ids and get them, as cells do whose id is bad or taken. What must
// never stand in a file (trusted, signature, orig_nbformat) is left out, as
// nbformat does.
func Read(r io.Reader) (*Notebook, error) {
	o, err := readJSON(r, "notebook")
	if err != nil {
		return nil, err
	}
	if err := checkVersion(o); err != nil {
		return nil, err
	}
	nb := &Notebook{}
	f := fields{o: o}
	nb.Metadata = f.object("metadata")
	for _, key := range []string{"signature", "orig_nbformat", "orig_nbformat_minor"} {
		delete(nb.Metadata, key)
	}
	for i, v := range f.list("cells") {
		c, err := readCell(v)
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		nb.Cells = append(nb.Cells, c)
	}
	delete(o, "nbformat")
	delete(o, "nbformat_minor")
	nb.Extra = f.rest()
	if f.err != nil {
		return nil, f.err
	}
	giveIDs(nb.Cells)
	return nb, nil
}

func checkVersion(o Object) error {
	major, ok := o["nbformat"].(json.Number)
	switch n, err := strconv.Atoi(string(major)); {
	case !ok || err != nil:
		if _, zeppelin := o["paragraphs"]; zeppelin {
			return fmt.Errorf("this is a note of Zeppelin, no notebook of Jupyter: give it the name x.zpln")
		}
		return fmt.Errorf("this is no notebook: it has no number nbformat")
	case n < 4:
		return fmt.Errorf("this notebook has nbformat %d, and 4 is read: convert it with jupyter nbconvert --to notebook --nbformat 4", n)
	case n > 4:
		return fmt.Errorf("this notebook has nbformat %d, and 4 is read: save it as nbformat 4 where it was made", n)
	}
	return nil
}

func readCell(v any) (Cell, error) {
	o, ok := v.(Object)
	if !ok {
		return Cell{}, fmt.Errorf("it must be a JSON object")
	}
	f := fields{o: o}
	c := Cell{
		Type: f.text("cell_type"), Source: f.lines("source"), Metadata: f.object("metadata"),
	}
	c.ID, _ = f.take("id").(string)
	delete(c.Metadata, "trusted")
	switch c.Type {
	case Markdown, Raw:
		if _, has := o["attachments"]; has {
			c.Attachments = f.object("attachments")
			for name, bundle := range c.Attachments {
				if b, ok := bundle.(Object); ok {
					c.Attachments[name] = joinBundle(b)
				}
			}
		}
	case Code:
		c.ExecutionCount = f.count("execution_count")
		for i, v := range f.list("outputs") {
			out, err := readOutput(v)
			if err != nil {
				return Cell{}, fmt.Errorf("output %d: %w", i+1, err)
			}
			c.Outputs = append(c.Outputs, out)
		}
	default:
		return Cell{}, fmt.Errorf("its cell_type is %s, not code, markdown or raw", excerpt(c.Type))
	}
	c.Extra = f.rest()
	return c, f.err
}

func readOutput(v any) (Output, error) {
	o, ok := v.(Object)
	if !ok {
		return Output{}, fmt.Errorf("it must be a JSON object")
	}
	f := fields{o: o}
	out := Output{Type: f.text("output_type")}
	switch out.Type {
	case StreamOutput:
		out.Name, out.Text = f.text("name"), f.lines("text")
	case ExecuteResult, DisplayData:
		out.Data, out.Metadata = joinBundle(f.object("data")), f.object("metadata")
		if out.Type == ExecuteResult {
			out.ExecutionCount = f.count("execution_count")
		}
	case ErrorOutput:
		out.ErrorName, out.ErrorValue = f.text("ename"), f.text("evalue")
		for _, v := range f.list("traceback") {
			line, ok := v.(string)
			if !ok {
				return Output{}, fmt.Errorf("its traceback must be a list of strings")
			}
			out.Traceback = append(out.Traceback, line)
		}
	default:
		return Output{}, fmt.Errorf("its output_type is %s, not stream, display_data, execute_result or error", excerpt(out.Type))
	}
	out.Extra = f.rest()
	return out, f.err
}

// joinBundle joins the lists of lines of a MIME bundle. JSON stays what it is.
func joinBundle(data Object) Object {
	for mime, v := range data {
		if list, ok := v.([]any); ok && !isJSON(mime) {
			if text, ok := joinList(list); ok {
				data[mime] = text
			}
		}
	}
	return data
}

func isJSON(mime string) bool {
	return mime == "application/json" || strings.HasPrefix(mime, "application/") && strings.HasSuffix(mime, "+json")
}

func joinList(list []any) (string, bool) {
	var b strings.Builder
	for _, v := range list {
		line, ok := v.(string)
		if !ok {
			return "", false
		}
		b.WriteString(line)
	}
	return b.String(), true
}

// fields takes the known fields out of an object, and keeps the first that is
// of another type. A field that is missing is empty.
type fields struct {
	o   Object
	err error
}

func (f *fields) take(key string) any {
	v := f.o[key]
	delete(f.o, key)
	return v
}

func (f *fields) wrong(key, want string) {
	if f.err == nil {
		f.err = fmt.Errorf("its %s must be %s", key, want)
	}
}

func (f *fields) text(key string) string {
	v := f.take(key)
	s, ok := v.(string)
	if !ok && v != nil {
		f.wrong(key, "a string")
	}
	return s
}

// lines is a text that may be a list of lines.
func (f *fields) lines(key string) string {
	switch v := f.take(key).(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		if s, ok := joinList(v); ok {
			return s
		}
	}
	f.wrong(key, "a string or a list of strings")
	return ""
}

func (f *fields) object(key string) Object {
	v := f.take(key)
	o, ok := v.(Object)
	if !ok {
		if v != nil {
			f.wrong(key, "a JSON object")
		}
		return Object{}
	}
	return o
}

func (f *fields) list(key string) []any {
	v := f.take(key)
	l, ok := v.([]any)
	if !ok && v != nil {
		f.wrong(key, "a list")
	}
	return l
}

func (f *fields) count(key string) *int64 {
	v := f.take(key)
	if v == nil {
		return nil
	}
	n, ok := v.(json.Number)
	i, err := n.Int64()
	if !ok || err != nil {
		f.wrong(key, "a whole number or null")
		return nil
	}
	return &i
}

// rest are the fields that nobody took; nil when there are none.
func (f *fields) rest() Object {
	if len(f.o) == 0 {
		return nil
	}
	return maps.Clone(f.o)
}

// excerpt quotes the beginning of a text for an error.
func excerpt(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		s = string(runes[:40]) + "..."
	}
	return strconv.Quote(s)
}
