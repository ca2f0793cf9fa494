package tag

import (
	"cmp"
	"context"
	"slices"
)

// Neighbour is a word and how near it is.
type Neighbour struct {
	ID    int32
	Score float64 // dot product or cosine
}

// Near returns the up to n words nearest to the centre of each cluster by the
// metric, nearest first, ties by id. Words in fewer than minDF titles, and
// words without a vector, are left out. It takes rows x k x dim
// multiplications, and ends early with context.Cause(ctx).
func (m *Model) Near(ctx context.Context, n, minDF int, metric Metric) ([][]Neighbour, error) {
	near := make([][]Neighbour, m.Clusters())
	for c := range near {
		var err error
		if near[c], err = m.nearest(ctx, m.centre(c), n, minDF, metric, nil); err != nil {
			return nil, err
		}
	}
	return near, nil
}

// nearest returns the up to n words nearest to v, nearest first. The space of
// buf is used.
func (m *Model) nearest(ctx context.Context, v []float32, n, minDF int, metric Metric, buf []Neighbour) ([]Neighbour, error) {
	top := buf[:0]
	if n <= 0 {
		return top, nil
	}
	norm := float64(1)
	if metric == MetricCosine {
		norm = sqrt(dot(v, v))
	}
	for row, id := range m.words {
		if row%65536 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if id < 0 || m.Stats.DF[id] < int64(minDF) {
			continue
		}
		word := Neighbour{ID: id, Score: m.similarity(int32(row), v, norm, metric)}
		switch {
		case len(top) < n:
			top = append(top, word)
			if len(top) == n {
				for i := n/2 - 1; i >= 0; i-- {
					siftDown(top, i)
				}
			}
		case nearer(word, top[0]):
			top[0] = word
			siftDown(top, 0)
		}
	}
	slices.SortFunc(top, func(a, b Neighbour) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return top, nil
}

// similarity of a row to v, whose length is norm; norm is 1 for the dot
// product. Zero vectors are at cosine 0 to everything.
func (m *Model) similarity(row int32, v []float32, norm float64, metric Metric) float64 {
	s := float64(dot(m.vector(row), v))
	if metric == MetricDot {
		return s
	}
	if length := float64(m.norms[row]) * norm; length > 0 {
		return s / length
	}
	return 0
}

// nearer is the order of neighbours: higher score, then lower id.
func nearer(a, b Neighbour) bool {
	return a.Score > b.Score || a.Score == b.Score && a.ID < b.ID
}

// siftDown restores the heap below i; the root is the farthest.
func siftDown(heap []Neighbour, i int) {
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && nearer(heap[child], heap[child+1]) {
			child++
		}
		if !nearer(heap[i], heap[child]) {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// nearTable answers, for a word and a cluster, whether the word is among the
// near words of the cluster, and how near: in compressed sparse rows by word.
type nearTable struct {
	start    []int32 // words+1
	clusters []int32 // ascending for each word
	scores   []float64
	ranks    []int32 // 1 is the nearest
}

func newNearTable(words int, near [][]Neighbour) *nearTable {
	t := &nearTable{start: make([]int32, words+1)}
	for _, list := range near {
		for _, word := range list {
			t.start[word.ID+1]++
		}
	}
	for w := range words {
		t.start[w+1] += t.start[w]
	}
	n := t.start[words]
	t.clusters, t.scores, t.ranks = make([]int32, n), make([]float64, n), make([]int32, n)
	next := slices.Clone(t.start)
	for c, list := range near {
		for rank, word := range list {
			i := next[word.ID]
			next[word.ID]++
			t.clusters[i], t.scores[i], t.ranks[i] = int32(c), word.Score, int32(rank+1)
		}
	}
	return t
}

// look returns the rank of the word among the near words of the cluster and
// its score; rank 0 means that it is none.
func (t *nearTable) look(id int32, cluster int) (rank int32, score float64) {
	if id < 0 || int(id)+1 >= len(t.start) {
		return 0, 0
	}
	from, to := t.start[id], t.start[id+1]
	i, ok := slices.BinarySearch(t.clusters[from:to], int32(cluster))
	if !ok {
		return 0, 0
	}
	return t.ranks[from+int32(i)], t.scores[from+int32(i)]
}
