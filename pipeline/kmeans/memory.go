package kmeans

import (
	"math"
	"runtime"
)

// Memory estimates the bytes that [Fit] holds at most, for a table of rows x dim, so
// many points, and the mean number of rows of a point. The table and the points are
// the caller's and are not counted. It is, for K clusters (rounded up to 4) and W
// workers, the larger of what the choice of the first centres and what a pass over
// all points takes, and the sample beside the first:
//
//	pass    4 rows K           the scores of all words, if that is within
//	                           TableBytes and less work than without
//	        4 rows             lengths
//	        16 K dim           centres: old, new, moved, packed
//	        8 K dim (W+1)      sums of each worker, and of all
//	        4 W 32 (K+2 dim)   scores of a block of points
//	first   S (56+4 bag)       sample of S = max(256 K, 4096) points
//	        4 n (dim+2 ln K+7) n = max(16 K, 10,000) of them, with their distances to
//	                           2 (2+ln K) candidates
//	        4 rows K           as above, for passes over the sample
//
// It counts what is held, as word2vec's Memory does: the runtime takes more from the
// system.
func (p Params) Memory(rows, dim int, points int64, bag float64) int64 {
	k := math.Ceil(float64(max(1, p.K))/lanes) * lanes
	v, d, n := float64(max(0, rows)), float64(max(1, dim)), float64(max(0, points))
	bag = max(1, bag)
	workers := float64(p.Workers)
	if p.Workers == 0 {
		workers = float64(runtime.GOMAXPROCS(0))
	}
	sample := min(n, float64(max(samplePerCentre*p.K, sampleLeast)))
	table := func(n float64) float64 {
		if shapeFits(max(0, rows), max(1, dim), p.K, int64(n), int64(n*bag), p.TableBytes) {
			return 4 * v * k
		}
		return 0
	}
	workers = min(workers, float64(shardCount(points)))
	centres := 16*k*d + 8*k*d*(workers+1)
	pass := table(n) + 4*v + centres + 4*workers*block*(k+2*d)

	chosen := min(sample, float64(max(initPerCentre*p.K, initLeast)))
	candidates := 2 * (2 + math.Floor(math.Log(float64(max(1, p.K)))))
	first := sample*(56+4*bag) + 4*chosen*(d+candidates+3)
	if p.Init == InitRandom {
		first = sample*(56+4*bag) + 4*k*d
	}
	if starts := startsTimesK / max(1, p.K); starts > 1 || sample <= n/2 { // passes over the sample
		first = max(first, sample*(32+4*bag)+centres) + table(sample)
	}
	return int64(min(math.MaxInt64/2, max(pass, first)))
}
