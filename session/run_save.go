package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gondola/pipeline"
	"gondola/session/history"
	"gondola/session/lang"
	"gondola/session/notebook"
)

func runSave(ctx context.Context, inv *invocation) error {
	inv.sink(offRecord{})
	path := inv.call.String("file")
	ext := filepath.Ext(path)
	if ext != ".gnd" && ext != ".ipynb" {
		return &pipeline.ParamError{Param: "file", Value: path, Reason: "give a script a name that ends in .gnd, and a notebook one in .ipynb"}
	}
	var done []logged
	var statements []string
	for _, l := range inv.session.log {
		if l.made || inv.call.Bool("all") {
			done, statements = append(done, l), append(statements, l.text)
		}
	}
	if len(statements) == 0 {
		return errors.New("there is nothing to save: no statement of this session has made anything")
	}
	text, err := inv.session.asScript(statements)
	if err != nil {
		return err
	}
	for i, s := range statements {
		if history.HasSecret(s) {
			inv.warn("statement %d of %s looks like it holds a secret", i+1, path)
		}
	}
	data := []byte(text)
	if ext == ".ipynb" {
		if data, err = inv.session.asNotebook(strings.TrimSuffix(filepath.Base(path), ext), done); err != nil {
			return err
		}
	}
	if err := inv.writeFile(ctx, path, data); err != nil {
		return err
	}
	row := pipeline.NewTable("", pipeline.Col("path", pipeline.String), pipeline.Col("statements", pipeline.Int))
	row.Add(path, int64(len(statements)))
	inv.end(lang.None, "", fmt.Sprintf("%s to %s", plural(len(statements), "statement"), path), row)
	return nil
}

// asScript writes statements one below the other, and reads them again to see
// that they are the same.
func (s *Session) asScript(statements []string) (string, error) {
	var b strings.Builder
	for i, text := range statements {
		b.WriteString(ended(text) + "\n")
		if isCell(text) && i+1 < len(statements) && !isCell(statements[i+1]) {
			b.WriteString("# %%\n") // ends the cell
		}
	}
	script := s.grammar.Parse(b.String())
	same := len(script.Statements) == len(statements) && len(script.Diagnostics) == 0
	for i := range statements {
		same = same && script.Text(script.Statements[i].Span) == statements[i]
	}
	if !same {
		return "", fmt.Errorf("%w: the script does not read as the statements that it was made of", errInternal)
	}
	return b.String(), nil
}

// isCell says whether a statement is a cell, %%sql and the lines below.
func isCell(statement string) bool { return strings.HasPrefix(statement, "%%") }

// ended is a statement that nothing after it becomes a part of.
func ended(statement string) string {
	if strings.HasSuffix(statement, `\`) && !isCell(statement) {
		return statement + " ;" // the backslash is a letter and joins no lines
	}
	return statement
}

// asNotebook writes statements as a notebook: a cell each, with its summary
// line as its output. The parameters at the beginning share a cell, which other
// programs find by its tag and put their values after. What a statement showed
// is left out: it may be titles, and running the notebook shows it again.
func (s *Session) asNotebook(title string, statements []logged) ([]byte, error) {
	nb := notebook.New()
	about := fmt.Sprintf("# %s\n\nSaved by %s.", title, cmp.Or(s.config.Version, "gondola"))
	nb.Cells = append(nb.Cells, notebook.Cell{Type: notebook.Markdown, Source: about})
	var params []string
	for _, l := range statements {
		script := s.grammar.Parse(l.text)
		if len(script.Statements) != 1 || len(script.Statements[0].Steps) != 1 || script.Statements[0].Steps[0].Param == nil {
			break
		}
		params = append(params, ended(l.text))
	}
	if len(params) > 0 {
		nb.Cells = append(nb.Cells, notebook.Cell{
			Type: notebook.Code, Source: strings.Join(params, "\n"), Metadata: notebook.Object{"tags": []string{notebook.ParametersTag}},
		})
	}
	for _, l := range statements[len(params):] {
		c := notebook.Cell{Type: notebook.Code, Source: ended(l.text)}
		if l.made && l.line != "" && !l.private && !history.HasSecret(l.text) {
			c.Outputs = []notebook.Output{notebook.Stream("stdout", l.line+"\n")}
		}
		nb.Cells = append(nb.Cells, c)
	}
	return nb.Bytes()
}
