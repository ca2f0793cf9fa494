package kmeans

import (
	"context"
	"math/rand/v2"
)

// Sizes of the samples, per cluster and at least. 256 points a centre is what
// FAISS trains on. The first centres are drawn from fewer, since that work
// grows with the square of K.
const (
	samplePerCentre, sampleLeast = 256, 4096
	initPerCentre, initLeast     = 16, 10_000
)

// Passes over the sample, at most; and starts of them, for few clusters: the
// more clusters there are, the less does the luck of one weigh.
const (
	warmUpPasses = 20
	mostStarts   = 8
	startsTimesK = 200
)

// sampleSize is how many points are drawn for k clusters.
func sampleSize(k int) int64 { return int64(max(samplePerCentre*k, sampleLeast)) }

// start returns centres that fit the sample, which is drawn from so much weight:
// the best of several starts.
func (f *fitter) start(ctx context.Context, drawn *flat, weight int64) (outcome, error) {
	random := rand.New(rand.NewPCG(f.p.Seed, streamInit))
	src := hold(drawn)
	src.together = plan(f.words.Rows(), f.words.Dim, f.p.K, src.n, int64(len(drawn.rows)), f.p.TableBytes, true)
	x := make([]float64, f.words.Dim)
	for i, times := range drawn.times {
		src.weight += times
		src.most = max(src.most, times)
		f.point(x, drawn.bag(i))
		size := norm64(x)
		src.squares += float64(float64(times) * float64(size*size))
	}
	starts := max(1, min(mostStarts, startsTimesK/f.p.K))
	var best outcome
	for i := range starts {
		centres, err := f.firstCentres(ctx, drawn, random)
		if err != nil {
			return best, err
		}
		if starts == 1 && src.weight > weight/2 {
			return outcome{centres: centres}, nil // passes over all points cost little more
		}
		out, err := f.lloyd(ctx, PhaseWarmUp, src, centres, min(f.p.MaxIter, warmUpPasses))
		if err != nil {
			return best, err
		}
		if i == 0 || out.inertia < best.inertia {
			best = out
		}
	}
	return best, nil
}

// firstCentres chooses at most K centres among the points of the sample; fewer
// when it holds fewer distinct points.
func (f *fitter) firstCentres(ctx context.Context, drawn *flat, random *rand.Rand) ([]float32, error) {
	k := f.p.K
	size := max(initPerCentre*k, initLeast)
	if f.p.Init == InitRandom {
		size = k
	}
	chosen := choose(random, drawn.len(), size)
	points := f.vectors(drawn, chosen)
	f.r.phase(PhaseInit, 0, 0, int64(min(k, len(chosen))))
	if f.p.Init == InitRandom {
		return points, nil
	}
	weights := make([]float32, len(chosen))
	for i, at := range chosen {
		weights[i] = float32(drawn.times[at])
	}
	// Measured from the origin, where numbers are small.
	dim := f.words.Dim
	for i := range chosen {
		f.shift(points[i*dim:(i+1)*dim], points[i*dim:(i+1)*dim])
	}
	at, err := plusPlus(ctx, f.r, newPairs(f.kernels, points, dim), weights, k, random)
	if err != nil {
		return nil, err
	}
	for i := range at {
		at[i] = chosen[at[i]]
	}
	return f.vectors(drawn, at), nil
}

// choose returns n of the numbers below total in random order, or all.
func choose(random *rand.Rand, total, n int) []int {
	n = min(n, total)
	out := make([]int, total)
	for i := range out {
		out[i] = i
	}
	for i := range n {
		j := i + random.IntN(total-i)
		out[i], out[j] = out[j], out[i]
	}
	return out[:n:n]
}

// vectors returns some of the points as a matrix, by Cosine as unit vectors.
func (f *frame) vectors(points *flat, at []int) []float32 {
	dim := f.words.Dim
	out := make([]float32, len(at)*dim)
	x := make([]float64, dim)
	for i, p := range at {
		f.point(x, points.bag(p))
		for d, v := range x {
			out[i*dim+d] = float32(v)
		}
	}
	return out
}
