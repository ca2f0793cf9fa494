//go:build cgo

package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"gondola/lake"
	"gondola/pipeline"
)

// sqlShape is what DuckDB says of a statement before it runs.
type sqlShape struct {
	kind    duckdb.StmtType
	inputs  int // placeholders
	columns []sqlResultColumn
}

// sqlResultColumn is a column of a result and how it goes into the file.
type sqlResultColumn struct {
	name string
	typ  string // as DuckDB names it
	cast string // a type to cast to; "json"; empty: as it is
	note string
}

// statement runs one statement; only of the last the rows are kept.
func (r *sqlRun) statement(ctx context.Context, p sqlToken, last bool) (*dataset, error) {
	shape, err := r.shape(ctx, p.text)
	if err != nil {
		return nil, err
	}
	switch {
	case shape.kind == duckdb.STATEMENT_TYPE_TRANSACTION:
		return nil, &pipeline.QueryError{
			Message: "each sql is a transaction of its own", Offset: p.start,
			Hint: "write several statements with ; between them: all of them count, or none",
		}
	case shape.kind == duckdb.STATEMENT_TYPE_LOAD || shape.kind == duckdb.STATEMENT_TYPE_EXTENSION:
		return nil, &pipeline.QueryError{Message: "extensions of DuckDB cannot be loaded", Offset: p.start, Hint: "only what is built in can be used"}
	case shape.inputs > 0:
		return nil, &pipeline.QueryError{
			Message: "the SQL has placeholders, and there are no values for them", Offset: p.start,
			Hint: "declare a parameter (param k = 100) and insert it as {k}",
		}
	case shape.kind == duckdb.STATEMENT_TYPE_COPY:
		r.noteCopy(p.text)
	case shape.kind != duckdb.STATEMENT_TYPE_SELECT:
		r.e.sql.own = true
	}
	switch {
	case !last:
		return nil, r.exec(ctx, p.text)
	case shape.kind == duckdb.STATEMENT_TYPE_SELECT && !strings.HasPrefix(sqlVerb(p.text), "PRAGMA"): // which only looks like a SELECT
		return r.selectInto(ctx, p, shape.columns)
	}
	return r.other(ctx, p)
}

// shape prepares a statement.
func (r *sqlRun) shape(ctx context.Context, text string) (sqlShape, error) {
	var shape sqlShape
	err := r.conn.Raw(func(driverConn any) (err error) {
		conn, ok := driverConn.(*duckdb.Conn)
		if !ok {
			return fmt.Errorf("duckdb: a connection of %T", driverConn)
		}
		prepared, err := conn.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, prepared.Close()) }()
		stmt, ok := prepared.(*duckdb.Stmt)
		if !ok {
			return fmt.Errorf("duckdb: a statement of %T", prepared)
		}
		if shape.kind, err = stmt.StatementType(); err != nil {
			return err
		}
		shape.inputs = stmt.NumInput()
		if shape.kind != duckdb.STATEMENT_TYPE_SELECT || shape.inputs > 0 {
			return nil
		}
		n, err := stmt.ColumnCount()
		if err != nil {
			return err
		}
		for i := range n {
			name, err := stmt.ColumnName(i)
			if err != nil {
				return err
			}
			c := sqlResultColumn{name: name}
			info, err := stmt.ColumnTypeInfo(i)
			if err != nil { // a type that the driver does not know
				c.typ, c.cast = "other", "VARCHAR"
			} else {
				c.typ, c.cast, c.note = sqlCast(info)
			}
			shape.columns = append(shape.columns, c)
		}
		return nil
	})
	return shape, err
}

