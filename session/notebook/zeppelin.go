package notebook

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// ReadZeppelin reads a note of Apache Zeppelin: x.zpln, or the note.json of
// older versions. quote writes a value as a word of the language.
//
// A paragraph becomes a cell: %md Markdown; %sql, %spark.sql, %jdbc and others
// that are SQL "%%sql"; %sh "%%bash". Other languages do not run here: their
// text is kept as comments, with its results. Titles become headings, and a
// paragraph that is switched off gets the tag skip-execution, which Jupyter's
// own tools know. Editors and results that are hidden stay hidden.
//
// The forms ${name=default,a|b} of SQL and Markdown become parameters, all in
// one cell with the tag parameters, and {name} where they stood; a checkbox
// becomes the text of its defaults. Forms with one name and other defaults
// become parameters of two names. In %sh ${name} is left to the shell.
//
// Results become outputs: TEXT, HTML, TABLE as text and as a table, IMG as a
// picture. What else there is (ANGULAR, NETWORK) becomes its text.
//
// Not carried over: values that forms had last, choices of charts, widths,
// times and users, permissions, schedules, revisions, and Angular objects. The
// interpreter and the id of a paragraph stand in the cell's metadata as
// zeppelin.
func ReadZeppelin(r io.Reader, quote func(string) string) (*Notebook, error) {
	o, err := readJSON(r, "note of Zeppelin")
	if err != nil {
		return nil, err
	}
	paragraphs, ok := o["paragraphs"].([]any)
	if !ok {
		if _, jupyter := o["nbformat"]; jupyter {
			return nil, errors.New("this is a notebook of Jupyter, no note of Zeppelin: give it the name x.ipynb")
		}
		return nil, errors.New("this is no note of Zeppelin: it has no list paragraphs")
	}
	n := note{forms: newForms(quote), group: oneLineOf(strings.Map(printable, textOf(o, "defaultInterpreterGroup")))}
	for i, v := range paragraphs {
		p, ok := v.(Object)
		if !ok {
			return nil, fmt.Errorf("paragraph %d: it must be a JSON object", i+1)
		}
		n.paragraph(p)
	}
	nb := New()
	if name := oneLineOf(textOf(o, "name")); name != "" {
		nb.Metadata["title"] = name
		nb.Cells = append(nb.Cells, Cell{Type: Markdown, Source: "# " + name})
	}
	if statements := n.forms.statements(); len(statements) > 0 {
		nb.Cells = append(nb.Cells, Cell{
			Type: Code, Source: strings.Join(statements, "\n"), Metadata: Object{"tags": []any{ParametersTag}},
		})
	}
	nb.Cells = append(nb.Cells, n.cells...)
	giveIDs(nb.Cells)
	return nb, nil
}

// note gathers the cells of a note.
type note struct {
	forms *forms
	group string // the interpreter of paragraphs that name none
	cells []Cell
}

// interpreter is the first word of a paragraph: %group.name(properties).
var interpreter = regexp.MustCompile(`^\s*%(\w+(?:\.\w+)*)(\((?:[^)"]|"(?:[^"\\]|\\.)*")*\))?[ \t]*(?:\r?\n)?`)

func (n *note) paragraph(p Object) {
	text, name := textOf(p, "text"), n.group
	magic := ""
	if at := interpreter.FindStringSubmatchIndex(text); at != nil {
		name, magic = text[at[2]:at[3]], strings.TrimSpace(text[at[0]:at[1]])
		text = text[at[1]:]
	}
	text = strings.TrimRight(text, " \t\r\n")
	config := objectOf(p, "config")
	title, shown := oneLineOf(textOf(p, "title")), true
	if on, set := config["title"].(bool); set {
		shown = on
	}
	heading := ""
	if title != "" && shown {
		heading = "### " + title
	}
	outputs := outputsOf(p)

	c := Cell{Type: Code, Metadata: Object{}, Outputs: outputs}
	about := Object{}
	for key, value := range map[string]string{"interpreter": magic, "id": textOf(p, "id"), "title": title} {
		if value != "" {
			about[key] = value
		}
	}
	if len(about) > 0 {
		c.Metadata["zeppelin"] = about
	}
	switch kind := languageOf(name); {
	case text == "" && len(outputs) == 0:
		if heading != "" {
			n.cells = append(n.cells, Cell{Type: Markdown, Source: heading, Metadata: c.Metadata})
		}
		return
	case kind == "md":
		if replaced := n.forms.replace(text); replaced != text {
			c.Source = "%%md\n" + replaced
			break
		}
		c.Type, c.Source, c.Outputs = Markdown, text, nil
		if heading != "" {
			c.Source, heading = heading+"\n\n"+c.Source, ""
		}
	case kind == "sql":
		c.Source = "%%sql\n" + n.forms.replace(text)
	case kind == "bash":
		c.Source = "%%bash\n" + text
	default:
		c.Source = kept(name, text)
	}
	if heading != "" {
		n.cells = append(n.cells, Cell{Type: Markdown, Source: heading})
	}
	if c.Type == Code {
		configure(&c, config)
	}
	n.cells = append(n.cells, c)
}

// languageOf says what an interpreter speaks: md, sql, bash, or "" when it is a
// language that does not run here.
func languageOf(name string) string {
	group, last := name, name
	if at := strings.IndexByte(name, '.'); at >= 0 {
		group, last = name[:at], name[strings.LastIndexByte(name, '.')+1:]
	}
	switch {
	case group == "md", group == "markdown":
		return "md"
	case group == "sh", group == "shell", group == "bash":
		return "bash"
	case strings.HasSuffix(last, "sql"), group == "jdbc", group == "hive", group == "phoenix", group == "presto", group == "trino":
		return "sql"
	}
	return ""
}

// kept is the text of a language that does not run here, as comments.
func kept(name, text string) string {
	if name == "" {
		name = "spark" // Zeppelin's own default
	}
	return "# %" + name + " does not run here; this is its text\n" + encode(Markdown, strings.ReplaceAll(text, "\r\n", "\n"))
}

// configure carries over what hides or switches off a paragraph.
func configure(c *Cell, config Object) {
	hidden := Object{}
	if config["editorHide"] == true {
		hidden["source_hidden"] = true
	}
	if config["tableHide"] == true {
		hidden["outputs_hidden"] = true
	}
	if len(hidden) > 0 {
		c.Metadata["jupyter"] = hidden
	}
	if config["enabled"] == false {
		c.Metadata["tags"] = []any{"skip-execution"}
	}
}

func textOf(o Object, key string) string {
	s, _ := o[key].(string)
	return s
}

func objectOf(o Object, key string) Object {
	v, _ := o[key].(Object)
	return v
}

func oneLineOf(s string) string { return strings.Join(strings.Fields(s), " ") }
