package enginetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gondola/pipeline"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// nulls takes random tables with nulls, empty titles and repeats through all
// steps: as many rows, in the same order, null where there was null. A thousand
// small tables go as far as their tags, with -short a hundred; some go on into a
// file and back.
func (s *suite) nulls(t *testing.T) {
	const written = 15
	count := s.rounds(100, 1000, 1000)
	tables := s.smallTables(t, count)
	tagged := 0
	s = &suite{Harness: s.Harness, dir: s.dir}
	for i, table := range tables {
		if i%100 == 0 { // an engine that keeps results looks for each among all
			s.engine = s.newEngine(t)
		}
		if s.nullsInTable(t, table, newRand(uint64(i)), i%(count/written) == 0 || s.Slow) {
			tagged++
		}
		if t.Failed() {
			t.Fatalf("table %d", i)
		}
	}
	if tagged < count/2 {
		t.Errorf("only %d of %d tables got tags", tagged, count)
	}
	t.Logf("%d of %d tables got tags", tagged, count)
}

// smallTable is a table of 0 to 50 rows of smallHeader.
type smallTable struct {
	uri  string
	rows [][]any
}

func smallHeader() []string { return []string{"id", "title", "shop"} }

// smallTables draws tables. They are made by one Write as the parts of a folder,
// which is faster than to load each from text, and then taken out of it. Those
// without rows are none of its parts.
func (s *suite) smallTables(t *testing.T, n int) []smallTable {
	t.Helper()
	tables := make([]smallTable, n)
	dir := s.Dir(t)
	var all [][]any
	for i := range tables {
		r := newRand(uint64(i) + 1000)
		vocabulary := newWords(r)(2 + r.IntN(20))
		rows := make([][]any, r.IntN(51))
		part := fmt.Sprintf("t%04d", i)
		for k := range rows {
			rows[k] = []any{fmt.Sprintf("%05d", r.IntN(100)), randomTitle(r, vocabulary), pick(r, []any{"x", "y", nil})}
			all = append(all, append([]any{part}, rows[k]...))
		}
		tables[i] = smallTable{filepath.Join(dir, part+".parquet"), rows}
		if len(rows) == 0 {
			tables[i].uri = writeCSV(t, s.Dir(t), "rows.csv", smallHeader(), nil)
		}
	}
	ds := s.loadRows(t, append([]string{"part"}, smallHeader()...), all)
	s.mustWrite(t, ds, pipeline.Write{URI: filepath.Join(dir, "parts") + "/", Mode: "error", Partition: []string{"part"}})
	for _, table := range tables {
		if len(table.rows) == 0 {
			continue
		}
		part := strings.TrimSuffix(filepath.Base(table.uri), ".parquet")
		files, err := filepath.Glob(filepath.Join(dir, "parts", "part="+part, "*.parquet"))
		if err != nil || len(files) != 1 {
			t.Fatalf("part %s: files %q and error %v", part, files, err)
		}
		if err := os.Rename(files[0], table.uri); err != nil {
			t.Fatal(err)
		}
	}
	return tables
}

// nullsInTable says whether the table got tags: one without words in common
// may be refused on the way.
func (s *suite) nullsInTable(t *testing.T, table smallTable, r *rand.Rand, write bool) bool {
	header, rows := smallHeader(), table.rows
	ds := s.mustLoad(t, pipeline.Load{URI: table.uri, Title: "title", ID: "id"})
	wantRows(t, "loaded", s.rows(t, ds, header...), rows)
	clean := s.mustTransform(t, ds, plainPreprocess())
	checkNulls(t, s.rows(t, clean, "title", pipeline.TokensColumn))
	w := smallWord2Vec()
	w.MinCount, w.Epochs, w.VectorSize = 1+r.IntN(2), 1, 8
	model, err := s.engine.Fit(s.ctx(t), clean, w, nil)
	if err != nil {
		checkLine(t, "train", err)
		return false
	}
	clusters, err := s.engine.Fit(s.ctx(t), clean, smallKMeans(model.(pipeline.WordModel), 1+r.IntN(4)), nil)
	if err != nil {
		checkLine(t, "cluster", err)
		return false
	}
	step := smallTag(clusters.(pipeline.ClusterModel), pick(r, methods()))
	tags := s.mustTransform(t, clean, step)
	wantRows(t, "tagged", s.rows(t, tags, header...), rows)
	checkTags(t, s.rows(t, tags, pipeline.TokensColumn, pipeline.TagsColumn), step.Max)
	checkNulls(t, s.rows(t, tags, "title", pipeline.TagsColumn))
	if write {
		out := filepath.Join(s.Dir(t), pick(r, []string{"out.parquet", "out.jsonl"}))
		s.mustWrite(t, tags, pipeline.Write{URI: out, Mode: "error", Columns: append(smallHeader(), pipeline.TagsColumn)})
		back := s.mustLoad(t, pipeline.Load{URI: out, Title: "title"})
		wantRows(t, "read back", s.rows(t, back, header...), rows)
	}
	return true
}

// randomTitle draws a title, now and then none, an empty one or one without
// words.
func randomTitle(r *rand.Rand, vocabulary []string) any {
	switch r.IntN(10) {
	case 0:
		return nil
	case 1:
		return ""
	case 2:
		return "-- 12"
	}
	title := pick(r, vocabulary)
	for range r.IntN(6) {
		title += pick(r, []string{" ", ", ", " - "}) + pick(r, vocabulary)
	}
	return title
}
