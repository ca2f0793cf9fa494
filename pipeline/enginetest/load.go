package enginetest

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"gondola/pipeline"
)

// people is a small table whose cells tempt a reader: leading zeros, commas,
// quotation marks, nulls, a repeated id.
func people() [][]any {
	return [][]any{
		{"00017", "Buffalo Chicken Sandwich", "a"},
		{"00018", `24" monitor, black`, "b"},
		{"00018", "Salt & Vinegar Crisps", nil},
		{"00100", nil, "a"},
		{"00101", "饺子 crème brûlée", "b"},
	}
}

var peopleHeader = []string{"id", "title", "shop"}

func (s *suite) load(t *testing.T) {
	t.Run("CSV", func(t *testing.T) {
		s.loadsPeople(t, pipeline.Load{URI: writeCSV(t, s.Dir(t), "p.csv", peopleHeader, people())})
	})
	t.Run("TSV", func(t *testing.T) { // a quotation mark is an ordinary letter
		s.loadsPeople(t, pipeline.Load{URI: writeTSV(t, s.Dir(t), "p.tsv", peopleHeader, people())})
	})
	t.Run("TSVQuotes", func(t *testing.T) {
		rows := titleRows(`"Nightmare" on Elm Street`, `19" rack`, `"`, `a "b" c`, `"unclosed`, "last")
		ds := s.mustLoad(t, pipeline.Load{URI: writeTSV(t, s.Dir(t), "q.tsv", []string{"id", "title"}, rows)})
		wantRows(t, "titles with quotation marks", s.rows(t, ds), rows)
	})
	t.Run("CSVWithoutQuotes", func(t *testing.T) {
		rows := titleRows(`19" rack`, `"`, "plain")
		text := "id,title\nr00000,19\" rack\nr00001,\"\nr00002,plain\n"
		ds := s.mustLoad(t, pipeline.Load{URI: writeFile(t, s.Dir(t), "q.csv", text), Quote: "none"})
		wantRows(t, "titles of a CSV without quoting", s.rows(t, ds), rows)
	})
	t.Run("JSONLines", func(t *testing.T) {
		s.loadsPeople(t, pipeline.Load{URI: writeJSONL(t, s.Dir(t), "p.jsonl", peopleHeader, people())})
	})
	t.Run("Gzip", func(t *testing.T) {
		s.loadsPeople(t, pipeline.Load{URI: writeFile(t, s.Dir(t), "p.csv.gz", gzipped(t, csvText(peopleHeader, people())))})
	})
	t.Run("Parquet", func(t *testing.T) {
		ds := s.mustLoad(t, pipeline.Load{URI: writeCSV(t, s.Dir(t), "p.csv", peopleHeader, people())})
		path := filepath.Join(s.Dir(t), "p.parquet")
		s.mustWrite(t, ds, pipeline.Write{URI: path, Mode: "error"})
		s.loadsPeople(t, pipeline.Load{URI: path})
	})
	t.Run("Format", func(t *testing.T) { // the name says nothing
		s.loadsPeople(t, pipeline.Load{URI: writeCSV(t, s.Dir(t), "p.dat", peopleHeader, people()), Format: "csv"})
	})
	t.Run("Types", s.loadTypes)
	t.Run("HeaderOnly", func(t *testing.T) {
		ds, err := s.engine.Load(s.ctx(t), pipeline.Load{URI: writeFile(t, s.Dir(t), "h.csv", "id,title\n")}, nil)
		if err != nil {
			t.Fatalf("a table of 0 rows should load: %v", err)
		}
		if n := len(s.rows(t, ds)); n != 0 || ds.Len() > 0 {
			t.Errorf("%d rows, Len %d, want none", n, ds.Len())
		}
		if got := ds.Schema().Names(); fmt.Sprint(got) != "[id title]" {
			t.Errorf("columns %q, want id and title", got)
		}
	})
	t.Run("Errors", s.loadErrors)
}

// loadsPeople loads people and checks all that a load promises.
func (s *suite) loadsPeople(t *testing.T, l pipeline.Load) {
	t.Helper()
	ds := s.mustLoad(t, l)
	schema := ds.Schema()
	if schema.Title != "title" || schema.ID != "id" {
		t.Errorf("title column %q and id column %q, want title and id", schema.Title, schema.ID)
	}
	for _, name := range peopleHeader {
		if c, ok := schema.Column(name); !ok || c.Type != pipeline.String {
			t.Errorf("column %q has type %q, want string", name, c.Type)
		}
	}
	if n := ds.Len(); n != -1 && n != int64(len(people())) {
		t.Errorf("Len is %d, want %d", n, len(people()))
	}
	if len(ds.Facts()) == 0 {
		t.Error("load tells no facts")
	}
	wantRows(t, "rows", s.rows(t, ds), people())
}

