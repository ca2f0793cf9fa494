package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/receipts"
)

// tableFile is the rows of a load in its artefact, unless they stay in Parquet
// files of the user's.
const tableFile = "table.parquet"

// loaded is what a load keeps besides its facts.
type loaded struct {
	Title string
	ID    string
	Files []lake.DataFile // the rows, when they stay where they are
}

// Load implements pipeline.Engine.
func (e *Engine) Load(ctx context.Context, l pipeline.Load, report pipeline.Report) (pipeline.Dataset, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := l.Validate(); err != nil {
		return nil, err
	}
	origin, err := e.originOf(ctx, l)
	if err != nil {
		return nil, err
	}
	m := startMeter(report, l.Verb(), "rows", 0)
	defer m.end()
	var fresh *table // read already; saves to open all its files once more
	return kept(ctx, e, origin, l.Force, func(b *artifact.Builder) (made, error) {
		d, files, err := e.load(ctx, l, b.Path(tableFile), m)
		if err != nil {
			return made{}, err
		}
		if files != nil {
			fresh = d.table
		}
		return made{d.rows, loaded{d.schema.Title, d.schema.ID, files}}, saveFacts(b, d.facts)
	}, func(k *keptResult, o pipeline.Origin) (pipeline.Dataset, error) {
		return e.openLoaded(ctx, k, o, fresh)
	})
}

// openLoaded opens what a load kept.
func (e *Engine) openLoaded(ctx context.Context, k *keptResult, o pipeline.Origin, t *table) (*dataset, error) {
	var was loaded
	if err := json.Unmarshal(k.Manifest().Extra, &was); err != nil {
		return nil, err
	}
	facts, err := openFacts(k)
	if err != nil {
		return nil, err
	}
	switch {
	case t != nil:
	case was.Files != nil:
		t, err = openTable(ctx, e.store, was.Files)
	default:
		if t, err = openTable(ctx, lake.File{}, []lake.DataFile{{Info: lake.Info{Name: k.Path(tableFile)}}}); err == nil {
			t.lock = k.hold()
		}
	}
	if err != nil {
		return nil, err
	}
	d := &dataset{engine: e, table: t, rows: t.rows, schema: schemaOf(t), facts: facts, origin: o, source: o}
	d.schema.Title, d.schema.ID = was.Title, was.ID
	return d, nil
}

// load reads or makes the table. Rows that are not in Parquet files of the
// user's go to out, and files is nil.
func (e *Engine) load(ctx context.Context, l pipeline.Load, out string, m *meter) (d *dataset, files []lake.DataFile, err error) {
	// What a later stage makes another table of lies in the work folder.
	exploded := out
	if !l.Sample.All() {
		exploded = e.work.path(tableFile)
		defer func() { _ = os.Remove(exploded) }()
	}
	whole := exploded
	if l.Explode != "" {
		whole = e.work.path(tableFile)
		defer func() { _ = os.Remove(whole) }()
	}
	source, files, format, err := e.open(ctx, l, whole, m)
	if err != nil {
		return nil, nil, err
	}
	d = &dataset{engine: e, table: source}
	var more []pipeline.Table
	if l.Explode != "" {
		t, x, err := e.explode(ctx, source, l, exploded, m)
		if err != nil {
			return nil, nil, err
		}
		d.table, files, more = t, nil, append(more, x.facts(t.rows))
	}
	d.rows, d.schema = d.table.rows, schemaOf(d.table)
	if err := e.chooseColumns(ctx, d, l, source); err != nil {
		return nil, nil, err
	}
	if !l.Sample.All() {
		if d.table, err = e.sample(ctx, d, l, out, m); err != nil {
			return nil, nil, err
		}
		d.rows, files = d.table.rows, nil
	}
	d.facts = slices.Concat(loadFacts(d, format, source), more, mendedFacts(source.mended))
	return d, files, nil
}

