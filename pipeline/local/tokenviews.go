package local

import (
	"context"
	"slices"

	"gondola/pipeline/artifact"
)

// repeated shows a token file as rows: each title as often as it stands in the
// data.
type repeated struct {
	*tokenFile

	starts []int64 // rows before each block of titles
}

func newRepeated(ctx context.Context, file *tokenFile) (repeated, error) {
	r := repeated{tokenFile: file}
	rows := int64(0)
	err := file.each(ctx, 0, file.titles, func(i int64, t *tokenTitle) error {
		if i%blockTitles == 0 {
			r.starts = append(r.starts, rows)
		}
		rows += t.times
		return nil
	})
	return r, err
}

func (r repeated) Len() int64 { return r.rows }

func (r repeated) each(ctx context.Context, from, to int64, fn func(i int64, ids []int32) error) error {
	block, found := slices.BinarySearch(r.starts, from)
	if !found {
		block--
	}
	if from >= to || block < 0 {
		return nil
	}
	at := r.starts[block]
	err := r.tokenFile.each(ctx, int64(block)*blockTitles, r.titles, func(_ int64, t *tokenTitle) error {
		end := at + t.times
		for i := max(at, from); i < min(end, to); i++ {
			if err := fn(i, t.ids); err != nil {
				return err
			}
		}
		if at = end; at >= to {
			return errEnough
		}
		return nil
	})
	if err == errEnough { //nolint:errorlint // Nobody wraps it.
		return nil
	}
	return err
}

// corpus shows a token file to word2vec: titles as dictionary ids.
type corpus struct{ repeated }

func (c corpus) Each(ctx context.Context, from, to int64, fn func(i int64, ids []int32) error) error {
	return c.each(ctx, from, to, fn)
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