// sqlCast says how a type goes into the Parquet file: what a dataset has, as
// it is; lists of single values as lists of what these are; whatever is nested
// deeper as JSON; the rest as text. HUGEINT, the type of every sum, becomes BIGINT.
func sqlCast(info duckdb.TypeInfo) (typ, cast, note string) {
	t := info.InternalType()
	names := map[duckdb.Type]string{
		duckdb.TYPE_BOOLEAN: "boolean", duckdb.TYPE_TINYINT: "tinyint", duckdb.TYPE_SMALLINT: "smallint",
		duckdb.TYPE_INTEGER: "integer", duckdb.TYPE_BIGINT: "bigint", duckdb.TYPE_UTINYINT: "utinyint",
		duckdb.TYPE_USMALLINT: "usmallint", duckdb.TYPE_UINTEGER: "uinteger", duckdb.TYPE_UBIGINT: "ubigint",
		duckdb.TYPE_FLOAT: "float", duckdb.TYPE_DOUBLE: "double", duckdb.TYPE_DATE: "date", duckdb.TYPE_TIME: "time",
		duckdb.TYPE_TIMESTAMP: "timestamp", duckdb.TYPE_TIMESTAMP_S: "timestamp_s", duckdb.TYPE_TIMESTAMP_MS: "timestamp_ms",
		duckdb.TYPE_TIMESTAMP_NS: "timestamp_ns", duckdb.TYPE_TIMESTAMP_TZ: "timestamptz", duckdb.TYPE_UUID: "uuid",
		duckdb.TYPE_BLOB: "blob",
	}
	if name, ok := names[t]; ok {
		return name, "", ""
	}
	switch t {
	case duckdb.TYPE_VARCHAR:
		if info.Alias() != "" {
			return strings.ToLower(info.Alias()), "VARCHAR", ""
		}
		return "varchar", "", ""
	case duckdb.TYPE_HUGEINT, duckdb.TYPE_UHUGEINT:
		return "hugeint", "BIGINT", ""
	case duckdb.TYPE_DECIMAL:
		if d, ok := info.Details().(*duckdb.DecimalDetails); ok {
			return fmt.Sprintf("decimal(%d,%d)", d.Width, d.Scale), "", ""
		}
	case duckdb.TYPE_LIST, duckdb.TYPE_ARRAY:
		var child duckdb.TypeInfo
		switch d := info.Details().(type) {
		case *duckdb.ListDetails:
			child = d.Child
		case *duckdb.ArrayDetails:
			child = d.Child
		}
		if child != nil && !isNested(child.InternalType()) {
			typ, cast, note := sqlCast(child)
			switch {
			case cast == "" && t == duckdb.TYPE_LIST:
				return typ + "[]", "", ""
			case cast == "": // of one length each
				return typ + "[]", typ + "[]", ""
			case note != "":
				note = "its items " + note
			}
			return typ + "[]", cast + "[]", note
		}
		return "nested list", "json", "as JSON text"
	case duckdb.TYPE_STRUCT, duckdb.TYPE_MAP, duckdb.TYPE_UNION:
		return strings.ToLower(typeNames()[t]), "json", "as JSON text"
	case duckdb.TYPE_SQLNULL:
		return "null", "VARCHAR", ""
	}
	name := "other"
	if n, ok := typeNames()[t]; ok {
		name = n
	}
	return name, "VARCHAR", "as text"
}

func typeNames() map[duckdb.Type]string {
	return map[duckdb.Type]string{
		duckdb.TYPE_STRUCT: "struct", duckdb.TYPE_MAP: "map", duckdb.TYPE_UNION: "union", duckdb.TYPE_ENUM: "enum",
		duckdb.TYPE_INTERVAL: "interval", duckdb.TYPE_BIT: "bit", duckdb.TYPE_TIME_TZ: "timetz",
	}
}

func isNested(t duckdb.Type) bool {
	switch t {
	case duckdb.TYPE_LIST, duckdb.TYPE_ARRAY, duckdb.TYPE_STRUCT, duckdb.TYPE_MAP, duckdb.TYPE_UNION:
		return true
	}
	return false
}

// uniqueNames gives columns of one name numbers: a dataset finds columns by
// their names.
func uniqueNames(columns []sqlResultColumn) {
	taken := map[string]bool{}
	for i := range columns {
		c := &columns[i]
		base := c.name
		if base == "" {
			base = "column"
		}
		name := base
		for n := 1; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s_%d", base, n)
		}
		taken[strings.ToLower(name)] = true
		c.name = name
	}
}

// errTooWide says that a sum did not fit into a BIGINT.
var errTooWide = errors.New("a number has more than 64 bits")

// selectInto writes the rows of a SELECT into a file.
func (r *sqlRun) selectInto(ctx context.Context, p sqlToken, columns []sqlResultColumn) (*dataset, error) {
	uniqueNames(columns)
	narrowed := false
	for i := range columns {
		if c := &columns[i]; c.typ == "hugeint" {
			narrowed = !r.wide
			if r.wide {
				c.cast, c.note = "VARCHAR", "may be beyond 64 bits: as text"
			}
		}
	}
	r.out = r.e.work.path("sql.parquet")
	if err := r.copyTo(ctx, p, columns); err != nil {
		if m, ok := readSQLMessage(err); ok && narrowed && m.Type == "Conversion" {
			return nil, errors.Join(errTooWide, err)
		}
		return nil, err
	}
	return r.dataset(ctx, columns)
}

