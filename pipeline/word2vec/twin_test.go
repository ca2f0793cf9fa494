package word2vec

import (
	"context"
	"math"
	"slices"
	"testing"
)

// TestTrainAgreesWithSlowTwin trains a small corpus and compares every vector with
// that of a plain float64 program, which draws the same random numbers.
func TestTrainAgreesWithSlowTwin(t *testing.T) {
	for name, p := range objectives() {
		t.Run(name, func(t *testing.T) {
			p.VectorSize, p.MinCount, p.Epochs, p.Window, p.Subsample = 10, 3, 3, 3, 0.02
			titles := topicTitles(3, 12, 110, 4)
			titles[7] = slices.Concat(titles[:6]...) // longer than a block
			c, d := InMemory(titles)
			m, err := Train(t.Context(), c, d, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			want, pairs := slowTwin(titles, m.Vectors, p)
			if math.Abs(float64(m.Pairs)-pairs) > 0.5+1e-6*pairs {
				t.Errorf("%d pairs were trained, the twin has %g", m.Pairs, pairs)
			}
			for row := range m.Vectors.Len() {
				for k, x := range m.Vectors.Vector(row) {
					if math.Abs(float64(x)-want[row][k]) > 2e-4 {
						t.Fatalf("%q[%d] is %g, the twin has %g", m.Vectors.Word(row), k, x, want[row][k])
					}
				}
			}
		})
	}
}

// slowTwin is word2vec as one would explain it. Words and counts are taken from the
// trained vectors; alias table and tree have tests of their own.
func slowTwin(titles [][]string, kv *KeyedVectors, p Params) (in [][]float64, pairs float64) {
	words := kv.Len()
	var counts []int64
	var total int64
	for row := range words {
		counts = append(counts, kv.Count(row))
		total += kv.Count(row)
	}
	r := newRNG(p.Seed)
	in = make([][]float64, words)
	out := make([][]float64, words)
	nodeOut := make([][]float64, words)
	for row := range in {
		out[row] = make([]float64, p.VectorSize)
		nodeOut[row] = make([]float64, p.VectorSize)
		for range p.VectorSize {
			in[row] = append(in[row], float64(2*r.unit()-1)/float64(p.VectorSize))
		}
	}
	tree, err := newHuffmanTree(context.Background(), counts)
	if err != nil {
		panic(err) // nothing cancels it
	}
	negatives := newAliasTable(negativeWeights(counts, p.NSExponent))

	var rate float64
	example := func(hidden, grad, out []float64, label float64) {
		var score float64
		for k := range hidden {
			score += hidden[k] * out[k]
		}
		g := rate * (label - 1/(1+math.Exp(-score)))
		for k := range hidden {
			grad[k] += g * out[k]
			out[k] += g * hidden[k]
		}
	}
	predict := func(target int, hidden []float64) (grad []float64) {
		pairs++
		grad = make([]float64, p.VectorSize)
		if p.HS {
			nodes, right := tree.path(int32(target))
			for i, node := range nodes {
				label := 1.0
				if right[i] == 1 {
					label = 0
				}
				example(hidden, grad, nodeOut[node], label)
			}
		}
		if p.Negative > 0 {
			example(hidden, grad, out[target], 1)
			for range p.Negative {
				if other := int(negatives.draw(&r)); other != target {
					example(hidden, grad, out[other], 0)
				}
			}
		}
		return grad
	}

	for epoch := 1; epoch <= p.Epochs; epoch++ {
		// The corpus is so small that the rate is set once an epoch.
		rate = p.Alpha - (p.Alpha-p.MinAlpha)*float64(epoch-1)/float64(p.Epochs)
		r = newRNG(p.Seed, uint64(epoch), 0)
		for _, title := range titles {
			var sentence []int
			for _, word := range title {
				row, ok := kv.Index(word)
				if !ok {
					continue
				}
				ratio := p.Subsample * float64(total) / float64(counts[row])
				if keep := math.Sqrt(ratio) + ratio; keep < 1 && float64(r.next()>>32) > keep*math.MaxUint32 {
					continue
				}
				sentence = append(sentence, row)
			}
			if batched(p) {
				twinTitle(&r, p, sentence, in, out, nodeOut, tree, negatives, rate, &pairs)
				continue
			}
			for at, target := range sentence {
				reach := p.Window - r.below(p.Window)
				var context []int
				for j := max(0, at-reach); j <= min(len(sentence)-1, at+reach); j++ {
					if j != at {
						context = append(context, sentence[j])
					}
				}
				if len(context) == 0 {
					continue
				}
				if !p.CBOW {
					for _, word := range context {
						for k, g := range predict(target, in[word]) {
							in[word][k] += g
						}
					}
					continue
				}
				mean := make([]float64, p.VectorSize)
				for _, word := range context {
					for k, x := range in[word] {
						mean[k] += x / float64(len(context))
					}
				}
				grad := predict(target, mean)
				for _, word := range context {
					for k, g := range grad {
						in[word][k] += g
					}
				}
			}
		}
	}
	return in, pairs
}

// twinNoise is how many noise words a block of a title of weight 1 draws: enough that
// none moves an input in the middle by more than 0.2.
func twinNoise(p Params, outputs int) int {
	var weight float64
	for j := range outputs {
		if d := max(outputs/2-j, j-outputs/2); d > 0 && d <= p.Window {
			weight += float64(float32(p.Window-d+1) / float32(p.Window))
		}
	}
	noise := max(p.Shared, int(math.Ceil(p.Alpha*float64(p.Negative)*weight/0.2)))
	return (outputs+noise+1)/2*2 - outputs
}

// twinTitle is the training of a title in blocks: of one input word after the other
// all pairs, noise word after noise word, from the vectors as the word before left
// them.
func twinTitle(r *rng, p Params, words []int, in, out, nodeOut [][]float64, tree *huffmanTree, negatives aliasTable, rate float64, pairs *float64) {
	n := len(words)
	if n < 2 {
		return
	}
	type move struct{ to, by []float64 }
	var moves []move
	example := func(hidden, out []float64, label, weight float64) {
		var score float64
		for k := range hidden {
			score += hidden[k] * out[k]
		}
		g := rate * weight * (label - 1/(1+math.Exp(-score)))
		byHidden, byOut := make([]float64, len(hidden)), make([]float64, len(hidden))
		for k := range hidden {
			byHidden[k], byOut[k] = g*out[k], g*hidden[k]
		}
		moves = append(moves, move{hidden, byHidden}, move{out, byOut})
	}
	width, window := blockOut, p.Window
	if n <= blockIn {
		width, window = n, n // one block
	}
	for from := 0; from < n; from += blockIn {
		to := min(from+blockIn, n)
		for low := max(0, from-window); low < min(to+window, n); low += width {
			high := min(low+width, to+window, n)
			var noise []int
			for range twinNoise(p, high-low) {
				if p.Negative > 0 {
					noise = append(noise, int(negatives.draw(r)))
				}
			}
			for first, word := range words[from:to] {
				if slices.Contains(words[from:from+first], word) {
					continue
				}
				for i := from; i < to; i++ {
					if words[i] != word {
						continue
					}
					for j := low; j < high; j++ {
						d := max(i-j, j-i)
						if d == 0 || d > p.Window {
							continue
						}
						weight := float64(p.Window-d+1) / float64(p.Window)
						*pairs += weight
						hidden, target := in[words[i]], words[j]
						if p.HS {
							nodes, right := tree.path(int32(target))
							for step, node := range nodes {
								label := 1.0
								if right[step] == 1 {
									label = 0
								}
								example(hidden, nodeOut[node], label, weight)
							}
							continue
						}
						example(hidden, out[target], 1, weight)
						for _, other := range noise {
							if other != target {
								example(hidden, out[other], 0, weight*float64(p.Negative)/float64(len(noise)))
							}
						}
					}
				}
				for _, m := range moves {
					for k, x := range m.by {
						m.to[k] += x
					}
				}
				moves = moves[:0]
			}
		}
	}
}
