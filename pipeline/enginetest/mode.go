package enginetest

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
)

// mode checks what happens to what is there already.
func (s *suite) mode(t *testing.T) {
	ds := s.loadRows(t, []string{"id", "title"}, titleRows("new", "rows"))
	for _, name := range []string{"out.parquet", "out.csv", "out/"} {
		t.Run(name, func(t *testing.T) {
			dir := s.Dir(t)
			uri := filepath.Join(dir, name) + trailing(name)
			old := s.loadRows(t, []string{"id", "title"}, titleRows("old", "old", "old"))
			s.mustWrite(t, old, pipeline.Write{URI: uri, Mode: "error"})
			before := tree(t, dir)
			_, err := s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: uri, Mode: "error"}, nil)
			wantError(t, "write over what exists", err, strings.TrimSuffix(name, "/"))
			if err != nil && !errors.Is(err, fs.ErrExist) {
				t.Errorf("the error is no fs.ErrExist: %v", err)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("a refused write changed files:\n%.2000s", diff)
			}
			s.mustWrite(t, ds, pipeline.Write{URI: uri, Mode: "overwrite"})
			wantRows(t, "after overwrite", s.rows(t, s.mustLoad(t, pipeline.Load{URI: uri, Title: "title"})), titleRows("new", "rows"))
			if len(tree(t, dir)) > len(before) {
				t.Errorf("overwrite leaves files behind: %q", slices.Sorted(maps.Keys(tree(t, dir))))
			}
		})
	}
	t.Run("Foreign", func(t *testing.T) { // overwrite never empties a folder of other files
		dir := s.Dir(t)
		note := writeFile(t, dir, "out/notes.txt", "mine")
		_, err := s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: filepath.Dir(note) + "/", Mode: "error"}, nil)
		wantError(t, "write into a folder with files", err, "out")
		if content, err := os.ReadFile(note); err != nil || string(content) != "mine" {
			t.Errorf("the file of someone else is %q, error %v", content, err)
		}
	})
	t.Run("Itself", func(t *testing.T) { // over its own source: done, or refused and untouched
		rows := titleRows("one", nil, "three")
		first := s.loadRows(t, []string{"id", "title"}, rows)
		path := filepath.Join(s.Dir(t), "out.parquet")
		s.mustWrite(t, first, pipeline.Write{URI: path, Mode: "error"})
		own := s.mustLoad(t, pipeline.Load{URI: path, Title: "title"})
		if _, err := s.engine.Write(s.ctx(t), own, pipeline.Write{URI: path, Mode: "overwrite"}, nil); err != nil {
			checkLine(t, "overwrite the source", err)
		}
		wantRows(t, "after it", s.rows(t, s.mustLoad(t, pipeline.Load{URI: path, Title: "title"})), rows)
	})
	t.Run("NoFolder", func(t *testing.T) { // the folder above is made, or its absence is an error
		path := filepath.Join(s.Dir(t), "a", "b", "out.csv")
		if _, err := s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: path, Mode: "error"}, nil); err != nil {
			wantError(t, "write below a missing folder", err, "b")
		} else if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})
	t.Run("Unknown", func(t *testing.T) {
		dir := s.Dir(t)
		_, err := s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: filepath.Join(dir, "out.csv"), Format: "xls", Mode: "error"}, nil)
		wantError(t, "unknown format", err, "xls")
		_, err = s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: filepath.Join(dir, "out.parquet"), Compression: "rar", Mode: "error"}, nil)
		wantError(t, "unknown compression", err, "rar")
		if left := tree(t, dir); len(left) > 1 {
			t.Errorf("files are left: %q", slices.Sorted(maps.Keys(left)))
		}
	})
}
