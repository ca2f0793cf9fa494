//go:build cgo

package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// convert reads CSV, TSV or JSON files by DuckDB and writes them as one
// Parquet file, in the order of the files and of their rows.
func (e *Engine) convert(ctx context.Context, files []lake.DataFile, format string, l pipeline.Load, out string) error {
	err := e.convertByDuckDB(ctx, files, format, l, out)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (e *Engine) convertByDuckDB(ctx context.Context, files []lake.DataFile, format string, l pipeline.Load, out string) error {
	for _, f := range files { // DuckDB takes the end of a cut stream for the end of the file
		if err := lake.CheckCompressed(ctx, e.store, f.Name); err != nil {
			return err
		}
	}
	memory := e.share(duckShare)
	db, err := e.openDuckDB(ctx, memory)
	if err != nil {
		return err
	}
	defer e.collector.lend(memory)()
	defer db.Close()
	c := converter{db: db, files: files, format: format, load: l, memory: memory / e.duckThreads(memory)}
	return c.run(ctx, out)
}

// sniffRows is how many rows decide on the types of columns. DuckDB reads them
// before it can be interrupted, so they are few.
const sniffRows = 20_000

type converter struct {
	db     *sql.DB
	files  []lake.DataFile
	format string
	load   pipeline.Load
	memory int64 // bytes of a thread
}

// What DuckDB reads at once. A thread has a buffer of CSV, or one of JSON that
// holds two of the largest objects.
const (
	csvBuffer, leastCSVBuffer = 32_000_000, 4 << 20 // DuckDB's default; two of its longest lines
	largestObject             = 64 << 20
)

func (c *converter) run(ctx context.Context, out string) error {
	var text []string
	if c.format == "csv" || c.format == "tsv" {
		var err error
		if text, err = c.textColumns(ctx); err != nil {
			return err
		}
	}
	// A value far down may not be of the type that the first rows promised: its
	// column is text then, and the file is read again.
	for {
		err := c.copyTo(ctx, c.source(text, false), out)
		column, ok := badColumn(err)
		if !ok || !c.isText() || slices.Contains(text, column) {
			return c.explain(err)
		}
		text = append(text, column)
	}
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
	function := "read_csv"
	object := fmt.Sprintf("maximum_object_size=%d", min(largestObject, c.memory/4))
	switch c.format {
	case "json":
		function = "read_json"
		options = append(options, object)
	case "jsonl":
		function = "read_json"
		options = append(options, "format='newline_delimited'", object)
	default:
		options = append(options, "header=true", fmt.Sprintf("buffer_size=%d", min(csvBuffer, max(leastCSVBuffer, c.memory/8))), fmt.Sprintf("sample_size=%d", sniffRows))
		options = append(options, c.dialect()...)
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
	}
	return fmt.Sprintf("%s([%s], %s)", function, strings.Join(names, ", "), strings.Join(options, ", "))
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
	name := c.files[0].Name
	if len(c.files) > 1 {
		name = fmt.Sprintf("%s and %d more", name, len(c.files)-1)
	}
	if strings.Contains(said, path.Base(c.files[0].Name)) {
		return errors.New(said)
	}
	return fmt.Errorf("%s: %s", name, said)
}
