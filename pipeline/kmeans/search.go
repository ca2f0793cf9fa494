package kmeans

import (
	"context"
	"math"

	"gondola/pipeline/simd"
)

// search finds nearest centres without distances. For the centre c and a point x
//
//	score = (x-s).(c-s) - |c-s|^2/2 = (|x-s|^2 - |x-c|^2) / 2
//
// for any s, so the nearest centre is the one with the highest score. The score
// is linear in x up to a constant: the score of a mean is the mean of the scores,
// which is what makes a table of the scores of words enough. s is the frame's
// origin. By Cosine the score is x.c alone, for centres of length 1.
//
// Scores are float32, and so only say which centres come into question. Where the
// best is ahead of the second by more than the error of both can be, it is the
// nearest; where it is not, which is rare, distances in float64 decide. So the
// answer is exact, and the same whatever the kernels, the way (table or direct)
// and the rounding.
type search struct {
	*frame
	centres []float32
	k       int
	inverse []float64 // by Cosine 1/|c|: rounding leaves centres not quite of length 1
	reach   float64   // the greatest |c-s|; 1 by Cosine
	blocks  []block
	margins []float32 // by the number of rows of a bag: a lead that is enough for any words
}

// block is as many centres as kernels rank at once.
type block struct {
	base, columns int
	panels        *simd.Panels
	table         *simd.Matrix // the scores of all words, or nil
}

// columnsFor returns how many blocks k centres take, and how many centres are in
// each but the last.
func columnsFor(k int) (blocks, columns int) {
	blocks = (k + simd.MaxColumns - 1) / simd.MaxColumns
	return blocks, min(simd.MaxColumns, ((k+blocks-1)/blocks+7)/8*8)
}

// widthOf is the number of floats that the tables of all blocks have for each word.
func widthOf(k int) int {
	blocks, columns := columnsFor(k)
	return blocks * ((columns + 15) / 16 * 16)
}

func newSearch(f *frame, centres []float32) *search {
	dim := f.words.Dim
	s := &search{frame: f, centres: centres, k: len(centres) / dim}
	count, columns := columnsFor(s.k)
	shifted := make([]float32, dim)
	for b := range count {
		base := b * columns
		n := min(columns, s.k-base)
		panels := simd.NewPanels(dim, columns) // all of one width: tables take turns in the same memory
		for j := range n {
			c := centres[(base+j)*dim : (base+j+1)*dim]
			if f.cosine {
				w := 1 / norm(c)
				for d, v := range c {
					shifted[d] = float32(float64(v) * w)
				}
				s.inverse = append(s.inverse, w)
				s.reach = 1
				panels.Set(j, shifted, 0)
				continue
			}
			f.shift(shifted, c)
			length := norm(shifted)
			s.reach = max(s.reach, length)
			panels.Set(j, shifted, float32(-length*length/2))
		}
		s.blocks = append(s.blocks, block{base: base, columns: n, panels: panels})
	}
	s.margins = make([]float32, 64)
	for rows := range s.margins {
		s.margins[rows] = s.margin(rows, f.longest)
	}
	return s
}

// slack bounds how far a score, computed in float32 as the mean over so many
// rows whose vectors x-s are of the mean length given, may be from the true
// one: the standard bound of summation, n u sum|terms|, over dim products and
// the rows (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
// section 3.1), and as much as the least numbers lose. It is infinite where
// float32 may overflow.
func (s *search) slack(rows int, length float64) float64 {
	const u = 1.0 / (1 << 24)
	size := (length + s.reach) * s.reach
	if size*float64(max(1, rows)) > 1e37 {
		return math.Inf(1)
	}
	n := float64(s.words.Dim + rows + 8)
	return n * (u*size + 0x1p-148)
}

// margin is the lead that is enough, for the sum over the rows.
func (s *search) margin(rows int, length float64) float32 {
	return float32(2.02 * float64(max(1, rows)) * s.slack(rows, length))
}

// sure says whether a lead, of a sum over rows, decides.
func (s *search) sure(lead float32, rows []int32) bool {
	if len(rows) < len(s.margins) && lead > s.margins[len(rows)] {
		return true
	}
	length := 0.0
	for _, row := range rows {
		length += float64(s.lengths[row])
	}
	return lead > s.margin(len(rows), length/float64(len(rows)))
}

