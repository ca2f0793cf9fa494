// Package word2vec learns word vectors from short texts and answers questions
// about them.
//
// It holds the word2vec models of Mikolov et al. (2013), skip-gram and CBOW,
// each by negative sampling or hierarchical softmax ([Train]), and the finished
// vectors with their neighbours and files ([KeyedVectors]). Names, meanings and
// formulas are those of gensim 4 unless a comment says otherwise, and vectors
// travel between the two by the files of word2vec.c.
//
// It is not a tokeniser and reads no titles: words come as ids into a
// [Dictionary]. It imports the kernels of package simd and nothing else of ours.
package word2vec

import (
	"fmt"
	"math"

	"gondola/pipeline/simd"
)

// Params are the settings of a training run. Names and meanings are gensim 4's,
// apart from Subsample, which gensim calls sample.
type Params struct {
	// VectorSize is the number of dimensions of a word vector.
	VectorSize int
	// Window is the largest distance between a word and its context within a
	// title. For every word the distance used is drawn evenly from 1..Window,
	// so that near words count more.
	Window int
	// MinCount is how often a word must occur to get a vector. Rarer words are
	// taken out before windows are formed.
	MinCount int
	// Negative is the number of random words set against each true pair. 0
	// switches negative sampling off, which needs HS.
	Negative int
	// Epochs is how often the corpus is read.
	Epochs int

	// Shared is how many noise words, at least, all pairs of a title are set
	// against together, each counting Negative/Shared times, which gives the same
	// gradient on average for a tenth of the work. Long titles, those that Fold
	// gives weight, and a high Alpha get more, so that none moves too far. 0 draws
	// Negative new ones for every pair, and the reach of every window, as gensim
	// does: the reference. Hierarchical softmax has no noise words, but with 0 goes
	// pair by pair as well. CBOW always does.
	Shared int
	// Fold is the most that a title counts which stands in the corpus several
	// times: it is trained once an epoch with the weight min(times, Fold). 1
	// trains every different title alike; 0 trains each as often as it stands there.
	Fold int

	// HS trains by hierarchical softmax over a Huffman tree. As in gensim, HS
	// together with Negative > 0 trains by both; set Negative to 0 for
	// hierarchical softmax alone.
	HS bool
	// CBOW predicts a word from the mean of its context; otherwise skip-gram
	// predicts it from each context word alone.
	CBOW bool

	// Subsample thins out frequent words: those that are more than about this
	// share of the corpus. From 1 on it is a count instead of a share; 0
	// switches thinning off.
	Subsample float64
	// Alpha is the learning rate at the start.
	Alpha float64
	// MinAlpha is the learning rate at the end. It falls in a straight line
	// with the number of words read.
	MinAlpha float64
	// NSExponent shapes the draw of negatives: a word is drawn in proportion to
	// count^NSExponent.
	NSExponent float64

	// Seed starts all random choices.
	Seed uint64
	// Workers is the number of goroutines that train. One gives the same result
	// to the bit for the same input, parameters and program. More share the
	// vectors without locks (Hogwild), so that no two runs are quite alike.
	Workers int
	// Kernels compute; nil means simd.Best. Other kernels round differently.
	Kernels *simd.Kernels
}

// DefaultParams returns the settings that suit product titles. They are
// gensim's with three exceptions. It trains by skip-gram, as titles are short
// and their words rare. Alpha is 0.05, not 0.025: on 10^5 titles of four or
// five words gensim's rate leaves the vectors badly undertrained after 5
// epochs. Workers is 1, not 3, so that a run can be repeated.
func DefaultParams() Params {
	return Params{
		VectorSize: 100,
		Window:     5,
		MinCount:   5,
		Negative:   5,
		Epochs:     5,
		Subsample:  1e-3,
		Alpha:      0.05,
		MinAlpha:   0.0001,
		NSExponent: 0.75,
		Shared:     4,
		Fold:       4,
		Seed:       1,
		Workers:    1,
	}
}

// Largest settings accepted. They are far beyond use and keep a slip of the
// keyboard from asking for all memory.
const (
	maxVectorSize = 1 << 16
	maxWindow     = 10_000
	maxNegative   = 1000
	maxShared     = 1000
	maxEpochs     = 1_000_000
	maxWorkers    = 4096
)

// Validate returns a *[ParamError] for the first setting that makes no sense, or
// nil.
func (p Params) Validate() error {
	switch {
	case p.VectorSize < 1 || p.VectorSize > maxVectorSize:
		return between("vector_size", p.VectorSize, 1, maxVectorSize)
	case p.Window < 1 || p.Window > maxWindow:
		return between("window", p.Window, 1, maxWindow)
	case p.MinCount < 1:
		return &ParamError{"min_count", p.MinCount, "must be 1 or more"}
	case p.Negative < 0 || p.Negative > maxNegative:
		return between("negative", p.Negative, 0, maxNegative)
	case p.Negative == 0 && !p.HS:
		return &ParamError{"negative", p.Negative, "must be 1 or more unless hs is on"}
	case p.Epochs < 1 || p.Epochs > maxEpochs:
		return between("epochs", p.Epochs, 1, maxEpochs)
	case p.Shared < 0 || p.Shared > maxShared:
		return between("shared", p.Shared, 0, maxShared)
	case p.Fold < 0:
		return &ParamError{"fold", p.Fold, "must be 0 (no limit) or more"}
	case !finite(p.Subsample) || p.Subsample < 0:
		return &ParamError{"subsample", p.Subsample, "must be 0 (off) or more"}
	case !finite(p.Alpha) || p.Alpha <= 0:
		return &ParamError{"alpha", p.Alpha, "must be above 0"}
	case !finite(p.MinAlpha) || p.MinAlpha < 0:
		return &ParamError{"min_alpha", p.MinAlpha, "must be 0 or more"}
	case p.MinAlpha > p.Alpha:
		return &ParamError{"min_alpha", p.MinAlpha, fmt.Sprintf("must not be above alpha (%v)", p.Alpha)}
	case !finite(p.NSExponent) || math.Abs(p.NSExponent) > 10:
		return between("ns_exponent", p.NSExponent, -10, 10)
	case p.Workers < 1 || p.Workers > maxWorkers:
		return between("workers", p.Workers, 1, maxWorkers)
	}
	return nil
}

// Metric is the measure by which words trained with p are near to one another:
// the dot product after negative sampling, where the length of a vector tells
// how steadily its word is used, and the cosine after hierarchical softmax.
func (p Params) Metric() Metric {
	if p.Negative > 0 {
		return Dot
	}
	return Cosine
}

// ParamError says which training parameter is wrong, and why.
type ParamError struct {
	// Param is the parameter's name in gensim 4, such as "min_alpha"; gensim's
	// sample is "subsample".
	Param string
	// Value is what was given.
	Value any
	// Reason says what the value must be.
	Reason string
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("%s = %v: %s", e.Param, e.Value, e.Reason)
}

// ParamName returns the name of the parameter, so that a caller can point at the
// place where it was given.
func (e *ParamError) ParamName() string { return e.Param }

func between[T any](param string, value T, low, high int) error {
	return &ParamError{param, value, fmt.Sprintf("must be %d to %d", low, high)}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