// loadTypes checks that each type arrives as the Go value that Table promises.
func (s *suite) loadTypes(t *testing.T) {
	header := []string{"id", "title", "price", "sold", "fresh", "labels"}
	types := []pipeline.Type{pipeline.String, pipeline.String, pipeline.Float, pipeline.Int, pipeline.Bool, pipeline.Strings}
	rows := [][]any{
		{"a", "one", 1.5, int64(9007199254740993), true, []string{"x", "y"}},
		{"b", "", -0.25, int64(-3), false, []string{}},
		{"c", nil, nil, nil, nil, nil},
	}
	ds := s.loadRows(t, header, rows)
	for i, name := range header {
		if c, _ := ds.Schema().Column(name); c.Type != types[i] {
			t.Errorf("column %q has type %q, want %q", name, c.Type, types[i])
		}
	}
	wantRows(t, "rows", s.rows(t, ds), rows)
}

func (s *suite) loadErrors(t *testing.T) {
	dir := s.Dir(t)
	path := writeCSV(t, dir, "p.csv", peopleHeader, people())
	load := func(l pipeline.Load) error {
		ds, err := s.engine.Load(s.ctx(t), l, nil)
		if err != nil && ds != nil {
			t.Errorf("load %s: both a dataset and the error %v", l.URI, err)
		}
		return err
	}
	missing := load(pipeline.Load{URI: filepath.Join(dir, "missing.csv")})
	wantError(t, "missing file", missing, "missing.csv")
	if missing != nil && !errors.Is(missing, fs.ErrNotExist) {
		t.Errorf("missing file: the error is no fs.ErrNotExist: %v", missing)
	}
	wantError(t, "pattern without files", load(pipeline.Load{URI: filepath.Join(dir, "nothing-*.csv")}), "nothing-*.csv")
	wantError(t, "missing title column", load(pipeline.Load{URI: path, Title: "titel"}), "titel", "title")
	wantError(t, "missing id column", load(pipeline.Load{URI: path, Title: "title", ID: "shpo"}), "shpo", "shop")
	empty := filepath.Dir(writeFile(t, dir, "empty/_SUCCESS", ""))
	wantError(t, "folder without a table", load(pipeline.Load{URI: empty}), "empty")
	wantError(t, "unknown format", load(pipeline.Load{URI: path, Format: "xls"}), "xls")
	wantError(t, "no Parquet", load(pipeline.Load{URI: writeFile(t, dir, "no.parquet", "id,title\na,b\n")}), "no.parquet")
	whole := gzipped(t, csvText(peopleHeader[:2], titleRows(anys(newWords(newRand(1))(20_000))...)))
	wantError(t, "half of a gzip file", load(pipeline.Load{URI: writeFile(t, dir, "cut.csv.gz", whole[:len(whole)/2])}), "cut.csv.gz")
	if err := load(pipeline.Load{URI: writeFile(t, dir, "zero.csv", "")}); err != nil {
		checkLine(t, "file of 0 bytes", err)
	}
	numbers := writeCSV(t, dir, "n.csv", []string{"title", "price"}, [][]any{{"a", 1.5}, {"b", 2.5}})
	if err := load(pipeline.Load{URI: numbers, Title: "price"}); err != nil {
		wantError(t, "numbers as titles", err, "price")
	}
}

// guess checks which columns are taken for title and id.
func (s *suite) guess(t *testing.T) {
	for name, c := range map[string]struct {
		header    []string
		load      pipeline.Load
		title, id string
	}{
		"Plain":    {[]string{"id", "title", "shop"}, pipeline.Load{}, "title", "id"},
		"Receipts": {[]string{"item_id", "product_title", "shop"}, pipeline.Load{}, "product_title", "item_id"},
		"Order":    {[]string{"title", "shop", "id"}, pipeline.Load{}, "title", "id"},
		"Explicit": {[]string{"id", "title", "shop"}, pipeline.Load{Title: "shop", ID: "title"}, "shop", "title"},
		"NoID":     {[]string{"title", "shop", "town"}, pipeline.Load{}, "title", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := c.load
			l.URI = writeCSV(t, s.Dir(t), "g.csv", c.header, [][]any{
				{"first words here", "second words here", "third words here"},
				{"fourth words here", "fifth words here", "sixth words here"},
				{"fourth words here", "fifth words here", "sixth words here"},
			})
			schema := s.mustLoad(t, l).Schema()
			if schema.Title != c.title {
				t.Errorf("title column %q, want %q", schema.Title, c.title)
			}
			if schema.ID != c.id {
				t.Errorf("id column %q, want %q", schema.ID, c.id)
			}
		})
	}
}