// atOnce is the number of vectors scored together.
const atOnce = 48

// fill makes the tables of some blocks, in the memory of old ones when that has the
// right shape.
func (s *search) fill(ctx context.Context, r *run, blocks []block, old []*simd.Matrix) ([]*simd.Matrix, error) {
	rows, dim := s.words.Rows(), s.words.Dim
	tables := old
	for i := range blocks {
		b := &blocks[i]
		if i == len(tables) {
			tables = append(tables, nil)
		}
		if m := tables[i]; m == nil || m.Rows != rows || m.Dim != b.panels.Width() {
			if m != nil {
				m.Close()
			}
			tables[i] = s.newTable(rows, b.panels.Width())
		}
		b.table = tables[i]
	}
	err := inShards(ctx, r, int64(rows),
		func() []float32 { return make([]float32, atOnce*dim) },
		func(stop func() error, shifted []float32, at span) error {
			for i := int(at.from); i < int(at.to); i += atOnce {
				n := min(atOnce, int(at.to)-i)
				for l := range n {
					s.shift(shifted[l*dim:(l+1)*dim], s.words.row(int32(i+l)))
				}
				for _, b := range blocks {
					if err := stop(); err != nil {
						return err
					}
					s.kernels.Scores(b.table, i, shifted, dim, n, b.panels)
				}
			}
			return nil
		},
		func([]float32) {})
	return tables, err
}

// finder is the memory of one goroutine that searches.
type finder struct {
	*search
	ranks   *simd.Ranks
	x       []float64
	shifted []float32      // vectors that are scored directly
	scores  []*simd.Matrix // of these, for each block
	singles []int32        // 0, 1, 2, ...: one row each
	unsure  []int32
}

func (s *search) finder(points int) *finder {
	f := &finder{search: s, ranks: simd.NewRanks(max(points, atOnce)), x: make([]float64, s.words.Dim)}
	for i := range int32(atOnce + 1) {
		f.singles = append(f.singles, i)
	}
	return f
}

// Rows that a kernel adds up between two looks at the context, and points.
const (
	kernelPoints = 512
	kernelRows   = 1 << 14
)

// find leaves the nearest centre of each bag in f.ranks.Label, the lower one of
// two at the same distance, or -1 for a bag without a vector.
func (f *finder) find(stop func() error, run flat) error {
	if f.blocks[0].table == nil || f.cosine && f.k == 1 { // one centre leads without a vector, too
		return f.findDirectly(stop, run)
	}
	f.ranks.Reset(run.len())
	if err := f.rank(stop, run, f.blocks, f.ranks); err != nil {
		return err
	}
	return f.decide(stop, run, f.ranks)
}

// rank enters the scores of some blocks of centres into ranks.
func (f *finder) rank(stop func() error, run flat, blocks []block, ranks *simd.Ranks) error {
	n := run.len()
	for _, b := range blocks {
		for i := 0; i < n; {
			end := i + 1
			for end < n && end-i < kernelPoints && run.offs[end+1]-run.offs[i] <= kernelRows {
				end++
			}
			if err := stop(); err != nil {
				return err
			}
			part := part(ranks, i, end)
			f.kernels.Nearest(&part, b.table, b.columns, b.base, run.offs[i:end+1], run.rows)
			i = end
		}
	}
	return nil
}

// part is a view of the ranks of the bags from <= i < to.
func part(r *simd.Ranks, from, to int) simd.Ranks {
	return simd.Ranks{Label: r.Label[from:to], Best: r.Best[from:to], Second: r.Second[from:to]}
}

// decide leaves in f.ranks.Label what the scores of all centres say, and what
// distances say where the scores are too close.
func (f *finder) decide(stop func() error, run flat, ranks *simd.Ranks) error {
	n := run.len()
	f.unsure = f.unsure[:0]
	labels, best, second := f.ranks.Label[:n], ranks.Best[:n], ranks.Second[:n]
	copy(labels, ranks.Label[:n])
	for i := range n {
		lead := best[i] - second[i]
		rows := int(run.offs[i+1] - run.offs[i])
		if rows < len(f.margins) && lead > f.margins[rows] {
			continue
		}
		if !f.sure(lead, run.bag(i)) {
			f.unsure = append(f.unsure, int32(i))
		}
	}
	return f.direct(stop, run, f.unsure)
}

