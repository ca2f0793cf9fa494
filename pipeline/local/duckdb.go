//go:build cgo

package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2" // also registers the driver
)

// threadMemory is the least that a thread of DuckDB works with: it reads JSON
// by buffers of 32 MiB.
const threadMemory = 64 << 20

// duckThreads is how many threads DuckDB has with so much memory.
func (e *Engine) duckThreads(memory int64) int64 {
	return max(1, min(int64(e.workers), memory/threadMemory))
}

// openDuckDB opens a database in memory that loads no extension by itself and
// spills into the work folder when it would take more than so many bytes. more
// are further settings.
func (e *Engine) openDuckDB(ctx context.Context, memory int64, more ...string) (*sql.DB, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("duckdb: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1) // settings belong to a connection
	for _, set := range append([]string{
		"SET autoinstall_known_extensions=false",
		"SET autoload_known_extensions=false",
		"SET temp_directory=" + quoteSQL(e.work.path("duckdb")),
		fmt.Sprintf("SET threads=%d", e.duckThreads(memory)),
		fmt.Sprintf("SET memory_limit='%dB'", memory),
	}, more...) {
		if _, err := db.ExecContext(ctx, set); err != nil {
			return nil, errors.Join(fmt.Errorf("duckdb: %s: %w", set, err), db.Close())
		}
	}
	return db, nil
}

// quoteSQL writes a text as a literal of SQL.
func quoteSQL(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quoteIdent writes a name as an identifier of SQL.
func quoteIdent(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
