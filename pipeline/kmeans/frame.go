package kmeans

import (
	"math"

	"gondola/pipeline/simd"
)

// frame is what all passes of one Fit share: the words, as seen from a point
// near the middle of the data. Seen from there numbers are small, and float32
// is exact enough, where the data lie far from zero.
type frame struct {
	words   Table
	cosine  bool
	kernels *simd.Kernels
	origin  []float32
	lengths []float32 // |w-origin| of each word
	longest float64   // the greatest of them

	newTable func(rows, dim int) *simd.Matrix // tests count its memory, which is not on Go's heap
}

func newFrame(words Table, cosine bool, kernels *simd.Kernels) *frame {
	if kernels == nil {
		kernels = simd.Best()
	}
	return &frame{words: words, cosine: cosine, kernels: kernels, origin: make([]float32, words.Dim), newTable: simd.NewMatrix}
}

// settle takes the origin, which stays zero by Cosine.
func (f *frame) settle(origin []float64) {
	for d, v := range origin {
		if !f.cosine {
			f.origin[d] = float32(v)
		}
	}
	f.lengths = make([]float32, f.words.Rows())
	f.longest = 0
	for i := range f.lengths {
		f.lengths[i] = float32(f.reach(f.words.row(int32(i))))
		f.longest = max(f.longest, float64(f.lengths[i]))
	}
}

// reach is |x-origin|.
func (f *frame) reach(x []float32) float64 {
	var even, odd float64
	origin := f.origin[:len(x)]
	d := 0
	for ; d+2 <= len(x); d += 2 {
		a, b := float64(x[d]-origin[d]), float64(x[d+1]-origin[d+1])
		even += float64(a * a)
		odd += float64(b * b)
	}
	if d < len(x) {
		a := float64(x[d] - origin[d])
		even += float64(a * a)
	}
	return math.Sqrt(even + odd)
}

// shift sets dst to x-origin.
func (f *frame) shift(dst, x []float32) {
	copy(dst, x)
	f.kernels.Axpy(-1, f.origin, dst[:len(f.origin)])
}

// sum sets x to the sum of the rows.
func (f *frame) sum(x []float64, rows []int32) {
	for d, v := range f.words.row(rows[0]) {
		x[d] = float64(v)
	}
	for _, row := range rows[1:] {
		for d, v := range f.words.row(row) {
			x[d] += float64(v)
		}
	}
}

// hasVector says whether a bag has a vector: by Cosine a zero mean has no
// direction.
func (f *frame) hasVector(rows []int32) bool {
	if len(rows) == 0 {
		return false
	}
	if !f.cosine {
		return true
	}
	x := make([]float64, 0, 512) // on the stack
	if f.words.Dim > cap(x) {
		x = make([]float64, 0, f.words.Dim)
	}
	x = x[:f.words.Dim]
	f.sum(x, rows)
	for _, v := range x {
		if v != 0 {
			return true
		}
	}
	return false
}

// point sets x to the vector of a bag, the mean of its rows, by Cosine as a unit
// vector, and returns false if there is none. It is what distances are measured
// from, in float64.
func (f *frame) point(x []float64, rows []int32) bool {
	if len(rows) == 0 {
		return false
	}
	f.sum(x, rows)
	w := 1 / float64(len(rows))
	if f.cosine {
		length := norm64(x)
		if length == 0 {
			return false
		}
		w = 1 / length
	}
	for d := range x {
		x[d] *= w
	}
	return true
}

// norm returns the length of x.
func norm(x []float32) float64 {
	var even, odd float64
	for len(x) >= 2 {
		a, b := float64(x[0]), float64(x[1])
		even += float64(a * a)
		odd += float64(b * b)
		x = x[2:]
	}
	if len(x) == 1 {
		even += float64(x[0]) * float64(x[0])
	}
	return math.Sqrt(even + odd)
}

func norm64(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v * v)
	}
	return math.Sqrt(sum)
}

// squares64 returns |x-w*c|^2. It adds up in four lanes, as the kernels do that
// give the same bits.
func squares64(x []float64, c []float32, w float64) float64 {
	c = c[:len(x)]
	var s0, s1, s2, s3 float64
	d := 0
	for ; d+4 <= len(x); d += 4 {
		a := x[d] - float64(float64(c[d])*w)
		b := x[d+1] - float64(float64(c[d+1])*w)
		e := x[d+2] - float64(float64(c[d+2])*w)
		g := x[d+3] - float64(float64(c[d+3])*w)
		s0 += float64(a * a)
		s1 += float64(b * b)
		s2 += float64(e * e)
		s3 += float64(g * g)
	}
	tail := [4]float64{}
	for l := range len(x) - d {
		a := x[d+l] - float64(float64(c[d+l])*w)
		tail[l] = float64(a * a)
	}
	s0 += tail[0]
	s1 += tail[1]
	s2 += tail[2]
	s3 += tail[3]
	return (s0 + s2) + (s1 + s3)
}
