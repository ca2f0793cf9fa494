package kmeans

import (
	"context"
	"slices"
)

// fitter is one call of Fit.
type fitter struct {
	r      *run
	words  Table
	p      Params
	cosine bool
	tol    float64   // of the squared shift
	buf    []float32 // memory of the word table, used again and again
}

// source is a set of points to run Lloyd's algorithm over.
type source struct {
	Points
	byTable bool    // score through a word table
	squares float64 // the sum of |x|^2
}

// outcome is where Lloyd's algorithm ended.
type outcome struct {
	centres    []float32
	iterations int
	converged  bool
	reseeded   int
	inertia    float64 // before the last move of the centres
}

// lloyd moves the centres to the means of their points until they rest. A
// cluster that loses all its points is given up, and as long as there are
// fewer than K, the points that lie farthest from their centres become new
// ones. Sums are merged in a fixed order, so once no point changes its cluster
// the centres are the same bit for bit: the shift is then exactly 0.
func (f *fitter) lloyd(ctx context.Context, phase string, src source, centres []float32, maxIter int) (outcome, error) {
	out := outcome{centres: centres}
	saturated := false // every point lies on a centre: there are no more distinct ones
	for out.iterations < maxIter {
		out.iterations++
		f.r.phase(phase, out.iterations, maxIter, src.Len())
		t, err := f.pass(ctx, src, out.centres)
		if err != nil {
			return out, err
		}
		next, shift := f.move(t, out.centres)
		out.inertia = f.inertia(t, out.centres, src.squares)
		f.r.state.Inertia, f.r.state.Shift = out.inertia, shift
		settled := len(next) == len(out.centres) && shift <= f.tol
		if missing := f.p.K - len(next)/f.words.Dim; missing > 0 && !saturated {
			f.r.phase(phase, out.iterations, maxIter, src.Len())
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
		out.centres = next
		if settled {
			out.converged = true
			break
		}
	}
	return out, nil
}

// tally gathers the points of each cluster in one shard.
type tally struct {
	counts []int64
	sums   []float64 // k x dim; of unit vectors by Cosine
}

func (t *tally) add(cluster int, x []float32, w float64) {
	t.counts[cluster]++
	addScaled(t.sums[cluster*len(x):(cluster+1)*len(x)], x, w)
}

// pass assigns every point to its best centre and sums up the clusters.
func (f *fitter) pass(ctx context.Context, src source, centres []float32) (*tally, error) {
	dim := f.words.Dim
	k := len(centres) / dim
	s := newScorer(centres, dim, f.cosine)
	if src.byTable {
		var err error
		if f.buf, err = s.table(ctx, f.r, f.words, f.buf); err != nil {
			return nil, err
		}
	}
	newTally := func() *tally { return &tally{make([]int64, k), make([]float64, k*dim)} }
	all := newTally()
	err := inShards(ctx, f.r, src.Len(),
		func() *worker {
			return &worker{
				tally: newTally(), fitter: f, scorer: s, vec: make([]float32, dim),
				scores: make([]float32, block*s.stride), means: make([]float32, block*dim), shifted: make([]float32, block*dim),
			}
		},
		func(stop func() error, part *worker, from, to int64) error {
			clear(part.counts)
			clear(part.sums)
			add := part.addDirect
			if src.byTable {
				add = part.addByTable
			}
			err := visit(ctx, f.r, stop, f.words, src.Points, from, to, func(_ int64, rows []int32) error {
				return add(stop, rows)
			})
			if err != nil {
				return err
			}
			return part.flush(stop)
		},
		func(part *worker) {
			for j, n := range part.counts {
				all.counts[j] += n
			}
			for i, v := range part.sums {
				all.sums[i] += v
			}
		})
	return all, err
}

// worker is a tally with the memory of the goroutine that fills it.
type worker struct {
	*tally
	*fitter
	scorer *scorer
	vec    []float32
	scores []float32

	// Points that wait to be scored together when there is no word table.
	means, shifted []float32
	waiting        int
}

// addByTable assigns a point by the sum of its rows of the word table.
func (w *worker) addByTable(_ func() error, rows []int32) error {
	k, stride := w.scorer.k, w.scorer.stride
	x, scores := w.vec, w.scores[:k]
	if len(rows) == 1 {
		at := int(rows[0]) * stride
		x, scores = w.words.row(rows[0]), w.buf[at:at+k]
	} else {
		sumRows(x, w.words.Data, w.words.Dim, rows)
		sumRows(scores, w.buf, stride, rows)
	}
	weight := 1 / float64(len(rows))
	if w.cosine {
		// The unit vector of the sum is that of the mean.
		length := norm(x)
		if length == 0 {
			return nil
		}
		weight = 1 / length
	}
	w.add(argmax(scores), x, weight)
	return nil
}

// addDirect assigns points by their vectors, a block at a time.
func (w *worker) addDirect(stop func() error, rows []int32) error {
	dim := len(w.vec)
	x := meanOf(w.vec, w.words, rows)
	if w.cosine && norm(x) == 0 {
		return nil
	}
	copy(w.means[w.waiting*dim:], x)
	w.scorer.shift(w.shifted[w.waiting*dim:(w.waiting+1)*dim], x)
	if w.waiting++; w.waiting == block {
		return w.flush(stop)
	}
	return nil
}

func (w *worker) flush(stop func() error) error {
	dim, stride := len(w.vec), w.scorer.stride
	if err := w.scorer.scores(stop, w.scores, w.shifted[:w.waiting*dim]); err != nil {
		return err
	}
	for i := range w.waiting {
		x, weight := w.means[i*dim:(i+1)*dim], 1.0
		if w.cosine {
			weight = 1 / norm(x)
		}
		w.add(argmax(w.scores[i*stride:i*stride+w.scorer.k]), x, weight)
	}
	w.waiting = 0
	return nil
}

// move returns the centres of the clusters that have points, and the sum of
// the squared distances that they moved.
func (f *fitter) move(t *tally, centres []float32) (next []float32, shift float64) {
	dim := f.words.Dim
	for j, n := range t.counts {
		if n == 0 {
			continue
		}
		old, sum := centres[j*dim:(j+1)*dim], t.sums[j*dim:(j+1)*dim]
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
			shift += e * e
			next = append(next, c)
		}
	}
	return next, shift
}

