package tag

import (
	"fmt"
	"math"
)

// Metric is how the nearness of a word to a centre or title is measured.
type Metric uint8

const (
	// MetricDot is the dot product, right after negative sampling: there the
	// length of a vector tells how steadily a word is used, and the nearest
	// words by cosine are rare ones.
	MetricDot Metric = iota
	// MetricCosine is the cosine, right after hierarchical softmax.
	MetricCosine
)

// String returns "dot" or "cosine".
func (m Metric) String() string {
	if m == MetricCosine {
		return "cosine"
	}
	return "dot"
}

// Model is all that the taggers need of what was learned. It holds on to the
// slices it is given and changes none of them.
type Model struct {
	// Rows gives each word of the dictionary its row of Vectors, or -1 for a
	// word too rare for a vector. No two words share a row.
	Rows []int32
	// Dim is the length of a vector.
	Dim int
	// Vectors are the word vectors, rows x Dim, one row after another.
	Vectors []float32
	// Centres are the centres of the clusters, k x Dim.
	Centres []float32
	// Stats are over the same dictionary and clusters.
	Stats *Stats

	words []int32   // by row: the word, or -1
	norms []float32 // by row: length of the vector
}

// NewModel checks that the parts fit together and returns a model of them.
// The error names the part that does not.
func NewModel(rows []int32, dim int, vectors, centres []float32, stats *Stats) (*Model, error) {
	m := &Model{Rows: rows, Dim: dim, Vectors: vectors, Centres: centres, Stats: stats}
	switch {
	case dim < 1:
		return nil, fmt.Errorf("dim: %d, want 1 or more", dim)
	case len(vectors)%dim != 0:
		return nil, fmt.Errorf("vectors: %d numbers are no rows of %d", len(vectors), dim)
	case len(centres)%dim != 0 || len(centres) == 0:
		return nil, fmt.Errorf("centres: %d numbers are no rows of %d", len(centres), dim)
	case stats == nil:
		return nil, fmt.Errorf("statistics: none")
	case stats.Words() != len(rows):
		return nil, fmt.Errorf("statistics: of %d words, the dictionary has %d", stats.Words(), len(rows))
	case stats.Clusters() != len(centres)/dim:
		return nil, fmt.Errorf("statistics: of %d clusters, there are %d centres", stats.Clusters(), len(centres)/dim)
	}
	if err := stats.Validate(); err != nil {
		return nil, err
	}
	if i := notFinite(vectors); i >= 0 {
		return nil, fmt.Errorf("vectors: row %d holds %v", i/dim, vectors[i])
	}
	if i := notFinite(centres); i >= 0 {
		return nil, fmt.Errorf("centres: row %d holds %v", i/dim, centres[i])
	}
	m.words = make([]int32, len(vectors)/dim)
	for i := range m.words {
		m.words[i] = -1
	}
	for id, row := range rows {
		if row < -1 || int(row) >= len(m.words) {
			return nil, fmt.Errorf("rows: word %d has row %d of %d", id, row, len(m.words))
		}
		if row < 0 {
			continue
		}
		if m.words[row] >= 0 {
			return nil, fmt.Errorf("rows: words %d and %d share row %d", m.words[row], id, row)
		}
		m.words[row] = int32(id)
	}
	m.norms = make([]float32, len(m.words))
	for row := range m.norms {
		v := m.vector(int32(row))
		m.norms[row] = float32(math.Sqrt(float64(dot(v, v))))
	}
	return m, nil
}

func notFinite(numbers []float32) int {
	for i, x := range numbers {
		if x-x != 0 { // NaN for NaN and for infinities.
			return i
		}
	}
	return -1
}

// Clusters is the number of centres.
func (m *Model) Clusters() int { return len(m.Centres) / m.Dim }

func (m *Model) vector(row int32) []float32 {
	from := int(row) * m.Dim
	return m.Vectors[from : from+m.Dim : from+m.Dim]
}

func (m *Model) centre(c int) []float32 {
	return m.Centres[c*m.Dim : (c+1)*m.Dim : (c+1)*m.Dim]
}

// row returns the row of a word, or -1: also for an id that the dictionary
// does not have.
func (m *Model) row(id int32) int32 {
	if id < 0 || int(id) >= len(m.Rows) {
		return -1
	}
	return m.Rows[id]
}

// Mean puts the mean of the words' vectors into dst (length Dim) and returns
// how many of them have one; with 0 dst is all zero. A word that occurs twice
// counts twice. This is the vector by which titles are clustered.
func (m *Model) Mean(ids []int32, dst []float32) int {
	clear(dst)
	n := 0
	for _, id := range ids {
		row := m.row(id)
		if row < 0 {
			continue
		}
		n++
		for i, x := range m.vector(row) {
			dst[i] += x
		}
	}
	if n > 1 {
		scale := 1 / float32(n)
		for i := range dst {
			dst[i] *= scale
		}
	}
	return n
}

// dot is the dot product of two vectors of the same length, in four sums that
// the processor adds side by side.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
