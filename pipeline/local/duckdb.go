//go:build cgo

package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2" // also registers the driver
)

// duckFolder is the suffix of the folders to which DuckDB spills.
const duckFolder = "duckdb"

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
		"SET temp_directory=" + quoteSQL(e.work.path(duckFolder)),
		fmt.Sprintf("SET threads=%d", e.duckThreads(memory)),
		fmt.Sprintf("SET memory_limit='%dB'", memory),
	}, more...) {
		if _, err := db.ExecContext(ctx, set); err != nil {
			return nil, errors.Join(fmt.Errorf("duckdb: %s: %w", set, err), db.Close())
		}
	}
	return db, nil
}

// watchSpill shows how much DuckDB has in its files for what memory has no room
// for, until the function that it returns is called.
func (e *Engine) watchSpill(m *meter) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			files, _ := filepath.Glob(filepath.Join(e.work.dir, "*-"+duckFolder, "*")) // the pattern is none of the user's
			size := int64(0)
			for _, name := range files {
				if info, err := os.Stat(name); err == nil { // it may be gone by now
					size += info.Size()
				}
			}
			m.spilled.Store(max(m.spilled.Load(), size))
		}
	})
	return func() { close(done); wg.Wait() }
}

// quoteSQL writes a text as a literal of SQL.
func quoteSQL(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quoteIdent writes a name as an identifier of SQL.
func quoteIdent(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
