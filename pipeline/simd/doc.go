// Package simd has the loops in which training and clustering spend their
// time: blocks of dot products, weighted sums of rows and the gradient of the
// logistic loss, over float32 vectors of any length. Each is written three
// times, as a set of [Kernels]: for AVX-512, for AVX2 with FMA, both generated
// by tools/simdgen, and in plain Go, which runs everywhere and is what the
// tests hold the others against.
//
// The blocks are those of word2vec by negative sampling with the title as the
// batch (Ji et al., Parallelizing Word2Vec in Shared and Distributed Memory,
// arXiv:1604.04661). U are the nu input rows of one title, V its nv output rows,
// positive and negative:
//
//	S  = U V^T                      Dots
//	G  = alpha (A - B sigmoid(S))   SigmoidGrad
//	dU = G V, V += G^T U            Combine
//	U += dU                         AddRows
//
// Rows lie in a [Matrix] and are named by their index, so nothing is copied.
//
// Two sets differ by rounding: they add in different orders. Within one set a
// result depends on the values only, never on the place of a row within its
// block or on what is computed beside it.
package simd

//go:generate go run -C ../../tools ./simdgen -out ../pipeline/simd
