package kmeans

import (
	"context"
	"math"
)

// scorer ranks centres for a point without distances. For the centre c and a
// point x
//
//	score = (x-s).(c-s) - |c-s|^2/2 = (|x-s|^2 - |x-c|^2) / 2
//
// for any s, so the nearest centre is the one with the highest score. The
// score is linear in x up to a constant: the score of a mean is the mean of
// the scores, which is what makes a table of the scores of words enough. s is
// the mean of the centres: it keeps the numbers small where the data lie far
// from zero, and float32 exact enough. By Cosine the score is x.c alone, for
// centres of length 1.
type scorer struct {
	k, dim int
	stride int       // k rounded up to lanes
	origin []float32 // s
	packed []float32 // the centres less s, in groups of lanes
	half   []float32 // |c-s|^2/2 of each centre, zeros up to stride
	reach  float64   // the greatest |c-s|; 1 by Cosine
}

func newScorer(centres []float32, dim int, cosine bool) *scorer {
	k := len(centres) / dim
	s := &scorer{k: k, dim: dim, stride: (k + lanes - 1) / lanes * lanes, origin: make([]float32, dim)}
	s.half = make([]float32, s.stride)
	if !cosine {
		sum := make([]float64, dim)
		for j := range k {
			addScaled(sum, centres[j*dim:(j+1)*dim], 1/float64(k))
		}
		for d, v := range sum {
			s.origin[d] = float32(v)
		}
	}
	moved := make([]float32, k*dim)
	for j := range k {
		c := moved[j*dim : (j+1)*dim]
		s.shift(c, centres[j*dim:(j+1)*dim])
		length := norm(c)
		if !cosine {
			s.reach = max(s.reach, length)
			s.half[j] = float32(length * length / 2)
			continue
		}
		for d := range c {
			c[d] = float32(float64(c[d]) / length)
		}
		s.reach = 1
	}
	s.packed = pack(nil, moved, dim)
	return s
}

// block is the number of vectors scored together.
const block = 32

// shift sets dst to x-s and returns it.
func (s *scorer) shift(dst, x []float32) []float32 {
	for d, v := range x {
		dst[d] = v - s.origin[d]
	}
	return dst
}

// scores sets dst[i*stride+j] to the score of centre j for vector i, for
// shifted vectors that lie one after the other. stop is asked between groups
// of centres.
func (s *scorer) scores(stop func() error, dst, shifted []float32) error {
	n := len(shifted) / s.dim
	width := s.dim * lanes
	for j := 0; j < s.k; j += lanes {
		if j%(64*lanes) == 0 {
			if err := stop(); err != nil {
				return err
			}
		}
		group := s.packed[j*s.dim : j*s.dim+width]
		h := (*[lanes]float32)(s.half[j:])
		for i := range n {
			s0, s1, s2, s3 := dot4(shifted[i*s.dim:(i+1)*s.dim], group)
			out := (*[lanes]float32)(dst[i*s.stride+j:])
			out[0], out[1], out[2], out[3] = s0-h[0], s1-h[1], s2-h[2], s3-h[3]
		}
	}
	return nil
}

// table returns the scores of all centres for every row of the word table,
// rows x stride, in buf when it is large enough.
func (s *scorer) table(ctx context.Context, r *run, words Table, buf []float32) ([]float32, error) {
	rows := words.Rows()
	if need := rows * s.stride; cap(buf) < need {
		buf = make([]float32, need)
	} else {
		buf = buf[:need]
	}
	err := inShards(ctx, r, int64(rows),
		func() []float32 { return make([]float32, block*s.dim) },
		func(stop func() error, scratch []float32, from, to int64) error {
			for i := int(from); i < int(to); i += block {
				end := min(i+block, int(to))
				for l := i; l < end; l++ {
					s.shift(scratch[(l-i)*s.dim:(l-i+1)*s.dim], words.row(int32(l)))
				}
				if err := s.scores(stop, buf[i*s.stride:end*s.stride], scratch[:(end-i)*s.dim]); err != nil {
					return err
				}
			}
			return nil
		},
		func([]float32) {})
	return buf, err
}

// slack bounds how far a score, computed in float32 as the mean over so many
// rows whose vectors x-s are of the mean length given, may be from the true
// one: the standard bound of summation, n u sum|terms|, over dim products and
// the rows.
func (s *scorer) slack(rows int, length float64) float64 {
	const u = 1.0 / (1 << 24)
	return float64(s.dim+rows+8) * u * (length + s.reach) * s.reach
}

// meanOf sets dst to the mean of the rows and returns it; for a single row it
// is the row itself, and dst is left alone.
func meanOf(dst []float32, words Table, rows []int32) []float32 {
	if len(rows) == 1 {
		return words.row(rows[0])
	}
	sumRows(dst, words.Data, words.Dim, rows)
	w := 1 / float32(len(rows))
	for d := range dst {
		dst[d] *= w
	}
	return dst
}

// tableFits says whether scoring n points with the given number of rows in
// all through a table of the words' scores is less work than from the points'
// own vectors, and within limit bytes. The answer changes the rounding of the
// scores, so it depends on the data and the parameters alone.
func tableFits(words Table, k int, n, rows, limit int64) bool {
	return shapeFits(words.Rows(), words.Dim, k, n, rows, limit)
}

func shapeFits(tableRows, dims, k int, n, rows, limit int64) bool {
	if limit == 0 {
		limit = DefaultTableBytes
	}
	vocab, dim := float64(tableRows), float64(dims)
	stride := math.Ceil(float64(k)/lanes) * lanes
	return vocab*stride*4 <= float64(limit) && vocab*dim+float64(rows) < float64(n)*dim
}
