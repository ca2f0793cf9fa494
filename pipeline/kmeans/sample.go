package kmeans

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"
	"sync/atomic"
)

// Streams of the random generator, one for each use, so that no choice moves
// another.
const (
	streamInit       = 1
	streamSilhouette = 2
	streamSample     = 1 << 32 // plus the number of a stretch of the sample
)

// stats is what one pass over the points finds out. It counts those that have a
// vector, each as often as it stands in the data.
type stats struct {
	bags    int64 // each point once
	weight  int64
	most    int64 // the greatest of times
	rows    int64 // of the bags, each once
	squares float64
	shares  []float64 // of each word: the sum of times/rows; by Cosine of times/|sum of rows|
	shards  []int64   // the weight of each shard
	ranked  bool      // ranks of all points may be held
}

// mean returns the mean of the points.
func (s *stats) mean(words Table) []float64 {
	out := make([]float64, words.Dim)
	for i, w := range s.shares {
		if w != 0 {
			for d, v := range words.row(int32(i)) {
				out[d] += float64(w * float64(v))
			}
		}
	}
	for d := range out {
		out[d] /= float64(s.weight)
	}
	return out
}

// variance is the mean over the coordinates of the variance of the points.
func (s *stats) variance(mean []float64) float64 {
	v := s.squares / float64(s.weight)
	for _, m := range mean {
		v -= float64(m * m)
	}
	return max(0, v/float64(len(mean)))
}

// read makes the first pass over the points. It keeps them in memory if they and
// their labels take no more than limit bytes; if not, the source reads them from
// pts each time.
func read(ctx context.Context, f *frame, r *run, pts Points, limit int64) (*source, *stats, error) {
	n := pts.Len()
	if n < 1 {
		return nil, nil, ErrNoPoints
	}
	count := shardCount(n)
	src := &source{n: n, shards: make([]flat, count)}
	all := &stats{shares: make([]float64, f.words.Rows()), shards: make([]int64, count)}
	var left budget
	var full atomic.Bool // beyond the limit
	left.left.Store(limit)
	type part struct {
		stats
		x   []float64
		buf flat
	}
	err := inShards(ctx, r, n,
		func() *part {
			return &part{stats: stats{shares: make([]float64, f.words.Rows())}, x: make([]float64, f.words.Dim)}
		},
		func(stop func() error, p *part, at span) error {
			clear(p.shares)
			p.stats = stats{shares: p.shares}
			p.buf.reset()
			err := visit(ctx, r, stop, f.words, pts, at.from, at.to, func(rows []int32, times int64) error {
				if !p.add(f, p.x, rows, times) {
					return nil
				}
				if !full.Load() {
					p.buf.add(rows, times)
					if held := 4 * int64(len(p.buf.rows)); held > min(limit, math.MaxInt32) {
						full.Store(true)
					}
				}
				return nil
			})
			all.shards[at.shard] = p.weight
			if err != nil || full.Load() {
				return err
			}
			if !left.take(int64(flatBytes(float64(p.buf.len()), float64(len(p.buf.rows))))) {
				full.Store(true)
				return nil
			}
			src.shards[at.shard] = p.buf.copied()
			return nil
		},
		func(p *part) {
			all.bags += p.bags
			all.weight += p.weight
			all.most = max(all.most, p.most)
			all.rows += p.rows
			all.squares += p.squares
			for i, v := range p.shares {
				all.shares[i] += v
			}
		})
	if err != nil {
		return nil, nil, err
	}
	if all.bags == 0 {
		return nil, nil, ErrNoPoints
	}
	if full.Load() {
		src.shards, src.points = nil, pts
	}
	for _, s := range src.shards {
		src.labels = append(src.labels, make([]int32, s.len()))
	}
	all.ranked = src.points == nil && left.take(rankBytes*all.bags)
	src.weight, src.most, src.squares = all.weight, all.most, all.squares
	return src, all, nil
}

// add counts one point and reports whether it has a vector.
func (s *stats) add(f *frame, x []float64, rows []int32, times int64) bool {
	f.sum(x, rows)
	length := norm64(x)
	share := float64(times) / float64(len(rows))
	size := length / float64(len(rows))
	if f.cosine {
		if length == 0 {
			return false
		}
		share, size = float64(times)/length, 1
	}
	for _, row := range rows {
		s.shares[row] += share
	}
	s.bags++
	s.weight += times
	s.most = max(s.most, times)
	s.rows += int64(len(rows))
	s.squares += float64(float64(times) * float64(size*size))
	return true
}

// mostDrawn is how many rows a sample has, at most: its places are int32.
const mostDrawn = 1 << 30

// draw takes about size of the points, or all when there are no more, each with
// a chance in proportion to how often it stands in the data: the data in their
// order are cut into so many stretches of equal weight, and one point is drawn of
// each. A point that is drawn several times weighs so often.
func (src *source) draw(ctx context.Context, f *frame, r *run, s *stats, size int64, seed uint64) (*flat, error) {
	out := &flat{}
	out.reset()
	size = max(1, min(size, mostDrawn/(s.rows/s.bags+1)))
	all := s.weight <= size
	starts := make([]int64, len(s.shards)) // the weight before each shard
	for i := 1; i < len(starts); i++ {
		starts[i] = starts[i-1] + s.shards[i-1]
	}
	// stretch j begins at weight first(j).
	first := func(j int64) int64 {
		hi, lo := j/size, j%size // size * weight may be beyond int64
		return hi*s.weight + lo*(s.weight/size) + lo*(s.weight%size)/size
	}
	pick := func(j int64) int64 {
		from, to := first(j), first(j+1)
		return from + rand.New(rand.NewPCG(seed, streamSample+uint64(j))).Int64N(to-from)
	}
	type part struct{ drawn, buf flat }
	err := inShards(ctx, r, src.n,
		func() *part { return &part{} },
		func(stop func() error, p *part, at span) error {
			p.drawn.reset()
			begin := starts[at.shard]
			end := begin + s.shards[at.shard]
			var j, due int64
			if !all {
				// The first stretch whose pick is not before this shard.
				j = int64(sort.Search(int(size), func(j int) bool { return pick(int64(j)) >= begin }))
				if j < size {
					due = pick(j)
				}
			}
			return src.runs(ctx, f, r, stop, at, runPoints, &p.buf, func(run flat, _, _ int) error {
				for i, times := range run.times {
					if all {
						p.drawn.add(run.bag(i), times)
						continue
					}
					begin += times
					var hits int64
					for ; j < size && due < min(begin, end); j++ {
						hits++
						if j+1 < size {
							due = pick(j + 1)
						}
					}
					if hits > 0 {
						p.drawn.add(run.bag(i), hits)
					}
				}
				return nil
			})
		},
		func(p *part) {
			for i, times := range p.drawn.times {
				if len(out.rows)+len(p.drawn.bag(i)) > math.MaxInt32 {
					return // the bags are far longer than the mean that size was cut for
				}
				out.add(p.drawn.bag(i), times)
			}
		})
	return out, err
}
