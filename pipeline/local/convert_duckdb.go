//go:build cgo

package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// convert reads CSV, TSV or JSON files by DuckDB and writes them as one
// Parquet file, in the order of the files and of their rows.
func (e *Engine) convert(ctx context.Context, files []lake.DataFile, format string, l pipeline.Load, out string) (converted, error) {
	made, err := e.convertByDuckDB(ctx, files, format, l, out)
	if err != nil && ctx.Err() != nil {
		return made, context.Cause(ctx)
	}
	return made, err
}

func (e *Engine) convertByDuckDB(ctx context.Context, files []lake.DataFile, format string, l pipeline.Load, out string) (converted, error) {
	for _, f := range files { // DuckDB takes the end of a cut stream for the end of the file
		if err := lake.CheckCompressed(ctx, e.store, f.Name); err != nil {
			return converted{}, err
		}
	}
	memory := e.share(duckShare)
	db, err := e.openDuckDB(ctx, memory)
	if err != nil {
		return converted{}, err
	}
	defer e.collector.lend(memory)()
	defer db.Close()
	c := converter{
		db: db, files: files, named: files, format: format, load: l, memory: memory / e.duckThreads(memory),
	}
	made, err := c.run(ctx, out)
	if err == nil || !notUTF8(err) || ctx.Err() != nil {
		return made, err
	}
	var mended int64
	if c.files, mended, err = e.mendFiles(ctx, files); err != nil {
		return converted{}, err
	}
	defer func() {
		for _, f := range c.files {
			_ = os.Remove(f.Name) // the work folder goes with the engine
		}
	}()
	made, err = c.run(ctx, out)
	made.mended = mended
	return made, err
}

// notUTF8 says whether DuckDB stumbled over bytes that are not UTF-8.
func notUTF8(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "not utf-8 encoded") || strings.Contains(text, "invalid unicode") || strings.Contains(text, "invalid utf-8")
}

// sniffRows is how many rows decide on the types of columns. DuckDB reads them
// before it can be interrupted, so they are few.
const sniffRows = 20_000

type converter struct {
	db     *sql.DB
	files  []lake.DataFile // to read
	named  []lake.DataFile // as the user named them
	format string
	load   pipeline.Load
	union  bool       // the files have different columns
	json   *jsonTable // of JSON
	memory int64      // bytes of a thread
}

// What DuckDB reads at once. A thread has a buffer of CSV, or one of JSON that
// holds two of the largest objects.
const (
	csvBuffer, leastCSVBuffer = 32_000_000, 4 << 20 // DuckDB's default; two of its longest lines
	largestObject             = 64 << 20
)

func (c *converter) run(ctx context.Context, out string) (converted, error) {
	if !c.isText() {
		return c.runJSON(ctx, out)
	}
	made, text, err := c.headers(ctx)
	if err != nil {
		return made, err
	}
	more, err := c.textColumns(ctx)
	if err != nil {
		return made, err
	}
	for _, name := range more {
		if !slices.Contains(text, name) {
			text = append(text, name)
		}
	}
	// A value far down may not be of the type that the first rows promised: its
	// column is text then, and the file is read again.
	for {
		err := c.copyTo(ctx, c.source(text, false), out)
		column, ok := badColumn(err)
		if !ok || slices.Contains(text, column) {
			return made, c.explain(err)
		}
		text = append(text, column)
	}
}

// runJSON reads the rows twice: for the columns, and for the values.
func (c *converter) runJSON(ctx context.Context, out string) (converted, error) {
	var err error
	if c.json, err = c.jsonTable(ctx); err != nil {
		return converted{}, err
	}
	err = c.copyTo(ctx, c.source(nil, false), out)
	if err != nil && strings.Contains(err.Error(), "cast value to numerical") {
		_ = os.Remove(out) // it is made again
		c.json.widen()
		err = c.copyTo(ctx, c.source(nil, false), out)
	}
	return c.json.converted, c.explain(err)
}

// only is a converter of one of the files.
func (c *converter) only(i int) *converter {
	one := *c
	one.files, one.named = slices.Clone(c.files[i:i+1]), c.named[i:i+1]
	return &one
}

// headers are the columns of each file, when there are several. text lists
// those that are text in one of them: what looks like a number elsewhere stays
// as it is written.
func (c *converter) headers(ctx context.Context) (made converted, text []string, err error) {
	if len(c.files) < 2 {
		return made, nil, nil
	}
	type typed struct{ typ, file string }
	first := map[string]typed{}
	for i, f := range c.named {
		one := c.only(i)
		one.files[0].Partitions = nil // the columns of folders are not theirs
		rows, err := c.db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+one.source(nil, false)+")")
		if err != nil {
			return made, nil, one.explain(err)
		}
		var fields []lake.Field
		for rows.Next() {
			var name, typ string
			if err := rows.Scan(&name, &typ); err != nil {
				return made, nil, errors.Join(err, rows.Close())
			}
			fields = append(fields, lake.Field{Name: name, Type: lake.StringType})
			was, ok := first[name]
			if !ok {
				first[name] = typed{typ, f.Name}
				continue
			}
			if typ != was.typ && (typ == "VARCHAR" || was.typ == "VARCHAR") && !slices.Contains(text, name) {
				text = append(text, name)
				made.note(name, fmt.Sprintf("%s in %s, %s in %s: read as text", strings.ToLower(was.typ), was.file, strings.ToLower(typ), f.Name))
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return made, nil, one.explain(err)
		}
		made.kinds = append(made.kinds, newPartColumns(fields, f.Name))
	}
	names, err := made.names()
	if err != nil {
		return made, nil, err
	}
	for _, name := range names {
		c.union = made.noteMissing(name) || c.union
	}
	return made, text, nil
}

