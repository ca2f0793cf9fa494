// Package simd has the loops in which training and clustering spend their
// time: blocks of dot products, steps of logistic regression, weighted sums of
// rows, over float32 vectors of any length. Each is written three
// times, as a set of [Kernels]: for AVX-512, for AVX2 with FMA, both generated
// by tools/simdgen, and in plain Go, which runs everywhere and is what the
// tests hold the others against.
//
// Training is word2vec's by negative sampling with the title as the batch (Ji et al.,
// Parallelizing Word2Vec in Shared and Distributed Memory, arXiv:1604.04661): the
// input rows of one title against its output rows, positive and negative, see
// [Kernels.Steps].
//
// Rows lie in a [Matrix] and are named by their index, so nothing is copied.
//
// Two sets differ by rounding: they add in different orders. Within one set a
// product or a sum depends on the values only, never on the place of a row within its
// block or on what is computed beside it.
package simd

//go:generate go run -C ../../tools ./simdgen -out ../pipeline/simd
