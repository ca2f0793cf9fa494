package projection

import (
	"errors"
	"fmt"
	"math"

	"gondola/pipeline/simd"
)

// Values of Params.Method.
const (
	UMAP = "umap" // near points stay near
	PCA  = "pca"  // the two directions of the largest variance
)

// Values of Params.Metric.
const (
	// Cosine takes points as unit vectors: their distance is 1-cos(x,y).
	Cosine = "cosine"
	// Euclidean takes points as they are: their distance is |x-y|.
	Euclidean = "euclidean"
)

// MaxPoints is the most points that Fit takes. Neighbours cost the square of it.
const MaxPoints = 50_000

// Params are the settings of Fit, with the names and defaults of umap-learn
// (except for Metric, which is euclidean there).
type Params struct {
	Method string // UMAP or PCA
	Metric string // Cosine or Euclidean
	// NNeighbors is how many near points, itself among them, each point is
	// linked with: few show small groups, many the large picture. At least 2.
	NNeighbors int
	// MinDist is how near points may lie in the plane, 0 to 1, where groups are
	// some units wide.
	MinDist float64
	// NEpochs is how often the links are gone through; 0 is 500, or 200 for more
	// than 10,000 points.
	NEpochs int
	// Seed fixes every random choice. The same seed, points and parameters give
	// the same layout, bit for bit, whatever Workers and GOMAXPROCS are, with the
	// same Kernels.
	Seed uint64
	// Workers is the number of goroutines that look for neighbours; 0 is one for
	// each processor.
	Workers int
	// Kernels are the loops in assembly, nil for the best that this machine runs.
	Kernels *simd.Kernels
}

// DefaultParams returns those of umap-learn, with the metric of word vectors.
func DefaultParams() Params {
	return Params{Method: UMAP, Metric: Cosine, NNeighbors: 15, MinDist: 0.1, Seed: 42}
}

// Validate checks each parameter. Its errors are *ParamError.
func (p Params) Validate() error {
	switch {
	case p.Method != UMAP && p.Method != PCA:
		return &ParamError{"method", p.Method, "must be umap or pca"}
	case p.Metric != Cosine && p.Metric != Euclidean:
		return &ParamError{"metric", p.Metric, "must be cosine or euclidean"}
	case p.NNeighbors < 2 || p.NNeighbors > 1000:
		return &ParamError{"n_neighbors", p.NNeighbors, "must be from 2 to 1000"}
	case !(p.MinDist >= 0 && p.MinDist <= 1):
		return &ParamError{"min_dist", p.MinDist, "must be from 0 to 1"}
	case p.NEpochs < 0 || p.NEpochs > 100_000:
		return &ParamError{"n_epochs", p.NEpochs, "must be from 0 to 100000"}
	case p.Workers < 0:
		return &ParamError{"workers", p.Workers, "must be 0 (one for each processor) or more"}
	}
	return nil
}

// epochs returns NEpochs, or what it is by default.
func (p Params) epochs(points int) int {
	switch {
	case p.NEpochs > 0:
		return p.NEpochs
	case points <= 10_000:
		return 500
	}
	return 200
}

// ParamError is a parameter that cannot be.
type ParamError struct {
	Param  string
	Value  any
	Reason string
}

// Error names the parameter, its value and the reason.
func (e *ParamError) Error() string {
	return fmt.Sprintf("projection: %s is %v: it %s", e.Param, e.Value, e.Reason)
}

// ErrNotFinite is returned for points that hold NaN or infinity.
var ErrNotFinite = errors.New("projection: a point holds a value that is no finite number")

// check looks at the points.
func check(points *simd.Matrix) error {
	if points.Rows > MaxPoints {
		return &ParamError{"points", points.Rows, fmt.Sprintf("must be at most %d", MaxPoints)}
	}
	for i := range points.Rows {
		for _, v := range points.Row(i) {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("%w: point %d", ErrNotFinite, i)
			}
		}
	}
	return nil
}
