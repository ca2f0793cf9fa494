package kernel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gondola/session"
	"gondola/session/lang"
	"gondola/session/notebook"
	"gondola/viz"
)

// Tags of cells that runners of notebooks know: nbclient's and papermill's.
const (
	tagSkip     = "skip-execution"
	tagMayRaise = "raises-exception"
)

// NotebookRunner runs notebooks without Jupyter, cell by cell as the kernel
// does, with the same outputs.
type NotebookRunner struct {
	Session *session.Session
	// Before is told before a cell runs: its number among the code cells, from 1,
	// and how many there are; may be nil.
	Before func(cell, cells int, source string)
}

// CellError is the failure of a cell.
type CellError struct {
	Cell int // its number among the cells that were run
	Err  error
}

// Error names the cell.
func (e *CellError) Error() string { return fmt.Sprintf("cell %d: %v", e.Cell, e.Err) }

// Unwrap returns the session's error.
func (e *CellError) Unwrap() error { return e.Err }

// CheckLanguage refuses a notebook that is not gondola's. One that does not say
// is taken.
func CheckLanguage(nb *notebook.Notebook) error {
	for key, field := range map[string]string{"kernelspec": "language", "language_info": "name"} {
		about, _ := nb.Metadata[key].(map[string]any)
		if language, ok := about[field].(string); ok && language != "" && language != languageName {
			return fmt.Errorf("its language is %s: only notebooks of gondola run here", language)
		}
	}
	return nil
}

// Set puts values of parameters into a notebook as papermill does: in a cell
// after the one with the tag parameters, or after the last one that declares one
// of them. The error names a parameter that no cell declares.
func Set(g *lang.Grammar, nb *notebook.Notebook, values map[string]string) error {
	if len(values) == 0 {
		nb.Inject(nil)
		return nil
	}
	declared := map[string]int{}
	tagged := false
	for i := range nb.Cells {
		c := &nb.Cells[i]
		if c.Type != notebook.Code || c.Tagged(notebook.InjectedTag) {
			continue
		}
		tagged = tagged || c.Tagged(notebook.ParametersTag)
		for _, stmt := range g.Parse(c.Source).Statements {
			for _, step := range stmt.Steps {
				if step.Param != nil {
					name, _ := step.Param.Name.Literal()
					declared[name] = i
				}
			}
		}
	}
	var statements []string
	last := 0
	for name, value := range values {
		at, ok := declared[name]
		if !ok {
			return fmt.Errorf("--set %s: no cell declares a parameter of this name (param %s = ...)", name, name)
		}
		last = max(last, at)
		statements = append(statements, "param "+name+" = "+lang.Quote(value))
	}
	slices.Sort(statements)
	if !tagged {
		c := &nb.Cells[last]
		if c.Metadata == nil {
			c.Metadata = notebook.Object{}
		}
		tags := []any{}
		for _, t := range c.Tags() {
			tags = append(tags, t)
		}
		c.Metadata["tags"] = append(tags, notebook.ParametersTag)
	}
	nb.Inject(statements)
	return nil
}

// Run runs the code cells of the notebook in their order and puts their outputs
// in the place of older ones. The first failure ends it, unless the cell has the
// tag raises-exception; cells with the tag skip-execution are left out. The
// error is a *CellError. What ran before it stays in the notebook.
func (r NotebookRunner) Run(ctx context.Context, nb *notebook.Notebook) error {
	nb.ClearRuns()
	fresh := notebook.New()
	if nb.Metadata == nil {
		nb.Metadata = notebook.Object{}
	}
	for _, key := range []string{"kernelspec", "language_info"} {
		if _, ok := nb.Metadata[key]; !ok {
			nb.Metadata[key] = fresh.Metadata[key]
		}
	}
	var cells []*notebook.Cell
	for i := range nb.Cells {
		if c := &nb.Cells[i]; c.Type == notebook.Code && !c.Tagged(tagSkip) && strings.TrimSpace(c.Source) != "" {
			cells = append(cells, c)
		}
	}
	var page pages
	draw := &drawing{
		pictures: r.Session, kernelSpec: DefaultName,
		library: func() viz.Library { return viz.Library(r.Session.Setting("notebook.assets")) },
		first:   func() bool { return page.first("") },
	}
	for i, c := range cells {
		if ctx.Err() != nil {
			return &CellError{Cell: i + 1, Err: context.Cause(ctx)}
		}
		if r.Before != nil {
			r.Before(i+1, len(cells), c.Source)
		}
		number := int64(i + 1)
		c.ExecutionCount = &number
		begun := time.Now()
		err := r.cell(ctx, draw, c, i+1)
		c.SetRun(begun, time.Now(), err != nil)
		if err != nil && !c.Tagged(tagMayRaise) {
			return &CellError{Cell: i + 1, Err: err}
		}
	}
	return nil
}

