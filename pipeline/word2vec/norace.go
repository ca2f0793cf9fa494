//go:build !race

package word2vec

// maxHogwild bounds the workers that share the vectors without locks. The race
// detector lowers it to one.
const maxHogwild = maxWorkers
