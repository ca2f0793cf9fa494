package kmeans

import (
	"context"
	"sync/atomic"

	"gondola/pipeline/simd"
)

// flat is a run of bags, one after the other: bag i has the rows
// rows[offs[i]:offs[i+1]] and stands times[i] times in the data. No bag is
// empty.
type flat struct {
	offs  []int32 // one more than there are bags
	rows  []int32
	times []int64
}

func (f *flat) len() int { return len(f.times) }

func (f *flat) bag(i int) []int32 { return f.rows[f.offs[i]:f.offs[i+1]] }

func (f *flat) reset() {
	f.offs, f.rows, f.times = append(f.offs[:0], 0), f.rows[:0], f.times[:0]
}

func (f *flat) add(rows []int32, times int64) {
	f.rows = append(f.rows, rows...)
	f.offs = append(f.offs, int32(len(f.rows)))
	f.times = append(f.times, times)
}

// part is a view of the bags from <= i < to.
func (f *flat) part(from, to int) flat {
	return flat{f.offs[from : to+1], f.rows, f.times[from:to]}
}

// copied is f in memory of its own, and no more than it needs.
func (f *flat) copied() flat {
	out := flat{make([]int32, len(f.offs)), make([]int32, len(f.rows)), make([]int64, len(f.times))}
	copy(out.offs, f.offs)
	copy(out.rows, f.rows)
	copy(out.times, f.times)
	return out
}

// flatBytes is what bags take when they are held, with the label of each.
func flatBytes(bags, rows float64) float64 { return (4+8+4)*bags + 4*rows }

// Points come in runs of at most so many, and rows within one run are at most
// so many but for the last bag: int32 is wide enough for its places.
const (
	runPoints = 2048
	wideRun   = 1 << 15 // where several tables of scores take turns in the cache
	runRows   = 1 << 20
)

// source is where passes read the points that have a vector: from memory, or
// from the caller's Points.
type source struct {
	n       int64 // points, those without a vector included
	shards  []flat
	labels  [][]int32 // of the bags of each shard: the cluster they are counted in, or -1
	points  Points    // nil when the shards hold them
	weight  int64     // the sum of times
	most    int64     // the greatest of times
	squares float64   // the sum of times * |x|^2

	// together is how many blocks of centres have tables of the words' scores at
	// one time: all, some, or 0 where points are scored from their vectors.
	together int
	ranks    []*simd.Ranks // of each shard, when there are tables for some
}

// wide says whether the tables of several blocks take turns in the cache.
func (src *source) wide(s *search) bool { return src.together > 0 && len(s.blocks) > 1 }

// hold makes a source of bags in memory.
func hold(f *flat) *source {
	n := int64(f.len())
	src := &source{n: n}
	count := shardCount(n)
	for s := range count {
		part := f.part(int(s*n/count), int((s+1)*n/count))
		src.shards = append(src.shards, part)
		src.labels = append(src.labels, make([]int32, part.len()))
	}
	return src
}

// runs calls fn for the points of one shard, a run at a time; from and to are their
// places in the shard if they are held.
func (src *source) runs(ctx context.Context, f *frame, r *run, stop func() error, s span, most int, buf *flat, fn func(run flat, from, to int) error) error {
	if src.points == nil {
		all := src.shards[s.shard]
		for i := 0; i < all.len(); {
			end := i + 1
			for end < all.len() && end-i < most && all.offs[end+1]-all.offs[i] <= runRows {
				end++
			}
			if err := stop(); err != nil {
				return err
			}
			if err := fn(all.part(i, end), i, end); err != nil {
				return err
			}
			r.done.Add(int64(end - i))
			i = end
		}
		return nil
	}
	buf.reset()
	err := visit(ctx, r, stop, f.words, src.points, s.from, s.to, func(rows []int32, times int64) error {
		if !f.hasVector(rows) {
			return nil
		}
		if buf.len() == most || len(buf.rows)+len(rows) > runRows && buf.len() > 0 {
			if err := fn(*buf, 0, buf.len()); err != nil {
				return err
			}
			buf.reset()
		}
		buf.add(rows, times)
		return nil
	})
	if err != nil || buf.len() == 0 {
		return err
	}
	return fn(*buf, 0, buf.len())
}

// rankBytes is what Ranks take for a point.
const rankBytes = 12

// plan returns source.together for k centres, by tables of so many rows, for n
// points with so many rows in all: tables where they are less work than vectors,
// at most limit bytes of them, 0 for DefaultTableBytes. Unless ranked says that
// ranks of all points can be held, it is all blocks or none.
func plan(tableRows, dims, k int, n, rows, limit int64, ranked bool) int {
	if limit == 0 {
		limit = DefaultTableBytes
	}
	vocab, dim := float64(tableRows), float64(dims)
	if vocab*dim+float64(rows) >= float64(n)*dim {
		return 0
	}
	blocks, _ := columnsFor(k)
	if vocab*float64(widthOf(k))*4 <= float64(limit) {
		return blocks
	}
	if !ranked {
		return 0
	}
	return int(float64(limit) / (vocab * float64(widthOf(k)/blocks) * 4))
}

// budget counts the bytes that are held, over all workers.
type budget struct {
	left atomic.Int64
}

// take reports whether n bytes were left.
func (b *budget) take(n int64) bool { return b.left.Add(-n) >= 0 }
