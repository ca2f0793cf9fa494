package simd

import (
	"fmt"
	"math"
	"runtime"
)

// assign are the kernels of k-means:
//
//	P = A B + bias             Scores: what every word says of every centre
//	s = sum of rows of P       Nearest: the best centre for a bag of words
//	S += weight * sum of rows  AddFixed: the words of a bag, for its centre
type assign struct {
	scores   func(dst *Matrix, at int, a []float32, lda, n int, p *Panels)
	inOrder  func(dst *Matrix, at int, a []float32, lda, n int, p *Panels)
	nearest  func(r *Ranks, table *Matrix, columns, base int, offs, rows []int32)
	addFixed func(f *Fixed, to, from, points []int32, weights []float64, offs, rows []int32)
}

func assignGo() assign { return assign{scoresGo, scoresGo, nearestGo, addFixedGo} }

const panelColumns = 16

// Panels are the columns of a matrix and a number for each, the bias, packed for
// [Kernels.Scores]: in panels of 16 columns, one row of a panel after the other.
type Panels struct {
	dim, columns int
	data, bias   []float32
}

// NewPanels returns room for columns of dim numbers. A column that is not Set,
// as those that fill the last panel, has a score of minus infinity: it is never
// the greatest.
func NewPanels(dim, columns int) *Panels {
	count := (columns + panelColumns - 1) / panelColumns
	p := &Panels{
		dim: dim, columns: columns,
		data: heapFloats(count * dim * panelColumns), bias: heapFloats(count * panelColumns),
	}
	for j := range p.bias {
		p.bias[j] = float32(math.Inf(-1))
	}
	return p
}

// Set makes values column j, with its bias.
func (p *Panels) Set(j int, values []float32, bias float32) {
	to := p.data[j/panelColumns*p.dim*panelColumns+j%panelColumns:]
	for d, v := range values[:p.dim] {
		to[d*panelColumns] = v
	}
	p.bias[j] = bias
}

// Width is how wide the scores of all columns are: their number, rounded up to
// whole panels.
func (p *Panels) Width() int { return len(p.bias) }

// Scores computes rows at..at+n-1 of dst, whose Dim is the Width of the panels:
//
//	dst[at+i][j] = bias[j] + sum over d of a[i*lda+d] * column j[d]
//
// A sum of dim products and the bias, in any order.
func (k *Kernels) Scores(dst *Matrix, at int, a []float32, lda, n int, p *Panels) {
	if n == 0 {
		return
	}
	p.check(dst, at, a, lda, n)
	k.scores(dst, at, a, lda, n, p)
	runtime.KeepAlive(dst)
}

// ScoresInOrder is Scores with every product rounded and added up in its order,
// the bias first: every set of kernels gives the same bits. It is slower.
func (k *Kernels) ScoresInOrder(dst *Matrix, at int, a []float32, lda, n int, p *Panels) {
	if n == 0 {
		return
	}
	p.check(dst, at, a, lda, n)
	k.inOrder(dst, at, a, lda, n, p)
	runtime.KeepAlive(dst)
}

func (p *Panels) check(dst *Matrix, at int, a []float32, lda, n int) {
	if dst.Dim != p.Width() || lda < p.dim {
		panic(fmt.Sprintf("simd: scores of %d columns for rows of %d; vectors of %d, %d apart", p.Width(), dst.Dim, p.dim, lda))
	}
	_, _ = dst.Data[at*dst.Stride:(at+n)*dst.Stride], a[:(n-1)*lda+p.dim]
}

// MaxColumns is how wide a table may be for [Kernels.Nearest].
const MaxColumns = 104

// Ranks are the greatest scores found so far, of each bag.
type Ranks struct {
	Label        []int32   // column of the greatest, -1 at first; one of several that are equal
	Best, Second []float32 // the greatest and the second greatest, -Inf at first
}

// NewRanks returns Ranks for n bags.
func NewRanks(n int) *Ranks {
	return &Ranks{make([]int32, n), make([]float32, n), make([]float32, n)}
}

// Reset forgets the scores of the first n bags.
func (r *Ranks) Reset(n int) {
	least := float32(math.Inf(-1))
	for i := range n {
		r.Label[i], r.Best[i], r.Second[i] = -1, least, least
	}
}

// Nearest adds up rows of table for each bag, one after the other, and enters
// the sums into r, as those of the columns from base on. Bag i has the rows
// rows[offs[i]:offs[i+1]], one at least. columns are how many of the table's are
// looked at, MaxColumns at most, rounded up to a kernel's registers: those behind them must be
// -Inf. The rows are not checked.
func (k *Kernels) Nearest(r *Ranks, table *Matrix, columns, base int, offs, rows []int32) {
	n := len(offs) - 1
	if n < 1 {
		return
	}
	if columns < 1 || columns > MaxColumns || columns > table.Dim {
		panic(fmt.Sprintf("simd: %d columns of a table of %d", columns, table.Dim))
	}
	_, _, _, _ = r.Label[:n], r.Best[:n], r.Second[:n], rows[offs[0]:offs[n]]
	k.nearest(r, table, columns, base, offs, rows)
	runtime.KeepAlive(table)
}

// Fixed are sums of rows of a table in fixed point. Whole numbers add up to the
// same sum in any order, and what was added can be taken away again without a
// trace.
type Fixed struct {
	Sums   []int64 // one row after the other, Stride apart; the last is nobody's
	Stride int     // Dim rounded up to 8
	Table  []float32
	Dim    int // of a row of Table, and from one to the next
}

// NewFixed returns zero sums for n clusters of rows of a table.
func NewFixed(n int, table []float32, dim int) *Fixed {
	stride := (dim + 7) / 8 * 8
	return &Fixed{Sums: make([]int64, (n+1)*stride), Stride: stride, Table: table, Dim: dim}
}

// Nobody is the row that bags are taken from which were in none.
func (f *Fixed) Nobody() int32 { return int32(len(f.Sums)/f.Stride - 1) }

// AddFixed moves bags between sums: for every e, with p = points[e], the whole
// number nearest to
//
//	weights[e] * sum of Table's rows rows[offs[p]:offs[p+1]]
//
// is added to row to[e] of f.Sums and taken from row from[e], which is another,
// coordinate by coordinate. The bag's rows are added up in float32, one after the
// other, the product is that of float64, and of two numbers equally near it is the
// even one: every set of kernels gives the same bits. The product must be less than
// 2^51 in size. Bags have one row at least.
func (k *Kernels) AddFixed(f *Fixed, to, from, points []int32, weights []float64, offs, rows []int32) {
	if len(points) == 0 {
		return
	}
	k.addFixed(f, to[:len(points)], from[:len(points)], points, weights[:len(points)], offs, rows)
}
