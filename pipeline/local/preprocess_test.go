package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/receipts"
)

var preprocessed = []pipeline.Preprocess{
	{StopWords: "en", Units: true, Numbers: "drop"},
	{StopWords: "en", Units: true, Numbers: "drop", Phrases: true, PhraseMinCount: 10, PhraseThreshold: 0.3},
}

// TestPreprocessIsTheSame: neither the number of workers nor how often memory
// is full changes a byte of what preprocess makes.
func TestPreprocessIsTheSame(t *testing.T) {
	for _, p := range preprocessed {
		var first map[string][]byte
		for _, workers := range []int{1, 5, 2}[:need.Size(3, 2)] {
			for _, limit := range []int64{1 << 30, 64 << 10, 1 << 20}[:need.Size(3, 2)] {
				got := preprocessBytes(t, p, workers, limit)
				if first == nil {
					first = got
				}
				for what, b := range got {
					if !bytes.Equal(b, first[what]) {
						t.Errorf("phrases %v, %d workers within %d KiB: other %s", p.Phrases, workers, limit>>10, what)
					}
				}
			}
		}
	}
}

func preprocessBytes(t *testing.T, p pipeline.Preprocess, workers int, limit int64) map[string][]byte {
	t.Helper()
	e, err := New(Options{CacheDir: t.TempDir(), Workers: workers})
	check(t, err)
	defer func() { check(t, e.Close()) }()
	loaded, err := e.Load(t.Context(), pipeline.Load{URI: fmt.Sprintf("sample:receipts?n=%d&seed=3", need.Size(20_000, 6_000))}, nil)
	check(t, err)
	e.memoryLimit.Store(limit)
	path := filepath.Join(t.TempDir(), "tokens")
	dict, file, facts, err := e.tokenize(t.Context(), loaded.(*dataset), p, path, nil)
	check(t, err)
	defer file.close()
	out := map[string][]byte{}
	out["tokens"], err = os.ReadFile(path)
	check(t, err)
	check(t, file.writeIndex(path+".idx"))
	out["index"], err = os.ReadFile(path + ".idx")
	check(t, err)
	check(t, artifact.WriteDictionary(t.Context(), path+".dict", dict))
	out["dictionary"], err = os.ReadFile(path + ".dict")
	check(t, err)
	out["facts"], err = json.Marshal(facts)
	check(t, err)
	return out
}

// TestTokenFileHoldsAllRows compares a token file with what the dictionary reads
// in each row: titles once, how often, and where first.
func TestTokenFileHoldsAllRows(t *testing.T) {
	rows := need.Size(20_000, 5_000)
	for _, p := range preprocessed {
		e, err := New(Options{CacheDir: t.TempDir()})
		check(t, err)
		defer func() { check(t, e.Close()) }()
		loaded, err := e.Load(t.Context(), pipeline.Load{URI: fmt.Sprintf("sample:receipts?n=%d&seed=4", rows)}, nil)
		check(t, err)
		e.memoryLimit.Store(1 << 20)
		dict, file, _, err := e.tokenize(t.Context(), loaded.(*dataset), p, filepath.Join(t.TempDir(), "tokens"), nil)
		check(t, err)
		defer file.close()
		want := map[string]*tokenTitle{}
		counts := make([]int64, dict.Len())
		table, err := e.Select(t.Context(), loaded, pipeline.Selection{Columns: []string{loaded.Schema().Title}, Limit: rows}, nil)
		check(t, err)
		for i, row := range table.Rows {
			var title artifact.Title
			dict.Read(row[0].(string), &title)
			for _, id := range title.IDs {
				counts[id]++
			}
			key := string(appendContent(nil, title.IDs, title.HeadLen))
			if len(title.IDs) == 0 {
				key = string(appendContent(nil, nil, 0))
			}
			if want[key] == nil {
				want[key] = &tokenTitle{first: int64(i)}
			}
			want[key].times++
		}
		if int(file.titles) != len(want) || file.rows != int64(rows) {
			t.Errorf("%d titles of %d rows, want %d of %d", file.titles, file.rows, len(want), rows)
		}
		check(t, file.each(t.Context(), 0, file.titles, func(i int64, got *tokenTitle) error {
			w := want[string(appendContent(nil, got.ids, got.head))]
			if w == nil || w.times != got.times || w.first != got.first {
				t.Fatalf("title %d is %+v, want %+v", i, got, w)
			}
			return nil
		}))
		if !slices.Equal(counts, dict.Counts) {
			t.Error("the dictionary counts other words than the rows hold")
		}
		if !slices.IsSortedFunc(dict.Counts, func(a, b int64) int { return int(b - a) }) {
			t.Error("ids are not in the order of falling counts")
		}
	}
}

