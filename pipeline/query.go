package pipeline

import (
	"context"
	"fmt"
)

// Query asks in SQL over named tables and over files.
type Query struct {
	SQL    string
	Tables map[string]Dataset `json:"-"` // what the query may call by name
	Force  bool               `json:"-"`
	// Titles are the columns of each table that hold titles.
	Titles map[string][]string `json:"-"`
}

// Verb returns "sql".
func (Query) Verb() string { return "sql" }

// Validate checks that something is asked.
func (q Query) Validate() error {
	if q.SQL == "" {
		return &ParamError{"query", "", "say what to select: sql SELECT ..."}
	}
	return nil
}

// Querier is an engine that answers SQL. The answer is a dataset: its rows
// stay in the engine and may be more than memory holds. A statement that
// gives no rows gives a dataset without columns. Errors in the SQL are
// *QueryError.
type Querier interface {
	Query(ctx context.Context, q Query, report Report) (Dataset, error)
}

// QueryError is a mistake in the SQL with its place.
type QueryError struct {
	Message string // one line
	Offset  int    // bytes into the SQL; -1 when the place is not known
	Hint    string // may be empty
}

// Error returns the message.
func (e *QueryError) Error() string { return fmt.Sprintf("sql: %s", e.Message) }
