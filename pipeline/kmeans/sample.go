package kmeans

import (
	"context"
	"math/rand/v2"
	"slices"
)

// Streams of the random generator, one for each use, so that no choice moves
// another.
const (
	streamInit       = 1
	streamSilhouette = 2
	streamSample     = 1 << 32 // plus the first point of the shard
)

// sample is what one pass over the points finds out: statistics of all points
// that have a vector, and some of these points.
type sample struct {
	bags  Bags  // the points taken
	count int64 // points that have a vector
	rows  int64 // rows of their bags, in all
	// sum and squares are the sums of x and |x|^2 over all points that have a
	// vector; taken is the second over bags. By Cosine x is a unit vector.
	sum     []float64
	squares float64
	taken   float64
}

// variance is the mean over the coordinates of the variance of the points.
func (s *sample) variance() float64 {
	v := s.squares / float64(s.count)
	for _, t := range s.sum {
		m := t / float64(s.count)
		v -= m * m
	}
	return max(0, v/float64(len(s.sum)))
}

// reservoir takes a sample of one shard (Waterman's algorithm R).
type reservoir struct {
	sample
	size []float64 // |x|^2 of each bag
	vec  []float32
}

// takeSample draws about size points that have a vector: from every shard the
// same number, or all it has. The shards are of equal length, so the sample is
// spread evenly over the source.
func takeSample(ctx context.Context, r *run, words Table, pts Points, size int64, seed uint64, cosine bool) (*sample, error) {
	n := pts.Len()
	shards := shardCount(n)
	quota := int((size + shards - 1) / shards)
	all := &sample{sum: make([]float64, words.Dim)}
	err := inShards(ctx, r, n,
		func() *reservoir { return &reservoir{vec: make([]float32, words.Dim)} },
		func(stop func() error, part *reservoir, from, to int64) error {
			part.sample = sample{sum: make([]float64, words.Dim)}
			part.size = part.size[:0]
			random := rand.New(rand.NewPCG(seed, streamSample+uint64(from)))
			return visit(ctx, r, stop, words, pts, from, to, func(_ int64, rows []int32) error {
				part.add(random, quota, meanOf(part.vec, words, rows), rows, cosine)
				return nil
			})
		},
		func(part *reservoir) {
			all.count += part.count
			all.rows += part.rows
			all.squares += part.squares
			for d, v := range part.sum {
				all.sum[d] += v
			}
			all.bags = append(all.bags, part.bags...)
			for _, v := range part.size {
				all.taken += v
			}
		})
	if err != nil {
		return nil, err
	}
	if all.count == 0 {
		return nil, ErrNoPoints
	}
	return all, nil
}

func (s *reservoir) add(random *rand.Rand, quota int, x []float32, rows []int32, cosine bool) {
	length := norm(x)
	w := 1.0
	if cosine {
		if length == 0 {
			return
		}
		w, length = 1/length, 1
	}
	s.count++
	s.rows += int64(len(rows))
	s.squares += length * length
	addScaled(s.sum, x, w)
	if len(s.bags) < quota {
		s.bags = append(s.bags, slices.Clone(rows))
		s.size = append(s.size, length*length)
	} else if at := random.Uint64N(uint64(s.count)); at < uint64(quota) {
		s.bags[at] = append(s.bags[at][:0], rows...)
		s.size[at] = length * length
	}
}

// vectors returns the points of bags as a matrix, as unit vectors if asked.
func vectors(words Table, bags Bags, unit bool) []float32 {
	dim := words.Dim
	out := make([]float32, len(bags)*dim)
	vec := make([]float32, dim)
	for i, rows := range bags {
		x := meanOf(vec, words, rows)
		w := 1.0
		if unit {
			w = 1 / norm(x)
		}
		for d, v := range x {
			out[i*dim+d] = float32(float64(v) * w)
		}
	}
	return out
}
