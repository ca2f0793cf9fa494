//go:build cgo

package local

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// makeViews makes a view for each result that the SQL names, and for all when
// views and macros that SQL has made may name them. SQL does not tell capitals from small
// letters in names: of results that differ in that only, the one is shown that
// the statement spells.
func (r *sqlRun) makeViews(ctx context.Context) error {
	for _, set := range []string{"DROP SCHEMA IF EXISTS " + resultsSchema + " CASCADE", "CREATE SCHEMA " + resultsSchema} {
		if err := r.exec(ctx, set); err != nil {
			return err
		}
	}
	for _, name := range r.shown {
		if len(r.tables[name].schema.Columns) == 0 || !r.e.sql.own && !r.seen[name] {
			continue
		}
		source, err := r.viewOf(ctx, name)
		if err == nil {
			err = r.exec(ctx, fmt.Sprintf("CREATE VIEW %s.%s AS %s", resultsSchema, quoteIdent(name), source))
		}
		if err != nil {
			return fmt.Errorf("the result %s: %w", name, r.explain(ctx, err, sqlToken{}))
		}
	}
	return nil
}

// findUsed finds the results that the SQL names, and those that it may name.
func (r *sqlRun) findUsed() error {
	spelled, folded, quoted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, t := range sqlTokens(r.q.SQL) {
		switch t.kind {
		case sqlName:
			spelled[t.text], folded[strings.ToLower(t.text)] = true, true
		case sqlLiteral: // PRAGMA table_info('titles')
			quoted[strings.ToLower(t.text)] = true
		case sqlEnd, sqlOther:
		}
	}
	byFold := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.tables)) {
		fold := strings.ToLower(name)
		other, taken := byFold[fold]
		switch {
		case !taken || spelled[name] && !spelled[other]:
			byFold[fold] = name
		case spelled[name] && spelled[other]:
			return &pipeline.QueryError{
				Message: fmt.Sprintf("the results %s and %s differ in capitals only, which SQL does not see", other, name),
				Offset:  -1, Hint: "give one of them another name with as NAME",
			}
		}
	}
	for _, fold := range slices.Sorted(maps.Keys(byFold)) {
		r.shown = append(r.shown, byFold[fold])
		r.used[byFold[fold]] = folded[fold]
		r.seen[byFold[fold]] = folded[fold] || quoted[fold]
	}
	return nil
}

// viewOf is the SELECT that reads a result: by DuckDB itself where the result
// is nothing but local Parquet files of types that both read alike, which is
// 5 to 20 times as fast, and else by the table function.
func (r *sqlRun) viewOf(ctx context.Context, name string) (string, error) {
	d := r.tables[name]
	columns, err := sqlColumns(d)
	if err != nil {
		return "", err
	}
	slow := fmt.Sprintf("SELECT * FROM %s(%s)", resultFunction, quoteSQL(name))
	_, local := d.table.store.(lake.File)
	if r.careful || !local || d.layer != nil || len(d.table.partitions) > 0 || len(d.table.kinds) != 1 {
		return slow, nil
	}
	exprs := make([]string, len(columns))
	for i, c := range columns {
		if c.shown != c.name || !d.table.inFiles(c.name) || !readAlike(c.field.Type) ||
			strings.Contains(c.name, ".") { // it may be a member of a struct, which DuckDB does not read as a column
			return slow, nil
		}
		exprs[i] = quoteIdent(c.name)
	}
	files := make([]string, len(d.table.parts))
	for i, p := range d.table.parts {
		path, err := filepath.Abs(p.name)
		if err != nil || strings.ContainsAny(path, "*?[]{}") { // DuckDB would take it for a pattern
			return slow, err
		}
		_, closer, err := openPart(ctx, d.table, i) // checks it
		if err != nil {
			return "", err
		}
		if err := closer.Close(); err != nil {
			return "", err
		}
		files[i] = quoteSQL(path)
	}
	return fmt.Sprintf("SELECT %s FROM read_parquet([%s], hive_partitioning=false)", strings.Join(exprs, ", "), strings.Join(files, ", ")), nil
}

// readAlike says whether lake and DuckDB read a type of Parquet alike.
func readAlike(t lake.Type) bool {
	if t.Note != "" {
		return false
	}
	switch t.Kind {
	case lake.List:
		return readAlike(t.Elem())
	case lake.String, lake.Bool, lake.Int, lake.Float, lake.Double, lake.Date:
		return true
	case lake.Timestamp:
		return !t.Int96
	case lake.Unsupported, lake.Binary, lake.Time, lake.Decimal, lake.UUID, lake.Fixed:
	}
	return false
}
