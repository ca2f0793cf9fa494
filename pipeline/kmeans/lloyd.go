package kmeans

import (
	"context"
	"math"
	"slices"
	"sync"

	"gondola/pipeline/simd"
)

// fitter is one call of Fit.
type fitter struct {
	*frame
	r      *run
	p      Params
	tol    float64        // of the squared shift
	tables []*simd.Matrix // memory of the word tables, used again and again
}

// close gives the memory of the tables back.
func (f *fitter) close() {
	for _, m := range f.tables {
		m.Close()
	}
	f.tables = nil
}

// outcome is where Lloyd's algorithm ended.
type outcome struct {
	centres    []float32
	iterations int
	converged  bool
	reseeded   int
	inertia    float64   // before the last move of the centres
	passes     []float64 // inertia of each pass
}

// lloyd moves the centres to the means of their points until they rest. A
// cluster that loses all its points is given up, and as long as there are
// fewer than K, the points that lie farthest from their centres become new
// ones. Assignment is exact and sums are whole numbers, so once no point changes
// its cluster the centres are the same bit for bit: the shift is then exactly 0.
func (f *fitter) lloyd(ctx context.Context, phase string, src *source, centres []float32, maxIter int) (outcome, error) {
	out := outcome{centres: centres}
	t := newTally(f.words, src, len(centres)/f.words.Dim, f.cosine)
	src.forget()
	saturated := false // every point lies on a centre: there are no more distinct ones
	for out.iterations < maxIter {
		out.iterations++
		f.r.phase(phase, out.iterations, maxIter, src.n)
		if err := f.pass(ctx, src, t, out.centres); err != nil {
			return out, err
		}
		next, shift := f.move(t, out.centres)
		out.inertia = f.inertia(t, out.centres, src.squares)
		out.passes = append(out.passes, out.inertia)
		f.r.state.Inertia, f.r.state.Shift = out.inertia, shift
		settled := len(next) == len(out.centres) && shift <= f.tol
		if missing := f.p.K - len(next)/f.words.Dim; missing > 0 && !saturated {
			f.r.phase(phase, out.iterations, maxIter, src.n)
			s, err := f.survey(ctx, src, next, missing)
			if err != nil {
				return out, err
			}
			for _, w := range s.worst {
				next = append(next, w.vec...)
			}
			out.reseeded += len(s.worst)
			saturated = len(s.worst) == 0
			settled = settled && saturated
		}
		t.renumber(src, len(next)/f.words.Dim)
		out.centres = next
		if settled {
			out.converged = true
			break
		}
	}
	return out, nil
}

// tally says of each cluster how many points it has, and their sum. Sums are in
// fixed point: they are the same in whatever order points are added, and a point
// that leaves is taken away without a trace.
type tally struct {
	*simd.Fixed
	scale  float64 // fixed point of 1
	counts []int64
}

func newTally(words Table, src *source, k int, cosine bool) *tally {
	return &tally{simd.NewFixed(k, words.Data, words.Dim), fixedScale(words, src, cosine), make([]int64, k)}
}

// fixedScale is the power of two that leaves room for the sum of all points in 62
// bits, and for a point with its weight in 50. Of a billion points with
// coordinates up to 1, the sums are exact to 2^-31.
func fixedScale(words Table, src *source, cosine bool) float64 {
	size := 1.0
	if !cosine {
		var most float32
		for _, v := range words.Data {
			most = max(most, max(v, -v))
		}
		size = float64(most)
	}
	if size == 0 {
		return 1
	}
	bits := min(50-math.Log2(float64(src.most)), 61-math.Log2(float64(src.weight)))
	return math.Exp2(math.Floor(bits - math.Log2(size)))
}

