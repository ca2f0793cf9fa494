package kmeans

import (
	"context"
	"errors"
	"math"

	"gondola/pipeline/simd"
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
	a := newAssigner(table, m.Centres, cosine, nil)
	src, all, err := read(ctx, a.search.frame, r, pts, 0)
	if err != nil {
		return nil, err
	}
	drawn, err := src.draw(ctx, a.search.frame, r, all, int64(sampleSize), seed^streamSilhouette)
	if err != nil {
		return nil, err
	}
	// A point that was drawn several times is so many points.
	f := a.search.finder(runPoints)
	var places, labels []int
	stop := func() error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	}
	for i := 0; i < drawn.len(); i += runPoints {
		part := drawn.part(i, min(i+runPoints, drawn.len()))
		if err := f.find(stop, part); err != nil {
			return nil, err
		}
		for l, times := range part.times {
			for range times {
				places = append(places, i+l)
				labels = append(labels, int(f.ranks.Label[l]))
			}
		}
	}
	return silhouette(ctx, r, f.kernels, f.vectors(drawn, places), m.Dim, labels, m.K, cosine)
}

// silhouette works on a matrix of points, unit vectors by Cosine.
func silhouette(ctx context.Context, r *run, kernels *simd.Kernels, points []float32, dim int, labels []int, k int, cosine bool) (*Silhouettes, error) {
	n := len(labels)
	out := &Silhouettes{PerCluster: make([]float64, k), Counts: make([]int64, k), Sample: int64(n)}
	for _, c := range labels {
		out.Counts[c]++
	}
	if out.Counts[labels[0]] == int64(n) {
		return nil, ErrOneCluster
	}
	p := newPairs(kernels, points, dim)
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = p.point(i)
	}
	values := make([]float64, n)
	type part struct {
		sums   []float64 // of each point of a shard, by cluster
		scores *simd.Matrix
	}
	shard := n/int(shardCount(int64(n))) + 1
	others := make([]*columns, 0, n/silhouetteColumns+1)
	for j := 0; j < n; j += silhouetteColumns {
		others = append(others, p.to(rows[j:min(j+silhouetteColumns, n)]))
	}
	err := inShards(ctx, r, int64(n),
		func() *part {
			return &part{make([]float64, shard*k), simd.NewMatrix(atOnce, silhouetteColumns)}
		},
		func(stop func() error, w *part, at span) error {
			clear(w.sums)
			for b, c := range others {
				scores := w.scores
				if c.panels.Width() < silhouetteColumns {
					scores = simd.NewMatrix(atOnce, c.panels.Width())
				}
				labels := labels[b*silhouetteColumns:]
				err := p.measure(stop, c, scores, int(at.from), int(at.to), func(i int, d []float32) {
					sums := w.sums[(i-int(at.from))*k:][:k]
					for j, v := range d {
						if cosine {
							v /= 2 // |x-y|^2 of unit vectors is 2-2cos(x,y)
						} else {
							v = float32(math.Sqrt(float64(v)))
						}
						sums[labels[j]] += float64(v)
					}
				})
				if err != nil {
					return err
				}
			}
			for i := int(at.from); i < int(at.to); i++ {
				values[i] = out.of(labels[i], w.sums[(i-int(at.from))*k:][:k])
			}
			return nil
		},
		func(*part) {})
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		out.Mean += v / float64(n)
		out.PerCluster[labels[i]] += v / float64(out.Counts[labels[i]])
	}
	return out, nil
}

// silhouetteColumns is how many points others are measured to at once.
const silhouetteColumns = 256

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