func (r NotebookRunner) cell(ctx context.Context, draw *drawing, c *notebook.Cell, number int) error {
	collected := &collector{cell: c}
	if word, ok := asksForHelp(c.Source); ok {
		if in, found := r.Session.Inspect(word, len(word)); found {
			collected.take(publication{"display_data", display{Data: mimeBundle{"text/plain": in.Text, "text/markdown": in.Markdown}}})
		}
		return collected.err
	}
	out := newCellOutput(ctx, draw, number, c.Source, tempSpill(number), collected.take)
	err := r.Session.Exec(ctx, session.Source{Text: c.Source}, out.sink)
	out.close(err)
	return errors.Join(err, collected.err)
}

// collector keeps what a cell publishes, as a front end does that saves it.
type collector struct {
	cell  *notebook.Cell
	shown map[string]int // outputs by their display_id
	clear bool           // before the next output
	err   error
}

func (c *collector) take(p publication) {
	if p.Type == "clear_output" {
		wait, _ := p.Content.(map[string]bool)
		if c.clear = wait["wait"]; !c.clear {
			c.drop()
		}
		return
	}
	if c.clear {
		c.drop()
	}
	switch content := p.Content.(type) {
	case streamContent:
		if n := len(c.cell.Outputs); n > 0 && c.cell.Outputs[n-1].Type == notebook.StreamOutput && c.cell.Outputs[n-1].Name == content.Name {
			c.cell.Outputs[n-1].Text += content.Text
			return
		}
		c.cell.Outputs = append(c.cell.Outputs, notebook.Stream(content.Name, content.Text))
	case display:
		o := notebook.Display(c.object(content.Data))
		o.Metadata = content.Metadata
		id, _ := content.Transient["display_id"].(string)
		if at, ok := c.shown[id]; ok && id != "" {
			c.cell.Outputs[at] = o
			return
		}
		if id != "" {
			if c.shown == nil {
				c.shown = map[string]int{}
			}
			c.shown[id] = len(c.cell.Outputs)
		}
		c.cell.Outputs = append(c.cell.Outputs, o)
	case executeResult:
		o := notebook.Display(c.object(content.Data))
		o.Type, o.Metadata, o.ExecutionCount = notebook.ExecuteResult, content.Metadata, c.cell.ExecutionCount
		c.cell.Outputs = append(c.cell.Outputs, o)
	case *cellError:
		c.cell.Outputs = append(c.cell.Outputs, notebook.Output{
			Type: notebook.ErrorOutput, ErrorName: content.Ename, ErrorValue: content.Evalue, Traceback: content.Traceback,
		})
	}
}

func (c *collector) drop() { c.cell.Outputs, c.shown, c.clear = nil, nil, false }

// object is a bundle as a notebook keeps it: JSON as its value.
func (c *collector) object(data mimeBundle) notebook.Object {
	o := notebook.Object{}
	for mime, v := range data {
		raw, ok := v.(json.RawMessage)
		if !ok {
			o[mime] = v
			continue
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var value any
		if err := d.Decode(&value); err != nil {
			c.err = errors.Join(c.err, err)
			continue
		}
		o[mime] = value
	}
	return o
}
