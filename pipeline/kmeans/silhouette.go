package kmeans

import (
	"context"
	"errors"
	"math"
)

// ErrOneCluster is returned by Silhouette when all points looked at are of one
// cluster: there is no other to compare with.
var ErrOneCluster = errors.New("kmeans: the silhouette needs points of two clusters at least")

// Silhouettes says how well clusters are apart: for a point, (b-a)/max(a,b),
// where a is its mean distance to the other points of its cluster and b that
// to the points of the nearest other cluster; 1 is far apart, 0 on the border,
// below 0 nearer to another cluster. It is 0 for a point alone in its cluster.
type Silhouettes struct {
	// Mean is the mean over the points looked at.
	Mean float64
	// PerCluster is the mean over those of each cluster, 0 where Counts is 0.
	PerCluster []float64
	// Counts is how many points of each cluster were looked at.
	Counts []int64
	// Sample is how many points were looked at, in all.
	Sample int64
}

// Silhouette takes a seeded sample of about the given number of points that
// have a vector, or all when there are no more, and computes their silhouettes
// among themselves, as sklearn.metrics.silhouette_score does with the model's
// metric. The distances are those between points (not the simplified form,
// which takes those to centres): time grows with the square of the sample.
func Silhouette(ctx context.Context, table Table, pts Points, m *Model, sampleSize int, seed uint64, workers int) (*Silhouettes, error) {
	if sampleSize < 1 {
		return nil, &ParamError{"sample", sampleSize, "must be at least 1"}
	}
	if err := m.Check(ctx, table); err != nil {
		return nil, err
	}
	if workers < 0 {
		return nil, badWorkers(workers)
	}
	if pts.Len() < 1 {
		return nil, ErrNoPoints
	}
	r, end := newRun(workers, nil)
	defer end()
	cosine := m.Metric == Cosine
	s, err := takeSample(ctx, r, table, pts, int64(sampleSize), seed^streamSilhouette, cosine)
	if err != nil {
		return nil, err
	}
	a := newAssigner(table, m.Centres, cosine)
	labels := make([]int, len(s.bags))
	scratch := a.NewScratch()
	for i, rows := range s.bags {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		labels[i] = a.nearest(rows, scratch).first
	}
	return silhouette(ctx, r, vectors(table, s.bags, cosine), m.Dim, labels, m.K, cosine)
}

// silhouette works on a matrix of points, unit vectors by Cosine.
func silhouette(ctx context.Context, r *run, points []float32, dim int, labels []int, k int, cosine bool) (*Silhouettes, error) {
	n := len(labels)
	out := &Silhouettes{PerCluster: make([]float64, k), Counts: make([]int64, k), Sample: int64(n)}
	for _, c := range labels {
		out.Counts[c]++
	}
	if out.Counts[labels[0]] == int64(n) {
		return nil, ErrOneCluster
	}
	packed := pack(nil, points, dim)
	values := make([]float64, n)
	err := inShards(ctx, r, int64(n),
		func() []float64 { return make([]float64, k) },
		func(stop func() error, sums []float64, from, to int64) error {
			for i := int(from); i < int(to); i++ {
				clear(sums)
				for j := 0; j < n; j += lanes {
					if j%(1<<16) == 0 {
						if err := stop(); err != nil {
							return err
						}
					}
					var d [lanes]float32
					d[0], d[1], d[2], d[3] = squared4(points[i*dim:(i+1)*dim], packed[j*dim:(j+lanes)*dim])
					for l, c := range labels[j:min(j+lanes, n)] {
						v := float64(d[l])
						if cosine {
							v /= 2 // |x-y|^2 of unit vectors is 2-2cos(x,y)
						} else {
							v = math.Sqrt(v)
						}
						sums[c] += v
					}
				}
				values[i] = out.of(labels[i], sums)
			}
			return nil
		},
		func([]float64) {})
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		out.Mean += v / float64(n)
		out.PerCluster[labels[i]] += v / float64(out.Counts[labels[i]])
	}
	return out, nil
}

// of returns the silhouette of a point of the given cluster from the sums of
// its distances to the points of each.
func (s *Silhouettes) of(cluster int, sums []float64) float64 {
	if s.Counts[cluster] == 1 {
		return 0
	}
	a := sums[cluster] / float64(s.Counts[cluster]-1)
	b := math.Inf(1)
	for c, sum := range sums {
		if c != cluster && s.Counts[c] > 0 {
			b = min(b, sum/float64(s.Counts[c]))
		}
	}
	if a == b {
		return 0 // both may be 0
	}
	return (b - a) / max(a, b)
}