// open finds the files, converts those that are not Parquet to one file out,
// and opens all as one table.
func (e *Engine) open(ctx context.Context, l pipeline.Load, out string, m *meter) (t *table, files []lake.DataFile, format string, err error) {
	made := []lake.DataFile{{Info: lake.Info{Name: out}}}
	if receipts.IsURI(l.URI) {
		if err := e.generate(ctx, l.URI, out, m); err != nil {
			return nil, nil, "", err
		}
		t, err := openTable(ctx, lake.File{}, made)
		return t, nil, "sample", err
	}
	if files, err = lake.Expand(ctx, e.store, l.URI); err != nil {
		return nil, nil, "", err
	}
	if format, err = e.formatOf(ctx, files, l.Format); err != nil {
		return nil, nil, "", err
	}
	if format == "parquet" {
		t, err := openTable(ctx, e.store, files)
		return t, files, format, err
	}
	m.enter("convert "+format, 0)
	of, err := e.convert(ctx, files, format, l, out)
	if err != nil {
		_ = os.Remove(out) // the first error tells more
		return nil, nil, "", err
	}
	if t, err = openTable(ctx, lake.File{}, made); err == nil {
		t.source, t.drift, t.mended = of.kinds, append(of.drift, t.drift...), of.mended
	}
	return t, nil, format, err
}

// formatOf tells the format of the files by their names, or by how Parquet
// begins, and refuses a mixture.
func (e *Engine) formatOf(ctx context.Context, files []lake.DataFile, asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	format := ""
	for _, f := range files {
		this := formatByName(f.Name)
		if this == "" && e.isParquet(ctx, f.Name) {
			this = "parquet"
		}
		if this == "" {
			return "", fmt.Errorf("%s: its name does not tell its format: give --format parquet, csv, tsv, json or jsonl", f.Name)
		}
		if format == "" {
			format = this
		}
		if this != format {
			return "", fmt.Errorf("%s is %s and %s is %s: load one format at a time, for example with *.%s",
				files[0].Name, format, f.Name, this, format)
		}
	}
	return format, nil
}

func formatByName(name string) string {
	name = strings.ToLower(path.Base(name))
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch path.Ext(name) {
	case ".parquet", ".parq", ".pq":
		return "parquet"
	case ".csv", ".txt":
		return "csv"
	case ".tsv", ".tab":
		return "tsv"
	case ".json":
		return "json"
	case ".jsonl", ".ndjson":
		return "jsonl"
	}
	return ""
}

func (e *Engine) isParquet(ctx context.Context, name string) bool {
	object, err := e.store.Open(ctx, name)
	if err != nil {
		return false
	}
	defer object.Close()
	var magic [4]byte
	n, _ := object.ReadAt(magic[:], 0)
	return n == len(magic) && string(magic[:]) == "PAR1"
}

func schemaOf(t *table) pipeline.Schema {
	var s pipeline.Schema
	for _, f := range t.fields {
		s.Columns = append(s.Columns, pipeline.Column{
			Name: f.Name, Type: typeOf(f.Type), Source: f.Type.String(), Nullable: f.Nullable,
		})
	}
	for _, name := range t.partitions {
		s.Columns = append(s.Columns, pipeline.Column{
			Name: name, Type: pipeline.String, Nullable: true, Note: "from the folders",
		})
	}
	for _, f := range t.leftOut {
		s.LeftOut = append(s.LeftOut, pipeline.Column{Name: f.Name, Source: f.Type.String(), Note: f.Type.Reason})
	}
	return s
}

