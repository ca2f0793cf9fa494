package word2vec

import "context"

// huffmanTree holds for every word its path from the root of a binary tree in
// which frequent words sit near the top. Hierarchical softmax learns one vector
// for each of the len(words)-1 inner nodes.
type huffmanTree struct {
	start []int64 // row -> first step of its path; one more entry at the end
	nodes []int32 // inner node at each step
	right []uint8 // and whether the path turns right there: 0 or 1, the bit of the code
}

// path returns the inner nodes from the root down to a word, and the turn taken
// at each.
func (t *huffmanTree) path(row int32) (nodes []int32, right []uint8) {
	lo, hi := t.start[row], t.start[row+1]
	return t.nodes[lo:hi], t.right[lo:hi]
}

// newHuffmanTree builds the tree of minimal mean path length. Counts must fall.
// Merging takes the two lightest of two queues, words from the rarest up and
// inner nodes in the order of their making, which is itself by weight. Of equal
// weights words go first, so that the tree is flat and always the same.
func newHuffmanTree(ctx context.Context, counts []int64) (*huffmanTree, error) {
	words := len(counts)
	inner := words - 1
	weight := make([]int64, inner)
	parent := make([]int32, words+inner) // of words, then of inner nodes
	isRight := make([]uint8, words+inner)

	nextWord, nextInner := words-1, 0
	lightest := func(made int) (child int, w int64) {
		if nextWord >= 0 && (nextInner == made || counts[nextWord] <= weight[nextInner]) {
			nextWord--
			return nextWord + 1, counts[nextWord+1]
		}
		nextInner++
		return words + nextInner - 1, weight[nextInner-1]
	}
	for made := range inner {
		if made%(1<<16) == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		a, wa := lightest(made)
		b, wb := lightest(made)
		weight[made] = wa + wb
		parent[a], parent[b] = int32(made), int32(made)
		isRight[b] = 1
	}

	t := &huffmanTree{start: make([]int64, words+1)}
	root := words + inner - 1
	for row := range words {
		if row%(1<<16) == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		first := len(t.nodes)
		for at := row; at != root; at = words + int(parent[at]) {
			t.nodes = append(t.nodes, parent[at])
			t.right = append(t.right, isRight[at])
		}
		for i, j := first, len(t.nodes)-1; i < j; i, j = i+1, j-1 {
			t.nodes[i], t.nodes[j] = t.nodes[j], t.nodes[i]
			t.right[i], t.right[j] = t.right[j], t.right[i]
		}
		t.start[row+1] = int64(len(t.nodes))
	}
	return t, nil
}