// renumber follows the clusters to their new places, after those without points
// were given up, and makes room for k.
func (t *tally) renumber(src *source, k int) {
	if len(t.counts) == k && !slices.Contains(t.counts, 0) {
		return
	}
	to := make([]int32, len(t.counts))
	next := int32(0)
	for j, n := range t.counts {
		to[j] = next
		if n > 0 {
			copy(t.Sums[int(next)*t.Stride:], t.Sums[j*t.Stride:(j+1)*t.Stride])
			t.counts[next] = n
			next++
		}
	}
	counts, sums := make([]int64, k), make([]int64, (k+1)*t.Stride)
	copy(counts, t.counts[:next])
	copy(sums, t.Sums[:int(next)*t.Stride])
	t.counts, t.Sums = counts, sums
	for _, labels := range src.labels {
		for i, j := range labels {
			if j >= 0 {
				labels[i] = to[j]
			}
		}
	}
}

// forget makes all points new.
func (src *source) forget() {
	for _, labels := range src.labels {
		for i := range labels {
			labels[i] = -1
		}
	}
}

// pass assigns every point to its nearest centre and brings the tally up to date.
// Of points in memory only those count that have changed their cluster.
func (f *fitter) pass(ctx context.Context, src *source, t *tally, centres []float32) error {
	if src.points != nil {
		clear(t.counts)
		clear(t.Sums)
	}
	s := newSearch(f.frame, centres)
	var mu sync.Mutex
	var workers []*worker
	err := assignAll(ctx, f, src, s,
		func(finder *finder) *worker {
			w := &worker{finder: finder, tally: tally{simd.NewFixed(s.k, f.words.Data, f.words.Dim), t.scale, make([]int64, s.k)}}
			mu.Lock()
			defer mu.Unlock()
			workers = append(workers, w)
			return w
		},
		func(*worker) {},
		func(stop func() error, w *worker, run flat, labels []int32) error { return w.count(stop, run, labels) },
		func(*worker) {})
	if err != nil {
		return err
	}
	for _, w := range workers {
		for j, n := range w.counts {
			t.counts[j] += n
		}
		for i, v := range w.Sums {
			t.Sums[i] += v
		}
	}
	return nil
}

