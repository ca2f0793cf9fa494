package word2vec

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHuffmanTreeIsOptimalAndPrefixFree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for words := 1; words < 60; words++ {
		counts := make([]int64, words)
		for i := range counts {
			counts[i] = 1 + r.Int64N(1+r.Int64N(1000))
		}
		slices.SortFunc(counts, func(a, b int64) int { return int(b - a) })
		tree, err := newHuffmanTree(t.Context(), counts)
		if err != nil {
			t.Fatal(err)
		}

		// A tree is prefix-free if its codes fill the space of codes: by Kraft,
		// the sum of 2^-length is 1. Each path must also agree with the others
		// on where a turn at a node leads.
		next := make(map[[2]int32]int32)
		var kraft float64
		var cost int64
		for row := range words {
			nodes, right := tree.path(int32(row))
			share := 1.0
			for i, node := range nodes {
				share /= 2
				turn := [2]int32{node, 0}
				if right[i] == 1 {
					turn[1] = 1
				}
				to := ^int32(row)
				if i+1 < len(nodes) {
					to = nodes[i+1]
				}
				if before, ok := next[turn]; ok && before != to {
					t.Fatalf("%d words: node %d turns to both %d and %d", words, node, before, to)
				}
				next[turn] = to
			}
			kraft += share
			cost += counts[row] * int64(len(nodes))
		}
		if kraft != 1 {
			t.Errorf("%d words: sum of 2^-length is %v", words, kraft)
		}
		if want := huffmanCost(counts); cost != want {
			t.Errorf("%d words: weighted length is %d, the least is %d", words, cost, want)
		}
	}
}

// huffmanCost is the weighted path length of any Huffman tree: the sum of the
// weights of its inner nodes.
func huffmanCost(counts []int64) (cost int64) {
	weights := slices.Clone(counts)
	for len(weights) > 1 {
		slices.Sort(weights)
		merged := weights[0] + weights[1]
		cost += merged
		weights = append(weights[2:], merged)
	}
	return cost
}

func TestHuffmanTieGoesToWords(t *testing.T) {
	tree, err := newHuffmanTree(t.Context(), []int64{2, 1, 1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	var lengths []int
	for row := range int32(5) {
		nodes, _ := tree.path(row)
		lengths = append(lengths, len(nodes))
	}
	// 1+1 and 1+1, then 2 (the word) + 2: flat. With inner nodes first the two pairs
	// would merge, for 1 3 3 3 3.
	if diff := cmp.Diff([]int{2, 2, 2, 3, 3}, lengths); diff != "" {
		t.Error(diff)
	}
}