// TestTitleTableDictionary: a column with a dictionary gives what the same
// column gives without.
func TestTitleTableDictionary(t *testing.T) {
	work, err := newWorkFolder(t.TempDir())
	check(t, err)
	defer func() { check(t, work.close()) }()
	tokenizer, err := newTokenizer(preprocessed[0])
	check(t, err)
	g, err := receipts.New(9)
	check(t, err)
	r := rand.New(rand.NewPCG(3, 4))
	var dicts [3]*lake.Column
	field := lake.Field{Name: "title", Type: lake.StringType, Nullable: true}
	for i := range dicts {
		dicts[i] = lake.NewColumn(field)
		for k := range 200 - 80*i {
			dicts[i].AppendString(g.Row(int64(50*i + k)).ProductTitle)
		}
		dicts[i].AppendString("")
	}
	var batches [][2]*lake.Column
	for i := range 40 {
		with, without := lake.NewColumn(field), lake.NewColumn(field)
		with.Dict = dicts[i/15]
		for range 300 {
			if r.IntN(20) == 0 {
				with.AppendNull()
				without.AppendNull()
				continue
			}
			k := r.IntN(with.Dict.Len())
			with.Indexes = append(with.Indexes, int32(k))
			if with.Valid != nil {
				with.Valid = append(with.Valid, true)
			}
			without.AppendFrom(with.Dict, k)
		}
		batches = append(batches, [2]*lake.Column{with, without})
	}
	var all [2][]string
	for side := range all {
		builder := artifact.NewDictionaryBuilder(tokenizer)
		read := titleReader{tokenizer: tokenizer, builder: builder, gaps: true}
		table := read.newTable(20_000, func() (*tokenWriter, error) { return createTokenFile(work.path("forms")) })
		for i, b := range batches {
			counts, nulls, err := table.batch(int64(300*i), b[side])
			check(t, err)
			all[side] = append(all[side], fmt.Sprint(nulls, *counts))
		}
		file, err := table.finish()
		check(t, err)
		check(t, file.each(t.Context(), 0, file.titles, func(_ int64, title *tokenTitle) error {
			all[side] = append(all[side], fmt.Sprint(*title))
			return nil
		}))
		if file.rows != 40*300 {
			t.Errorf("%d rows", file.rows)
		}
		file.close()
	}
	if diff := cmp.Diff(all[1], all[0]); diff != "" {
		t.Error(diff)
	}
}

// TestPartitions puts random records together from several writers and compares
// with a map, for few and many partitions.
func TestPartitions(t *testing.T) {
	work, err := newWorkFolder(t.TempDir())
	check(t, err)
	defer func() { check(t, work.close()) }()
	var first []byte
	for _, budget := range []int64{1 << 30, 1 << 16, 1} {
		r := rand.New(rand.NewPCG(1, 2))
		parts, err := newPartitions(work, 100_000, budget)
		check(t, err)
		type sum struct{ times, first int64 }
		want := map[string]sum{}
		writers := []*partWriter{parts.writer(), parts.writer(), parts.writer()}
		for i := range 30_000 {
			ids := make([]int32, r.IntN(4))
			for k := range ids {
				ids[k] = r.Int32N(20)
			}
			content := appendContent(nil, ids, r.IntN(len(ids)+1))
			times, row := 1+r.Int64N(5), r.Int64N(1e9)
			check(t, writers[i%3].add(content, times, row))
			w, ok := want[string(content)]
			if !ok {
				w.first = row
			}
			want[string(content)] = sum{w.times + times, min(w.first, row)}
		}
		for _, w := range writers {
			check(t, w.finish())
		}
		path := work.path("tokens")
		out, err := createTokenFile(path)
		check(t, err)
		check(t, parts.write(t.Context(), out, 3, func(int) {}))
		file, err := out.finish()
		check(t, err)
		check(t, file.each(t.Context(), 0, file.titles, func(_ int64, got *tokenTitle) error {
			content := string(appendContent(nil, got.ids, got.head))
			if w := want[content]; w.times != got.times || w.first != got.first {
				t.Fatalf("%+v, want %+v", got, w)
			}
			delete(want, content)
			return nil
		}))
		if len(want) > 0 {
			t.Errorf("budget %d: %d titles are missing", budget, len(want))
		}
		b, err := os.ReadFile(path)
		check(t, err)
		if first == nil {
			first = b
		}
		if !bytes.Equal(b, first) {
			t.Errorf("budget %d gives another file", budget)
		}
		file.close()

		check(t, os.Truncate(parts.file.Name(), parts.size-1))
		out, err = createTokenFile(path)
		check(t, err)
		if err := parts.write(t.Context(), out, 2, func(int) {}); err == nil {
			t.Error("a file of partitions that was cut is read without an error")
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("stop")
		cancel(stop)
		if err := parts.write(ctx, out, 2, func(int) {}); !errors.Is(err, stop) {
			t.Errorf("cancelled: %v", err)
		}
		out.discard()
		parts.close()
	}
}