// chooseColumns finds the title and the key: those that were asked for, or
// those that look like it. source is the table of the files.
func (e *Engine) chooseColumns(ctx context.Context, d *dataset, l pipeline.Load, source *table) error {
	for _, c := range []struct{ param, name string }{{"title", l.Title}, {"id", l.ID}} {
		if c.name == "" {
			continue
		}
		if _, err := d.column(c.name); err != nil {
			return &pipeline.ParamError{Param: c.param, Value: c.name, Reason: err.Error()}
		}
	}
	guess, err := guessRoles(ctx, e, d, l, source)
	if err != nil {
		return err
	}
	d.schema.Title, d.schema.ID = guess.title, guess.id
	for _, c := range []struct{ param, what, name string }{{"title", "title", guess.title}, {"id", "key", guess.id}} {
		if with, without, ok := source.missing(c.name); ok {
			return &pipeline.ParamError{Param: c.param, Value: c.name, Reason: fmt.Sprintf(
				"the column is in %s and not in %s: every file needs the %s", with, without, c.what)}
		}
	}
	title, _ := d.schema.Column(guess.title)
	if title.Type != pipeline.String {
		reason := fmt.Sprintf("the column is %s: titles are text", title.Type)
		if title.Type == pipeline.Strings {
			reason += "; --explode " + listOf(guess.title, d.schema.Names()) + " makes a row of each item"
		}
		return &pipeline.ParamError{Param: "title", Value: guess.title, Reason: reason}
	}
	return nil
}

// listOf is what to explode for one row for each item of a column: the list of
// structs of which it is a member, or itself.
func listOf(name string, columns []string) string {
	at := strings.LastIndexByte(name, '.')
	if at < 0 || slices.Contains(columns, name[:at]) {
		return name
	}
	return name[:at]
}

// sample copies a seeded sample of the rows to out.
func (e *Engine) sample(ctx context.Context, d *dataset, l pipeline.Load, out string, m *meter) (*table, error) {
	m.enter("sample", d.rows)
	p := newRowPicker(l.Sample, d.rows, l.Seed)
	names := d.schema.Names()
	fields := make([]lake.Field, len(names))
	for i, name := range names {
		fields[i] = d.table.field(name)
	}
	err := e.writeWorkFile(out, fields, func(w lake.TableWriter) error {
		keep := lake.NewBatch(fields...)
		c := d.table.cursor(names)
		defer c.close()
		var b lake.Batch
		for {
			if err := c.next(ctx, &b, batchRows); err != nil {
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
			m.add(b.Rows)
			keep.Reset()
			for i := range b.Rows {
				if p.pick() {
					keep.AppendRow(&b, i)
				}
			}
			if err := w.Write(keep); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return openTable(ctx, lake.File{}, []lake.DataFile{{Info: lake.Info{Name: out}}})
}

// mendedFacts says that bytes were not UTF-8.
func mendedFacts(lines int64) []pipeline.Table {
	if lines == 0 {
		return nil
	}
	t := pipeline.Table{Title: "mended", Columns: []pipeline.TableColumn{pipeline.Col("lines", pipeline.Int), pipeline.Col("note", pipeline.String)}}
	t.Add(lines, "held bytes that are not UTF-8; U+FFFD stands for them")
	return []pipeline.Table{t}
}

// loadFacts lists the columns, and the files when there are several.
func loadFacts(d *dataset, format string, source *table) []pipeline.Table {
	columns := pipeline.Table{Title: "columns", Columns: []pipeline.TableColumn{
		pipeline.Col("column", pipeline.String), pipeline.Col("type", pipeline.String),
		pipeline.Col("role", pipeline.String), pipeline.Col("note", pipeline.String),
	}}
	for _, c := range d.schema.Columns {
		var role, note any
		switch c.Name {
		case d.schema.Title:
			role = "title"
		case d.schema.ID:
			role = "key"
		}
		if c.Note != "" {
			note = c.Note
		}
		source := c.Source
		if source == "" {
			source = string(c.Type)
		}
		columns.Add(c.Name, source, role, note)
	}
	for _, c := range d.schema.LeftOut {
		columns.Add(c.Name, c.Source, "left out", c.Note)
	}
	facts := []pipeline.Table{columns}
	if source == nil { // no files
		return facts
	}
	facts = append(facts, driftFacts(source.drift)...)
	if len(source.parts) < 2 {
		return facts
	}
	files := pipeline.Table{Title: format + " files", Columns: []pipeline.TableColumn{
		pipeline.Col("file", pipeline.String), pipeline.Col("rows", pipeline.Int), pipeline.Col("bytes", pipeline.Int),
	}}
	for _, p := range source.parts {
		files.Add(p.name, p.rows, p.bytes)
	}
	return append(facts, files)
}