// assignAll finds the nearest centres of all points and calls each for every run
// of them, with what they are in the finder's ranks, and their labels if they are
// held. Every goroutine has one part, made by newPart around its finder; begin is
// called before the first run of a shard, and merge after the last, in the order of
// the shards.
func assignAll[T any](ctx context.Context, f *fitter, src *source, s *search,
	newPart func(*finder) T, begin func(T), each func(stop func() error, part T, run flat, labels []int32) error, merge func(T),
) error {
	type place struct {
		part   T
		finder *finder
		buf    flat
	}
	step := max(1, src.together)
	if src.together == 0 {
		step = len(s.blocks)
	}
	for b := 0; b < len(s.blocks); b += step {
		blocks := s.blocks[b:min(b+step, len(s.blocks))]
		first, last := b == 0, b+step >= len(s.blocks)
		if src.together > 0 {
			var err error
			if f.tables, err = s.fill(ctx, f.r, blocks, f.tables); err != nil {
				return err
			}
		}
		if first && !last && src.ranks == nil {
			for _, shard := range src.shards {
				src.ranks = append(src.ranks, simd.NewRanks(shard.len()))
			}
		}
		f.r.done.Store(0)
		err := inShards(ctx, f.r, src.n,
			func() *place {
				p := &place{finder: s.finder(src.run(s))}
				if last {
					p.part = newPart(p.finder)
				}
				return p
			},
			func(stop func() error, p *place, at span) error {
				if last {
					begin(p.part)
				}
				return src.runs(ctx, f.frame, f.r, stop, at, src.run(s), &p.buf, func(run flat, from, to int) error {
					var labels []int32
					if src.points == nil {
						labels = src.labels[at.shard][from:to]
					}
					if first && last {
						if err := p.finder.find(stop, run); err != nil {
							return err
						}
						return each(stop, p.part, run, labels)
					}
					ranks := part(src.ranks[at.shard], from, to)
					if first {
						ranks.Reset(run.len())
					}
					if err := p.finder.rank(stop, run, blocks, &ranks); err != nil || !last {
						return err
					}
					if err := p.finder.decide(stop, run, &ranks); err != nil {
						return err
					}
					return each(stop, p.part, run, labels)
				})
			},
			func(p *place) {
				if last {
					merge(p.part)
				}
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// run is how many points a run has: more where tables take turns in the cache.
func (src *source) run(s *search) int {
	most := runPoints
	if src.wide(s) {
		most = wideRun
	}
	return min(most, int(src.n/shardCount(src.n))+1)
}

// worker is a tally with the memory of the goroutine that fills it.
type worker struct {
	*finder
	tally
	to      []int32 // what the tally is to change by: clusters that gain,
	from    []int32 // that lose,
	points  []int32 // points
	weights []float64
}

// longBag is the number of rows above which a bag is added up in float64: float32
// keeps 20 bits of a sum of 16.
const longBag = 16

// count counts the points of a run in their clusters, f.ranks.Label. labels are
// where they were counted before, and are brought up to date; nil if nowhere.
func (w *worker) count(stop func() error, run flat, labels []int32) error {
	w.to, w.from, w.points, w.weights = w.to[:0], w.from[:0], w.points[:0], w.weights[:0]
	nobody := w.Nobody()
	for i, to := range w.ranks.Label[:run.len()] {
		from := nobody
		if labels != nil {
			if labels[i] == to {
				continue
			}
			if labels[i] >= 0 {
				from = labels[i]
			}
			labels[i] = to
		}
		rows := run.offs[i+1] - run.offs[i]
		times := run.times[i]
		w.counts[to] += times
		if from != nobody {
			w.counts[from] -= times
		}
		if w.cosine || rows > longBag {
			w.addWide(run.bag(i), from, to, times)
			continue
		}
		w.to, w.from, w.points = append(w.to, to), append(w.from, from), append(w.points, int32(i))
		w.weights = append(w.weights, w.scale*float64(times)/float64(rows))
	}
	for i := 0; i < len(w.to); i += kernelPoints {
		end := min(i+kernelPoints, len(w.to))
		if err := stop(); err != nil {
			return err
		}
		w.kernels.AddFixed(w.Fixed, w.to[i:end], w.from[i:end], w.points[i:end], w.weights[i:end], run.offs, run.rows)
	}
	return nil
}

// addWide counts a point by its vector in float64.
func (w *worker) addWide(rows []int32, from, to int32, times int64) {
	w.point(w.x, rows)
	weight := w.scale * float64(times)
	in, out := w.Sums[int(to)*w.Stride:], w.Sums[int(from)*w.Stride:]
	for d, v := range w.x {
		x := simd.ToFixed(v * weight)
		in[d] += x
		out[d] -= x
	}
}

// move returns the centres of the clusters that have points, and the sum of
// the squared distances that they moved.
func (f *fitter) move(t *tally, centres []float32) (next []float32, shift float64) {
	dim := f.words.Dim
	sum := make([]float64, dim)
	next = make([]float32, 0, max(len(centres), f.p.K*dim))
	for j, n := range t.counts {
		if n == 0 {
			continue
		}
		for d := range sum {
			sum[d] = float64(t.Sums[j*t.Stride+d]) / t.scale
		}
		old := centres[j*dim : (j+1)*dim]
		w := 1 / float64(n)
		if f.cosine {
			length := norm64(sum)
			if length <= 1e-12*float64(n) {
				// Points that cancel out have no direction in common: any centre
				// is as good as the old one.
				next = append(next, old...)
				continue
			}
			w = 1 / length
		}
		for d, v := range sum {
			c := float32(v * w)
			e := float64(c) - float64(old[d])
			shift += float64(e * e)
			next = append(next, c)
		}
	}
	return next, shift
}

// inertia is that of the centres which t was made with, from its sums.
func (f *fitter) inertia(t *tally, centres []float32, squares float64) float64 {
	total := squares
	dim := f.words.Dim
	for j, n := range t.counts {
		for d, v := range t.Sums[j*t.Stride : j*t.Stride+dim] {
			c, s := float64(centres[j*dim+d]), float64(v)/t.scale
			if f.cosine {
				total -= float64(c * s)
			} else {
				total -= float64(c * (2*s - float64(c*float64(n))))
			}
		}
	}
	return max(0, total)
}
