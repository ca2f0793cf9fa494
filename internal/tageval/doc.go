// Package tageval measures tags against the category names of labelled
// titles: the definitions of word, stem, gold, hit, ceiling and of the
// baselines, purity and NMI of clusters, and the table of results.
//
// It is the yardstick of `make eval`, kept apart from the product on purpose:
// it has its own, simpler idea of what a word is, so that a change of the
// product's tokenizer never moves the yardstick.
package tageval
