//go:build !cgo

package local

import (
	"context"
	"errors"
	"fmt"

	"gondola/pipeline"
)

var _ pipeline.Querier = (*Engine)(nil)

// sqlDatabase is nothing without cgo.
type sqlDatabase struct{}

func newSQLDatabase() *sqlDatabase { return &sqlDatabase{} }

func (*sqlDatabase) close() error        { return nil }
func (*sqlDatabase) adapt(*Engine) error { return nil }
func (*sqlDatabase) note(*Engine) string { return "" }

// Query needs DuckDB, and that needs cgo.
func (e *Engine) Query(ctx context.Context, q pipeline.Query, _ pipeline.Report) (pipeline.Dataset, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("this gondola was built without cgo and so without DuckDB, which answers SQL: build with CGO_ENABLED=1: %w", errors.ErrUnsupported)
}
