// Package pipeline is the domain of gondola: the words in which every other
// package speaks of tables of product titles and of what is done to them.
//
// A [Step] is a value: what to do, with which parameters. An [Engine] carries
// steps out: it loads a [Dataset], transforms it (preprocess, assign, tag),
// fits a [Model] on it (word2vec, k-means), selects and aggregates rows, and
// writes. The engine in this process is pipeline/local; others run the same
// steps on other machines. What an engine hands back is small: a [Table] of
// aggregates or sampled rows, or a model (a vocabulary with its vectors, k
// centres). No method needs all rows in the client.
//
// The package holds types, their checks and nothing that computes. It imports
// nothing of ours, so that engines, front ends and charts may all import it.
package pipeline
