//go:build cgo

package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// checkFiles looks at every file that the SQL names, before DuckDB does. A
// Parquet file that was made to harm must not reach DuckDB, so that each is
// opened by lake first; and a pipe or a device would never end. Names that are
// put together while the statement runs cannot be seen.
func (r *sqlRun) checkFiles(ctx context.Context) error {
	toks := sqlTokens(r.q.SQL)
	parquet := false // a function reads Parquet whatever the name is
	for _, t := range toks {
		name := strings.ToLower(t.text)
		parquet = parquet || t.kind == sqlName && (name == "read_parquet" || strings.HasPrefix(name, "parquet_"))
	}
	for i, t := range toks {
		written := i > 0 && toks[i-1].kind == sqlName && strings.EqualFold(toks[i-1].text, "to") // COPY ... TO
		for _, name := range sqlFileNames(toks, i) {
			if written {
				continue
			}
			files, err := r.filesOf(ctx, name, parquet)
			if err != nil {
				return err
			}
			for _, f := range files {
				if err := r.checkFile(ctx, f); err != nil {
					if ctx.Err() != nil {
						return context.Cause(ctx)
					}
					return &pipeline.QueryError{Message: oneLineOf(err), Offset: t.start}
				}
			}
			if len(files) > 0 {
				r.files = append(r.files, fingerprint(files))
			}
		}
	}
	return nil
}

// sqlFileNames are the names of files that token i may be or begin: a text, a
// quoted name, or names with dots between them (FROM titles.parquet).
func sqlFileNames(toks []sqlToken, i int) []string {
	t := toks[i]
	if t.kind != sqlLiteral && t.kind != sqlName || len(t.text) == 0 || len(t.text) > 4096 {
		return nil
	}
	names := []string{t.text}
	whole := t.text
	for i+2 < len(toks) && t.kind == sqlName && toks[i+1].kind == sqlOther && toks[i+2].kind == sqlName &&
		toks[i].end == toks[i+1].start && toks[i+1].end == toks[i+2].start {
		whole += "." + toks[i+2].text
		names = append(names, whole)
		i += 2
	}
	return names
}

// filesOf lists the files that DuckDB would find by a name.
func (r *sqlRun) filesOf(ctx context.Context, name string, parquet bool) ([]lake.DataFile, error) {
	if strings.Contains(name, "://") || strings.ContainsRune(name, 0) {
		return nil, nil
	}
	if f, ok := fileAt(name); ok {
		return []lake.DataFile{f}, nil
	}
	if !strings.ContainsAny(name, "*?[{") || formatByName(name) == "" && !parquet {
		return nil, nil
	}
	rows, err := r.conn.QueryContext(ctx, "SELECT file FROM glob(?)", name)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, nil // no pattern: then it names no files
	}
	defer rows.Close()
	var files []lake.DataFile
	for rows.Next() {
		var found string
		if err := rows.Scan(&found); err != nil {
			return nil, err
		}
		if f, ok := fileAt(found); ok {
			files = append(files, f)
		}
	}
	return files, rows.Err()
}

// fileAt describes what is at a path; folders do not count.
func fileAt(name string) (lake.DataFile, bool) {
	info, err := os.Stat(name)
	if err != nil || info.IsDir() {
		return lake.DataFile{}, false
	}
	return lake.DataFile{Info: lake.Info{Name: name, Size: info.Size(), Version: info.ModTime().UTC().String()}}, true
}

func (r *sqlRun) checkFile(ctx context.Context, f lake.DataFile) error {
	info, err := os.Stat(f.Name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file: %w", f.Name, fs.ErrInvalid)
	}
	if formatByName(f.Name) != "parquet" && !r.e.isParquet(ctx, f.Name) {
		return nil
	}
	_, closer, err := openParquet(ctx, lake.File{}, f.Name)
	if err != nil {
		return err
	}
	return closer.Close()
}

// noteCopy notes what a COPY ... TO will make, so that it can be removed when
// the statement or one after it fails. What it overwrites is not brought back:
// DuckDB replaces it when all is written.
func (r *sqlRun) noteCopy(text string) {
	toks := sqlTokens(text)
	for i, t := range toks {
		if i == 0 || t.kind != sqlLiteral || toks[i-1].kind != sqlName || !strings.EqualFold(toks[i-1].text, "to") {
			continue
		}
		for _, name := range []string{t.text, filepath.Join(filepath.Dir(t.text), "tmp_"+filepath.Base(t.text))} {
			if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
				r.made = append(r.made, name)
			}
		}
	}
}

// removeMade removes what COPY has made.
func (r *sqlRun) removeMade() {
	for _, name := range r.made {
		_ = os.RemoveAll(name) // the first error tells more
	}
	r.made = nil
}

// sumOfLargeFile is the SHA-256 of a file; it hears a cancel.
func sumOfLargeFile(ctx context.Context, name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		const piece = 16 << 20
		if _, err := io.CopyN(h, f, piece); errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		} else if err != nil {
			return "", err
		}
	}
}

func oneLineOf(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
