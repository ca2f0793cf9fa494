package kmeans

import (
	"fmt"
	"math"
	"strings"

	"gondola/pipeline/simd"
)

// Values of Params.Init.
const (
	// InitPlusPlus is greedy k-means++ (Arthur and Vassilvitskii, 2007): each
	// next centre is drawn with a chance in proportion to the squared distance
	// to the centres already there, several are drawn and the best is kept.
	InitPlusPlus = "k-means++"
	// InitRandom takes K points at random.
	InitRandom = "random"
)

// Values of Params.Metric and Model.Metric.
const (
	// Euclidean is k-means as scikit-learn does it: the distance of a point x
	// to a centre c is |x-c|, the inertia the sum of its squares, a centre the
	// mean of its points.
	Euclidean = "euclidean"
	// Cosine is spherical k-means: every point counts as a unit vector, a
	// centre is the mean of its unit points stretched to length 1, the distance
	// is 1-cos(x,c) and the inertia the sum of these distances.
	Cosine = "cosine"
)

// Params are the settings of Fit, named and with the defaults of
// sklearn.cluster.KMeans where it has them.
type Params struct {
	// K is the number of clusters wanted, at least 1.
	K int
	// MaxIter is the most passes over all points, at least 1.
	MaxIter int
	// Tol ends the passes: the squared distances that the centres moved in one
	// pass, summed over the centres, are at most Tol times the variance of the
	// points (the mean of the variances of their Dim coordinates). With 0 they
	// end when no point changes its cluster.
	Tol float64
	// Init is InitPlusPlus or InitRandom.
	Init string
	// Metric is Euclidean or Cosine.
	Metric string
	// Seed fixes every random choice. The same seed, points and parameters give
	// the same model, bit for bit, whatever Workers and GOMAXPROCS are.
	Seed uint64
	// Workers is the number of goroutines; 0 is one for each processor.
	Workers int
	// TableBytes limits the memory of the word table, table rows x K x 4 bytes.
	// Above the limit tables for about 100 clusters at a time take turns, or, when
	// there is no room for that or points are not held, points are scored from their
	// vectors, which is slower by the ratio of Dim to the rows of a bag. 0 is
	// DefaultTableBytes. The model does not depend on it.
	TableBytes int64
	// PointBytes limits the memory in which points are held between passes, 4
	// bytes a row and 16 a point. When they need more, each pass reads them anew.
	// 0 is DefaultPointBytes. The model does not depend on it.
	PointBytes int64
	// Kernels are the loops in assembly, nil for the best that this machine runs.
	// The model does not depend on them.
	Kernels *simd.Kernels
}

// DefaultPointBytes is the limit of the points held when Params.PointBytes is 0:
// 30 million points of 5 rows.
const DefaultPointBytes = 1 << 30

func (p Params) pointBytes() int64 {
	if p.PointBytes == 0 {
		return DefaultPointBytes
	}
	return p.PointBytes
}

// DefaultTableBytes is the limit of the word table when Params.TableBytes is
// 0: a vocabulary of 268,000 words for 1,000 clusters.
const DefaultTableBytes = 1 << 30

// DefaultParams returns 100 clusters by Euclidean distance, k-means++, at most
// 300 passes, tolerance 1e-4 and seed 1.
func DefaultParams() Params {
	return Params{K: 100, MaxIter: 300, Tol: 1e-4, Init: InitPlusPlus, Metric: Euclidean, Seed: 1}
}

// Validate returns a *ParamError for the first parameter that cannot be used,
// or nil.
func (p Params) Validate() error {
	switch {
	case p.K < 1:
		return &ParamError{"k", p.K, "must be at least 1"}
	case p.MaxIter < 1:
		return &ParamError{"max_iter", p.MaxIter, "must be at least 1"}
	case !(p.Tol >= 0) || math.IsInf(p.Tol, 1):
		return &ParamError{"tol", p.Tol, "must be a number of at least 0"}
	case p.Init != InitPlusPlus && p.Init != InitRandom:
		return &ParamError{"init", p.Init, oneOf(InitPlusPlus, InitRandom)}
	case p.Metric != Euclidean && p.Metric != Cosine:
		return &ParamError{"metric", p.Metric, oneOf(Euclidean, Cosine)}
	case p.Workers < 0:
		return badWorkers(p.Workers)
	case p.TableBytes < 0:
		return &ParamError{"table_bytes", p.TableBytes, "must be at least 0, where 0 is the default"}
	case p.PointBytes < 0:
		return &ParamError{"point_bytes", p.PointBytes, "must be at least 0, where 0 is the default"}
	}
	return nil
}

func badWorkers(n int) error {
	return &ParamError{"workers", n, "must be at least 0, where 0 is one for each processor"}
}

func oneOf(values ...string) string {
	return "must be " + strings.Join(values, " or ")
}

// ParamError says which parameter of Params cannot be used, and why.
type ParamError struct {
	Param  string // scikit-learn's name: k, max_iter, tol, init, metric, workers; or table_bytes, point_bytes
	Value  any    // what it was set to
	Reason string // what it must be
}

// Error returns one line, such as `kmeans: k = 0: must be at least 1`.
func (e *ParamError) Error() string {
	return fmt.Sprintf("kmeans: %s = %v: %s", e.Param, e.Value, e.Reason)
}

// ParamName returns Param, for callers that point at the parameter in the
// user's text.
func (e *ParamError) ParamName() string { return e.Param }
