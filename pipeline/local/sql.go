//go:build cgo

package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"gondola/lake"
	"gondola/pipeline"
)

var _ pipeline.Querier = (*Engine)(nil)

// sqlDatabase is the DuckDB of an engine: what a statement creates is there
// for those that follow. One statement at a time has its turn.
type sqlDatabase struct {
	turn chan struct{}
	db   *sql.DB // nil before the first statement
	conn *sql.Conn
	now  *sqlRun // whose turn it is
	own  bool    // SQL has made something: it may be a view
	// Bytes that the open database may take; 0 when none is open.
	memory atomic.Int64
}

func newSQLDatabase() *sqlDatabase { return &sqlDatabase{turn: make(chan struct{}, 1)} }

func (s *sqlDatabase) close() error {
	s.turn <- struct{}{} // a cancelled statement may still be on its way out
	return s.shut()
}

func (s *sqlDatabase) shut() error {
	if s.db == nil {
		return nil
	}
	err := errors.Join(s.conn.Close(), s.db.Close())
	s.db, s.conn, s.own = nil, nil, false
	s.memory.Store(0)
	return err
}

// restart closes the database, so that the next statement opens a new one.
func (s *sqlDatabase) restart() {
	_ = errors.Join(s.conn.Close(), s.db.Close()) // of a database that is lost anyway
	s.db, s.conn, s.own = nil, nil, false
	s.memory.Store(0)
}

// isLost says whether DuckDB has met a mistake of its own, as it does on some
// damaged files: it answers nothing any more then.
func isLost(err error) bool {
	m, ok := readSQLMessage(err)
	return ok && (m.Type == "INTERNAL" || m.Type == "FATAL")
}

// resultsSchema holds a view for each named result while a statement runs. It
// comes after main in the search path, so that a table which SQL has made wins
// over a result of the same name.
const resultsSchema = "results"

// resultFunction is the table function that reads a result.
const resultFunction = "gondola_result"

// adapt closes a database that was opened under another memory limit, so that
// the next statement opens it under that of today: its settings are locked. One
// in which SQL has made something stays as it is.
func (s *sqlDatabase) adapt(e *Engine) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default: // a statement runs; the next one adapts
		return nil
	}
	return s.adaptNow(context.Background(), e)
}

func (s *sqlDatabase) adaptNow(ctx context.Context, e *Engine) error {
	if s.db == nil || s.memory.Load() == e.share(duckShare) {
		return nil
	}
	const made = `SELECT count(*) FROM (
		SELECT 1 FROM duckdb_tables() WHERE NOT internal
		UNION ALL SELECT 1 FROM duckdb_views() WHERE NOT internal
		UNION ALL SELECT 1 FROM duckdb_functions() WHERE NOT internal AND function_type LIKE '%macro'
		UNION ALL SELECT 1 FROM duckdb_sequences()
		UNION ALL SELECT 1 FROM duckdb_types() WHERE NOT internal
		UNION ALL SELECT 1 FROM duckdb_schemas() WHERE NOT internal AND schema_name NOT IN ('main', '` + resultsSchema + `')
		UNION ALL SELECT 1 FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'
		UNION ALL SELECT 1 FROM duckdb_variables())`
	var own int
	if err := s.conn.QueryRowContext(ctx, made).Scan(&own); err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	if own > 0 {
		return nil
	}
	return s.shut()
}

// note says whether the database still has the limit of an earlier day.
func (s *sqlDatabase) note(e *Engine) string {
	has, want := s.memory.Load(), e.share(duckShare)
	if has == 0 || has == want {
		return ""
	}
	return fmt.Sprintf("SQL keeps its limit of %s (and not %s) until the session ends, since the tables that it made are held there",
		pipeline.Size(has), pipeline.Size(want))
}

