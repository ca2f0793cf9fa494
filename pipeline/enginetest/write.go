package enginetest

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
)

// mustWrite writes and checks what Written says against the files.
func (s *suite) mustWrite(t testing.TB, ds pipeline.Dataset, w pipeline.Write) pipeline.Written {
	t.Helper()
	written, err := s.engine.Write(s.ctx(t), ds, w, nil)
	if err != nil {
		t.Fatalf("write %s: %v", w.URI, err)
	}
	rows, bytes := int64(0), int64(0)
	for _, f := range written.Files {
		rows += f.Rows
		bytes += f.Bytes
		path := f.Name
		if info, err := os.Stat(w.URI); err == nil && info.IsDir() {
			path = filepath.Join(w.URI, f.Name)
		} else if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(w.URI), f.Name)
		}
		if info, err := os.Stat(path); err != nil {
			t.Errorf("write %s: its file %s is not there: %v", w.URI, f.Name, err)
		} else if info.Size() != f.Bytes {
			t.Errorf("write %s: file %s has %d bytes, Written says %d", w.URI, f.Name, info.Size(), f.Bytes)
		}
	}
	if len(written.Files) == 0 || rows != written.Rows || bytes != written.Bytes {
		t.Errorf("write %s: %d rows and %d bytes, its files sum to %d and %d", w.URI, written.Rows, written.Bytes, rows, bytes)
	}
	return written
}

func (s *suite) write(t *testing.T) {
	header, rows := sales(700)
	flat := []string{"id", "title", "shop", "price", "sold", "fresh"}
	for i := range rows { // CSV and TSV tell null from an empty text in no common way
		if rows[i][1] == "" {
			rows[i][1] = "none"
		}
	}
	ds := s.loadRows(t, header, rows)
	for _, c := range []struct {
		name    string
		write   pipeline.Write
		columns []string
		magic   string
	}{
		{"Parquet", pipeline.Write{URI: "out.parquet"}, header, "PAR1"},
		{"ParquetSnappy", pipeline.Write{URI: "out.parquet", Compression: "snappy"}, header, "PAR1"},
		{"ParquetGzip", pipeline.Write{URI: "out.parquet", Compression: "gzip"}, header, "PAR1"},
		{"ParquetNone", pipeline.Write{URI: "out.parquet", Compression: "none"}, header, "PAR1"},
		{"JSONLines", pipeline.Write{URI: "out.jsonl"}, header, `{"id"`},
		{"CSV", pipeline.Write{URI: "out.csv", Columns: flat}, flat, "id,title"},
		{"TSV", pipeline.Write{URI: "out.tsv", Columns: flat}, flat, "id\ttitle"},
		{"Gzip", pipeline.Write{URI: "out.csv.gz", Columns: flat}, flat, "\x1f\x8b"},
		{"Zstd", pipeline.Write{URI: "out.jsonl.zst"}, header, "\x28\xb5\x2f\xfd"},
		{"Folder", pipeline.Write{URI: "out/"}, header, ""},
		{"FolderCSV", pipeline.Write{URI: "out/", Format: "csv", Columns: flat}, flat, ""},
		{"FolderJSONLines", pipeline.Write{URI: "out/", Format: "jsonl"}, header, ""},
		{"Columns", pipeline.Write{URI: "out.parquet", Columns: []string{"sold", "id", "title"}}, []string{"sold", "id", "title"}, "PAR1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.write
			w.URI, w.Mode = filepath.Join(s.Dir(t), w.URI)+trailing(w.URI), "error"
			if written := s.mustWrite(t, ds, w); written.Rows != int64(len(rows)) {
				t.Errorf("%d rows written, want %d", written.Rows, len(rows))
			}
			if c.magic != "" {
				content, err := os.ReadFile(w.URI)
				if err != nil || !bytes.HasPrefix(content, []byte(c.magic)) {
					t.Errorf("the file begins with %.20q, error %v; want %q", content, err, c.magic)
				}
			} else if _, err := os.Stat(filepath.Join(w.URI, "_SUCCESS")); err != nil {
				t.Errorf("the folder is not marked as complete: %v", err)
			}
			back := s.mustLoad(t, pipeline.Load{URI: w.URI, Title: "title"})
			if diff := cmp.Diff(c.columns, back.Schema().Names()); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			wantRows(t, "rows read back", s.rows(t, back), s.rows(t, ds, c.columns...))
		})
	}
	t.Run("Derived", func(t *testing.T) { // tokens, cluster, distance and tags are columns like others
		m := s.trained(t)
		ds := s.mustTransform(t, m.clean, smallTag(m.clusters, pipeline.MethodRanked))
		for _, name := range []string{"out.parquet", "out.jsonl"} {
			path := filepath.Join(s.Dir(t), name)
			names := ds.Schema().Names()
			s.mustWrite(t, ds, pipeline.Write{URI: path, Mode: "error", Columns: names})
			back := s.mustLoad(t, pipeline.Load{URI: path})
			got, want := s.rows(t, back, names...), s.rows(t, ds)
			at := slices.Index(names, pipeline.DistanceColumn)
			for i := range min(len(got), len(want)) { // text may round a float32
				if x, y := size(got[i][at]), size(want[i][at]); math.Abs(x-y) < 1e-6*math.Abs(y) {
					got[i][at] = want[i][at]
				}
			}
			wantRows(t, name, got, want)
		}
	})
	t.Run("EmptyText", func(t *testing.T) { // is not null
		rows := titleRows("", nil, "a", "")
		ds := s.loadRows(t, []string{"id", "title"}, rows)
		for _, name := range []string{"out.parquet", "out.jsonl"} {
			path := filepath.Join(s.Dir(t), name)
			s.mustWrite(t, ds, pipeline.Write{URI: path, Mode: "error"})
			wantRows(t, name, s.rows(t, s.mustLoad(t, pipeline.Load{URI: path, Title: "title"})), rows)
		}
	})
	t.Run("NoRows", func(t *testing.T) {
		ds := s.mustLoad(t, pipeline.Load{URI: writeFile(t, s.Dir(t), "h.csv", "id,title\n")})
		for _, name := range []string{"out.parquet", "out.csv", "out/"} {
			uri := filepath.Join(s.Dir(t), name) + trailing(name)
			s.mustWrite(t, ds, pipeline.Write{URI: uri, Mode: "error"})
			back := s.mustLoad(t, pipeline.Load{URI: uri, Title: "title"})
			if names := back.Schema().Names(); len(s.rows(t, back)) != 0 || fmt.Sprint(names) != "[id title]" {
				t.Errorf("%s: columns %q, rows %v", name, names, s.rows(t, back))
			}
		}
	})
	t.Run("Formulas", s.formulas)
	t.Run("Partition", s.partition)
}