// columns selects all columns, integers of 128 bits as 64: Parquet has no
// larger ones, and DuckDB would write them as floats.
func (c *converter) columns(ctx context.Context, source string) (string, error) {
	rows, err := c.db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+source+")")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var replaced []string
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return "", err
		}
		if typ == "HUGEINT" || typ == "UHUGEINT" {
			quoted := quoteIdent(name)
			replaced = append(replaced, fmt.Sprintf("CAST(%s AS BIGINT) AS %s", quoted, quoted))
		}
	}
	if len(replaced) == 0 {
		return "*", rows.Err()
	}
	return "* REPLACE (" + strings.Join(replaced, ", ") + ")", rows.Err()
}

func (c *converter) isText() bool { return c.format == "csv" || c.format == "tsv" }

// copyTo runs the conversion. Compression costs more than it saves here.
func (c *converter) copyTo(ctx context.Context, source, out string) error {
	columns, err := c.columns(ctx, source)
	if err != nil {
		return err
	}
	query := fmt.Sprintf("COPY (SELECT %s FROM %s) TO %s (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 100000)", columns, source, quoteSQL(out))
	_, err = c.db.ExecContext(ctx, query)
	return err
}

// source is the table function that reads the files. text lists columns that
// are read as text whatever they look like; all means every column.
func (c *converter) source(text []string, all bool) string {
	names := make([]string, len(c.files))
	for i, f := range c.files {
		names[i] = quoteSQL(f.Name)
	}
	hive := slices.ContainsFunc(c.files, func(f lake.DataFile) bool { return len(f.Partitions) > 0 })
	options := []string{fmt.Sprintf("hive_partitioning=%t", hive)}
	if hive {
		options = append(options, "hive_types_autocast=false")
	}
	if c.json != nil {
		return c.json.source(c, names, options)
	}
	buffer := min(csvBuffer, max(leastCSVBuffer, c.memory/8))
	options = append(options, "header=true", fmt.Sprintf("buffer_size=%d", buffer), fmt.Sprintf("sample_size=%d", sniffRows))
	options = append(options, c.dialect()...)
	if c.union {
		options = append(options, "union_by_name=true")
	}
	if all {
		options = append(options, "all_varchar=true")
	}
	if len(text) > 0 {
		types := make([]string, len(text))
		for i, name := range text {
			types[i] = quoteSQL(name) + ": 'VARCHAR'"
		}
		options = append(options, "types={"+strings.Join(types, ", ")+"}")
	}
	return fmt.Sprintf("read_csv([%s], %s)", strings.Join(names, ", "), strings.Join(options, ", "))
}

// dialect is how CSV and TSV are quoted: TSV not at all, as its definition
// says (IANA text/tab-separated-values); CSV as RFC 4180 says. DuckDB would
// guess it from the first file, which may have no quotes.
func (c *converter) dialect() []string {
	var options []string
	quote := c.load.Quote
	if c.format == "tsv" {
		options = append(options, `delim='\t'`)
		if quote == "" {
			quote = "none"
		}
	}
	if quote == "" {
		quote = `"`
	}
	switch quote {
	case "none":
		options = append(options, "quote=''", "escape=''")
	default:
		options = append(options, "quote="+quoteSQL(quote), "escape="+quoteSQL(quote))
	}
	return options
}

// textColumns lists the columns to read as text: title and key, so that
// leading zeros of bar codes stay, and every other column in which a number
// begins with a zero.
func (c *converter) textColumns(ctx context.Context) ([]string, error) {
	rows, err := c.db.QueryContext(ctx, "SELECT * FROM "+c.source(nil, true)+fmt.Sprintf(" LIMIT %d", sniffRows))
	if err != nil {
		return nil, c.explain(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, c.explain(err)
	}
	sample := &pipeline.Table{}
	for _, name := range names {
		sample.Columns = append(sample.Columns, pipeline.Col(name, pipeline.String))
	}
	var text []string
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, c.explain(err)
		}
		row := make([]any, len(names))
		for i, v := range values {
			if !v.Valid {
				continue
			}
			row[i] = v.String
			if len(v.String) > 1 && v.String[0] == '0' && v.String[1] >= '0' && v.String[1] <= '9' {
				text = append(text, names[i])
			}
		}
		sample.Rows = append(sample.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return nil, c.explain(err)
	}
	columns := look(sample)
	title, id := c.load.Title, c.load.ID
	if title == "" {
		title = guessTitle(columns, id)
	}
	if id == "" {
		id = guessID(columns, title)
	}
	for _, name := range []string{title, id} {
		if slices.Contains(names, name) {
			text = append(text, name)
		}
	}
	slices.Sort(text)
	return slices.Compact(text), nil
}

// badColumn finds the column of which DuckDB says that a value does not have
// the inferred type.
func badColumn(err error) (string, bool) {
	if err == nil {
		return "", false
	}
	m := regexp.MustCompile(`Error when converting column "([^"]+)"`).FindStringSubmatch(err.Error())
	if m == nil {
		return "", false
	}
	return m[1], true
}

// explain makes one line of what DuckDB says, and names the file.
func (c *converter) explain(err error) error {
	if err == nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		lines = append(lines, line)
		if len(lines) == 4 {
			break
		}
	}
	said := strings.Join(lines, " ")
	for i, f := range c.files {
		said = strings.ReplaceAll(said, f.Name, c.named[i].Name)
	}
	name := c.named[0].Name
	if len(c.named) > 1 {
		name = fmt.Sprintf("%s and %d more", name, len(c.named)-1)
	}
	if strings.Contains(said, path.Base(c.named[0].Name)) {
		return errors.New(said)
	}
	return fmt.Errorf("%s: %s", name, said)
}