// open opens the database, unless it is open.
func (s *sqlDatabase) open(ctx context.Context, e *Engine) error {
	if err := s.adaptNow(ctx, e); err != nil || s.db != nil {
		return err
	}
	memory := e.share(duckShare)
	db, err := e.openDuckDB(ctx, memory, "SET TimeZone='UTC'", "SET errors_as_json=true",
		"CREATE SCHEMA "+resultsSchema, "SET search_path='main,"+resultsSchema+"'")
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	err = s.register(conn)
	for _, set := range []string{
		"SET allowed_configs=['current_transaction_invalidation_policy']", // PIVOT sets it by itself
		"SET lock_configuration=true",                                     // last: SQL of a user changes no setting
	} {
		if err == nil {
			_, err = conn.ExecContext(ctx, set)
		}
	}
	if err != nil {
		return errors.Join(err, conn.Close(), db.Close())
	}
	s.db, s.conn = db, conn
	s.memory.Store(memory)
	return nil
}

// register adds the table function. It finds the dataset by the name of the
// result among those of the statement that runs.
func (s *sqlDatabase) register(conn *sql.Conn) error {
	text, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		return err
	}
	return duckdb.RegisterTableUDF(conn, resultFunction, duckdb.ParallelChunkTableFunction{
		Config: duckdb.TableFunctionConfig{Arguments: []duckdb.TypeInfo{text}},
		BindArguments: func(_ map[string]any, args ...any) (source duckdb.ParallelChunkTableSource, err error) {
			defer func() {
				if p := recover(); p != nil { // the caller is C
					err = fmt.Errorf("%s: %v", resultFunction, p)
				}
			}()
			name, _ := args[0].(string)
			if s.now == nil {
				return nil, errors.New("no statement runs")
			}
			return s.now.source(name)
		},
	})
}

// sqlGrace is how long a cancelled statement may take to answer by itself.
// Opening a file cannot be interrupted: it goes on in its goroutine, is rolled
// back there, and the next statement waits for it.
const sqlGrace = 300 * time.Millisecond

