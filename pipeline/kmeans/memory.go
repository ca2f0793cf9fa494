package kmeans

import (
	"math"
	"runtime"
)

// Memory estimates the bytes that [Fit] holds at most, for a table of rows x dim, so
// many points, and the mean number of rows of a point. The table and the points'
// source are the caller's and are not counted. It is, for K clusters (rounded up to
// 16, and a little more beyond 104) and W workers, the larger of what the choice of
// the first centres and what a pass over all points takes, beside what stays:
//
//	stays   n (16+4 bag)       the points, if that is within PointBytes
//	        12 rows            lengths, shares
//	pass    4 rows K           the scores of all words, if that is within
//	                           less work than without; within TableBytes, and then
//	                           12 n for the ranks of the points between blocks
//	        12 K dim           centres: old, new, packed
//	        8 K dim (W+1)      sums of each worker, and of all
//	        4 W 48 (K+dim)     scores of a block of points
//	        52 W 2048          ranks of a run of points, and what they change;
//	                           of 32768 points beyond 104 clusters
//	first   S (16+4 bag)       sample of S = max(256 K, 4096) points
//	        4 n (dim+2 ln K+8) n = max(16 K, 10,000) of them, with their distances to
//	                           2 (2+ln K) candidates; to none beyond 1,000 clusters
//	        as pass            for passes over the sample; its table is still there
//	                           when there is another start
//
// It counts what is held, as word2vec's Memory does: the runtime takes more from the
// system.
func (p Params) Memory(rows, dim int, points int64, bag float64) int64 {
	k := max(1, p.K)
	v, d, n := float64(max(0, rows)), float64(max(1, dim)), float64(max(0, points))
	width, centres := float64(widthOf(k)), float64(k)
	bag = max(1, bag)
	workers := float64(p.Workers)
	if p.Workers == 0 {
		workers = float64(runtime.GOMAXPROCS(0))
	}
	workers = min(workers, float64(shardCount(points)))
	sample := min(n, float64(sampleSize(k)))
	run := float64(runPoints)
	if blocks, _ := columnsFor(k); blocks > 1 {
		run = wideRun
	}

	stays := 12 * v
	if held := flatBytes(n, n*bag); held <= float64(p.pointBytes()) {
		stays += held
	}
	table := func(n float64) float64 {
		blocks, _ := columnsFor(k)
		ranked := n == sample || flatBytes(n, n*bag)+rankBytes*n <= float64(p.pointBytes())
		switch together := plan(max(0, rows), max(1, dim), k, int64(n), int64(n*bag), p.TableBytes, ranked); together {
		case 0:
			return 0
		case blocks:
			return 4 * v * width
		default:
			return 4*v*width*float64(together)/float64(blocks) + rankBytes*n
		}
	}
	pass := func(n float64) float64 {
		bytes := 4*(2*centres+width)*d + 8*centres*math.Ceil(d/8)*8*(workers+1)
		return table(n) + bytes + workers*(4*atOnce*(width+d)+52*min(run, n/float64(shardCount(int64(n)))+1))
	}
	chosen := min(sample, float64(max(initPerCentre*k, initLeast)))
	candidates := 2 * (2 + math.Floor(math.Log(centres)))
	if k > greedyMost {
		candidates = 0
	}
	first := 8*sample + 4*chosen*(d+candidates+5)
	if p.Init == InitRandom {
		first = 8*sample + 4*centres*d
	}
	if starts := startsTimesK / k; starts > 1 {
		first = max(first+table(sample), pass(sample)) // a start finds the tables of the one before
	} else if sample <= n/2 {
		first = max(first, pass(sample))
	}
	first += flatBytes(sample, sample*bag)
	return int64(min(math.MaxInt64/2, stays+max(pass(n), first)))
}