// findDirectly is find without a table.
func (f *finder) findDirectly(stop func() error, run flat) error {
	f.unsure = f.unsure[:0]
	for i := range int32(run.len()) {
		f.unsure = append(f.unsure, i)
	}
	return f.direct(stop, run, f.unsure)
}

// room makes the memory for direct.
func (f *finder) room() {
	if f.scores != nil {
		return
	}
	f.shifted = make([]float32, atOnce*f.words.Dim)
	for _, b := range f.blocks {
		f.scores = append(f.scores, simd.NewMatrix(atOnce, b.panels.Width()))
	}
}

// direct finds the nearest centres of some of the points of a run from their
// vectors.
func (f *finder) direct(stop func() error, run flat, points []int32) error {
	if len(points) == 0 {
		return nil
	}
	f.room()
	dim := f.words.Dim
	var rank simd.Ranks
	for len(points) > 0 {
		n := min(atOnce, len(points))
		for l, i := range points[:n] {
			f.vector(f.shifted[l*dim:(l+1)*dim], run.bag(int(i)))
		}
		rank = simd.Ranks{Label: make([]int32, n), Best: make([]float32, n), Second: make([]float32, n)}
		rank.Reset(n)
		for b, m := range f.scores {
			if err := stop(); err != nil {
				return err
			}
			f.kernels.Scores(m, 0, f.shifted, dim, n, f.blocks[b].panels)
			f.kernels.Nearest(&rank, m, f.blocks[b].columns, f.blocks[b].base, f.singles[:n+1], f.singles)
		}
		for l, i := range points[:n] {
			length := norm(f.shifted[l*dim : (l+1)*dim])
			label := rank.Label[l]
			if slack := f.slack(1, length); !(float64(rank.Best[l]-rank.Second[l]) > 2.02*slack) || f.cosine && length == 0 {
				label = int32(f.exact(run.bag(int(i)), l, rank.Best[l], slack).first)
			}
			f.ranks.Label[i] = label
		}
		points = points[n:]
	}
	return nil
}

// vector sets dst to x-s for the vector of a bag; by Cosine it is of length 1.
func (f *finder) vector(dst []float32, rows []int32) {
	if len(rows) == 1 && !f.cosine {
		f.shift(dst, f.words.row(rows[0]))
		return
	}
	if !f.point(f.x, rows) {
		clear(dst)
		return
	}
	for d, v := range f.x {
		dst[d] = float32(v - float64(f.origin[d]))
	}
}

// neighbours are the two nearest centres, -1 for none, with their distances,
// squared by Euclidean.
type neighbours struct {
	first, second int
	d1, d2        float64
}

// exact decides by distances in float64 among the centres whose scores, in row l
// of f.scores, are within twice the slack of the given one. It leaves the point in
// f.x.
func (f *finder) exact(rows []int32, l int, score float32, slack float64) neighbours {
	n := neighbours{first: -1, second: -1}
	if !f.point(f.x, rows) {
		return n
	}
	n.d1, n.d2 = math.Inf(1), math.Inf(1)
	floor := float32(float64(score) - 2.02*slack)
	for b, m := range f.scores {
		for j, v := range m.Row(l)[:f.blocks[b].columns] {
			if v < floor {
				continue
			}
			switch d := f.distance(f.blocks[b].base+j, f.x); {
			case d < n.d1:
				n.second, n.d2 = n.first, n.d1
				n.first, n.d1 = f.blocks[b].base+j, d
			case d < n.d2:
				n.second, n.d2 = f.blocks[b].base+j, d
			}
		}
	}
	if n.second < 0 {
		n.d2 = 0
	}
	return n
}

// distance returns |x-c|^2 by Euclidean. By Cosine it is half of that for
// unit vectors, which is 1-cos(x,c), and exact near 0 too.
func (s *search) distance(j int, x []float64) float64 {
	c := s.centres[j*len(x) : (j+1)*len(x)]
	if s.cosine {
		return squares64(x, c, s.inverse[j]) / 2
	}
	return squares64(x, c, 1)
}