func (r *sqlRun) copyTo(ctx context.Context, p sqlToken, columns []sqlResultColumn) error {
	var names, exprs []string
	for i, c := range columns {
		column := fmt.Sprintf("c%d", i)
		names = append(names, column)
		switch c.cast {
		case "":
		case "json":
			column = "CAST(to_json(" + column + ") AS VARCHAR)"
		default:
			column = "CAST(" + column + " AS " + c.cast + ")"
		}
		exprs = append(exprs, column+" AS "+quoteIdent(c.name))
	}
	before := "COPY (SELECT " + strings.Join(exprs, ", ") + " FROM (\n"
	after := "\n) AS result(" + strings.Join(names, ", ") + ")) TO " + quoteSQL(r.out) +
		" (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 100000)"
	if err := r.exec(ctx, before+p.text+after); err != nil {
		return &sentError{err, len(before)}
	}
	return nil
}

// other runs a statement that is no SELECT. What it gives (EXPLAIN, PRAGMA,
// INSERT ... RETURNING) is read row by row; a mere count tells what it did.
func (r *sqlRun) other(ctx context.Context, p sqlToken) (*dataset, error) {
	rows, err := r.conn.QueryContext(ctx, p.text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	columns := make([]sqlResultColumn, len(types))
	fields := make([]lake.Field, len(types))
	for i, t := range types {
		columns[i] = sqlResultColumn{name: t.Name(), typ: strings.ToLower(t.DatabaseTypeName())}
		fields[i] = lake.Field{Type: rowType(t.DatabaseTypeName()), Nullable: true}
	}
	if len(columns) == 1 && (columns[0].name == "Count" || columns[0].name == "Success") {
		return r.done(ctx, p, rows)
	}
	uniqueNames(columns)
	for i := range fields {
		fields[i].Name = columns[i].name
	}
	out := r.e.work.path("sql.parquet")
	err = r.e.writeWorkFile(out, fields, func(w lake.TableWriter) error { return copyRows(ctx, rows, fields, w, r.meter) })
	if err != nil {
		return nil, err
	}
	r.out = out
	return r.dataset(ctx, columns)
}

// done is the dataset of a statement without rows: no column, and what was
// done as a fact.
func (r *sqlRun) done(ctx context.Context, p sqlToken, rows *sql.Rows) (*dataset, error) {
	fact := pipeline.Table{Title: "statement", Columns: []pipeline.TableColumn{
		pipeline.Col("statement", pipeline.String), pipeline.Col("rows", pipeline.Int),
	}}
	var count any
	for rows.Next() {
		if err := rows.Scan(&count); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if _, ok := count.(int64); !ok {
		count = nil
	}
	fact.Add(sqlVerb(p.text), count)
	d := &dataset{engine: r.e, table: &table{store: lake.File{}}, facts: []pipeline.Table{fact}}
	var err error
	d.origin, err = r.origin(ctx)
	return d, err
}

// sqlVerb is what a statement does: its first word, and what it makes or drops.
func sqlVerb(text string) string {
	verb := ""
	for _, t := range sqlTokens(text) {
		word := strings.ToUpper(t.text)
		switch {
		case t.kind != sqlName:
			return verb
		case verb == "":
			verb = word
			if word != "CREATE" && word != "DROP" && word != "ALTER" {
				return verb
			}
		case slices.Contains([]string{"TABLE", "VIEW", "SCHEMA", "INDEX", "SEQUENCE", "TYPE", "MACRO", "FUNCTION"}, word):
			return verb + " " + word
		}
	}
	return verb
}

// rowType is the type of a column that is read row by row.
func rowType(name string) lake.Type {
	switch name {
	case "BOOLEAN":
		return lake.BoolType
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		return lake.Int64Type
	case "FLOAT", "DOUBLE":
		return lake.DoubleType
	}
	return lake.StringType
}

func copyRows(ctx context.Context, rows *sql.Rows, fields []lake.Field, w lake.TableWriter, m *meter) error {
	b := lake.NewBatch(fields...)
	values := make([]any, len(fields))
	into := make([]any, len(fields))
	for i := range values {
		into[i] = &values[i]
	}
	flush := func() error {
		err := w.Write(b)
		b.Reset()
		return err
	}
	for rows.Next() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if err := b.Columns[i].Append(rowValue(fields[i].Type, v)); err != nil {
				return err
			}
		}
		b.Rows++
		m.add(1)
		if b.Rows == batchRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return flush()
}

// rowValue is a value of the driver as a lake column takes it.
func rowValue(t lake.Type, v any) any {
	switch x := v.(type) {
	case nil, string, bool, int64, float64:
		return v
	case int8:
		return int64(x)
	case int16:
		return int64(x)
	case int32:
		return int64(x)
	case uint8:
		return int64(x)
	case uint16:
		return int64(x)
	case uint32:
		return int64(x)
	case float32:
		return float64(x)
	case []byte:
		return string(x)
	case time.Time:
		return x.Format("2006-01-02 15:04:05.999999999")
	}
	return fmt.Sprint(v)
}
