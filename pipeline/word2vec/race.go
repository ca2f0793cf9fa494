//go:build race

package word2vec

// maxHogwild is one under the race detector: Hogwild workers write to the same
// vectors without locks, by design, which the detector rightly calls a race.
const maxHogwild = 1
