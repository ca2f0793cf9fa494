package kmeans

import (
	"context"
	"math"
	"slices"

	"gondola/pipeline/simd"
)

// Assigner finds the nearest centre for any bag of rows of one table, points
// of Fit or new ones. It holds a table of the scores of all centres for every
// row, rows x K x 4 bytes unless that exceeds DefaultTableBytes, and may be
// used by several goroutines, each with a Scratch of its own.
type Assigner struct {
	search *search
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

// Scratch is the memory that one goroutine needs for Assign and AssignMany.
type Scratch struct {
	finder *finder
	buf    flat
	at     []int32
	far    []float64
}

// Assigner prepares to assign bags of rows of table, which must have the
// dimension of the model. workers is the number of goroutines that prepare, 0
// for one on each processor. The answers do not depend on them.
func (m *Model) Assigner(ctx context.Context, table Table, workers int) (*Assigner, error) {
	return m.AssignerWith(ctx, table, workers, nil)
}

// AssignerWith is Assigner with a choice of kernels, where nil is simd.Best. The
// answers do not depend on it.
func (m *Model) AssignerWith(ctx context.Context, table Table, workers int, kernels *simd.Kernels) (*Assigner, error) {
	if err := m.Check(ctx, table); err != nil {
		return nil, err
	}
	if workers < 0 {
		return nil, badWorkers(workers)
	}
	a := newAssigner(table, m.Centres, m.Metric == Cosine, kernels)
	if int64(table.Rows())*int64(widthOf(m.K))*4 > DefaultTableBytes {
		return a, nil
	}
	r, end := newRun(workers, nil)
	defer end()
	_, err := a.search.fill(ctx, r, a.search.blocks, nil)
	return a, err
}

// newAssigner returns an Assigner without a word table.
func newAssigner(words Table, centres []float32, cosine bool, kernels *simd.Kernels) *Assigner {
	f := newFrame(words, cosine, kernels)
	k := len(centres) / words.Dim
	mean := make([]float64, words.Dim)
	for i, v := range centres {
		mean[i%words.Dim] += float64(v) / float64(k)
	}
	f.settle(mean)
	return &Assigner{newSearch(f, centres)}
}

// NewScratch returns memory for one goroutine's calls.
func (a *Assigner) NewScratch() *Scratch {
	return &Scratch{finder: a.search.finder(runPoints)}
}

func never() error { return nil }

// Assign returns the two clusters nearest to the mean of the given rows, which
// must be rows of the table. The answer is exact: it is that of distances
// computed from the vectors in float64. AssignMany is faster.
func (a *Assigner) Assign(rows []int32, s *Scratch) Assignment {
	n := s.finder.both(rows)
	out := Assignment{Cluster: int32(n.first), Second: int32(n.second), Distance: a.measure(n.d1), SecondDistance: a.measure(n.d2)}
	return out
}

// measure turns what search calls distance into what callers are told.
func (a *Assigner) measure(d float64) float32 {
	if a.search.cosine {
		return float32(d)
	}
	return float32(math.Sqrt(d))
}

// AssignMany finds the nearest centre for the mean of each of many bags, as
// Assign does. Bag i has the rows rows[offs[i]:offs[i+1]]. It sets clusters[i]
// and, unless distances is nil, distances[i], to what Assign calls Cluster and
// Distance.
func (a *Assigner) AssignMany(offs, rows []int32, clusters []int32, distances []float32, s *Scratch) {
	n := len(offs) - 1
	for i := 0; i < n; {
		s.buf.reset()
		s.at = s.at[:0]
		for ; i < n && len(s.at) < runPoints && (len(s.at) == 0 || len(s.buf.rows)+int(offs[i+1]-offs[i]) <= runRows); i++ {
			clusters[i] = -1
			if distances != nil {
				distances[i] = 0
			}
			if bag := rows[offs[i]:offs[i+1]]; len(bag) > 0 {
				s.buf.add(bag, 1)
				s.at = append(s.at, int32(i))
			}
		}
		if len(s.at) == 0 {
			continue
		}
		_ = s.finder.find(never, s.buf) // only never could fail
		labels := s.finder.ranks.Label[:len(s.at)]
		for l, at := range s.at {
			clusters[at] = labels[l]
		}
		if distances != nil {
			a.measureMany(labels, distances, s)
		}
	}
}

// measureMany puts the distances of the bags in s.buf from the centres of their
// labels where s.at says.
func (a *Assigner) measureMany(labels []int32, distances []float32, s *Scratch) {
	if !a.search.cosine && !slices.Contains(labels, -1) {
		if cap(s.far) < len(labels) {
			s.far = make([]float64, runPoints)
		}
		far := s.far[:len(labels)]
		f := a.search.frame
		f.kernels.MeanDistances(far, f.words.Data, f.words.Dim, s.buf.offs, s.buf.rows, a.search.centres, labels)
		for l, at := range s.at {
			distances[at] = a.measure(far[l]) // bit for bit as below
		}
		return
	}
	for l, at := range s.at {
		if j := labels[l]; j >= 0 {
			s.finder.point(s.finder.x, s.buf.bag(l))
			distances[at] = a.measure(a.search.distance(int(j), s.finder.x))
		}
	}
}

// both returns the two nearest centres of one bag.
func (f *finder) both(rows []int32) neighbours {
	if len(rows) == 0 {
		return neighbours{first: -1, second: -1}
	}
	f.room()
	length := 0.0
	times := 1
	if f.blocks[0].table == nil {
		f.vector(f.shifted[:f.words.Dim], rows)
		for b, m := range f.scores {
			f.kernels.Scores(m, 0, f.shifted, f.words.Dim, 1, f.blocks[b].panels)
		}
		length = norm(f.shifted[:f.words.Dim])
	} else {
		for b, m := range f.scores {
			sum := m.Row(0)
			copy(sum, f.blocks[b].table.Row(int(rows[0])))
			for _, row := range rows[1:] {
				f.kernels.Axpy(1, f.blocks[b].table.Row(int(row)), sum)
			}
		}
		for _, row := range rows {
			length += float64(f.lengths[row])
		}
		times = len(rows)
		length /= float64(times)
	}
	first, second := float32(math.Inf(-1)), float32(math.Inf(-1))
	for b, m := range f.scores {
		for _, v := range m.Row(0)[:f.blocks[b].columns] {
			if v > second {
				second = v
				if v > first {
					first, second = v, first
				}
			}
		}
	}
	return f.exact(rows, 0, second, float64(times)*f.slack(times, length))
}
