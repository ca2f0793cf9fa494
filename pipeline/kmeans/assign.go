package kmeans

import (
	"context"
	"math"
)

// Assigner finds the nearest centre for any bag of rows of one table, points
// of Fit or new ones. It holds a table of the scores of all centres for every
// row, rows x K x 4 bytes unless that exceeds DefaultTableBytes, and may be
// used by several goroutines, each with a Scratch of its own.
type Assigner struct {
	words   Table
	centres []float32
	cosine  bool
	scorer  *scorer
	table   []float32 // rows x scorer.stride, or nil
	lengths []float32 // |w-s| of each row, if there is a table
	inverse []float64 // 1/|c| of each centre by Cosine: rounding leaves them not quite of length 1
}

// Assignment is a point's place among the centres.
type Assignment struct {
	// Cluster is the nearest centre, the lower one of two at the same distance,
	// or -1 for a point without a vector: an empty bag or, by Cosine, a zero
	// mean.
	Cluster int32
	// Second is the next nearest centre, or -1 when there is none.
	Second int32
	// Distance and SecondDistance are |x-c| by Euclidean and 1-cos(x,c) by
	// Cosine, 0 where there is no centre.
	Distance, SecondDistance float32
}

// Scratch is the memory that one goroutine needs for Assign.
type Scratch struct {
	scores  []float32
	shifted []float32
	x       []float64 // the point last assigned, by Cosine as a unit vector
}

// Assigner prepares to assign bags of rows of table, which must have the
// dimension of the model. workers is the number of goroutines that prepare, 0
// for one on each processor.
func (m *Model) Assigner(ctx context.Context, table Table, workers int) (*Assigner, error) {
	if err := m.Check(ctx, table); err != nil {
		return nil, err
	}
	if workers < 0 {
		return nil, badWorkers(workers)
	}
	a := newAssigner(table, m.Centres, m.Metric == Cosine)
	if int64(table.Rows())*int64(a.scorer.stride)*4 > DefaultTableBytes {
		return a, nil
	}
	r, end := newRun(workers, nil)
	defer end()
	return a, a.prepare(ctx, r, nil)
}

// newAssigner returns an Assigner without a word table.
func newAssigner(words Table, centres []float32, cosine bool) *Assigner {
	a := &Assigner{words: words, centres: centres, cosine: cosine, scorer: newScorer(centres, words.Dim, cosine)}
	for j := 0; cosine && j < a.scorer.k; j++ {
		a.inverse = append(a.inverse, 1/norm(centres[j*words.Dim:(j+1)*words.Dim]))
	}
	return a
}

// prepare makes the word table, in buf when it is large enough.
func (a *Assigner) prepare(ctx context.Context, r *run, buf []float32) error {
	a.lengths = make([]float32, a.words.Rows())
	shifted := make([]float32, a.words.Dim)
	for i := range a.lengths {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		a.lengths[i] = float32(norm(a.scorer.shift(shifted, a.words.row(int32(i)))))
	}
	var err error
	a.table, err = a.scorer.table(ctx, r, a.words, buf)
	return err
}

// NewScratch returns memory for one goroutine's calls of Assign.
func (a *Assigner) NewScratch() *Scratch {
	return &Scratch{
		scores:  make([]float32, a.scorer.stride),
		shifted: make([]float32, a.words.Dim),
		x:       make([]float64, a.words.Dim),
	}
}

// Assign returns the clusters nearest to the mean of the given rows, which
// must be rows of the table. The answer is exact: it is that of distances
// computed from the vectors in float64. Scores in float32 only say which
// centres come into question.
func (a *Assigner) Assign(rows []int32, s *Scratch) Assignment {
	n := a.nearest(rows, s)
	out := Assignment{Cluster: int32(n.first), Second: int32(n.second), Distance: float32(n.d1), SecondDistance: float32(n.d2)}
	if !a.cosine {
		out.Distance, out.SecondDistance = float32(math.Sqrt(n.d1)), float32(math.Sqrt(n.d2))
	}
	return out
}

// neighbours are the two nearest centres, -1 for none, with their distances,
// squared by Euclidean.
type neighbours struct {
	first, second int
	d1, d2        float64
}

// nearest leaves the point in s.x.
func (a *Assigner) nearest(rows []int32, s *Scratch) neighbours {
	none := neighbours{first: -1, second: -1}
	if len(rows) == 0 {
		return none
	}
	clear(s.x)
	for _, row := range rows {
		for d, v := range a.words.row(row) {
			s.x[d] += float64(v)
		}
	}
	size := float64(len(rows))
	if a.cosine {
		size = norm64(s.x)
	}
	if size == 0 {
		return none
	}
	for d := range s.x {
		s.x[d] /= size
	}
	scores, floor := a.scores(rows, s)
	n := neighbours{first: -1, second: -1, d1: math.Inf(1), d2: math.Inf(1)}
	for j, v := range scores {
		if v < floor {
			continue
		}
		switch d := a.distance(j, s.x); {
		case d < n.d1:
			n.second, n.d2 = n.first, n.d1
			n.first, n.d1 = j, d
		case d < n.d2:
			n.second, n.d2 = j, d
		}
	}
	if n.second < 0 {
		n.d2 = 0
	}
	return n
}

// scores returns the scores of the centres for the point in s.x, up to a
// common factor, and the least score of a centre that may be one of the
// nearest two.
func (a *Assigner) scores(rows []int32, s *Scratch) (scores []float32, floor float32) {
	k, factor, reach := a.scorer.k, 1.0, 0.0
	scores = s.scores[:k]
	if a.table != nil {
		sumRows(scores, a.table, a.scorer.stride, rows)
		for _, row := range rows {
			reach += float64(a.lengths[row])
		}
		factor = float64(len(rows))
		reach /= factor
	} else {
		for d, v := range s.x {
			s.shifted[d] = float32(v - float64(a.scorer.origin[d]))
		}
		never := func() error { return nil }
		_ = a.scorer.scores(never, s.scores, s.shifted) // only never could fail
		reach = norm(s.shifted)
	}
	first, second := float32(math.Inf(-1)), float32(math.Inf(-1))
	for _, v := range scores {
		if v > second {
			second = v
			if v > first {
				first, second = v, first
			}
		}
	}
	return scores, float32(float64(second) - 2.01*factor*a.scorer.slack(len(rows), reach))
}

// distance returns |x-c|^2 by Euclidean. By Cosine it is half of that for
// unit vectors, which is 1-cos(x,c), and exact near 0 too.
func (a *Assigner) distance(j int, x []float64) float64 {
	c := a.centres[j*len(x) : (j+1)*len(x)]
	sum := 0.0
	if a.cosine {
		w := a.inverse[j]
		for d, v := range x {
			e := v - float64(c[d])*w
			sum += e * e
		}
		return sum / 2
	}
	for d, v := range x {
		e := v - float64(c[d])
		sum += e * e
	}
	return sum
}