// inertia is that of the centres which t was made with, from its sums.
func (f *fitter) inertia(t *tally, centres []float32, squares float64) float64 {
	total := squares
	for i, s := range t.sums {
		c := float64(centres[i])
		if f.cosine {
			total -= c * s
		} else {
			total -= c * (2*s - c*float64(t.counts[i/f.words.Dim]))
		}
	}
	return max(0, total)
}

// survey is an exact look at all points and their nearest centres.
type survey struct {
	sizes   []int64
	inertia float64
	worst   []misfit
	want    int // the most entries of worst
}

// misfit is a point and its distance to the nearest centre, squared by
// Euclidean.
type misfit struct {
	distance float64
	vec      []float32
}

// survey assigns all points exactly. It finds up to want distinct points that
// lie farthest from their centres, leaving out those that lie on them but for
// rounding.
func (f *fitter) survey(ctx context.Context, src source, centres []float32, want int) (*survey, error) {
	a := newAssigner(f.words, centres, f.cosine)
	if src.byTable {
		if err := a.prepare(ctx, f.r, f.buf); err != nil {
			return nil, err
		}
		f.buf = a.table
	}
	type part struct {
		survey
		scratch *Scratch
	}
	all := &survey{sizes: make([]int64, a.scorer.k), want: want}
	err := inShards(ctx, f.r, src.Len(),
		func() *part { return &part{scratch: a.NewScratch()} },
		func(stop func() error, p *part, from, to int64) error {
			p.survey = survey{sizes: make([]int64, a.scorer.k), want: want}
			return visit(ctx, f.r, stop, f.words, src.Points, from, to, func(_ int64, rows []int32) error {
				n := a.nearest(rows, p.scratch)
				if n.first < 0 {
					return nil
				}
				p.sizes[n.first]++
				p.inertia += n.d1
				if want > 0 {
					p.misfit(n.d1, p.scratch.x)
				}
				return nil
			})
		},
		func(p *part) {
			for j, n := range p.sizes {
				all.sizes[j] += n
			}
			all.inertia += p.inertia
			for _, w := range p.worst {
				all.insert(w.distance, func() []float32 { return w.vec })
			}
		})
	return all, err
}

// misfit enters the point x unless it lies on its centre.
func (s *survey) misfit(distance float64, x []float64) {
	size := norm64(x)
	if distance <= 1e-12*size*size {
		return
	}
	s.insert(distance, func() []float32 {
		vec := make([]float32, len(x))
		for d, v := range x {
			vec[d] = float32(v)
		}
		return vec
	})
}

// insert keeps the worst points in falling order of distance, the earlier
// point first among equals, and no vector twice.
func (s *survey) insert(distance float64, vec func() []float32) {
	if len(s.worst) == s.want && distance <= s.worst[s.want-1].distance {
		return
	}
	at, _ := slices.BinarySearchFunc(s.worst, distance, func(m misfit, d float64) int {
		if m.distance >= d {
			return -1
		}
		return 1
	})
	m := misfit{distance, vec()}
	for i := at - 1; i >= 0 && s.worst[i].distance == distance; i-- {
		if slices.Equal(s.worst[i].vec, m.vec) {
			return
		}
	}
	if len(s.worst) == s.want {
		s.worst = s.worst[:s.want-1]
	}
	s.worst = slices.Insert(s.worst, at, m)
}
