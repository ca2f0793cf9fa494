package local

import (
	"context"

	"gondola/pipeline/artifact"
)

// corpus shows a token file to word2vec: different titles as dictionary ids.
type corpus struct{ *tokenFile }

func (c corpus) Len() int64 { return c.titles }

func (c corpus) Repeats() bool { return c.rows > c.titles }

func (c corpus) Each(ctx context.Context, from, to int64, fn func(i int64, ids []int32, times int64) error) error {
	return c.each(ctx, from, to, func(i int64, t *tokenTitle) error { return fn(i, t.ids, t.times) })
}

// bags shows a token file to kmeans: titles as rows of the vector table, each
// once. Words without a vector are left out.
type bags struct {
	*tokenFile

	words *artifact.WordModel
}

func (b bags) Len() int64 { return b.titles }

func (b bags) Each(ctx context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error {
	var rows []int32
	return b.each(ctx, from, to, func(i int64, t *tokenTitle) error {
		rows = b.words.AppendRows(rows[:0], t.ids)
		return fn(i, rows, t.times)
	})
}