// trailing keeps the slash that filepath.Join takes from a folder's name.
func trailing(uri string) string {
	if strings.HasSuffix(uri, "/") {
		return "/"
	}
	return ""
}

// formulas checks that CSV is harmless to a spreadsheet unless it is raw.
func (s *suite) formulas(t *testing.T) {
	ds := s.loadRows(t, []string{"id", "title", "n"}, [][]any{{"a", "=1+1", int64(-1)}, {"b", " @SUM(A1)", int64(-2)}, {"c", "7-Up", int64(3)}})
	for _, name := range []string{"out.csv", "out.tsv"} {
		for _, raw := range []bool{false, true} {
			path := filepath.Join(s.Dir(t), name)
			s.mustWrite(t, ds, pipeline.Write{URI: path, Mode: "error", Raw: raw})
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text := string(content)
			if defused := strings.Contains(text, "'=1+1") && strings.Contains(text, "' @SUM(A1)"); defused == raw {
				t.Errorf("%s, raw %v: %s", name, raw, text)
			}
			if strings.Contains(text, "'-1") || strings.Contains(text, "'7-Up") {
				t.Errorf("%s, raw %v: a number or a harmless title was changed: %s", name, raw, text)
			}
		}
	}
}

// partition checks columns that become folders, with values that tempt a path.
func (s *suite) partition(t *testing.T) {
	values := []any{"eu", "a/b", "../up", "new zealand", "100%", "k=v", "ß", nil, "con:", "."}
	var rows [][]any
	for i := range 3 * len(values) {
		rows = append(rows, []any{fmt.Sprintf("r%05d", i), fmt.Sprintf("title %d", i), values[i%len(values)], "x"})
	}
	header := []string{"id", "title", "region", "kind"}
	ds := s.loadRows(t, header, rows)
	for _, partition := range [][]string{{"region"}, {"kind", "region"}} {
		for _, format := range []string{"parquet", "csv"} {
			dir := s.Dir(t)
			uri := filepath.Join(dir, "lake") + "/"
			s.mustWrite(t, ds, pipeline.Write{URI: uri, Format: format, Partition: partition, Mode: "error"})
			for name := range tree(t, dir) {
				if name != "./" && !strings.HasPrefix(name, "lake") {
					t.Errorf("%s is outside of the folder that was written", name)
				}
			}
			back := s.mustLoad(t, pipeline.Load{URI: uri, Title: "title"})
			got := s.mustSelect(t, back, pipeline.Selection{Columns: header, Sort: []pipeline.Order{{Column: "id"}}})
			wantRows(t, fmt.Sprintf("%s by %q", format, partition), got.Rows, rows)
		}
	}
	_, err := s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: s.Dir(t) + "/o/", Partition: []string{"regoin"}, Mode: "error"}, nil)
	wantError(t, "unknown partition", err, "regoin", "region")
	_, err = s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: s.Dir(t) + "/o.csv", Columns: []string{"id", "tilte"}, Mode: "error"}, nil)
	wantError(t, "unknown column", err, "tilte", "title")
}
