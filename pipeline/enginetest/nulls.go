package enginetest

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"gondola/pipeline"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// nulls takes random tables with nulls, empty titles and repeats through all
// steps: as many rows, in the same order, null where there was null.
func (s *suite) nulls(t *testing.T) {
	done, rounds := 0, s.rounds(15, 1000)
	for seed := range uint64(rounds) {
		r := newRand(seed)
		vocabulary := newWords(r)(2 + r.IntN(20))
		rows := make([][]any, r.IntN(60))
		for i := range rows {
			rows[i] = []any{fmt.Sprintf("%05d", r.IntN(100)), randomTitle(r, vocabulary), pick(r, []any{"x", "y", nil})}
		}
		if len(rows) == 0 { // JSON lines without a line have no columns
			continue
		}
		rows[0][0], rows[0][1], rows[0][2] = "00007", vocabulary[0]+" "+vocabulary[1], "x"
		ds := s.loadRows(t, []string{"id", "title", "shop"}, rows)
		wantRows(t, "loaded", s.rows(t, ds), rows)
		clean := s.mustTransform(t, ds, plainPreprocess())
		checkNulls(t, s.rows(t, clean, "title", pipeline.TokensColumn))
		w := smallWord2Vec()
		w.MinCount, w.Epochs, w.VectorSize = 1+r.IntN(2), 1, 8
		model, err := s.engine.Fit(s.ctx(t), clean, w, nil)
		if err != nil {
			checkLine(t, "train", err)
			continue
		}
		clusters, err := s.engine.Fit(s.ctx(t), clean, smallKMeans(model.(pipeline.WordModel), 1+r.IntN(4)), nil)
		if err != nil {
			checkLine(t, "cluster", err)
			continue
		}
		step := smallTag(clusters.(pipeline.ClusterModel), pick(r, methods()))
		tags := s.mustTransform(t, clean, step)
		wantRows(t, "tagged", s.rows(t, tags, "id", "title", "shop"), rows)
		checkTags(t, s.rows(t, tags, pipeline.TokensColumn, pipeline.TagsColumn), step.Max)
		out := filepath.Join(s.Dir(t), pick(r, []string{"out.parquet", "out.jsonl"}))
		s.mustWrite(t, tags, pipeline.Write{URI: out, Mode: "error", Columns: []string{"id", "title", "shop", pipeline.TagsColumn}})
		back := s.mustLoad(t, pipeline.Load{URI: out, Title: "title"})
		wantRows(t, "read back", s.rows(t, back, "id", "title", "shop"), rows)
		done++
		if t.Failed() {
			t.Fatalf("table of seed %d", seed)
		}
	}
	if done < rounds/2 {
		t.Errorf("only %d of %d tables went all the way", done, rounds)
	}
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
