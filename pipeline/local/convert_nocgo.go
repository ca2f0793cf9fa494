//go:build !cgo

package local

import (
	"context"
	"errors"
	"fmt"

	"gondola/lake"
	"gondola/pipeline"
)

// convert needs DuckDB, and that needs cgo.
func (e *Engine) convert(_ context.Context, files []lake.DataFile, format string, _ pipeline.Load, _ string) (converted, error) {
	return converted{}, fmt.Errorf("%s: this gondola was built without cgo and so without DuckDB, which reads %s: convert the file to Parquet, or build with CGO_ENABLED=1: %w",
		files[0].Name, format, errors.ErrUnsupported)
}
