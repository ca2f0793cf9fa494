package tag

import (
	"math/rand/v2"
	"testing"
)

// The words of the tiny corpus.
const (
	red int32 = iota
	tomato
	soup
	chip
	rare // no vector
	words
)

// tiny is a corpus small enough to count by hand: two clusters, soups and
// chips.
var tiny = []struct {
	cluster int
	ids     []int32
	headLen int
}{
	{0, []int32{tomato, soup}, 2},
	{0, []int32{red, tomato, soup}, 0},
	{0, []int32{soup, soup}, 1},
	{1, []int32{red, chip}, 2},
	{1, []int32{chip, red, rare}, 1},
	{-1, []int32{rare}, 1},
	{1, nil, 0},
}

func tinyStats(t *testing.T) *Stats {
	t.Helper()
	c, err := NewCounter(int(words), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, title := range tiny {
		c.Add(title.cluster, title.ids, title.headLen, 1)
	}
	return c.Stats()
}

func tinyModel(t *testing.T) *Model {
	t.Helper()
	vectors := []float32{ // Rows 0 to 3: soup, chip, red, tomato.
		0, 2,
		3, 0,
		0.6, 0.8,
		0.5, 1,
	}
	m, err := NewModel([]int32{2, 3, 0, 1, -1}, 2, vectors, []float32{0, 1, 1, 0}, tinyStats(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// randomModel has words with and without vectors and a random corpus.
func randomModel(t *testing.T, rng *rand.Rand) (m *Model, titles []Title) {
	t.Helper()
	const words, dim, k = 60, 4, 3
	rows := make([]int32, words)
	n := int32(0)
	for i := range rows {
		rows[i] = -1
		if rng.IntN(4) > 0 {
			rows[i] = n
			n++
		}
	}
	numbers := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.NormFloat64())
		}
		return out
	}
	vectors := numbers(int(n) * dim)
	c, err := NewCounter(words, k)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		ids := make([]int32, rng.IntN(7))
		if rng.IntN(20) == 0 {
			ids = make([]int32, 30+rng.IntN(20))
		}
		for i := range ids {
			ids[i] = int32(rng.IntN(words+1)) - 1 // -1: a word that is not in the dictionary
		}
		title := Title{IDs: ids, HeadLen: rng.IntN(len(ids) + 1), Cluster: rng.IntN(k+1) - 1}
		titles = append(titles, title)
		c.Add(title.Cluster, title.IDs, title.HeadLen, 1)
	}
	m, err = NewModel(rows, dim, vectors, numbers(k*dim), c.Stats())
	if err != nil {
		t.Fatal(err)
	}
	return m, titles
}