// Query implements pipeline.Querier by DuckDB. Each call is a transaction: all
// its statements, or nothing. The rows of a SELECT go into a Parquet file of
// the work folder.
func (e *Engine) Query(ctx context.Context, q pipeline.Query, report pipeline.Report) (pipeline.Dataset, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	run := &sqlRun{e: e, q: q, tables: map[string]*dataset{}, used: map[string]bool{}, seen: map[string]bool{}, closers: &closers{}, begun: time.Now()}
	for name, ds := range q.Tables {
		d, err := e.own(ds)
		if err != nil {
			return nil, err
		}
		run.tables[name] = d
	}
	run.meter = startMeter(report, q.Verb(), "rows", 0)
	defer run.meter.end()
	select {
	case e.sql.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	type answer struct {
		d   *dataset
		err error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { <-e.sql.turn }()
		d, err := run.do(ctx)
		done <- answer{d, err}
	}()
	var a answer
	select {
	case a = <-done:
	case <-ctx.Done():
		select {
		case a = <-done:
		case <-time.After(sqlGrace):
			return nil, context.Cause(ctx)
		}
	}
	switch {
	case a.err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case a.err != nil:
		return nil, a.err
	}
	return a.d, nil
}

// sqlRun is one call of Query.
type sqlRun struct {
	e       *Engine
	q       pipeline.Query
	ctx     context.Context
	conn    *sql.Conn
	tables  map[string]*dataset
	shown   []string        // names of the results that SQL sees
	used    map[string]bool // those that it names
	seen    map[string]bool // those that it names or quotes
	files   []string        // fingerprints of files that the SQL names
	meter   *meter
	begun   time.Time
	closers *closers
	failed  error    // of a table function
	wide    bool     // numbers beyond 64 bits are text
	careful bool     // results are read by the table function
	out     string   // the file of the result; empty when there is none
	lost    bool     // the database must be opened anew
	made    []string // files and folders of COPY that were not there before
}

// do runs the statements in a transaction.
func (r *sqlRun) do(ctx context.Context) (d *dataset, err error) {
	r.ctx = ctx
	if err := r.e.sql.open(ctx, r.e); err != nil {
		return nil, err
	}
	defer r.e.collector.lend(r.e.sql.memory.Load())()
	defer r.e.watchSpill(r.meter)()
	r.conn = r.e.sql.conn
	r.e.sql.now = r
	always := context.WithoutCancel(ctx)
	defer func() {
		r.closers.close()
		r.e.sql.now = nil
		if d == nil && r.out != "" {
			_ = os.Remove(r.out) // the first error tells more
		}
	}()
	pieces := sqlStatements(r.q.SQL)
	if len(pieces) == 0 {
		return nil, &pipeline.QueryError{Message: "there is no statement, only a comment", Offset: -1}
	}
	if err := r.findUsed(); err != nil {
		return nil, err
	}
	if err := r.checkFiles(ctx); err != nil {
		return nil, err
	}
	defer func() {
		dropped := r.exec(always, "DROP SCHEMA IF EXISTS "+resultsSchema+" CASCADE")
		if dropped != nil && isLost(dropped) {
			r.lost = true
		} else if dropped != nil && err == nil {
			d, err = nil, dropped
		}
		if r.lost {
			r.e.sql.restart()
		}
	}()
	for {
		if err := r.makeViews(ctx); err != nil {
			return nil, err
		}
		d, err = r.transaction(ctx, pieces)
		switch {
		case err == nil || ctx.Err() != nil:
			return d, err
		case errors.Is(err, errTooWide):
			r.wide = true
		case !r.careful && strings.Contains(err.Error(), "Invalid string encoding"):
			r.careful = true // text that is not UTF-8: the table function mends it
		default:
			return nil, err
		}
		_ = os.Remove(r.out) // of the first try
	}
}

// transaction runs the statements, all or none.
func (r *sqlRun) transaction(ctx context.Context, pieces []sqlToken) (d *dataset, err error) {
	always := context.WithoutCancel(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := r.exec(always, "BEGIN TRANSACTION"); err != nil { // a cancel in the middle of it would leave it begun
		return nil, err
	}
	defer func() {
		if err != nil {
			r.rollback(always)
			r.removeMade()
		}
	}()
	for i, p := range pieces {
		if d, err = r.statement(ctx, p, i == len(pieces)-1); err != nil {
			if errors.Is(err, errTooWide) && !r.wide {
				return nil, err
			}
			return nil, r.explain(ctx, err, p)
		}
	}
	if ctx.Err() != nil { // the caller may have left
		return nil, context.Cause(ctx)
	}
	if err = r.exec(always, "COMMIT"); err != nil {
		return nil, r.explain(ctx, err, pieces[len(pieces)-1])
	}
	return d, nil
}

// rollback ends the transaction. Where that is not possible nothing can be said
// of what the database holds: it is opened anew.
func (r *sqlRun) rollback(ctx context.Context) {
	const tries = 3 // a late interrupt may hit the first
	for range tries {
		if err := r.exec(ctx, "ROLLBACK"); err == nil || strings.Contains(err.Error(), "no transaction is active") {
			return
		}
	}
	r.lost = true
}

func (r *sqlRun) exec(ctx context.Context, text string) error {
	rows, err := r.conn.QueryContext(ctx, text) // ExecContext does not hear a cancel while it prepares
	if err != nil {
		return err
	}
	return errors.Join(rows.Err(), rows.Close())
}

// explain gives an error of DuckDB its place in the SQL.
func (r *sqlRun) explain(ctx context.Context, err error, piece sqlToken) error {
	if isLost(err) {
		r.lost = true
		m, _ := readSQLMessage(err)
		return &pipeline.QueryError{
			Message: "DuckDB failed on this: " + oneLineOf(errors.New(m.Message)), Offset: piece.start,
			Hint: "a file that it reads may be damaged; tables that SQL has made are lost",
		}
	}
	before := 0
	var known *pipeline.QueryError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case r.failed != nil: // DuckDB has only the text of it
		return r.failed
	case errors.As(err, &known):
		return err
	}
	var sent *sentError
	if errors.As(err, &sent) {
		before = sent.before
	}
	return queryError(err, r.q.SQL, piece, before, slices.Clone(r.shown))
}

// sentError is an error about a statement that was sent with so many bytes
// before it.
type sentError struct {
	error

	before int
}

// source opens a result for one of the places where the SQL names it.
func (r *sqlRun) source(name string) (*sqlSource, error) {
	d, ok := r.tables[name]
	if !ok {
		return nil, fmt.Errorf("there is no result %s", name)
	}
	s := &sqlSource{ctx: r.ctx, d: d, meter: r.meter, failed: &r.failed, closers: r.closers}
	var err error
	if s.columns, err = sqlColumns(d); err == nil {
		s.units, err = sqlUnits(r.ctx, d.table)
	}
	if err != nil {
		r.failed = err
		return nil, err
	}
	return s, nil
}

// origin says what the result was made of: the results that were read, the
// files that the SQL names, and, since a statement may read what others have
// made, the clock or chance, the result itself.
func (r *sqlRun) origin(ctx context.Context) (pipeline.Origin, error) {
	var inputs []pipeline.Origin
	for _, name := range r.shown {
		if r.used[name] {
			inputs = append(inputs, r.tables[name].origin)
		}
	}
	files := r.files
	if r.out != "" {
		sum, err := sumOfLargeFile(ctx, r.out)
		if err != nil {
			return pipeline.Origin{}, err
		}
		files = append(files, sum)
	}
	for _, sum := range files {
		inputs = append(inputs, pipeline.Origin{Hash: sum})
	}
	return r.e.originOf(ctx, r.q, inputs...)
}

// dataset is the file of the result as a dataset.
func (r *sqlRun) dataset(ctx context.Context, columns []sqlResultColumn) (*dataset, error) {
	t, err := openTable(ctx, lake.File{}, []lake.DataFile{{Info: lake.Info{Name: r.out}}})
	if err != nil {
		return nil, fmt.Errorf("the result cannot be read back: %w", err)
	}
	d := &dataset{engine: r.e, table: t, rows: t.rows, schema: schemaOf(t)}
	for i, c := range columns {
		d.schema.Columns[i].Source, d.schema.Columns[i].Note = c.typ, c.note
	}
	if err := r.chooseColumns(ctx, d); err != nil {
		return nil, err
	}
	if d.origin, err = r.origin(ctx); err != nil {
		return nil, err
	}
	info, err := os.Stat(r.out)
	if err != nil {
		return nil, err
	}
	d.origin.Made, d.origin.Took, d.origin.Rows, d.origin.Bytes = r.begun.UTC(), time.Since(r.begun), d.rows, info.Size()
	d.source = d.origin
	d.facts = loadFacts(d, "sql", nil)
	return d, nil
}

// chooseColumns finds title and key: columns that are called like those of a
// result that was read, or else what load would guess. Both may be missing.
func (r *sqlRun) chooseColumns(ctx context.Context, d *dataset) error {
	for _, name := range r.shown {
		if !r.used[name] {
			continue
		}
		in := r.tables[name].schema
		if c, ok := d.schema.Column(in.Title); ok && c.Type == pipeline.String && d.schema.Title == "" {
			d.schema.Title = c.Name
		}
		if c, ok := d.schema.Column(in.ID); ok && d.schema.ID == "" && c.Name != d.schema.Title {
			d.schema.ID = c.Name
		}
	}
	const rows = 200
	t, err := r.e.selectRows(ctx, d, pipeline.Selection{Limit: rows}, startMeter(nil, "", "", 0))
	if err != nil {
		return err
	}
	columns := look(t)
	if d.schema.Title == "" {
		d.schema.Title = guessTitle(columns, d.schema.ID)
	}
	if d.schema.ID == "" {
		d.schema.ID = guessID(columns, d.schema.Title)
	}
	return nil
}