// folder checks tables that are more than one file.
func (s *suite) folder(t *testing.T) {
	first, second := people()[:2], people()[2:]
	t.Run("Folder", func(t *testing.T) { // in the order of names, without what begins with _ or .
		dir := s.Dir(t)
		writeCSV(t, dir, "t/part-2.csv", peopleHeader, second)
		writeCSV(t, dir, "t/part-1.csv", peopleHeader, first)
		writeFile(t, dir, "t/_SUCCESS", "")
		writeFile(t, dir, "t/.part-1.csv.crc", "\x00\x01")
		s.loadsPeople(t, pipeline.Load{URI: filepath.Join(dir, "t")})
		s.loadsPeople(t, pipeline.Load{URI: filepath.Join(dir, "t") + "/"})
	})
	t.Run("Glob", func(t *testing.T) {
		dir := s.Dir(t)
		writeCSV(t, dir, "a-1.csv", peopleHeader, first)
		writeCSV(t, dir, "a-2.csv", peopleHeader, second)
		writeCSV(t, dir, "b-1.csv", peopleHeader, first)
		s.loadsPeople(t, pipeline.Load{URI: filepath.Join(dir, "a-*.csv")})
	})
	t.Run("Partitions", func(t *testing.T) { s.partitions(t, "") })
	t.Run("PartitionGlob", func(t *testing.T) { s.partitions(t, "region=*") })
	t.Run("LeadingZeros", func(t *testing.T) { // in one file of two only
		dir := s.Dir(t)
		writeCSV(t, dir, "z/1.csv", []string{"id", "title"}, [][]any{{"17", "a b"}, {"18", "c d"}})
		writeCSV(t, dir, "z/2.csv", []string{"id", "title"}, [][]any{{"0017", "e f"}})
		ds := s.mustLoad(t, pipeline.Load{URI: filepath.Join(dir, "z")})
		wantRows(t, "ids", s.rows(t, ds, "id"), [][]any{{"17"}, {"18"}, {"0017"}})
	})
	t.Run("UnquotedZeros", func(t *testing.T) {
		path := writeFile(t, s.Dir(t), "u.csv", "id,title\n00017,a b\n00018,c d\n")
		wantRows(t, "ids", s.rows(t, s.mustLoad(t, pipeline.Load{URI: path}), "id"), [][]any{{"00017"}, {"00018"}})
	})
	t.Run("MixedColumns", func(t *testing.T) { // all rows, or an error: never some of them
		dir := s.Dir(t)
		writeCSV(t, dir, "m/1.csv", peopleHeader, first)
		writeCSV(t, dir, "m/2.csv", []string{"id", "title"}, titleRows("more", "even more"))
		s.allOrNothing(t, filepath.Join(dir, "m"), 4)
	})
	t.Run("MixedFormats", func(t *testing.T) {
		dir := s.Dir(t)
		writeCSV(t, dir, "m/1.csv", peopleHeader, first)
		writeJSONL(t, dir, "m/2.jsonl", peopleHeader, second)
		s.allOrNothing(t, filepath.Join(dir, "m"), len(people()))
	})
}

func (s *suite) allOrNothing(t *testing.T, dir string, rows int) {
	t.Helper()
	ds, err := s.engine.Load(s.ctx(t), pipeline.Load{URI: dir, Title: "title"}, nil)
	if err != nil {
		checkLine(t, "mixed folder", err)
		return
	}
	if n := len(s.rows(t, ds, "title")); n != rows {
		t.Errorf("%d rows, want all %d or an error", n, rows)
	}
}

// partitions checks that folders named key=value become a column.
func (s *suite) partitions(t *testing.T, pattern string) {
	dir := s.Dir(t)
	writeCSV(t, dir, "lake/region=eu/part.csv", peopleHeader, people()[:2])
	writeCSV(t, dir, "lake/region=new%20zealand/part.csv", peopleHeader, people()[2:4])
	writeCSV(t, dir, "lake/region=__HIVE_DEFAULT_PARTITION__/part.csv", peopleHeader, people()[4:])
	ds := s.mustLoad(t, pipeline.Load{URI: filepath.Join(dir, "lake", pattern)})
	c, ok := ds.Schema().Column("region")
	if !ok || c.Type != pipeline.String {
		t.Fatalf("column region is %+v, want a string column; there are %q", c, ds.Schema().Names())
	}
	got := map[any]any{}
	for _, row := range s.rows(t, ds, "id", "title", "region") {
		got[fmt.Sprint(row[0], row[1])] = row[2]
	}
	for i, row := range people() {
		want := []any{"eu", "eu", "new zealand", "new zealand", nil}[i]
		if region, ok := got[fmt.Sprint(row[0], row[1])]; !ok || region != want {
			t.Errorf("row %v has region %v, want %v", row, region, want)
		}
	}
	if len(got) != len(people()) {
		t.Errorf("%d rows, want %d", len(got), len(people()))
	}
}
