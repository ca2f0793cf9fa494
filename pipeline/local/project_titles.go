package local

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"
	"sync/atomic"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// drawn is a title of a sample: those with the smallest keys are in it. A key is
// a hash of the title and the seed, so that each different title has the same
// chance, however often it stands in the table, and no order matters.
type drawn struct {
	key   uint64
	title string // empty while only the row is known
	first int64
	ids   []int32
	count int64
}

// largestKey is a heap of a sample, the title that goes next at its top.
type largestKey []*drawn

func (h largestKey) Len() int           { return len(h) }
func (h largestKey) Less(i, j int) bool { return h[i].key > h[j].key }
func (h largestKey) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *largestKey) Push(x any)        { *h = append(*h, x.(*drawn)) } // only drawn are pushed
func (h *largestKey) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// drawTitles draws p.N different titles that have a vector, in the order of their
// keys, and returns how many different ones there are. Where the table was
// preprocessed for these words, titles of the same words are one.
func (e *Engine) drawTitles(ctx context.Context, d *dataset, words *artifact.WordModel, p pipeline.Projection, m *meter) (list []place, all int64, err error) {
	if d.schema.Title == "" {
		return nil, 0, errNoTitle
	}
	var sample largestKey
	if d.tokens != nil && d.tokens.file != nil && d.tokens.madeOf(words.Dictionary, words.Origin()) {
		sample, all, err = drawTokens(ctx, d, words, p, m)
	} else {
		sample, err = e.drawTexts(ctx, d, words, p, m)
		all = int64(len(sample))
	}
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(sample, func(a, b *drawn) int { return cmp.Compare(a.key, b.key) })
	for _, t := range sample {
		list = append(list, place{t.title, words.AppendRows(nil, t.ids), t.count})
	}
	return list, all, nil
}

// drawTokens draws from the token file, and then fetches the texts.
func drawTokens(ctx context.Context, d *dataset, words *artifact.WordModel, p pipeline.Projection, m *meter) (sample largestKey, all int64, err error) {
	m.enter("draw titles", d.tokens.file.titles)
	var rows []int32
	err = d.tokens.file.each(ctx, 0, d.tokens.file.titles, func(i int64, t *tokenTitle) error {
		if i%blockTitles == 0 {
			m.add(blockTitles)
		}
		if rows = words.AppendRows(rows[:0], t.ids); len(rows) == 0 {
			return nil
		}
		all++
		key := mix(mix(p.Seed) ^ uint64(i))
		if len(sample) == p.N {
			if key >= sample[0].key {
				return nil
			}
			heap.Pop(&sample)
		}
		heap.Push(&sample, &drawn{key: key, first: t.first, ids: slices.Clone(t.ids), count: t.times})
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return sample, all, readTitles(ctx, d, sample, m)
}

// readTitles fetches the text of the first row of each title.
func readTitles(ctx context.Context, d *dataset, sample largestKey, m *meter) error {
	byRow := slices.Clone(sample)
	slices.SortFunc(byRow, func(a, b *drawn) int { return cmp.Compare(a.first, b.first) })
	m.enter("titles", d.rows)
	return scanDicts(ctx, d, []string{d.schema.Title}, d.engine.workers, func() func(int64, *lake.Batch) (int, error) {
		return func(first int64, b *lake.Batch) (int, error) {
			next, _ := slices.BinarySearchFunc(byRow, first, func(t *drawn, row int64) int { return cmp.Compare(t.first, row) })
			for ; next < len(byRow) && byRow[next].first < first+int64(b.Rows); next++ {
				titles, i := &b.Columns[0], int(byRow[next].first-first)
				if titles.Dict != nil {
					titles, i = titles.Dict, int(titles.Indexes[i])
				}
				byRow[next].title = titles.String(i) // no two workers have the same row
			}
			return b.Rows, nil
		}
	}, func(rows int) error {
		m.add(rows)
		return nil
	})
}

// drawTexts draws from the titles themselves, of a table that was not preprocessed
// for these words. A title that leaves the sample never comes back, since keys
// only get smaller: so each that stays was counted from its first row on.
func (e *Engine) drawTexts(ctx context.Context, d *dataset, words *artifact.WordModel, p pipeline.Projection, m *meter) (sample largestKey, err error) {
	m.enter("draw titles", d.rows)
	var limit atomic.Uint64 // the largest key of a full sample
	limit.Store(math.MaxUint64)
	type found struct {
		rows int
		few  map[string]*drawn
	}
	in := map[string]*drawn{}
	var title artifact.Title
	var rows []int32
	err = scan(ctx, d, []string{d.schema.Title}, e.workers, func() func(int64, *lake.Batch) (found, error) {
		return func(_ int64, b *lake.Batch) (found, error) {
			f := found{b.Rows, map[string]*drawn{}}
			titles := &b.Columns[0]
			for i := range b.Rows {
				if titles.Null(i) {
					continue
				}
				key := mix(mix(p.Seed) ^ hash64(titles.Str(i)))
				if key > limit.Load() {
					continue
				}
				if t, ok := f.few[string(titles.Str(i))]; ok {
					t.count++
					continue
				}
				text := titles.String(i)
				f.few[text] = &drawn{key: key, title: text, count: 1}
			}
			return f, nil
		}
	}, func(f found) error {
		m.add(f.rows)
		for text, t := range f.few {
			if known, ok := in[text]; ok {
				known.count += t.count
				continue
			}
			if len(sample) == p.N && t.key >= sample[0].key {
				continue
			}
			words.Dictionary.Read(text, &title)
			if rows = words.AppendRows(rows[:0], title.IDs); len(rows) == 0 {
				continue
			}
			t.ids = slices.Clone(title.IDs)
			in[text] = t
			heap.Push(&sample, t)
			if len(sample) > p.N {
				delete(in, heap.Pop(&sample).(*drawn).title)
			}
			if len(sample) == p.N {
				limit.Store(sample[0].key)
			}
		}
		return nil
	})
	return sample, err
}
