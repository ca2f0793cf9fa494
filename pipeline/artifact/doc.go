// Package artifact holds what steps learn: the dictionary of a preprocessed
// table, the word vectors, the clusters with their word statistics. Engines
// make these values and share them: a model answers near, inspect and explain
// by itself, without its engine and without the titles.
//
// It trains nothing and reads no tables. Types implement the model interfaces
// of package pipeline over the pure packages.
package artifact
